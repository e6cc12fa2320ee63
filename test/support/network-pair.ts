import { onTestFinished } from 'vitest';
import { runCommand } from './run-command.ts';

/** One end of a veth pair, in a network namespace of its own. */
export interface NetworkEnd {
  /** Name of the namespace (`ip netns`). */
  readonly namespace: string;
  readonly device: string;
  readonly ipv4: string;
  /** A command that runs another one there. */
  readonly enter: readonly [command: string, ...args: string[]];
}

export interface NetworkPair {
  readonly left: NetworkEnd;
  readonly right: NetworkEnd;
}

let count = 0;

/** Two hosts, as far as packets are concerned; gone when the test is. Nobody but the test speaks there. */
export async function makeNetworkPair(): Promise<NetworkPair> {
  count += 1;
  const name = `tl${process.pid % 100_000}n${count}`;
  const end = (side: string, number: number): NetworkEnd => ({
    namespace: `${name}${side}`,
    device: `v${side}`,
    ipv4: `10.99.${count}.${number}`,
    enter: ['ip', 'netns', 'exec', `${name}${side}`],
  });
  const pair = { left: end('l', 1), right: end('r', 2) };
  const { left, right } = pair;
  onTestFinished(async () => {
    for (const { namespace } of [left, right])
      await runCommand('ip', ['netns', 'del', namespace], { timeoutMs: 20_000 });
  });
  for (const { namespace } of [left, right]) {
    await ip(`netns add ${namespace}`);
    // Devices that come up would announce themselves.
    await enter(
      namespace,
      'sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1',
    );
    await ip(`-n ${namespace} link set lo up`);
  }
  await connectPair(pair);
  return pair;
}

/** Makes the devices; also again, after one was deleted. */
export async function connectPair({ left, right }: NetworkPair): Promise<void> {
  await ip(
    `-n ${left.namespace} link add ${left.device} type veth peer name ${right.device} netns ${right.namespace}`,
  );
  for (const { namespace, device, ipv4 } of [left, right]) {
    await ip(`-n ${namespace} addr add ${ipv4}/24 dev ${device}`);
    await ip(`-n ${namespace} link set ${device} up`);
  }
}

/** Runs `ip` with arguments separated by single spaces. */
export async function ip(command: string): Promise<void> {
  const { code, stderr } = await runCommand('ip', command.split(' '), { timeoutMs: 20_000 });
  if (code !== 0) throw new Error(`ip ${command}: ${stderr}`);
}

async function enter(namespace: string, command: string): Promise<void> {
  const words = ['netns', 'exec', namespace, ...command.split(' ')];
  const { code, stderr } = await runCommand('ip', words, { timeoutMs: 20_000 });
  if (code !== 0) throw new Error(`${command}: ${stderr}`);
}
