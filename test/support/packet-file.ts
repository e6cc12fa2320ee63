import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parsePackets, type ParsedPacket } from '../sink/pcapng/parse-pcapng.ts';

/** A path for a capture file, in a folder that is gone when the test is. */
export function packetPath(name = 'out.pcapng'): string {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-packets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

export function readPackets(path: string): readonly ParsedPacket[] {
  return parsePackets(readFileSync(path));
}

/** UDP payload lengths of packets over Ethernet and IPv4, in order. */
export function datagramPort(packet: ParsedPacket): number | undefined {
  const { data } = packet;
  if (data.length < 42 || data.readUInt16BE(12) !== 0x0800 || data[23] !== 17) return undefined;
  return data.readUInt16BE(36);
}
