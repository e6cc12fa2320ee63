import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from './find-command.mjs';

/**
 * @typedef {'build' | 'demo' | 'test' | 'bench' | 'fresh'} Purpose
 * @typedef {{ name: string, neededFor: readonly Purpose[], isPresent: () => boolean }} SystemPackage
 *
 * Debian and Ubuntu packages, each with a cheap sign that what we need of it is there, however it got there.
 * @type {readonly SystemPackage[]}
 */
export const systemPackages = [
  { name: 'clang', neededFor: ['build'], isPresent: command('clang') },
  { name: 'llvm', neededFor: ['build'], isPresent: command('llvm-strip') },
  { name: 'libbpf-dev', neededFor: ['build'], isPresent: file('/usr/include/bpf/bpf_helpers.h') },
  { name: 'linux-libc-dev', neededFor: ['build'], isPresent: file('/usr/include/linux/bpf.h') },
  { name: 'libbpf1', neededFor: ['demo', 'test'], isPresent: library('libbpf.so.1') },
  { name: 'libpcap0.8', neededFor: ['demo', 'test'], isPresent: library('libpcap.so.0.8') },
  {
    name: 'ca-certificates',
    neededFor: ['demo', 'test'],
    isPresent: file('/etc/ssl/certs/ca-certificates.crt'),
  },
  { name: 'curl', neededFor: ['demo', 'test'], isPresent: command('curl') },
  { name: 'openssl', neededFor: ['demo', 'test'], isPresent: command('openssl') },
  { name: 'golang-go', neededFor: ['test', 'bench'], isPresent: command('go') },
  // For Go programs that are linked externally, and for the race detector.
  { name: 'gcc', neededFor: ['test', 'bench'], isPresent: command('gcc') },
  { name: 'libc6-dev', neededFor: ['test', 'bench'], isPresent: file('/usr/include/stdlib.h') },
  // For programs in network namespaces of their own.
  { name: 'iproute2', neededFor: ['test'], isPresent: command('ip') },
  // Readers of what we write; the programs that packets are compared with.
  { name: 'tshark', neededFor: ['test'], isPresent: command('tshark') },
  { name: 'tcpdump', neededFor: ['test'], isPresent: command('tcpdump') },
  { name: 'wrk', neededFor: ['bench'], isPresent: command('wrk') },
  { name: 'iperf3', neededFor: ['bench'], isPresent: command('iperf3') },
  { name: 'debootstrap', neededFor: ['fresh'], isPresent: command('debootstrap') },
];

/**
 * @param {readonly Purpose[]} purposes
 * @returns {string[]} names of packages that are missing, in the order of the table
 */
export function missingPackages(purposes) {
  return systemPackages
    .filter(({ neededFor }) => neededFor.some((purpose) => purposes.includes(purpose)))
    .filter(({ isPresent }) => !isPresent())
    .map(({ name }) => name);
}

/** @param {string} name */
function command(name) {
  return () => findCommand(name) !== undefined;
}

/** @param {string} path */
function file(path) {
  return () => existsSync(path);
}

/** @param {string} name */
function library(name) {
  return () => libraryFolders().some((folder) => existsSync(join(folder, name)));
}

function libraryFolders() {
  const multiarch = ['/lib', '/usr/lib'].flatMap((parent) =>
    readdirSync(parent)
      .filter((name) => name.endsWith('-linux-gnu'))
      .map((name) => join(parent, name)),
  );
  return [...multiarch, '/usr/lib64', '/usr/lib', '/usr/local/lib'];
}
