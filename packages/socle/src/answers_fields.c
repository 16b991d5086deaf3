/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answers_fields.h"

#include "kickstart/answers.h"

#define F(of, kind, field) { .name = #field, .type = kind, .at = offsetof(struct of, field) }
#define C(of, field, words) \
	{ .name = #field, .type = CHOICE, .at = offsetof(struct of, field), .names = words }
#define P(of, field, part) \
	{ .name = #field, .type = PART, .at = offsetof(struct of, field), .fields = part }
#define LINE(of) { .name = "line", .type = PLACE, .at = offsetof(struct of, pos) }
#define M(array, number, item)                   \
	{ .name = #array,                        \
	  .type = MANY,                          \
	  .at = offsetof(struct answers, array), \
	  .fields = item##_fields,               \
	  .size = sizeof(struct ks_##item),      \
	  .count = offsetof(struct answers, number) }

static const char *const clear_words[] = { NULL, "none", "linux", "all" };
static const char *const proto_words[] = { "dhcp", "static", "ibft" };
static const char *const finish_words[] = { NULL, "reboot", "poweroff", "halt" };
static const char *const when_words[] = { "post",    "pre",	  "pre-install",
					  "onerror", "traceback", "firstboot" };

static const struct field network_fields[] = {
	LINE(ks_network),
	F(ks_network, STRING, device),
	C(ks_network, proto, proto_words),
	F(ks_network, STRING, ip),
	F(ks_network, COUNT, prefix),
	F(ks_network, STRING, gateway),
	F(ks_network, LIST, dns),
	F(ks_network, STRING, hostname),
	F(ks_network, COUNT, mtu),
	F(ks_network, FLAG, inactive),
	F(ks_network, FLAG, ipv6_off),
	F(ks_network, FLAG, ipv4_off),
	F(ks_network, FLAG, no_default_route),
	F(ks_network, FLAG, no_dns),
	F(ks_network, STRING, ipv6),
	F(ks_network, STRING, ipv6_gateway),
	F(ks_network, STRING, vlan),
	F(ks_network, STRING, interface_name),
	F(ks_network, LIST, bond_slaves),
	F(ks_network, STRING, bond_options),
	F(ks_network, LIST, bridge_slaves),
	F(ks_network, STRING, bridge_options),
	F(ks_network, STRING, team_slaves),
	F(ks_network, STRING, team_config),
	F(ks_network, STRING, bind_to),
	F(ks_network, LIST, search),
	F(ks_network, LIST, search6),
	F(ks_network, STRING, ethtool),
	F(ks_network, STRING, dhcp_class),
	{ 0 },
};

static const struct field sshkey_fields[] = {
	LINE(ks_sshkey),
	F(ks_sshkey, STRING, user),
	F(ks_sshkey, STRING, key),
	{ 0 },
};

static const struct field sshpw_fields[] = {
	LINE(ks_sshpw),
	F(ks_sshpw, SECRET, password),
	F(ks_sshpw, FLAG, crypted),
	F(ks_sshpw, STRING, key),
	{ 0 },
};

static const struct field user_fields[] = {
	LINE(ks_user),
	F(ks_user, STRING, name),
	F(ks_user, SECRET, password),
	F(ks_user, FLAG, crypted),
	F(ks_user, FLAG, locked),
	F(ks_user, LIST, groups),
	F(ks_user, ID, uid),
	F(ks_user, ID, gid),
	F(ks_user, STRING, home),
	F(ks_user, STRING, shell),
	F(ks_user, STRING, gecos),
	{ 0 },
};

static const struct field group_fields[] = {
	LINE(ks_group),
	F(ks_group, STRING, name),
	F(ks_group, ID, gid),
	{ 0 },
};

static const struct field filesystem_fields[] = {
	F(ks_filesystem, STRING, type),
	F(ks_filesystem, STRING, label),
	F(ks_filesystem, STRING, options),
	F(ks_filesystem, STRING, make_options),
	F(ks_filesystem, STRING, profile),
	F(ks_filesystem, FLAG, keep),
	F(ks_filesystem, FLAG, hibernation),
	F(ks_filesystem, FLAG, encrypted),
	F(ks_filesystem, SECRET, passphrase),
	F(ks_filesystem, STRING, luks_version),
	{ 0 },
};

static const struct field part_fields[] = {
	LINE(ks_part),
	F(ks_part, STRING, mount),
	F(ks_part, NUMBER, size),
	F(ks_part, NUMBER, max_size),
	F(ks_part, FLAG, grow),
	F(ks_part, FLAG, recommended),
	F(ks_part, FLAG, resize),
	F(ks_part, FLAG, primary),
	F(ks_part, STRING, disk),
	F(ks_part, STRING, part),
	P(ks_part, fs, filesystem_fields),
	{ 0 },
};

static const struct field raid_fields[] = {
	LINE(ks_raid),
	F(ks_raid, STRING, mount),
	F(ks_raid, STRING, device),
	F(ks_raid, STRING, level),
	F(ks_raid, NUMBER, spares),
	F(ks_raid, NUMBER, chunk_size),
	F(ks_raid, FLAG, existing),
	F(ks_raid, LIST, members),
	P(ks_raid, fs, filesystem_fields),
	{ 0 },
};

static const struct field volgroup_fields[] = {
	LINE(ks_volgroup),
	F(ks_volgroup, STRING, name),
	F(ks_volgroup, NUMBER, extent),
	F(ks_volgroup, NUMBER, reserved),
	F(ks_volgroup, NUMBER, reserved_percent),
	F(ks_volgroup, FLAG, existing),
	F(ks_volgroup, LIST, members),
	{ 0 },
};

static const struct field logvol_fields[] = {
	LINE(ks_logvol),
	F(ks_logvol, STRING, mount),
	F(ks_logvol, STRING, name),
	F(ks_logvol, STRING, group),
	F(ks_logvol, NUMBER, size),
	F(ks_logvol, NUMBER, max_size),
	F(ks_logvol, NUMBER, percent),
	F(ks_logvol, FLAG, grow),
	F(ks_logvol, FLAG, recommended),
	F(ks_logvol, FLAG, resize),
	F(ks_logvol, FLAG, existing),
	F(ks_logvol, FLAG, pool),
	F(ks_logvol, FLAG, thin),
	F(ks_logvol, STRING, pool_name),
	F(ks_logvol, NUMBER, metadata_size),
	F(ks_logvol, NUMBER, chunk_size),
	F(ks_logvol, NUMBER, cache_size),
	F(ks_logvol, STRING, cache_mode),
	F(ks_logvol, LIST, cache_members),
	P(ks_logvol, fs, filesystem_fields),
	{ 0 },
};

static const struct field bootloader_fields[] = {
	LINE(ks_bootloader),
	F(ks_bootloader, STRING, append),
	F(ks_bootloader, STRING, xen_append),
	F(ks_bootloader, STRING, drive),
	F(ks_bootloader, ID, timeout),
	F(ks_bootloader, SECRET, password),
	F(ks_bootloader, FLAG, crypted),
	F(ks_bootloader, STRING, location),
	F(ks_bootloader, FLAG, keep_boot_order),
	F(ks_bootloader, STRING, order),
	F(ks_bootloader, FLAG, no_mbr),
	F(ks_bootloader, FLAG, none),
	{ 0 },
};

static const struct field origin_fields[] = {
	LINE(ks_origin),
	F(ks_origin, WORD, kind),
	F(ks_origin, STRING, url),
	F(ks_origin, STRING, mirrors),
	F(ks_origin, STRING, server),
	F(ks_origin, STRING, directory),
	F(ks_origin, STRING, options),
	F(ks_origin, STRING, partition),
	F(ks_origin, STRING, proxy),
	F(ks_origin, STRING, checksum),
	F(ks_origin, FLAG, unverified),
	{ 0 },
};

static const struct field iscsi_fields[] = {
	LINE(ks_iscsi),
	F(ks_iscsi, STRING, address),
	F(ks_iscsi, STRING, target),
	F(ks_iscsi, NUMBER, port),
	F(ks_iscsi, STRING, user),
	F(ks_iscsi, SECRET, password),
	F(ks_iscsi, STRING, reverse_user),
	F(ks_iscsi, SECRET, reverse_password),
	F(ks_iscsi, STRING, interface),
	{ 0 },
};

static const struct field disk_fields[] = {
	LINE(ks_disk),
	F(ks_disk, STRING, serial),
	F(ks_disk, STRING, wwn),
	F(ks_disk, STRING, model),
	F(ks_disk, STRING, path),
	F(ks_disk, STRING, transport),
	F(ks_disk, STRING, size),
	{ 0 },
};

static const struct field mirror_fields[] = {
	LINE(ks_mirror),
	F(ks_mirror, FLAG, missing),
	{ 0 },
};

static const struct field dom0_fields[] = {
	LINE(ks_dom0),
	F(ks_dom0, NUMBER, memory),
	F(ks_dom0, NUMBER, vcpus),
	{ 0 },
};

static const struct field guests_fields[] = {
	LINE(ks_guests),
	F(ks_guests, STRING, type),
	F(ks_guests, STRING, size),
	F(ks_guests, FLAG, keep),
	{ 0 },
};

static const struct field preflight_fields[] = {
	LINE(ks_preflight),
	F(ks_preflight, LIST, skip),
	{ 0 },
};

static const struct field bridge_fields[] = {
	LINE(ks_bridge),
	F(ks_bridge, STRING, name),
	{ 0 },
};

static const struct field appliance_fields[] = {
	LINE(ks_appliance),
	F(ks_appliance, STRING, source),
	F(ks_appliance, STRING, name),
	F(ks_appliance, STRING, type),
	F(ks_appliance, STRING, sha256),
	F(ks_appliance, FLAG, accept_eula),
	F(ks_appliance, FLAG, start),
	{ 0 },
};

static const struct field script_fields[] = {
	LINE(ks_script),
	C(ks_script, when, when_words),
	F(ks_script, FLAG, nochroot),
	F(ks_script, FLAG, error_on_fail),
	F(ks_script, STRING, interpreter),
	F(ks_script, STRING, log),
	F(ks_script, NUMBER, timeout),
	F(ks_script, SCRIPT, body),
	{ 0 },
};

static const struct field certificate_fields[] = {
	LINE(ks_certificate),
	F(ks_certificate, STRING, name),
	F(ks_certificate, STRING, folder),
	F(ks_certificate, SCRIPT, body),
	{ 0 },
};

static const struct field firewall_fields[] = {
	LINE(ks_firewall),
	F(ks_firewall, FLAG, enabled),
	F(ks_firewall, FLAG, ssh),
	F(ks_firewall, FLAG, http),
	F(ks_firewall, FLAG, smtp),
	F(ks_firewall, FLAG, ftp),
	F(ks_firewall, FLAG, telnet),
	F(ks_firewall, LIST, services),
	F(ks_firewall, LIST, closed),
	F(ks_firewall, LIST, ports),
	F(ks_firewall, LIST, trusted),
	{ 0 },
};

static const struct field webhook_fields[] = {
	LINE(ks_webhook),
	F(ks_webhook, STRING, url),
	F(ks_webhook, SECRET, token),
	F(ks_webhook, STRING, fingerprint),
	F(ks_webhook, LIST, events),
	{ 0 },
};

static const struct field on_failure_fields[] = {
	LINE(ks_on_failure),
	F(ks_on_failure, STRING, then),
	F(ks_on_failure, STRING, bundle),
	F(ks_on_failure, SECRET, token),
	F(ks_on_failure, STRING, fingerprint),
	{ 0 },
};

static const struct field unmet_fields[] = {
	LINE(ks_unmet),
	F(ks_unmet, STRING, text),
	{ 0 },
};

const struct field answers_fields[] = {
	F(answers, STRING, lang),
	F(answers, STRING, keyboard),
	F(answers, STRING, timezone),
	F(answers, FLAG, utc),
	F(answers, LIST, ntp),
	F(answers, FLAG, ntp_off),
	F(answers, SECRET, root_password),
	F(answers, FLAG, root_crypted),
	F(answers, FLAG, root_locked),
	F(answers, FLAG, root_ssh),
	M(sshkeys, sshkey_count, sshkey),
	M(sshpws, sshpw_count, sshpw),
	M(users, user_count, user),
	M(groups, group_count, group),
	F(answers, LIST, only_use),
	F(answers, LIST, ignore),
	M(disks, disk_count, disk),
	P(answers, mirror, mirror_fields),
	F(answers, FLAG, zerombr),
	C(answers, clear, clear_words),
	F(answers, FLAG, autopart),
	M(parts, part_count, part),
	M(raids, raid_count, raid),
	M(volgroups, volgroup_count, volgroup),
	M(logvols, logvol_count, logvol),
	P(answers, bootloader, bootloader_fields),
	M(iscsis, iscsi_count, iscsi),
	M(networks, network_count, network),
	P(answers, origin, origin_fields),
	P(answers, dom0, dom0_fields),
	P(answers, guests, guests_fields),
	P(answers, bridge, bridge_fields),
	M(appliances, appliance_count, appliance),
	M(scripts, script_count, script),
	M(certificates, certificate_count, certificate),
	M(webhooks, webhook_count, webhook),
	P(answers, on_failure, on_failure_fields),
	P(answers, firewall, firewall_fields),
	F(answers, LIST, services_on),
	F(answers, LIST, services_off),
	C(answers, finish, finish_words),
	F(answers, FLAG, eject),
	F(answers, FLAG, no_eject),
	P(answers, preflight, preflight_fields),
	F(answers, FLAG, reinstall),
	M(unmet, unmet_count, unmet),
	F(answers, LIST, files),
	{ 0 },
};
