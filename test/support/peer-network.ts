import { runCommand } from './run-command.ts';

let count = 0;

/** Another network namespace, reached over a veth pair: another host, as far as packets are concerned. */
export interface PeerNetwork {
  /** The pair's end here. */
  readonly interface: string;
  readonly here: { readonly ipv4: string; readonly ipv6: string };
  readonly there: { readonly ipv4: string; readonly ipv6: string };
  /** A command that runs another one there. */
  readonly enter: readonly string[];
  /** Removes it. */
  readonly dispose: () => Promise<void>;
}

export async function makePeerNetwork(): Promise<PeerNetwork> {
  count += 1;
  const name = `tt${process.pid % 100_000}x${count}`;
  const [near, far] = [`${name}a`, `${name}b`];
  const subnet = `10.${77 + (process.pid % 50)}.${count}`;
  const prefix = `fd77:${process.pid.toString(16)}:${count}:`;
  await ip(`netns add ${name}`);
  await ip(`link add ${near} type veth peer name ${far} netns ${name}`);
  for (const [where, device, number] of [
    ['', near, 1],
    [`-n ${name} `, far, 2],
  ] as const) {
    await ip(`${where}addr add ${subnet}.${number}/24 dev ${device}`);
    await ip(`${where}-6 addr add ${prefix}:${number}/64 dev ${device} nodad`);
    await ip(`${where}link set ${device} up`);
  }
  await ip(`-n ${name} link set lo up`);
  return {
    interface: near,
    here: { ipv4: `${subnet}.1`, ipv6: `[${prefix}:1]` },
    there: { ipv4: `${subnet}.2`, ipv6: `[${prefix}:2]` },
    enter: ['ip', 'netns', 'exec', name],
    dispose: async () => {
      await runCommand('ip', ['link', 'del', near], { timeoutMs: 10_000 });
      await runCommand('ip', ['netns', 'del', name], { timeoutMs: 10_000 });
    },
  };
}

async function ip(command: string): Promise<void> {
  const { code, stderr } = await runCommand('ip', command.split(' '), { timeoutMs: 10_000 });
  if (code !== 0) throw new Error(`ip ${command}: ${stderr}`);
}
