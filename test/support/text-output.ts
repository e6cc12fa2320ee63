import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';
import type { WriteText } from '../../src/sink/sink.ts';

/** Hands on the text of records; fails where a record is not UTF-8 with one character per byte. */
export function textOutput(write: (text: string) => boolean): WriteText {
  return (record) => {
    const bytes = Buffer.from(record, 'latin1');
    if (bytes.toString('latin1') !== record) throw new Error(`not bytes: ${JSON.stringify(record)}`);
    return write(decoder.decode(bytes));
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
