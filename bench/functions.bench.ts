// Finds functions of stripped Go programs, against Go's own debug/gosym on the same bytes: CPU time of all threads.
// "first" is the first look-up of a process, compilation by V8 included; "again" are later ones in the same process.
// TLSTAP_BENCH_PROGRAMS=PATH:PATH adds programs.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseElf } from '../src/binary/elf.ts';
import { openFileSource, type FileSource } from '../src/binary/file-source.ts';
import { findGoFunctions } from '../src/binary/go/functions.ts';
import { findGoTable, type GoTable } from '../src/binary/go/go-table.ts';
import { provideGosym, type Gosym } from '../test/binary/go/provide-gosym.ts';
import { provided, type Provided } from '../test/support/provided.ts';
import { esbuildReleases, provideRealProgram } from '../test/support/real-program.ts';
import { provideDebianProgram } from './debian-program.ts';

const names = [
  'crypto/tls.(*Conn).Read',
  'crypto/tls.(*Conn).Close',
  'crypto/tls.(*Conn).writeRecordLocked',
  'crypto/tls.(*Config).writeKeyLog',
  'runtime.memmove',
];
const suffixes = ['.(*Conn).writeRecordLocked', '.(*Conn).Read', '.(*Config).writeKeyLog'];
const runs = 9;

/** What one process says. */
interface LookUp {
  readonly firstMs: number;
  readonly againMs: number;
  readonly readBytes: number;
  readonly addresses: readonly number[];
}

const [, , onlyPath] = process.argv;
if (onlyPath === undefined) await main();
else console.log(JSON.stringify(lookUpRepeatedly(onlyPath)));

async function main(): Promise<void> {
  const gosym = await provideGosym();
  if (!gosym.ok) throw new Error(gosym.reason);
  console.log(
    'program                        size  functions     read       first      again  debug/gosym  ratio',
  );
  for (const [name, program] of await programs()) {
    if (!program.ok) console.log(`${name}: skipped, ${program.reason}`);
    else await compare(name, program.value, gosym.value);
  }
}

async function programs(): Promise<readonly (readonly [string, Provided<string>])[]> {
  const given = (process.env['TLSTAP_BENCH_PROGRAMS'] ?? '').split(':').filter((path) => path !== '');
  const esbuild = esbuildReleases.find(({ version }) => version === '0.28.2');
  return [
    ...(esbuild === undefined ? [] : [['esbuild 0.28.2', await provideRealProgram(esbuild)] as const]),
    ['Debian dockerd (PIE)', await provideDebianProgram('docker.io', 'usr/sbin/dockerd')],
    ['Debian packer', await provideDebianProgram('packer', 'usr/bin/packer')],
    ...given.map((path) => [path, provided(path)] as const),
  ];
}

/** In turn, so that what else the machine does weighs on both. */
async function compare(name: string, path: string, gosym: Gosym): Promise<void> {
  const { table, source } = open(path);
  const { fileOffset, functionCount } = table.pclntab;
  const region = {
    path,
    offset: fileOffset,
    lengthBytes: lastRecordEnd(table) - fileOffset,
    textAddress: table.textBase?.address ?? 0,
  };
  source.close();
  const ours: LookUp[] = [];
  const theirs: number[] = [];
  for (let run = 0; run < runs; run++) {
    ours.push(inNewProcess(path));
    const result = await gosym(region, names);
    theirs.push(result.cpuNs / 1e6);
    const addresses = result.functions.map(({ address }) => address);
    const missing = addresses.filter((address) => !ours[run]?.addresses.includes(address));
    if (missing.length > 0 || addresses.length === 0) throw new Error(`${name}: addresses differ`);
  }
  const firstMs = median(ours.map((look) => look.firstMs));
  const againMs = median(ours.map((look) => look.againMs));
  const theirsMs = median(theirs);
  const columns = [
    name.padEnd(26),
    `${(statSync(path).size / 1e6).toFixed(0)} MB`.padStart(8),
    String(functionCount).padStart(10),
    `${((ours[0]?.readBytes ?? 0) / 1e6).toFixed(0)} MB`.padStart(8),
    `${firstMs.toFixed(1)} ms`.padStart(11),
    `${againMs.toFixed(1)} ms`.padStart(10),
    `${theirsMs.toFixed(1)} ms`.padStart(12),
    `${(theirsMs / firstMs).toFixed(1)}x, ${(theirsMs / againMs).toFixed(1)}x`.padStart(11),
  ];
  console.log(columns.join(' '));
}

/** A table without a section of its own does not say where it ends: its last record is read, and a little more. */
function lastRecordEnd({ elf, pclntab }: GoTable): number {
  const { entriesOffset, entryBytes, functionCount, recordsOffset, recordsEndOffset } = pclntab;
  const entry = elf.source.read(entriesOffset + (functionCount - 1) * entryBytes, entryBytes);
  return Math.min(recordsEndOffset, recordsOffset + entry.readUInt32LE(entryBytes / 2) + 4096);
}

/** `tlstap` looks once into a program, before anything is compiled: so does the first look here. */
function inNewProcess(path: string): LookUp {
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), path], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return JSON.parse(child.stdout) as LookUp;
}

function lookUpRepeatedly(path: string): LookUp {
  const first = lookUp(path);
  const later = [1, 2, 3, 4, 5].map(() => lookUp(path).cpuMs);
  return {
    firstMs: first.cpuMs,
    againMs: median(later),
    readBytes: first.readBytes,
    addresses: first.addresses,
  };
}

function lookUp(path: string): Omit<LookUp, 'firstMs' | 'againMs'> & { readonly cpuMs: number } {
  const before = process.cpuUsage();
  const { table, source, readBytes } = open(path);
  const functions = findGoFunctions(table, { exact: names, suffixes });
  const { user, system } = process.cpuUsage(before);
  source.close();
  const addresses = functions.map(({ address }) => address);
  return { cpuMs: (user + system) / 1000, readBytes: readBytes(), addresses };
}

function open(path: string): {
  readonly source: FileSource;
  readonly table: GoTable;
  readonly readBytes: () => number;
} {
  const opened = openFileSource(path);
  if (!opened.ok) throw new Error(opened.problem.detail);
  const { source } = opened;
  let bytes = 0;
  const counted = {
    sizeBytes: source.sizeBytes,
    read: (offset: number, length: number): Buffer => {
      const buffer = source.read(offset, length);
      bytes += buffer.length;
      return buffer;
    },
    readInto: (offset: number, target: Buffer): number => {
      const count = source.readInto?.(offset, target) ?? 0;
      bytes += count;
      return count;
    },
  };
  const parsed = parseElf(counted);
  if (!parsed.ok) throw new Error(parsed.problem.detail);
  const table = findGoTable(parsed.elf);
  if (!table.ok) throw new Error(table.problem.detail);
  return { source, table: table.table, readBytes: () => bytes };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
