/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program "socle": one file per family of commands.
 *
 * A run_ function does one command: it prints and returns the exit code.
 * Options are stored in variables of its file, by the table next to it.
 */
#ifndef SOCLE_SOCLE_H
#define SOCLE_SOCLE_H

#include <jansson.h>

#include "socle/cmd.h"
#include "socle/err.h"

extern const struct cmd_opt appliance_inspect_opts[], appliance_export_opts[], host_show_opts[],
	kickstart_check_opts[], kickstart_explain_opts[], kickstart_show_opts[],
	kickstart_new_opts[], kickstart_reference_opts[], plan_opts[], rescue_opts[],
	rescue_list_opts[], rescue_mount_opts[], rescue_grub_opts[];
extern const struct cmd_opt appliance_doctor_opts[], appliance_sign_opts[],
	appliance_convert_opts[], appliance_import_opts[], appliance_plan_opts[],
	appliance_verify_opts[];
extern const struct cmd_opt vm_opts[], vm_list_opts[], vm_stop_opts[], vm_destroy_opts[],
	vm_create_opts[];
extern const struct cmd_opt netboot_serve_opts[], netboot_add_opts[], netboot_list_opts[],
	netboot_forget_opts[];

int run_appliance_doctor(size_t argc, char **argv);
int run_appliance_sign(size_t argc, char **argv);
int run_appliance_convert(size_t argc, char **argv);
int run_appliance_inspect(size_t argc, char **argv);
int run_host_show(size_t argc, char **argv);
int run_kickstart_check(size_t argc, char **argv);
int run_kickstart_explain(size_t argc, char **argv);
int run_kickstart_show(size_t argc, char **argv);
int run_kickstart_new(size_t argc, char **argv);
int run_kickstart_reference(size_t argc, char **argv);
int run_plan(size_t argc, char **argv);
int run_facts(size_t argc, char **argv);
int run_appliance_export(size_t argc, char **argv);
int run_rescue_list(size_t argc, char **argv);
int run_rescue_mount(size_t argc, char **argv);
int run_rescue_umount(size_t argc, char **argv);
int run_rescue_chroot(size_t argc, char **argv);
int run_rescue_grub(size_t argc, char **argv);
int run_rescue_passwd(size_t argc, char **argv);
int run_rescue_slot(size_t argc, char **argv);
int run_rescue_logs(size_t argc, char **argv);
int run_appliance_import(size_t argc, char **argv);
int run_appliance_verify(size_t argc, char **argv);
int run_appliance_plan(size_t argc, char **argv);
int run_vm_create(size_t argc, char **argv);
int run_vm_list(size_t argc, char **argv);
int run_vm_show(size_t argc, char **argv);
int run_vm_start(size_t argc, char **argv);
int run_vm_stop(size_t argc, char **argv);
int run_vm_console(size_t argc, char **argv);
int run_vm_clone(size_t argc, char **argv);
int run_vm_destroy(size_t argc, char **argv);
int run_netboot_serve(size_t argc, char **argv);
int run_netboot_add(size_t argc, char **argv);
int run_netboot_list(size_t argc, char **argv);
int run_netboot_forget(size_t argc, char **argv);
int run_completion(size_t argc, char **argv);
int run_version(size_t argc, char **argv);

/* The facts as the installer gathers them; -EPERM for who is not root. */
int facts_of_this_machine(json_t **json, struct err *e) __must_check;

/* Print the error on standard error; returns the exit code 1. */
int fail(const struct err *e);

/* Print JSON and a newline on standard output; flags as json_dumpf() has them. */
int print_json(const json_t *json, size_t flags);

/* A JSON string of any bytes: what is not UTF-8 becomes "?". */
json_t *json_text(const char *text);

#endif
