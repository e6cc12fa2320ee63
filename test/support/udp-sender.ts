import { runCommand } from './run-command.ts';
import type { NetworkEnd } from './network-pair.ts';

/** Sends `count` datagrams of `bytes` bytes from one end to the other, where nobody listens; resolves when they have left. */
export async function sendDatagrams(
  from: NetworkEnd,
  to: NetworkEnd,
  options: { readonly count: number; readonly bytes?: number; readonly port?: number },
): Promise<void> {
  const [command, ...args] = [
    ...from.enter,
    process.execPath,
    '-e',
    script,
    to.ipv4,
    String(options.port ?? 9999),
    String(options.count),
    String(options.bytes ?? 100),
  ];
  const { code, stderr } = await runCommand(command, args, { timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`sending datagrams: ${stderr}`);
}

/** What the receiver's host answers (port unreachable) is an error of the socket, and of no interest. */
const script = `
  const [, address, port, count, bytes] = process.argv;
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('error', () => {});
  let left = Number(count);
  (function next() {
    if (left-- === 0) return socket.close();
    const payload = Buffer.alloc(Number(bytes), String(left));
    socket.send(payload, Number(port), address, () => setImmediate(next));
  })();
`;
