// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets into the ring. An entry program for each interface and direction counts, runs the user's filter and
 * tail-calls this one; it passes what it knows in skb->cb.
 */
#include "maps.bpf.h"
#include "owner.bpf.h"
#include "packet-slot.bpf.h"

/* TCX_NEXT, TC_ACT_UNSPEC: programs after ours run as if it were not there. */
#define NEXT -1

/* Most packets without payload fit; a reservation of constant size is cheaper than copying twice. */
#define SMALL_PACKET_BYTES 192

#define ETHERNET_TYPE_OFFSET 12
#define ETHERNET_TYPE_VLAN 0x8100
#define ETHERNET_TYPE_QINQ 0x88a8
#define MOST_VLAN_TAGS 3

/* Of the loopback device in each network namespace: LOOPBACK_IFINDEX of include/net/net_namespace.h. */
#define LOOPBACK_INDEX 1

const volatile struct packet_config packet_config SEC(".rodata.packets") = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, MAX_INTERFACES);
	__type(key, __u32);
	__type(value, struct interface_counters);
} interfaces SEC(".maps");

/* What entry programs call; user space fills it. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} capture_program SEC(".maps");

struct small_packet {
	struct packet_event event;
	__u8 bytes[SMALL_PACKET_BYTES];
};

/* Where the IP header begins in the buffer, which has no outer VLAN tag; inner ones are passed over. */
static __always_inline __u32 find_network_header(struct __sk_buff *skb)
{
	__u32 offset = packet_config.link_header_bytes;
	__u16 type;

	if (!offset)
		return 0;
	for (int i = 0; i < MOST_VLAN_TAGS; i++) {
		if (bpf_skb_load_bytes(skb, offset - sizeof(type), &type, sizeof(type)))
			break;
		if (type != bpf_htons(ETHERNET_TYPE_VLAN) && type != bpf_htons(ETHERNET_TYPE_QINQ))
			break;
		offset += VLAN_TAG_BYTES;
	}
	return offset;
}

/* A packet whose owner is not known is nobody's that was asked for. */
static __always_inline bool is_wanted(const struct packet_owner *owner)
{
	__u32 pid = owner->pid, uid = owner->uid;
	__u8 *mark;

	if (!config.filter_pids && !config.filter_uids)
		return true;
	if (!pid)
		return false;
	mark = bpf_map_lookup_elem(&pids, &pid);
	if (mark && *mark == PID_ALWAYS)
		return true;
	if (config.filter_pids && !mark)
		return false;
	return !config.filter_uids || bpf_map_lookup_elem(&uids, &uid);
}

static __always_inline void fill_event(struct packet_event *event, struct __sk_buff *skb, __u32 length,
				       const struct packet_owner *owner)
{
	__builtin_memset(event, 0, sizeof(*event));
	event->header.type = EVENT_PACKET;
	event->header.direction = skb->cb[2];
	event->header.length = length;
	event->header.time_ns = bpf_ktime_get_ns();
	event->header.pid = owner->pid;
	event->interface = skb->cb[1];
	event->original_length = wire_length(skb);
	event->uid = owner->uid;
	event->segment_bytes = skb->gso_size;
	__builtin_memcpy(event->comm, owner->comm, sizeof(event->comm));
}

static __always_inline bool emit_small(struct __sk_buff *skb, __u32 length, const struct packet_owner *owner)
{
	struct small_packet *packet = bpf_ringbuf_reserve(&ring, sizeof(*packet), 0);

	if (!packet)
		return false;
	fill_event(&packet->event, skb, length, owner);
	if (!load_packet(skb, packet->bytes, length, SMALL_PACKET_BYTES)) {
		bpf_ringbuf_discard(packet, BPF_RB_NO_WAKEUP);
		return false;
	}
	bpf_ringbuf_submit(packet, BPF_RB_NO_WAKEUP);
	return true;
}

static __always_inline bool emit_large(struct __sk_buff *skb, __u64 length, const struct packet_owner *owner)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct packet_slot *slot = bpf_map_lookup_elem(&packet_slots, &cpu);

	if (!slot)
		return false;
	fill_event(&slot->event, skb, length, owner);
	if (!load_packet(skb, slot->bytes, length, MAX_PACKET_BYTES))
		return false;
	asm volatile("" : "+r"(length));
	if (length > MAX_PACKET_BYTES)
		return false;
	return bpf_ringbuf_output(&ring, slot, sizeof(slot->event) + length, BPF_RB_NO_WAKEUP) == 0;
}

/*
 * The packet's process: on the loopback device, where it passes once for both its ends, the sender, unless
 * only the receiver is one that was asked for.
 */
static __always_inline bool find_wanted_owner(struct __sk_buff *skb, struct packet_owner *owner)
{
	const __u32 header = find_network_header(skb);
	struct packet_owner receiver = {};

	if (!find_owner(skb, skb->cb[2], header, owner))
		owner->pid = 0;
	if (is_wanted(owner))
		return true;
	if (skb->ifindex != LOOPBACK_INDEX || skb->cb[2] != PACKET_OUT)
		return false;
	if (!find_owner(skb, PACKET_IN, header, &receiver) || !is_wanted(&receiver))
		return false;
	*owner = receiver;
	return true;
}

SEC("tc")
int packets_capture(struct __sk_buff *skb)
{
	__u32 interface = skb->cb[1];
	struct interface_counters *counters = bpf_map_lookup_elem(&interfaces, &interface);
	struct packet_owner owner = {};
	__u32 length = wire_length(skb);
	bool done;

	if (!counters)
		return NEXT;
	if (!find_wanted_owner(skb, &owner)) {
		counters->of_others++;
		return NEXT;
	}
	if (length > skb->cb[0])
		length = skb->cb[0];
	if (length > MAX_PACKET_BYTES)
		length = MAX_PACKET_BYTES;
	done = length <= SMALL_PACKET_BYTES ? emit_small(skb, length, &owner) : emit_large(skb, length, &owner);
	if (done)
		counters->captured++;
	else
		counters->dropped++;
	return NEXT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
