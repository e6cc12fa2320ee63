import { onTestFinished } from 'vitest';
import { addressOf, bpf, close } from '../../src/bpf/libc.ts';
import { loadClassifier } from '../../src/bpf/load-classifier.ts';
import { lookupElement, updateElement } from '../../src/bpf/map-access.ts';
import { NetworkNamespace } from '../../src/bpf/network-namespace.ts';
import { attachToInterface, type TcMethod } from '../../src/capture/tc-hook.ts';
import { countPossibleCpus } from '../../src/capture/possible-cpus.ts';
import { buildEntryProgram } from '../../src/packet/filter/build-entry-program.ts';
import { InterfaceWatch } from '../../src/packet/interfaces/interface-watch.ts';
import type { NetworkEnd } from './network-pair.ts';

/** Somebody else's program on an interface: it counts packets and hands them on. */
export interface OtherTool {
  readonly countPackets: () => number;
}

/** Attached until the test is done. */
export function attachOtherTool(end: NetworkEnd, direction: 'in' | 'out', method: TcMethod): OtherTool {
  const counter = createMap(6, 8);
  const fds = [counter];
  const load = (programArrayFd: number, mapFd: number): number => {
    const built = buildEntryProgram({
      filter: null,
      linkType: 'ethernet',
      snapLengthBytes: 0,
      interfaceId: 0,
      direction,
      programArrayFd,
      received: { mapFd, index: 0, offsetBytes: 0 },
    });
    if (built.type === 'refused') throw new Error(built.reason);
    return loadClassifier({ name: 'other', instructions: built.instructions });
  };
  // One that calls another is alive: it is not taken for what a killed capture has left.
  const [nowhere, called] = [createMap(3, 4), createMap(3, 4)];
  const last = load(nowhere, createMap(6, 8));
  updateElement(called, Buffer.alloc(4), uint32(last));
  const program = load(called, counter);
  fds.push(nowhere, called, last, program);
  const namespace = new NetworkNamespace(`/run/netns/${end.namespace}`);
  const link = attachToInterface(method, namespace, findIndex(namespace, end.device), direction, program);
  onTestFinished(() => {
    link[Symbol.dispose]();
    namespace[Symbol.dispose]();
    for (const fd of fds) close(fd);
  });
  return {
    countPackets: () => {
      const value = lookupElement(counter, Buffer.alloc(4), 8 * countPossibleCpus()) ?? Buffer.alloc(0);
      let total = 0;
      for (let at = 0; at < value.length; at += 8) total += Number(value.readBigUInt64LE(at));
      return total;
    },
  };
}

export function findIndex(namespace: NetworkNamespace, device: string): number {
  using watch = new InterfaceWatch(namespace);
  const link = watch.readLinks().find(({ name }) => name === device);
  if (link === undefined) throw new Error(`no ${device}`);
  return link.index;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** BPF_MAP_CREATE: { type u32 @0, key size @4, value size @8, max entries @12 }. */
function createMap(type: number, valueBytes: number): number {
  const attributes = Buffer.alloc(72);
  attributes.writeUInt32LE(type, 0);
  attributes.writeUInt32LE(4, 4);
  attributes.writeUInt32LE(valueBytes, 8);
  attributes.writeUInt32LE(1, 12);
  return bpf('create map', 0, attributes);
}

/** Programs at an interface's tcx hooks, as BPF_PROG_QUERY tells; the caller is in its network namespace. */
export function listTcxPrograms(interfaceIndex: number): number[] {
  return [46, 47].flatMap((attachType) => {
    // { ifindex u32 @0, attach type @4, query flags @8, attach flags @12, prog ids u64 @16, count u32 @24 }
    const ids = Buffer.alloc(4 * 64);
    const attributes = Buffer.alloc(64);
    attributes.writeUInt32LE(interfaceIndex, 0);
    attributes.writeUInt32LE(attachType, 4);
    attributes.writeBigUInt64LE(addressOf(ids), 16);
    attributes.writeUInt32LE(64, 24);
    bpf('query programs', 16, attributes);
    const count = attributes.readUInt32LE(24);
    return Array.from({ length: count }, (_, index) => ids.readUInt32LE(4 * index));
  });
}
