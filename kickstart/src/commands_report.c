/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * webhook, onfailure: who hears of an installation, and what is done when it fails.
 */
#include <string.h>

#include "parser.h"
#include "types.h"

#define HOOK(kind, field) KS_TO(kind, struct ks_webhook, field)
#define FAIL(kind, field) KS_TO(kind, struct ks_on_failure, field)

enum { HOOK_URL, HOOK_TOKEN, HOOK_FINGERPRINT };

const struct ks_option webhook_options[] = {
	[HOOK_URL] = { "url", .type = &type_webhook, .required = true, HOOK(KS_STRING, url),
		       .help = "where the events are posted as JSON" },
	[HOOK_TOKEN] = { "token", .type = &type_word, .secret = true, HOOK(KS_STRING, token),
			 .help = "sent as 'Authorization: Bearer TOKEN'" },
	[HOOK_FINGERPRINT] = { "fingerprint", .type = &type_pin, HOOK(KS_STRING, fingerprint),
			       .help = "SHA-256 of the public key that the server must have; no "
				       "authority is asked then" },
	{ "events", .type = &type_events, HOOK(KS_STRINGS, events),
	  .help = "only these of start, planned, step, progress, done, failed and bundle" },
	{ 0 },
};

/* A token is as good as its way: http can be read by all that it passes. */
static void check_way(struct parser *p, const struct ks_arg *url, const struct ks_arg *token,
		      const struct ks_arg *pin)
{
	bool https = url->given && strstr(url->text, "https://");

	if (pin->given && !https)
		parser_error(p, pin->column, "--fingerprint needs a URL of https");
	else if (token->given && url->given && strstr(url->text, "http://"))
		parser_warn(p, token->column, "the token can be read on its way; use https");
}

static void apply_webhook(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_webhook *w;

	check_way(p, &args->option[HOOK_URL], &args->option[HOOK_TOKEN],
		  &args->option[HOOK_FINGERPRINT]);
	w = parser_grow(p, &a->webhooks, &a->webhook_count, sizeof(*w));
	if (!w)
		return;
	w->pos = p->pos;
	args_fill(p, webhook_options, args, w);
}

enum { FAIL_BUNDLE, FAIL_TOKEN, FAIL_FINGERPRINT };

const struct ks_option on_failure_options[] = {
	[FAIL_BUNDLE] = { "bundle", .type = &type_bundle, FAIL(KS_STRING, bundle),
			  .help = "where the log bundle goes: PUT to a URL, POST with post:URL, or "
				  "written to a volume or a file; with / at the end, under a name "
				  "of its own" },
	[FAIL_TOKEN] = { "token", .type = &type_word, .secret = true, .needs = "bundle",
			 FAIL(KS_STRING, token), .help = "sent as 'Authorization: Bearer TOKEN'" },
	[FAIL_FINGERPRINT] = { "fingerprint", .type = &type_pin, .needs = "bundle",
			       FAIL(KS_STRING, fingerprint),
			       .help = "SHA-256 of the public key that the server must have" },
	{ "then", .type = &type_text, .choices = "shell|reboot|poweroff", FAIL(KS_STRING, then),
	  .help = "what the machine does; a root shell on its consoles if not given" },
	{ 0 },
};

static void apply_on_failure(struct parser *p, const struct ks_args *args)
{
	check_way(p, &args->option[FAIL_BUNDLE], &args->option[FAIL_TOKEN],
		  &args->option[FAIL_FINGERPRINT]);
	p->a->on_failure.pos = p->pos;
	args_fill(p, on_failure_options, args, &p->a->on_failure);
}

const struct ks_command commands_report[] = {
	{ "webhook", .dialect = KS_SOCLE, .repeat = KS_MANY, .options = webhook_options,
	  .apply = apply_webhook,
	  .help = "a server that is told how the installation goes; see docs/webhooks.md" },
	{ "onfailure", .dialect = KS_SOCLE, .options = on_failure_options, .some_of = "bundle|then",
	  .apply = apply_on_failure, .help = "what is done when an unattended installation fails" },
	{ 0 },
};
