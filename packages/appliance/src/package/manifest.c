/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/manifest.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "descriptor/text.h"
#include "manifest_line.h"
#include "socle/cleanup.h"

enum { LINES_MAX = 8192, LINE_MAX_BYTES = 4096 };

const char *const manifest_hash_names[] = { "SHA1", "SHA256", "SHA512", NULL };

/* As tools spell them: "SHA-1", OpenSSL 3's "SHA2-256". */
static const struct {
	const char *name;
	enum manifest_hash hash;
} spellings[] = {
	{ "SHA1", MANIFEST_SHA1 },	 { "SHA-1", MANIFEST_SHA1 },
	{ "SHA256", MANIFEST_SHA256 },	 { "SHA-256", MANIFEST_SHA256 },
	{ "SHA2-256", MANIFEST_SHA256 }, { "SHA512", MANIFEST_SHA512 },
	{ "SHA-512", MANIFEST_SHA512 },	 { "SHA2-512", MANIFEST_SHA512 },
};

static const size_t digits[] = { 40, 64, 128 };

static int algorithm(const char *s, size_t n, struct signed_line *l, struct err *e)
{
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (strlen(spellings[i].name) == n && strncasecmp(spellings[i].name, s, n) == 0) {
			l->hash = spellings[i].hash;
			return 0;
		}
	return err_set(e, -EINVAL, "the algorithm \"%.*s\" is not known", n > 32 ? 32 : (int)n, s);
}

/* The last ")" that only "=" and a number follow: names may have parentheses of their own. */
static const char *closing(const char *s, const char *end, const char **hex)
{
	for (const char *p = end; p > s; p--) {
		const char *q = p;

		if (p[-1] != ')')
			continue;
		while (q < end && isspace((unsigned char)*q))
			q++;
		if (q == end || *q != '=')
			continue;
		for (q++; q < end && isspace((unsigned char)*q); q++)
			;
		*hex = q;
		return p - 1;
	}
	return NULL;
}

int signed_line_parse(const char *s, size_t len, struct signed_line *l, struct err *e)
{
	const char *end = s + len, *open, *close;

	while (s < end && isspace((unsigned char)*s))
		s++;
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	open = memchr(s, '(', (size_t)(end - s));
	close = open ? closing(open + 1, end, &l->hex) : NULL;
	if (!close)
		return err_set(e, -EINVAL, "not of the form SHA256(NAME)= DIGITS");
	if (algorithm(s, (size_t)(open - s), l, e) < 0)
		return -EINVAL;
	for (l->name = open + 1; l->name < close && *l->name == ' '; l->name++)
		;
	while (close > l->name && close[-1] == ' ')
		close--;
	if (close - l->name > 2 && strncmp(l->name, "./", 2) == 0)
		l->name += 2;
	l->name_len = (size_t)(close - l->name);
	l->hex_len = (size_t)(end - l->hex);
	for (const char *p = l->hex; p < end; p++)
		if (!isxdigit((unsigned char)*p))
			return err_set(e, -EINVAL, "its digest is not hexadecimal");
	if (!l->name_len)
		return err_set(e, -EINVAL, "there is no name in it");
	for (size_t i = 0; i < l->name_len; i++)
		if (iscntrl((unsigned char)l->name[i]))
			return err_set(e, -EINVAL, "a control character in its name");
	return 0;
}

static const struct manifest_line *find(const struct manifest *mf, const char *name,
					enum manifest_hash hash)
{
	for (size_t i = 0; i < mf->n; i++)
		if (mf->lines[i].hash == hash && strcmp(mf->lines[i].name, name) == 0)
			return &mf->lines[i];
	return NULL;
}

static int add_line(struct manifest *mf, const struct signed_line *l, unsigned int no,
		    struct err *e)
{
	struct manifest_line *line;
	const struct manifest_line *other;

	if (l->hex_len != digits[l->hash])
		return err_set(e, -EINVAL, "a digest of %s has %zu digits, not %zu",
			       manifest_hash_names[l->hash], digits[l->hash], l->hex_len);
	if (mf->n >= LINES_MAX)
		return err_set(e, -E2BIG, "more than %d lines", LINES_MAX);
	line = &mf->lines[mf->n];
	*line = (struct manifest_line){ strndup(l->name, l->name_len), strndup(l->hex, l->hex_len),
					l->hash, no };
	if (!line->name || !line->hex) {
		free(line->name);
		free(line->hex);
		return err_sys(e, -ENOMEM, "manifest");
	}
	for (char *p = line->hex; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	other = find(mf, line->name, line->hash);
	mf->n++;
	if (other && strcmp(other->hex, line->hex) != 0)
		return err_set(e, -EINVAL, "another digest of \"%.128s\" than line %u", line->name,
			       other->line);
	return 0;
}

/* Whether the line is what manifest_add() would have written. */
static bool plain(const char *s, size_t len, const struct manifest_line *line)
{
	struct buf b = BUF_INIT;
	bool same;

	buf_addf(&b, "%s(%s)= %s", manifest_hash_names[line->hash], line->name, line->hex);
	same = b.len == len && memcmp(b.s, s, len) == 0;
	buf_clear(&b);
	return same;
}

static bool blank(const char *s, size_t len)
{
	while (len && isspace((unsigned char)s[len - 1]))
		len--;
	return !len;
}

static int read_line(struct manifest *mf, const char *s, size_t len, unsigned int no, struct err *e)
{
	struct signed_line l;
	int ret;

	if (blank(s, len))
		return 0;
	if (*s == '#') {
		mf->odd = mf->odd ? mf->odd : no;
		return 0;
	}
	if (len > LINE_MAX_BYTES)
		return err_set(e, -EINVAL, "longer than %d bytes", LINE_MAX_BYTES);
	ret = signed_line_parse(s, len, &l, e);
	if (ret == 0)
		ret = add_line(mf, &l, no, e);
	if (ret == 0 && !mf->odd && !plain(s, len, &mf->lines[mf->n - 1]))
		mf->odd = no;
	return ret;
}

static size_t count_lines(const char *text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len && n < LINES_MAX; i++)
		n += text[i] == '\n';
	return n;
}

