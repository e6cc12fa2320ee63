// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Never loaded: carries the type information of events.h for scripts/generate-layout.mjs. */
#include "events.h"
#include "exec-event.h"

struct open_event open_event;
struct close_event close_event;
struct secret_event secret_event;
struct packet_event packet_event;
struct interface_counters interface_counters;
struct packet_config packet_config;
struct probe_site probe_site;
struct go_profile go_profile;
struct ledger_key ledger_key;
struct ledger_entry ledger_entry;
struct counters counters;
struct exec_event exec_event;
struct capture_config capture_config;
struct owner_config owner_config;
struct packet_owner packet_owner;
enum limit limit;
enum event_type event_type;
enum direction direction;
enum packet_direction packet_direction;
enum gap_reason gap_reason;
enum role role;
enum identity identity;
enum event_flag event_flag;
enum pid_mark pid_mark;
enum site_kind site_kind;
enum site_flag site_flag;
