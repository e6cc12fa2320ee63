import { protocolNumber } from '../../packet/packet-layers.ts';

/** Secrets of one handshake, by its client random. */
export interface HandshakeSecrets {
  /** Lines of a key log, with their ends. Only kept where files follow one another. */
  readonly lines: string[];
  readonly labels: Set<string>;
  /** Where the packet with its ClientHello is. */
  hello: 'not-seen' | 'held' | 'written';
  /** Flow of the ClientHello; empty when none was seen. */
  flow: string;
  /** Directions of TCP that ended, one bit each, and the position up to which packets must have been written for that. */
  ended: number;
  endPosition: number;
  timeNs: number;
}

/** With these a reader can decrypt: one label of TLS 1.2 and before, or four of TLS 1.3. */
const enoughOld = 'CLIENT_RANDOM';
const enoughNew = [
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_TRAFFIC_SECRET_0',
];
const wanted = new Set([enoughOld, ...enoughNew, 'CLIENT_EARLY_TRAFFIC_SECRET']);

/** Most handshakes known at a time: the oldest are forgotten first. */
const maxHandshakes = 65_536;
/** How long secrets are carried into further files when nothing would tell that their connection has ended. */
const carryLimitNs = 600e9;
/** Flows are named beginning with the protocol's number. */
const tcpFlow = `${protocolNumber.tcp}\0`;

/** All that is known of handshakes: secrets that came, ClientHellos that were seen. Bounded. */
export class SecretBook {
  readonly #keepsLines: boolean;
  readonly #handshakes = new Map<string, HandshakeSecrets>();
  readonly #byFlow = new Map<string, string>();

  /** @param keepsLines for {@link linesToCarry} */
  constructor(keepsLines: boolean) {
    this.#keepsLines = keepsLines;
  }

  /** The handshake that a secret belongs to; undefined when it is known already. */
  addSecret(label: string, clientRandom: string, line: string, timeNs: number): HandshakeSecrets | undefined {
    const handshake = this.#findOrAdd(clientRandom, timeNs);
    if (handshake.labels.has(label)) return undefined;
    handshake.labels.add(label);
    if (this.#keepsLines) handshake.lines.push(line);
    return handshake;
  }

  addHello(clientRandom: string, flow: string, timeNs: number): HandshakeSecrets {
    const handshake = this.#findOrAdd(clientRandom, timeNs);
    if (handshake.flow === '') {
      handshake.flow = flow;
      this.#byFlow.set(flow, clientRandom);
    }
    return handshake;
  }

  find(clientRandom: string): HandshakeSecrets | undefined {
    return this.#handshakes.get(clientRandom);
  }

  /** A direction of a flow, or all of it, ends with the packet that will be at `position` of those that wait. */
  endFlow(flow: string, direction: 0 | 1, whole: boolean, position: number): void {
    const clientRandom = this.#byFlow.get(flow);
    const handshake = clientRandom === undefined ? undefined : this.#handshakes.get(clientRandom);
    if (handshake === undefined) return;
    handshake.ended |= whole ? 3 : 1 << direction;
    handshake.endPosition = position;
  }

  /**
   * For a file that begins now: lines of all connections that had not ended in what was written before, which is
   * everything before `position`. The others are forgotten.
   */
  linesToCarry(timeNs: number, position: number): string {
    let lines = '';
    for (const [clientRandom, handshake] of this.#handshakes) {
      const isOld = timeNs - handshake.timeNs > carryLimitNs && !handshake.flow.startsWith(tcpFlow);
      const isOver = handshake.ended === 3 && handshake.endPosition < position;
      if (isOver || isOld) this.#forget(clientRandom, handshake);
      else lines += handshake.lines.join('');
    }
    return lines;
  }

  #findOrAdd(clientRandom: string, timeNs: number): HandshakeSecrets {
    const known = this.#handshakes.get(clientRandom);
    if (known !== undefined) return known;
    const handshake: HandshakeSecrets = {
      lines: [],
      labels: new Set(),
      hello: 'not-seen',
      flow: '',
      ended: 0,
      endPosition: -1,
      timeNs,
    };
    this.#handshakes.set(clientRandom, handshake);
    if (this.#handshakes.size > maxHandshakes) this.#forgetOldest();
    return handshake;
  }

  #forgetOldest(): void {
    for (const [clientRandom, handshake] of this.#handshakes) {
      this.#forget(clientRandom, handshake);
      return;
    }
  }

  #forget(clientRandom: string, handshake: HandshakeSecrets): void {
    this.#handshakes.delete(clientRandom);
    if (this.#byFlow.get(handshake.flow) === clientRandom) this.#byFlow.delete(handshake.flow);
  }
}

/** Whether a reader can decrypt with what is there. */
export function isEnough({ labels }: HandshakeSecrets): boolean {
  return labels.has(enoughOld) || enoughNew.every((label) => labels.has(label));
}

/** Whether a reader needs it to decrypt records. */
export function isNeeded(label: string): boolean {
  return wanted.has(label);
}
