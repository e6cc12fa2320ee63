/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The only place where the layout between kernel and user space is written.
 * src/event/kernel-layout.ts is generated from it: npm run layout.
 */
#ifndef TLSTAP_EVENTS_H
#define TLSTAP_EVENTS_H

#include <linux/types.h>

#include "site.h"

/* Enumerators, not macros: user space learns them from the object's type information. */
enum limit {
	CHUNK_BYTES = 16384, /* bytes copied per ring record; a longer buffer goes in several records */
	MAX_CHUNKS = 4096,   /* of one call; what is beyond is a gap */
	MAX_CHUNKS_BOUNDED = 64, /* the same where the kernel has no bpf_loop */
	MAX_SITES = 4096,
	MAX_PROFILES = 256,
	MAX_CONNECTIONS = 65536,
	MAX_FILTERS = 1024,
	EXEC_RING_BYTES = 262144,
	MAX_FOLLOWED = 65536, /* processes that a started command has started */
	COMM_BYTES = 16,
	UNIX_PATH_BYTES = 108,
	SECRET_LABEL_BYTES = 48,
	SECRET_RANDOM_BYTES = 32,
	SECRET_BYTES = 64,
	MAX_SOCKETS = 65536, /* whose owners are remembered apart from the sockets themselves */
	MAX_FRAGMENTED = 4096, /* datagrams whose fragments are waited for */
	MAX_PACKET_BYTES = 540672, /* captured of one packet: more than GSO_MAX_SIZE (524,280, BIG TCP) with headers */
	MAX_INTERFACES = 4096,
};

enum event_type {
	EVENT_OPEN = 1,
	EVENT_DATA = 2,
	EVENT_CLOSE = 3,
	EVENT_SECRET = 4,
	EVENT_PACKET = 5,
};

enum direction {
	DIRECTION_READ = 0,
	DIRECTION_WRITE = 1,
};

/* Why bytes before an event are missing. */
enum gap_reason {
	GAP_NONE = 0,
	GAP_RING_FULL = 1,
	GAP_FAULT = 2,
	GAP_TOO_LONG = 3,
	GAP_TABLE_FULL = 4,
};

enum role {
	ROLE_UNKNOWN = 0,
	ROLE_CLIENT = 1,
	ROLE_SERVER = 2,
};

/* How the socket behind a connection object was found, or why not. */
enum identity {
	IDENTITY_KNOWN = 0,
	IDENTITY_NO_CONNECTION = 1, /* the object holds no connection */
	IDENTITY_WRAPPED = 2,	    /* a net.Conn of a type that is not recognised */
	IDENTITY_NOT_A_SOCKET = 3,  /* the descriptor is closed, or no socket */
	IDENTITY_OTHER_FAMILY = 4,  /* a socket that is neither TCP/IP nor Unix */
	IDENTITY_SEVERAL = 5,	    /* wrapped, and what it writes goes to several sockets */
};

/* Whether a wrapped connection's own records were seen on a socket, and since when that is believed. */
enum learnt {
	LEARNT_NOTHING = 0,
	LEARNT_BY_HELLO = 1,  /* believed once the peer has answered */
	LEARNT_BY_RECORD = 2, /* believed once that write is over */
	LEARNT_SURE = 3,
	LEARNT_SEVERAL = 4,
};

enum event_flag {
	EVENT_FLAG_NO_LEDGER = 1,   /* the table was full: offset and generation are unknown */
	EVENT_FLAG_JOINED_LATE = 2, /* no handshake was seen */
};

/*
 * Begins every ring record. `pointer` and `generation` name the connection: the
 * same object at the same address is a new connection when its generation changes.
 */
struct event_header {
	__u8 type;
	__u8 direction;
	__u8 gap_reason;
	__u8 flags;
	__u32 length; /* payload bytes after the header */
	__u64 time_ns;
	__u32 pid;
	__u32 tid;
	__u64 pointer;
	__u64 generation;
	__u64 offset; /* of the payload in its direction's stream */
};

struct open_event {
	struct event_header header;
	__u64 socket_inode;
	__u32 uid;
	__s32 fd;
	__u32 profile; /* index of the probed binary */
	__u32 network_namespace;
	__u16 socket_family;
	__u16 local_port;
	__u16 remote_port;
	__u8 role;
	__u8 identity;
	__u8 local_address[16];
	__u8 remote_address[16];
	__u16 local_path_length; /* with the leading NUL of an abstract name */
	__u16 remote_path_length;
	char comm[COMM_BYTES];
	char local_path[UNIX_PATH_BYTES];
	char remote_path[UNIX_PATH_BYTES];
};

