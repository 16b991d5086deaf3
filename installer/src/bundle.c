/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bundle.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bundle_place.h"
#include "socle/fs.h"
#include "socle/proc.h"

#define FOLDER "/run/socle"

enum { OTHER_LOGS_MAX = 500, OPEN_FOLDERS = 16 };

/* What each is called in the bundle, and where it comes from. */
static const struct bundled {
	const char *name;
	const char *path;
} files[] = {
	{ "install.log", FOLDER "/install.log" },
	{ "install.jsonl", FOLDER "/install.jsonl" },
	{ "install-report.json", FOLDER "/install-report.json" },
	{ "plan.json", FOLDER "/plan.json" },
	{ "kickstart.txt", FOLDER "/kickstart.txt" },
	{ "version", "/usr/lib/socle/version" },
	{ "cmdline", "/proc/cmdline" },
	{ "mdstat", "/proc/mdstat" },
	{ "partitions", "/proc/partitions" },
	{ "meminfo", "/proc/meminfo" },
	{ "mounts", "/proc/self/mountinfo" },
};

/* Those of an installed system: this one, or one that is mounted. */
static const struct bundled host_files[] = {
	{ "host/install.jsonl", "/var/log/socle/install.jsonl" },
	{ "host/install-report.json", "/var/lib/socle/install-report.json" },
	{ "host/plan.json", "/var/lib/socle/plan.json" },
	{ "host/firstboot.log", "/var/log/socle/firstboot.log" },
	{ "host/version", "/usr/lib/socle/version" },
	{ "host/fstab", "/etc/fstab" },
};

#define ARGV(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct {
	const char *name;
	const char *const *argv;
} commands[] = {
	{ "journal.txt", ARGV("journalctl", "-b", "--no-pager", "-o", "short-precise") },
	{ "dmesg.txt", ARGV("dmesg", "-T") },
	{ "xl-dmesg.txt", ARGV("xl", "dmesg") },
	{ "xl-info.txt", ARGV("xl", "info") },
	{ "facts.json", ARGV("socle", "facts") },
	{ "failed-units.txt", ARGV("systemctl", "--failed", "--no-pager") },
	{ "storage/lsblk.txt",
	  ARGV("lsblk", "-o",
	       "NAME,KNAME,TYPE,SIZE,LOG-SEC,ROTA,RO,MODEL,SERIAL,WWN,TRAN,FSTYPE,LABEL,UUID,"
	       "PARTLABEL,MOUNTPOINTS") },
	{ "storage/pvs.txt", ARGV("pvs", "-a", "-o", "+pv_uuid") },
	{ "storage/vgs.txt", ARGV("vgs", "-o", "+vg_uuid") },
	{ "storage/lvs.txt", ARGV("lvs", "-a", "-o", "+devices,lv_health_status") },
	{ "storage/mdadm.txt", ARGV("mdadm", "--detail", "--scan", "--verbose") },
	{ "storage/multipath.txt", ARGV("multipath", "-ll") },
	{ "storage/efibootmgr.txt", ARGV("efibootmgr", "-v") },
	{ "storage/udev.txt", ARGV("udevadm", "info", "--export-db") },
	{ "network/networkctl.txt", ARGV("networkctl", "status", "--all", "--no-pager") },
	{ "network/addresses.txt", ARGV("ip", "-d", "-s", "address") },
	{ "network/routes.txt", ARGV("ip", "route", "show", "table", "all") },
	{ "network/resolvectl.txt", ARGV("resolvectl", "status", "--no-pager") },
	{ "hardware/lspci.txt", ARGV("lspci", "-nnk") },
	{ "hardware/lsusb.txt", ARGV("lsusb") },
	{ "hardware/processes.txt", ARGV("ps", "axfww", "-o", "pid,stat,etime,rss,comm") },
};

/* The value behind a name, up to a blank, a quote or the end of the line. */
static void blank_value(struct buf *out, const char **at)
{
	*at += strcspn(*at, " \t\r\n\"'\\");
	buf_adds(out, "...");
}

/* User and password before a host: "//u:p@h"; at is behind the slashes. */
static void blank_user(struct buf *out, const char **at)
{
	size_t len = strcspn(*at, "/?# \t\r\n\"'<>");
	const char *end = memrchr(*at, '@', len);

	if (!end)
		return;
	buf_adds(out, "...");
	*at = end;
}

void bundle_redact(struct buf *text)
{
	static const char *const secrets[] = { "token=", "password=", "passwd=", "Bearer " };
	struct buf out = BUF_INIT;
	const char *at = text->s, *end = text->s + text->len;

	while (at < end) {
		size_t i = 0, count = sizeof(secrets) / sizeof(secrets[0]);

		if (strncmp(at, "://", 3) == 0) {
			buf_adds(&out, "://");
			at += 3;
			blank_user(&out, &at);
			continue;
		}
		while (i < count && strncasecmp(at, secrets[i], strlen(secrets[i])) != 0)
			i++;
		if (i < count) {
			buf_add(&out, at, strlen(secrets[i]));
			at += strlen(secrets[i]);
			blank_value(&out, &at);
		} else {
			buf_addc(&out, *at++);
		}
	}
	explicit_bzero(text->s, text->len);
	buf_clear(text);
	*text = out;
}

