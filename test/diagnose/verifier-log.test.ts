import { expect, test } from 'vitest';
import { hasVerifierLog, lastWords } from '../../src/diagnose/verifier-log.ts';

const rejected = [
  "libbpf: prog 'x': BPF program load failed: Permission denied",
  "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --",
  '0: R1=ctx(off=0,imm=0) R10=fp0',
  '; long value = *pointer;',
  '3: (79) r1 = *(u64 *)(r1 +0)',
  "R1 invalid mem access 'scalar'",
  'processed 4 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0',
  '-- END PROG LOAD LOG --',
  "libbpf: prog 'x': failed to load: -13",
  "libbpf: failed to load object 'y'",
].join('\n');
const notPermitted = [
  "libbpf: Error in bpf_object__probe_loading():Operation not permitted(1). Couldn't load trivial BPF program.",
  "libbpf: failed to load object 'y'",
].join('\n');

test('the verifier is told from a refusal before it', () => {
  expect(hasVerifierLog(rejected)).toBe(true);
  expect(hasVerifierLog(notPermitted)).toBe(false);
  expect(hasVerifierLog('')).toBe(false);
});

test('the last words are those that say something', () => {
  expect(lastWords(rejected, 1)).toBe("R1 invalid mem access 'scalar'");
  expect(lastWords(rejected, 2)).toBe("3: (79) r1 = *(u64 *)(r1 +0); R1 invalid mem access 'scalar'");
  expect(lastWords(notPermitted, 3)).toMatch(/^Error in bpf_object__probe_loading/);
  expect(lastWords('\n\n', 3)).toBe('');
});

test('a line of any length is cut', () => {
  expect(lastWords('x'.repeat(100_000), 3).length).toBeLessThan(300);
});