int manifest_read(const char *text, size_t len, const char *file, struct manifest **mf,
		  struct err *e)
{
	struct manifest *got = calloc(1, sizeof(*got));
	const char *start = text;
	unsigned int no = 0;

	if (!got || !(got->file = strdup(file)) ||
	    !(got->lines = calloc(count_lines(text, len), sizeof(*got->lines)))) {
		manifest_free(got);
		return err_sys(e, -ENOMEM, "%s", file);
	}
	/* The mark that Windows' editors put before UTF-8. */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		start = text + 3, got->odd = 1;
	for (const char *s = start, *end = text + len; s < end;) {
		const char *eol = memchr(s, '\n', (size_t)(end - s));
		size_t n = (size_t)((eol ? eol : end) - s);
		int ret = read_line(got, s, n, ++no, e);

		if (ret < 0) {
			manifest_free(got);
			err_wrap(e, "%s:%u", file, no);
			if (e)
				text_clean(e->text);
			return ret;
		}
		s = eol ? eol + 1 : end;
	}
	*mf = got;
	return 0;
}

void manifest_free(struct manifest *mf)
{
	if (!mf)
		return;
	for (size_t i = 0; i < mf->n; i++) {
		free(mf->lines[i].name);
		free(mf->lines[i].hex);
	}
	free(mf->lines);
	free(mf->file);
	free(mf);
}

static const struct manifest_line *strongest(const struct manifest *mf, const char *name)
{
	const struct manifest_line *line = NULL;

	for (int hash = MANIFEST_SHA512; hash >= MANIFEST_SHA1 && !line; hash--)
		line = find(mf, name, (enum manifest_hash)hash);
	return line;
}

const struct manifest_line *manifest_find(const struct manifest *mf, const char *name)
{
	const struct manifest_line *line = strongest(mf, name);

	for (size_t i = 0; i < mf->n && !line; i++)
		if (text_same_uri(mf->lines[i].name, name))
			line = strongest(mf, mf->lines[i].name);
	return line;
}

int manifest_compare(const struct manifest *mf, const struct manifest_line *line, const char *hex,
		     struct err *e)
{
	if (strcmp(line->hex, hex) == 0)
		return 0;
	return err_set(e, -EBADMSG, "%s: its %s is %.16s..., %s:%u says %.16s...: it was altered",
		       line->name, manifest_hash_names[line->hash], hex, mf->file, line->line,
		       line->hex);
}

static int complete_chunks(const struct manifest *mf, const struct model_file *f, struct err *e)
{
	uint64_t n = f->size == MODEL_UNKNOWN || !f->size ? 1 : (f->size - 1) / f->chunk + 1;
	char name[2048];

	for (uint64_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s.%09" PRIu64, f->href, i);
		if (!manifest_find(mf, name))
			return err_set(e, -ENOENT, "%s: there is no digest of %s", mf->file, name);
	}
	return 0;
}

int manifest_complete(const struct manifest *mf, const struct model *m, const char *descriptor,
		      struct err *e)
{
	if (!manifest_find(mf, descriptor))
		return err_set(e, -ENOENT, "%s: there is no digest of %s", mf->file, descriptor);
	for (size_t i = 0; i < m->n_files; i++) {
		const struct model_file *f = &m->files[i];

		if (manifest_find(mf, f->href))
			continue;
		if (f->chunk && complete_chunks(mf, f, e) == 0)
			continue;
		return f->chunk ? -ENOENT
				: err_set(e, -ENOENT, "%s: there is no digest of %s", mf->file,
					  f->href);
	}
	return 0;
}

enum manifest_hash manifest_weakest(const struct manifest *mf)
{
	enum manifest_hash weakest = MANIFEST_SHA512;

	for (size_t i = 0; i < mf->n; i++) {
		const struct manifest_line *line = manifest_find(mf, mf->lines[i].name);

		if (line->hash < weakest)
			weakest = line->hash;
	}
	return weakest;
}

void manifest_add(struct buf *out, const char *name, const char *sha256)
{
	buf_addf(out, "SHA256(%s)= %s\n", name, sha256);
}
