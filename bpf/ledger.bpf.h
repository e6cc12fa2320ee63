/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The connection table: who a stream belongs to, and at which offset its next byte stands. */
#ifndef TLSTAP_LEDGER_BPF_H
#define TLSTAP_LEDGER_BPF_H

#include "socket.bpf.h"

/* What a hit is about, filled step by step. */
struct hit {
	__u64 time_ns;
	__u64 pointer; /* the connection object */
	__u32 pid;
	__u32 tid;
	__u32 profile;
	__u8 role;  /* when a hello was seen, or the object says so */
	__u8 hello; /* a ClientHello or ServerHello is being sent */
	__u8 is_wrapped; /* its object does not lead to a socket */
	__u8 quiet; /* not to be announced yet: more will be known at its first byte */
};

static __always_inline void fill_header(struct event_header *header, __u8 type, const struct hit *hit)
{
	header->type = type;
	header->direction = 0;
	header->gap_reason = GAP_NONE;
	header->flags = 0;
	header->length = 0;
	header->time_ns = hit->time_ns;
	header->pid = hit->pid;
	header->tid = hit->tid;
	header->pointer = hit->pointer;
	header->generation = 0;
	header->offset = 0;
}

static __always_inline void start_generation(struct ledger_entry *entry, const struct hit *hit,
					     const struct socket_identity *socket)
{
	entry->generation = hit->time_ns;
	entry->socket_inode = socket->inode;
	entry->fd = socket->fd;
	entry->offset[DIRECTION_READ] = 0;
	entry->offset[DIRECTION_WRITE] = 0;
	entry->gap_reason[DIRECTION_READ] = GAP_NONE;
	entry->gap_reason[DIRECTION_WRITE] = GAP_NONE;
	entry->announced = 0;
	entry->closed = 0;
	entry->joined_late = !hit->hello;
	entry->role = hit->role;
	entry->learnt = LEARNT_NOTHING;
}

/*
 * Memory is reused: the same address is another connection when another socket is
 * behind it, when it was closed and shakes hands again, or, where the object does not
 * lead to its socket, when it says hello after data. A renegotiation has its socket and stays.
 */
static __always_inline bool is_another(const struct ledger_entry *entry, const struct hit *hit, __u64 inode)
{
	if (inode && entry->socket_inode && inode != entry->socket_inode)
		return true;
	if (!hit->hello)
		return false;
	if (entry->closed)
		return true;
	return !inode && (!entry->socket_inode || entry->learnt) && (entry->offset[0] || entry->offset[1]);
}

static __noinline long announce_end(const struct hit *hit, const struct ledger_entry *entry)
{
	struct close_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);

	if (!event) {
		COUNT(ring_full_events, 1);
		return -1;
	}
	fill_header(&event->header, EVENT_CLOSE, hit);
	event->header.generation = entry->generation;
	event->offset[DIRECTION_READ] = entry->offset[DIRECTION_READ];
	event->offset[DIRECTION_WRITE] = entry->offset[DIRECTION_WRITE];
	event->gap_reason[DIRECTION_READ] = entry->gap_reason[DIRECTION_READ];
	event->gap_reason[DIRECTION_WRITE] = entry->gap_reason[DIRECTION_WRITE];
	__builtin_memset(event->padding, 0, sizeof(event->padding));
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

static __noinline long announce(const struct hit *hit, const struct ledger_entry *entry,
				const struct socket_identity *socket)
{
	struct open_event *event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	struct task_struct *task;

	if (!event) {
		COUNT(ring_full_events, 1);
		return -1;
	}
	__builtin_memset(event, 0, sizeof(*event));
	fill_header(&event->header, EVENT_OPEN, hit);
	event->header.generation = entry ? entry->generation : 0;
	event->header.flags = entry ? (entry->joined_late ? EVENT_FLAG_JOINED_LATE : 0)
				    : EVENT_FLAG_NO_LEDGER | EVENT_FLAG_JOINED_LATE;
	event->role = hit->role;
	event->uid = (__u32)bpf_get_current_uid_gid();
	event->profile = hit->profile;
	event->identity = socket->identity;
	event->fd = -1;
	task = (struct task_struct *)bpf_get_current_task();
	BPF_CORE_READ_STR_INTO(&event->comm, task, group_leader, comm);
	if (socket->identity == IDENTITY_KNOWN) {
		event->fd = socket->fd;
		event->socket_inode = socket->inode;
		describe_socket(socket->sock, event);
	}
	bpf_ringbuf_submit(event, BPF_RB_NO_WAKEUP);
	return 0;
}

/*
 * The entry of the connection a hit is about; made, renewed and announced as needed.
 * Null when the table is full: entries are never evicted, the loss is said instead.
 */
static __always_inline struct ledger_entry *find_connection(const struct hit *hit,
							    const struct socket_identity *socket)
{
	struct ledger_key key = { .pid = hit->pid, .pointer = hit->pointer };
	struct ledger_entry *entry = bpf_map_lookup_elem(&ledger, &key);

	if (!entry) {
		struct ledger_entry made = {};

		start_generation(&made, hit, socket);
		/* Another thread may have been first: then its entry is the one. */
		bpf_map_update_elem(&ledger, &key, &made, BPF_NOEXIST);
		entry = bpf_map_lookup_elem(&ledger, &key);
		if (!entry) {
			COUNT(table_full, 1);
			announce(hit, 0, socket);
			return 0;
		}
	} else if (is_another(entry, hit, socket->inode)) {
		/* Its last offsets go with it: what the ring had no room for at the close is told now. */
		if (entry->closed != CLOSED_AND_TOLD)
			announce_end(hit, entry);
		start_generation(entry, hit, socket);
	} else if (!entry->socket_inode && socket->inode) {
		entry->socket_inode = socket->inode;
		entry->fd = socket->fd;
		entry->announced = 0;
	}
	if (!entry->announced && !hit->quiet && !announce(hit, entry, socket))
		entry->announced = 1;
	return entry;
}

/*
 * Whether it is the entry of a connection that is known and announced. It stays that connection until the
 * object says hello again: no TLS object carries data without a handshake, and its socket never changes.
 */
static __always_inline bool is_settled(const struct hit *hit, const struct ledger_entry *entry)
{
	return !hit->hello && entry && entry->announced && entry->socket_inode;
}

static __always_inline void close_connection(const struct hit *hit)
{
	struct ledger_key key = { .pid = hit->pid, .pointer = hit->pointer };
	struct ledger_entry *entry = bpf_map_lookup_elem(&ledger, &key);

	if (!entry || entry->closed)
		return;
	/* Only marked: a read may still be in flight. User space deletes it a moment later. */
	entry->closed = CLOSED;
	if (!announce_end(hit, entry))
		entry->closed = CLOSED_AND_TOLD;
}

#endif
