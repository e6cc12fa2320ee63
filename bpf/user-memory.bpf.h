/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading the traced program's memory. A plain read fails where a page is not
 * resident (and, on arm64 without a hardware accessed flag, on resident ones too);
 * a sleepable program then tries again and lets the page fault happen.
 */
#ifndef TLSTAP_USER_MEMORY_BPF_H
#define TLSTAP_USER_MEMORY_BPF_H

#include "maps.bpf.h"

static __always_inline long read_user(void *to, __u32 length, __u64 from, const bool sleepable)
{
	long failed = bpf_probe_read_user(to, length, (void *)from);

	/* The second for functions that both programs call: Linux 5.10 does not know the helper, and must not see the call. */
	if (failed && sleepable && config.may_sleep)
		failed = bpf_copy_from_user(to, length, (void *)from);
	return failed;
}

/* Not static: the verifier then looks at them once, and not again at each call. */
__noinline __u64 read_word_sleepable(__u64 from)
{
	__u64 word = 0;

	return read_user(&word, sizeof(word), from, true) ? 0 : word;
}

__noinline __u64 read_word_plain(__u64 from)
{
	__u64 word = 0;

	return read_user(&word, sizeof(word), from, false) ? 0 : word;
}

/* One word, or 0: every caller takes 0 for "not there". */
static __always_inline __u64 read_word(__u64 from, const bool sleepable)
{
	if (!from)
		return 0;
	return sleepable ? read_word_sleepable(from) : read_word_plain(from);
}

#endif
