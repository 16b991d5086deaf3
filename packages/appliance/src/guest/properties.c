/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/properties.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Types of DSP0243 9.5.1, table 6, and the few of VMware's that files in the wild have. */
static const struct type {
	const char *name;
	enum { TEXT, BOOLEAN, SIGNED, UNSIGNED, REAL, IP } kind;
	unsigned int bits;
} types[] = {
	{ "string", TEXT, 0 },	    { "password", TEXT, 0 },	{ "boolean", BOOLEAN, 0 },
	{ "uint8", UNSIGNED, 8 },   { "uint16", UNSIGNED, 16 }, { "uint32", UNSIGNED, 32 },
	{ "uint64", UNSIGNED, 64 }, { "sint8", SIGNED, 8 },	{ "sint16", SIGNED, 16 },
	{ "sint32", SIGNED, 32 },   { "sint64", SIGNED, 64 },	{ "int", SIGNED, 64 },
	{ "real32", REAL, 0 },	    { "real64", REAL, 0 },	{ "ip", IP, 0 },
};

static const struct type *type_of(const struct model_property *p)
{
	size_t len = strcspn(p->type, ":([ "); /* "ip:Network 1", "string(..8)" */

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strlen(types[i].name) == len && strncmp(types[i].name, p->type, len) == 0)
			return &types[i];
	return &types[0];
}

static bool is_signed(const char *value, unsigned int bits)
{
	long long n, limit = bits == 64 ? INT64_MAX : (1LL << (bits - 1)) - 1;
	char *end;

	errno = 0;
	n = strtoll(value, &end, 10);
	return errno == 0 && end != value && !*end && !isspace((unsigned char)*value) &&
	       n <= limit && n >= -limit - 1;
}

static bool is_unsigned(const char *value, unsigned int bits)
{
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)*value))
		return false;
	errno = 0;
	n = strtoull(value, &end, 10);
	return errno == 0 && !*end && (bits == 64 || n < 1ULL << bits);
}

static bool is_real(const char *value)
{
	char *end;

	strtod(value, &end);
	return end != value && !*end && !isspace((unsigned char)*value);
}

/* An empty address is VMware's way to say "by DHCP". */
static bool is_ip(const char *value)
{
	uint8_t address[16];

	return !*value || inet_pton(AF_INET, value, address) == 1 ||
	       inet_pton(AF_INET6, value, address) == 1;
}

static bool is_of_type(const struct type *t, const char *value)
{
	switch (t->kind) {
	case BOOLEAN:
		return strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0;
	case SIGNED:
		return is_signed(value, t->bits);
	case UNSIGNED:
		return is_unsigned(value, t->bits);
	case REAL:
		return is_real(value);
	case IP:
		return is_ip(value);
	default:
		return true;
	}
}

