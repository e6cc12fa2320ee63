/** What the diagnoses read of the machine and of this process; all of it replaceable, so that any machine can be tested. */
export interface Host {
  /** As `uname -r` says: `6.12.0-18-amd64`. */
  readonly release: string;
  /** As Node names it: `x64`, `arm64`. */
  readonly arch: string;
  /** Without the leading v: `20.19.0`. */
  readonly nodeVersion: string;
  /** Effective user id. */
  readonly uid: number;
  /** Contents of a text file; undefined when it cannot be read. */
  readonly readFile: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
  /** Target of a symbolic link; undefined when it cannot be read. */
  readonly readLink: (path: string) => string | undefined;
}