/* A text below the folder, its end if it is long. */
static void keep(const char *folder, const char *name, struct buf *text)
{
	size_t skip = text->len > BUNDLE_FILE_MAX ? text->len - BUNDLE_FILE_MAX : 0;
	char path[PATH_MAX], *slash;

	if (!text->len)
		return;
	bundle_redact(text);
	skip = skip < text->len ? skip : 0;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (fs_mkdirs(path, 0700, NULL) < 0)
		return;
	*slash = '/';
	/* What cannot be kept is missing in the bundle, which is better than no bundle. */
	if (fs_write(path, text->s + skip, text->len - skip, 0600, NULL) < 0)
		unlink(path);
}

static void keep_file(const char *folder, const char *name, const char *path)
{
	struct buf text = BUF_INIT;

	if (fs_read(path, 64 << 20, &text, NULL) == 0)
		keep(folder, name, &text);
	buf_clear(&text);
}

/* What was mounted may have anything under a name. */
static void keep_regular(const char *folder, const char *name, const char *path)
{
	struct buf text = BUF_INIT;

	if (fs_read_regular(path, 64 << 20, &text, NULL) == 0)
		keep(folder, name, &text);
	buf_clear(&text);
}

static void add_line(void *ctx, const char *line)
{
	struct buf *text = ctx;

	if (text->len < 4 * BUNDLE_FILE_MAX)
		buf_addf(text, "%s\n", line);
}

static void keep_output(const char *folder, const char *name, const char *const *argv)
{
	struct buf text = BUF_INIT;
	struct err e = { 0 };

	if (proc_run(&(struct proc){ .argv = argv,
				     .timeout_s = BUNDLE_COMMAND_SECONDS,
				     .line = add_line,
				     .ctx = &text },
		     &e) < 0)
		buf_addf(&text, "(%s)\n", err_text(&e));
	keep(folder, name, &text);
	buf_clear(&text);
}

/* nftw() has no argument of the caller's. */
static struct {
	const char *folder;
	size_t cut; /* of each path */
	unsigned int count;
} walk;

static int keep_log(const char *path, const struct stat *st, int type, struct FTW *at)
{
	char name[PATH_MAX];

	(void)st, (void)at;
	if (type != FTW_F || !*path)
		return 0;
	if (walk.count++ == OTHER_LOGS_MAX)
		return 1;
	snprintf(name, sizeof(name), "host/log%s", path + walk.cut);
	/* journalctl reads the one, the others have names of their own. */
	if (strncmp(name, "host/log/journal/", 17) != 0 &&
	    strncmp(name, "host/log/socle/", 15) != 0)
		keep_regular(walk.folder, name, path);
	return 0;
}

static void keep_mounted(const char *folder, const char *root)
{
	char logs[PATH_MAX], journal[PATH_MAX];
	const char *const argv[] = { "journalctl",    "-D", journal,  "--no-pager", "-o",
				     "short-precise", "-n", "200000", NULL };

	snprintf(logs, sizeof(logs), "%s/var/log", root);
	snprintf(journal, sizeof(journal), "%.4000s/journal", logs);
	keep_output(folder, "host/journal.txt", argv);
	walk = (__typeof__(walk)){ .folder = folder, .cut = strlen(logs) };
	/* As all else here: what cannot be read is missing. */
	if (nftw(logs, keep_log, OPEN_FOLDERS, FTW_PHYS | FTW_MOUNT) < 0)
		walk.count = 0;
}

static void collect(const char *folder, const char *root)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		keep_file(folder, files[i].name, files[i].path);
	for (size_t i = 0; i < sizeof(host_files) / sizeof(host_files[0]); i++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s%s", root ? root : "", host_files[i].path);
		keep_regular(folder, host_files[i].name, path);
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		keep_output(folder, commands[i].name, commands[i].argv);
	if (root)
		keep_mounted(folder, root);
}

/* "socle-logs-host1-20261123T120000Z" */
static void make_name(const struct send_names *names, char *name, size_t len)
{
	time_t now = time(NULL);
	char *who, when[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	who = send_expand(names->hostname && *names->hostname ? "{hostname}" : "{serial}", names,
			  true);
	snprintf(name, len, "socle-logs-%.64s-%s", who ? who : "unknown", when);
	free(who);
}

/* Collect into a folder, pack it, and remove it; path becomes the bundle's. */
static int make(const struct send_names *names, const char *root, char path[PATH_MAX],
		struct err *e)
{
	char name[128], work[] = FOLDER "/bundle-XXXXXX", folder[256];
	int ret = fs_mkdirs(FOLDER, 0755, e);

	if (ret < 0)
		return ret;
	if (!mkdtemp(work))
		return err_sys(e, -errno, "%s", work);
	make_name(names, name, sizeof(name));
	snprintf(folder, sizeof(folder), "%s/%s", work, name);
	snprintf(path, PATH_MAX, FOLDER "/%s.tar.zst", name);
	collect(folder, root);
	ret = proc_cmd(e, "tar", "--zstd", "--owner=root:0", "--group=root:0", "-C", work, "-cf",
		       path, name, (char *)NULL);
	if (ret < 0)
		unlink(path);
	if (proc_cmd(NULL, "rm", "-rf", work, (char *)NULL) < 0)
		return ret;
	return ret;
}

int bundle_save(const struct bundle_target *target, const struct send_names *names,
		char where[PATH_MAX], struct err *e)
{
	char path[PATH_MAX];
	int ret;

	snprintf(where, PATH_MAX, "%s", "");
	ret = make(names, target->root, path, e);
	if (ret < 0)
		return err_wrap(e, "log bundle");
	ret = bundle_bring(path, target, names, where, e);
	if (ret < 0)
		return err_wrap(e, "log bundle %s", path);
	if (strcmp(path, where) != 0)
		unlink(path);
	return 0;
}
