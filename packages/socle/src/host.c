/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle host show
 */
#include "host.h"

#include <errno.h>
#include <string.h>

#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

static bool show_json;

const struct cmd_opt host_show_opts[] = {
	{ "json", 0, OPT_BOOL, NULL, &show_json, "as one JSON object; see socle(1) for its keys" },
	{ 0 },
};

const char *host_argument(const char *cmdline, const char *name, char *buffer, size_t len)
{
	size_t n = strlen(name);

	for (const char *s = cmdline; *s; s += strcspn(s, " \n"), s += strspn(s, " \n")) {
		if (strncmp(s, name, n) != 0 || s[n] != '=')
			continue;
		snprintf(buffer, len, "%.*s", (int)strcspn(s + n + 1, " \n"), s + n + 1);
		return buffer;
	}
	return NULL;
}

static json_t *slot(void)
{
	struct buf cmdline = BUF_INIT;
	json_t *value = NULL;
	char text[16];

	if (fs_read("/proc/cmdline", 1 << 16, &cmdline, NULL) == 0 &&
	    host_argument(cmdline.s, "socle.slot", text, sizeof(text)))
		value = json_text(text);
	buf_clear(&cmdline);
	return value ? value : json_null();
}

/* Of the image that runs, which may be newer or older than this program. */
static json_t *version(void)
{
	struct buf text = BUF_INIT;
	json_t *value = NULL;

	if (fs_read("/usr/lib/socle/version", 256, &text, NULL) == 0) {
		text.s[strcspn(text.s, "\n")] = '\0';
		value = json_text(text.s);
	}
	buf_clear(&text);
	return value ? value : json_string(SOCLE_VERSION);
}

/* How this host was installed; null for one that has no report of it. */
static json_t *install(void)
{
	static const char path[] = "/var/lib/socle/install-report.json";
	_cleanup_json_ json_t *report = json_load_file(path, 0, NULL);

	if (!json_is_object(report))
		return json_null();
	return json_pack("{s:s, s:O?, s:O?, s:O?, s:O?, s:O?}", "report", path, "plan",
			 json_object_get(report, "plan"), "ended", json_object_get(report, "ended"),
			 "ms", json_object_get(report, "ms"), "versions",
			 json_object_get(report, "versions"), "kickstart",
			 json_object_get(report, "kickstart"));
}

/* A host whose volume group is missing is shown all the same, with what is wrong. */
static void add_storage(json_t *host)
{
	struct err e = { 0 };
	json_t *storage;

	if (host_storage(&storage, &e) < 0)
		storage = json_pack("{s:o}", "error", json_text(err_text(&e)));
	json_object_set_new(host, "storage", storage);
}

int run_host_show(size_t argc, char **argv)
{
	_cleanup_json_ json_t *host = NULL;
	json_t *network = NULL;
	struct err e = { 0 };

	(void)argc;
	(void)argv;
	if (host_xen(&host, &e) < 0 || host_network("/sys/class/net", &network, &e) < 0)
		return fail(&e);
	json_object_set_new(host, "version", version());
	json_object_set_new(host, "slot", slot());
	json_object_set_new(host, "network", network);
	json_object_set_new(host, "install", install());
	add_storage(host);
	if (show_json)
		return print_json(host, JSON_INDENT(2) | JSON_SORT_KEYS);
	host_print(host, stdout);
	return 0;
}
