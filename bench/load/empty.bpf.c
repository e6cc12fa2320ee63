// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Does nothing: what probes alone cost at the places where tlstap puts them. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("uprobe.s")
int empty_sleepable(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
