/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a *tls.Conn to its socket: the net.Conn in it is a *net.TCPConn or *net.UnixConn, a struct that
 * begins with another net.Conn, or a struct that begins with a *net.TCPConn.
 */
#ifndef TLSTAP_GO_SOCKET_BPF_H
#define TLSTAP_GO_SOCKET_BPF_H

#include "socket.bpf.h"
#include "go-abi.bpf.h"

#define MAX_WRAPPERS 5
/* net.Conn's methods in the itab are sorted: Close, LocalAddr, Read, … (runtime/iface.go). */
#define ITAB_READ (24 + 2 * 8)
#define ITAB_READ_BEFORE_1_10 (32 + 2 * 8)
/* net.netFD.pfd.Sysfd; was sysfd, at the same place, in Go 1.8. */
#define NETFD_SYSFD 16
#define SOCK_STREAM 1

struct go_interface {
	__u64 itab;
	__u64 data;
};

/* Both itab layouts are tried: only equality with a function's address counts, so nothing can go wrong. */
static __always_inline bool is_net_conn(__u64 itab, __u64 bias, const struct go_profile *profile, const bool sleepable)
{
	__u64 read = read_word(itab + ITAB_READ, sleepable) - bias;

	if (read && (read == profile->tcp_read || read == profile->unix_read))
		return true;
	read = read_word(itab + ITAB_READ_BEFORE_1_10, sleepable) - bias;
	return read && (read == profile->tcp_read || read == profile->unix_read);
}

static __always_inline void walk_to_socket(const struct hit *hit, __u64 bias, const struct go_profile *profile,
				      struct socket_identity *found, const bool sleepable)
{
	struct go_interface conn = { read_word(hit->pointer, sleepable), read_word(hit->pointer + 8, sleepable) };

	found->identity = IDENTITY_NO_CONNECTION;
	if (!conn.itab || !conn.data)
		return;
	found->identity = IDENTITY_WRAPPED;
	for (int depth = 0; depth < MAX_WRAPPERS; depth++) {
		__u64 first = read_word(conn.data, sleepable);
		__u64 embedded;

		if (is_net_conn(conn.itab, bias, profile, sleepable)) {
			find_socket((__s32)read_word(first + NETFD_SYSFD, sleepable), found);
			return;
		}
		/* A wrapper's first field: another net.Conn, whose itab lies in the program … */
		if (first - bias >= profile->segments_low && first - bias < profile->segments_high) {
			conn.itab = first;
			conn.data = read_word(conn.data + 8, sleepable);
			continue;
		}
		/* … or a *net.TCPConn, recognised by what its netFD says and what the socket then is. */
		embedded = read_word(first, sleepable);
		if (profile->family_offset && embedded) {
			__u64 family = read_word(embedded + profile->family_offset, sleepable);
			__u64 type = read_word(embedded + profile->family_offset + 8, sleepable);

			if ((family == AF_INET || family == AF_INET6) && type == SOCK_STREAM)
				find_socket((__s32)read_word(embedded + NETFD_SYSFD, sleepable), found);
		}
		return;
	}
}

/* One each: a program that cannot sleep must not even refer to what only others may call (before Linux 6.8). */
static __noinline void find_go_socket_sleepable(const struct hit *hit, __u64 bias, const struct go_profile *profile,
						struct socket_identity *found)
{
	walk_to_socket(hit, bias, profile, found, true);
}

static __noinline void find_go_socket_plain(const struct hit *hit, __u64 bias, const struct go_profile *profile,
					    struct socket_identity *found)
{
	walk_to_socket(hit, bias, profile, found, false);
}

static __always_inline void find_go_socket(const struct hit *hit, __u64 bias, const struct go_profile *profile,
					   struct socket_identity *found, const bool sleepable)
{
	if (sleepable)
		find_go_socket_sleepable(hit, bias, profile, found);
	else
		find_go_socket_plain(hit, bias, profile, found);
}

#endif
