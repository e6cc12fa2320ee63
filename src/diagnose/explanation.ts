/** Why something does not work, and what to do about it. */
export interface Explanation {
  readonly reason: string;
  readonly remedy: string;
}
