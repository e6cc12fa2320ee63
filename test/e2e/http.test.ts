import { describe, expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { parseHttp1Bodies, parseHttp2Bodies } from '../support/parse-bodies.ts';
import { pseudoRandomBytes, pseudoRandomText } from '../support/pseudo-random.ts';
import { RecordedClient } from '../support/recorded-client.ts';
import { needCapture, needProgram } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';
import { assembleConnections } from '../support/streams.ts';

const mebibyte = 1 << 20;

describe.each(['http/1.1', 'h2'] as const)('bodies of 1 MiB over %s through a Go server', (protocol) => {
  test('are captured byte for byte with --raw --json', async (context) => {
    await needCapture(context);
    const program = needProgram(context, 'webserver');
    const { server, capture } = await start(program, ['--raw', '--json']);
    const client = await RecordedClient.connect({ port: server.port, protocol });
    const upload = pseudoRandomBytes(mebibyte, 9);

    const echoed = await client.call({ method: 'POST', path: '/echo', body: upload });
    const fetched = await client.call({ path: `/bytes/${mebibyte}?seed=7` });
    await client.close();
    await capture.stop();

    expect(echoed.body.equals(upload)).toBe(true);
    expect(fetched.body.equals(pseudoRandomBytes(mebibyte, 7))).toBe(true);
    const [connection, ...others] = assembleConnections(capture.records(), { keepBytes: true });
    expect(others).toEqual([]);
    expect(connection).toMatchObject({
      role: 'server',
      pid: server.pid,
      local: `127.0.0.1:${server.port}`,
      remote: client.address,
      problems: [],
    });
    expect(connection?.read.bytes.equals(client.sent)).toBe(true);
    expect(connection?.write.bytes.equals(client.received)).toBe(true);
    // Against the bodies too, so that a client that recorded wrongly cannot agree with a capture that is wrong.
    const parse = protocol === 'h2' ? parseHttp2Bodies : parseHttp1Bodies;
    expect(parse(connection?.read.bytes ?? Buffer.alloc(0)).some((body) => body.equals(upload))).toBe(true);
    const bodies = parse(connection?.write.bytes ?? Buffer.alloc(0));
    expect(bodies.filter((body) => body.length > 0).map((body) => body.length)).toEqual([mebibyte, mebibyte]);
    expect(bodies.some((body) => body.equals(fetched.body))).toBe(true);
    expect(bodies.some((body) => body.equals(upload))).toBe(true);
  });

  test('are whole in --json, as exchanges', async (context) => {
    await needCapture(context);
    const { server, capture } = await start(needProgram(context, 'webserver'), ['--json']);
    const client = await RecordedClient.connect({ port: server.port, protocol });
    const upload = pseudoRandomText(mebibyte, 3);
    await client.call({
      method: 'POST',
      path: '/echo',
      body: upload,
      headers: { 'content-type': 'text/plain' },
    });
    await client.call({ path: `/bytes/${mebibyte}?seed=4` });
    await client.call({ path: `/gzip/${mebibyte}?seed=5` });
    await client.call({ path: '/chunked/100000?seed=6' });
    await client.close();
    await capture.stop();

    const exchanges = capture.records('exchange');
    expect(exchanges.map(({ request, response }) => summary(request, response))).toEqual([
      `POST https://localhost/echo ${mebibyte} → 200 ${mebibyte}`,
      `GET https://localhost/bytes/${mebibyte}?seed=4 0 → 200 ${mebibyte}`,
      `GET https://localhost/gzip/${mebibyte}?seed=5 0 → 200 ${mebibyte}`,
      'GET https://localhost/chunked/100000?seed=6 0 → 200 100000',
    ]);
    const [echo, bytes, gzip, chunked] = exchanges;
    expect(bodyOf(echo?.['request']).equals(upload)).toBe(true);
    expect(bodyOf(echo?.['response']).equals(upload)).toBe(true);
    expect(bodyOf(bytes?.['response']).equals(pseudoRandomBytes(mebibyte, 4))).toBe(true);
    expect(bodyOf(gzip?.['response']).equals(pseudoRandomText(mebibyte, 5))).toBe(true);
    expect(gzip?.['response']).toMatchObject({ body: { encoding: 'gzip', truncated: false } });
    expect(bodyOf(chunked?.['response']).equals(pseudoRandomText(100_000, 6))).toBe(true);
    expect(exchanges.every(({ protocol: name, gaps }) => name === protocol && gaps === 0)).toBe(true);
  });

  test('are readable in text', async (context) => {
    await needCapture(context);
    const { server, capture } = await start(needProgram(context, 'webserver'), []);
    const client = await RecordedClient.connect({ port: server.port, protocol });
    const body = pseudoRandomText(mebibyte, 11);
    await client.call({ path: `/text/${mebibyte}?seed=11` });
    await client.call({ path: '/bytes/5000?seed=1' });
    await client.close();
    await capture.stop();

    const text = capture.output().toString();
    const lines = new Set(text.split('\n').map((line) => line.trim()));
    expect(text).toContain(`GET https://localhost/text/${mebibyte}?seed=11`);
    expect(text).toMatch(/200( OK)?/);
    expect(text).toMatch(/content-type: text\/plain/i);
    const bodyLines = body.toString().trimEnd().split('\n');
    expect(bodyLines).toHaveLength(mebibyte / 64);
    expect(bodyLines.filter((line) => !lines.has(line))).toEqual([]);
    // Binary bodies are named, not poured onto the terminal.
    expect(text).toContain('application/octet-stream');
    expect(text.match(/[^\P{Cc}\n]/u)).toBeNull();
  });
});

async function start(
  program: string,
  args: readonly string[],
): Promise<{ server: RunningProgram; capture: Capture }> {
  const server = await RunningProgram.start(program);
  onTestFinished(() => server.kill());
  const capture = await Capture.start({ args: ['gotls', '--pid', String(server.pid), ...args] });
  onTestFinished(() => capture.dispose());
  return { server, capture };
}

interface Side {
  readonly method?: string;
  readonly url?: string;
  readonly status?: number;
  readonly body: { readonly text?: string; readonly base64?: string; readonly length: number };
}

function summary(request: unknown, response: unknown): string {
  const [asked, answered] = [request as Side, response as Side];
  return `${asked.method} ${asked.url} ${asked.body.length} → ${answered.status} ${answered.body.length}`;
}

function bodyOf(side: unknown): Buffer {
  const { text, base64 } = (side as Side).body;
  return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);
}
