/** One line of JSON Lines output, of tlstap or of a program under test. */
export interface JsonRecord {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Parses the complete lines of `text`; a line that is no object with a `type` is an error. */
export function* parseJsonRecords(text: string | Buffer): Generator<JsonRecord> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) return;
    if (end > start) yield parseRecord(bytes.toString('utf8', start, end));
    start = end + 1;
  }
}

function parseRecord(line: string): JsonRecord {
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    throw new Error(`not a record: ${line.slice(0, 200)}`);
  }
  return value as JsonRecord;
}
