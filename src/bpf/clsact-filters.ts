import { parseNetlinkAttributes } from './netlink-attributes.ts';
import { NetlinkSocket } from './netlink-socket.ts';
import type { TcDirection } from './tc-direction.ts';

/** A BPF filter of an interface's clsact qdisc. */
export interface ClsactFilter {
  readonly direction: TcDirection;
  readonly priority: number;
  readonly handle: number;
  /** As the one who attached it called it; libbpf gives `program:[id]`. */
  readonly name: string;
  readonly programId: number;
}

const RTM_GETTFILTER = 46;
/** TC_H_CLSACT with TC_H_MIN_INGRESS and TC_H_MIN_EGRESS. */
const parents = { in: 0xffff_fff2, out: 0xffff_fff3 } as const;
const TCA_OPTIONS = 2;
const TCA_BPF_NAME = 7;
const TCA_BPF_ID = 11;

/** Filters of all kinds on an interface of the current network namespace; `bpf` are those that run BPF programs. */
export function listClsactFilters(interfaceIndex: number): {
  readonly count: number;
  readonly bpf: readonly ClsactFilter[];
} {
  using socket = new NetlinkSocket();
  let count = 0;
  const bpf: ClsactFilter[] = [];
  for (const direction of ['in', 'out'] as const) {
    // { family u8 @0, interface i32 @4, handle u32 @8, parent u32 @12, info u32 @16 } of struct tcmsg.
    const request = Buffer.alloc(20);
    request.writeInt32LE(interfaceIndex, 4);
    request.writeUInt32LE(parents[direction], 12);
    for (const { payload } of socket.dump(RTM_GETTFILTER, request)) {
      // Without a handle it stands for all filters of a priority.
      if (payload.length < 20 || payload.readUInt32LE(8) === 0) continue;
      count++;
      const filter = parseFilter(payload, direction);
      if (filter !== undefined) bpf.push(filter);
    }
  }
  return { count, bpf };
}

function parseFilter(payload: Buffer, direction: TcDirection): ClsactFilter | undefined {
  const options = parseNetlinkAttributes(payload, 20).get(TCA_OPTIONS);
  if (options === undefined) return undefined;
  const attributes = parseNetlinkAttributes(options, 0);
  const id = attributes.get(TCA_BPF_ID);
  if (id?.length !== 4) return undefined;
  return {
    direction,
    priority: payload.readUInt32LE(16) >>> 16,
    handle: payload.readUInt32LE(8),
    name: (attributes.get(TCA_BPF_NAME) ?? Buffer.alloc(0)).toString('latin1').replace(/\0.*$/s, ''),
    programId: id.readUInt32LE(0),
  };
}
