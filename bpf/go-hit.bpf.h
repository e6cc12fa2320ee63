/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the handlers of Go's sites share. */
#ifndef TLSTAP_GO_HIT_BPF_H
#define TLSTAP_GO_HIT_BPF_H

#include "ledger.bpf.h"
#include "go-abi.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_PROFILES);
	__type(key, __u32);
	__type(value, struct go_profile);
} go_profiles SEC(".maps");

/* Reading may write (a handshake), so the calls of one goroutine are told apart. */
struct goroutine_call {
	__u32 pid;
	__u32 direction;
	__u64 g;
};

struct call {
	__u64 receiver;
	__u64 buffer;
	__u64 length;
	__u64 stack_pointer;
	__u32 on_stack; /* the buffer lies on the goroutine's stack, and moves with it */
	__u32 type;	/* of the record that is written */
};

/* Calls under way, for the strategies that join two sites; a goroutine's next call overwrites its last. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct goroutine_call);
	__type(value, struct call);
} calls SEC(".maps");

/* Handlers of the kinds of sites fill in what the hit is about: connection, payload, direction. */
struct go_hit {
	struct hit hit;
	/* Of its probe_site; short, as is all that lies on the stack of the whole call. */
	struct {
		__u16 kind;
		__u16 flags;
		__u32 receiver_offset;
	} site;
	__u64 bias;
	__u64 from;
	__u64 length;
	__u64 g;
	__u64 stack_pointer;
	__u64 generation; /* of the connection, where it was just met */
	__u8 direction;
	__u8 register_abi;
	__u8 written; /* at the site of writes: the receiver is about to write a record */
};

/* The goroutine that hits, or 0 where that cannot be told. */
static __always_inline __u64 goroutine(struct pt_regs *ctx, const struct go_hit *go)
{
	/* Both are read, whichever is meant: clang would else choose between the addresses of two registers. */
	__u64 in_register = GOROUTINE(ctx);
	__u64 at_check = stack_abi_goroutine(ctx, go->site.flags & SITE_FLAG_AT_STACK_CHECK);

	return go->register_abi ? in_register : at_check;
}

#endif
