/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may keep a guest from starting, or from being what its maker meant.  A row
 * is a question: it writes its text when the answer is yes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/properties.h"
#include "choose.h"
#include "socle/cleanup.h"

enum { MIB = 1 << 20 };

int problem_add(struct guest *g, enum guest_severity severity, const char *id, const char *fmt, ...)
{
	struct guest_problem *more = reallocarray(g->problems, g->n_problems + 1,
						  sizeof(*g->problems));
	char *text = NULL;
	va_list ap;
	int n;

	if (!more)
		return -ENOMEM;
	g->problems = more;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	g->problems[g->n_problems++] = (struct guest_problem){ severity, id, text };
	return 0;
}

static bool has_disk(const struct guest *g)
{
	for (size_t i = 0; i < g->n_disks; i++)
		if (g->disks[i].disk != MODEL_NONE)
			return true;
	return false;
}

static void arm(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	(void)g;
	if (in->os.arm)
		buf_addf(text, "the guest is for ARM processors (%s)", in->machine->os);
	else if (in->boot && in->boot->ways & BOOT_UEFI_AA64 &&
		 !(in->boot->ways & ~(unsigned int)BOOT_UEFI_AA64))
		buf_adds(text, "the disk has a boot loader for ARM processors only");
}

static void no_disk(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	(void)in;
	if (!has_disk(g))
		buf_adds(text, "the machine has no disk");
}

static void unseen(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	if (!in->boot && has_disk(g))
		buf_adds(text,
			 "the disk was not looked at yet: whether it starts is told on import");
}

static bool starts(const struct choose_in *in, unsigned int ways)
{
	return in->boot->ways & ways;
}

static void no_loader(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	if (!in->boot || g->start != GUEST_START_FIRMWARE)
		return;
	if (g->firmware == FIRMWARE_BIOS && !starts(in, BOOT_BIOS | BOOT_CD_BIOS))
		buf_adds(text, starts(in, BOOT_UEFI_X64 | BOOT_CD_UEFI)
				       ? "the disk starts from UEFI only; use --firmware uefi"
				       : "there is no boot loader for BIOS on the disk");
	if (g->firmware != FIRMWARE_UEFI || starts(in, BOOT_UEFI_X64 | BOOT_CD_UEFI))
		return;
	if (starts(in, BOOT_UEFI_IA32))
		buf_adds(text, "the disk has a UEFI boot loader of 32 bits only");
	else if (starts(in, BOOT_BIOS | BOOT_CD_BIOS))
		buf_adds(text, "the disk starts from BIOS only; use --firmware bios");
	else if (*in->boot->efi_dirs)
		buf_addf(text,
			 "there is no \\EFI\\BOOT\\BOOTX64.EFI, and the firmware's list of boot "
			 "entries did not come with the package; a loader may be in \\EFI: %s",
			 in->boot->efi_dirs);
	else
		buf_adds(text, "there is no \\EFI\\BOOT\\BOOTX64.EFI on the disk");
}

static void pvgrub_config(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	if (g->start == GUEST_START_PVGRUB && in->os.grub2_folder)
		buf_addf(text,
			 "GRUB looks for /boot/grub/grub.cfg, and %s keeps it in /boot/grub2: link "
			 "it "
			 "there, or use --type hvm",
			 in->machine->os);
}

static void bits(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	if (g->type == VIRT_PV && in->os.bits == 32)
		buf_adds(text, "a PV guest of 32 bits: processors with CET refuse it, and GRUB is "
			       "for 64 bits; use --type pvh or hvm");
}

static void old_linux(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	if (in->os.no_pv && g->type != VIRT_HVM)
		buf_addf(text, "%s has no drivers for Xen; use --type hvm", in->machine->os);
}

static void windows_pv(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	if (in->os.family == OS_WINDOWS && g->type != VIRT_HVM)
		buf_adds(text, "Windows only starts as HVM");
}

static void windows(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	if (in->os.family == OS_WINDOWS && g->type == VIRT_HVM)
		buf_adds(text,
			 "Windows runs on emulated disks and network cards, slowly, until the "
			 "Xen PV drivers are installed in it");
}

static bool on_scsi(const struct choose_in *in)
{
	for (size_t i = 0; i < in->machine->n_drives; i++)
		if (in->machine->drives[i].bus == BUS_SCSI ||
		    in->machine->drives[i].bus == BUS_SATA)
			return true;
	return false;
}

static void names(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	(void)g;
	if (in->os.family == OS_LINUX && on_scsi(in))
		buf_adds(text,
			 "the guest sees its disks as xvda, xvdb...: one that names /dev/sda in "
			 "its fstab or boot menu does not start");
}

