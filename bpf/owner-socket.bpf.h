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

static __always_inline __u64 read_cookie(struct sock *sock)
{
	return BPF_CORE_READ(sock, __sk_common.skc_cookie.counter);
}

/* By cookie alone: TIME_WAIT sockets have no storage. */
static __always_inline bool find_cookie_owner(struct bpf_sock *sock, struct packet_owner *owner)
{
	__u64 cookie = read_cookie(socket_address(sock));
	struct packet_owner *known = cookie ? bpf_map_lookup_elem(&owners_by_cookie, &cookie) : 0;

	if (!known)
		return false;
	*owner = *known;
	return true;
}

/* Who took a socket that had no storage then, or nobody whom its storage could be told of. */
static __always_inline struct packet_owner *find_taker(struct bpf_sock *sock)
{
	__u64 address = (__u64)socket_address(sock);
	__u64 cookie = read_cookie((struct sock *)address);
	struct packet_owner *known = cookie ? bpf_map_lookup_elem(&owners_by_cookie, &cookie) : 0;

	return known ? known : bpf_map_lookup_elem(&owners_by_address, &address);
}

static __always_inline bool find_socket_owner(struct bpf_sock *sock, struct packet_owner *owner)
{
	struct socket_owner *own = bpf_sk_storage_get(&owners_of_sockets, sock, 0, 0);
	struct packet_owner *taker;
	__u32 is_settled = 0;

	if (own) {
		bpf_spin_lock(&own->lock);
		is_settled = own->is_settled;
		*owner = own->owner;
		bpf_spin_unlock(&own->lock);
		if (is_settled)
			return true;
	}
	taker = find_taker(sock);
	if (taker)
		*owner = *taker;
	return taker || own;
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
