/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TLSTAP_TASK_STACK_BPF_H
#define TLSTAP_TASK_STACK_BPF_H

#include "maps.bpf.h"

/*
 * To be said once in every program that runs at a uprobe.
 *
 * Linux 6.13 and later move the frames of programs to memory of the CPU ("private stack": bpf_enable_priv_stack() and
 * check_max_stack_depth(), kernel/bpf/verifier.c), counting on it that the next program there comes after the end of
 * this one. At uprobes that does not hold: they may be preempted, and sleep. The next one then overwrites what the one
 * that waits has on its stack. Programs with a tail call are excepted, even if it is never reached, as this one.
 */
static __always_inline void use_stack_of_task(void *ctx)
{
	/* No site has this number. */
	if (config.site_constant == ~0u)
		bpf_tail_call(ctx, (void *)0, 0);
}

#endif
