/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sites in crypto/tls.(*Conn).writeRecordLocked, which every record passes on its way out. */
#ifndef TLSTAP_GO_WRITE_BPF_H
#define TLSTAP_GO_WRITE_BPF_H

#include "go-search.bpf.h"

/* (c *Conn) writeRecordLocked(typ recordType, data []byte): the whole buffer of a Write. */
static __always_inline bool on_write(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	__u8 type = entry_argument(ctx, go->register_abi, 1, sleepable);
	__u64 data = entry_argument(ctx, go->register_abi, 2, sleepable);
	__u64 length = entry_argument(ctx, go->register_abi, 3, sleepable);

	go->hit.pointer = entry_argument(ctx, go->register_abi, 0, sleepable);
	if (!go->hit.pointer) {
		COUNT(unreadable, 1);
		return false;
	}
	go->written = 1;
	if (is_searching() && type != RECORD_APPLICATION_DATA)
		forget_write(go);
	if (type == RECORD_ALERT)
		return is_searching() && has_candidate(&go->hit);
	if (type != RECORD_HANDSHAKE && (type != RECORD_APPLICATION_DATA || config.handshakes_only))
		return false;
	if (go->site.flags & SITE_FLAG_AT_ENTRY) {
		struct goroutine_call key = { go->hit.pid, DIRECTION_WRITE, GOROUTINE(ctx) };
		struct call call = { .receiver = go->hit.pointer, .buffer = data, .length = length, .type = type };
		struct call *before = bpf_map_lookup_elem(&calls, &key);

		/* The same call without a return in between: the function restarted after growing its stack. */
		if (before && before->receiver == call.receiver && before->buffer == data && before->length == length &&
		    before->type == type)
			return false;
		bpf_map_update_elem(&calls, &key, &call, BPF_ANY);
	}
	if (type == RECORD_HANDSHAKE) {
		__u8 message = read_word(data, sleepable);

		if (message != CLIENT_HELLO && message != SERVER_HELLO)
			return false;
		go->hit.hello = 1;
		go->hit.role = message == CLIENT_HELLO ? ROLE_CLIENT : ROLE_SERVER;
		go->from = data;
		return true;
	}
	go->direction = DIRECTION_WRITE;
	go->from = data;
	go->length = length;
	return length > 0;
}

static __always_inline void on_write_return(struct pt_regs *ctx, struct go_hit *go)
{
	struct goroutine_call key = { go->hit.pid, DIRECTION_WRITE, GOROUTINE(ctx) };

	bpf_map_delete_elem(&calls, &key);
}

#endif
