// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Go's crypto/tls: what a hit at each kind of site means. Which sites there are is the plan's business. */
#include "payload.bpf.h"
#include "go-socket.bpf.h"

#define RECORD_HANDSHAKE 22
#define RECORD_APPLICATION_DATA 23
#define CLIENT_HELLO 1
#define SERVER_HELLO 2
/* crypto/tls.Conn.isClient, the same in Go 1.8–1.27. */
#define CONN_IS_CLIENT 16
/* Read moves one record's plaintext at a time. */
#define MAX_RECORD_PLAINTEXT 16384

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
	struct probe_site site;
	struct go_profile profile;
	__u64 bias;
	__u64 from;
	__u64 length;
	__u8 direction;
};

static __always_inline void emit_stream(struct go_hit *go, const bool sleepable)
{
	struct socket_identity socket = { .fd = -1 };
	struct ledger_entry *entry;

	if (!go->hit.role)
		go->hit.role = read_word(go->hit.pointer + CONN_IS_CLIENT, sleepable) & 0xff ? ROLE_CLIENT : ROLE_SERVER;
	find_go_socket(&go->hit, go->bias, &go->profile, &socket, sleepable);
	/* A QUIC connection's tls.Conn holds no net.Conn and carries no application data. */
	if (socket.identity == IDENTITY_NO_CONNECTION)
		return;
	entry = find_connection(&go->hit, &socket);
	if (go->length)
		emit_payload(&go->hit, entry, go->direction, go->from, go->length, sleepable);
}

/* (c *Conn) writeRecordLocked(typ recordType, data []byte): the whole buffer of a Write. */
static __always_inline bool on_write(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	__u8 type = entry_argument(ctx, &go->profile, 1, sleepable);
	__u64 data = entry_argument(ctx, &go->profile, 2, sleepable);
	__u64 length = entry_argument(ctx, &go->profile, 3, sleepable);

	if (type != RECORD_APPLICATION_DATA && type != RECORD_HANDSHAKE)
		return false;
	go->hit.pointer = entry_argument(ctx, &go->profile, 0, sleepable);
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
		return true;
	}
	go->direction = DIRECTION_WRITE;
	go->from = data;
	go->length = length;
	return length > 0;
}

