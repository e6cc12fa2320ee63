import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { exitCode, UserError } from '../../util/user-error.ts';

/** Writes what Wireshark starts into one of its folders; returns the path. @throws {UserError} when it cannot be written */
export function installExtcap(folder: string | undefined, program: readonly string[]): string {
  const chosen = resolve(folder ?? findPersonalFolder());
  const path = join(chosen, 'tlstap');
  try {
    mkdirSync(chosen, { recursive: true });
    writeFileSync(path, formatWrapper(program), { mode: 0o755 });
    return path;
  } catch (error) {
    throw new UserError({
      message: `cannot write ${path}`,
      reason: error instanceof Error ? error.message : String(error),
      remedy: 'name a folder of Wireshark (Help, About, Folders): tlstap extcap --install FOLDER',
      exitCode: exitCode.failed,
      cause: error,
    });
  }
}

/** Wireshark 4.2 and later have a personal folder; before, there is one for all users. */
function findPersonalFolder(): string {
  const { stdout } = spawnSync('tshark', ['-G', 'folders'], { encoding: 'utf8', timeout: 20_000 });
  const folders = new Map(
    (stdout ?? '').split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()] as const;
    }),
  );
  return (
    folders.get('Personal Extcap path') ??
    folders.get('Extcap path') ??
    join(homedir(), '.local/lib/wireshark/extcap')
  );
}

/** Capturing needs root, describing does not. Without sudo's consent the desktop is asked (pkexec). */
function formatWrapper(program: readonly string[]): string {
  return `#!/bin/sh
# Made by: tlstap extcap --install
set -- ${program.map(quote).join(' ')} extcap "$@"
case " $* " in
*" --capture "*)
  if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then set -- sudo -n "$@"
    elif command -v pkexec >/dev/null; then set -- pkexec "$@"
    fi
  fi ;;
esac
exec "$@"
`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
