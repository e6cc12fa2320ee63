// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which process takes a socket: noted where it creates, connects, accepts or sends from it. Each program is loaded and
 * attached by itself, so that a kernel which lacks one hook has the others.
 */
#include "kernel.h"
#include "owner-maps.bpf.h"
#include <bpf/bpf_core_read.h>

#define ALLOW 1

/* include/net/tcp_states.h */
#define STATE_SYN_SENT 2
#define STATE_CLOSE 7
#define STATE_LISTEN 10

/* Nesting of pid namespaces: MAX_PID_NS_LEVEL of kernel/pid_namespace.c. */
#define MAX_PID_LEVEL 32

const volatile struct owner_config owner_config SEC(".rodata.owners") = {};

/* The process as tlstap's own pid namespace numbers it: 0 for those outside it. */
static __always_inline __u32 current_pid(struct task_struct *leader)
{
	struct pid *pid;
	__u32 level;

	if (!owner_config.pid_namespace_inode)
		return bpf_get_current_pid_tgid() >> 32;
	/* The helper that translates is refused to these programs before Linux 6.10. */
	pid = BPF_CORE_READ(leader, thread_pid);
	level = BPF_CORE_READ(pid, level);
	for (__u32 i = 0; i < MAX_PID_LEVEL && i <= level; i++) {
		struct upid number = {};
		__u64 from = (__u64)pid + bpf_core_field_offset(struct pid, numbers) +
			     i * bpf_core_type_size(struct upid);
		struct upid *entry = (struct upid *)from;

		number.nr = BPF_CORE_READ(entry, nr);
		number.ns = BPF_CORE_READ(entry, ns);
		if (BPF_CORE_READ(number.ns, ns.inum) == owner_config.pid_namespace_inode)
			return number.nr;
	}
	return 0;
}

/* False for a process that has no number here, and for the kernel's own threads. */
static __always_inline bool read_current(struct packet_owner *owner)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	if (BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return false;
	owner->pid = current_pid(leader);
	owner->uid = bpf_get_current_uid_gid();
	/* Of the process: threads have names of their own. */
	bpf_probe_read_kernel_str(owner->comm, sizeof(owner->comm), leader->comm);
	return owner->pid != 0;
}

static __always_inline __u64 current_task(void)
{
	return bpf_get_current_pid_tgid() & 0xffffffff00000000ULL;
}

static __always_inline void write_owner(struct socket_owner *own, const struct packet_owner *owner, __u32 is_settled)
{
	const __u64 task = current_task();

	bpf_spin_lock(&own->lock);
	own->owner = *owner;
	own->task = task;
	own->is_settled = is_settled;
	bpf_spin_unlock(&own->lock);
}

