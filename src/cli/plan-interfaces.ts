import { NetworkNamespace } from '../bpf/network-namespace.ts';
import type { ScopeSettings } from '../capture/packet-scope.ts';
import { chooseInterfaces } from '../packet/interfaces/choose-interfaces.ts';
import { InterfaceWatch } from '../packet/interfaces/interface-watch.ts';
import { findNamespaceLabel, findNamespacePath } from '../packet/interfaces/namespace-path.ts';
import { findLinkType, type NetworkLink } from '../packet/interfaces/network-link.ts';
import type { InterfaceChoice } from '../packet/interfaces/parse-interface-choice.ts';
import { readSocketsOf } from '../packet/interfaces/read-sockets.ts';
import { formatList } from '../util/format-list.ts';
import { exitCode, UserError } from '../util/user-error.ts';

/** Where packets are to be captured. */
export interface InterfacePlan {
  readonly scopes: readonly ScopeSettings[];
  /** Why these, where they were not named; empty where they were. */
  readonly reason: string;
  /** `any` was asked for. */
  readonly any: boolean;
}

export interface InterfaceRequest {
  readonly choices: readonly InterfaceChoice[];
  /** Processes whose connections count, when no interface is named. */
  readonly pids: readonly number[];
  /** Whether they were named, so that their network namespaces are meant. */
  readonly arePidsNamed: boolean;
}

/** @throws {UserError} for an interface or a namespace that there is not */
export function planInterfaces(request: InterfaceRequest): InterfacePlan {
  return request.choices.length > 0 ? planNamed(request) : planDefault(request.pids);
}

function planNamed({ choices, pids, arePidsNamed }: InterfaceRequest): InterfacePlan {
  const groups = new Map<string, { readonly namespace: NetworkNamespace; names: Set<string> | null }>();
  for (const { namespace: text, name } of choices) {
    const defaults = arePidsNamed ? pids.map((pid) => `/proc/${pid}/ns/net`) : [ownPath];
    const opened = (text === null ? defaults : [findPath(text)]).map((path) => openNamespace(path));
    const having = name === any ? opened : opened.filter((one) => hasInterface(one, name));
    if (having.length === 0) throw noSuchInterface(name, opened);
    for (const namespace of having) {
      const label = findNamespaceLabel(namespace.inode, text ?? String(pids[0]));
      const group = groups.get(label) ?? { namespace, names: new Set<string>() };
      groups.set(label, group);
      if (name === any) group.names = null;
      else group.names?.add(name);
    }
  }
  const scopes = [...groups].map(([label, { namespace, names }]) => ({ label, namespace, names }));
  return { scopes, reason: '', any: choices.some(({ name }) => name === any) };
}

const any = 'any';
const ownPath = '/proc/self/ns/net';

/** Every namespace that a target is in, or our own as long as there is none. */
function planDefault(pids: readonly number[]): InterfacePlan {
  const byNamespace = new Map<string, { readonly namespace: NetworkNamespace; readonly pids: number[] }>();
  for (const pid of pids) {
    const namespace = tryOpen(`/proc/${pid}/ns/net`);
    if (namespace === undefined) continue;
    const label = findNamespaceLabel(namespace.inode, String(pid));
    const known = byNamespace.get(label);
    if (known === undefined) byNamespace.set(label, { namespace, pids: [pid] });
    else known.pids.push(pid);
  }
  if (byNamespace.size === 0) byNamespace.set('', { namespace: openNamespace(ownPath), pids: [] });
  let all = false;
  const scopes = [...byNamespace].map(([label, { namespace, pids: members }]) => {
    using watch = new InterfaceWatch(namespace);
    const guess = chooseInterfaces(watch.readLinks(), watch.readAddresses(), members.flatMap(readSocketsOf));
    all ||= guess.all;
    return { label, namespace, names: new Set(guess.names) };
  });
  const reason = all
    ? 'all that are up and have an address'
    : 'those that carry the connections that there are now';
  return { scopes, reason, any: false };
}

function findPath(text: string): string {
  const path = findNamespacePath(text);
  if (path !== undefined) return path;
  throw new UserError({
    message: `there is no network namespace ${text}`,
    reason: 'it is neither the name of one (ip netns), nor a process, nor a path',
    remedy: 'to see which have names: ip netns list; of a process: its number, as in -i 812:eth0',
    exitCode: exitCode.targetUnusable,
  });
}

function openNamespace(path: string): NetworkNamespace {
  try {
    return new NetworkNamespace(path);
  } catch (error) {
    throw new UserError({
      message: `cannot open the network namespace ${path}`,
      reason: error instanceof Error ? error.message : String(error),
      remedy: 'check that its process still runs, and that you are root',
      exitCode: exitCode.targetUnusable,
      cause: error,
    });
  }
}

function tryOpen(path: string): NetworkNamespace | undefined {
  try {
    return new NetworkNamespace(path);
  } catch {
    // The process has ended, or is not ours to look at.
    return undefined;
  }
}

function hasInterface(namespace: NetworkNamespace, name: string): boolean {
  const link = readLinks(namespace).find((one) => one.name === name);
  if (link === undefined) return false;
  if (findLinkType(link.hardwareType) !== undefined) return true;
  throw new UserError({
    message: `cannot capture on ${name}`,
    reason: `its packets are neither Ethernet nor IP (type ${link.hardwareType})`,
    remedy: 'to see what kinds of interfaces there are: ip -d link',
    exitCode: exitCode.targetUnusable,
  });
}

function noSuchInterface(name: string, namespaces: readonly NetworkNamespace[]): UserError {
  const names = namespaces.flatMap((namespace) => readLinks(namespace).map((link) => link.name));
  return new UserError({
    message: `there is no interface ${name}`,
    reason: names.length === 0 ? 'there is none at all' : `there are: ${formatList(names, mostNames)}`,
    remedy: 'in another network namespace: -i NAMESPACE:INTERFACE; all, also later ones: -i any',
    exitCode: exitCode.targetUnusable,
  });
}

const mostNames = 20;

function readLinks(namespace: NetworkNamespace): NetworkLink[] {
  using watch = new InterfaceWatch(namespace);
  return watch.readLinks();
}
