import { expect, test } from 'vitest';
import { SocketSearch } from '../../src/capture/socket-search.ts';

const second = 1e9;

function watch(): { search: SocketSearch; log: string[] } {
  const log: string[] = [];
  const search = new SocketSearch({
    attach: (profile) => {
      log.push(`attach ${profile}`);
      return { [Symbol.dispose]: () => log.push(`detach ${profile}`) };
    },
    enable: (on) => log.push(on ? 'on' : 'off'),
  });
  return { search, log };
}

const connection = (pointer: number): { pid: number; pointer: number; generation: number } => ({
  pid: 812,
  pointer,
  generation: 1,
});

test('sites are attached for the first unknown connection of a file, before the kernel side looks', () => {
  const { search, log } = watch();
  search.tick(second);
  expect(log).toEqual([]);
  search.lookFor(connection(1), 3, second);
  search.lookFor(connection(2), 3, second);
  expect(log).toEqual(['attach 3', 'on']);
});

test('they go some seconds after nothing unknown is left', () => {
  const { search, log } = watch();
  search.lookFor(connection(1), 3, second);
  search.tick(30 * second);
  search.forget(connection(1));
  search.tick(39 * second);
  expect(search.isAttached).toBe(true);
  search.tick(41 * second);
  expect(log).toEqual(['attach 3', 'on', 'off', 'detach 3']);
  search.lookFor(connection(2), 3, 50 * second);
  expect(log.slice(4)).toEqual(['attach 3', 'on']);
});

test('one that never shows its socket is given up after a minute; its process may end before', () => {
  const { search, log } = watch();
  search.lookFor(connection(1), 0, second);
  search.tick(60 * second);
  expect(log).not.toContain('off');
  search.tick(62 * second);
  expect(log).toContain('off');

  const other = watch();
  other.search.lookFor(connection(1), 0, second);
  other.search.forgetProcess(812);
  other.search.tick(12 * second);
  expect(other.log).toContain('off');
});

test('a kernel that takes no such site leaves the connection unknown, and is not asked again at once', () => {
  let asked = 0;
  const search = new SocketSearch({
    attach: () => {
      asked++;
      return undefined;
    },
    enable: () => {},
  });
  search.lookFor(connection(1), 0, second);
  search.lookFor(connection(2), 0, second);
  search.tick(100 * second);
  expect(asked).toBe(1);
});