/* Characters of UTF-8. */
static size_t characters(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* Where the arguments of a qualifier begin, behind its bracket; NULL when it is not there. */
static const char *qualifier(const char *text, const char *name, char bracket)
{
	size_t len = strlen(name);

	for (const char *s = text; (s = strcasestr(s, name)); s += len)
		if ((s == text || !isalnum((unsigned char)s[-1])) &&
		    s[len + strspn(s + len, " \t\n")] == bracket)
			return strchr(s, bracket) + 1;
	return NULL;
}

static bool number(const char *text, const char *name, long long *n)
{
	const char *at = qualifier(text, name, '(');
	char *end;

	if (!at)
		return false;
	*n = strtoll(at, &end, 10);
	return end != at && end[strspn(end, " \t")] == ')';
}

/* ValueMap{"a", "b"}: CIM's strings, with a backslash before what is quoted. */
static bool in_map(const char *at, const char *value)
{
	while (*at && *at != '}') {
		bool same = true;
		const char *v = value;

		at += strcspn(at, "\"}");
		if (*at != '"')
			break;
		for (at++; *at && *at != '"'; at++) {
			if (*at == '\\' && at[1])
				at++;
			same = same && *v && *v++ == *at;
		}
		if (same && !*v)
			return true;
		at += *at == '"';
	}
	return false;
}

static int check_qualifiers(const struct model_property *p, const char *value, struct err *e)
{
	const char *map = qualifier(p->qualifiers, "ValueMap", '{');
	const struct type *t = type_of(p);
	long long n;

	if (map && !in_map(map, value))
		return err_set(e, -EINVAL, "%s: must be one of %.*s", p->key,
			       (int)strcspn(map, "}"), map);
	if (t->kind == TEXT && number(p->qualifiers, "MinLen", &n) &&
	    (long long)characters(value) < n)
		return err_set(e, -EINVAL, "%s: must have at least %lld characters", p->key, n);
	if (t->kind == TEXT && number(p->qualifiers, "MaxLen", &n) &&
	    (long long)characters(value) > n)
		return err_set(e, -EINVAL, "%s: must have at most %lld characters", p->key, n);
	if (t->kind != SIGNED && t->kind != UNSIGNED)
		return 0;
	if (number(p->qualifiers, "MinValue", &n) && strtoll(value, NULL, 10) < n)
		return err_set(e, -EINVAL, "%s: must be at least %lld", p->key, n);
	if (number(p->qualifiers, "MaxValue", &n) && strtoll(value, NULL, 10) > n)
		return err_set(e, -EINVAL, "%s: must be at most %lld", p->key, n);
	return 0;
}

int property_check(const struct model_property *p, const char *value, struct err *e)
{
	for (const char *s = value; *s; s++)
		if ((unsigned char)*s < 0x20 && !strchr("\t\n\r", *s))
			return err_set(e, -EINVAL, "%s: has a control character", p->key);
	if (!is_of_type(type_of(p), value) && p->password)
		return err_set(e, -EINVAL, "%s: is no %s", p->key, p->type);
	if (!is_of_type(type_of(p), value))
		return err_set(e, -EINVAL, "%s: '%s' is no %s", p->key, value, p->type);
	return check_qualifiers(p, value, e);
}

const struct model_property *property_find(const struct model_machine *m, const char *key,
					   size_t *count)
{
	const struct model_property *found = NULL;
	size_t len = strlen(key);

	*count = 0;
	for (size_t i = 0; i < m->n_properties; i++) {
		const struct model_property *p = &m->properties[i];
		size_t all = strlen(p->key);

		if (strcmp(p->key, key) == 0) {
			*count = 1;
			return p;
		}
		if (len && all > len && p->key[all - len - 1] == '.' &&
		    strcmp(p->key + all - len, key) == 0) {
			found = p;
			++*count;
		}
	}
	return *count == 1 ? found : NULL;
}

static const char *given_value(const struct model_machine *m, const struct model_property *p,
			       const struct guest_pair *given, size_t n)
{
	size_t count;

	/* The last one counts, as with options of a command line. */
	while (n--)
		if (property_find(m, given[n].key, &count) == p)
			return given[n].value;
	return NULL;
}

bool property_has_default(const struct model_property *p)
{
	return p->has_value && (*p->value || property_check(p, "", NULL) == 0);
}

bool property_open(const struct model_machine *m, const struct model_property *p,
		   const struct guest_pair *given, size_t n)
{
	return p->user_configurable && (p->password || !property_has_default(p)) &&
	       !given_value(m, p, given, n);
}

static int check_given(const struct model_machine *m, const struct guest_pair *given, struct err *e)
{
	size_t count;
	const struct model_property *p = property_find(m, given->key, &count);

	if (!p && count)
		return err_set(e, -EINVAL, "property %s: %zu properties end so; give the whole key",
			       given->key, count);
	if (!p)
		return err_set(e, -EINVAL, "property %s: the package has none of that name",
			       given->key);
	if (!p->user_configurable)
		return err_set(e, -EINVAL, "property %s: is not for the user to set", p->key);
	if (property_check(p, given->value, e) < 0)
		return err_wrap(e, "property");
	return 0;
}

int properties_values(const struct model_machine *m, const struct guest_pair *given, size_t n,
		      json_t **values, struct err *e)
{
	json_t *all = json_object();
	int ret;

	*values = NULL;
	for (size_t i = 0; i < n; i++) {
		ret = check_given(m, &given[i], e);
		if (ret < 0) {
			json_decref(all);
			return ret;
		}
	}
	for (size_t i = 0; i < m->n_properties; i++) {
		const struct model_property *p = &m->properties[i];
		const char *value = given_value(m, p, given, n);
		json_t *text = json_string(value ? value : p->value);

		if (!text || json_object_set_new(all, p->key, text) < 0) {
			json_decref(all);
			return err_set(e, -EINVAL, "property %s: its value is no UTF-8", p->key);
		}
	}
	*values = all;
	return 0;
}

static char *trim(char *s, char *end)
{
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s + strspn(s, " \t");
}

int properties_parse(char *text, const char *name, struct guest_pair **pairs, size_t *n,
		     struct err *e)
{
	struct guest_pair *list = NULL, *more;
	size_t count = 0, line = 0;
	char *save = NULL;

	for (char *s = text; s && *s; s = save) {
		char *equals;

		save = strchr(s, '\n');
		if (save)
			*save++ = '\0';
		line++;
		if (*s && s[strlen(s) - 1] == '\r')
			s[strlen(s) - 1] = '\0';
		s += strspn(s, " \t");
		if (!*s || *s == '#')
			continue;
		equals = strchr(s, '=');
		if (!equals || equals == s || count == MODEL_MAX) {
			free(list);
			return err_set(e, -EINVAL, "%s:%zu: %s", name, line,
				       count == MODEL_MAX ? "too many properties"
							  : "not KEY=VALUE");
		}
		*equals = '\0';
		more = reallocarray(list, count + 1, sizeof(*list));
		if (!more) {
			free(list);
			return err_sys(e, -ENOMEM, "%s", name);
		}
		list = more;
		list[count++] = (struct guest_pair){ trim(s, equals), equals + 1 };
	}
	*pairs = list;
	*n = count;
	return 0;
}
