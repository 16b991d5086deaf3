/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "installer/rescue.h"
#include "socle.h"

static const struct cmd commands[] = {
	{ "appliance convert", "IN-FILE OUT-FILE",
	  "convert a disk image: any format in, raw, qcow2, vmdk, vhd out", appliance_convert_opts,
	  2, 2, run_appliance_convert,
	  "  socle appliance convert disk.vmdk disk.qcow2\n"
	  "  socle appliance convert --to raw --force disk.vmdk.xz /dev/socle/data\n" },
	{ "appliance doctor", "FILE|DIR|URL", "tell what is wrong with a package, and for whom",
	  appliance_doctor_opts, 1, 1, run_appliance_doctor,
	  "  socle appliance doctor --target vmware photon.ova\n"
	  "  socle appliance doctor --fix mended.ova photon.ova\n" },
	{ "appliance export", "[DISK...] FILE.ova|DIR/",
	  "make a package of disks, or of a guest of this host", appliance_export_opts, 1, SIZE_MAX,
	  run_appliance_export,
	  "  socle appliance export --name web --memory 2G disk.qcow2 web.ova\n"
	  "  socle appliance export --guest web --key vendor.key --cert vendor.pem web.ova\n" },
	{ "appliance import", "FILE|DIR|URL|-", "make guests of a package", appliance_import_opts,
	  1, 1, run_appliance_import,
	  "  socle appliance import https://example.org/web-1.0.ova --property title='Our rack'\n"
	  "  curl -s https://example.org/web.ova | socle appliance import --name web -\n"
	  "  socle appliance import --storage guests photon.ova\n" },
	{ "appliance inspect", "FILE|DIR|URL", "show what a package, a descriptor or a disk is",
	  appliance_inspect_opts, 1, 1, run_appliance_inspect,
	  "  socle appliance inspect photon.ova\n"
	  "  socle appliance inspect --json photon.ova | jq .model.machines\n" },
	{ "appliance plan", "FILE|DIR|URL|-", "tell what an import would do", appliance_plan_opts,
	  1, 1, run_appliance_plan,
	  "  socle appliance plan --memory 4G --network 'VM Network=xenbr1' photon.ova\n" },
	{ "appliance sign", "FILE|DIR OUT", "sign a package or a manifest", appliance_sign_opts, 2,
	  2, run_appliance_sign,
	  "  socle appliance sign --key vendor.key --cert vendor.pem web.ova web-signed.ova\n" },
	{ "appliance verify", "FILE|DIR|URL|-", "read and decode all of a package, and check it",
	  appliance_verify_opts, 1, 1, run_appliance_verify,
	  "  socle appliance verify --trust vendor.pem --require-signature web.ova\n" },
	{ "host show", "", "show this host: Xen, memory, storage, network", host_show_opts, 0, 0,
	  run_host_show,
	  "  socle host show\n"
	  "  socle host show --json | jq .memory.free\n" },
	{ "kickstart check", "FILE|URL|-...", "check kickstart files", kickstart_check_opts, 1,
	  SIZE_MAX, run_kickstart_check, "  socle kickstart check --strict rack7/*.ks\n" },
	{ "kickstart explain", "FILE|URL|-", "tell what is done with each line",
	  kickstart_explain_opts, 1, 1, run_kickstart_explain,
	  "  socle kickstart explain old-server.ks\n" },
	{ "kickstart show", "FILE|URL|-", "show the answers that it gives, without passwords",
	  kickstart_show_opts, 1, 1, run_kickstart_show,
	  "  socle kickstart show --json rack7/xen-07.ks\n" },
	{ "kickstart new", "", "write a new kickstart file", kickstart_new_opts, 0, 0,
	  run_kickstart_new,
	  "  socle kickstart new --hostname xen-07 --sshkey ~/.ssh/id_ed25519.pub > xen-07.ks\n" },
	{ "kickstart reference", "", "print the manual page of the kickstart language",
	  kickstart_reference_opts, 0, 0, run_kickstart_reference,
	  "  socle kickstart reference | man -l -\n" },
	{ "netboot serve", "", "install servers over the network", netboot_serve_opts, 0, 0,
	  run_netboot_serve,
	  "  socle netboot serve --interface eth1 --range 192.0.2.100,192.0.2.199 --kickstarts "
	  "rack7\n"
	  "  socle netboot serve --interface eth1 --proxy --kickstarts rack7\n" },
	{ "netboot add", "MAC|SERIAL", "have a machine installed, or installed again",
	  netboot_add_opts, 1, 1, run_netboot_add,
	  "  socle netboot add 52:54:00:12:34:56 --ks rack7/xen-07.ks\n" },
	{ "netboot list", "", "show the machines, and how far they are", netboot_list_opts, 0, 0,
	  run_netboot_list, "  socle netboot list\n" },
	{ "netboot forget", "MAC|SERIAL...", "forget machines, and what was added for them",
	  netboot_forget_opts, 1, SIZE_MAX, run_netboot_forget,
	  "  socle netboot forget 52:54:00:12:34:56\n" },
	{ "plan", "[FILE]", "show what an installation would do", plan_opts, 0, 1, run_plan,
	  "  socle facts > server.json\n"
	  "  socle plan --facts server.json rack7/xen-07.ks\n" },
	{ "facts", "", "print what the installer sees of this machine (JSON)", NULL, 0, 0,
	  run_facts, "  socle facts > server.json\n" },
	{ "rescue list", "", "show the systems that are installed on this machine's disks",
	  rescue_list_opts, 0, 0, run_rescue_list, "  socle rescue list\n" },
	{ "rescue mount", "", "mount one of them at " RESCUE_ROOT, rescue_mount_opts, 0, 0,
	  run_rescue_mount, "  socle rescue mount --slot b --read-only\n" },
	{ "rescue umount", "", "let go of it", NULL, 0, 0, run_rescue_umount,
	  "  socle rescue umount\n" },
	{ "rescue chroot", "", "open a shell in it", rescue_mount_opts, 0, 0, run_rescue_chroot,
	  "  socle rescue chroot --disk /dev/sda\n" },
	{ "rescue grub", "", "write its boot loader and boot entries again", rescue_grub_opts, 0, 0,
	  run_rescue_grub, "  socle rescue grub\n" },
	{ "rescue passwd", "", "set its root password", rescue_opts, 0, 0, run_rescue_passwd,
	  "  socle rescue passwd\n" },
	{ "rescue slot", "[a|b]", "show or choose the slot that boots", rescue_opts, 0, 1,
	  run_rescue_slot, "  socle rescue slot b\n" },
	{ "rescue logs", "PLACE", "save the log bundle, with its logs", rescue_opts, 1, 1,
	  run_rescue_logs,
	  "  socle rescue logs hd:sdb1:/\n"
	  "  socle rescue logs https://192.0.2.1/logs/\n" },
	{ "vm create", "NAME", "make a guest of disks", vm_create_opts, 1, 1, run_vm_create,
	  "  socle vm create --disk disk.qcow2:qcow2 --memory 2G web\n"
	  "  socle vm create --new-disk 20G --iso debian.iso --type hvm --force web\n" },
	{ "vm list", "", "show the guests, and what runs", vm_list_opts, 0, 0, run_vm_list,
	  "  socle vm list\n" },
	{ "vm show", "NAME", "show one guest", vm_list_opts, 1, 1, run_vm_show,
	  "  socle vm show --json web\n" },
	{ "vm start", "NAME...", "start guests", vm_opts, 1, SIZE_MAX, run_vm_start,
	  "  socle vm start web\n" },
	{ "vm stop", "NAME...", "shut guests down", vm_stop_opts, 1, SIZE_MAX, run_vm_stop,
	  "  socle vm stop --timeout 30 web\n" },
	{ "vm console", "NAME", "use a guest's console; Ctrl-] leaves it", vm_opts, 1, 1,
	  run_vm_console, "  socle vm console web\n" },
	{ "vm clone", "NAME NEW-NAME", "copy a stopped guest, at once", vm_opts, 2, 2, run_vm_clone,
	  "  socle vm clone web web-2\n" },
	{ "vm destroy", "NAME...", "delete guests with their disks", vm_destroy_opts, 1, SIZE_MAX,
	  run_vm_destroy, "  socle vm destroy web-2\n" },
	{ "completion", "bash", "print the script that completes these commands in bash", NULL, 0,
	  1, run_completion, "  socle completion bash > /etc/bash_completion.d/socle\n" },
	{ "version", "", "print the version", NULL, 0, 0, run_version, NULL },
	{ 0 },
};

