import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Continues what it was told of and what descends from the root when its input ends; but not after `q`. Children are
 * found by their parents' numbers in /proc/N/stat, whose second field may itself hold brackets and spaces. Looked for
 * several times: the kernel takes our programs away only some time after our death, and stops some more until then.
 */
const script = `
trap '' INT TERM HUP QUIT
known=" "
while read -r word pid; do
  case $word in
  s) known="$known$pid " ;;
  c) case $known in *" $pid "*) known="\${known%% $pid *} \${known#* $pid }" ;; esac ;;
  q) exit 0 ;;
  esac
done
root=$1
for round in 1 2 3 4 5 6 7 8; do
  for pid in $known; do kill -CONT $pid 2>/dev/null; done
  tree=" $root $known"
  more=1
  while [ $more = 1 ]; do
    more=0
    for stat in /proc/[0-9]*/stat; do
      read -r line < $stat 2>/dev/null || continue
      pid=\${line%% *}
      rest=\${line##*) }
      set -- $rest
      case $tree in *" $pid "*) continue ;; esac
      case $tree in *" $2 "*) tree="$tree$pid "; more=1; [ "$1" = T ] && kill -CONT $pid ;; esac
    done
  done
  sleep 0.2
done
`;

/**
 * A small shell beside us that lets go on whom we have stopped, should we die before we can: it holds the other end of a
 * pipe, which the kernel closes with us.
 */
export class StopGuard implements Disposable {
  readonly #child: ChildProcess;

  /** `root`: the process whose descendants may be stopped. */
  constructor(root: number) {
    this.#child = spawn('/bin/sh', ['-c', script, 'sh', String(root)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // What the terminal sends to us is not meant for it.
      detached: true,
    });
    this.#child.on('error', () => undefined);
    this.#child.stdin?.on('error', () => undefined);
    this.#child.unref();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  stopped(pid: number): void {
    this.#child.stdin?.write(`s ${pid}\n`);
  }

  continued(pid: number): void {
    this.#child.stdin?.write(`c ${pid}\n`);
  }

  /** Nobody is stopped any more. */
  [Symbol.dispose](): void {
    this.#child.stdin?.end('q\n');
  }
}
