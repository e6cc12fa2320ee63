import { createHash, type Hash } from 'node:crypto';
import type { JsonRecord } from './json-record.ts';

export type StreamDirection = 'read' | 'write';

export interface CapturedStream {
  readonly lengthBytes: number;
  readonly sha256: string;
  /** Empty unless `keepBytes` was asked for. */
  readonly bytes: Buffer;
  readonly gaps: readonly JsonRecord[];
}

export interface CapturedConnection {
  readonly id: number;
  readonly pid: number;
  readonly role: string | null;
  readonly fd: number | null;
  /** `address:port`, a path, or null; IPv4-mapped addresses as IPv4. */
  readonly local: string | null;
  readonly remote: string | null;
  readonly isClosed: boolean;
  readonly read: CapturedStream;
  readonly write: CapturedStream;
  /** Records that contradict each other: offsets out of order, wrong lengths, data after close. */
  readonly problems: readonly string[];
}

/** Puts together the connections that `--raw --json` printed. */
export function assembleConnections(
  records: Iterable<JsonRecord>,
  options: { readonly keepBytes?: boolean } = {},
): CapturedConnection[] {
  const builders = new Map<number, ConnectionBuilder>();
  for (const record of records) {
    const id = record['connection'];
    if (typeof id !== 'number') continue;
    const builder = builders.get(id) ?? new ConnectionBuilder(id, options.keepBytes ?? false);
    builders.set(id, builder);
    builder.add(record);
  }
  return [...builders.values()].map((builder) => builder.finish());
}

class ConnectionBuilder {
  readonly #id: number;
  readonly #streams: Readonly<Record<StreamDirection, StreamBuilder>>;
  readonly #problems: string[] = [];
  #facts: Omit<CapturedConnection, 'id' | 'read' | 'write' | 'problems' | 'isClosed'> = {
    pid: 0,
    role: null,
    fd: null,
    local: null,
    remote: null,
  };
  #isOpen = false;
  #isClosed = false;

  constructor(id: number, keepBytes: boolean) {
    this.#id = id;
    this.#streams = { read: new StreamBuilder(keepBytes), write: new StreamBuilder(keepBytes) };
  }

  add(record: JsonRecord): void {
    if (this.#isClosed) this.#problems.push(`${record.type} after close`);
    switch (record.type) {
      case 'open':
        this.#learn(record);
        this.#isOpen = true;
        break;
      case 'close':
        this.#learn(record);
        this.#isClosed = true;
        break;
      case 'data':
      case 'gap': {
        if (!this.#isOpen) this.#problems.push(`${record.type} before open`);
        const problem = this.#streams[record['direction'] === 'read' ? 'read' : 'write'].add(record);
        if (problem !== undefined) this.#problems.push(`${String(record['direction'])}: ${problem}`);
        break;
      }
      default:
    }
  }

  finish(): CapturedConnection {
    return {
      id: this.#id,
      ...this.#facts,
      isClosed: this.#isClosed,
      read: this.#streams.read.finish(),
      write: this.#streams.write.finish(),
      problems: this.#problems,
    };
  }

  /** What is known later completes what was known first. */
  #learn(record: JsonRecord): void {
    this.#facts = {
      pid: Number(record['pid'] ?? this.#facts.pid),
      role: (record['role'] as string | null | undefined) ?? this.#facts.role,
      fd: (record['fd'] as number | null | undefined) ?? this.#facts.fd,
      local: formatEndpoint(record['local']) ?? this.#facts.local,
      remote: formatEndpoint(record['remote']) ?? this.#facts.remote,
    };
  }
}

class StreamBuilder {
  readonly #hash: Hash = createHash('sha256');
  readonly #pieces: Buffer[] = [];
  readonly #gaps: JsonRecord[] = [];
  readonly #keepBytes: boolean;
  #lengthBytes = 0;
  #offset = 0;

  constructor(keepBytes: boolean) {
    this.#keepBytes = keepBytes;
  }

  add(record: JsonRecord): string | undefined {
    const problem =
      record['offset'] === this.#offset
        ? undefined
        : `offset ${String(record['offset'])} where ${this.#offset} was due`;
    this.#offset = Number(record['offset']);
    if (record.type === 'gap') {
      this.#gaps.push(record);
      this.#offset += Number(record['length'] ?? 0);
      return problem;
    }
    const bytes = payload(record);
    this.#hash.update(bytes);
    this.#lengthBytes += bytes.length;
    this.#offset += bytes.length;
    if (this.#keepBytes) this.#pieces.push(bytes);
    if (record['length'] !== bytes.length)
      return `length ${String(record['length'])} of ${bytes.length} bytes`;
    return problem;
  }

  finish(): CapturedStream {
    return {
      lengthBytes: this.#lengthBytes,
      sha256: this.#hash.digest('hex'),
      bytes: Buffer.concat(this.#pieces),
      gaps: this.#gaps,
    };
  }
}

/** Exactly one of `text` and `base64` is there. */
function payload(record: JsonRecord): Buffer {
  const { text, base64 } = record;
  if (typeof text === 'string' && base64 === undefined) return Buffer.from(text);
  if (typeof base64 === 'string' && text === undefined) return Buffer.from(base64, 'base64');
  throw new Error(`neither text nor base64, or both: ${JSON.stringify(record).slice(0, 200)}`);
}

function formatEndpoint(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if ('path' in value && typeof value.path === 'string') return value.path;
  if (!('address' in value && typeof value.address === 'string' && 'port' in value)) return null;
  const address = value.address.replace(/^::ffff:(?=\d+\.)/, '');
  return address.includes(':') ? `[${address}]:${String(value.port)}` : `${address}:${String(value.port)}`;
}
