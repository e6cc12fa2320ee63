/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a descriptor of the current process to its socket, by CO-RE only. */
#ifndef TLSTAP_SOCKET_BPF_H
#define TLSTAP_SOCKET_BPF_H

#include "maps.bpf.h"
#include "kernel.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

struct socket_identity {
	struct sock *sock;
	__u64 inode;
	__s32 fd;
	__u32 identity; /* enum identity */
};

/* Wrong identity is worse than none: anything but an open socket of a known family stays unknown. */
static __always_inline void find_socket(__s32 fd, struct socket_identity *found)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = 0;
	struct inode *inode;
	struct socket *socket;
	struct sock *sock;
	__u16 family;

	found->identity = IDENTITY_NOT_A_SOCKET;
	if (fd < 0 || (__u32)fd >= BPF_CORE_READ(table, max_fds))
		return;
	if (bpf_probe_read_kernel(&file, sizeof(file), files + fd) || !file)
		return;
	inode = BPF_CORE_READ(file, f_inode);
	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFSOCK)
		return;
	socket = BPF_CORE_READ(file, private_data);
	sock = BPF_CORE_READ(socket, sk);
	if (!sock)
		return;
	family = BPF_CORE_READ(sock, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) {
		found->identity = IDENTITY_OTHER_FAMILY;
		return;
	}
	found->sock = sock;
	found->inode = BPF_CORE_READ(inode, i_ino);
	found->fd = fd;
	found->identity = IDENTITY_KNOWN;
}

static __always_inline __u16 copy_unix_path(struct unix_sock *sock, char *to)
{
	struct unix_address *address = BPF_CORE_READ(sock, addr);
	/* `len` counts the two bytes of sun_family before the path. */
	__u32 length;

	if (!address)
		return 0;
	length = BPF_CORE_READ(address, len) - 2;
	if (length > UNIX_PATH_BYTES)
		return 0;
	bpf_probe_read_kernel(to, UNIX_PATH_BYTES, &address->name[0].sun_path);
	return length;
}

static __always_inline void describe_socket(struct sock *sock, struct open_event *event)
{
	event->socket_family = BPF_CORE_READ(sock, __sk_common.skc_family);
	event->network_namespace = BPF_CORE_READ(sock, __sk_common.skc_net.net, ns.inum);
	if (event->socket_family == AF_UNIX) {
		struct unix_sock *local = (struct unix_sock *)sock;
		struct unix_sock *remote = (struct unix_sock *)BPF_CORE_READ(local, peer);

		event->local_path_length = copy_unix_path(local, event->local_path);
		if (remote)
			event->remote_path_length = copy_unix_path(remote, event->remote_path);
		return;
	}
	event->local_port = BPF_CORE_READ(sock, __sk_common.skc_num);
	event->remote_port = bpf_ntohs(BPF_CORE_READ(sock, __sk_common.skc_dport));
	if (event->socket_family == AF_INET) {
		BPF_CORE_READ_INTO((__u32 *)event->local_address, sock, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((__u32 *)event->remote_address, sock, __sk_common.skc_daddr);
	} else {
		BPF_CORE_READ_INTO(&event->local_address, sock, __sk_common.skc_v6_rcv_saddr.in6_u.u6_addr8);
		BPF_CORE_READ_INTO(&event->remote_address, sock, __sk_common.skc_v6_daddr.in6_u.u6_addr8);
	}
}

#endif
