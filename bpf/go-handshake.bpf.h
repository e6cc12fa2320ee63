/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which connection a goroutine shakes hands for. Secrets pass a function whose receiver is a Config; but
 * the goroutine that hands them over is the one that wrote the ClientHello or ServerHello before.
 */
#ifndef TLSTAP_GO_HANDSHAKE_BPF_H
#define TLSTAP_GO_HANDSHAKE_BPF_H

#include "go-hit.bpf.h"

#define MAX_HANDSHAKES 16384
/* In a ClientHello: message type, length (3), version (2), then 32 bytes of random (RFC 8446, 4.1.2). */
#define CLIENT_HELLO_RANDOM 6

struct goroutine_key {
	__u64 g;
	__u32 pid;
	__u32 padding;
};

/* The first half of a client random: enough to tell two handshakes apart. */
struct random_start {
	__u64 words[2];
};

struct handshake {
	__u64 pointer;
	__u64 generation;
	/* Of a client from its hello; of a server from its first secret; 0: not known yet. */
	struct random_start random;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_HANDSHAKES);
	__type(key, struct goroutine_key);
	__type(value, struct handshake);
} handshakes SEC(".maps");

static __always_inline struct random_start read_random(__u64 from, const bool sleepable)
{
	struct random_start random = { { read_word(from, sleepable), read_word(from + 8, sleepable) } };

	return random;
}

static __always_inline bool is_same_random(const struct random_start *a, const struct random_start *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

static __always_inline void note_handshake(const struct go_hit *go, const bool sleepable)
{
	struct goroutine_key key = { .g = go->g, .pid = go->hit.pid };
	struct handshake handshake = { .pointer = go->hit.pointer, .generation = go->generation };

	if (!key.g)
		return;
	if (!go->generation) {
		bpf_map_delete_elem(&handshakes, &key);
		return;
	}
	if (go->hit.role == ROLE_CLIENT)
		handshake.random = read_random(go->from + CLIENT_HELLO_RANDOM, sleepable);
	bpf_map_update_elem(&handshakes, &key, &handshake, BPF_ANY);
}

static __noinline void note_handshake_sleepable(const struct go_hit *go)
{
	note_handshake(go, true);
}

static __noinline void note_handshake_plain(const struct go_hit *go)
{
	note_handshake(go, false);
}

/* A hello is being written. Of no connection (QUIC) it still ends what the goroutine did before. */
static __always_inline void begin_handshake(const struct go_hit *go, const bool sleepable)
{
	if (sleepable)
		note_handshake_sleepable(go);
	else
		note_handshake_plain(go);
}

/*
 * The connection of the secret with this random, or null; it becomes that of the hit. A goroutine, or another one at
 * the same address, may have shaken hands for other connections before, so the random must be the one that belongs to it.
 */
static __always_inline struct ledger_entry *find_handshake(struct go_hit *go, const struct random_start *random)
{
	struct goroutine_key key = { .g = go->g, .pid = go->hit.pid };
	struct handshake *handshake = bpf_map_lookup_elem(&handshakes, &key);
	struct ledger_key connection = { .pid = go->hit.pid };
	struct ledger_entry *entry;

	if (!handshake)
		return 0;
	if (!handshake->random.words[0] && !handshake->random.words[1])
		handshake->random = *random;
	else if (!is_same_random(&handshake->random, random))
		return 0;
	connection.pointer = handshake->pointer;
	entry = bpf_map_lookup_elem(&ledger, &connection);
	if (!entry || entry->closed || entry->generation != handshake->generation)
		return 0;
	go->hit.pointer = connection.pointer;
	return entry;
}

#endif
