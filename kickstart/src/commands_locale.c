/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lang, keyboard, timezone.
 */
#include <stdio.h>
#include <string.h>

#include "parser.h"
#include "types.h"

enum { LANG_ADDSUPPORT };

static const struct ks_option lang_options[] = {
	[LANG_ADDSUPPORT] = { "addsupport", .type = &type_word, .status = KS_IGNORED,
			      .help = "ignored; the system image has the languages it has" },
	{ 0 },
};

/* The system speaks UTF-8 only: "en_US" is "en_US.UTF-8". */
static void apply_lang(struct parser *p, const struct ks_args *args)
{
	const char *text = args->operand.text, *modifier = strchrnul(text, '@');
	size_t n = strcspn(text, ".@");
	const char *charset = text + n;
	char lang[128];

	if (strlen(text) >= sizeof(lang) - sizeof(".UTF-8")) {
		parser_error(p, args->operand.column, "the name is too long");
		return;
	}
	if (*charset == '.' && strncasecmp(charset, ".UTF-8", 6) != 0 &&
	    strncasecmp(charset, ".utf8", 5) != 0)
		parser_warn(p, args->operand.column, "the system speaks UTF-8 only");
	if (n == 5 && strncmp(text, "POSIX", n) == 0)
		text = "C", n = 1, modifier = "";
	snprintf(lang, sizeof(lang), "%.*s.UTF-8%s", (int)n, text, modifier);
	parser_set(p, &p->a->lang, lang);
}

enum { KEYBOARD_VCKEYMAP, KEYBOARD_XLAYOUTS, KEYBOARD_SWITCH };

static const struct ks_option keyboard_options[] = {
	[KEYBOARD_VCKEYMAP] = { "vckeymap", .type = &type_keymap, .help = "keymap of the console" },
	[KEYBOARD_XLAYOUTS] = { "xlayouts", .type = &type_layouts,
				.help = "the first is the console's keymap if nothing else says" },
	[KEYBOARD_SWITCH] = { "switch", .type = &type_word, .status = KS_SILENT,
			      .help = "ignored; there is no graphical desktop" },
	{ 0 },
};

static void apply_keyboard(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *vckeymap = &args->option[KEYBOARD_VCKEYMAP];
	const struct ks_arg *xlayouts = &args->option[KEYBOARD_XLAYOUTS];
	char first[64];

	if (vckeymap->given) {
		parser_set(p, &p->a->keyboard, vckeymap->text);
	} else if (args->operand.given) {
		parser_set(p, &p->a->keyboard, args->operand.text);
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
	[TIMEZONE_NTPSERVERS] = { "ntpservers", .type = &type_server_list, .help = "time servers" },
	[TIMEZONE_NONTP] = { "nontp", .help = "do not keep the clock by time servers" },
	{ 0 },
};

static void apply_timezone(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *servers = &args->option[TIMEZONE_NTPSERVERS];
	struct answers *a = p->a;

	if (servers->given && args->option[TIMEZONE_NONTP].given) {
		parser_error(p, servers->column, "--ntpservers and --nontp contradict each other");
		return;
	}
	if (!args->operand.given && !servers->given) {
		parser_error(p, args->column, "ZONE is missing");
		return;
	}
	parser_set(p, &a->timezone, args->operand.text);
	a->utc = args->option[TIMEZONE_UTC].given;
	a->ntp_off = args->option[TIMEZONE_NONTP].given;
	strings_clear(&a->ntp);
	if (servers->given)
		parser_split(p, &a->ntp, servers->text, ",");
}

const struct ks_command commands_locale[] = {
	{ "lang", .operand = "LANGUAGE", .operand_needed = true, .operand_type = &type_lang,
	  .options = lang_options, .apply = apply_lang, .help = "language of the system" },
	{ "keyboard", .operand = "KEYMAP", .operand_type = &type_keymap,
	  .options = keyboard_options, .apply = apply_keyboard, .help = "keymap of the console" },
	{ "timezone", .operand = "ZONE", .operand_type = &type_timezone,
	  .options = timezone_options, .apply = apply_timezone,
	  .help = "time zone and time servers" },
	{ 0 },
};
