/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rootpw, user, group, sshkey, sshpw: who may come in.
 */
#include <string.h>

#include "parser.h"
#include "types.h"

enum { ROOTPW_ISCRYPTED, ROOTPW_PLAINTEXT, ROOTPW_LOCK, ROOTPW_ALLOW_SSH };

static const struct ks_option rootpw_options[] = {
	[ROOTPW_ISCRYPTED] = { "iscrypted", .help = "PASSWORD is a crypt(5) hash" },
	[ROOTPW_PLAINTEXT] = { "plaintext",
			       .help = "PASSWORD is the password itself (the default)" },
	[ROOTPW_LOCK] = { "lock", .help = "no password lets root in" },
	[ROOTPW_ALLOW_SSH] = { "allow-ssh", .help = "root may come in over SSH by password" },
	{ 0 },
};

/* shadow(5): what is no hash lets nobody in, and these are what is written for that. */
static bool means_locked(const char *text)
{
	return *text == '!' || *text == '*' || strcmp(text, "locked") == 0;
}

static void check_hash(struct parser *p, const struct ks_arg *password)
{
	bool weak = false;

	if (means_locked(password->text))
		parser_refuse(p, password->column,
			      "the value after --iscrypted is not a crypt(5) hash; use --lock if "
			      "no password is to let root in");
	else if (!is_crypt_hash(password->text, &weak))
		parser_refuse(p, password->column,
			      "the value after --iscrypted is not a crypt(5) hash, such as "
			      "'mkpasswd' or 'openssl passwd -6' print");
	else if (weak)
		parser_warn(p, password->column,
			    "the hash is of a weak kind; use yescrypt or SHA-512");
}

/* Both may be given; the last one counts. */
static bool is_crypted_by(const struct ks_args *args, size_t iscrypted, size_t plaintext)
{
	const struct ks_arg *crypted = &args->option[iscrypted];
	const struct ks_arg *plain = &args->option[plaintext];

	return crypted->given && (!plain->given || plain->column < crypted->column);
}

static void apply_rootpw(struct parser *p, const struct ks_args *args)
{
	bool locked = args->option[ROOTPW_LOCK].given,
	     crypted = !locked && is_crypted_by(args, ROOTPW_ISCRYPTED, ROOTPW_PLAINTEXT);
	struct answers *a = p->a;

	if (locked && args->option[ROOTPW_ALLOW_SSH].given)
		parser_warn(p, args->option[ROOTPW_ALLOW_SSH].column,
			    "--allow-ssh has no effect, since --lock leaves no password");
	if (!locked && !args->operands) {
		parser_error(p, args->column, "PASSWORD is missing");
		return;
	}
	/* People write any word behind --lock --iscrypted; it is not used then. */
	if (crypted)
		check_hash(p, &args->operand[0]);
	if (a->root_password)
		explicit_bzero(a->root_password, strlen(a->root_password));
	parser_set(p, &a->root_password, locked ? NULL : args->operand[0].text);
	a->root_crypted = crypted;
	a->root_locked = locked;
	a->root_ssh = args->option[ROOTPW_ALLOW_SSH].given;
	a->root_pos = p->pos;
}

#define USER(kind, field) KS_TO(kind, struct ks_user, field)

enum { USER_NAME, USER_PASSWORD, USER_ISCRYPTED };

const struct ks_option user_options[] = {
	[USER_NAME] = { "name", .type = &type_user, .required = true, USER(KS_STRING, name),
			.help = "name of the account" },
	[USER_PASSWORD] = { "password", .type = &type_text, USER(KS_STRING, password),
			    .help = "password; without one nobody comes in by password" },
	[USER_ISCRYPTED] = { "iscrypted", USER(KS_TRUE, crypted),
			     .help = "the password is a crypt(5) hash" },
	{ "plaintext", USER(KS_FALSE, crypted), .help = "it is the password itself (the default)" },
	{ "lock", USER(KS_TRUE, locked), .help = "no password lets in" },
	{ "groups", .type = &type_groups, USER(KS_STRINGS, groups),
	  .help = "groups the user is in besides the own" },
	{ "uid", .type = &type_integer, USER(KS_NUMBER, uid), .help = "number of the user" },
	{ "gid", .type = &type_integer, USER(KS_NUMBER, gid), .help = "number of the own group" },
	{ "homedir", .type = &type_path, USER(KS_STRING, home), .help = "home folder" },
	{ "shell", .type = &type_program, USER(KS_STRING, shell), .help = "login shell" },
	{ "gecos", .type = &type_text, USER(KS_STRING, gecos), .help = "full name" },
	{ 0 },
};

static void apply_user(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_user *u = parser_grow(p, &a->users, &a->user_count, sizeof(*u));

	if (!u)
		return;
	u->pos = p->pos;
	u->uid = u->gid = KS_UNSAID;
	args_fill(p, user_options, args, u);
	if (u->crypted && args->option[USER_PASSWORD].given)
		check_hash(p, &args->option[USER_PASSWORD]);
}

