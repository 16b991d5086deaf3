/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lang, keyboard, timezone, timesource.
 */
#include <stdio.h>
#include <string.h>

#include "parser.h"
#include "types.h"

static const struct ks_option lang_options[] = {
	{ "addsupport", .type = &type_texts, .status = KS_IGNORED, .help = "further languages",
	  .why = "ignored; the system image has the languages it has" },
	{ 0 },
};

/* The system speaks UTF-8 only: "en_US" is "en_US.UTF-8". */
static void apply_lang(struct parser *p, const struct ks_args *args)
{
	const char *text = args->operand[0].text, *modifier = strchrnul(text, '@');
	size_t n = strcspn(text, ".@");
	const char *charset = text + n;
	char lang[128];

	if (strlen(text) >= sizeof(lang) - sizeof(".UTF-8")) {
		parser_refuse(p, args->operand[0].column, "the name is too long");
		return;
	}
	if (*charset == '.' && strncasecmp(charset, ".UTF-8", 6) != 0 &&
	    strncasecmp(charset, ".utf8", 5) != 0)
		parser_warn(p, args->operand[0].column, "the system speaks UTF-8 only");
	if (n == 5 && strncmp(text, "POSIX", n) == 0)
		text = "C", n = 1, modifier = "";
	snprintf(lang, sizeof(lang), "%.*s.UTF-8%s", (int)n, text, modifier);
	parser_set(p, &p->a->lang, lang);
}

enum { KEYBOARD_VCKEYMAP, KEYBOARD_XLAYOUTS };

static const struct ks_option keyboard_options[] = {
	[KEYBOARD_VCKEYMAP] = { "vckeymap", .type = &type_keymap, .help = "keymap of the console" },
	[KEYBOARD_XLAYOUTS] = { "xlayouts", .type = &type_layouts,
				.help = "the first is the console's keymap if nothing else says" },
	{ "switch", .type = &type_text, .status = KS_SILENT,
	  .help = "no effect; there is no graphical desktop" },
	{ 0 },
};

static void apply_keyboard(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *vckeymap = &args->option[KEYBOARD_VCKEYMAP];
	const struct ks_arg *xlayouts = &args->option[KEYBOARD_XLAYOUTS];
	char first[64];

	if (vckeymap->given) {
		parser_set(p, &p->a->keyboard, vckeymap->text);
	} else if (args->operands) {
		parser_set(p, &p->a->keyboard, args->operand[0].text);
	} else if (xlayouts->given) {
		snprintf(first, sizeof(first), "%.*s", (int)strcspn(xlayouts->text, ", ("),
			 xlayouts->text);
		parser_set(p, &p->a->keyboard, first);
	} else {
		parser_error(p, args->column, "KEYMAP is missing");
	}
}

enum { TIMEZONE_UTC, TIMEZONE_NTPSERVERS, TIMEZONE_NONTP };

static const struct ks_option timezone_options[] = {
	[TIMEZONE_UTC] = { "utc", .alias = "isUtc", .help = "the hardware clock is in UTC" },
	[TIMEZONE_NTPSERVERS] = { "ntpservers", .type = &type_server_list, .conflicts = "nontp",
				  .help = "time servers" },
	[TIMEZONE_NONTP] = { "nontp", .help = "do not keep the clock by time servers" },
	{ 0 },
};

static void apply_timezone(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *servers = &args->option[TIMEZONE_NTPSERVERS];
	struct answers *a = p->a;

	if (!args->operands && !servers->given) {
		parser_error(p, args->column, "ZONE is missing");
		return;
	}
	if (args->operands)
		parser_set(p, &a->timezone, args->operand[0].text);
	a->utc = args->option[TIMEZONE_UTC].given;
	if (args->option[TIMEZONE_NONTP].given)
		a->ntp_off = true;
	if (servers->given)
		parser_split(p, &a->ntp, servers->text, ",");
}

enum { TIMESOURCE_SERVER, TIMESOURCE_POOL, TIMESOURCE_DISABLE, TIMESOURCE_NTS };

static const struct ks_option timesource_options[] = {
	[TIMESOURCE_SERVER] = { "ntp-server", .type = &type_server, .help = "a time server" },
	[TIMESOURCE_POOL] = { "ntp-pool", .type = &type_server,
			      .help = "a name with many time servers" },
	[TIMESOURCE_DISABLE] = { "ntp-disable", .conflicts = "nts",
				 .help = "do not keep the clock by time servers" },
	[TIMESOURCE_NTS] = { "nts", .status = KS_LATER, .help = "the server is to prove who it is",
			     .why = "NTS is not supported yet" },
	{ 0 },
};

static void apply_timesource(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *server = &args->option[TIMESOURCE_SERVER];
	const struct ks_arg *pool = &args->option[TIMESOURCE_POOL];

	if (args->option[TIMESOURCE_DISABLE].given)
		p->a->ntp_off = true;
	else
		parser_split(p, &p->a->ntp, server->given ? server->text : pool->text, ",");
}

const struct ks_command commands_locale[] = {
	{ "lang", .operand = "LANGUAGE", .least = 1, .operand_type = &type_lang,
	  .options = lang_options, .apply = apply_lang, .help = "language of the system" },
	{ "keyboard", .operand = "KEYMAP", .operand_type = &type_keymap,
	  .options = keyboard_options, .apply = apply_keyboard, .help = "keymap of the console" },
	{ "timezone", .operand = "ZONE", .operand_type = &type_timezone,
	  .options = timezone_options, .apply = apply_timezone,
	  .help = "time zone and time servers" },
	{ "timesource", .since = "RHEL 9", .repeat = KS_MANY, .options = timesource_options,
	  .one_of = "ntp-server|ntp-pool|ntp-disable", .apply = apply_timesource,
	  .help = "what the clock is kept by" },
	{ "langsupport", .status = KS_IGNORED, .gone = "RHEL 5", .operand = "LANGUAGE",
	  .most = KS_OPERANDS_MAX,
	  .options = (const struct ks_option[]){ { "default", .type = &type_text }, { 0 } },
	  .help = "further languages",
	  .why = "ignored; the system image has the languages it has" },
	{ 0 },
};
