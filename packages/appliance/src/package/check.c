/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a package is what its manifest and its signature say.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "descriptor/text.h"
#include "private.h"
#include "socle/cleanup.h"

static __format(2, 3) void warn(json_t *verdict, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	json_array_append_new(json_object_get(verdict, "warnings"), json_string(text));
}

static const char *sum_of(const struct digests *d, enum manifest_hash hash)
{
	static const enum hash bits[] = {
		[MANIFEST_SHA1] = HASH_SHA1,
		[MANIFEST_SHA256] = HASH_SHA256,
		[MANIFEST_SHA512] = HASH_SHA512,
	};

	if (!(d->have & bits[hash]))
		return NULL;
	return hash == MANIFEST_SHA1 ? d->sha1 : hash == MANIFEST_SHA256 ? d->sha256 : d->sha512;
}

static bool is_text(const struct package *p, const struct member *m)
{
	return (p->manifest.name && strcmp(m->name, p->manifest.name) == 0) ||
	       (p->cert.name && strcmp(m->name, p->cert.name) == 0);
}

static int compare_member(const struct package *p, const struct member *m, size_t *compared,
			  struct err *e)
{
	const struct manifest_line *line = manifest_find(p->sums, package_href(p, m->name));
	const char *hex;

	if (!line || is_text(p, m))
		return 0;
	hex = sum_of(&m->sums, line->hash);
	if (!hex)
		return err_set(e, -EBADMSG, "%s: was not read to its end, or %s changed meanwhile",
			       m->name, p->sums->file);
	++*compared;
	return manifest_compare(p->sums, line, hex, e);
}

static bool is_there(const struct package *p, const char *name)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (text_same_uri(package_href(p, p->members[i]->name), name))
			return true;
	return false;
}

static int check_manifest(struct package *p, const struct package_policy *policy, json_t *verdict,
			  struct err *e)
{
	struct err why = { 0 };
	size_t compared = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->n_members; i++)
		r = compare_member(p, p->members[i], &compared, e);
	if (r < 0)
		return r;
	json_object_set_new(verdict, "manifest", json_string(p->sums->file));
	json_object_set_new(verdict, "hash",
			    json_string(manifest_hash_names[manifest_weakest(p->sums)]));
	json_object_set_new(verdict, "files", json_integer((json_int_t)compared));
	for (size_t i = 0; i < p->sums->n; i++)
		if (!is_there(p, p->sums->lines[i].name))
			warn(verdict, "%s names %s, which is not in the package", p->sums->file,
			     p->sums->lines[i].name);
	if (manifest_weakest(p->sums) == MANIFEST_SHA1)
		warn(verdict, "%s relies on SHA-1, which can be forged", p->sums->file);
	if (manifest_complete(p->sums, p->model, package_href(p, p->descriptor.name), &why) == 0)
		return 0;
	if (!policy->allow_unverified)
		return err_set(e, -ENOENT, "%s (--allow-unverified takes it all the same)",
			       err_text(&why));
	warn(verdict, "%s", err_text(&why));
	return 0;
}

static json_t *signature_json(const struct signature *s)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:s}", "signer", s->signer,
			 "issuer", s->issuer, "from", s->from, "until", s->until, "fingerprint",
			 s->fingerprint, "hash", manifest_hash_names[s->hash], "self_signed",
			 s->self_signed, "trusted", s->trusted, "expired", s->expired, "reason",
			 s->reason);
}

/* A signature that is wrong is refused always; one that nobody vouches for when one is asked for.
 */
static int check_signature(struct package *p, const struct package_policy *policy, json_t *verdict,
			   struct err *e)
{
	struct signature s = { 0 };
	struct err why = { 0 };
	int r = signature_verify(p->cert.text.s, p->cert.text.len, p->cert.name, policy->trust,
				 p->manifest.text.s, p->manifest.text.len, p->manifest.name, &s,
				 &why);

	if (r == -EBADMSG || (r < 0 && policy->require_signature))
		return err_set(e, r, "%s", err_text(&why));
	if (r < 0) {
		warn(verdict, "%s", err_text(&why));
		return 0;
	}
	json_object_set_new(verdict, "signature", signature_json(&s));
	if (policy->require_signature && !s.trusted)
		return err_set(e, -EACCES, "%s: signed by %s, who is not trusted: %s", p->cert.name,
			       s.signer, *s.reason ? s.reason : "give --trust");
	if (policy->require_signature && s.expired)
		return err_set(e, -EACCES,
			       "%s: the certificate of %s is valid from %s until %s only",
			       p->cert.name, s.signer, s.from, s.until);
	if (policy->trust && !s.trusted)
		warn(verdict, "signed by %s, who is not trusted: %s", s.signer, s.reason);
	if (s.expired)
		warn(verdict, "the certificate of %s is valid from %s until %s only", s.signer,
		     s.from, s.until);
	return 0;
}

static int check(struct package *p, const struct package_policy *policy, json_t *verdict,
		 struct err *e)
{
	int r = 0;

	if (p->manifest.name)
		r = check_manifest(p, policy, verdict, e);
	if (r < 0)
		return r;
	if (p->manifest.name && p->cert.name)
		return check_signature(p, policy, verdict, e);
	if (policy->require_signature)
		return err_set(e, -EACCES, "%s: is not signed", p->name);
	if (p->cert.name)
		warn(verdict, "%s signs nothing: there is no manifest", p->cert.name);
	return 0;
}

int package_check(struct package *p, const struct package_policy *policy, json_t **verdict,
		  struct err *e)
{
	_cleanup_json_ json_t *v = json_pack("{s:n, s:n, s:i, s:n, s:[]}", "manifest", "hash",
					     "files", 0, "signature", "warnings");
	int r;

	if (!v || !p->model)
		return err_set(e, -EINVAL, "%s: no descriptor was read", p->name);
	r = check(p, policy, v, e);
	if (r == 0)
		*verdict = take_ptr(v);
	return r;
}
