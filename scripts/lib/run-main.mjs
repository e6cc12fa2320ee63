import { StepFailure } from './step-failure.mjs';

/**
 * Runs a script's main function; its number becomes the exit code. Bugs keep their stack trace, failed steps do not.
 * @param {() => Promise<number>} main
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    const indented = error.detail.trimEnd().replaceAll(/^/gm, '  ');
    process.stderr.write(
      [error.message, indented, error.remedy].filter((line) => line.trim() !== '').join('\n') + '\n',
    );
    process.exitCode = error.exitCode;
  }
}
