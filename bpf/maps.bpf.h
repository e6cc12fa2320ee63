/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps that every object has in common; user space makes them once and shares them. */
#ifndef TLSTAP_MAPS_BPF_H
#define TLSTAP_MAPS_BPF_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "events.h"

const volatile struct capture_config config SEC(".rodata.config") = {};

/* Its size is set before load. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_SITES);
	__type(key, __u32);
	__type(value, struct probe_site);
} sites SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_CONNECTIONS);
	__type(key, struct ledger_key);
	__type(value, struct ledger_entry);
} ledger SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_FILTERS);
	__type(key, __u32);
	__type(value, __u8);
} pids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_FILTERS);
	__type(key, __u32);
	__type(value, __u8);
} uids SEC(".maps");

/* Element 0 is set when the capture stops: from then on no offset moves, so that the books can be closed. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} stopped SEC(".maps");

static __always_inline bool is_stopped(void)
{
	__u32 zero = 0;
	volatile __u32 *value = bpf_map_lookup_elem(&stopped, &zero);

	return value && *value;
}

/* A program may be preempted or sleep between two instructions, so even per-CPU counters are added to atomically. */
#define COUNT(field, amount)                                                   \
	do {                                                                   \
		__u32 zero_ = 0;                                               \
		struct counters *counters_ = bpf_map_lookup_elem(&counts, &zero_); \
		if (counters_)                                                 \
			__sync_fetch_and_add(&counters_->field, (amount));     \
	} while (0)

#endif
