/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The owner of a socket that a program at tc has found. */
#ifndef TLSTAP_OWNER_SOCKET_BPF_H
#define TLSTAP_OWNER_SOCKET_BPF_H

#include "kernel.h"
#include "owner-maps.bpf.h"
#include <bpf/bpf_core_read.h>

/* The verifier lets nothing be added to a socket's pointer; read back from the stack it is a number. */
static __always_inline struct sock *socket_address(struct bpf_sock *sock)
{
	struct sock *address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &sock);
	return address;
}

static __always_inline struct packet_owner *find_by_cookie(struct sock *sock)
{
	__u64 cookie = BPF_CORE_READ(sock, __sk_common.skc_cookie.counter);

	return cookie ? bpf_map_lookup_elem(&owners_by_cookie, &cookie) : 0;
}

/* By cookie alone: TIME_WAIT sockets have no storage. */
static __always_inline bool find_cookie_owner(struct bpf_sock *sock, struct packet_owner *owner)
{
	struct packet_owner *known = find_by_cookie(socket_address(sock));

	if (known)
		*owner = *known;
	return known && known->pid;
}

/*
 * The connection that a TCP socket of the kernel's own is a part of (Multipath TCP, net/mptcp/protocol.h). That is the
 * one which a process holds; Go's servers listen this way.
 */
static __always_inline struct sock *find_multipath(struct sock *sock)
{
	struct mptcp_subflow_context *subflow;

	if (!bpf_core_field_exists(struct tcp_sock, is_mptcp) || !bpf_core_type_exists(struct mptcp_subflow_context))
		return 0;
	if (!BPF_CORE_READ((struct tcp_sock *)sock, is_mptcp))
		return 0;
	subflow = BPF_CORE_READ((struct inet_connection_sock *)sock, icsk_ulp_data);
	return BPF_CORE_READ(subflow, conn);
}

/* Who took a socket that had no storage then, or whose storage was out of reach. */
static __always_inline struct packet_owner *find_taker(struct bpf_sock *sock)
{
	__u64 address = (__u64)socket_address(sock);
	struct sock *whole;
	struct packet_owner *known = find_by_cookie((struct sock *)address);

	if (!known)
		known = bpf_map_lookup_elem(&owners_by_address, &address);
	if (known || sock->protocol != IPPROTO_TCP)
		return known;
	whole = find_multipath((struct sock *)address);
	return whole ? find_by_cookie(whole) : 0;
}

/* What the process may do that made or accepted the socket: each process has its own, though of the same contents. */
static __always_inline __u64 read_credentials(struct sock *sock)
{
	struct sock *whole = find_multipath(sock);

	return (__u64)BPF_CORE_READ(whole ? whole : sock, sk_socket, file, f_cred);
}

/*
 * A connection that was accepted by nobody knows whom (accept(2) without asking for the peer, and nothing read yet): by
 * the process that listens, or by another that shares the listener.
 */
static __always_inline bool is_of_listener(struct bpf_sock *sock, __u64 credentials)
{
	struct sock *address = socket_address(sock);

	return !BPF_CORE_READ(address, sk_socket) || read_credentials(address) == credentials;
}

static __always_inline bool find_socket_owner(struct bpf_sock *sock, struct packet_owner *owner)
{
	struct socket_owner *own = bpf_sk_storage_get(&owners_of_sockets, sock, 0, 0);
	struct packet_owner *taker;
	__u64 credentials = 0;

	if (own) {
		__u32 is_settled;

		bpf_spin_lock(&own->lock);
		is_settled = own->is_settled;
		credentials = own->credentials;
		*owner = own->owner;
		bpf_spin_unlock(&own->lock);
		if (is_settled)
			return owner->pid != 0;
	}
	taker = find_taker(sock);
	if (taker)
		*owner = *taker;
	else if (!own || (credentials && !is_of_listener(sock, credentials)))
		return false;
	return owner->pid != 0;
}

/* Connections inherit what the listener's storage says: what was found elsewhere is entered there. */
static __always_inline bool find_listener_owner(struct bpf_sock *listener, struct packet_owner *owner)
{
	struct socket_owner *own;
	__u64 credentials;

	if (!find_socket_owner(listener, owner))
		return false;
	own = bpf_sk_storage_get(&owners_of_sockets, listener, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (own && !own->credentials) {
		credentials = read_credentials(socket_address(listener));
		bpf_spin_lock(&own->lock);
		own->owner = *owner;
		own->credentials = credentials;
		bpf_spin_unlock(&own->lock);
	}
	return true;
}

/* Bound to an address of this host, or connected: not a socket that would take packets that are for others, too. */
static __always_inline bool is_bound(struct bpf_sock *sock)
{
	if (sock->dst_port || sock->src_ip4)
		return true;
	return sock->family == AF_INET6 &&
	       (sock->src_ip6[0] || sock->src_ip6[1] || sock->src_ip6[2] || sock->src_ip6[3]);
}

/*
 * Whether the packet is for this host and not passing through. Where nothing is forwarded the answer is
 * had at once, without a look at the routes.
 */
static __always_inline bool is_to_host(struct __sk_buff *skb, const struct packet_flow *flow)
{
	struct bpf_fib_lookup route = {};
	long result;

	route.ifindex = skb->ifindex;
	if (flow->version == 4) {
		route.family = AF_INET;
		__builtin_memcpy(&route.ipv4_src, flow->source + 12, 4);
		__builtin_memcpy(&route.ipv4_dst, flow->destination + 12, 4);
	} else {
		route.family = AF_INET6;
		__builtin_memcpy(route.ipv6_src, flow->source, ADDRESS_BYTES);
		__builtin_memcpy(route.ipv6_dst, flow->destination, ADDRESS_BYTES);
	}
	result = bpf_fib_lookup(skb, &route, sizeof(route), 0);
	return result == BPF_FIB_LKUP_RET_NOT_FWDED || result == BPF_FIB_LKUP_RET_FWD_DISABLED;
}

#endif
