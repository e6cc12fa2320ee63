/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The socket of a connection whose net.Conn does not lead to it: the one on which its own records are seen. What carries
 * a record is a socket, or another TLS connection, which is a wrapper like any other. Records that are seen on several
 * sockets (somebody copies them) leave the connection unknown.
 */
#ifndef TLSTAP_GO_SEARCH_BPF_H
#define TLSTAP_GO_SEARCH_BPF_H

#include "go-carried.bpf.h"
#include "go-socket.bpf.h"

/* Element 0 is set while somebody looks: sites of socket writes are attached. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} searching SEC(".maps");

static __always_inline bool is_searching(void)
{
	__u32 zero = 0;
	volatile __u32 *value = bpf_map_lookup_elem(&searching, &zero);

	return value && *value;
}

static __always_inline struct ledger_entry *find_entry(__u32 pid, __u64 pointer)
{
	struct ledger_key key = { .pid = pid, .pointer = pointer };

	return bpf_map_lookup_elem(&ledger, &key);
}

static __always_inline bool has_candidate(const struct hit *hit)
{
	struct ledger_entry *entry = find_entry(hit->pid, hit->pointer);

	return entry && (entry->learnt == LEARNT_BY_HELLO || entry->learnt == LEARNT_BY_RECORD);
}

/*
 * What was learnt, once it can be relied on. A hello has reached the peer when application data moves, so whoever
 * writes it has done so; a record is written when the next one begins.
 */
static __noinline void recall_socket(struct hit *hit, const bool written, __u64 length, struct socket_identity *socket)
{
	struct ledger_entry *entry = find_entry(hit->pid, hit->pointer);
	struct socket_identity found = { .fd = -1 };

	hit->is_wrapped = 1;
	if (hit->hello) {
		hit->quiet = is_searching();
		/* Memory may be in use again: what is behind it now has to be learnt anew. */
		if (entry && entry->learnt && !entry->closed && !entry->offset[0] && !entry->offset[1]) {
			entry->learnt = LEARNT_NOTHING;
			entry->socket_inode = 0;
		}
		return;
	}
	if (!entry)
		return;
	if (entry->learnt == LEARNT_SEVERAL)
		socket->identity = IDENTITY_SEVERAL;
	if ((entry->learnt == LEARNT_BY_HELLO && length) || (entry->learnt == LEARNT_BY_RECORD && written))
		entry->learnt = LEARNT_SURE;
	if (entry->learnt != LEARNT_SURE)
		return;
	find_socket(entry->fd, &found);
	if (found.identity == IDENTITY_KNOWN && found.inode == entry->learnt_inode)
		*socket = found;
}

/* A connection that ends without a byte of application data. */
static __always_inline void announce_quiet(struct hit *hit)
{
	struct ledger_entry *entry = find_entry(hit->pid, hit->pointer);
	struct socket_identity socket = { .fd = -1, .identity = IDENTITY_WRAPPED };

	if (!entry || entry->announced || entry->closed)
		return;
	hit->role = entry->role;
	find_connection(hit, &socket);
}

static __always_inline void learn_socket(__u32 pid, __u64 pointer, __u64 generation, __u8 how,
					 __u64 inode, __s32 fd)
{
	struct ledger_entry *entry = find_entry(pid, pointer);

	if (!entry || entry->generation != generation)
		return;
	if (entry->learnt == LEARNT_NOTHING) {
		entry->learnt_inode = inode;
		entry->fd = fd;
		entry->learnt = how;
	} else if (entry->learnt != LEARNT_SURE && entry->learnt_inode != inode) {
		entry->learnt = LEARNT_SEVERAL;
	}
}

static __always_inline void forget_write(const struct go_hit *go)
{
	struct goroutine key = { .pid = go->hit.pid, .g = go->g };

	bpf_map_delete_elem(&tls_writes, &key);
}

static __always_inline void remember_hello(const struct go_hit *go, __u64 generation, const bool sleepable)
{
	struct hello_key key = { .pid = go->hit.pid };
	struct hello hello = { .pointer = go->hit.pointer, .generation = generation };
	struct hello *before;
	__u64 begin;

	if (read_user(key.random, sizeof(key.random), go->from + RANDOM_OFFSET, sleepable))
		return;
	__builtin_memcpy(&begin, key.random, sizeof(begin));
	if (begin == RETRY_RANDOM)
		return;
	before = bpf_map_lookup_elem(&hellos, &key);
	/* A program with a fixed source of "randomness": then it tells nothing. */
	if (before && (before->pointer != hello.pointer || before->generation != generation))
		hello.pointer = 0;
	bpf_map_update_elem(&hellos, &key, &hello, BPF_ANY);
}

static __always_inline void remember_write(const struct go_hit *go, __u64 generation,
					   const bool sleepable)
{
	struct goroutine key = { .pid = go->hit.pid, .g = go->g };
	struct tls_write call = { .pointer = go->hit.pointer,
				  .generation = generation,
				  .length = go->length,
				  .stack_pointer = go->stack_pointer,
				  .stack_low = read_word(key.g, sleepable) };

#if defined(__TARGET_ARCH_x86)
	call.return_address = read_word(call.stack_pointer, sleepable);
#endif
	bpf_map_update_elem(&tls_writes, &key, &call, BPF_ANY);
}

/* A connection is about to write: it may carry the record of another one, and is looked for itself if it is unknown. */
static __always_inline void search_for_socket(const struct go_hit *go, const bool sleepable)
{
	struct ledger_entry *entry = find_entry(go->hit.pid, go->hit.pointer);
	struct carried carried = {};

	if (!entry)
		return;
	if (go->length && entry->socket_inode) {
		find_carried(go, go->from, go->length, &carried);
		if (carried.pointer && carried.pointer != go->hit.pointer)
			learn_socket(go->hit.pid, carried.pointer, carried.generation, carried.how, entry->socket_inode,
				     entry->fd);
	}
	if (!go->hit.is_wrapped || entry->socket_inode || entry->closed)
		forget_write(go);
	else if (go->hit.hello)
		remember_hello(go, entry->generation, sleepable);
	else if (go->length)
		remember_write(go, entry->generation, sleepable);
}

/* net.(*netFD).Write(p []byte) */
static __always_inline void look_at_socket_write(struct pt_regs *ctx, const struct go_hit *go, const bool sleepable)
{
	__u64 from, length;
	struct socket_identity socket = { .fd = -1 };
	struct carried carried = {};
	__u64 descriptor;

	if (!is_searching())
		return;
	from = entry_argument(ctx, go->register_abi, 1, sleepable);
	length = entry_argument(ctx, go->register_abi, 2, sleepable);
	find_carried(go, from, length, &carried);
	if (!carried.pointer)
		return;
	descriptor = entry_argument(ctx, go->register_abi, 0, sleepable);
	find_socket((__s32)read_word(descriptor + NETFD_SYSFD, sleepable), &socket);
	if (socket.identity == IDENTITY_KNOWN)
		learn_socket(go->hit.pid, carried.pointer, carried.generation, carried.how, socket.inode, socket.fd);
}

/*
 * Functions of their own, for their frames. Only sleepable programs look: those of kernels before 6.1, which take no
 * pointers in functions that they verify once, would get too large to be verified.
 */
static __noinline void on_socket_write_sleepable(struct pt_regs *ctx, const struct go_hit *go)
{
	look_at_socket_write(ctx, go, true);
}

__noinline int search_socket_sleepable(const struct go_hit *go)
{
	if (go)
		search_for_socket(go, true);
	return 0;
}

#endif
