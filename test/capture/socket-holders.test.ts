import { readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { readSocketHolders } from '../../src/capture/socket-holders.ts';

it('finds the sockets of this process, and its network namespace', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { pids, namespaces } = readSocketHolders();
  server.close();

  const mine = [...pids].filter(([, holders]) => holders.includes(process.pid));
  expect(mine.length).toBeGreaterThan(0);
  expect(mine.every(([, holders]) => new Set(holders).size === holders.length)).toBe(true);
  expect(namespaces.has(readlinkSync('/proc/self/ns/net'))).toBe(true);
});
