/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel side is told of a probe; a part of events.h. */
#ifndef TLSTAP_SITE_H
#define TLSTAP_SITE_H

#include <linux/types.h>

/* What a probe at a site does. Names in plans are these in kebab case, without SITE_. */
enum site_kind {
	SITE_NONE = 0,
	SITE_GO_WRITE = 1,
	SITE_GO_WRITE_RETURN = 2,
	SITE_GO_CLOSE = 3,
	SITE_GO_SECRET = 4,
	SITE_GO_READ_MEMMOVE = 5,
	SITE_GO_READ_READER = 6,
	SITE_GO_READ_SLICECOPY = 7,
	SITE_GO_READ_RETURN = 8,
	SITE_GO_READ_ENTER = 9,
	SITE_GO_READ_RETURN_JOIN = 10,
	SITE_GO_SOCKET_WRITE = 11,
};

enum site_flag {
	SITE_FLAG_AT_STACK_CHECK = 1, /* skip the hit when the jump will be taken: it restarts */
	SITE_FLAG_AT_ENTRY = 2,	      /* a restart hits twice: the second one is dropped */
	SITE_FLAG_WHOLE_SLICES = 4,   /* slicecopy(to, from []T, width), Go up to 1.14 */
	SITE_FLAG_WITH_LABEL = 8,     /* writeKeyLog has a label, Go 1.12 and later */
	SITE_FLAG_IN_WRAPPER = 16,    /* the receiver begins with a pointer to the connection */
};

/* A row of `sites`; its index is the attach cookie. */
struct probe_site {
	__u32 profile;
	__u16 kind;
	__u16 flags;
	__u64 address;	       /* link-time address of the probed instruction */
	__u64 receiver_offset; /* from SP to the slot of the receiver */
};

#endif
