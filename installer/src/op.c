/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "op.h"

#define ROW(text, fn) .name = (text), .describe = fn##_describe, .execute = fn##_execute

const struct op_kind op_kinds[OP_COUNT] = {
	[OP_VERIFY_IMAGE] = { ROW("verify-image", verify_image), .repeatable = true },
	[OP_CLEAR_DISK] = { ROW("clear-disk", clear_disk) },
	[OP_PARTITION_TABLE] = { ROW("partition-table", partition_table) },
	[OP_MAKE_ARRAYS] = { ROW("make-arrays", make_arrays) },
	[OP_USE_ARRAYS] = { ROW("use-arrays", use_arrays), .repeatable = true },
	[OP_KEEP_VOLUMES] = { ROW("keep-volumes", keep_volumes), .repeatable = true },
	[OP_SAVE_GUESTS] = { ROW("save-guests", save_guests), .repeatable = true },
	[OP_MAKE_ESP] = { ROW("make-esp", make_esp), .repeatable = true },
	[OP_MAKE_VOLUMES] = { ROW("make-volumes", make_volumes) },
	[OP_MAKE_STATE] = { ROW("make-state", make_state), .repeatable = true },
	[OP_MAKE_GROUPS] = { ROW("make-groups", make_groups) },
	[OP_MAKE_FILESYSTEMS] = { ROW("make-filesystems", make_filesystems), .repeatable = true },
	[OP_WRITE_IMAGE] = { ROW("write-image", write_image), .repeatable = true },
	[OP_COPY_BOOT_FILES] = { ROW("copy-boot-files", copy_boot_files) },
	[OP_INSTALL_GRUB] = { ROW("install-grub", install_grub) },
	[OP_RUN_PRE_INSTALL] = { ROW("run-pre-install", run_pre_install) },
	[OP_SEED_STATE] = { ROW("seed-state", seed_state) },
	[OP_ACCOUNTS] = { ROW("accounts", accounts) },
	[OP_SERVICES] = { ROW("services", services) },
	[OP_FIRST_BOOT] = { ROW("first-boot", first_boot) },
	[OP_RUN_SCRIPTS] = { ROW("run-scripts", run_scripts) },
	[OP_BOOT_MENU] = { ROW("boot-menu", boot_menu) },
	/* Firmware loses or refuses entries; EFI/BOOT/BOOTX64.EFI boots all the same. */
	[OP_BOOT_ENTRY] = { ROW("boot-entry", boot_entry), .optional = true },
	[OP_FINISH] = { ROW("finish", finish) },
};

const char *arg_string(const json_t *args, const char *key)
{
	const char *s = json_string_value(json_object_get(args, key));

	return s ? s : "";
}

uint64_t arg_uint(const json_t *args, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(args, key));
}
