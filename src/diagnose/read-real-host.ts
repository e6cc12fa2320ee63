import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { release } from 'node:os';
import { arch, geteuid, versions } from 'node:process';
import type { Host } from './host.ts';

export function readRealHost(): Host {
  return {
    release: release(),
    arch,
    nodeVersion: versions.node,
    uid: geteuid?.() ?? -1,
    readFile: (path) => orUndefined(() => readFileSync(path, 'utf8')),
    exists: existsSync,
    readLink: (path) => orUndefined(() => readlinkSync(path)),
  };
}

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
