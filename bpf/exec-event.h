/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is told of programs that a followed command runs; belongs to the layout of events.h. */
#ifndef TLSTAP_EXEC_EVENT_H
#define TLSTAP_EXEC_EVENT_H

#include <linux/types.h>

/* A file that is run, and the state of its contents. */
struct file_id {
	__u64 inode;
	__u64 size;
	__u64 seconds; /* of its last change */
	__u32 nanoseconds;
	__u32 device;
};

/* A followed process that was stopped before the first instruction of a file. */
struct exec_event {
	__u32 pid;
	__u32 padding;
	struct file_id file;
};

#endif
