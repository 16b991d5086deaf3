/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xl.cfg(5).  Strings are quoted as libxlutil's lexer reads them; a disk is given
 * by keys, its format pinned and its target last, since the target takes all the
 * rest of the text as it is (xl-disk-configuration(5)).
 */
#include <errno.h>
#include <string.h>

#include "xlcfg.h"

void xl_string(struct buf *out, const char *s)
{
	buf_addc(out, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20 || *s == 0x7f)
			buf_addf(out, "\\x%02x", (unsigned char)*s);
		else
			buf_addc(out, *s);
	}
	buf_addc(out, '"');
}

static void set(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "%s = ", key);
	xl_string(out, value);
	buf_addc(out, '\n');
}

static void set_number(struct buf *out, const char *key, uint64_t value)
{
	buf_addf(out, "%s = %ju\n", key, (uintmax_t)value);
}

static void list_item(struct buf *out, struct buf *item)
{
	buf_addc(out, '\t');
	xl_string(out, item->s);
	buf_adds(out, ",\n");
	buf_clear(item);
}

void xl_disks(struct buf *out, const struct guest_disk *disks, size_t n)
{
	struct buf item = BUF_INIT;

	buf_adds(out, "disk = [\n");
	for (size_t i = 0; i < n; i++) {
		const struct guest_disk *d = &disks[i];

		/* An empty drive has format "empty" in xl's mind: none is given. */
		if (*d->path)
			buf_addf(&item, "format=%s,", d->format);
		buf_addf(&item, "vdev=%s,access=%s%s,target=%s", d->vdev, d->readonly ? "ro" : "rw",
			 d->cdrom ? ",devtype=cdrom" : "", d->path);
		list_item(out, &item);
	}
	buf_adds(out, "]\n");
}

void xl_nics(struct buf *out, const struct guest_nic *nics, size_t n, bool hvm)
{
	struct buf item = BUF_INIT;

	buf_adds(out, "vif = [\n");
	for (size_t i = 0; i < n; i++) {
		buf_addf(&item, "mac=%s,bridge=%s%s%s", nics[i].mac, nics[i].bridge,
			 hvm ? ",model=" : "", hvm ? nics[i].model : "");
		list_item(out, &item);
	}
	buf_adds(out, "]\n");
}

static void add_hvm(struct buf *out, const struct guest *g)
{
	set(out, "bios", g->firmware == FIRMWARE_UEFI ? "ovmf" : "seabios");
	set(out, "boot", "cd");
	if (g->ahci)
		set(out, "hdtype", "ahci");
	if (g->viridian) {
		set_number(out, "viridian", 1);
		set_number(out, "localtime", 1);
	}
	set(out, "vga", "stdvga");
	/* The screen is for who is on dom0, or has a tunnel to it; the port is a free one. */
	set_number(out, "vnc", 1);
	set(out, "vnclisten", "127.0.0.1");
	set_number(out, "vncunused", 1);
	set_number(out, "usb", 1);
	set(out, "usbdevice", "tablet");
	set(out, "serial", "pty");
}

static void add_kernel(struct buf *out, const struct guest *g)
{
	set(out, "kernel", g->kernel);
	if (*g->ramdisk)
		set(out, "ramdisk", g->ramdisk);
	if (*g->cmdline)
		set(out, "cmdline", g->cmdline);
}

const char *guest_type_name(enum model_virt type)
{
	return type == VIRT_PV ? "pv" : type == VIRT_PVH ? "pvh" : "hvm";
}

int guest_xl(const struct guest *g, struct buf *out, struct err *e)
{
	bool hvm = g->type == VIRT_HVM;

	buf_addf(out, "# Guest %s%s%s.  Made by socle; change it as you like, xl(1) reads it.\n",
		 g->name, *g->origin ? ": " : "", g->origin);
	buf_addf(out, "# %s%s: %s.\n",
		 hvm		       ? "HVM with "
		 : g->type == VIRT_PVH ? "PVH"
				       : "PV",
		 !hvm				? ""
		 : g->firmware == FIRMWARE_UEFI ? "UEFI"
						: "BIOS",
		 g->why);
	set(out, "name", g->name);
	set(out, "uuid", g->uuid);
	set(out, "type", guest_type_name(g->type));
	if (hvm)
		add_hvm(out, g);
	else
		add_kernel(out, g);
	set_number(out, "vcpus", g->cpus);
	set_number(out, "memory", g->memory >> 20);
	set_number(out, "maxmem", g->memory >> 20);
	xl_disks(out, g->disks, g->n_disks);
	xl_nics(out, g->nics, g->n_nics, hvm);
	set(out, "on_poweroff", "destroy");
	set(out, "on_reboot", "restart");
	set(out, "on_crash", "destroy");
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "configuration");
}
