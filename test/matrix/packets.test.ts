import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { decrypt, needTshark } from '../support/decrypted.ts';
import { provideGoProgram } from '../support/go-program.ts';
import { countOwners, missing, talk } from '../support/https-talk.ts';
import { packetPath, readPackets } from '../support/packet-file.ts';
import { needCapture } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';

const releases = ['1.15.15', '1.19.13', '1.21.13', '1.24.13', '1.27.4'];
/** Of four kinds: 200 connections with each release, 1,000 in all. */
const rounds = 50;

test.for(releases)(
  '200 connections to a server of Go %s: tshark alone shows every request and body, each packet has its process',
  async (toolchain, context) => {
    await needCapture(context);
    needTshark(context);
    const program = await provideGoProgram({ program: 'webserver', toolchain });
    if (!program.ok) return context.skip(program.reason);
    const server = await RunningProgram.start(program.value);
    onTestFinished(() => server.kill());
    const path = packetPath();
    const capture = await Capture.start({
      args: [
        ...['gotls', '-m', 'pcap', '-e', program.value, '-i', 'lo', '-w', path],
        ...['tcp', 'port', String(server.port)],
      ],
    });
    onTestFinished(() => capture.dispose());
    const said = await talk(server.port, rounds);
    await capture.stop();

    expect(missing(said, await decrypt(context, path))).toEqual([]);
    const pids = countOwners(path);
    const right = (pids[String(server.pid)] ?? 0) + (pids[String(process.pid)] ?? 0);
    const known = readPackets(path).length - (pids['nobody'] ?? 0);
    expect(known).toBe(right);
    expect(right / readPackets(path).length).toBeGreaterThanOrEqual(0.99);
    return undefined;
  },
);
