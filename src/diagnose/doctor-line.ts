/** One checked thing, in words. `fail`: capturing is impossible; `warn`: something is less than it could be. */
export interface DoctorLine {
  readonly status: 'ok' | 'warn' | 'fail';
  /** Short and stable, the same on every machine: `privileges`. */
  readonly name: string;
  /** What was found. */
  readonly detail: string;
  /** What to do; empty where there is nothing to do. */
  readonly remedy: string;
}