/* The connection was closed, or its object is used for another one: how far it came. */
struct close_event {
	struct event_header header;
	__u64 offset[2]; /* by direction */
	__u8 gap_reason[2];
	__u8 padding[6];
};

/* One line of a key log. The header's pointer and generation name its connection, or are 0 where it is not known. */
struct secret_event {
	struct event_header header;
	__u32 profile; /* index of the probed binary */
	__u8 label_length;
	__u8 secret_length;
	__u8 padding[2];
	char label[SECRET_LABEL_BYTES]; /* `CLIENT_RANDOM` and the like */
	__u8 client_random[SECRET_RANDOM_BYTES];
	__u8 secret[SECRET_BYTES];
};

/* Seen from the host. */
enum packet_direction {
	PACKET_IN = 0,
	PACKET_OUT = 1,
};

/*
 * A packet; `header.length` bytes of it follow, link-layer header first. `header.direction`
 * is a packet_direction, `header.pid` its owner (0: not known); tid, pointer, generation, offset are 0.
 */
struct packet_event {
	struct event_header header;
	__u32 interface;       /* number that user space gave it when it attached */
	__u32 original_length; /* on the wire */
	__u32 uid;	       /* of the owner */
	__u32 segment_bytes;   /* of a super-packet: what each of the packets carries that the device would make of it */
	char comm[COMM_BYTES]; /* of the owner */
};

/*
 * Of one interface, counted by every CPU for itself. The entry program counts what it receives; what its filter
 * rejects is received, but neither captured nor dropped nor of others.
 */
struct interface_counters {
	__u64 received; /* before any filter */
	__u64 captured;
	__u64 dropped; /* the ring had no room */
	__u64 of_others; /* not of the processes or users asked for */
};

/* Set before load: what the packets of an interface begin with. */
struct packet_config {
	__u32 link_header_bytes; /* 14: Ethernet; 0: IP */
};

/* Facts about a Go binary, addresses as linked. */
struct go_profile {
	__u64 register_abi;
	__u64 tcp_read;	 /* net.(*TCPConn).Read */
	__u64 unix_read; /* net.(*UnixConn).Read */
	__u64 segments_low;
	__u64 segments_high;
	__u64 family_offset; /* of `family` in net.netFD, 0: unknown */
};

/* Values of the map of processes that are filtered for. */
enum pid_mark {
	PID_WANTED = 1,
	PID_ALWAYS = 2, /* passes the filter by user, too */
};

struct ledger_key {
	__u32 pid;
	__u32 padding;
	__u64 pointer;
};

/*
 * One per connection. Offsets advance before a payload is copied, so whatever is
 * lost afterwards leaves a hole that the next event, or the last look, shows.
 */
enum close_state {
	NOT_CLOSED = 0,
	CLOSED = 1,
	CLOSED_AND_TOLD = 2,
};

struct ledger_entry {
	__u64 generation;
	__u64 socket_inode;
	__u64 offset[2]; /* by direction */
	__u8 gap_reason[2];
	__u8 announced;
	__u8 closed; /* enum close_state */
	__u8 joined_late;
	__u8 role;
	__u8 waiting[2]; /* by direction: bytes are still to come, from a page that is waited for */
	__u64 learnt_inode;
	__s32 fd; /* of the socket, or of the one that was learnt */
	__u8 learnt; /* enum learnt */
	__u8 padding[3];
};

struct counters {
	__u64 events;
	__u64 bytes;
	__u64 ring_full_events;
	__u64 ring_full_bytes;
	__u64 fault_events;
	__u64 fault_bytes;
	__u64 too_long_events;
	__u64 too_long_bytes;
	__u64 table_full;
	__u64 filtered;
	__u64 unreadable; /* hits whose receiver or length could not be read or made no sense */
	__u64 secrets;
	__u64 ring_full_secrets;
	__u64 fault_secrets;
};

/* Set before load, constant for the program. */
struct capture_config {
	__u32 filter_pids, filter_uids;
	__u64 pid_namespace_device; /* 0: the initial pid namespace */
	__u64 pid_namespace_inode;
	__u32 site_constant; /* index + 1 where the kernel has no attach cookies, else 0 */
	__u16 site_kind; /* of that site, so that the verifier looks at nothing else; 0: any */
	__u8 handshakes_only, may_sleep; /* application data is passed over; the sleepable program is the one that runs */
};

/* As the process was called when it took the socket. */
struct packet_owner {
	__u32 pid;
	__u32 uid;
	char comm[COMM_BYTES];
};

/* Set before load, for the programs that note who takes a socket. */
struct owner_config {
	__u64 pid_namespace_inode; /* 0: the initial pid namespace */
	__u32 by_address;	   /* sockets without a cookie are noted by their address */
	__u32 padding;
};

#endif
