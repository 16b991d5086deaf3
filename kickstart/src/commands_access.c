/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rootpw, sshkey: who may come in.
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

/* Whether the password, if any, can be used; never shows it. */
static bool password_good(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *password = &args->operand;
	bool weak = false;

	if (!password->given || !*password->text) {
		parser_error(p, args->column, "PASSWORD is missing");
		return false;
	}
	if (!args->option[ROOTPW_ISCRYPTED].given)
		return true;
	if (!is_crypt_hash(password->text, &weak)) {
		parser_error(p, password->column,
			     "the value after --iscrypted is not a crypt(5) hash, such as "
			     "'mkpasswd' or 'openssl passwd -6' print");
		return false;
	}
	if (weak)
		parser_warn(p, password->column,
			    "the hash is of a weak kind; use yescrypt or SHA-512");
	return true;
}

static void apply_rootpw(struct parser *p, const struct ks_args *args)
{
	bool locked = args->option[ROOTPW_LOCK].given;
	struct answers *a = p->a;

	if (args->option[ROOTPW_ISCRYPTED].given && args->option[ROOTPW_PLAINTEXT].given) {
		parser_error(p, args->option[ROOTPW_PLAINTEXT].column,
			     "--iscrypted and --plaintext contradict each other");
		return;
	}
	if (locked && args->option[ROOTPW_ALLOW_SSH].given)
		parser_warn(p, args->option[ROOTPW_ALLOW_SSH].column,
			    "--allow-ssh has no effect, since --lock leaves no password");
	/* People write any word behind --lock --iscrypted; it is not used then. */
	if (!locked && !password_good(p, args))
		return;
	if (a->root_password)
		explicit_bzero(a->root_password, strlen(a->root_password));
	parser_set(p, &a->root_password, locked ? NULL : args->operand.text);
	a->root_crypted = !locked && args->option[ROOTPW_ISCRYPTED].given;
	a->root_locked = locked;
	a->root_ssh = args->option[ROOTPW_ALLOW_SSH].given;
	a->root_pos = p->pos;
}

enum { SSHKEY_USERNAME };

static const struct ks_option sshkey_options[] = {
	[SSHKEY_USERNAME] = { "username", .type = &type_user, .help = "whose key; root" },
	{ 0 },
};

static void apply_sshkey(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *user = &args->option[SSHKEY_USERNAME];
	struct answers *a = p->a;
	struct ks_sshkey *key;
	const char *why;

	if (!user->given) {
		parser_error(p, args->column, "--username=root is missing");
	} else if (strcmp(user->text, "root") != 0) {
		parser_error(p, user->column,
			     "only root has an account; others are not supported yet");
	} else if (!is_ssh_key(args->operand.text, &why)) {
		parser_error(p, args->operand.column, "%s", why);
	} else if ((key = parser_grow(p, &a->sshkeys, &a->sshkey_count, sizeof(*key)))) {
		key->pos = p->pos;
		parser_set(p, &key->user, user->text);
		parser_set(p, &key->key, args->operand.text);
	}
}

void access_settle(struct parser *p)
{
	if (!p->a->root_locked || p->a->sshkey_count)
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
	{ "sshkey", .secret = true, .repeat = KS_MANY, .operand = "\"KEY\"", .operand_needed = true,
	  .options = sshkey_options, .apply = apply_sshkey,
	  .help = "a public key that lets in over SSH, as a line of authorized_keys" },
	{ 0 },
};
