/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle appliance doctor, socle appliance sign
 */
#include "appliance/doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "appliance/repack.h"
#include "appliance/signature.h"
#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { PEM_MAX = 1 << 20, MANIFEST_MAX = 8 << 20 };

static bool doctor_json;
static const char *doctor_target = "all", *doctor_fix;

const struct cmd_opt appliance_doctor_opts[] = {
	{ "target", 0, OPT_STRING, "all|vmware|virtualbox|xcp-ng|proxmox|virt-v2v|socle",
	  &doctor_target, "who shall take it" },
	{ "fix", 0, OPT_STRING, "FILE", &doctor_fix,
	  "write an OVA with order and manifest as all take them" },
	{ "json", 0, OPT_BOOL, NULL, &doctor_json, "the findings as JSON" },
	{ 0 },
};

static bool known_target(const char *target, struct err *e)
{
	for (size_t i = 0; doctor_targets[i]; i++)
		if (strcmp(doctor_targets[i], target) == 0)
			return true;
	err_set(e, -EINVAL, "--target: \"%s\" is not known", target);
	return false;
}

static void print_finding(const json_t *finding)
{
	const json_t *list = json_object_get(finding, "for");
	size_t n = json_array_size(list);
	bool all = n == 6;

	printf("%s%s",
	       json_is_true(json_object_get(finding, "error")) ? "refused by " : "warning for ",
	       all ? "all" : "");
	for (size_t i = 0; i < n && !all; i++)
		printf("%s%s", i ? ", " : "", json_string_value(json_array_get(list, i)));
	printf(": %s%s\n", json_string_value(json_object_get(finding, "text")),
	       json_is_true(json_object_get(finding, "fix")) ? " (--fix mends it)" : "");
}

/* What is left when those that can be mended are. */
static int print_findings(const json_t *findings)
{
	const json_t *finding;
	int code = 0;
	size_t i;

	json_array_foreach(findings, i, finding)
	{
		if (!doctor_json)
			print_finding(finding);
		code |= json_is_true(json_object_get(finding, "error")) &&
			!(doctor_fix && json_is_true(json_object_get(finding, "fix")));
	}
	if (doctor_json)
		code |= print_json(findings, JSON_INDENT(2));
	else if (!i)
		printf("nothing is wrong with it\n");
	return code;
}

int run_appliance_doctor(size_t argc, char **argv)
{
	_cleanup_json_ json_t *findings = NULL;
	struct err e = { 0 };
	int code;

	(void)argc;
	if (!known_target(doctor_target, &e)) {
		fail(&e);
		return 2;
	}
	if (doctor_run(argv[0], doctor_target, &findings, &e) < 0)
		return fail(&e);
	code = print_findings(findings);
	if (doctor_fix && repack(argv[0], doctor_fix, NULL, &e) < 0)
		return fail(&e);
	return code;
}

static const char *sign_key, *sign_cert, *sign_passphrase;

const struct cmd_opt appliance_sign_opts[] = {
	{ "key", 0, OPT_STRING, "FILE", &sign_key, "the private key (PEM)" },
	{ "cert", 0, OPT_STRING, "FILE", &sign_cert, "its certificate, and its chain (PEM)" },
	{ "passphrase-file", 0, OPT_STRING, "FILE", &sign_passphrase, "the key's passphrase" },
	{ 0 },
};

/* A manifest alone: what is written is its signature. */
static int sign_manifest(const char *path, const char *out, const struct repack_signer *s,
			 struct err *e)
{
	struct buf text = BUF_INIT, cert = BUF_INIT;
	const char *slash = strrchr(path, '/');
	int r = fs_read_regular(path, MANIFEST_MAX, &text, e);

	if (r == 0)
		r = signature_sign(text.s, text.len, slash ? slash + 1 : path, s->key,
				   s->certificate, s->passphrase, &cert, e);
	if (r == 0)
		r = fs_write(out, cert.s, cert.len, 0644, e);
	buf_clear(&text);
	buf_clear(&cert);
	return r;
}

static int sign(const char *what, const char *out, struct buf text[3], struct err *e)
{
	const char *files[] = { sign_key, sign_cert, sign_passphrase };
	struct repack_signer s;
	size_t n = strlen(what);

	for (size_t i = 0; i < 3; i++)
		if (files[i] && fs_read(files[i], PEM_MAX, &text[i], e) < 0)
			return -EIO;
	text[2].s[strcspn(text[2].s, "\r\n")] = '\0';
	s = (struct repack_signer){ text[0].s, text[1].s, sign_passphrase ? text[2].s : NULL };
	if (n > 3 && strcmp(what + n - 3, ".mf") == 0)
		return sign_manifest(what, out, &s, e);
	return repack(what, out, &s, e);
}

int run_appliance_sign(size_t argc, char **argv)
{
	struct buf text[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	struct err e = { 0 };
	int code = 0;

	(void)argc;
	if (!sign_key || !sign_cert) {
		err_set(&e, -EINVAL, "appliance sign: --key and --cert are needed");
		fail(&e);
		return 2;
	}
	if (sign(argv[0], argv[1], text, &e) < 0)
		code = fail(&e);
	explicit_bzero(text[0].s, text[0].len);
	explicit_bzero(text[2].s, text[2].len);
	for (size_t i = 0; i < 3; i++)
		buf_clear(&text[i]);
	return code;
}
