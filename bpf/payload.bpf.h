/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copying a payload of any length into the ring, in chunks, each with its offset. */
#ifndef TLSTAP_PAYLOAD_BPF_H
#define TLSTAP_PAYLOAD_BPF_H

#include "ledger.bpf.h"
#include "user-memory.bpf.h"

#define SCRATCH_SLOTS 32

struct scratch_slot {
	__u64 busy;
	struct event_header header;
	__u8 bytes[CHUNK_BYTES];
};

/*
 * Room for a payload while the page fault that brings it is waited for. Claimed by an
 * atomic, not per CPU: a sleeping program leaves its CPU to others.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, __u32);
	__type(value, struct scratch_slot);
} scratch SEC(".maps");

struct payload {
	struct event_header header;
	struct ledger_entry *entry;
	__u64 from;
	__u64 length;
};

enum copied {
	COPIED = 0,
	COPY_RING_FULL = 1,
	COPY_FAULTED = 2,
};

/* Sizes of reservations must be constants: the smallest that fits is taken. */
#define RESERVE_AND_COPY(size)                                                                       \
	do {                                                                                         \
		struct {                                                                             \
			struct event_header header;                                                  \
			__u8 bytes[size];                                                            \
		} *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);                          \
		if (!record)                                                                         \
			return COPY_RING_FULL;                                                       \
		record->header = *header;                                                            \
		if (length > (size)) /* for the verifier */                                          \
			length = (size);                                                             \
		if (bpf_probe_read_user(record->bytes, length, (void *)from)) {                      \
			bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);                               \
			return COPY_FAULTED;                                                         \
		}                                                                                    \
		bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);                                        \
		return COPIED;                                                                       \
	} while (0)

static __always_inline int reserve_and_copy(const struct event_header *header, __u64 from)
{
	__u64 length = header->length;

	if (length <= 128)
		RESERVE_AND_COPY(128);
	if (length <= 256)
		RESERVE_AND_COPY(256);
	if (length <= 512)
		RESERVE_AND_COPY(512);
	if (length <= 1024)
		RESERVE_AND_COPY(1024);
	if (length <= 2048)
		RESERVE_AND_COPY(2048);
	if (length <= 4096)
		RESERVE_AND_COPY(4096);
	if (length <= 6144)
		RESERVE_AND_COPY(6144);
	if (length <= 8192)
		RESERVE_AND_COPY(8192);
	if (length <= 12288)
		RESERVE_AND_COPY(12288);
	RESERVE_AND_COPY(CHUNK_BYTES);
}

/*
 * Not static: the verifier then looks at these once, and not again for each way that leads to them.
 * Linux 5.10, which has the plain program only, takes no pointers in such functions.
 */
__noinline int copy_resident_sleepable(const struct event_header *header, __u64 from)
{
	return header ? reserve_and_copy(header, from) : COPY_FAULTED;
}

static __noinline int copy_resident_plain(const struct event_header *header, __u64 from)
{
	return reserve_and_copy(header, from);
}

#define PAGE_BYTES 4096
#define TOUCH_ATTEMPTS 3

/* Without a slot: the pages are brought in one by one, and may be gone again when they are copied. */
static __noinline int copy_touched(const struct event_header *header, __u64 from)
{
	__u64 last = from + header->length - 1;
	int result = COPY_FAULTED;

	for (int attempt = 0; attempt < TOUCH_ATTEMPTS && result == COPY_FAULTED; attempt++) {
		for (__u64 i = 0; i <= CHUNK_BYTES / PAGE_BYTES; i++) {
			__u64 page = from + i * PAGE_BYTES;
			__u8 byte;

			bpf_copy_from_user(&byte, sizeof(byte), (void *)(page < last ? page : last));
			if (page >= last)
				break;
		}
		result = copy_resident_sleepable(header, from);
	}
	return result;
}

/* Never sleeps with a reservation held: the reader of the ring would stop at it. */
__noinline int copy_faulting(const struct event_header *header, __u64 from)
{
	if (!header)
		return COPY_FAULTED;
	for (__u32 i = 0; i < SCRATCH_SLOTS; i++) {
		__u32 index = i;
		struct scratch_slot *slot = bpf_map_lookup_elem(&scratch, &index);
		__u64 length = header->length;
		int result = COPY_FAULTED;

		if (!slot || __sync_val_compare_and_swap(&slot->busy, 0, 1))
			continue;
		if (length > CHUNK_BYTES)
			length = CHUNK_BYTES;
		if (!bpf_copy_from_user(slot->bytes, length, (void *)from)) {
			slot->header = *header;
			result = bpf_ringbuf_output(&ring, &slot->header, sizeof(slot->header) + length,
						    BPF_RB_NO_WAKEUP)
					 ? COPY_RING_FULL
					 : COPIED;
		}
		__sync_lock_test_and_set(&slot->busy, 0);
		return result;
	}
	return copy_touched(header, from);
}

