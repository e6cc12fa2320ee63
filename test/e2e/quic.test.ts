import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Capture } from '../support/capture.ts';
import { scratchFolder } from '../support/capture-keylog.ts';
import { needTshark } from '../support/decrypted.ts';
import { endpointLogs, expectedLines, readLines } from '../support/endpoint-logs.ts';
import { provideModuleProgram } from '../support/go-module-program.ts';
import { countOwners } from '../support/https-talk.ts';
import { readPackets } from '../support/packet-file.ts';
import { pseudoRandomText } from '../support/pseudo-random.ts';
import { labelsBeforeServer, readQuic } from '../support/read-quic.ts';
import { needCapture } from '../support/requirements.ts';
import { RunningProgram } from '../support/running-program.ts';

const connections = 10;
const requests = 3;

test.for(['server', 'client', 'both'] as const)(
  'HTTP/3 of quic-go, observed at: %s. The key log is what it logs itself, tshark alone decrypts every connection',
  async (observed, context) => {
    await needCapture(context);
    needTshark(context);
    const built = await provideModuleProgram('quic');
    if (!built.ok) return context.skip(built.reason);
    const folder = scratchFolder();
    // Copies: a capture by path sees every process that runs the file.
    const [target, other] = [join(folder, 'target'), join(folder, 'other')];
    for (const copy of [target, other]) copyFileSync(built.value, copy);
    const server = await RunningProgram.start(observed === 'client' ? other : target);
    onTestFinished(() => server.kill());
    const client = await RunningProgram.start(observed === 'server' ? other : target, [
      ...['-connect', server.address, '-connections', String(connections), '-requests', String(requests)],
    ]);
    onTestFinished(() => client.kill());
    const [path, keyLog] = [join(folder, 'out.pcapng'), join(folder, 'keys.log')];
    const capture = await Capture.start({
      args: [
        ...['gotls', '-m', 'keylog,pcap', '-e', target, '-k', keyLog, '-i', 'lo', '-w', path],
        ...['udp', 'port', String(server.port)],
      ],
    });
    onTestFinished(() => capture.dispose());
    client.send('go');
    await client.waitFor('done');
    expect(await client.exit()).toBe(0);
    server.send('stop');
    await server.waitFor('done');
    await server.exit();
    await capture.stop();

    expect(client.records('response').filter(({ protocol }) => protocol === 'HTTP/3.0')).toHaveLength(
      connections * requests,
    );
    const ends = endpointLogs(observed === 'client' ? client : server);
    // Four secrets of each connection, and both ends have the same.
    expect(expectedLines(ends)).toHaveLength(4 * connections);
    expect(readLines(keyLog).toSorted()).toEqual(expectedLines(ends));

    const flows = await readQuic(path, server.port);
    expect(flows).toHaveLength(connections);
    for (const flow of flows) {
      expect(flow).toMatchObject({ undecrypted: 0, hasHttp3: { client: true, server: true } });
      // Which connection was which is told by its bodies.
      const number = Array.from({ length: connections }, (_, index) => index).filter((index) =>
        bodiesOf(index).every((body) => flow.bodies.includes(body)),
      );
      expect(number).toHaveLength(1);
    }

    const file = readFileSync(path);
    for (const flow of flows) expect(labelsBeforeServer(file, flow, server.port)).toEqual(secretLabels);
    const { [String(server.pid)]: served = 0, [String(client.pid)]: asked = 0, ...rest } = countOwners(path);
    expect(rest).toEqual({});
    expect(served + asked).toBe(readPackets(path).length);
    return undefined;
  },
);

const secretLabels = [
  'CLIENT_HANDSHAKE_TRAFFIC_SECRET',
  'CLIENT_TRAFFIC_SECRET_0',
  'SERVER_HANDSHAKE_TRAFFIC_SECRET',
  'SERVER_TRAFFIC_SECRET_0',
];

function bodiesOf(connection: number): string[] {
  return Array.from({ length: requests }, (_, request) => {
    const seed = 10 * connection + request;
    return pseudoRandomText(640 * (1 + seed), seed).toString();
  });
}
