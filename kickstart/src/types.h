/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of values, and the checks of their syntax.  Only the text is looked at:
 * whether a time zone or a disk exists is known on the machine, not here.
 */
#ifndef KS_TYPES_H
#define KS_TYPES_H

#include <stdint.h>

#include "table.h"

extern const struct ks_type type_word, type_bool, type_number, type_ipv4, type_netmask,
	type_ip_list, type_hostname, type_server_list, type_device, type_mtu, type_lang,
	type_keymap, type_layouts, type_timezone, type_disk, type_disks, type_program, type_path,
	type_user;

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
