/** Whether libbpf's log holds the words of the kernel's verifier, which reads a program only once it is permitted. */
export function hasVerifierLog(log: string): boolean {
  return /-- BEGIN PROG LOAD LOG --|^processed \d+ insns/m.test(log);
}

/** The last lines of a log that say something, joined by `; `. */
export function lastWords(log: string, mostLines: number): string {
  const lines = log
    .split('\n')
    .map((line) => line.replace(/^libbpf:\s*/, '').trim())
    .filter((line) => line !== '' && !noise.test(line));
  return lines
    .slice(-mostLines)
    .map((line) => (line.length <= mostLetters ? line : `${line.slice(0, mostLetters)}...`))
    .join('; ');
}

const mostLetters = 200;

/** Frames, statistics, register dumps, and what only repeats that the load failed. */
const noise =
  /-- (?:BEGIN|END) PROG LOAD LOG --|^processed \d+ insns|^verification time|^stack depth|failed to load: -|^failed to load object|BPF program load failed|^\d+: R\d|^; |^regs=|^(?:last|first)_idx|^parent /;
