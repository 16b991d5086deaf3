/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words, numbers, names, and the parts that the other files of types are made of.
 */
#include "types.h"

#include <stdlib.h>
#include <string.h>

#include "kickstart/answers.h"
#include "table.h"
#include "types_parts.h"

bool text_only(const char *s, const char *allowed)
{
	return *s && !s[strspn(s, allowed)];
}

bool valid_word(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static const char *const yes[] = { "yes", "on", "true", "1" };
static const char *const no[] = { "no", "off", "false", "0" };

static bool is_one_of(const char *s, const char *const words[4])
{
	for (int i = 0; i < 4; i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

bool bool_value(const char *text)
{
	return is_one_of(text, yes);
}

static bool valid_bool(const char *s)
{
	return is_one_of(s, yes) || is_one_of(s, no);
}

bool valid_number(const char *s)
{
	return strlen(s) <= 9 && text_only(s, DIGITS);
}

/* One line of ASCII that systemd reads as it is written. */
static bool valid_printable(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr("\"'\\%#;", s[i]))
			return false;
	return n > 0 && n < 256;
}

/* language[_COUNTRY][.charset][@modifier] */
static bool valid_lang(const char *s)
{
	size_t n = strspn(s, LOWER);

	if (strcmp(s, "C") == 0 || strcmp(s, "POSIX") == 0 || strcmp(s, "C.UTF-8") == 0)
		return true;
	if (n < 2 || n > 3)
		return false;
	s += n;
	if (*s == '_') {
		if (strspn(s + 1, UPPER DIGITS) < 2)
			return false;
		s += 1 + strspn(s + 1, UPPER DIGITS);
	}
	if (*s == '.')
		s += 1 + strspn(s + 1, ALNUM "-");
	if (*s == '@')
		s += 1 + strspn(s + 1, LOWER);
	return !*s && s[-1] != '.' && s[-1] != '@';
}

static bool valid_keymap(const char *s)
{
	return strlen(s) < 64 && text_only(s, ALNUM "._+-") && s[0] != '.' && s[0] != '-';
}

/* "us" or "cz (qwerty)" */
static bool valid_layout(const char *s)
{
	size_t n = strspn(s, ALNUM "_-"), variant;

	if (!n)
		return false;
	s += n;
	if (!*s)
		return true;
	s += strspn(s, " ");
	variant = *s == '(' ? strspn(s + 1, ALNUM "_-") : 0;
	return variant && strcmp(s + 1 + variant, ")") == 0;
}

/* As tzdata names its files: "Europe/Berlin", "Etc/GMT+1". */
static bool valid_timezone(const char *s)
{
	for (;;) {
		size_t n = strspn(s, ALNUM "_+-");

		if (!n || *s == '-')
			return false;
		if (!s[n])
			return true;
		if (s[n] != '/')
			return false;
		s += n + 1;
	}
}

bool has_dotdot(const char *s)
{
	for (const char *p = s; (p = strstr(p, "..")); p += 2)
		if ((p == s || p[-1] == '/') && (!p[2] || p[2] == '/'))
			return true;
	return false;
}

bool valid_path(const char *s)
{
	return s[0] == '/' && s[1] && strlen(s) < 1024 && !has_dotdot(s) && valid_word(s);
}

static bool valid_user(const char *s)
{
	return strlen(s) <= 32 && text_only(s, ALNUM "._-") && s[0] != '-' && s[0] != '.';
}

/* A whole number as argparse takes it, also one that makes no sense here. */
bool valid_integer(const char *s)
{
	return valid_number(s + (*s == '-' || *s == '+'));
}

bool valid_positive(const char *s)
{
	return valid_number(s) && atoi(s) > 0;
}

bool valid_percent(const char *s)
{
	return valid_number(s) && atoi(s) > 0 && atoi(s) <= 100;
}

static bool valid_accepted(const char *s)
{
	return strcasecmp(s, "accepted") == 0;
}

static bool valid_text(const char *s)
{
	(void)s;
	return true;
}

/* "com.example.name=anything" (DSP0243, 9.5.1: no dot but of the class, no white space) */
static bool valid_property(const char *s)
{
	size_t n = strcspn(s, "=");

	return n && s[n] && strcspn(s, " \t'\"") >= n;
}

/* "key=value" */
static bool valid_pair(const char *s)
{
	size_t n = strcspn(s, "=");

	return n && s[n] && s[n + 1] && !strchr(s, ' ');
}

static bool valid_group(const char *s)
{
	size_t n = strcspn(s, "(");
	char name[64];

	if (!n || n >= sizeof(name))
		return false;
	memcpy(name, s, n);
	name[n] = '\0';
	if (!s[n])
		return valid_user(name);
	s += n + 1;
	n = strspn(s, DIGITS);
	return valid_user(name) && n && strcmp(s + n, ")") == 0;
}

static bool valid_unit(const char *s)
{
	return strlen(s) < 128 && text_only(s, ALNUM "._-@:") && s[0] != '-' && s[0] != '.';
}

static bool valid_check(const char *s)
{
	return is_choice(KS_CHECKS, s, strlen(s));
}

const struct ks_type type_word = { "a value", "VALUE", NULL, valid_word, false },
		     type_text = { "a value", "VALUE", NULL, valid_text, false },
		     type_texts = { "a value", "VALUE,...", ",", valid_text, false },
		     type_list = { "a value", "VALUE,...", ", ", valid_text, false },
		     type_bool = { "yes or no", "yes|no", NULL, valid_bool, true },
		     type_number = { "a number", "NUMBER", NULL, valid_number, true },
		     type_integer = { "a number", "NUMBER", NULL, valid_integer, true },
		     type_positive = { "a number above 0", "NUMBER", NULL, valid_positive, true },
		     type_percent = { "a number from 1 to 100", "PERCENT", NULL, valid_percent,
				      true },
		     type_accepted = { "the word Accepted", "Accepted", NULL, valid_accepted,
				       true },
		     type_printable = { "one word of ASCII", "WORD", NULL, valid_printable, false },
		     type_pairs = { "a list such as key=value,key=value", "KEY=VALUE,...", ",",
				    valid_pair, true },
		     type_lang = { "a language such as en_US.UTF-8", "LANGUAGE", NULL, valid_lang,
				   false },
		     type_keymap = { "a console keymap", "KEYMAP", NULL, valid_keymap, false },
		     type_layouts = { "a keyboard layout such as us or 'cz (qwerty)'", "LAYOUT,...",
				      ",", valid_layout, false },
		     type_timezone = { "a time zone such as Europe/Berlin", "ZONE", NULL,
				       valid_timezone, false },
		     type_path = { "an absolute path", "FILE", NULL, valid_path, false },
		     type_user = { "a user name", "USER", NULL, valid_user, false },
		     type_groups = { "a group such as wheel or name(1000)", "GROUP,...", ",",
				     valid_group, false },
		     type_property = { "a property such as com.example.name=VALUE", "KEY=VALUE",
				       NULL, valid_property, true },
		     type_units = { "a service such as sshd", "SERVICE,...", ", ", valid_unit,
				    false },
		     type_checks = { "one of " KS_CHECKS, "CHECK,...", ",", valid_check, true };
