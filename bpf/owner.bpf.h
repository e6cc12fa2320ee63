/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which process a packet belongs to, for programs at tc. An owner is found through the packet's
 * socket or not at all: a wrong process is worse than none.
 */
#ifndef TLSTAP_OWNER_BPF_H
#define TLSTAP_OWNER_BPF_H

#include "owner-flow.bpf.h"
#include "owner-socket.bpf.h"

/* enum tcp states of include/net/tcp_states.h; struct bpf_sock has the same. */
#define STATE_ESTABLISHED 1
#define STATE_LISTEN 10
#define SOCK_STREAM_TYPE 1
#define SOCK_RAW_TYPE 3
#define PACKET_TO_HOST 0

/*
 * What the parts of the search hand to each other. They are functions that the verifier looks at once each, which then
 * take no pointers on Linux 5.10. A CPU runs one program at tc at a time.
 */
struct owner_slot {
	struct packet_flow flow;
	struct packet_owner owner;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct owner_slot);
} owner_slots SEC(".maps");

static __always_inline struct owner_slot *owner_slot(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&owner_slots, &zero);
}

/* Reads the flow of the packet into the slot. */
__noinline int read_flow(struct __sk_buff *skb, __u32 l3_offset)
{
	struct owner_slot *slot = owner_slot();

	if (!slot)
		return false;
	__builtin_memset(&slot->flow, 0, sizeof(slot->flow));
	return parse_flow(skb, l3_offset, &slot->flow);
}

/* The process that sends, into the slot: the packet still knows its socket. */
__noinline int find_sender(struct __sk_buff *skb, __u32 l3_offset)
{
	struct owner_slot *slot = owner_slot();
	struct bpf_sock *sock = skb->sk, *full;
	bool found;

	if (!slot)
		return false;
	if (sock) {
		full = bpf_sk_fullsock(sock);
		if (full) {
			found = find_socket_owner(full, &slot->owner);
			if (full->type != SOCK_RAW_TYPE) {
				if (found && full->protocol == IPPROTO_TCP && full->state != STATE_ESTABLISHED &&
				    read_flow(skb, l3_offset))
					remember_flow(skb, PACKET_OUT, &slot->flow, &slot->owner);
				return found;
			}
			if (found)
				return true;
		} else {
			/* The request of a connection that is not accepted yet. Its cookie will be the connection's: it gets one here. */
			bpf_get_socket_cookie(skb);
			full = bpf_get_listener_sock(sock);
			if (full)
				return find_listener_owner(full, &slot->owner);
			if (find_cookie_owner(sock, &slot->owner))
				return true;
		}
	}
	/* Sent by the kernel's own socket for a connection that has none any more. */
	return read_flow(skb, l3_offset) && find_flow_owner(skb, PACKET_OUT, &slot->flow, &slot->owner);
}

static __always_inline __u32 fill_tuple(struct bpf_sock_tuple *tuple, const struct packet_flow *flow)
{
	if (flow->version == 4) {
		__builtin_memcpy(&tuple->ipv4.saddr, flow->source + 12, 4);
		__builtin_memcpy(&tuple->ipv4.daddr, flow->destination + 12, 4);
		tuple->ipv4.sport = flow->source_port;
		tuple->ipv4.dport = flow->destination_port;
		return sizeof(tuple->ipv4);
	}
	__builtin_memcpy(tuple->ipv6.saddr, flow->source, ADDRESS_BYTES);
	__builtin_memcpy(tuple->ipv6.daddr, flow->destination, ADDRESS_BYTES);
	tuple->ipv6.sport = flow->source_port;
	tuple->ipv6.dport = flow->destination_port;
	return sizeof(tuple->ipv6);
}

