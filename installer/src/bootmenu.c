/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot menu of the installed system, for GRUB 2 on BIOS and UEFI alike.
 *
 * By multiboot2 GRUB passes the arguments without the file's name, so nothing has
 * to stand in its place.  Xen's serial line is polled ("com1=…,0x3f8,0"):
 * with interrupts a busy console can stall for good.
 */
#include <stdio.h>
#include <string.h>

#include "draft.h"

/* 1 GiB and a twentieth of the memory, at most 8 GiB and 60 % of what there is. */
void dom0_memory(struct draft *d)
{
	uint64_t all = d->facts->memory, want = GIB + all / 20;

	if (want > 8 * GIB)
		want = 8 * GIB;
	if (want > all / 10 * 6)
		want = all / 10 * 6;
	if (d->answers->dom0.memory)
		want = (uint64_t)d->answers->dom0.memory * MIB;
	d->dom0_memory = want / MIB * MIB;
}

static const char head[] =
	"# Written by the installer.  The slot that boots by default is \"slot\" in grubenv.\n"
	"set timeout=%d\n"
	"load_env\n"
	"if [ -z \"$slot\" ]; then\n"
	"\tset slot=a\n"
	"fi\n"
	"set default=\"slot-$slot\"\n"
	"\n"
	"# On UEFI the firmware's console reaches the serial line by itself.\n"
	"if [ \"$grub_platform\" = pc ]; then\n"
	"\tif serial --unit=0 --speed=115200; then\n"
	"\t\tterminal_input console serial\n"
	"\t\tterminal_output console serial\n"
	"\tfi\n"
	"\tset xen_platform=\"\"\n"
	"else\n"
	"\tinsmod all_video\n"
	"\tset xen_platform=\"no-real-mode edd=off\"\n"
	"fi\n";

static const char boot[] =
	"\n"
	"# socle_boot SLOT ROOT [ARGUMENT]: Xen, dom0's kernel and initramfs of a slot.\n"
	"function socle_boot {\n"
	"\techo \"Loading Socle, slot $1 ...\"\n"
	"\tmultiboot2 /$1/xen.gz $xen_args $xen_platform\n"
	"\tmodule2 /$1/vmlinuz root=$2 socle.slot=$1 $linux_args $3\n"
	"\tmodule2 --nounzip /$1/initrd.img\n"
	"}\n";

/* A polled serial line holds dom0 up for each character, so its boot is quiet. */
static void entries(const struct draft *d, char slot, struct buf *out)
{
	struct buf root = BUF_INIT;

	layout_root(d, slot, &root);
	buf_addf(out, "\nif [ -f /%c/xen.gz ]; then\n", slot);
	buf_addf(out, "\tmenuentry \"Socle (slot %c)\" --id slot-%c {\n", slot, slot);
	buf_addf(out, "\t\tsocle_boot %c \"%s\" quiet\n\t}\n", slot, root.s);
	buf_addf(out, "\tmenuentry \"Socle rescue shell (slot %c)\" --id rescue-%c {\n", slot,
		 slot);
	buf_addf(out, "\t\tsocle_boot %c \"%s\" systemd.unit=rescue.target\n\t}\nfi\n", slot,
		 root.s);
	buf_clear(&root);
}

/* In GRUB's double quotes these have a meaning. */
static void add_quoted(struct buf *out, const char *text)
{
	for (; text && *text; text++) {
		if (strchr("\"$\\`", *text))
			buf_addc(out, '\\');
		buf_addc(out, *text);
	}
}

static void add_arguments(struct buf *out, const char *text)
{
	if (!text)
		return;
	buf_addc(out, ' ');
	add_quoted(out, text);
}

static int menu_seconds(const struct draft *d)
{
	const struct ks_bootloader *b = &d->answers->bootloader;

	return b->pos.line && b->timeout >= 0 && b->timeout < 86400 ? (int)b->timeout : 3;
}

void bootmenu_text(const struct draft *d, struct buf *out)
{
	unsigned long long memory = d->dom0_memory / MIB;
	char processors[48] = "";

	if (d->answers->dom0.vcpus)
		snprintf(processors, sizeof(processors), "dom0_max_vcpus=%lld ",
			 d->answers->dom0.vcpus);

	buf_addf(out, head, menu_seconds(d));
	buf_addf(out, "\nsearch --no-floppy --fs-uuid --set=root %.4s-%.4s\n", d->ids.esp,
		 d->ids.esp + 4);
	buf_addf(out,
		 "\nset xen_args=\"dom0_mem=%lluM,max:%lluM %scom1=115200,8n1,0x3f8,0 "
		 "console=com1,vga ucode=scan loglvl=info guest_loglvl=none/warning",
		 memory, memory, processors);
	add_arguments(out, d->answers->bootloader.xen_append);
	buf_adds(out, "\"\n");
	buf_addf(out,
		 "set linux_args=\"rootfstype=squashfs ro rd.lvm.lv=" VG_NAME "/state "
		 "socle.state=UUID=%s ",
		 d->ids.state);
	for (size_t i = 0; i < d->plan->disk_count; i++)
		if (d->plan->disks[i]->paths.count)
			buf_addf(out, "socle.mpath=%s ", d->plan->disks[i]->name);
	if (disk_by_ibft(d))
		buf_addf(out, "socle.ibft%s%s ", *d->ibft_bridge ? "=" : "", d->ibft_bridge);
	buf_adds(out, "console=tty0 console=hvc0");
	add_arguments(out, d->answers->bootloader.append);
	buf_adds(out, "\"\n");
	buf_adds(out, boot);
	entries(d, 'a', out);
	entries(d, 'b', out);
}
