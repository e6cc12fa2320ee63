/** A step that could not be done, in words for the person who typed the command; printed without a stack trace. */
export class StepFailure extends Error {
  /**
   * @param {string} message what happened
   * @param {{ detail?: string, remedy?: string, exitCode?: number }} [more] why (often another program's output), and what to do
   */
  constructor(message, more = {}) {
    super(message);
    this.name = 'StepFailure';
    this.detail = more.detail ?? '';
    this.remedy = more.remedy ?? '';
    this.exitCode = more.exitCode ?? 1;
  }
}
