/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reporting.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socle/fs.h"

static void leaving(void *ctx)
{
	reporting_close(ctx);
}

static char *keep(void *ctx, const struct session *s)
{
	struct reporting *r = ctx;

	return report_keep(&r->report, s);
}

void reporting_open(struct reporting *r, const struct session *s, FILE *out)
{
	*r = (struct reporting){ .problems = BUF_INIT,
				 .out = out,
				 .on = !s->options.dry_run && !s->options.facts };
	if (!r->on)
		return;
	report_init(&r->report, NULL);
	notify_open(&r->notify, &r->report, &r->problems);
}

void reporting_listen(struct reporting *r, struct session *s)
{
	if (!r->on)
		return;
	session_listen(s, &(struct session_listener){ .phase = report_phase,
						      .event = report_event,
						      .ctx = &r->report });
	session_listen(s, &(struct session_listener){ .phase = notify_phase,
						      .event = notify_event,
						      .ctx = &r->notify });
	s->report = keep;
	s->leaving = leaving;
	s->report_ctx = r;
}

void reporting_failed(struct reporting *r, const struct session *s)
{
	const struct ks_on_failure *f = &s->answers.on_failure;
	struct send_names names;
	char where[PATH_MAX];
	struct err e = { 0 };
	int ret;

	if (!r->on || !f->bundle)
		return;
	names = notify_names(&r->notify);
	names.event = "failed";
	ret = bundle_save(&(struct bundle_target){ .place = f->bundle,
						   .token = f->token,
						   .fingerprint = f->fingerprint },
			  &names, where, &e);
	notify_bundle(&r->notify, where, ret < 0 ? &e : NULL);
	if (ret < 0)
		fprintf(r->out, "%s\n", err_text(&e));
	else
		fprintf(r->out, "The log bundle is %s.\n", where);
	fflush(r->out);
}

/* The host's name, of this system or of the one that is mounted at root. */
static void name_of_host(const char *root, char *host, size_t len)
{
	struct buf text = BUF_INIT;
	char path[PATH_MAX];

	*host = '\0';
	if (root) {
		snprintf(path, sizeof(path), "%s/etc/hostname", root);
		if (fs_read_regular(path, 4096, &text, NULL) == 0)
			snprintf(host, len, "%.*s", (int)strcspn(text.s, "\n"), text.s);
		buf_clear(&text);
	} else if (gethostname(host, len - 1) < 0) {
		*host = '\0';
	}
}

int reporting_bundle(const char *place, const char *fingerprint, const char *root,
		     char where[PATH_MAX], struct err *e)
{
	struct report none = { 0 };
	struct send_names names;
	char host[65] = "";
	struct notify n;
	int ret;

	notify_init(&n, &none);
	names = notify_names(&n);
	names.event = "bundle";
	name_of_host(root, host, sizeof(host));
	names.hostname = host;
	ret = bundle_save(&(struct bundle_target){ .place = place,
						   .token = getenv("SOCLE_TOKEN"),
						   .fingerprint = fingerprint,
						   .root = root },
			  &names, where, e);
	notify_close(&n, 0, NULL);
	return ret;
}

void reporting_present(struct reporting *r)
{
	if (r->on)
		notify_present(&r->notify);
	reporting_close(r);
}

void reporting_close(struct reporting *r)
{
	if (!r->on)
		return;
	r->on = false;
	notify_close(&r->notify, WEBHOOK_FLUSH_SECONDS, &r->problems);
	report_clear(&r->report);
	fputs(r->problems.s, r->out);
	fflush(r->out);
	buf_clear(&r->problems);
}
