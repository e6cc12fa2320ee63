// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* For owners.bench.ts: the search for a packet's owner, and nothing else. */
#include "owner.bpf.h"

#define NEXT -1
#define ETHERNET_HEADER_BYTES 14

SEC("tc")
int find_in(struct __sk_buff *skb)
{
	struct packet_owner owner;

	find_owner(skb, PACKET_IN, ETHERNET_HEADER_BYTES, &owner);
	return NEXT;
}

SEC("tc")
int find_out(struct __sk_buff *skb)
{
	struct packet_owner owner;

	find_owner(skb, PACKET_OUT, ETHERNET_HEADER_BYTES, &owner);
	return NEXT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
