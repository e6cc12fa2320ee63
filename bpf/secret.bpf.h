/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copying a secret into the ring: a line of a key log, from wherever the library has its parts. */
#ifndef TLSTAP_SECRET_BPF_H
#define TLSTAP_SECRET_BPF_H

#include "payload.bpf.h"

/* Where the parts are, lengths checked. Small: programs have 512 bytes of stack for everything. */
struct secret {
	__u64 label; /* 0: the only secret there is before TLS 1.3 */
	__u64 client_random;
	__u64 secret;
	__u64 generation; /* of its connection, 0: not known */
	__u32 label_length;
	__u32 length;
};

static __always_inline long fill_secret(struct secret_event *event, const struct hit *hit, const struct secret *from,
					const bool sleepable)
{
	static const char only[] = "CLIENT_RANDOM";
	__u64 label_length = from->label_length, secret_length = from->length;

	__builtin_memset(event, 0, sizeof(*event));
	fill_header(&event->header, EVENT_SECRET, hit);
	event->header.generation = from->generation;
	event->profile = hit->profile;
	if (label_length > SECRET_LABEL_BYTES || secret_length > SECRET_BYTES) /* for the verifier */
		return -1;
	if (from->label) {
		event->label_length = label_length;
		if (read_user(event->label, label_length, from->label, sleepable))
			return -1;
	} else {
		event->label_length = sizeof(only) - 1;
		__builtin_memcpy(event->label, only, sizeof(only) - 1);
	}
	event->secret_length = secret_length;
	if (read_user(event->client_random, SECRET_RANDOM_BYTES, from->client_random, sleepable))
		return -1;
	return read_user(event->secret, secret_length, from->secret, sleepable);
}

static __noinline int copy_resident_secret(const struct hit *hit, const struct secret *from)
{
	struct secret_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event)
		return COPY_RING_FULL;
	if (fill_secret(event, hit, from, false)) {
		bpf_ringbuf_discard(event, BPF_RB_NO_WAKEUP);
		return COPY_FAULTED;
	}
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return COPIED;
}

/* Never sleeps with a reservation held: the reader of the ring would stop at it. */
static __noinline int copy_faulting_secret(const struct hit *hit, const struct secret *from)
{
	int result = COPY_FAULTED;

	for (__u32 i = 0; i < SCRATCH_SLOTS; i++) {
		__u32 index = i;
		struct scratch_slot *slot = bpf_map_lookup_elem(&scratch, &index);
		struct secret_event *event;

		if (!slot || __sync_val_compare_and_swap(&slot->busy, 0, 1))
			continue;
		event = (struct secret_event *)&slot->header;
		if (!fill_secret(event, hit, from, true))
			result = bpf_ringbuf_output(&ring, event, sizeof(*event), BPF_RB_NO_WAKEUP) ? COPY_RING_FULL
												    : COPIED;
		__sync_lock_test_and_set(&slot->busy, 0);
		break;
	}
	return result;
}

static __always_inline void emit_secret(const struct hit *hit, const struct secret *secret, const bool sleepable)
{
	int result = copy_resident_secret(hit, secret);

	if (result == COPY_FAULTED && sleepable)
		result = copy_faulting_secret(hit, secret);
	if (result == COPIED)
		COUNT(secrets, 1);
	else if (result == COPY_RING_FULL)
		COUNT(ring_full_secrets, 1);
	else
		COUNT(fault_secrets, 1);
}

#endif
