/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sites in crypto/tls.(*Conn).Read: the call that moves the plaintext out, or what stands in for it. */
#ifndef TLSTAP_GO_READ_BPF_H
#define TLSTAP_GO_READ_BPF_H

#include "go-hit.bpf.h"

/* Read moves one record's plaintext at a time. */
#define MAX_RECORD_PLAINTEXT 16384

static __always_inline bool on_read(struct go_hit *go, __u64 receiver, __u64 from, __u64 length)
{
	if (!length)
		return false;
	if (length > MAX_RECORD_PLAINTEXT || !receiver) {
		COUNT(unreadable, 1);
		return false;
	}
	go->hit.pointer = receiver;
	go->direction = DIRECTION_READ;
	go->from = from;
	go->length = length;
	return true;
}

static __always_inline __u64 receiver_slot(struct pt_regs *ctx, const struct go_hit *go, const bool sleepable)
{
	return read_word(STACK_POINTER(ctx) + go->site.receiver_offset, sleepable);
}

/* CALL runtime.memmove(to, from unsafe.Pointer, n uintptr) */
static __always_inline bool on_read_memmove(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	return on_read(go, receiver_slot(ctx, go, sleepable), call_argument(ctx, go->register_abi, 1, sleepable),
		call_argument(ctx, go->register_abi, 2, sleepable));
}

/* CALL (r *bytes.Reader) Read(b []byte), (b *block) Read(b []byte): both begin {data []byte, index int}. */
static __always_inline bool on_read_reader(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	__u64 reader = call_argument(ctx, go->register_abi, 0, sleepable);
	__u64 room = call_argument(ctx, go->register_abi, 2, sleepable);
	__u64 data = read_word(reader, sleepable);
	__u64 size = read_word(reader + 8, sleepable);
	__u64 index = read_word(reader + 24, sleepable);

	if (index >= size)
		return false;
	size -= index;
	return on_read(go, receiver_slot(ctx, go, sleepable), data + index, size < room ? size : room);
}

/* CALL runtime.slicecopy(toPtr, toLen, fromPtr, fromLen, width), up to 1.14 slicecopy(to, from slice, width). */
static __always_inline bool on_read_slicecopy(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	const bool whole = go->site.flags & SITE_FLAG_WHOLE_SLICES;
	__u64 room = call_argument(ctx, go->register_abi, 1, sleepable);
	__u64 from, length;

	if (whole) {
		from = call_argument(ctx, go->register_abi, 3, sleepable);
		length = call_argument(ctx, go->register_abi, 4, sleepable);
	} else {
		from = call_argument(ctx, go->register_abi, 2, sleepable);
		length = call_argument(ctx, go->register_abi, 3, sleepable);
	}
	return on_read(go, receiver_slot(ctx, go, sleepable), from, length < room ? length : room);
}

/* The n of a RET of Read; negative or zero means that nothing was read. */
static __always_inline __s64 returned_length(struct pt_regs *ctx, const struct go_hit *go, const bool sleepable)
{
	/* Stack ABI: results follow c and the three words of b. */
	return go->register_abi ? argument_register(ctx, 0) : read_word(STACK_POINTER(ctx) + 40, sleepable);
}

/* RET of Read: receiver and buffer in their spill slots. */
static __always_inline bool on_read_return(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	__s64 length = returned_length(ctx, go, sleepable);

	if (length <= 0)
		return false;
	return on_read(go, read_word(STACK_POINTER(ctx) + 8, sleepable), read_word(STACK_POINTER(ctx) + 16, sleepable), length);
}

static __always_inline void on_read_enter(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	__u64 g = GOROUTINE(ctx);
	struct goroutine_call key = { go->hit.pid, DIRECTION_READ, g };
	struct call call = { .receiver = entry_argument(ctx, go->register_abi, 0, sleepable),
			     .buffer = entry_argument(ctx, go->register_abi, 1, sleepable),
			     .stack_pointer = STACK_POINTER(ctx) };

	/* g begins with the bounds of its stack (runtime/runtime2.go). */
	call.on_stack = call.buffer >= read_word(g, sleepable) && call.buffer < read_word(g + 8, sleepable);
	bpf_map_update_elem(&calls, &key, &call, BPF_ANY);
}

static __always_inline bool on_read_return_join(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	struct goroutine_call key = { go->hit.pid, DIRECTION_READ, GOROUTINE(ctx) };
	struct call *found = bpf_map_lookup_elem(&calls, &key);
	__s64 length = returned_length(ctx, go, sleepable);
	__u64 receiver, buffer;

	if (!found)
		return false;
	/* No copy of it all: the stack is short. */
	receiver = found->receiver;
	buffer = found->buffer;
	if (found->on_stack)
		buffer += STACK_POINTER(ctx) - found->stack_pointer;
	bpf_map_delete_elem(&calls, &key);
	return length > 0 && on_read(go, receiver, buffer, length);
}

#endif
