/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sites in crypto/tls.(*Config).writeKeyLog, which every handshake passes, whether or not the program logs keys. */
#ifndef TLSTAP_GO_SECRET_BPF_H
#define TLSTAP_GO_SECRET_BPF_H

#include "go-handshake.bpf.h"
#include "secret.bpf.h"

struct last_secret {
	struct random_start random;
	__u64 label;
};

/* By goroutine, where a restart of the function hits twice. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_HANDSHAKES);
	__type(key, struct goroutine_key);
	__type(value, struct last_secret);
} last_secrets SEC(".maps");

/* The same secret again, from the same goroutine: the function restarted after growing its stack. */
static __always_inline bool is_repeated(const struct go_hit *go, const struct secret *secret,
					const struct random_start *random)
{
	struct goroutine_key key = { .g = go->g, .pid = go->hit.pid };
	struct last_secret last = { .random = *random, .label = secret->label };
	struct last_secret *before;

	if (!(go->site.flags & SITE_FLAG_AT_ENTRY) || !go->g)
		return false;
	before = bpf_map_lookup_elem(&last_secrets, &key);
	if (before && is_same_random(&before->random, random) && before->label == secret->label)
		return true;
	bpf_map_update_elem(&last_secrets, &key, &last, BPF_ANY);
	return false;
}

/*
 * (c *Config) writeKeyLog(label string, clientRandom, secret []byte), up to Go 1.11 without the label. Argument
 * words: a string is {data, length}, a slice {data, length, capacity}.
 */
static __always_inline void read_secret_arguments(struct pt_regs *ctx, const struct go_hit *go, struct secret *secret,
						  __u64 *random_length, const bool sleepable)
{
	if (go->site.flags & SITE_FLAG_WITH_LABEL) {
		secret->label = entry_argument(ctx, go->register_abi, 1, sleepable);
		secret->label_length = entry_argument(ctx, go->register_abi, 2, sleepable);
		secret->client_random = entry_argument(ctx, go->register_abi, 3, sleepable);
		*random_length = entry_argument(ctx, go->register_abi, 4, sleepable);
		secret->secret = entry_argument(ctx, go->register_abi, 6, sleepable);
		secret->length = entry_argument(ctx, go->register_abi, 7, sleepable);
	} else {
		/* Before registers were used. */
		secret->client_random = stack_argument(ctx, 1, sleepable);
		*random_length = stack_argument(ctx, 2, sleepable);
		secret->secret = stack_argument(ctx, 4, sleepable);
		secret->length = stack_argument(ctx, 5, sleepable);
	}
}

/* The open event of its connection came before, unless that was lost, or its socket is searched for. */
static __always_inline void take_secret(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	struct secret secret = {};
	struct random_start random;
	struct ledger_entry *entry;
	__u64 random_length = 0;

	read_secret_arguments(ctx, go, &secret, &random_length, sleepable);
	if (random_length != SECRET_RANDOM_BYTES || secret.label_length > SECRET_LABEL_BYTES || !secret.length ||
	    secret.length > SECRET_BYTES) {
		COUNT(unreadable, 1);
		return;
	}
	random = read_random(secret.client_random, sleepable);
	if (is_repeated(go, &secret, &random))
		return;
	entry = find_handshake(go, &random);
	secret.generation = entry ? entry->generation : 0;
	emit_secret(&go->hit, &secret, sleepable);
}

/* Functions of their own, for the stack; and one for each, because Linux 5.10 does not know what the other one uses. */
static __noinline void take_secret_sleepable(struct pt_regs *ctx, struct go_hit *go)
{
	take_secret(ctx, go, true);
}

static __noinline void take_secret_plain(struct pt_regs *ctx, struct go_hit *go)
{
	take_secret(ctx, go, false);
}

static __always_inline void on_secret(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	if (sleepable)
		take_secret_sleepable(ctx, go);
	else
		take_secret_plain(ctx, go);
}

#endif
