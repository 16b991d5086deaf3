/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pygrub is in no rule: it parses the guest's file systems as root in dom0
 * (XSA-443).  GRUB for PV and PVH does the same work inside the guest.
 */
#include "choose.h"

static bool starts(const struct choose_in *in, unsigned int ways)
{
	return in->boot && in->boot->ways & ways;
}

static bool by_bios(const struct choose_in *in)
{
	return starts(in, BOOT_BIOS | BOOT_CD_BIOS);
}

static bool by_uefi(const struct choose_in *in)
{
	return starts(in, BOOT_UEFI_X64 | BOOT_CD_UEFI);
}

static bool pv_with_kernel(const struct choose_in *in)
{
	return in->kernel && in->machine->virt != VIRT_PVH && in->machine->virt != VIRT_HVM;
}

static bool with_kernel(const struct choose_in *in)
{
	return in->kernel;
}

static bool pvh_said(const struct choose_in *in)
{
	return in->machine->virt == VIRT_PVH;
}

static bool pv_said(const struct choose_in *in)
{
	return in->machine->virt == VIRT_PV;
}

static bool efi_said(const struct choose_in *in)
{
	return in->machine->firmware == FIRMWARE_UEFI;
}

static bool efi_said_and_there(const struct choose_in *in)
{
	return efi_said(in) && by_uefi(in);
}

static bool bios_said(const struct choose_in *in)
{
	return in->machine->firmware == FIRMWARE_BIOS && (!in->boot || by_bios(in) || !by_uefi(in));
}

static bool by_both(const struct choose_in *in)
{
	return by_bios(in) && by_uefi(in);
}

static bool linux_without_loader(const struct choose_in *in)
{
	return in->boot && !by_bios(in) && !by_uefi(in) && !in->boot->esp &&
	       (in->os.family == OS_LINUX || in->os.family == OS_UNKNOWN) && !in->os.no_pv &&
	       in->machine->virt != VIRT_HVM && (*in->boot->fs || in->boot->n_parts);
}

static bool unseen(const struct choose_in *in)
{
	return !in->boot;
}

static bool always(const struct choose_in *in)
{
	(void)in;
	return true;
}

static const struct rule {
	bool (*applies)(const struct choose_in *in);
	struct choice choice;
} rules[] = {
	{ pv_with_kernel,
	  { VIRT_PV, FIRMWARE_UNKNOWN, GUEST_START_KERNEL, "the package brings a kernel for PV" } },
	{ with_kernel,
	  { VIRT_PVH, FIRMWARE_UNKNOWN, GUEST_START_KERNEL,
	    "the package brings a kernel, which needs no firmware" } },
	{ pvh_said,
	  { VIRT_PVH, FIRMWARE_UNKNOWN, GUEST_START_PVGRUB,
	    "the descriptor asks for PVH; GRUB inside the guest reads its grub.cfg" } },
	{ pv_said,
	  { VIRT_PV, FIRMWARE_UNKNOWN, GUEST_START_PVGRUB,
	    "the descriptor asks for PV; GRUB inside the guest takes the place of pygrub, which "
	    "reads the guest's disk as root in dom0" } },
	{ efi_said_and_there,
	  { VIRT_HVM, FIRMWARE_UEFI, GUEST_START_FIRMWARE,
	    "firmware=efi in the descriptor, and \\EFI\\BOOT\\BOOTX64.EFI on the disk" } },
	{ efi_said,
	  { VIRT_HVM, FIRMWARE_UEFI, GUEST_START_FIRMWARE, "firmware=efi in the descriptor" } },
	{ bios_said, { VIRT_HVM, FIRMWARE_BIOS, GUEST_START_FIRMWARE, "BIOS in the descriptor" } },
	{ by_both,
	  { VIRT_HVM, FIRMWARE_BIOS, GUEST_START_FIRMWARE,
	    "the disk starts from BIOS and from UEFI; the descriptor has no preference" } },
	{ by_bios,
	  { VIRT_HVM, FIRMWARE_BIOS, GUEST_START_FIRMWARE, "boot code for BIOS on the disk" } },
	{ by_uefi,
	  { VIRT_HVM, FIRMWARE_UEFI, GUEST_START_FIRMWARE,
	    "\\EFI\\BOOT\\BOOTX64.EFI on the disk, and no boot code for BIOS" } },
	{ linux_without_loader,
	  { VIRT_PVH, FIRMWARE_UNKNOWN, GUEST_START_PVGRUB,
	    "no boot loader on the disk; GRUB inside the guest reads its grub.cfg" } },
	{ unseen,
	  { VIRT_HVM, FIRMWARE_BIOS, GUEST_START_FIRMWARE,
	    "the descriptor says nothing, and the disk was not looked at" } },
	/* What is left: what was asked for against all signs, and disks that nothing is on. */
	{ always,
	  { VIRT_HVM, FIRMWARE_BIOS, GUEST_START_FIRMWARE, "nothing speaks for another way" } },
	{ always, { VIRT_HVM, FIRMWARE_UEFI, GUEST_START_FIRMWARE, "it was asked for" } },
	{ always, { VIRT_PVH, FIRMWARE_UNKNOWN, GUEST_START_PVGRUB, "it was asked for" } },
	{ always, { VIRT_PV, FIRMWARE_UNKNOWN, GUEST_START_PVGRUB, "it was asked for" } },
};

struct choice choose(const struct choose_in *in)
{
	const struct guest_answers *a = in->answers;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct choice *c = &rules[i].choice;

		if (a->type != VIRT_UNKNOWN && c->type != a->type)
			continue;
		/* Firmware is asked for HVM; it has no say in the others. */
		if (a->firmware != FIRMWARE_UNKNOWN && c->firmware != a->firmware &&
		    (c->type == VIRT_HVM || a->type == VIRT_UNKNOWN))
			continue;
		if (rules[i].applies(in))
			return *c;
	}
	return rules[0].choice; /* not reached: each type and firmware is in a row of "always" */
}
