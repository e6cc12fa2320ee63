/** Whether libbpf's log holds the words of the kernel's verifier, which reads a program only once it is permitted. */
export function hasVerifierLog(log: string): boolean {
  return /BEGIN PROG LOAD LOG|^processed \d+ insns/m.test(log);
}

/** The last lines of a log that say something, joined for one reader's line: at most `most` of them. */
export function lastWords(log: string, most: number): string {
  return log
    .split('\n')
    .map((line) => line.replace(/^libbpf:\s*/, '').trim())
    .filter((line) => line !== '' && !noise.test(line))
    .slice(-most)
    .join('; ');
}

/** Frames, statistics, and what only repeats that the load failed. */
const noise =
  /^-- (?:BEGIN|END) |^processed \d+ insns|^verification time|^stack depth|^failed to load|^prog '.*failed to load|^arg#\d+/;
