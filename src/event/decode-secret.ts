import type { SecretEvent } from './event.ts';
import { eventHeader, limit, secretEvent } from './kernel-layout.ts';
import { readHalf, readWord } from './read-word.ts';

/** A key log's labels (draft-ietf-tls-keylogfile, section 2): what is none was read from the wrong place, and may hold anything. */
const labelForm = /^[A-Z][A-Z0-9_]*$/;

/** Undefined when a length lies or the label is none. `family` is that of the probed file with this index. */
export function decodeSecret(
  memory: Buffer,
  at: number,
  length: number,
  family: (profile: number) => string,
): SecretEvent | undefined {
  if (length < secretEvent.sizeBytes) return undefined;
  const labelLength = memory[at + secretEvent.labelLength] ?? 0;
  const secretLength = memory[at + secretEvent.secretLength] ?? 0;
  if (labelLength > limit.secretLabelBytes) return undefined;
  if (secretLength === 0 || secretLength > limit.secretBytes) return undefined;
  const label = slice(memory, at + secretEvent.label, labelLength).toString('latin1');
  if (!labelForm.test(label)) return undefined;
  return {
    type: 'secret',
    timeNs: readWord(memory, at + eventHeader.timeNs),
    pid: readHalf(memory, at + eventHeader.pid),
    tid: readHalf(memory, at + eventHeader.tid),
    pointer: readWord(memory, at + eventHeader.pointer),
    generation: readWord(memory, at + eventHeader.generation),
    family: family(readHalf(memory, at + secretEvent.profile)),
    label,
    clientRandom: slice(memory, at + secretEvent.clientRandom, limit.secretRandomBytes).toString('hex'),
    secret: slice(memory, at + secretEvent.secret, secretLength).toString('hex'),
  };
}

function slice(memory: Buffer, start: number, lengthBytes: number): Buffer {
  return memory.subarray(start, start + lengthBytes);
}
