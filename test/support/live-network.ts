import koffi from 'koffi';
import { spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { addressOf, bpf, close, ioctl } from '../../src/bpf/libc.ts';

const libc = koffi.load('libc.so.6');
/** koffi types nothing. */
type SystemCall = (...values: unknown[]) => number;
const unshare: SystemCall = libc.func('int unshare(int)');
const setns: SystemCall = libc.func('int setns(int, int)');
const socket: SystemCall = libc.func('int socket(int, int, int)');
const sendto: SystemCall = libc.func('long sendto(int, void *, size_t, int, void *, uint32_t)');
const interfaceIndex: SystemCall = libc.func('uint32_t if_nametoindex(const char *)');

const CLONE_NEWNET = 0x4000_0000;
const AF_PACKET = 17;
const SOCK_RAW = 3;
const BPF_LINK_CREATE = 28;
const BPF_F_AFTER = 16;

/** Attach types of include/uapi/linux/bpf.h. */
export const tcx = { ingress: 46, egress: 47 } as const;

/**
 * A network namespace of its own with a pair of Ethernet devices, `left` and `right`, that nobody talks on, and a device
 * without link layer, `tunnel`. It is gone when it is disposed, and with the process at the latest.
 */
export class LiveNetwork implements Disposable {
  readonly #host: number;
  readonly #namespace: number;
  readonly #socket: number;
  readonly #leftAddress = Buffer.alloc(20);
  readonly #tunnel: number;
  readonly #links: number[] = [];

  constructor() {
    this.#host = openSync('/proc/thread-self/ns/net', 'r');
    checked('unshare', unshare(CLONE_NEWNET));
    try {
      this.#namespace = openSync('/proc/thread-self/ns/net', 'r');
      silenceIpv6();
      run('ip', ['link', 'add', 'left', 'type', 'veth', 'peer', 'name', 'right']);
      for (const name of ['left', 'right']) run('ip', ['link', 'set', name, 'up', 'mtu', '9000']);
      this.#socket = checked('socket', socket(AF_PACKET, SOCK_RAW, 0));
      // struct sockaddr_ll: { family u16 @0, protocol u16 @2, interface u32 @4 }
      this.#leftAddress.writeUInt16LE(AF_PACKET, 0);
      this.#leftAddress.writeInt32LE(interfaceIndex('left'), 4);
      this.#tunnel = openTunnel('tunnel');
      run('ip', ['link', 'set', 'tunnel', 'up']);
    } finally {
      checked('setns', setns(this.#host, CLONE_NEWNET));
    }
  }

  /** Behind those that are attached already. */
  attach(programFd: number, device: 'left' | 'right' | 'tunnel', attachType: number): void {
    checked('setns', setns(this.#namespace, CLONE_NEWNET));
    try {
      const attributes = Buffer.alloc(40);
      attributes.writeUInt32LE(programFd, 0);
      attributes.writeUInt32LE(interfaceIndex(device), 4);
      attributes.writeUInt32LE(attachType, 8);
      attributes.writeUInt32LE(BPF_F_AFTER, 12);
      this.#links.push(bpf('create tcx link', BPF_LINK_CREATE, attributes));
    } finally {
      checked('setns', setns(this.#host, CLONE_NEWNET));
    }
  }

  detachAll(): void {
    for (const link of this.#links.splice(0)) close(link);
  }

  /** Leaves at `left` and arrives at `right`. */
  sendFrame(frame: Buffer): void {
    checked(
      'sendto',
      sendto(this.#socket, frame, frame.length, 0, this.#leftAddress, this.#leftAddress.length),
    );
  }

  /** Arrives at `tunnel`. */
  sendPacket(packet: Buffer): void {
    writeSync(this.#tunnel, packet);
  }

  [Symbol.dispose](): void {
    this.detachAll();
    close(this.#socket);
    for (const fd of [this.#tunnel, this.#namespace, this.#host]) closeSync(fd);
  }
}

/** Devices that come up would announce themselves. */
function silenceIpv6(): void {
  for (const which of ['all', 'default']) {
    const setting = `/proc/sys/net/ipv6/conf/${which}/disable_ipv6`;
    if (existsSync(setting)) writeFileSync(setting, '1');
  }
}

/** A device that begins at the IP header: what is written to the descriptor arrives there. */
function openTunnel(name: string): number {
  const TUNSETIFF = 0x4004_54ca;
  const IFF_TUN_NO_PI = 0x1001;
  const fd = openSync('/dev/net/tun', constants.O_RDWR);
  const request = Buffer.alloc(40);
  request.write(name, 'latin1');
  request.writeUInt16LE(IFF_TUN_NO_PI, 16);
  ioctl('make the tunnel', fd, TUNSETIFF, Number(addressOf(request)));
  return fd;
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

function checked(operation: string, result: number): number {
  if (result < 0) throw new Error(`${operation}: errno ${koffi.errno()}`);
  return result;
}
