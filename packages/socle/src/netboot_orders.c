/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle netboot add, socle netboot list, socle netboot forget
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kickstart/kickstart.h"
#include "netboot.h"
#include "netboot/order.h"
#include "netboot/serve.h"
#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

const char *netboot_state = NETBOOT_STATE;
static const char *add_file, *add_name;
static bool as_json;

const struct cmd_opt netboot_add_opts[] = {
	{ "ks", 0, OPT_STRING, "FILE", &add_file,
	  "its kickstart; without one the folder's is taken, again" },
	{ "name", 0, OPT_STRING, "HOST", &add_name, "the host's name" },
	NETBOOT_STATE_OPTION,
	{ 0 },
};

const struct cmd_opt netboot_list_opts[] = {
	{ "json", 0, OPT_BOOL, NULL, &as_json, "as JSON; see socle-netboot(1) for its keys" },
	NETBOOT_STATE_OPTION,
	{ 0 },
};

const struct cmd_opt netboot_forget_opts[] = {
	NETBOOT_STATE_OPTION,
	{ 0 },
};

/*
 * The file as the machine would get it: with what is included from beside it, and its name,
 * which may stand in the file.
 */
static int check_file(const char *path, struct buf *text, char name[HOSTNAME_SIZE], struct err *e)
{
	struct buf problems = BUF_INIT, whole = BUF_INIT;
	char folder[4096] = ".", *slash;
	struct orders s = { .state = netboot_state, .folder = folder };
	struct order o = { .text = *text };
	int ret;

	if (strlen(path) >= sizeof(folder))
		return err_sys(e, -ENAMETOOLONG, "%s", path);
	slash = strrchr(path, '/');
	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path),
			 path);
	snprintf(o.source, sizeof(o.source), "%s", path);
	if (add_name && hostname_ok(add_name))
		strcpy(o.name, add_name);
	ret = order_kickstart(&s, &o, NULL, &whole, &problems, e);
	strcpy(name, o.name);
	if (problems.len)
		fputs(problems.s, stderr);
	if (whole.len)
		explicit_bzero(whole.s, whole.len);
	buf_clear(&whole);
	buf_clear(&problems);
	return ret;
}

int run_netboot_add(size_t argc, char **argv)
{
	struct orders s = { .state = netboot_state };
	struct buf text = BUF_INIT;
	char name[HOSTNAME_SIZE] = "";
	struct err e = { 0 };
	int ret = 0;

	(void)argc;
	if (add_file)
		ret = fs_read_regular(add_file, KS_FILE_MAX, &text, &e);
	if (ret == 0 && add_file)
		ret = check_file(add_file, &text, name, &e);
	if (ret == 0)
		ret = order_add(&s, argv[0], add_file ? &text : NULL, add_file,
				add_name ? add_name
				: *name	 ? name
					 : NULL,
				&e);
	if (text.len)
		explicit_bzero(text.s, text.len);
	buf_clear(&text);
	return ret < 0 ? fail(&e) : 0;
}

int run_netboot_list(size_t argc, char **argv)
{
	_cleanup_json_ json_t *list = NULL;
	struct err e = { 0 };

	(void)argc, (void)argv;
	if (netboot_list(netboot_state, &list, &e) < 0)
		return fail(&e);
	if (as_json)
		return print_json(list, JSON_INDENT(2) | JSON_SORT_KEYS);
	netboot_print(stdout, list, 0, 0);
	return 0;
}

int run_netboot_forget(size_t argc, char **argv)
{
	struct err e = { 0 };
	int code = 0;

	for (size_t i = 0; i < argc; i++)
		if (netboot_forget(netboot_state, argv[i], &e) < 0)
			code = fail(&e);
	return code;
}