static __always_inline bool on_read(struct go_hit *go, __u64 receiver, __u64 from, __u64 length)
{
	if (!length)
		return false;
	if (length > MAX_RECORD_PLAINTEXT || !receiver) {
		COUNT(implausible_reads, 1);
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
	return on_read(go, receiver_slot(ctx, go, sleepable), call_argument(ctx, &go->profile, 1, sleepable),
		call_argument(ctx, &go->profile, 2, sleepable));
}

/* CALL (r *bytes.Reader) Read(b []byte), (b *block) Read(b []byte): both begin {data []byte, index int}. */
static __always_inline bool on_read_reader(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	__u64 reader = call_argument(ctx, &go->profile, 0, sleepable);
	__u64 room = call_argument(ctx, &go->profile, 2, sleepable);
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
	__u64 room = call_argument(ctx, &go->profile, 1, sleepable);
	__u64 from, length;

	if (whole) {
		from = call_argument(ctx, &go->profile, 3, sleepable);
		length = call_argument(ctx, &go->profile, 4, sleepable);
	} else {
		from = call_argument(ctx, &go->profile, 2, sleepable);
		length = call_argument(ctx, &go->profile, 3, sleepable);
	}
	return on_read(go, receiver_slot(ctx, go, sleepable), from, length < room ? length : room);
}

/* The n of a RET of Read; negative or zero means that nothing was read. */
static __always_inline __s64 returned_length(struct pt_regs *ctx, const struct go_hit *go, const bool sleepable)
{
	/* Stack ABI: results follow c and the three words of b. */
	return go->profile.register_abi ? argument_register(ctx, 0) : read_word(STACK_POINTER(ctx) + 40, sleepable);
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
	struct call call = { .receiver = entry_argument(ctx, &go->profile, 0, sleepable),
			     .buffer = entry_argument(ctx, &go->profile, 1, sleepable),
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
	struct call call;

	if (!found)
		return false;
	call = *found;
	bpf_map_delete_elem(&calls, &key);
	if (call.on_stack)
		call.buffer += STACK_POINTER(ctx) - call.stack_pointer;
	return length > 0 && on_read(go, call.receiver, call.buffer, length);
}

static __always_inline void on_write_return(struct pt_regs *ctx, struct go_hit *go)
{
	struct goroutine_call key = { go->hit.pid, DIRECTION_WRITE, GOROUTINE(ctx) };

	bpf_map_delete_elem(&calls, &key);
}

static __always_inline bool is_wanted(__u32 pid)
{
	if (config.filter_pids && !bpf_map_lookup_elem(&pids, &pid))
		return false;
	if (config.filter_uids) {
		__u32 uid = bpf_get_current_uid_gid();

		if (!bpf_map_lookup_elem(&uids, &uid))
			return false;
	}
	return true;
}

/* Thread and process as tlstap's own pid namespace numbers them: 0 for processes outside it. */
static __always_inline void read_process(struct hit *hit)
{
	struct bpf_pidns_info info = {};
	__u64 both;

	if (config.pid_namespace_inode) {
		bpf_get_ns_current_pid_tgid(config.pid_namespace_device, config.pid_namespace_inode, &info, sizeof(info));
		hit->pid = info.tgid;
		hit->tid = info.pid;
		return;
	}
	both = bpf_get_current_pid_tgid();
	hit->pid = both >> 32;
	hit->tid = (__u32)both;
}

/* Whether there is something to tell: data, or a connection that begins. */
static __always_inline bool find_payload(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	switch (go->site.kind) {
	case SITE_GO_WRITE:
		return on_write(ctx, go, sleepable);
	case SITE_GO_WRITE_RETURN:
		on_write_return(ctx, go);
		return false;
	case SITE_GO_CLOSE:
		go->hit.pointer = entry_argument(ctx, &go->profile, 0, sleepable);
		close_connection(&go->hit);
		return false;
	case SITE_GO_READ_MEMMOVE:
		return on_read_memmove(ctx, go, sleepable);
	case SITE_GO_READ_READER:
		return on_read_reader(ctx, go, sleepable);
	case SITE_GO_READ_SLICECOPY:
		return on_read_slicecopy(ctx, go, sleepable);
	case SITE_GO_READ_RETURN:
		return on_read_return(ctx, go, sleepable);
	case SITE_GO_READ_ENTER:
		on_read_enter(ctx, go, sleepable);
		return false;
	case SITE_GO_READ_RETURN_JOIN:
		return on_read_return_join(ctx, go, sleepable);
	}
	return false;
}

static __always_inline int handle(struct pt_regs *ctx, const bool sleepable)
{
	__u32 index = config.site_constant ? config.site_constant - 1 : bpf_get_attach_cookie(ctx);
	struct probe_site *site = bpf_map_lookup_elem(&sites, &index);
	struct go_profile *profile;
	struct go_hit go = {};

	if (!site)
		return 0;
	if ((site->flags & SITE_FLAG_AT_STACK_CHECK) && is_restarting(ctx))
		return 0;
	if (is_stopped())
		return 0;
	read_process(&go.hit);
	if (!go.hit.pid || !is_wanted(go.hit.pid)) {
		COUNT(filtered, 1);
		return 0;
	}
	go.site = *site;
	go.hit.profile = site->profile;
	profile = bpf_map_lookup_elem(&go_profiles, &go.hit.profile);
	if (!profile)
		return 0;
	go.profile = *profile;
	go.hit.time_ns = bpf_ktime_get_ns();
	go.bias = PROGRAM_COUNTER(ctx) - go.site.address;
	if (find_payload(ctx, &go, sleepable))
		emit_stream(&go, sleepable);
	return 0;
}

/* One of the two is loaded: the first from Linux 6.1 on. */
SEC("uprobe.s")
int gotls_sleepable(struct pt_regs *ctx)
{
	return handle(ctx, true);
}

SEC("uprobe")
int gotls_plain(struct pt_regs *ctx)
{
	return handle(ctx, false);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
