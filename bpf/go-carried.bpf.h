/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose record it is that is written somewhere. It is told by what is in it, never by its place alone:
 *
 *   - a hello, by the 32 random bytes in it, whichever goroutine writes it, whenever;
 *   - a record of application data, by the call it is written in: same goroutine, that call still on its stack, exactly
 *     one record, of the length that the plaintext makes.
 */
#ifndef TLSTAP_GO_CARRIED_BPF_H
#define TLSTAP_GO_CARRIED_BPF_H

#include "go-hit.bpf.h"

#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define RECORD_APPLICATION_DATA 23
#define CLIENT_HELLO 1
#define SERVER_HELLO 2
#define RECORD_HEADER_BYTES 5
/* Of a handshake message: type, length, version; the random follows. */
#define RANDOM_OFFSET 6
#define HELLO_BYTES (RECORD_HEADER_BYTES + RANDOM_OFFSET + SECRET_RANDOM_BYTES)
/* Begins the "random" of a HelloRetryRequest, the same in all of them (RFC 8446 4.1.3). */
#define RETRY_RANDOM 0x11619ae574ad21cfull
/* The tag of an AEAD; no cipher suite adds less. Nor more than this in Go: an IV, a MAC and padding. */
#define LEAST_EXPANSION 16
#define MOST_EXPANSION 256
/* Shorter writes are one record: Go's first records fill a TCP segment of 1,208 bytes (conn.go, tcpMSSEstimate). */
#define ONE_RECORD_BYTES 1000

struct hello_key {
	__u32 pid;
	__u8 random[SECRET_RANDOM_BYTES];
};

struct hello {
	__u64 pointer; /* 0: several connections say the same hello */
	__u64 generation;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct hello_key);
	__type(value, struct hello);
} hellos SEC(".maps");

struct goroutine {
	__u32 pid;
	__u32 padding;
	__u64 g;
};

/* A call of writeRecordLocked. */
struct tls_write {
	__u64 pointer;
	__u64 generation;
	__u64 length;
	__u64 stack_pointer;
	__u64 stack_low;
	__u64 return_address; /* 0 where it is not on the stack */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct goroutine);
	__type(value, struct tls_write);
} tls_writes SEC(".maps");

static __always_inline bool is_on_stack(const struct go_hit *go, const struct tls_write *call, const bool sleepable)
{
	return go->stack_pointer < call->stack_pointer && read_word(go->g, sleepable) == call->stack_low &&
	       (!call->return_address || read_word(call->stack_pointer, sleepable) == call->return_address);
}

static __always_inline bool is_record_of(const struct tls_write *call, __u64 record, __u64 length)
{
	__u64 content = record - RECORD_HEADER_BYTES;

	if (record != length || content < LEAST_EXPANSION)
		return false;
	if (call->length <= ONE_RECORD_BYTES)
		return content >= call->length + LEAST_EXPANSION && content <= call->length + MOST_EXPANSION;
	return content <= 16384 + MOST_EXPANSION;
}

struct carried {
	__u64 pointer; /* 0: none of the connections that are looked for */
	__u64 generation;
	__u8 how;
};

/* Whose record, or records, these bytes are. */
static __noinline void find_carried(const struct go_hit *go, __u64 from, __u64 length, struct carried *carried)
{
	__u8 head[HELLO_BYTES] = {};
	__u64 record;

	if (length < RECORD_HEADER_BYTES + LEAST_EXPANSION || read_user(head, RECORD_HEADER_BYTES, from, true))
		return;
	if (head[1] != 3 || head[2] > 4)
		return;
	record = RECORD_HEADER_BYTES + (head[3] << 8) + head[4];
	if (head[0] == RECORD_HANDSHAKE && record >= HELLO_BYTES && length >= record) {
		struct hello_key key = { .pid = go->hit.pid };
		struct hello *hello;

		if (read_user(head, HELLO_BYTES, from, true))
			return;
		if (head[RECORD_HEADER_BYTES] != CLIENT_HELLO && head[RECORD_HEADER_BYTES] != SERVER_HELLO)
			return;
		__builtin_memcpy(key.random, head + RECORD_HEADER_BYTES + RANDOM_OFFSET, sizeof(key.random));
		hello = bpf_map_lookup_elem(&hellos, &key);
		if (hello) {
			carried->pointer = hello->pointer;
			carried->generation = hello->generation;
			carried->how = LEARNT_BY_HELLO;
		}
	} else if (head[0] == RECORD_APPLICATION_DATA) {
		struct goroutine key = { .pid = go->hit.pid, .g = go->g };
		struct tls_write *call = bpf_map_lookup_elem(&tls_writes, &key);

		if (call && is_record_of(call, record, length) && is_on_stack(go, call, true)) {
			carried->pointer = call->pointer;
			carried->generation = call->generation;
			carried->how = LEARNT_BY_RECORD;
		}
	}
}

#endif
