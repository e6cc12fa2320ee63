/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who owns which socket. Written by the programs of owners.bpf.c in the context of the
 * processes, read by those that see packets; user space makes the maps once and shares them.
 */
#ifndef TLSTAP_OWNER_MAPS_BPF_H
#define TLSTAP_OWNER_MAPS_BPF_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "events.h"
#include "packet-flow.bpf.h"

/*
 * Kept with the socket by the kernel, so it can neither be evicted nor outlive it. A connection
 * inherits its listener's, unsettled: the process that accepts it is another one maybe.
 */
struct socket_owner {
	struct bpf_spin_lock lock; /* owners of UDP sockets change while packets are seen */
	__u32 is_settled;	   /* a process connected it, accepted it or sent from it */
	__u64 task;		   /* pid and tid of the initial pid namespace, tid 0 */
	__u64 credentials;	   /* address of what the listener's process may do; 0: not looked at */
	struct packet_owner owner;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct socket_owner);
} owners_of_sockets SEC(".maps");

/*
 * By the socket's cookie, a number that the kernel never gives twice: sockets that are older than the capture, and those
 * taken where no socket storage can be written. TIME_WAIT sockets, which have no storage, keep their cookie.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SOCKETS);
	__type(key, __u64);
	__type(value, struct packet_owner);
} owners_by_cookie SEC(".maps");

/* By the socket's address, where hooks of control groups cannot be had. Removed when the socket closes: addresses recur. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SOCKETS);
	__type(key, __u64);
	__type(value, struct packet_owner);
} owners_by_address SEC(".maps");

struct flow_key {
	__u8 local[ADDRESS_BYTES];
	__u8 remote[ADDRESS_BYTES];
	__be16 local_port;
	__be16 remote_port;
	__u32 network_namespace;
	__u32 protocol;
};

/* Connections that began or ended: what follows the end of a socket (resets, the last ACK) is still its owner's. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SOCKETS);
	__type(key, struct flow_key);
	__type(value, struct packet_owner);
} owners_by_flow SEC(".maps");

struct fragment_key {
	__u8 source[ADDRESS_BYTES];
	__u8 destination[ADDRESS_BYTES];
	__u32 id;
	__u32 network_namespace;
	__u32 protocol; /* 0: IPv6 */
};

struct fragment_owner {
	struct packet_owner owner;
	__u64 time_ns;
};

/* Datagrams whose first fragment was seen: the others have no ports. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_FRAGMENTED);
	__type(key, struct fragment_key);
	__type(value, struct fragment_owner);
} owners_by_fragment SEC(".maps");

#endif
