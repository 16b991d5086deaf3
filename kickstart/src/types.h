/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of values, and the checks of their syntax.  Only the text is looked at:
 * whether a time zone or a disk exists is known on the machine, not here.
 */
#ifndef KS_TYPES_H
#define KS_TYPES_H

#include <stdint.h>

#include "table.h"

/* Of these a wrong value is malformed. */
extern const struct ks_type type_bool, type_number, type_integer, type_positive, type_percent,
	type_part, type_scheme, type_accepted, type_size, type_level, type_fstype, type_pairs,
	type_one_disk, type_web, type_source, type_property, type_volume, type_mount, type_memory,
	type_range, type_share, type_sha256, type_checks, type_bridge, type_pin, type_webhook,
	type_events, type_bundle;

/* Of these it only is of no use, as far as its syntax tells; type_text is anything. */
extern const struct ks_type type_word, type_units, type_ports, type_services, type_text, type_texts,
	type_ip6, type_ipv6, type_host_list, type_printable, type_device_list, type_interface,
	type_list, type_ipv4, type_netmask, type_ip_list, type_hostname, type_server,
	type_server_list, type_device, type_vlan, type_mtu, type_port, type_lang, type_keymap,
	type_layouts, type_timezone, type_disk, type_disks, type_program, type_path, type_user,
	type_groups, type_url;

/* An IPv4 address in host byte order; the text was checked. */
uint32_t ipv4_number(const char *text);

/* The prefix length of "24" or "255.255.255.0", 0 when it is neither. */
unsigned int netmask_prefix(const char *text);

/* yes, on, true, 1. */
bool bool_value(const char *text);

/*
 * Whether a word is a crypt(3) hash, see crypt(5).  weak: its method is
 * one that can be broken by trying.
 */
bool is_crypt_hash(const char *text, bool *weak);

/* Whether it is one public key as authorized_keys has it, see sshd(8); why not, if not. */
bool is_ssh_key(const char *text, const char **why);

#endif
