import { release } from 'node:os';
import { expect, test } from 'vitest';
import { findSharedLibrary } from '../../src/bpf/shared-library.ts';
import { readCapabilities } from '../../src/diagnose/capabilities.ts';
import { runDoctor } from '../../src/diagnose/doctor.ts';
import { readRealEnvironment } from '../../src/diagnose/read-real-environment.ts';
import { readRealHost } from '../../src/diagnose/read-real-host.ts';

test('this machine is read', () => {
  const host = readRealHost();
  expect(host.release).toBe(release());
  expect(host.uid).toBe(process.geteuid?.());
  expect(host.readLink('/proc/self/ns/pid')).toMatch(/^pid:\[\d+\]$/);
  expect(host.readFile('/proc/self/status')).toContain('CapEff:');
  expect(readCapabilities(host)).toBeDefined();
  expect([host.exists('/proc/self'), host.exists('/proc/none')]).toEqual([true, false]);
  expect([host.readFile('/proc/none'), host.readLink('/proc/none')]).toEqual([undefined, undefined]);
});

test('what the attempt throws is an answer too', () => {
  const environment = readRealEnvironment(
    () => {
      throw new Error('no object file');
    },
    () => {
      throw new Error('no tc');
    },
  );
  expect(environment.probePackets()).toEqual(new Error('no tc'));
  expect(environment.probeAttach()).toEqual(new Error('no object file'));
  const lines = runDoctor(environment);
  expect(lines.find(({ name }) => name === 'programs')?.status).toBe('fail');
  expect(lines.find(({ name }) => name === 'packets')?.status).toBe('warn');
  expect(lines.find(({ name }) => name === 'Node.js')?.status).toBe('ok');
});

test('libraries are found by name, the first of several', () => {
  expect(findSharedLibrary(['libnone.so.1', 'libc.so.6', 'libm.so.6'])).toBe('libc.so.6');
  expect(findSharedLibrary(['libnone.so.1'])).toBeUndefined();
});
