/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copying a packet out of its buffer, as it was on the wire. */
#ifndef TLSTAP_PACKET_SLOT_BPF_H
#define TLSTAP_PACKET_SLOT_BPF_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "events.h"

/* Both addresses of an Ethernet frame; a VLAN tag follows them. */
#define ETHERNET_ADDRESSES_BYTES 12
#define VLAN_TAG_BYTES 4

struct packet_slot {
	struct packet_event event;
	__u8 bytes[MAX_PACKET_BYTES];
};

/*
 * One for each CPU, set before load. Not a per-CPU map: those hold at most 32 KiB an element. A slot is never shared:
 * programs at tc run with bottom halves off, one at a time on a CPU.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct packet_slot);
} packet_slots SEC(".maps");

/* `most` is what `to` holds. The compiler would fold a check that the verifier needs, hence the barrier. */
static __always_inline bool load_bytes(struct __sk_buff *skb, __u32 from, __u8 *to, __u64 length, const __u64 most)
{
	asm volatile("" : "+r"(length));
	/* Signed, because older verifiers (6.1) learn nothing about the least value from `== 0`. */
	if ((__s64)length <= 0)
		return true;
	if (length > most)
		return false;
	return bpf_skb_load_bytes(skb, from, to, length) == 0;
}

/*
 * The first `length` bytes as they were on the wire: the kernel keeps the outer VLAN tag beside
 * the packet, with the frame closed over it.
 */
static __always_inline bool load_packet(struct __sk_buff *skb, __u8 *to, __u64 length, const __u64 most)
{
	__u16 tag[2];

	if (!skb->vlan_present)
		return load_bytes(skb, 0, to, length, most);
	if (length <= ETHERNET_ADDRESSES_BYTES)
		return load_bytes(skb, 0, to, length, ETHERNET_ADDRESSES_BYTES);
	if (bpf_skb_load_bytes(skb, 0, to, ETHERNET_ADDRESSES_BYTES))
		return false;
	tag[0] = skb->vlan_proto; /* in network order already */
	tag[1] = bpf_htons(skb->vlan_tci);
	__builtin_memcpy(to + ETHERNET_ADDRESSES_BYTES, tag, VLAN_TAG_BYTES);
	if (length <= ETHERNET_ADDRESSES_BYTES + VLAN_TAG_BYTES)
		return true;
	return load_bytes(skb, ETHERNET_ADDRESSES_BYTES, to + ETHERNET_ADDRESSES_BYTES + VLAN_TAG_BYTES,
			  length - ETHERNET_ADDRESSES_BYTES - VLAN_TAG_BYTES,
			  most - ETHERNET_ADDRESSES_BYTES - VLAN_TAG_BYTES);
}

/* With the VLAN tag. */
static __always_inline __u32 wire_length(struct __sk_buff *skb)
{
	return skb->len + (skb->vlan_present ? VLAN_TAG_BYTES : 0);
}

#endif