const struct ks_option group_options[] = {
	{ "name", .type = &type_user, .required = true, KS_TO(KS_STRING, struct ks_group, name),
	  .help = "name of the group" },
	{ "gid", .type = &type_integer, KS_TO(KS_NUMBER, struct ks_group, gid),
	  .help = "number of the group" },
	{ 0 },
};

static void apply_group(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_group *g = parser_grow(p, &a->groups, &a->group_count, sizeof(*g));

	if (!g)
		return;
	g->pos = p->pos;
	g->gid = KS_UNSAID;
	args_fill(p, group_options, args, g);
}

enum { SSHKEY_USERNAME };

static const struct ks_option sshkey_options[] = {
	[SSHKEY_USERNAME] = { "username", .type = &type_user, .required = true,
			      .help = "whose key: root, or who has a line 'user'" },
	{ 0 },
};

static void apply_sshkey(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_sshkey *key;
	const char *why;

	if (!is_ssh_key(args->operand[0].text, &why)) {
		parser_refuse(p, args->operand[0].column, "%s", why);
		return;
	}
	key = parser_grow(p, &a->sshkeys, &a->sshkey_count, sizeof(*key));
	if (!key)
		return;
	key->pos = p->pos;
	parser_set(p, &key->user, args->option[SSHKEY_USERNAME].text);
	parser_set(p, &key->key, args->operand[0].text);
}

enum { SSHPW_USERNAME, SSHPW_ISCRYPTED, SSHPW_PLAINTEXT, SSHPW_LOCK, SSHPW_SSHKEY };

static const struct ks_option sshpw_options[] = {
	[SSHPW_USERNAME] = { "username", .type = &type_text, .required = true,
			     .help = "an account of the installer, which is root" },
	[SSHPW_ISCRYPTED] = { "iscrypted", .help = "PASSWORD is a crypt(5) hash" },
	[SSHPW_PLAINTEXT] = { "plaintext",
			      .help = "PASSWORD is the password itself (the default)" },
	[SSHPW_LOCK] = { "lock", .help = "nobody comes in by this line" },
	[SSHPW_SSHKEY] = { "sshkey", .help = "PASSWORD is a public key, in quotes" },
	{ 0 },
};

static void apply_sshpw(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *user = &args->option[SSHPW_USERNAME], *word = &args->operand[0];
	bool key = args->option[SSHPW_SSHKEY].given;
	const char *why = "";
	struct ks_sshpw *one;

	if (strcmp(user->text, "root") != 0) {
		parser_warn(p, user->column, "ignored; the installer has no account but root");
		return;
	}
	if (args->option[SSHPW_LOCK].given)
		return;
	if (args->operands > 1) {
		parser_error(p, args->operand[1].column, "put what has blanks in quotes");
		return;
	}
	if (key && !is_ssh_key(word->text, &why)) {
		parser_refuse(p, word->column, "%s", why);
		return;
	}
	if (!key && is_crypted_by(args, SSHPW_ISCRYPTED, SSHPW_PLAINTEXT))
		check_hash(p, word);
	one = parser_grow(p, &p->a->sshpws, &p->a->sshpw_count, sizeof(*one));
	if (!one)
		return;
	one->pos = p->pos;
	one->crypted = !key && is_crypted_by(args, SSHPW_ISCRYPTED, SSHPW_PLAINTEXT);
	parser_set(p, key ? &one->key : &one->password, word->text);
}

void access_settle(struct parser *p)
{
	if (!p->a->root_locked || p->a->sshkey_count || p->a->user_count)
		return;
	p->command = table_find("rootpw", NULL);
	p->pos = p->a->root_pos;
	parser_warn(p, p->pos.column,
		    "root is locked and has no sshkey: nobody will be able to log in");
	p->command = NULL;
}

const struct ks_command commands_access[] = {
	{ "rootpw", .secret = true, .operand = "PASSWORD", .options = rootpw_options,
	  .apply = apply_rootpw, .help = "root's password" },
	{ "sshkey", .since = "RHEL 7", .secret = true, .repeat = KS_MANY, .operand = "\"KEY\"",
	  .least = 1, .options = sshkey_options, .apply = apply_sshkey,
	  .help = "a public key that lets in over SSH, as a line of authorized_keys" },
	{ "user", .since = "RHEL 5", .secret = true, .repeat = KS_MANY, .options = user_options,
	  .apply = apply_user, .help = "an account of the new system" },
	{ "group", .since = "RHEL 6", .repeat = KS_MANY, .options = group_options,
	  .apply = apply_group, .help = "a group of the new system" },
	{ "sshpw", .since = "RHEL 6", .secret = true, .repeat = KS_MANY, .operand = "PASSWORD",
	  .least = 1, .most = KS_OPERANDS_MAX, .options = sshpw_options, .apply = apply_sshpw,
	  .help = "who may come into the running installer over SSH" },
	{ 0 },
};
