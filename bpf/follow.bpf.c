// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The processes that a started command starts: they pass every filter, and one that begins to run a file that was not
 * looked at yet is stopped before its first instruction, so that user space can attach to it.
 */
#include "maps.bpf.h"
#include "kernel.h"
#include "exec-event.h"
#include <bpf/bpf_core_read.h>

#define SIGSTOP 19
/* Levels of pid namespaces that are looked through: the kernel's own limit (MAX_PID_NS_LEVEL). */
#define MOST_LEVELS 32

/* Files that need no look any more: planned and attached, or nothing to attach to. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct file_id);
	__type(value, __u8);
} known_files SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, EXEC_RING_BYTES);
} execs SEC(".maps");

/* As tlstap's own pid namespace numbers it; 0 outside. */
static __always_inline __u32 process_number(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	struct pid *pid;
	__u32 level;

	if (!config.pid_namespace_inode)
		return BPF_CORE_READ(leader, tgid);
	pid = BPF_CORE_READ(leader, thread_pid);
	level = BPF_CORE_READ(pid, level);
	for (__u32 i = 0; i < MOST_LEVELS; i++) {
		struct upid number = {};

		if (i > level)
			break;
		if (bpf_core_read(&number, sizeof(number), &pid->numbers[i]))
			break;
		if (BPF_CORE_READ(number.ns, ns.inum) == (__u32)config.pid_namespace_inode)
			return number.nr;
	}
	return 0;
}

static __always_inline bool is_followed(__u32 pid)
{
	__u8 *mark = pid ? bpf_map_lookup_elem(&pids, &pid) : 0;

	return mark && *mark == PID_ALWAYS;
}

/* Where a file's time of change is has changed twice: Linux 6.7 and 6.11. */
static __always_inline void read_change_time(struct inode *inode, struct file_id *id)
{
	struct inode___seconds *newest = (void *)inode;
	struct inode___hidden *hidden = (void *)inode;
	struct inode___open *open = (void *)inode;

	if (bpf_core_field_exists(newest->i_mtime_sec)) {
		id->seconds = BPF_CORE_READ(newest, i_mtime_sec);
		id->nanoseconds = BPF_CORE_READ(newest, i_mtime_nsec);
	} else if (bpf_core_field_exists(hidden->__i_mtime)) {
		id->seconds = BPF_CORE_READ(hidden, __i_mtime.tv_sec);
		id->nanoseconds = BPF_CORE_READ(hidden, __i_mtime.tv_nsec);
	} else if (bpf_core_field_exists(open->i_mtime)) {
		id->seconds = BPF_CORE_READ(open, i_mtime.tv_sec);
		id->nanoseconds = BPF_CORE_READ(open, i_mtime.tv_nsec);
	}
}

/* (struct task_struct *parent, struct task_struct *child), before the child runs. */
SEC("raw_tp/sched_process_fork")
int follow_fork(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *parent = (void *)ctx->args[0];
	struct task_struct *child = (void *)ctx->args[1];
	__u8 mark = PID_ALWAYS;
	__u32 pid;

	/* A thread belongs to a process that is marked already. */
	if (BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0;
	if (!is_followed(process_number(parent)))
		return 0;
	pid = process_number(child);
	if (pid)
		bpf_map_update_elem(&pids, &pid, &mark, BPF_ANY);
	return 0;
}

/* (struct task_struct *task, pid_t old_pid, struct linux_binprm *binary), in the process, before it runs the file. */
SEC("raw_tp/sched_process_exec")
int follow_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	__u32 pid = process_number(task);
	struct exec_event *event;
	struct file_id file = {};
	struct inode *inode;

	if (is_stopped() || !is_followed(pid))
		return 0;
	inode = BPF_CORE_READ(task, mm, exe_file, f_inode);
	file.inode = BPF_CORE_READ(inode, i_ino);
	file.size = BPF_CORE_READ(inode, i_size);
	file.device = BPF_CORE_READ(inode, i_sb, s_dev);
	read_change_time(inode, &file);
	if (bpf_map_lookup_elem(&known_files, &file))
		return 0;
	/* Nobody is stopped of whom user space does not learn. */
	event = bpf_ringbuf_reserve(&execs, sizeof(*event), 0);
	if (!event)
		return 0;
	event->pid = pid;
	event->padding = 0;
	event->file = file;
	bpf_send_signal(SIGSTOP);
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/* (struct task_struct *task): its number may be somebody else's soon. */
SEC("raw_tp/sched_process_exit")
int follow_exit(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	__u32 pid;

	if (BPF_CORE_READ(task, signal, live.counter))
		return 0;
	pid = process_number(task);
	if (is_followed(pid))
		bpf_map_delete_elem(&pids, &pid);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
