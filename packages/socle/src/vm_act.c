/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle vm start, stop, console, destroy, clone
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socle.h"
#include "socle/cleanup.h"
#include "vm.h"

enum { STOP_SECONDS = 120, SECONDS_MAX = 86400 };

static bool force;
static const char *timeout;

#define FORCE(help) { "force", 'f', OPT_BOOL, NULL, &force, help }

const struct cmd_opt vm_opts[] = { VM_STORAGE, { 0 } };

const struct cmd_opt vm_stop_opts[] = {
	FORCE("as if its power were cut"),
	{ "timeout", 't', OPT_STRING, "SECONDS", &timeout, "how long it may take; default 120" },
	VM_STORAGE,
	{ 0 },
};

const struct cmd_opt vm_destroy_opts[] = { FORCE("do not ask"), VM_STORAGE, { 0 } };

/* Each guest that is named, in order; the others go on when one fails. */
static int each(size_t argc, char **argv,
		int (*act)(const struct vm_host *h, const char *name, struct err *e))
{
	struct vm_host h;
	struct err e = { 0 };
	int code = 0;

	if (vm_host_open(&h, &e) < 0)
		return fail(&e);
	for (size_t i = 0; i < argc; i++) {
		e = (struct err){ 0 };
		if (act(&h, argv[i], &e) < 0)
			code = fail(&e);
	}
	return code;
}

int run_vm_start(size_t argc, char **argv)
{
	return each(argc, argv, vm_start);
}

static unsigned int stop_seconds = STOP_SECONDS;

static int stop(const struct vm_host *h, const char *name, struct err *e)
{
	return vm_stop(h, name, force, stop_seconds, e);
}

int run_vm_stop(size_t argc, char **argv)
{
	struct err e = { 0 };

	if (timeout) {
		char *end;
		unsigned long n = strtoul(timeout, &end, 10);

		if (end == timeout || *end || n > SECONDS_MAX) {
			err_set(&e, -EINVAL, "--timeout: %s is no number of seconds up to %d",
				timeout, SECONDS_MAX);
			return fail(&e);
		}
		stop_seconds = (unsigned int)n;
	}
	return each(argc, argv, stop);
}

int run_vm_console(size_t argc, char **argv)
{
	return each(argc, argv, vm_console);
}

/* What goes is named, and a person has to type the guest's name. */
static int confirm(const struct vm_host *h, const char *name, struct err *e)
{
	_cleanup_json_ json_t *paths = NULL;
	const json_t *path;
	char line[128] = "";
	size_t i;
	int ret = vm_owned(h, name, &paths, e);

	if (ret < 0 || force)
		return ret;
	if (!isatty(STDIN_FILENO))
		return err_set(e, -EPERM, "guest %s: nobody is here to confirm; use --force", name);
	printf("These go for ever:\n");
	json_array_foreach(paths, i, path) printf("  %s\n", json_string_value(path));
	printf("Type the guest's name to destroy it: ");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		*line = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, name) != 0)
		return err_set(e, -ECANCELED, "guest %s is kept", name);
	return 0;
}

static int destroy(const struct vm_host *h, const char *name, struct err *e)
{
	int ret = confirm(h, name, e);

	return ret < 0 ? ret : vm_destroy(h, name, e);
}

int run_vm_destroy(size_t argc, char **argv)
{
	return each(argc, argv, destroy);
}

int run_vm_clone(size_t argc, char **argv)
{
	struct vm_host h;
	struct err e = { 0 };

	(void)argc;
	if (vm_host_open(&h, &e) < 0 || vm_clone(&h, argv[0], argv[1], vm_host_id(), &e) < 0)
		return fail(&e);
	return 0;
}
