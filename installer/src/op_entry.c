/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The new system in UEFI's list.  Failing, it is a warning: the disk also boots by
 * the path for removable media, EFI/BOOT/BOOTX64.EFI.
 */
#include "boot_order.h"
#include "exec.h"

void boot_entry_describe(const json_t *args, struct buf *out)
{
	static const char *const places[] = {
		[BOOT_DISK] = "first in the order",
		[BOOT_NETWORK] = "in the order behind the network",
		[BOOT_KEEP] = "last in the order, which stays as it is",
	};
	const json_t *entries = json_object_get(args, "entries");
	size_t n = json_array_size(entries);

	buf_adds(out, n == 1 ? "UEFI boot entry" : "UEFI boot entries");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, " \"%s\",", arg_string(json_array_get(entries, i), "label"));
	buf_addf(out, " %s", places[boot_policy_parse(arg_string(args, "order"))]);
}

int boot_entry_execute(struct exec *x, const json_t *args, struct err *e)
{
	struct buf warning = BUF_INIT;
	int ret = boot_order_apply(EFI_VARIABLES, args, &warning, e);

	if (ret == 0 && warning.len)
		exec_tell(x, EXEC_WARNING, warning.s);
	buf_clear(&warning);
	return ret;
}