SEC("cgroup/sock_create")
int owners_create(struct bpf_sock *sock)
{
	struct packet_owner owner = {};
	struct socket_owner *own;

	if (sock->family != AF_INET && sock->family != AF_INET6)
		return ALLOW;
	if (!read_current(&owner))
		return ALLOW;
	own = bpf_sk_storage_get(&owners_of_sockets, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (own)
		write_owner(own, &owner, 0);
	return ALLOW;
}

/* The process that connects, or sends a datagram to an address, owns the socket, whoever created it. */
static __always_inline int take(struct bpf_sock_addr *address, const bool is_connecting)
{
	struct bpf_sock *sock = address->sk;
	struct packet_owner owner = {};
	struct socket_owner *own;
	__u64 cookie;

	if (!sock)
		return ALLOW;
	if (!is_connecting) {
		own = bpf_sk_storage_get(&owners_of_sockets, sock, 0, 0);
		if (own && own->is_settled && own->task == current_task())
			return ALLOW;
	}
	own = bpf_sk_storage_get(&owners_of_sockets, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!own)
		return ALLOW;
	/* Taken by somebody who has no number here: then it is nobody's. */
	if (!read_current(&owner))
		__builtin_memset(&owner, 0, sizeof(owner));
	write_owner(own, &owner, 1);
	if (is_connecting) {
		cookie = bpf_get_socket_cookie(address);
		bpf_map_update_elem(&owners_by_cookie, &cookie, &owner, BPF_ANY);
	}
	return ALLOW;
}

SEC("cgroup/connect4")
int owners_connect4(struct bpf_sock_addr *address)
{
	return take(address, true);
}

SEC("cgroup/connect6")
int owners_connect6(struct bpf_sock_addr *address)
{
	return take(address, true);
}

SEC("cgroup/sendmsg4")
int owners_sendmsg4(struct bpf_sock_addr *address)
{
	return take(address, false);
}

SEC("cgroup/sendmsg6")
int owners_sendmsg6(struct bpf_sock_addr *address)
{
	return take(address, false);
}

/*
 * accept(2) asks for the peer's name where its caller wants to know it, most do (net/socket.c, do_accept). The first who
 * asks about a connection that nobody has is the one who accepted it.
 */
static __always_inline int accept_socket(struct bpf_sock_addr *address)
{
	struct bpf_sock *sock = address->sk;
	struct packet_owner owner = {};
	struct socket_owner *own;
	__u64 cookie;

	if (!sock)
		return ALLOW;
	own = bpf_sk_storage_get(&owners_of_sockets, sock, 0, 0);
	if (own && own->is_settled)
		return ALLOW;
	cookie = bpf_get_socket_cookie(address);
	if (bpf_map_lookup_elem(&owners_by_cookie, &cookie))
		return ALLOW;
	own = bpf_sk_storage_get(&owners_of_sockets, sock, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!own)
		return ALLOW;
	if (!read_current(&owner))
		__builtin_memset(&owner, 0, sizeof(owner));
	write_owner(own, &owner, 1);
	bpf_map_update_elem(&owners_by_cookie, &cookie, &owner, BPF_ANY);
	return ALLOW;
}

SEC("cgroup/getpeername4")
int owners_peer4(struct bpf_sock_addr *address)
{
	return accept_socket(address);
}

SEC("cgroup/getpeername6")
int owners_peer6(struct bpf_sock_addr *address)
{
	return accept_socket(address);
}

/* Gives each accepted connection its cookie before anybody can have it: tracepoints can only read one. */
SEC("sockops")
int owners_opened(struct bpf_sock_ops *ops)
{
	if (ops->op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB)
		bpf_get_socket_cookie(ops);
	return ALLOW;
}

/* Notes the current process for a socket that only its address is known of, unless somebody has it. */
static __always_inline void note(struct sock *sock, const bool replaces)
{
	__u64 cookie = BPF_CORE_READ(sock, __sk_common.skc_cookie.counter);
	__u64 address = (__u64)sock;
	struct packet_owner owner = {};

	if (!replaces) {
		if (cookie && bpf_map_lookup_elem(&owners_by_cookie, &cookie))
			return;
		/* The kernel itself reads from sockets, in interrupts too: only a process holds the socket's lock. */
		if (!BPF_CORE_READ(sock, sk_lock.owned))
			return;
	}
	if (cookie) {
		if (read_current(&owner))
			bpf_map_update_elem(&owners_by_cookie, &cookie, &owner, BPF_ANY);
	} else if (owner_config.by_address) {
		if (!replaces && bpf_map_lookup_elem(&owners_by_address, &address))
			return;
		if (read_current(&owner))
			bpf_map_update_elem(&owners_by_address, &address, &owner, BPF_ANY);
	}
}

/* A process has read from a TCP socket. Whoever accepts without asking for the peer's name is known by this. */
SEC("raw_tp/tcp_rcv_space_adjust")
int owners_receive(struct bpf_raw_tracepoint_args *arguments)
{
	note((struct sock *)arguments->args[0], false);
	return 0;
}

/*
 * connect(2) and listen(2), where the hooks above do not reach: in cgroup namespaces, and for the kernel's own sockets
 * that carry a process's Multipath TCP; and the end that makes the address free.
 */
SEC("raw_tp/inet_sock_set_state")
int owners_state(struct bpf_raw_tracepoint_args *arguments)
{
	__u64 address = arguments->args[0];
	int state = (int)arguments->args[2];

	if (state == STATE_SYN_SENT || state == STATE_LISTEN)
		note((struct sock *)address, true);
	else if (state == STATE_CLOSE)
		bpf_map_delete_elem(&owners_by_address, &address);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
