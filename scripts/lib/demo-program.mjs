import { npmProgram } from './npm-program.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * The Go program that the demo looks into: esbuild as its makers built it (Go 1.26, stripped, no build information).
 * @returns {Promise<string>} its path
 */
export function demoProgram() {
  const integrity = integrities[process.arch];
  if (integrity === undefined)
    throw new StepFailure(`the demo runs on x64 and arm64, not on ${process.arch}`);
  return npmProgram({
    name: `@esbuild/linux-${process.arch}`,
    version: '0.28.2',
    integrity,
    file: 'bin/esbuild',
  });
}

/** @type {Readonly<Record<string, string>>} */
const integrities = {
  x64: 'sha512-4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==',
  arm64: 'sha512-pW4AC0P3it8c7do9MVM4p51FzHzdM/TZrerurgRcHJ2WTa1VQ1CIq18xncfpBJw4ojkiZZrKW2yIBWBP92j6Ug==',
};
