/** What a failed system call throws; anything else that was thrown becomes an error without a code. */
export function toErrnoError(thrown: unknown): NodeJS.ErrnoException {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
