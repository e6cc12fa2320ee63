// What share of packets is lost at the highest rate that iperf3 reaches between two network namespaces, alternately by
// tlstap -m pcap and by tcpdump -w, files on tmpfs. All of it shares the machine's cores.
//
//   npm run bench -- packets             short: 2 rounds of 3 s
//   ROUNDS=5 SECONDS=10 npm run bench -- packets
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Capture } from '../test/support/capture.ts';
import { goBuilds } from '../test/support/go-builds.ts';
import { provideGoProgram } from '../test/support/go-program.ts';
import { runCommand } from '../test/support/run-command.ts';
import { median } from './load/statistics.ts';

const rounds = Number(process.env['ROUNDS'] ?? 2);
const seconds = Number(process.env['SECONDS'] ?? 3);
const traffic: Readonly<Record<string, readonly string[]>> = {
  'UDP 64 B': ['-u', '-l', '64', '-b', '0'],
  'UDP 1400 B': ['-u', '-l', '1400', '-b', '0'],
  'TCP bulk': [],
};

interface Loss {
  readonly written: number;
  readonly lost: number;
}

const folder = mkdtempSync('/dev/shm/tlstap-bench-');
const idle = await provideGoProgram(goBuilds.idle);
if (!idle.ok) throw new Error(idle.reason);
console.log(`Linux ${release()}, ${cpus().length} CPUs, ${rounds} rounds of ${seconds} s`);
try {
  await makeNetwork();
  const server = spawn('ip', ['netns', 'exec', 'tlbench2', 'iperf3', '-s'], { stdio: 'ignore' });
  await sleep(500);
  for (const [name, args] of Object.entries(traffic)) await compare(name, args, idle.value);
  server.kill();
} finally {
  for (const name of ['tlbench1', 'tlbench2']) await ip(`netns del ${name}`);
  rmSync(folder, { recursive: true });
}

async function compare(name: string, args: readonly string[], program: string): Promise<void> {
  const results: Record<'tlstap' | 'tcpdump', Loss[]> = { tlstap: [], tcpdump: [] };
  for (let round = 0; round < rounds; round++) {
    results.tlstap.push(await withTlstap(program, args));
    results.tcpdump.push(await withTcpdump(args));
  }
  for (const [tool, losses] of Object.entries(results)) {
    const share = losses.map(({ written, lost }) => (100 * lost) / Math.max(1, written + lost));
    const rate = median(losses.map(({ written, lost }) => (written + lost) / seconds / 1000));
    const each = share.map((value) => value.toFixed(2)).join(' ');
    console.log(`${name.padEnd(11)} ${tool.padEnd(8)} ${rate.toFixed(0).padStart(5)} kpps  lost % ${each}`);
  }
}

async function withTlstap(program: string, args: readonly string[]): Promise<Loss> {
  const path = join(folder, 'out.pcapng');
  const capture = await Capture.start({
    args: ['gotls', '-m', 'pcap', '--json', '-e', program, '-i', 'tlbench1:tlb1', '-w', path],
  });
  await generate(args);
  await capture.stop();
  const totals = capture.records('end')[0]?.['packets'] as { packets: number; dropped: number };
  capture.dispose();
  rmSync(path);
  return { written: totals.packets, lost: totals.dropped };
}

async function withTcpdump(args: readonly string[]): Promise<Loss> {
  const path = join(folder, 'out.pcap');
  const words = [
    'netns',
    'exec',
    'tlbench1',
    'tcpdump',
    '-i',
    'tlb1',
    '-s',
    '0',
    '-B',
    '65536',
    '-Z',
    'root',
  ];
  const child = spawn('ip', [...words, '-w', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
  while (!stderr.includes('listening on')) await sleep(50);
  await generate(args);
  const ended = new Promise((resolve) => {
    child.on('close', resolve);
  });
  child.kill('SIGINT');
  await ended;
  rmSync(path);
  const count = (pattern: RegExp): number => Number(pattern.exec(stderr)?.[1] ?? 0);
  return {
    written: count(/(\d+) packets? captured/),
    lost: count(/(\d+) packets? dropped by kernel/),
  };
}

async function generate(args: readonly string[]): Promise<void> {
  const words = ['netns', 'exec', 'tlbench1', 'iperf3', '-c', '10.96.0.2', '-t', String(seconds), ...args];
  const { code, stdout, stderr } = await runCommand('ip', words, { timeoutMs: 1000 * (seconds + 30) });
  if (code !== 0) throw new Error(`iperf3: ${stdout}${stderr}`);
  await sleep(500);
}

async function makeNetwork(): Promise<void> {
  for (const name of ['tlbench1', 'tlbench2']) await ip(`netns add ${name}`);
  await ip('-n tlbench1 link add tlb1 type veth peer name tlb2 netns tlbench2');
  for (const number of [1, 2]) {
    await ip(`-n tlbench${number} addr add 10.96.0.${number}/24 dev tlb${number}`);
    await ip(`-n tlbench${number} link set tlb${number} up`);
  }
}

async function ip(command: string): Promise<void> {
  const { code, stderr } = await runCommand('ip', command.split(' '), { timeoutMs: 20_000 });
  if (code !== 0) throw new Error(`ip ${command}: ${stderr}`);
}
