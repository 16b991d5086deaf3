/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a vm.cfg says and no guest of ours gets: above all what would act on this host.
 */
#include <string.h>

#include "vmcfg.h"

/* How a key is dropped; one that ends in "*" stands for all that begin so.  NULL: silently. */
static const struct {
	const char *key, *reason;
} dropped[] = {
	{ "bootloader", PROGRAM },
	{ "bootloader_args", PROGRAM },
	{ "bootargs", PROGRAM },
	{ "device_model*", PROGRAM },
	{ "stubdomain*", PROGRAM },
	{ "vifscript", PROGRAM },
	{ "script", PROGRAM },
	{ "firmware_override", HOSTFILE },
	{ "bios_path_override", HOSTFILE },
	{ "acpi_firmware", HOSTFILE },
	{ "smbios*", HOSTFILE },
	{ "device_tree", HOSTFILE },
	{ "channel", HOSTFILE },
	{ "p9", HOSTFILE },
	{ "pci*", DEVICE },
	{ "dtdev", DEVICE },
	{ "ioports", DEVICE },
	{ "iomem", DEVICE },
	{ "irqs", DEVICE },
	{ "irq", DEVICE },
	{ "gfx_passthru*", DEVICE },
	{ "passthrough", DEVICE },
	{ "rdm*", DEVICE },
	{ "hostdev*", DEVICE },
	{ "usbdev", DEVICE },
	{ "usbctrl", DEVICE },
	{ "vscsi", DEVICE },
	{ "vtpm", DEVICE },
	{ "tpm*", DEVICE },
	{ "driver_domain", "would make the guest a part of this host" },
	{ "seclabel", "is a label of another host's policy" },
	{ "init_seclabel", "is a label of another host's policy" },
	{ "vncpasswd", PASSWORD },
	{ "spicepasswd", PASSWORD },
	{ "OVM_*", NULL },
	{ "on_*", NULL },
	{ "vnc*", NULL },
	{ "spice*", NULL },
	{ "cpu*", NULL },
	{ "sched*", NULL },
	{ "sdl", NULL },
	{ "vfb", NULL },
	{ "stdvga", NULL },
	{ "vga", NULL },
	{ "videoram", NULL },
	{ "keymap", NULL },
	{ "boot", NULL },
	{ "acpi*", NULL },
	{ "apic", NULL },
	{ "pae", NULL },
	{ "hap", NULL },
	{ "nx", NULL },
	{ "hpet", NULL },
	{ "viridian*", NULL },
	{ "timer_mode", NULL },
	{ "tsc_mode", NULL },
	{ "localtime", NULL },
	{ "rtc_timeoffset", NULL },
	{ "timeoffset", NULL },
	{ "uuid", NULL },
	{ "maxmem", NULL },
	{ "maxvcpus", NULL },
	{ "max_vcpus", NULL },
	{ "usb", NULL },
	{ "usbdevice", NULL },
	{ "xen_platform_pci", NULL },
	{ "expose_host_uuid", NULL },
	{ "shadow_memory", NULL },
	{ "disk_other_config", NULL },
	{ "vif_other_config", NULL },
	{ "vif2", NULL },
	{ "guest_os_type", NULL },
};

void vmcfg_drop(struct cfg *c, const char *what, const char *key, const char *value,
		const char *reason)
{
	model_warn(c->m, "%s:%u: %s: %s=%.128s dropped, it %s", c->name, c->line, what, key, value,
		   reason);
}

static bool matches(const char *key, const char *pattern)
{
	size_t n = strlen(pattern);

	return n && pattern[n - 1] == '*' ? strncmp(key, pattern, n - 1) == 0
					  : strcmp(key, pattern) == 0;
}

/* A serial line into a terminal harms nobody; one into a file does. */
static const char *serial_harm(const json_t *value)
{
	const char *s = json_string_value(value);

	return s && (strcmp(s, "pty") == 0 || strcmp(s, "none") == 0) ? NULL : HOSTFILE;
}

void vmcfg_drop_key(struct cfg *c, const struct vmcfg_key *key)
{
	static const char *const used[] = { "name",	   "OVM_simple_name",
					    "OVM_os_type", "OVM_description",
					    "memory",	   "vcpus",
					    "builder",	   "type",
					    "kernel",	   "ramdisk",
					    "root",	   "extra",
					    "cmdline",	   "bios",
					    "firmware",	   "disk",
					    "vif" };
	const char *reason = NULL;

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		if (strcmp(key->name, used[i]) == 0)
			return;
	if (strcmp(key->name, "serial") == 0 || strcmp(key->name, "parallel") == 0) {
		reason = serial_harm(key->value);
		if (!reason)
			return;
	}
	for (size_t i = 0; !reason && i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (matches(key->name, dropped[i].key)) {
			reason = dropped[i].reason;
			if (!reason)
				return;
		}
	if (reason)
		model_warn(c->m, "%s:%u: %s dropped, it %s", c->name, key->line, key->name, reason);
	else
		model_warn(c->m, "%s:%u: %s left out, Socle does not know it", c->name, key->line,
			   key->name);
}
