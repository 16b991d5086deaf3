/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/xen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "socle/buf.h"
#include "socle/fs.h"

__format(5, 0) static void log_message(xentoollog_logger *logger, xentoollog_level level,
				       int errnoval, const char *context, const char *format,
				       va_list al)
{
	struct xen *x = (struct xen *)logger;

	(void)errnoval;
	(void)context;
	if (level >= XTL_ERROR)
		vsnprintf(x->text, sizeof(x->text), format, al);
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

int xen_is_host(struct err *e)
{
	char text[64];

	if (strncmp(property("/sys/hypervisor/type", text, sizeof(text)), "xen", 3) != 0)
		return err_set(e, -ENOTSUP,
			       "this is no Xen host: this machine does not run under Xen");
	property("/sys/hypervisor/properties/features", text, sizeof(text));
	if (!(strtoul(text, NULL, 16) & 1UL << FEATURE_DOM0))
		return err_set(e, -ENOTSUP, "this is no Xen host: this machine is a guest of Xen");
	return 0;
}

int xen_open(struct xen *x, struct err *e)
{
	int ret = xen_is_host(e);

	*x = (struct xen){ .log = { log_message, log_progress, log_destroy } };
	if (ret < 0)
		return ret;
	if (libxl_ctx_alloc(&x->ctx, LIBXL_VERSION, 0, &x->log) != 0)
		return xen_failed(x, e, "libxl does not start");
	return 0;
}

void xen_close(struct xen *x)
{
	if (x->ctx)
		libxl_ctx_free(x->ctx);
	x->ctx = NULL;
}

int xen_failed(const struct xen *x, struct err *e, const char *what)
{
	return err_set(e, -EIO, "%s%s%s", what, *x->text ? ": " : "", x->text);
}
