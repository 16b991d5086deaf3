/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/model.h"
#include "socle/buf.h"

/* RFC 3629; the length of the sequence at s, 0 when it is none. */
static size_t utf8_at(const unsigned char *s, uint32_t *c)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} form[] = { { 0x80, 0x00, 0 },
		     { 0xe0, 0xc0, 0x80 },
		     { 0xf0, 0xe0, 0x800 },
		     { 0xf8, 0xf0, 0x10000 } };

	for (size_t n = 0; n < 4; n++) {
		if ((s[0] & form[n].mask) != form[n].lead)
			continue;
		*c = (uint32_t)(s[0] & ~form[n].mask);
		for (size_t i = 1; i <= n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			*c = *c << 6 | (s[i] & 0x3f);
		}
		if (*c < form[n].min || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
			return 0;
		return n + 1;
	}
	return 0;
}

/* C0, DEL, C1, and what turns the direction of a line: none may reach a terminal. */
static bool control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool text_ok(const char *s, bool lines)
{
	size_t n;
	uint32_t c;

	for (; *s; s += n) {
		n = utf8_at((const unsigned char *)s, &c);
		if (n == 0 || (control(c) && !(lines && (c == '\n' || c == '\t'))))
			return false;
	}
	return true;
}

void text_clean(char *s)
{
	uint32_t c;

	while (*s) {
		size_t n = utf8_at((const unsigned char *)s, &c);

		if (n && !control(c)) {
			s += n;
			continue;
		}
		for (n = n ? n : 1; n; n--)
			*s++ = '?';
	}
}

static void add_latin1(struct buf *b, unsigned char c)
{
	buf_addc(b, (char)(0xc0 | c >> 6));
	buf_addc(b, (char)(0x80 | (c & 0x3f)));
}

/* One character to the buffer, line feeds and tabs when "lines". */
static size_t clean_at(struct buf *b, const char *s, bool utf8, bool lines)
{
	uint32_t c = (unsigned char)*s;
	size_t n = utf8 ? utf8_at((const unsigned char *)s, &c) : 1;

	if (lines && (c == '\n' || c == '\t'))
		buf_addc(b, *s);
	else if (control(c))
		buf_adds(b, c == '\r' && lines ? "" : " ");
	else if (utf8 || c < 0x80)
		buf_add(b, s, n);
	else
		add_latin1(b, (unsigned char)c);
	return n;
}

static bool utf8_ok(const char *s)
{
	size_t n;
	uint32_t c;

	for (; *s; s += n) {
		n = utf8_at((const unsigned char *)s, &c);
		if (n == 0)
			return false;
	}
	return true;
}

static int set(char **to, const char *value, bool lines, struct buf *b, struct err *e)
{
	bool utf8 = utf8_ok(value);
	char *s;

	while (*value)
		value += clean_at(b, value, utf8, lines);
	s = buf_take(b);
	if (!s)
		return err_sys(e, -ENOMEM, "descriptor");
	free(*to);
	*to = s;
	return 0;
}

/* White space at both ends away, and each run of it one space when "fold". */
static void trim(char *s, bool fold)
{
	const char *from = s + strspn(s, " \t\n");
	char *to = s;

	for (; *from; from++)
		if (!fold || *from != ' ' || to[-1] != ' ')
			*to++ = *from;
	while (to > s && strchr(" \t\n", to[-1]))
		to--;
	*to = '\0';
}

int model_set_line(char **to, const char *value, struct err *e)
{
	struct buf b = BUF_INIT;
	int ret = set(to, value ? value : "", false, &b, e);

	if (ret == 0)
		trim(*to, true);
	return ret;
}

int model_set_text(char **to, const char *value, struct err *e)
{
	struct buf b = BUF_INIT;
	int ret = set(to, value ? value : "", true, &b, e);

	if (ret == 0)
		trim(*to, false);
	return ret;
}

int model_set_raw(char **to, const char *value, struct err *e)
{
	struct buf b = BUF_INIT;

	return set(to, value ? value : "", true, &b, e);
}

bool model_href_ok(const char *href)
{
	if (!*href || *href == '/' || strchr(href, '\\') || strstr(href, "://") ||
	    !text_ok(href, false) || strlen(href) >= TEXT_HREF_MAX)
		return false;
	for (const char *part = href; part; part = strchr(part, '/')) {
		part += *part == '/';
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2]))
			return false;
	}
	return true;
}

static int nibble(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Whether b is what a means. */
static bool means(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char c = *a;

		if (c == '%' && isxdigit((unsigned char)a[1]) && isxdigit((unsigned char)a[2])) {
			c = (char)(nibble(a[1]) << 4 | nibble(a[2]));
			a += 2;
		}
		if (c != *b)
			return false;
	}
	return *a == *b;
}

bool text_same_uri(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || means(a, b) || means(b, a);
}

int text_set_mac(char **to, const char *text, struct err *e)
{
	char mac[18];
	size_t n = 0;

	for (const char *s = text; *s; s++) {
		if (strchr(":-.", *s) || isspace((unsigned char)*s))
			continue;
		if (!isxdigit((unsigned char)*s) || n >= 17)
			return 0;
		mac[n++] = (char)tolower((unsigned char)*s);
		if (n % 3 == 2) {
			mac[n] = n < 17 ? ':' : '\0';
			n++;
		}
	}
	return n == 18 ? model_set_line(to, mac, e) : 0;
}
