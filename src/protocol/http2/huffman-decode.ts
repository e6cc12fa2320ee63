/**
 * Decodes an HPACK Huffman string (RFC 7541 §5.2) of `source[start, end)` into `target`, which must have room for
 * `(end - start) * 8 / 5` bytes. Returns the number of bytes written, or -1 when the string is malformed: it contains
 * EOS, or its padding is longer than 7 bits or not all ones.
 */
export function decodeHuffman(source: Uint8Array, start: number, end: number, target: Uint8Array): number {
  automaton ??= buildAutomaton();
  const { transitions, accepting } = automaton;
  let state = 0;
  let written = 0;
  for (let at = start; at < end; at++) {
    const transition = transitions[(state << 8) | source[at]!]!;
    if (transition >= oneSymbol) {
      if (transition >= malformed) return -1;
      target[written++] = transition >>> 8;
      if (transition >= twoSymbols) target[written++] = transition >>> 16;
    }
    state = transition & 0xff;
  }
  return accepting[state] === 1 ? written : -1;
}

/**
 * Appendix B in one character per symbol (0–255, then EOS): the length of its code in bits, base 36. The code is
 * canonical (equal lengths count upwards in symbol order), so the lengths determine it.
 */
const codeLengths =
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca' +
  'd67777777777777777777777878djde6f56565666577666567655677777fbeds' +
  'kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq' +
  'u';

const endOfString = 256;

/**
 * A transition, by state and next byte:
 *
 * | bits  | meaning                                                       |
 * |-------|---------------------------------------------------------------|
 * | 0–7   | next state: an inner node of the code tree (256 leaves: 256)  |
 * | 8–15  | first symbol completed by this byte                           |
 * | 16–23 | second symbol (codes have ≥ 5 bits: a byte completes ≤ 2)     |
 * | 24–26 | one symbol; two symbols; malformed                            |
 */
const oneSymbol = 1 << 24;
const twoSymbols = 1 << 25;
const malformed = 1 << 26;

interface Automaton {
  readonly transitions: Uint32Array;
  /** 1 for states in which a string may end: up to 7 bits of padding, all ones. */
  readonly accepting: Uint8Array;
}

/** Made at the first use: most runs of the program never see HTTP/2. */
let automaton: Automaton | undefined;

function buildAutomaton(): Automaton {
  const children = buildTree();
  const transitions = new Uint32Array(256 * 256);
  for (let state = 0; state < 256; state++) {
    for (let byte = 0; byte < 256; byte++) transitions[(state << 8) | byte] = step(children, state, byte);
  }
  const accepting = new Uint8Array(256);
  for (let bits = 0, node = 0; bits < 8; bits++, node = children[2 * node + 1]!) accepting[node] = 1;
  return { transitions, accepting };
}

/** `children[2 * node + bit]` is an inner node, or `-1 - symbol` for a leaf. */
function buildTree(): Int16Array {
  const lengths = Array.from(codeLengths, (digit) => Number.parseInt(digit, 36));
  const symbols = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const children = new Int16Array(512);
  let nodes = 1;
  let code = 0;
  let codeLength = lengths[symbols[0]!]!;
  for (const symbol of symbols) {
    code *= 2 ** (lengths[symbol]! - codeLength);
    codeLength = lengths[symbol]!;
    let node = 0;
    for (let bit = codeLength - 1; bit > 0; bit--) {
      const edge = 2 * node + ((code >>> bit) & 1);
      if (children[edge] === 0) children[edge] = nodes++;
      node = children[edge]!;
    }
    children[2 * node + (code & 1)] = -1 - symbol;
    code++;
  }
  return children;
}

function step(children: Int16Array, state: number, byte: number): number {
  let node = state;
  let symbols = 0;
  let transition = 0;
  for (let bit = 7; bit >= 0; bit--) {
    node = children[2 * node + ((byte >>> bit) & 1)]!;
    if (node >= 0) continue;
    const symbol = -1 - node;
    if (symbol === endOfString) return malformed;
    transition |= symbol << (8 + 8 * symbols++);
    node = 0;
  }
  if (symbols > 0) transition |= symbols === 1 ? oneSymbol : oneSymbol | twoSymbols;
  return transition | node;
}
