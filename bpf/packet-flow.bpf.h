/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a packet's headers to its flow: addresses, ports, and whether it is a fragment. */
#ifndef TLSTAP_PACKET_FLOW_BPF_H
#define TLSTAP_PACKET_FLOW_BPF_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ADDRESS_BYTES 16

#define TCP_FLAG_FIN 0x01
#define TCP_FLAG_SYN 0x02
#define TCP_FLAG_RST 0x04
#define TCP_FLAG_ACK 0x10

/* IPv6 extension headers, RFC 8200 section 4 and the registry of next headers. */
#define NEXT_HOP_BY_HOP 0
#define NEXT_ROUTING 43
#define NEXT_FRAGMENT 44
#define NEXT_AUTHENTICATION 51
#define NEXT_DESTINATION 60
#define NEXT_MOBILITY 135
#define NEXT_HIP 139
#define NEXT_SHIM6 140
#define MAX_EXTENSION_HEADERS 8

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_FRAGMENT_OFFSET 0x1fff

enum fragment {
	FRAGMENT_NONE = 0,
	FRAGMENT_FIRST = 1,
	FRAGMENT_LATER = 2, /* has no ports */
};

struct packet_flow {
	__u8 source[ADDRESS_BYTES]; /* IPv4 as ::ffff:a.b.c.d */
	__u8 destination[ADDRESS_BYTES];
	__be16 source_port;
	__be16 destination_port;
	__u32 fragment_id;
	__u8 version;
	__u8 protocol;
	__u8 fragment;
	__u8 tcp_flags;
};

struct ipv4_header {
	__u8 version_and_length;
	__u8 service;
	__be16 total_length;
	__be16 id;
	__be16 fragment;
	__u8 time_to_live;
	__u8 protocol;
	__be16 checksum;
	__u8 source[4];
	__u8 destination[4];
};

struct ipv6_header {
	__be32 version_and_label;
	__be16 payload_length;
	__u8 next;
	__u8 hop_limit;
	__u8 source[16];
	__u8 destination[16];
};

static __always_inline void map_ipv4(__u8 *to, const __u8 *from)
{
	to[10] = to[11] = 0xff;
	__builtin_memcpy(to + 12, from, 4);
}

/* Offset of what follows the IPv4 header; 0: not IPv4. */
static __always_inline __u32 read_ipv4(struct __sk_buff *skb, __u32 offset, struct packet_flow *flow)
{
	struct ipv4_header ip;
	__u16 fragment;

	if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
		return 0;
	flow->protocol = ip.protocol;
	flow->fragment_id = ip.id;
	fragment = bpf_ntohs(ip.fragment);
	if (fragment & IPV4_FRAGMENT_OFFSET)
		flow->fragment = FRAGMENT_LATER;
	else if (fragment & IPV4_MORE_FRAGMENTS)
		flow->fragment = FRAGMENT_FIRST;
	map_ipv4(flow->source, ip.source);
	map_ipv4(flow->destination, ip.destination);
	return offset + (ip.version_and_length & 0xf) * 4;
}

/* Offset of what follows the IPv6 headers; 0: not understood. */
static __always_inline __u32 read_ipv6(struct __sk_buff *skb, __u32 offset, struct packet_flow *flow)
{
	struct ipv6_header ip;
	__u8 next;

	if (bpf_skb_load_bytes(skb, offset, &ip, sizeof(ip)))
		return 0;
	__builtin_memcpy(flow->source, ip.source, ADDRESS_BYTES);
	__builtin_memcpy(flow->destination, ip.destination, ADDRESS_BYTES);
	offset += sizeof(ip);
	next = ip.next;
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		/* { next, length, or for a fragment: offset and flags, id } */
		__u8 header[8];
		__u16 place;

		switch (next) {
		case NEXT_HOP_BY_HOP:
		case NEXT_ROUTING:
		case NEXT_FRAGMENT:
		case NEXT_AUTHENTICATION:
		case NEXT_DESTINATION:
		case NEXT_MOBILITY:
		case NEXT_HIP:
		case NEXT_SHIM6:
			break;
		default:
			flow->protocol = next;
			return offset;
		}
		if (bpf_skb_load_bytes(skb, offset, header, sizeof(header)))
			return 0;
		if (next == NEXT_FRAGMENT) {
			place = header[2] << 8 | header[3];
			__builtin_memcpy(&flow->fragment_id, header + 4, sizeof(flow->fragment_id));
			offset += sizeof(header);
			if (place >> 3) {
				flow->fragment = FRAGMENT_LATER;
				/* What follows is the middle of something. Its protocol is that of the first fragment's chain's end. */
				flow->protocol = 0;
				return offset;
			}
			if (place & 1)
				flow->fragment = FRAGMENT_FIRST;
		} else if (next == NEXT_AUTHENTICATION) {
			offset += (header[1] + 2) * 4;
		} else {
			offset += (header[1] + 1) * 8;
		}
		next = header[0];
	}
	return 0;
}

/* Whether it is IP. The ports are 0 where the protocol has none, or the packet does not hold them. */
static __always_inline bool parse_flow(struct __sk_buff *skb, __u32 offset, struct packet_flow *flow)
{
	__u8 version;

	if (bpf_skb_load_bytes(skb, offset, &version, sizeof(version)))
		return false;
	flow->version = version >> 4;
	if (flow->version == 4)
		offset = read_ipv4(skb, offset, flow);
	else if (flow->version == 6)
		offset = read_ipv6(skb, offset, flow);
	else
		return false;
	if (!offset)
		return false;
	if (flow->fragment == FRAGMENT_LATER || (flow->protocol != IPPROTO_TCP && flow->protocol != IPPROTO_UDP))
		return true;
	if (bpf_skb_load_bytes(skb, offset, &flow->source_port, 2 * sizeof(flow->source_port)))
		return true;
	if (flow->protocol == IPPROTO_TCP)
		bpf_skb_load_bytes(skb, offset + 13, &flow->tcp_flags, sizeof(flow->tcp_flags));
	return true;
}

#endif
