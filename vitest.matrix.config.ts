import { defineConfig } from 'vitest/config';

/** `npm run test:matrix`: what takes too long for every run; downloads a toolchain per minor version of Go. */
export default defineConfig({
  test: {
    name: 'matrix',
    pool: 'forks',
    include: ['test/matrix/**/*.test.ts'],
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 900_000,
  },
});
