/** Which functions are wanted. */
export interface GoFunctionNames {
  /** Full names, e.g. `runtime.memmove`. */
  readonly exact?: readonly string[];
  /** Ends of names, e.g. `.(*Conn).Read`. */
  readonly suffixes?: readonly string[];
}
