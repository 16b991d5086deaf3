/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * The code of this thread's last fault, as errno is: for callers without a struct, whose
 * err_wrap() has nothing else to return it from.
 */
static _Thread_local int last_code = -EIO;

/* A message is one line whatever a file name or a tool's output contains. */
static void one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = ' ';
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	last_code = code;
	if (!e)
		return code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	one_line(e->text);
	return code;
}

int err_sys(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	last_code = code;
	if (!e)
		return code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(-code));
	one_line(e->text);
	return code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[ERR_TEXT_MAX];
	va_list ap;
	size_t n;

	if (!e)
		return last_code;
	memcpy(inner, e->text, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	if (n < sizeof(e->text) - 3)
		snprintf(e->text + n, sizeof(e->text) - n, ": %.*s", (int)(sizeof(e->text) - n - 3),
			 inner);
	one_line(e->text);
	return e->code;
}

const char *err_text(const struct err *e)
{
	return e && e->text[0] ? e->text : "unknown error";
}
