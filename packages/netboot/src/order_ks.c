/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kickstart of an order, checked as the machine gets it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kickstart/kickstart.h"
#include "netboot/order.h"
#include "order.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

int order_included_fd(const struct orders *s, const char *name, struct err *e)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	_cleanup_close_ int folder = -1;
	int fd;

	if (!s->folder || !*name || *name == '.' || strchr(name, '/') || is_kickstart_name(name))
		return err_set(e, -ENOENT, "%s: no file that is included", name);
	folder = open(s->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return err_sys(e, -errno, "%s", s->folder);
	fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));
	return fd < 0 ? err_sys(e, -errno, "%s/%s", s->folder, name) : fd;
}

/* What the machine will ask this server for can be looked at here, all else cannot. */
struct reading {
	const struct orders *s;
	size_t elsewhere;
};

static int read_included(void *ctx, const char *source, size_t max, struct buf *out, struct err *e)
{
	struct reading *r = ctx;
	_cleanup_close_ int fd = -1;

	if (*source == '/' || strstr(source, "://")) {
		r->elsewhere++;
		return err_set(e, -EREMOTE, "it is not in the folder");
	}
	fd = order_included_fd(r->s, source, e);
	return fd < 0 ? fd : fs_read_regular_fd(fd, source, max, out, e);
}

static void tell(const struct ks_messages *m, const char *name, struct buf *problems)
{
	for (size_t i = 0; problems && i < m->count; i++) {
		ks_message_text(&m->item[i], name, problems);
		buf_addc(problems, '\n');
	}
}

/* What the first line of all that is told has, for a table with one line for each machine. */
static int refuse(const struct ks_messages *m, const char *name, size_t elsewhere, struct err *e)
{
	enum ks_severity worst = m->errors ? KS_ERROR : KS_REFUSAL;
	struct buf line = BUF_INIT;

	if (!m->errors && m->refusals <= elsewhere)
		return 0;
	for (size_t i = 0; i < m->count && !line.len; i++)
		if (m->item[i].severity == worst)
			ks_message_text(&m->item[i], name, &line);
	err_set(e, -EINVAL, "%.*s", (int)strcspn(line.s, "\n"), line.s);
	buf_clear(&line);
	return -EINVAL;
}

static int check(const struct orders *s, const char *name, const struct buf *text,
		 struct answers *a, struct buf *problems, struct err *e)
{
	struct reading r = { .s = s };
	struct ks_reader reader = { .read = read_included, .ctx = &r };
	struct ks_messages m = { 0 };
	int ret = ks_parse_with(&reader, text->s, text->len, a, &m, e);

	tell(&m, name, problems);
	if (ret == 0 || m.errors)
		ret = refuse(&m, name, r.elsewhere, e);
	else
		err_wrap(e, "%s", name);
	ks_messages_clear(&m);
	return ret;
}

static int read_text(const struct order *o, struct buf *out, struct err *e)
{
	if (o->path)
		return fs_read_regular(o->path, KS_FILE_MAX, out, e);
	buf_add(out, o->text.s, o->text.len);
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "kickstart");
}

/* The first name in a file counts, so a second one would be lost without a word. */
static int check_name(const struct order *o, const struct answers *a, struct err *e)
{
	const char *name = answers_hostname(a);

	if (!*o->name || !name || strcasecmp(o->name, name) == 0)
		return 0;
	return err_set(e, -EINVAL, "%s: it names the host %s already, not %s", o->source, name,
		       o->name);
}

/* Lines of ours stand at the end, so that those of the file keep their numbers. */
static void add_lines(const struct order *o, const struct answers *a, const char *bundle,
		      struct buf *out)
{
	struct buf more = BUF_INIT;

	if (*o->name && !answers_hostname(a))
		buf_addf(&more, "network --hostname=%s\n", o->name);
	if (bundle && !a->on_failure.pos.line)
		buf_addf(&more, "onfailure --bundle=%s\n", bundle);
	if (more.len) {
		buf_addf(out, "%s# socle netboot\n",
			 out->len && out->s[out->len - 1] != '\n' ? "\n" : "");
		buf_add(out, more.s, more.len);
		explicit_bzero(more.s, more.len);
	}
	buf_clear(&more);
}

static void take_name(struct order *o, const struct answers *a)
{
	const char *name = answers_hostname(a);

	if (name && hostname_ok(name))
		strcpy(o->name, name);
}

int order_kickstart(const struct orders *s, struct order *o, const char *bundle, struct buf *out,
		    struct buf *problems, struct err *e)
{
	struct answers a = ANSWERS_INIT;
	int ret = read_text(o, out, e);
	size_t before = out->len;

	if (ret == 0)
		ret = check(s, o->source, out, &a, problems, e);
	if (ret == 0)
		ret = check_name(o, &a, e);
	if (ret == 0) {
		add_lines(o, &a, bundle, out);
		take_name(o, &a);
	}
	answers_clear(&a);
	/* The lines that were added have to be good, too. */
	if (ret == 0 && out->len > before) {
		a = ANSWERS_INIT;
		ret = check(s, o->source, out, &a, NULL, e);
		answers_clear(&a);
	}
	return ret;
}
