import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findInvokingUser, openOutputFile } from '../../src/sink/output-file.ts';
import { UserError } from '../../src/util/user-error.ts';

let folder = '';

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tlstap-file-'));
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

test('a new file is for its owner only', () => {
  const file = path.join(folder, 'new');
  const old = process.umask(0);
  open(file);
  process.umask(old);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('an existing file is emptied and closed to others', () => {
  const file = path.join(folder, 'existing');
  fs.writeFileSync(file, 'old content', { mode: 0o644 });
  open(file);
  expect(fs.statSync(file)).toMatchObject({ size: 0 });
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('a new file belongs to the user behind sudo, an existing one to whom it belonged', (context) => {
  if (process.getuid?.() !== 0) context.skip('changing owners needs root');
  const owner = { uid: 12_345, gid: 23_456 };
  const made = path.join(folder, 'made');
  const existing = path.join(folder, 'owned');
  fs.writeFileSync(existing, '');
  open(made, owner);
  open(existing, owner);
  expect(fs.statSync(made)).toMatchObject(owner);
  expect(fs.statSync(existing)).toMatchObject({ uid: 0, gid: 0 });
});

test('devices are written as they are', () => {
  const before = fs.statSync('/dev/null').mode;
  open('/dev/null');
  expect(fs.statSync('/dev/null').mode).toBe(before);
});

test.each([
  ['a link', (file: string): void => fs.symlinkSync(path.join(folder, 'elsewhere'), file), 'symbolic link'],
  ['a folder', (file: string): void => fs.mkdirSync(file), 'it is a folder'],
  ['a pipe that nobody reads', (file: string): void => void spawnSync('mkfifo', [file]), 'named pipe'],
])('%s is refused with the reason', (name, make, reason) => {
  const file = path.join(folder, name.replaceAll(' ', '-'));
  make(file);
  const error = refusalOf(file);
  expect(error.message).toBe(`cannot write ${file}`);
  expect(error.reason).toContain(reason);
  expect(error.remedy).not.toBe('');
  expect(error.exitCode).toBe(1);
  expect(fs.existsSync(path.join(folder, 'elsewhere'))).toBe(false);
});

test('a missing folder and a file in place of a folder are told apart', () => {
  expect(refusalOf(path.join(folder, 'absent/file')).reason).toBe('its folder does not exist');
  expect(refusalOf('/dev/null/file').reason).toBe('part of its path is not a folder');
});

test('the user behind sudo counts for root only, and only when it is a number', () => {
  expect(findInvokingUser(0, { SUDO_UID: '1000', SUDO_GID: '100' })).toEqual({ uid: 1000, gid: 100 });
  expect(findInvokingUser(0, {})).toBeNull();
  expect(findInvokingUser(1000, { SUDO_UID: '1001', SUDO_GID: '100' })).toBeNull();
  expect(findInvokingUser(0, { SUDO_UID: '-1', SUDO_GID: '100' })).toBeNull();
  expect(findInvokingUser(0, { SUDO_UID: '1000', SUDO_GID: '' })).toBeNull();
});

function open(file: string, owner: { readonly uid: number; readonly gid: number } | null = null): void {
  fs.closeSync(openOutputFile(file, owner).fd);
}

function refusalOf(file: string): UserError {
  try {
    open(file);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`${file} was opened`);
}
