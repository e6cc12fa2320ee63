import type { CgroupHook } from '../bpf/cgroup-link.ts';

/** A program of bpf/owners.bpf.c, and where it is attached. */
export interface OwnerHook {
  readonly program: string;
  readonly at:
    | { readonly type: 'cgroup'; readonly hook: CgroupHook }
    | { readonly type: 'tracepoint'; readonly name: string };
  /** What is not known where the kernel lacks it. */
  readonly without: string;
}

/** Where processes take sockets. Nothing here runs on every system call. */
export const cgroupHooks: readonly OwnerHook[] = [
  cgroup('owners_create', 'sockCreate', 'packets of listeners and of UDP servers'),
  cgroup('owners_connect4', 'connect4', 'packets of IPv4 clients'),
  cgroup('owners_connect6', 'connect6', 'packets of IPv6 clients'),
  cgroup('owners_sendmsg4', 'sendmsg4', 'packets of UDP sockets that change hands (IPv4)'),
  cgroup('owners_sendmsg6', 'sendmsg6', 'packets of UDP sockets that change hands (IPv6)'),
  cgroup('owners_peer4', 'getpeername4', 'which process has accepted, before it reads (IPv4)'),
  cgroup('owners_peer6', 'getpeername6', 'which process has accepted, before it reads (IPv6)'),
  cgroup('owners_opened', 'sockOps', 'which process has accepted, where it does not ask for the peer'),
];

export const receiveHook: OwnerHook = {
  program: 'owners_receive',
  at: { type: 'tracepoint', name: 'tcp_rcv_space_adjust' },
  without: 'which process has accepted, where it does not ask for the peer',
};

/** For TCP sockets whose taking the others do not see: those of Multipath TCP, and all where the hooks do not reach. */
export const stateHook: OwnerHook = {
  program: 'owners_state',
  at: { type: 'tracepoint', name: 'inet_sock_set_state' },
  without: 'packets of Multipath TCP listeners, such as those of Go',
};

function cgroup(program: string, hook: CgroupHook, without: string): OwnerHook {
  return { program, at: { type: 'cgroup', hook }, without };
}
