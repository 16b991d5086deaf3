/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle rescue …: from the medium's rescue shell, mend what is installed.
 */
#include "installer/rescue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "socle.h"
#include "socle/cleanup.h"

#define MEDIUM "/run/initramfs/live/socle"

static const char *disk, *slot, *medium;
static bool read_only, as_json;

#define DISK                             \
	{ "disk",                        \
	  'd',                           \
	  OPT_STRING,                    \
	  "DISK",                        \
	  &disk,                         \
	  "of the system; needed where " \
	  "several are installed" }

const struct cmd_opt rescue_opts[] = { DISK, { 0 } };

const struct cmd_opt rescue_list_opts[] = {
	{ "json", 0, OPT_BOOL, NULL, &as_json, "as JSON" },
	{ 0 },
};

const struct cmd_opt rescue_mount_opts[] = {
	DISK,
	{ "slot", 0, OPT_STRING, "a|b", &slot, "default: the one that boots" },
	{ "read-only", 'r', OPT_BOOL, NULL, &read_only, "write nothing, not even a journal" },
	{ 0 },
};

const struct cmd_opt rescue_grub_opts[] = {
	DISK,
	{ "medium", 0, OPT_STRING, "DIR", &medium, "where manifest.json and GRUB's files are" },
	{ 0 },
};

/* A machine, and one of the systems on its disks. */
struct found {
	struct facts facts;
	struct rescue_systems systems;
	const struct rescue_system *one;
};

static int look(struct found *f, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	int ret = facts_of_this_machine(&json, e);

	if (ret == 0)
		ret = facts_from_json(json, &f->facts, e);
	if (ret == 0)
		rescue_find(&f->facts, &f->systems);
	return ret;
}

static int choose(struct found *f, struct err *e)
{
	int ret = look(f, e);

	return ret < 0 ? ret : rescue_choose(&f->systems, disk, &f->one, e);
}

static int finish(struct found *f, int ret, const struct err *e)
{
	facts_clear(&f->facts);
	return ret < 0 ? fail(e) : 0;
}

static const char *state_of(const struct rescue_system *s)
{
	if (!s->mirror)
		return "one disk";
	return s->disk_count == 2 ? "mirror" : "mirror, one disk missing";
}

static json_t *systems_json(const struct rescue_systems *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->count; i++) {
		const struct rescue_system *s = &all->item[i];
		const struct fact_installed *done = &s->disks[0]->installed;
		json_t *disks = json_array();

		for (size_t k = 0; k < s->disk_count; k++)
			json_array_append_new(disks, json_text(s->disks[k]->path));
		json_array_append_new(list, json_pack("{s:o, s:b, s:b, s:o, s:o, s:o}", "disks",
						      disks, "mirror", s->mirror, "degraded",
						      s->mirror && s->disk_count < 2, "hostname",
						      json_text(done->hostname), "installed",
						      json_text(done->time), "version",
						      json_text(done->version)));
	}
	return list;
}

int run_rescue_list(size_t argc, char **argv)
{
	struct found f = { 0 };
	struct err e = { 0 };
	int ret = look(&f, &e);

	(void)argc, (void)argv;
	if (ret == 0 && as_json) {
		_cleanup_json_ json_t *list = systems_json(&f.systems);

		print_json(list, JSON_INDENT(2));
		return finish(&f, 0, &e);
	}
	if (ret == 0 && !f.systems.count)
		puts("No system of ours is on the disks of this machine.");
	for (size_t i = 0; ret == 0 && i < f.systems.count; i++) {
		const struct rescue_system *s = &f.systems.item[i];
		const struct fact_installed *done = &s->disks[0]->installed;
		struct buf name = BUF_INIT;

		rescue_name(s, &name);
		printf("%s (%s)", name.s, state_of(s));
		if (*done->time)
			printf(": %s, Socle %s, installed %s", done->hostname, done->version,
			       done->time);
		putchar('\n');
		buf_clear(&name);
	}
	return finish(&f, ret, &e);
}

static int mount_one(const struct found *f, bool only_look, struct err *e)
{
	struct rescue_options o = { .slot = slot ? *slot : 0, .read_only = only_look };

	return rescue_mount(f->one, &o, e);
}

static bool slot_ok(const char *text)
{
	return strcmp(text, "a") == 0 || strcmp(text, "b") == 0;
}