static __always_inline bool find_tcp_receiver(struct __sk_buff *skb, struct packet_flow *flow, struct packet_owner *owner)
{
	const __u8 first = TCP_FLAG_SYN | TCP_FLAG_ACK | TCP_FLAG_RST;
	struct bpf_sock_tuple tuple = {};
	__u32 length = fill_tuple(&tuple, flow);
	struct bpf_sock *sock = bpf_skc_lookup_tcp(skb, &tuple, length, BPF_F_CURRENT_NETNS, 0);
	struct bpf_sock *full;
	bool found = false, is_known = false;

	if (sock) {
		full = bpf_sk_fullsock(sock);
		if (full && full->state == STATE_LISTEN) {
			/* Anything but a first packet belongs to a connection that this host does not have, or no longer. */
			is_known = (flow->tcp_flags & first) == TCP_FLAG_SYN;
			if (is_known && (is_bound(full) || is_to_host(skb, flow)))
				found = find_listener_owner(full, owner);
		} else if (full) {
			is_known = true;
			found = find_socket_owner(full, owner);
		} else if ((full = bpf_get_listener_sock(sock))) {
			is_known = true;
			found = find_listener_owner(full, owner);
		} else if ((flow->tcp_flags & first) == TCP_FLAG_SYN) {
			/* TIME_WAIT gives way to a new connection: to whose, the lookup does not say. */
			is_known = true;
		} else {
			is_known = found = find_cookie_owner(sock, owner);
		}
		bpf_sk_release(sock);
	}
	if (!is_known)
		return find_flow_owner(skb, PACKET_IN, flow, owner);
	if (flow->tcp_flags & (TCP_FLAG_SYN | TCP_FLAG_FIN | TCP_FLAG_RST)) {
		if (found)
			remember_flow(skb, PACKET_IN, flow, owner);
		else
			forget_flow(skb, PACKET_IN, flow);
	}
	return found;
}

static __always_inline bool find_udp_receiver(struct __sk_buff *skb, struct packet_flow *flow, struct packet_owner *owner)
{
	struct bpf_sock_tuple tuple = {};
	__u32 length = fill_tuple(&tuple, flow);
	struct bpf_sock *sock = bpf_sk_lookup_udp(skb, &tuple, length, BPF_F_CURRENT_NETNS, 0);
	bool found = false;

	if (!sock)
		return false;
	if (is_bound(sock) || is_to_host(skb, flow))
		found = find_socket_owner(sock, owner);
	bpf_sk_release(sock);
	return found;
}

/*
 * The process that receives, into the slot. A packet that crossed a veth pair still knows the socket it was sent
 * from, which is another process's: only what this network namespace would deliver it to counts.
 */
__noinline int find_receiver(struct __sk_buff *skb, __u32 l3_offset)
{
	struct owner_slot *slot = owner_slot();
	bool found = false;

	/* For another host, or for everybody who listens. */
	if (!slot || skb->pkt_type != PACKET_TO_HOST || !read_flow(skb, l3_offset))
		return false;
	if (slot->flow.fragment == FRAGMENT_LATER)
		return find_fragment_owner(skb, &slot->flow, &slot->owner);
	if (slot->flow.protocol == IPPROTO_TCP)
		found = find_tcp_receiver(skb, &slot->flow, &slot->owner);
	else if (slot->flow.protocol == IPPROTO_UDP)
		found = find_udp_receiver(skb, &slot->flow, &slot->owner);
	if (slot->flow.fragment == FRAGMENT_FIRST)
		remember_fragment(skb, &slot->flow, found ? &slot->owner : 0);
	return found;
}

/*
 * Whose packet it is: PACKET_OUT asks for the process that sent it, PACKET_IN for the one that receives it. On the
 * loopback device, where each packet is seen once on its way out, both questions have an answer.
 */
static __always_inline bool find_owner(struct __sk_buff *skb, __u32 direction, __u32 l3_offset,
				       struct packet_owner *owner)
{
	const int found = direction == PACKET_OUT ? find_sender(skb, l3_offset) : find_receiver(skb, l3_offset);
	struct owner_slot *slot = owner_slot();

	if (!found || !slot)
		return false;
	*owner = slot->owner;
	return true;
}

#endif
