import { PacketOwners } from './decode-packet.ts';
import { decodeRecord, type ProbedFile } from './decode-record.ts';
import type { CaptureEvent } from './event.ts';
import { limit } from './kernel-layout.ts';
import {
  frameHeaderBytes,
  frameKind,
  recordingFormat,
  recordingMagic,
  type Fact,
  type RecordingHeader,
} from './recording-format.ts';

/** No frame is longer than a chunk of payload with its header, or the plans of many binaries. */
const mostFrameBytes = 64 * 1024 * 1024;
const factTypes = new Set([
  'file',
  'process',
  'exit',
  'offsets',
  'interface',
  'interface-counters',
  'tick',
  'end',
]);

export type RecordingProblem =
  | { readonly type: 'not-a-recording' }
  | { readonly type: 'newer-format'; readonly format: number }
  | { readonly type: 'damaged'; readonly offset: number }
  | { readonly type: 'cut'; readonly offset: number };

export interface RecordingHandler {
  readonly onHeader: (header: RecordingHeader) => void;
  readonly onEvent: (event: CaptureEvent) => void;
}

/**
 * Reads a recording from bytes that come in any pieces. A problem ends the reading: everything before it has been
 * delivered. Unknown kinds of frames are skipped, so that a newer tlstap may add some.
 */
export class RecordingReader {
  readonly #handler: RecordingHandler;
  readonly #owners = new PacketOwners();
  #pending: Buffer = Buffer.alloc(0);
  /** Of the pending bytes, those that were read. */
  #at = 0;
  /** Read before the pending bytes. */
  #consumedBytes = 0;
  #started = false;
  #header: RecordingHeader | undefined;
  #files: ProbedFile[] = [];
  #problem: RecordingProblem | undefined;

  constructor(handler: RecordingHandler) {
    this.#handler = handler;
  }

  get problem(): RecordingProblem | undefined {
    return this.#problem;
  }

  push(bytes: Buffer): void {
    if (this.#problem) return;
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (!this.#problem && this.#step()) {
      // One frame a step.
    }
    this.#pending = this.#pending.subarray(this.#at);
    this.#consumedBytes += this.#at;
    this.#at = 0;
  }

  /** No more bytes: says what is missing, if something is. */
  end(): RecordingProblem | undefined {
    if (!this.#problem && !this.#header) this.#problem = { type: 'not-a-recording' };
    if (!this.#problem && this.#pending.length > 0)
      this.#problem = { type: 'cut', offset: this.#consumedBytes };
    return this.#problem;
  }

  #step(): boolean {
    if (!this.#started) return this.#readMagic();
    const at = this.#at;
    const leftBytes = this.#pending.length - at - frameHeaderBytes;
    if (leftBytes < 0) return false;
    const lengthBytes = this.#pending.readUInt32LE(at);
    if (lengthBytes > mostFrameBytes)
      return this.#fail({ type: 'damaged', offset: this.#consumedBytes + at });
    if (leftBytes < lengthBytes) return false;
    const read = this.#readFrame(this.#pending[at + 4] ?? 0, at + frameHeaderBytes, lengthBytes);
    if (!read) return this.#fail({ type: 'damaged', offset: this.#consumedBytes + at });
    this.#at += frameHeaderBytes + lengthBytes;
    return true;
  }

  #readMagic(): boolean {
    const magic = Buffer.from(recordingMagic);
    const begin = this.#pending.subarray(0, magic.length);
    if (!magic.subarray(0, begin.length).equals(begin)) return this.#fail({ type: 'not-a-recording' });
    if (begin.length < magic.length) return false;
    this.#started = true;
    this.#at = magic.length;
    return true;
  }

  #readFrame(kind: number, start: number, lengthBytes: number): boolean {
    if (kind === frameKind.record && this.#header) {
      const event = decodeRecord(this.#pending, start, lengthBytes, this.#files, this.#owners);
      if (event) this.#handler.onEvent(event);
      return event !== undefined;
    }
    const payload = this.#pending.subarray(start, start + lengthBytes);
    if (!this.#header) return kind === frameKind.header && this.#readHeader(parseJson(payload));
    if (kind !== frameKind.fact) return true;
    const fact = parseJson(payload);
    if (!isFact(fact)) return false;
    if (fact.type === 'file') this.#files[fact.index] = { family: fact.family, path: fact.path };
    this.#handler.onEvent(fact);
    return true;
  }

  #readHeader(value: unknown): boolean {
    if (!isHeader(value)) return false;
    if (value.format > recordingFormat) {
      this.#problem = { type: 'newer-format', format: value.format };
      return true;
    }
    this.#header = value;
    this.#files = [...value.files];
    this.#handler.onHeader(value);
    return true;
  }

  #fail(problem: RecordingProblem): false {
    this.#problem = problem;
    return false;
  }
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is RecordingHeader {
  if (typeof value !== 'object' || value === null) return false;
  const header = value as Partial<Record<keyof RecordingHeader, unknown>>;
  return (
    typeof header.format === 'number' &&
    typeof header.clockOffsetNs === 'string' &&
    /^-?\d{1,20}$/.test(header.clockOffsetNs) &&
    typeof header.startedTimeNs === 'number' &&
    typeof header.timeZone === 'string' &&
    typeof header.version === 'string' &&
    Array.isArray(header.files) &&
    header.files.every((file: unknown) => typeof file === 'object' && file !== null) &&
    Array.isArray(header.targets) &&
    (header.count === null || typeof header.count === 'number')
  );
}

type FactField = 'type' | 'timeNs' | 'counters' | 'index' | 'family' | 'path';

/** Only the fields that decide what is done with it: a damaged number shows as one, and harms nothing. */
function isFact(value: unknown): value is Fact {
  if (typeof value !== 'object' || value === null) return false;
  const { type, timeNs, counters, index, family, path } = value as Partial<Record<FactField, unknown>>;
  if (typeof type !== 'string' || !factTypes.has(type) || typeof timeNs !== 'number') return false;
  if (type === 'file') return isIndex(index) && typeof family === 'string' && typeof path === 'string';
  return type !== 'end' || (typeof counters === 'object' && counters !== null);
}

function isIndex(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit.maxProfiles;
}
