import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { decrypt, needTshark } from '../support/decrypted.ts';
import { provideGoProgram } from '../support/go-program.ts';
import { countOwners, missing, talk, type Said } from '../support/https-talk.ts';
import { makeNetworkPair } from '../support/network-pair.ts';
import { packetPath, readPackets } from '../support/packet-file.ts';
import { pseudoRandomText } from '../support/pseudo-random.ts';
import { needCapture } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';

const releases = ['1.15.15', '1.19.13', '1.21.13', '1.24.13', '1.27.4'];
/** Of four kinds, every second one of TLS 1.3 resumed (of TLS 1.2, Go logs nothing then): 200 connections with each release, 1,000 in all. */
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
    const said = await talk(server.port, rounds, 0, true);
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

test.for(['1.15.15', '1.19.13', '1.21.13', '1.24.13', '1.27.4'])(
  '200 connections of a client of Go %s between network namespaces, half of those of TLS 1.3 resumed: the same',
  async (toolchain, context) => {
    await needCapture(context);
    needTshark(context);
    const [program, webserver] = [
      await provideGoProgram({ program: 'fetch', toolchain }),
      await provideGoProgram({ program: 'webserver', toolchain }),
    ];
    if (!program.ok) return context.skip(program.reason);
    if (!webserver.ok) return context.skip(webserver.reason);
    const { left, right } = await makeNetworkPair();
    const address = ['-address', `${right.ipv4}:0`];
    const server = await RunningProgram.start(webserver.value, address, { wrapper: right.enter });
    onTestFinished(() => server.kill());
    const path = packetPath();
    const on = `${left.namespace}:${left.device}`;
    const capture = await Capture.start({
      args: ['gotls', '-m', 'pcap', '-e', program.value, '-i', on, '-w', path],
    });
    onTestFinished(() => capture.dispose());
    const said: Said = { requests: [], bodies: [] };
    const pids = [server.pid];
    for (const kind of clientKinds) {
      const sizes = `/text/${6400 + pids.length}?seed=${pids.length}%d`;
      const url = `https://${right.ipv4}:${server.port}${sizes}`;
      const args = [...kind, '-connections', String(rounds), url];
      const client = await RunningProgram.start(program.value, args, { wrapper: left.enter });
      onTestFinished(() => client.kill());
      client.send('go');
      expect(await client.exit()).toBe(0);
      const resumed = client.records('response').map((response) => response['resumed']);
      expect(resumed).toEqual(
        Array.from({ length: rounds }, (_, index) => kind.includes('-resume') && index % 2 === 1),
      );
      for (let index = 0; index < rounds; index += 1) {
        said.requests.push(sizes.replace('%d', String(index)));
        const seed = Number(`${pids.length}${index}`);
        said.bodies.push(pseudoRandomText(6400 + pids.length, seed).toString());
      }
      pids.push(client.pid);
    }
    await capture.stop();

    expect(missing(said, await decrypt(context, path))).toEqual([]);
    const counts = countOwners(path);
    expect(Object.keys(counts).filter((pid) => pid !== 'nobody' && !pids.includes(Number(pid)))).toEqual([]);
    // ARP is nobody's.
    const ip = readPackets(path).filter(({ data }) => data.readUInt16BE(12) === 0x0800).length;
    const known = pids.reduce((sum, pid) => sum + (counts[String(pid)] ?? 0), 0);
    expect(known / ip).toBeGreaterThanOrEqual(0.99);
    return undefined;
  },
);

const clientKinds = [['-tls', '1.2'], ['-tls', '1.2', '-http1'], ['-resume'], ['-resume', '-http1']];
