import type { Step } from './watch.ts';

/** An exchange whose response has this content type and body, chunked; `pieces` are cut as given. */
export function answered(contentType: string, pieces: readonly (string | Uint8Array)[], more = ''): Step[] {
  const request = 'GET /events HTTP/1.1\r\nHost: h\r\n\r\n';
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${contentType}\r\n${more}Transfer-Encoding: chunked\r\n\r\n`;
  const chunks = pieces.map((piece): Step => {
    const bytes = Buffer.from(typeof piece === 'string' ? Buffer.from(piece) : piece);
    return [
      'write',
      Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]),
    ];
  });
  return [['read', request], ['write', head], ...chunks, ['write', '0\r\n\r\n']];
}
