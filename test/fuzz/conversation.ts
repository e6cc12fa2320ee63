import type { Step } from '../protocol/support/watch.ts';
import type { Random } from '../support/random.ts';

/**
 * Both directions of a connection as one string of bytes, so that mutations reach all of it: the first byte says how it
 * is observed; 0x1e and a byte begin a piece: to which direction, or that so many bytes are missing.
 */
export interface Conversation {
  readonly role: 'client' | 'server' | null;
  readonly joinedLate: boolean;
  readonly steps: readonly Step[];
}

const mark = 0x1e;

export function encodeConversation(steps: readonly Step[], options = 0): Buffer {
  return Buffer.concat([
    Buffer.of(options),
    ...steps.map((step) => {
      if (step.length === 3) return Buffer.of(mark, step[0] === 'read' ? 0x62 : 0x63, step[2] ?? 255);
      const bytes = typeof step[1] === 'string' ? Buffer.from(step[1], 'latin1') : step[1];
      return Buffer.concat([Buffer.of(mark, step[0] === 'read' ? 0x60 : 0x61), bytes]);
    }),
  ]);
}

export function decodeConversation(input: Buffer): Conversation {
  const options = input[0] ?? 0;
  const steps: Step[] = [];
  for (let at = 1; at < input.length;) {
    const found = input.indexOf(mark, at);
    const end = found < 0 ? input.length : found;
    const kind = at === 1 ? 0x60 : (input[at] ?? 0x60);
    const start = at === 1 ? 1 : at + 1;
    const direction = (kind & 1) === 0 ? 'read' : 'write';
    if ((kind & 0xfe) === 0x62) steps.push([direction, 'gap', lostBytes(input[start])]);
    else if (end > start) steps.push([direction, new Uint8Array(input.subarray(start, end))]);
    at = end + 1;
  }
  const role = ([null, 'client', 'server'] as const)[options % 3] ?? null;
  return { role, joinedLate: (options & 0x80) !== 0, steps };
}

function lostBytes(value = 0): number | null {
  return value === 255 ? null : value + 1;
}

/** The same streams in other pieces. */
export function cutSteps(steps: readonly Step[], random: Random): Step[] {
  const longest = random.pick([1, 3, 17, 200]);
  return steps.flatMap((step): Step[] => {
    if (step.length === 3) return [step];
    const pieces: Step[] = [];
    for (let at = 0; at < step[1].length;) {
      const length = 1 + random.below(longest);
      pieces.push([step[0], step[1].slice(at, at + length)]);
      at += length;
    }
    return pieces;
  });
}
