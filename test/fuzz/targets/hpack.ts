import type { HeaderBlock } from '../../../src/protocol/http2/hpack-decoder.ts';
import { HpackDecoder } from '../../../src/protocol/http2/hpack-decoder.ts';
import { literalBlock } from '../../protocol/http2/frames.ts';
import { must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

export const hpack: FuzzTarget = {
  name: 'hpack',
  description: 'header blocks of one direction, for a decoder that was there and one that came late',
  corpus: () => corpus,
  tokens: [
    '\x82',
    '\xbe',
    '\xbf',
    '\x40\x01a\x01b',
    '\x20',
    '\x3f\xe1\x1f',
    '\x00\x81\x1f\x82\x1f\x1f',
    '\x7f\xff\xff\xff\xff\x0f',
    '\x88',
    '\xff\x80\x80\x80\x80\x80\x00',
  ],
  mostInputBytes: 4096,
  check: (input) => {
    const blocks = blocksOf(input);
    const early = new HpackDecoder({ joinedLate: false });
    const late = new HpackDecoder({ joinedLate: true });
    let outcome = 'empty';
    let isComparable = true;
    const lateFrom = (input[0] ?? 0) % 4;
    for (const [index, block] of blocks.entries()) {
      const full = early.decode(block);
      must(full.headers.length <= block.length, 'a field takes a byte');
      // One that saw a malformed block forgot its table; the other did not see it.
      if (index < lateFrom && full.problem !== null) isComparable = false;
      if (index >= lateFrom) {
        const partial = late.decode(block);
        if (isComparable) expectNeverWrong(full, partial);
      }
      outcome = full.problem === null ? `decoded${full.incomplete ? ', incomplete' : ''}` : 'malformed';
    }
    return outcome;
  },
};

/** What the late one knows is what the other knows. */
function expectNeverWrong(full: HeaderBlock, partial: HeaderBlock): void {
  must(partial.headers.length === full.headers.length || full.problem !== null, 'as many fields');
  for (const [index, [name, value]] of partial.headers.entries()) {
    const [rightName = null, rightValue = null] = full.headers[index] ?? [];
    if (rightName !== null) must(name === null || name === rightName, 'a name is right or null');
    if (rightValue !== null)
      must(
        value === null || JSON.stringify(value) === JSON.stringify(rightValue),
        'a value is right or null',
      );
  }
}

/** The first byte says when the late one comes; then length and bytes of each block. */
function blocksOf(input: Buffer): readonly Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = 1; at < input.length;) {
    const length = input[at] ?? 0;
    blocks.push(Buffer.from(input.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  return blocks;
}

function join(late: number, blocks: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(late), ...blocks.flatMap((block) => [Buffer.of(block.length), block])]);
}

/** Examples of RFC 7541, appendix C: indexed, incremental, Huffman-coded. */
const examples = [
  [
    '828684410f7777772e6578616d706c652e636f6d',
    '828684be58086e6f2d6361636865',
    '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
  ],
  [
    '828684418cf1e3c2e5f23a6ba0ab90f4ff',
    '828684be5886a8eb10649cbf',
    '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
  ],
  [
    '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
    '4883640effc1c0bf',
  ],
].map((blocks) => blocks.map((hex) => Buffer.from(hex, 'hex')));
const corpus = [
  ...examples.map((blocks, index) => join(index % 3, blocks)),
  join(1, [
    literalBlock([
      ['a', 'b'],
      [':status', '200'],
    ]),
    Buffer.from('3fe11f20828684', 'hex'),
    Buffer.from('40016101628382be', 'hex'),
  ]),
];
