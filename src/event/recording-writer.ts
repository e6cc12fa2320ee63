import {
  frameHeaderBytes,
  frameKind,
  recordingMagic,
  type Fact,
  type RecordingHeader,
} from './recording-format.ts';

/** Writes a recording through `write`, frame by frame, in the order of the calls. */
export class RecordingWriter {
  readonly #write: (bytes: Buffer) => void;

  constructor(header: RecordingHeader, write: (bytes: Buffer) => void) {
    this.#write = write;
    write(Buffer.from(recordingMagic));
    this.#json(frameKind.header, header);
  }

  /** A kernel record, `length` bytes at `start`. */
  record(memory: Buffer, start: number, length: number): void {
    const frame = Buffer.allocUnsafe(frameHeaderBytes + length);
    writeFrameHeader(frame, frameKind.record, length);
    memory.copy(frame, frameHeaderBytes, start, start + length);
    this.#write(frame);
  }

  fact(fact: Fact): void {
    this.#json(frameKind.fact, fact);
  }

  #json(kind: number, value: unknown): void {
    const payload = Buffer.from(JSON.stringify(value));
    const header = Buffer.alloc(frameHeaderBytes);
    writeFrameHeader(header, kind, payload.length);
    this.#write(Buffer.concat([header, payload]));
  }
}

function writeFrameHeader(frame: Buffer, kind: number, lengthBytes: number): void {
  frame.writeUInt32LE(lengthBytes, 0);
  frame[4] = kind;
}
