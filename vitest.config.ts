import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    // Two cores: end-to-end tests measure nothing, but they do load the machine.
    maxWorkers: 2,
    testTimeout: 30_000,
  },
});