int run_rescue_mount(size_t argc, char **argv)
{
	struct found f = { 0 };
	struct err e = { 0 };
	int ret;

	(void)argc, (void)argv;
	if (slot && !slot_ok(slot)) {
		err_set(&e, -EINVAL, "--slot: a or b, not \"%.32s\"", slot);
		fail(&e);
		return 2;
	}
	ret = choose(&f, &e);
	if (ret == 0)
		ret = mount_one(&f, read_only, &e);
	if (ret == 0)
		puts("The system is mounted at " RESCUE_ROOT "; chroot " RESCUE_ROOT
		     " goes into it,\nsocle rescue umount lets go of it.");
	return finish(&f, ret, &e);
}

int run_rescue_umount(size_t argc, char **argv)
{
	struct err e = { 0 };

	(void)argc, (void)argv;
	return rescue_unmount(&e) < 0 ? fail(&e) : 0;
}

int run_rescue_grub(size_t argc, char **argv)
{
	struct buf warning = BUF_INIT, name = BUF_INIT;
	struct found f = { 0 };
	struct err e = { 0 };
	int ret = choose(&f, &e);

	(void)argc, (void)argv;
	if (ret == 0)
		ret = rescue_grub(f.one, medium ? medium : MEDIUM, &warning, &e);
	if (ret == 0 && warning.len)
		printf("warning: %s\n", warning.s);
	if (ret == 0) {
		rescue_name(f.one, &name);
		printf("GRUB for BIOS and for UEFI is written to %s.\n", name.s);
	}
	buf_clear(&warning);
	buf_clear(&name);
	return finish(&f, ret, &e);
}

int run_rescue_slot(size_t argc, char **argv)
{
	struct found f = { 0 };
	struct err e = { 0 };
	char now = 'a';
	int ret;

	if (argc && !slot_ok(argv[0])) {
		err_set(&e, -EINVAL, "a or b, not \"%.32s\"", argv[0]);
		fail(&e);
		return 2;
	}
	ret = choose(&f, &e);
	if (ret == 0)
		ret = argc ? rescue_set_slot(f.one, *argv[0], &e) : rescue_slot(f.one, &now, &e);
	if (ret == 0)
		printf("slot %c boots\n", argc ? *argv[0] : now);
	return finish(&f, ret, &e);
}

/* A program that talks with whoever sits here. */
static int talk(const void *arg, struct err *e)
{
	const char *const *argv = arg;
	int how = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &how, 0) < 0)
		return err_sys(e, -errno, "%s", argv[0]);
	if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
		return 0;
	return err_set(e, -EIO, "%s failed", argv[0]);
}

/* In a system that is mounted, or is mounted for this alone. */
static int run_inside(int (*act)(const void *arg, struct err *e), const void *arg, bool only_look,
		      struct err *e)
{
	bool ours = !rescue_is_mounted();
	struct found f = { 0 };
	struct err undo = { 0 };
	int ret = 0;

	if (ours) {
		ret = choose(&f, e);
		if (ret == 0)
			ret = mount_one(&f, only_look, e);
		facts_clear(&f.facts);
		if (ret < 0)
			return ret;
	}
	ret = act(arg, e);
	if (ours && rescue_unmount(&undo) < 0 && ret == 0)
		ret = err_set(e, undo.code, "%s", err_text(&undo));
	return ret;
}

int run_rescue_passwd(size_t argc, char **argv)
{
	static const char *const passwd[] = { "chroot", RESCUE_ROOT, "passwd", "root", NULL };
	struct err e = { 0 };

	(void)argc, (void)argv;
	return run_inside(talk, passwd, false, &e) < 0 ? fail(&e) : 0;
}

int run_rescue_chroot(size_t argc, char **argv)
{
	static const char *const shell[] = { "chroot", RESCUE_ROOT, "/bin/bash", "-l", NULL };
	struct err e = { 0 };

	(void)argc, (void)argv;
	return run_inside(talk, shell, false, &e) < 0 ? fail(&e) : 0;
}

static int save_logs(const void *arg, struct err *e)
{
	char where[PATH_MAX];
	int ret = rescue_logs(arg, where, e);

	if (ret == 0)
		printf("The log bundle is %s.\n", where);
	return ret;
}

int run_rescue_logs(size_t argc, char **argv)
{
	struct err e = { 0 };

	(void)argc;
	return run_inside(save_logs, argv[0], true, &e) < 0 ? fail(&e) : 0;
}
