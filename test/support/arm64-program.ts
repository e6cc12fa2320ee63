import type { RealProgram } from './real-program.ts';

/** A real Go program for arm64: read, never run. */
export const arm64Program: RealProgram = {
  package: '@esbuild/linux-arm64',
  version: '0.28.2',
  sha512: 'pW4AC0P3it8c7do9MVM4p51FzHzdM/TZrerurgRcHJ2WTa1VQ1CIq18xncfpBJw4ojkiZZrKW2yIBWBP92j6Ug==',
  file: 'bin/esbuild',
  go: '1.26.5',
};