static const struct cmd_program program = {
	.name = "socle",
	.summary = "Administers Socle hosts, and checks what is needed to install them.",
	.examples = "  socle host show\n"
		    "  socle appliance inspect photon.ova\n"
		    "  socle kickstart new --hostname xen-07 --sshkey ~/.ssh/id_ed25519.pub > "
		    "xen-07.ks\n"
		    "  socle kickstart check --strict rack7/*.ks\n"
		    "  socle kickstart explain old-server.ks\n"
		    "  socle facts > server.json\n"
		    "  socle plan --facts server.json rack7/xen-07.ks\n"
		    "  socle netboot serve --interface eth1 --range 192.0.2.100,192.0.2.199 "
		    "--kickstarts rack7\n"
		    "  socle rescue list\n"
		    "  socle appliance convert disk.vmdk disk.qcow2\n"
		    "  socle vm list\n",
	.cmds = commands,
};

int run_completion(size_t argc, char **argv)
{
	if (argc && strcmp(argv[0], "bash") != 0) {
		cmd_fail(&program, "%s: only bash is completed", argv[0]);
		return 2;
	}
	cmd_completion(&program);
	return 0;
}

int run_version(size_t argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("socle " SOCLE_VERSION);
	return 0;
}

int main(int argc, char **argv)
{
	int code = cmd_main(&program, argc, argv);

	if (fflush(stdout) != 0 && code == 0)
		code = cmd_fail(&program, "standard output: %m");
	return code;
}
