import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { TestContext } from 'vitest';
import { findCommand } from '../../support/find-command.ts';
import { runCommand } from '../../support/run-command.ts';

export interface RecordedPacket {
  /** Wall clock. */
  readonly timeNs: bigint;
  readonly bytes: Buffer;
}

export interface RecordedSecret {
  readonly timeNs: bigint;
  readonly label: string;
  readonly clientRandom: string;
  readonly secret: string;
}

/** Real TLS traffic over loopback: what tcpdump saw, what the programs logged, and what was asked for. */
export interface TlsTraffic {
  readonly packets: readonly RecordedPacket[];
  readonly secrets: readonly RecordedSecret[];
  /** Paths, in any order. */
  readonly paths: readonly string[];
}

/** TLS 1.2 and 1.3, new and resumed sessions, HTTP/1.1 and HTTP/2, several at a time. Skips where that cannot be recorded. */
export async function recordTlsTraffic(context: TestContext, connections: number): Promise<TlsTraffic> {
  const tcpdump = findCommand('tcpdump');
  if (tcpdump === undefined) return context.skip('tcpdump is not installed');
  if (process.getuid?.() !== 0) return context.skip('recording packets needs root');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tlstap-traffic-'));
  try {
    const credentials = await makeCertificate(folder);
    const secrets: RecordedSecret[] = [];
    const server = http2.createSecureServer({ ...credentials, allowHTTP1: true }, (request, response) => {
      response.end(`this is ${request.url}`);
    });
    server.on('keylog', (line: Buffer) => secrets.push(parseKeyLogLine(line.toString(), wallNs())));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const file = path.join(folder, 'capture.pcap');
    const recorder = spawn(
      tcpdump,
      // With its own sizes it has room for eight packets in immediate mode.
      [
        ...['-i', 'lo', '-s', '70000', '-B', '65536', '-U', '--immediate-mode'],
        ...['--time-stamp-precision=nano', '-w', file, `port ${port}`],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    await once(recorder.stderr, 'data');
    const paths = await exchange(port, connections);
    await sleep(300);
    recorder.kill('SIGINT');
    await once(recorder, 'exit');
    server.close();
    return { packets: parsePcap(fs.readFileSync(file)), secrets, paths };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

async function exchange(port: number, connections: number): Promise<readonly string[]> {
  const paths: string[] = [];
  const agent = new https.Agent({ keepAlive: false, maxCachedSessions: 100 });
  for (let first = 0; first < connections; first += 5) {
    await Promise.all(
      Array.from({ length: Math.min(5, connections - first) }, async (_, i) => {
        const number = first + i;
        const url = `/connection-${number}`;
        paths.push(url);
        if (number % 3 === 2) await fetchHttp2(port, url);
        else await fetchHttp1(agent, port, url, number % 3 === 0 ? 'TLSv1.3' : 'TLSv1.2');
      }),
    );
  }
  agent.destroy();
  return paths;
}

async function fetchHttp1(
  agent: https.Agent,
  port: number,
  url: string,
  version: tls.SecureVersion,
): Promise<void> {
  const request = https.get({
    host: '127.0.0.1',
    port,
    path: url,
    agent,
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
  });
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  response.resume();
  await once(response, 'end');
}

async function fetchHttp2(port: number, url: string): Promise<void> {
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  const stream = session.request({ ':path': url });
  stream.resume();
  await once(stream, 'end');
  session.close();
  await once(session, 'close');
}

async function makeCertificate(folder: string): Promise<{ readonly key: Buffer; readonly cert: Buffer }> {
  const key = path.join(folder, 'key.pem');
  const cert = path.join(folder, 'cert.pem');
  const made = await runCommand(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=localhost',
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { timeoutMs: 20_000 },
  );
  if (made.code !== 0) throw new Error(`openssl: ${made.stderr}`);
  return { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
}

function parseKeyLogLine(line: string, timeNs: bigint): RecordedSecret {
  const [label = '', clientRandom = '', secret = ''] = line.trim().split(' ');
  return { timeNs, label, clientRandom, secret };
}

function wallNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

/** The older file format, with times in nanoseconds. */
export function parsePcap(file: Buffer): readonly RecordedPacket[] {
  if (file.readUInt32LE(0) !== 0xa1b23c4d) throw new Error('not a file with nanoseconds');
  const packets: RecordedPacket[] = [];
  for (let at = 24; at + 16 <= file.length;) {
    const timeNs = BigInt(file.readUInt32LE(at)) * 1_000_000_000n + BigInt(file.readUInt32LE(at + 4));
    const lengthBytes = file.readUInt32LE(at + 8);
    packets.push({ timeNs, bytes: file.subarray(at + 16, at + 16 + lengthBytes) });
    at += 16 + lengthBytes;
  }
  return packets;
}
