/** An error of a system call as Node reports it, with the name of the error in `code`, e.g. `ENOENT`. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