/* Books the outcome of a copy: what was lost is told by the next event of that direction, or the last look. */
static __always_inline void book(const struct payload *payload, __u64 length, int result)
{
	__u8 direction = payload->header.direction & 1;
	__u8 reason = GAP_NONE;

	if (result == COPIED) {
		COUNT(events, 1);
		COUNT(bytes, length);
	} else if (result == COPY_RING_FULL) {
		COUNT(ring_full_events, 1);
		COUNT(ring_full_bytes, length);
		reason = GAP_RING_FULL;
	} else {
		COUNT(fault_events, 1);
		COUNT(fault_bytes, length);
		reason = GAP_FAULT;
	}
	if (payload->entry)
		payload->entry->gap_reason[direction] = reason;
}

static __always_inline void fill_chunk_header(struct event_header *header, const struct payload *payload, __u64 start,
					      __u64 length)
{
	*header = payload->header;
	header->length = length;
	header->offset += start;
	if (payload->entry)
		header->gap_reason = payload->entry->gap_reason[payload->header.direction & 1];
}

/* User space neither removes the entry nor closes its books meanwhile. */
static __always_inline void mark_waiting(const struct payload *payload, __u8 waiting)
{
	if (payload->entry)
		payload->entry->waiting[payload->header.direction & 1] = waiting;
}

static __always_inline void copy_and_book(const struct payload *payload, const struct event_header *header, __u64 from,
					  const bool sleepable)
{
	__u64 length = header->length;
	int result = sleepable ? copy_resident_sleepable(header, from) : copy_resident_plain(header, from);

	if (result == COPY_FAULTED && sleepable) {
		mark_waiting(payload, 1);
		result = copy_faulting(header, from);
		mark_waiting(payload, 0);
	}
	book(payload, length, result);
}

static __always_inline void copy_chunk(const struct payload *payload, __u64 start, const bool sleepable)
{
	struct event_header header;
	__u64 length = payload->length - start;

	if (length > CHUNK_BYTES)
		length = CHUNK_BYTES;
	fill_chunk_header(&header, payload, start, length);
	copy_and_book(payload, &header, payload->from + start, sleepable);
}

/* What is one chunk needs no header of its own: frames are short of room (Linux 6.1 counts 32 bytes for an empty one). */
static __always_inline void copy_whole(struct payload *payload, const bool sleepable)
{
	payload->header.length = payload->length;
	if (payload->entry)
		payload->header.gap_reason = payload->entry->gap_reason[payload->header.direction & 1];
	copy_and_book(payload, &payload->header, payload->from, sleepable);
}

static long copy_next_chunk(__u32 chunk, void *context)
{
	copy_chunk(context, (__u64)chunk * CHUNK_BYTES, true);
	return 0;
}

static __always_inline int copy_whole_chunk(const struct event_header *header, __u64 from)
{
	__u64 length = CHUNK_BYTES;

	RESERVE_AND_COPY(CHUNK_BYTES);
}

/*
 * The plain program's loop. Whole chunks only, so that each turn has few paths: Linux 5.10 walks
 * every turn and gives up after a million instructions.
 */
static __always_inline __u64 copy_whole_chunks(const struct payload *payload)
{
	__u64 start = 0;

	for (int chunk = 0; chunk < MAX_CHUNKS_BOUNDED; chunk++) {
		struct event_header header;

		if (payload->length - start < CHUNK_BYTES)
			break;
		fill_chunk_header(&header, payload, start, CHUNK_BYTES);
		book(payload, CHUNK_BYTES, copy_whole_chunk(&header, payload->from + start));
		start += CHUNK_BYTES;
	}
	return start;
}

/* Payload of one call: `length` bytes at `from`, of the stream `direction` of the hit's connection. */
static __always_inline void emit_payload(const struct hit *hit, struct ledger_entry *entry, __u8 direction,
					 __u64 from, __u64 length, const bool sleepable)
{
	struct payload payload = { .entry = entry, .from = from, .length = length };
	const __u64 most = (sleepable ? MAX_CHUNKS : MAX_CHUNKS_BOUNDED) * (__u64)CHUNK_BYTES;
	__u64 start = 0;

	fill_header(&payload.header, EVENT_DATA, hit);
	payload.header.direction = direction;
	if (entry) {
		payload.header.generation = entry->generation;
		/* No atomic needed: Go holds the direction's own lock (Conn.in, Conn.out) at these sites. */
		payload.header.offset = entry->offset[direction & 1];
		entry->offset[direction & 1] += length;
	} else {
		payload.header.flags = EVENT_FLAG_NO_LEDGER;
		payload.header.gap_reason = GAP_TABLE_FULL;
	}
	if (length > most) {
		COUNT(too_long_events, 1);
		COUNT(too_long_bytes, length - most);
		payload.length = most;
	}
	if (!sleepable) {
		start = copy_whole_chunks(&payload);
		if (start < payload.length)
			copy_chunk(&payload, start, sleepable);
	} else if (payload.length > CHUNK_BYTES) {
		bpf_loop((payload.length + CHUNK_BYTES - 1) / CHUNK_BYTES, copy_next_chunk, &payload, 0);
	} else {
		copy_whole(&payload, sleepable);
	}
	if (length > most && entry)
		entry->gap_reason[direction & 1] = GAP_TOO_LONG;
}

#endif
