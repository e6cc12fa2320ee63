/**
 * Bodies of the messages in a plain HTTP/1.1 stream, sized or chunked. Deliberately simple and apart from src/: it
 * checks what tlstap captured, on streams that are known to be well-formed.
 */
export function parseHttp1Bodies(stream: Buffer): Buffer[] {
  const bodies: Buffer[] = [];
  for (let at = 0; at < stream.length;) {
    const headEnd = stream.indexOf('\r\n\r\n', at);
    if (headEnd < 0) throw new Error(`no end of a head after ${at}`);
    const head = stream.toString('latin1', at, headEnd).toLowerCase();
    at = headEnd + 4;
    if (/^transfer-encoding: chunked$/m.test(head)) {
      const { body, end } = parseChunks(stream, at);
      bodies.push(body);
      at = end;
    } else {
      const length = Number(/^content-length: (\d+)/m.exec(head)?.[1] ?? 0);
      bodies.push(stream.subarray(at, at + length));
      at += length;
    }
  }
  return bodies;
}

/** DATA of each HTTP/2 stream, in the order in which the streams first had some (RFC 9113, sections 4.1 and 6.1). */
export function parseHttp2Bodies(stream: Buffer): Buffer[] {
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
  const bodies = new Map<number, Buffer[]>();
  let at = stream.toString('latin1', 0, preface.length) === preface ? preface.length : 0;
  while (at < stream.length) {
    const length = stream.readUIntBE(at, 3);
    const type = stream.readUInt8(at + 3);
    const isPadded = (stream.readUInt8(at + 4) & 0x8) !== 0;
    const id = stream.readUInt32BE(at + 5) & 0x7fff_ffff;
    const payload = stream.subarray(at + 9, at + 9 + length);
    if (payload.length < length) throw new Error(`frame at ${at} is cut`);
    if (type === 0) {
      const data = isPadded ? payload.subarray(1, payload.length - payload.readUInt8(0)) : payload;
      bodies.set(id, [...(bodies.get(id) ?? []), data]);
    }
    at += 9 + length;
  }
  return [...bodies.values()].map((pieces) => Buffer.concat(pieces));
}

function parseChunks(stream: Buffer, start: number): { body: Buffer; end: number } {
  const pieces: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = stream.indexOf('\r\n', at);
    const length = Number.parseInt(stream.toString('latin1', at, lineEnd), 16);
    at = lineEnd + 2;
    if (length === 0) break;
    pieces.push(stream.subarray(at, at + length));
    at += length + 2;
  }
  // Trailers end with an empty line.
  while (stream.toString('latin1', at, at + 2) !== '\r\n') at = stream.indexOf('\r\n', at) + 2;
  return { body: Buffer.concat(pieces), end: at + 2 };
}
