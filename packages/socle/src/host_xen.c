/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <libxl.h>
#include <stdlib.h>
#include <string.h>
#include <xentoollog.h>

#include "host.h"
#include "socle/buf.h"
#include "socle/fs.h"

/* libxl's log: its last error becomes ours, nothing is printed. */
struct log {
	xentoollog_logger base;
	char text[256];
};

__format(5, 0) static void log_message(xentoollog_logger *logger, xentoollog_level level,
				       int errnoval, const char *context, const char *format,
				       va_list al)
{
	struct log *log = (struct log *)logger;

	(void)errnoval;
	(void)context;
	if (level >= XTL_ERROR)
		vsnprintf(log->text, sizeof(log->text), format, al);
}

static void log_progress(xentoollog_logger *logger, const char *context, const char *doing_what,
			 int percent, unsigned long done, unsigned long total)
{
	(void)logger;
	(void)context;
	(void)doing_what;
	(void)percent;
	(void)done;
	(void)total;
}

static void log_destroy(xentoollog_logger *logger)
{
	(void)logger;
}

enum { FEATURE_DOM0 = 11 }; /* XENFEAT_dom0 of Xen's public/features.h */

/* The contents of a file of /sys/hypervisor, "" when there is none. */
static const char *property(const char *path, char *buffer, size_t len)
{
	struct buf text = BUF_INIT;

	*buffer = '\0';
	if (fs_read(path, 4096, &text, NULL) == 0)
		snprintf(buffer, len, "%s", text.s);
	buf_clear(&text);
	return buffer;
}

static int is_host(struct err *e)
{
	char text[64];

	if (strncmp(property("/sys/hypervisor/type", text, sizeof(text)), "xen", 3) != 0)
		return err_set(e, -ENOTSUP, "this machine does not run under Xen");
	property("/sys/hypervisor/properties/features", text, sizeof(text));
	if (!(strtoul(text, NULL, 16) & 1UL << FEATURE_DOM0))
		return err_set(e, -ENOTSUP, "this machine is a guest of Xen, not its host");
	return 0;
}

static json_t *capabilities(const libxl_physinfo *info)
{
	const struct {
		const char *name;
		bool has;
	} caps[] = {
		{ "hvm", info->cap_hvm },	{ "hvm_directio", info->cap_hvm_directio },
		{ "pv", info->cap_pv },		{ "hap", info->cap_hap },
		{ "shadow", info->cap_shadow },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		if (caps[i].has)
			json_array_append_new(list, json_string(caps[i].name));
	return list;
}

static json_t *describe(const libxl_version_info *v, const libxl_physinfo *info,
			const libxl_dominfo *dom0)
{
	json_int_t page = v->pagesize;

	return json_pack("{s:{s:o, s:s, s:o}, s:{s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I}}",
			 "xen", "version",
			 json_sprintf("%d.%d%s", v->xen_version_major, v->xen_version_minor,
				      v->xen_version_extra ? v->xen_version_extra : ""),
			 "commandline", v->commandline ? v->commandline : "", "capabilities",
			 capabilities(info), "cpus", "count", (json_int_t)info->nr_cpus, "nodes",
			 (json_int_t)info->nr_nodes, "cores_per_socket",
			 (json_int_t)info->cores_per_socket, "threads_per_core",
			 (json_int_t)info->threads_per_core, "khz", (json_int_t)info->cpu_khz,
			 "memory", "total", (json_int_t)info->total_pages * page, "free",
			 (json_int_t)info->free_pages * page, "dom0",
			 (json_int_t)dom0->current_memkb * 1024);
}

static int ask(libxl_ctx *ctx, struct log *log, json_t **out, struct err *e)
{
	const libxl_version_info *version = libxl_get_version_info(ctx);
	libxl_physinfo info;
	libxl_dominfo dom0;

	libxl_physinfo_init(&info);
	libxl_dominfo_init(&dom0);
	if (!version || libxl_get_physinfo(ctx, &info) != 0 ||
	    libxl_domain_info(ctx, &dom0, 0) != 0)
		err_set(e, -EIO, "Xen does not answer%s%s", *log->text ? ": " : "", log->text);
	else
		*out = describe(version, &info, &dom0);
	libxl_dominfo_dispose(&dom0);
	libxl_physinfo_dispose(&info);
	return *out ? 0 : -EIO;
}

int host_xen(json_t **out, struct err *e)
{
	struct log log = { .base = { log_message, log_progress, log_destroy } };
	libxl_ctx *ctx = NULL;
	int ret;

	*out = NULL;
	ret = is_host(e);
	if (ret < 0)
		return ret;
	if (libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, &log.base) != 0)
		return err_set(e, -EIO, "libxl%s%s", *log.text ? ": " : " does not start",
			       log.text);
	ret = ask(ctx, &log, out, e);
	libxl_ctx_free(ctx);
	return ret;
}
