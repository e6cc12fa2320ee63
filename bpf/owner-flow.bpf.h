/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Owners of packets whose socket is gone, or that do not tell which one is theirs. */
#ifndef TLSTAP_OWNER_FLOW_BPF_H
#define TLSTAP_OWNER_FLOW_BPF_H

#include "kernel.h"
#include "owner-maps.bpf.h"
#include <bpf/bpf_core_read.h>

/* The kernel gives up on a datagram after this time (ip(7), ipfrag_time), and may use its id again. */
#define FRAGMENT_TIME_NS 30000000000ULL

static __always_inline __u32 network_namespace(struct __sk_buff *skb)
{
	struct sk_buff *buffer = (struct sk_buff *)skb;

	return BPF_CORE_READ(buffer, dev, nd_net.net, ns.inum);
}

static __always_inline void fill_flow_key(struct flow_key *key, struct __sk_buff *skb, __u32 direction,
					  const struct packet_flow *flow)
{
	const bool is_out = direction == PACKET_OUT;

	__builtin_memcpy(key->local, is_out ? flow->source : flow->destination, ADDRESS_BYTES);
	__builtin_memcpy(key->remote, is_out ? flow->destination : flow->source, ADDRESS_BYTES);
	key->local_port = is_out ? flow->source_port : flow->destination_port;
	key->remote_port = is_out ? flow->destination_port : flow->source_port;
	key->network_namespace = network_namespace(skb);
	key->protocol = flow->protocol;
}

static __always_inline void remember_flow(struct __sk_buff *skb, const __u32 direction,
					  const struct packet_flow *flow, const struct packet_owner *owner)
{
	struct flow_key key = {};

	fill_flow_key(&key, skb, direction, flow);
	bpf_map_update_elem(&owners_by_flow, &key, owner, BPF_ANY);
}

static __always_inline void forget_flow(struct __sk_buff *skb, const __u32 direction, const struct packet_flow *flow)
{
	struct flow_key key = {};

	fill_flow_key(&key, skb, direction, flow);
	bpf_map_delete_elem(&owners_by_flow, &key);
}

static __always_inline bool find_flow_owner(struct __sk_buff *skb, const __u32 direction,
					    const struct packet_flow *flow, struct packet_owner *owner)
{
	struct flow_key key = {};
	struct packet_owner *known;

	if (flow->protocol != IPPROTO_TCP)
		return false;
	fill_flow_key(&key, skb, direction, flow);
	known = bpf_map_lookup_elem(&owners_by_flow, &key);
	if (!known)
		return false;
	*owner = *known;
	return true;
}

static __always_inline void fill_fragment_key(struct fragment_key *key, struct __sk_buff *skb,
					      const struct packet_flow *flow)
{
	__builtin_memcpy(key->source, flow->source, ADDRESS_BYTES);
	__builtin_memcpy(key->destination, flow->destination, ADDRESS_BYTES);
	key->id = flow->fragment_id;
	key->network_namespace = network_namespace(skb);
	key->protocol = flow->version == 4 ? flow->protocol : 0;
}

/* `owner` is 0 where it is not known: then an older datagram with the same id must not stand for this one. */
static __always_inline void remember_fragment(struct __sk_buff *skb, const struct packet_flow *flow,
					      const struct packet_owner *owner)
{
	struct fragment_key key = {};
	struct fragment_owner value = {};

	fill_fragment_key(&key, skb, flow);
	if (!owner) {
		bpf_map_delete_elem(&owners_by_fragment, &key);
		return;
	}
	value.owner = *owner;
	value.time_ns = bpf_ktime_get_ns();
	bpf_map_update_elem(&owners_by_fragment, &key, &value, BPF_ANY);
}

static __always_inline bool find_fragment_owner(struct __sk_buff *skb, const struct packet_flow *flow,
						struct packet_owner *owner)
{
	struct fragment_key key = {};
	struct fragment_owner *known;

	fill_fragment_key(&key, skb, flow);
	known = bpf_map_lookup_elem(&owners_by_fragment, &key);
	if (!known || bpf_ktime_get_ns() - known->time_ns > FRAGMENT_TIME_NS)
		return false;
	*owner = known->owner;
	return true;
}

#endif
