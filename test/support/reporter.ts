import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestRunEndReason, Vitest } from 'vitest/node';

/** What `npm test` says at its end. */
export interface TestTally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Failures that belong to no single test, and skipped tests that give no reason: they are among `failed`. */
  readonly complaints: readonly string[];
}

/**
 * Counts tests for the closing line and writes a {@link TestTally} to the file that `TLSTAP_TEST_TALLY` names.
 * A skipped test must say why (`context.skip('reason')`): one that does not is a failure, so that none is lost silently.
 */
// oxlint-disable-next-line import/no-default-export -- vitest constructs what a reporter's file exports as its default
export default class TallyReporter implements Reporter {
  #someAreDeselected = false;

  onInit(vitest: Vitest): void {
    this.#someAreDeselected = vitest.getGlobalTestNamePattern() !== undefined;
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly { readonly message: string }[],
    reason: TestRunEndReason,
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    const withReason = skipped.map(nameAndReason).filter((test) => test.reason !== '');
    const unexplained = this.#someAreDeselected
      ? []
      : skipped.filter((test) => nameAndReason(test).reason === '');
    const complaints = [
      ...unexplained.map((test) => `skipped without a reason: ${fullName(test)}`),
      ...tests
        .filter((test) => test.result().state === 'pending')
        .map((test) => `never finished: ${fullName(test)}`),
      ...modules.flatMap(moduleComplaints),
      ...unhandledErrors.map((error) => `error outside of any test: ${error.message}`),
      ...(reason === 'interrupted' ? ['the run was interrupted'] : []),
    ];
    const failed = tests.filter((test) => test.result().state === 'failed').length + complaints.length;
    const passed = tests.filter((test) => test.result().state === 'passed').length;
    writeTally({ passed, failed, skipped: withReason, complaints });
  }
}

function nameAndReason(test: TestCase): { readonly name: string; readonly reason: string } {
  const result = test.result();
  return { name: fullName(test), reason: result.state === 'skipped' ? (result.note ?? '') : '' };
}

function fullName(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

/** A file that cannot be loaded has no tests that could fail; neither has a `beforeAll` that throws. */
function moduleComplaints(module: TestModule): readonly string[] {
  const suites = [...module.children.allSuites()];
  const errors = [...module.errors(), ...suites.flatMap((suite) => suite.errors())];
  return errors.map((error) => `${module.relativeModuleId}: ${error.message}`);
}

function writeTally(tally: TestTally): void {
  const path = process.env['TLSTAP_TEST_TALLY'];
  if (path !== undefined) writeFileSync(path, JSON.stringify(tally));
}