static void controller(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	static const char *const lacking[] = { "buslogic", "VirtualSCSI", "pvscsi",
					       "lsilogic", "lsilogicsas", "nvme" };

	if (g->type != VIRT_HVM || in->os.family == OS_LINUX || in->os.family == OS_BSD)
		return;
	for (size_t i = 0; i < in->machine->n_drives; i++)
		for (size_t k = 0; k < sizeof(lacking) / sizeof(lacking[0]); k++)
			if (strcasecmp(in->machine->drives[i].controller, lacking[k]) == 0) {
				buf_addf(text,
					 "its disks were on a %s controller and are on %s now: a "
					 "guest that only has that driver does not find them",
					 in->machine->drives[i].controller,
					 g->ahci ? "AHCI" : "IDE");
				return;
			}
}

static void floppy(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	(void)g;
	for (size_t i = 0; i < in->machine->n_drives; i++)
		if (in->machine->drives[i].kind == DRIVE_FLOPPY && !text->len)
			buf_adds(text, "its floppy drive is left out: xl has none");
}

static void emulated(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	size_t n = 0;

	(void)in;
	for (size_t i = 0; i < g->n_disks; i++)
		n += strncmp(g->disks[i].vdev, "xvd", 3) == 0;
	if (g->type == VIRT_HVM && n)
		buf_addf(text,
			 "%zu disk%s beyond what is emulated: the guest sees %s by Xen's driver "
			 "only",
			 n, n > 1 ? "s are" : " is", n > 1 ? "them" : "it");
}

static void memory(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	static const struct {
		enum os_family family;
		uint64_t least;
	} least[] = {
		{ OS_UNKNOWN, 32 },  { OS_LINUX, 64 },	  { OS_BSD, 128 },
		{ OS_WINDOWS, 512 }, { OS_SOLARIS, 512 },
	};

	for (size_t i = 0; i < sizeof(least) / sizeof(least[0]); i++)
		if (in->os.family == least[i].family && g->memory / MIB < least[i].least)
			buf_addf(text, "%ju MiB of memory are few: give at least %ju",
				 (uintmax_t)(g->memory / MIB), (uintmax_t)least[i].least);
}

static void cpus(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	(void)in;
	if (g->type == VIRT_HVM && g->cpus > 128)
		buf_addf(text, "%u CPUs: Xen gives an HVM guest at most 128", g->cpus);
}

/* The reader of VMware's guestinfo is VMware's own; whoever also reads an ISO is fine. */
static void transport(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	const struct model_machine *m = in->machine;

	(void)g;
	if (m->n_properties && *m->transport && !strstr(m->transport, "iso"))
		buf_addf(text,
			 "it wants its properties by %s, and gets them on an ISO: it may not see "
			 "them",
			 m->transport);
}

static void values(const struct choose_in *in, const struct guest *g, struct buf *text)
{
	const struct model_machine *m = in->machine;
	size_t n = 0;

	for (size_t i = 0; i < m->n_properties; i++) {
		const struct model_property *p = &m->properties[i];
		const char *value = json_string_value(json_object_get(g->values, p->key));

		if (!p->user_configurable || (value && *value) ||
		    (property_has_default(p) && !p->password))
			continue;
		if (n++ < 8)
			buf_addf(text, "%s%s",
				 n > 1 ? ", " : "properties without a value: ", p->key);
	}
	if (n > 8)
		buf_addf(text, " and %zu more", n - 8);
}

static const struct question {
	enum guest_severity severity;
	const char *id;
	void (*ask)(const struct choose_in *in, const struct guest *g, struct buf *text);
} questions[] = {
	{ GUEST_FATAL, "other-processor", arm },
	{ GUEST_FATAL, "no-boot-loader", no_loader },
	{ GUEST_FATAL, "windows-needs-hvm", windows_pv },
	{ GUEST_FATAL, "no-xen-drivers", old_linux },
	{ GUEST_FATAL, "too-many-cpus", cpus },
	{ GUEST_WARNING, "no-disk", no_disk },
	{ GUEST_WARNING, "pvgrub-config", pvgrub_config },
	{ GUEST_WARNING, "pv-32-bits", bits },
	{ GUEST_WARNING, "little-memory", memory },
	{ GUEST_WARNING, "controller", controller },
	{ GUEST_WARNING, "properties-open", values },
	{ GUEST_WARNING, "properties-transport", transport },
	{ GUEST_NOTE, "disk-not-seen", unseen },
	{ GUEST_NOTE, "windows-drivers", windows },
	{ GUEST_NOTE, "disk-names", names },
	{ GUEST_NOTE, "disks-not-emulated", emulated },
	{ GUEST_NOTE, "no-floppy", floppy },
};

int problems_add(const struct choose_in *in, struct guest *g, struct err *e)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct buf text = BUF_INIT;
		int ret = 0;

		questions[i].ask(in, g, &text);
		if (text.len)
			ret = problem_add(g, questions[i].severity, questions[i].id, "%s", text.s);
		buf_clear(&text);
		if (ret < 0)
			return err_sys(e, ret, "problems");
	}
	return 0;
}
