// What it costs to know whose packets are whose: ns per packet, and per call that takes a socket.
//
//   npm run bench -- owners
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BpfObject } from '../src/bpf/bpf-object.ts';
import { addressOf, bpf } from '../src/bpf/libc.ts';
import { TcxLink } from '../src/bpf/tcx-link.ts';
import { OwnerTracking } from '../src/capture/owner-tracking.ts';
import { goBuilds } from '../test/support/go-builds.ts';
import { provideGoProgram } from '../test/support/go-program.ts';
import { makePeerNetwork } from '../test/support/peer-network.ts';
import { RunningProgram } from '../test/support/running-program.ts';

/** Of what is done one at a time. */
const repetitions = Number(process.env['REPETITIONS'] ?? 300);
const statistics = '/proc/sys/kernel/bpf_stats_enabled';
const architecture = process.arch === 'arm64' ? 'arm64' : 'x86-64';

const built = await provideGoProgram(goBuilds.sockets);
if (!built.ok) throw new Error(built.reason);
const path = built.value;
const before = readFileSync(statistics, 'utf8');
const network = await makePeerNetwork();
const links: Disposable[] = [];
writeFileSync(statistics, '1');
try {
  const started = performance.now();
  using tracking = new OwnerTracking(readFileSync(`dist/bpf/${architecture}/owners.bpf.o`));
  console.log(`started in ${(performance.now() - started).toFixed(0)} ms`);
  const bytes = compileCost();
  using incoming = BpfObject.load({ bytes, program: 'find_in', sharedMaps: tracking.maps });
  using outgoing = BpfObject.load({ bytes, program: 'find_out', sharedMaps: tracking.maps });
  const index = Number(readFileSync(`/sys/class/net/${network.interface}/ifindex`, 'utf8'));
  links.push(new TcxLink(incoming.programFd, index, 'in'), new TcxLink(outgoing.programFd, index, 'out'));
  const each = repetitions;
  await measure('TCP server: messages', ['tcp-server', 'tcp-client'], [], ['exchange'], each);
  await measure(
    'TCP server: connections',
    ['tcp-server', 'tcp-client'],
    [],
    ['connect', 'exchange', 'close'],
    each,
  );
  await measure('TCP server: messages without a pause', ['tcp-server', 'tcp-client'], [], ['rounds'], 2);
  await measure('UDP server: 64 B from a connected peer', ['udp-server', 'udp-client'], [], ['flood'], 4);
  await measure(
    'UDP server: 64 B from an unconnected peer',
    ['udp-server', 'udp-client'],
    ['unconnected'],
    ['flood'],
    4,
  );
} finally {
  for (const link of links) link[Symbol.dispose]();
  writeFileSync(statistics, before);
  await network.dispose();
}

/** The server is here, its client beyond the veth pair; both are seen by hooks of the whole host. */
async function measure(
  name: string,
  [serverRole, clientRole]: readonly [string, string],
  options: readonly string[],
  commands: readonly string[],
  times: number,
): Promise<void> {
  const kind = serverRole.startsWith('tcp') ? 'tcp4' : 'udp4';
  const server = await RunningProgram.start(path, [serverRole, kind, `${network.here.ipv4}:0`]);
  const address = `${network.here.ipv4}:${server.port}`;
  const client = await RunningProgram.start(path, [clientRole, kind, address, ...options], {
    wrapper: network.enter,
  });
  client.send('connect');
  await client.waitFor('connect');
  const begin = readCosts();
  for (let count = 1; count <= times; count++) {
    for (const command of commands) {
      client.send(command);
      await client.waitFor(command, count + (command === 'connect' ? 1 : 0));
    }
  }
  report(name, begin, readCosts(), times);
  client.kill();
  server.kill();
}

interface Cost {
  readonly runs: number;
  readonly timeNs: number;
}

function report(
  name: string,
  begin: ReadonlyMap<string, Cost>,
  end: ReadonlyMap<string, Cost>,
  least: number,
): void {
  console.log(`\n${name}`);
  for (const [program, cost] of end) {
    const earlier = begin.get(program) ?? { runs: 0, timeNs: 0 };
    const runs = cost.runs - earlier.runs;
    if (runs < least) continue;
    const each = (cost.timeNs - earlier.timeNs) / runs;
    console.log(
      `  ${program.padEnd(16)} ${String(runs).padStart(7)} runs ${each.toFixed(0).padStart(6)} ns each`,
    );
  }
}

/** Run times of this process's programs, which the kernel counts while the statistics are on. */
function readCosts(): Map<string, Cost> {
  const costs = new Map<string, Cost>();
  for (const fd of readdirSync('/proc/self/fd')) {
    if (!isProgram(fd)) continue;
    // struct bpf_prog_info: { …, name @64, …, run_time_ns u64 @192, run_cnt u64 @200, … }
    const info = Buffer.alloc(232);
    const attributes = Buffer.alloc(16);
    attributes.writeUInt32LE(Number(fd), 0);
    attributes.writeUInt32LE(info.length, 4);
    attributes.writeBigUInt64LE(addressOf(info), 8);
    bpf('program info', 15, attributes);
    const name = info.toString('latin1', 64, 80).replace(/\0.*$/s, '');
    costs.set(name, {
      timeNs: Number(info.readBigUInt64LE(192)),
      runs: Number(info.readBigUInt64LE(200)),
    });
  }
  return costs;
}

function isProgram(fd: string): boolean {
  try {
    return readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').includes('prog_jited');
  } catch {
    return false;
  }
}

function compileCost(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'tlstap-bench-'));
  try {
    const output = join(folder, 'owner-cost.o');
    const flags = ['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-Ibpf'];
    const headers = [
      '-idirafter',
      '/usr/include/x86_64-linux-gnu',
      '-idirafter',
      '/usr/include/aarch64-linux-gnu',
    ];
    const { status, stderr } = spawnSync(
      'clang',
      [...flags, ...headers, '-c', 'bench/owner-cost.c', '-o', output],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
