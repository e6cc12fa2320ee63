// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Go's crypto/tls: what a hit at each kind of site means. Which sites there are is the plan's business. */
#include "task-stack.bpf.h"
#include "payload.bpf.h"
#include "go-socket.bpf.h"
#include "go-search.bpf.h"
#include "go-write.bpf.h"
#include "go-read.bpf.h"
#include "go-secret.bpf.h"

/* crypto/tls.Conn.isClient, the same in Go 1.8–1.27. */
#define CONN_IS_CLIENT 16

/* Once per connection if all goes well: whose socket it is, and telling of it. */
static __always_inline void meet_connection(struct go_hit *go, const bool sleepable)
{
	/* A copy: before Linux 6.2 a key may not lie in memory that a function was given. */
	__u32 index = go->hit.profile;
	struct go_profile *profile = bpf_map_lookup_elem(&go_profiles, &index);
	struct socket_identity socket = { .fd = -1 };
	struct ledger_entry *entry;

	if (!profile)
		return;
	if (!go->hit.role)
		go->hit.role = read_word(go->hit.pointer + CONN_IS_CLIENT, sleepable) & 0xff ? ROLE_CLIENT : ROLE_SERVER;
	find_go_socket(&go->hit, go->bias, profile, &socket, sleepable);
	/* The tls.Conn of a QUIC connection shakes hands, but holds no net.Conn and never carries data. */
	if (socket.identity == IDENTITY_NO_CONNECTION && !go->length)
		return;
	if (socket.identity == IDENTITY_WRAPPED)
		recall_socket(&go->hit, go->written, go->length, &socket);
	entry = find_connection(&go->hit, &socket);
	if (entry)
		go->generation = entry->generation;
}

/* False while the connection has to be met first. */
static __always_inline bool emit_stream(struct go_hit *go, const bool is_met, const bool sleepable)
{
	struct ledger_entry *entry = find_entry(go->hit.pid, go->hit.pointer);

	if (!is_met && !is_settled(&go->hit, entry))
		return false;
	if (go->length)
		emit_payload(&go->hit, entry, go->direction, go->from, go->length, sleepable);
	return true;
}

/*
 * Functions of their own: each has its frame, and all frames of a call together have 512 bytes. Those for sleepable
 * programs are not static: the verifier then looks at them once, and not again for each kind of site. Linux 5.10, which
 * has the plain program only, takes no pointers in such functions.
 */
__noinline int meet_connection_sleepable(struct go_hit *go)
{
	if (go)
		meet_connection(go, true);
	return 0;
}

__noinline int emit_stream_sleepable(struct go_hit *go, int is_met)
{
	return go && emit_stream(go, is_met, true);
}

static __noinline void meet_connection_plain(struct go_hit *go)
{
	meet_connection(go, false);
}

static __noinline bool emit_stream_plain(struct go_hit *go, const bool is_met)
{
	return emit_stream(go, is_met, false);
}

static __always_inline void emit(struct go_hit *go, const bool sleepable)
{
	if (sleepable) {
		if (emit_stream_sleepable(go, 0))
			return;
		meet_connection_sleepable(go);
		emit_stream_sleepable(go, 1);
	} else {
		if (emit_stream_plain(go, false))
			return;
		meet_connection_plain(go);
		emit_stream_plain(go, true);
	}
}

static __always_inline bool is_wanted(__u32 pid)
{
	__u8 *mark = 0;

	if (!config.filter_pids && !config.filter_uids)
		return true;
	mark = bpf_map_lookup_elem(&pids, &pid);
	/* The command that was started is shown whatever else is asked for. */
	if (mark && *mark == PID_ALWAYS)
		return true;
	if (config.filter_pids && !mark)
		return false;
	if (config.filter_uids) {
		__u32 uid = bpf_get_current_uid_gid();

		return bpf_map_lookup_elem(&uids, &uid) != 0;
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

/*
 * Where a program is for one site, the kind is a constant of it: read at each use, since the verifier forgets what it
 * knows of a value that lies on the stack meanwhile.
 */
static __always_inline __u16 site_kind(const struct go_hit *go)
{
	__u16 only = config.site_kind;

	return only ? only : go->site.kind;
}

/* Whether there is something to tell: data, or a connection that begins. */
static __always_inline bool find_payload(struct pt_regs *ctx, struct go_hit *go, const bool sleepable)
{
	switch (site_kind(go)) {
	case SITE_GO_WRITE:
		return on_write(ctx, go, sleepable);
	case SITE_GO_WRITE_RETURN:
		on_write_return(ctx, go);
		return false;
	case SITE_GO_CLOSE:
		go->hit.pointer = entry_argument(ctx, go->register_abi, 0, sleepable);
		announce_quiet(&go->hit);
		close_connection(&go->hit);
		return false;
	case SITE_GO_SOCKET_WRITE:
		if (sleepable)
			on_socket_write_sleepable(ctx, go);
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
	struct pt_regs *registers = ctx;
	struct go_profile *profile;
	struct go_hit go = {};

	use_stack_of_task(ctx);
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
	go.site.kind = site->kind;
	go.site.flags = site->flags;
	go.site.receiver_offset = site->receiver_offset;
	go.hit.profile = site->profile;
	profile = bpf_map_lookup_elem(&go_profiles, &go.hit.profile);
	if (!profile)
		return 0;
	go.register_abi = profile->register_abi != 0;
	go.hit.time_ns = bpf_ktime_get_ns();
	go.bias = PROGRAM_COUNTER(ctx) - site->address;
	/* The verifier takes no pointer into ctx that is made once for this and later reads: clang must not see that it could. */
	asm volatile("" : "+r"(registers));
	go.g = goroutine(registers, &go);
	go.stack_pointer = STACK_POINTER(registers);
	if (site_kind(&go) == SITE_GO_SECRET) {
		on_secret(ctx, &go, sleepable);
		return 0;
	}
	if (!find_payload(ctx, &go, sleepable))
		return 0;
	if (go.site.flags & SITE_FLAG_IN_WRAPPER) {
		go.hit.pointer = read_word(go.hit.pointer, sleepable);
		if (!go.hit.pointer) {
			COUNT(unreadable, 1);
			return 0;
		}
	}
	emit(&go, sleepable);
	if (go.hit.hello)
		begin_handshake(&go, sleepable);
	if (sleepable && go.written && is_searching())
		search_socket_sleepable(&go);
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
