/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle kickstart new
 *
 * No password is taken: a command line is seen by everybody on the machine.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kickstart/kickstart.h"
#include "messages.h"
#include "socle.h"
#include "socle/buf.h"
#include "socle/fs.h"

enum { SMALL_FILE = 64 << 10 };

static struct {
	const char *lang, *keyboard, *timezone, *hostname, *device, *ip, *gateway, *disk;
	const char *root_hash;
	struct cmd_list dns, ntp, sshkeys;
	bool poweroff;
} opt = { .lang = "en_US.UTF-8", .keyboard = "us", .timezone = "Etc/UTC" };

const struct cmd_opt kickstart_new_opts[] = {
	{ "disk", 0, OPT_STRING, "DISK", &opt.disk,
	  "the one that is erased, as /dev/disk/by-id/...; default: the only one" },
	{ "hostname", 0, OPT_STRING, "NAME", &opt.hostname, "name of the host" },
	{ "device", 0, OPT_STRING, "PORT", &opt.device, "its port, a name or a MAC address" },
	{ "ip", 0, OPT_STRING, "ADDRESS/LENGTH", &opt.ip, "its IPv4 address; default: by DHCP" },
	{ "gateway", 0, OPT_STRING, "ADDRESS", &opt.gateway, "default gateway, with --ip" },
	{ "dns", 0, OPT_LIST, "ADDRESS", &opt.dns, "a name server, may be repeated" },
	{ "ntp", 0, OPT_LIST, "SERVER", &opt.ntp, "a time server, may be repeated" },
	{ "timezone", 0, OPT_STRING, "ZONE", &opt.timezone, "default: Etc/UTC" },
	{ "lang", 0, OPT_STRING, "LOCALE", &opt.lang, "default: en_US.UTF-8" },
	{ "keyboard", 0, OPT_STRING, "KEYMAP", &opt.keyboard, "default: us" },
	{ "sshkey", 0, OPT_LIST, "FILE", &opt.sshkeys, "root's public key, may be repeated" },
	{ "rootpw-hash", 0, OPT_STRING, "HASH|FILE", &opt.root_hash,
	  "root's password as crypt(5) has it; default: locked" },
	{ "poweroff", 0, OPT_BOOL, NULL, &opt.poweroff, "switch off at the end; default: reboot" },
	{ 0 },
};

/* A word of the language, quoted where it has to be. */
static int add_word(struct buf *out, const char *option, const char *word, struct err *e)
{
	bool plain = *word;

	for (const char *s = word; *s; s++) {
		if (*s == '\'' || iscntrl((unsigned char)*s))
			return err_set(e, -EINVAL, "--%s: a quote or a control character", option);
		plain &= isalnum((unsigned char)*s) || strchr("-_.,:/=+@*", *s);
	}
	buf_addf(out, plain ? "%s" : "'%s'", word);
	return 0;
}

/* " --name=WORD", or nothing when it was not given. */
static int add_option(struct buf *out, const char *name, const char *option, const char *word,
		      struct err *e)
{
	if (!word)
		return 0;
	buf_addf(out, " --%s=", name);
	return add_word(out, option, word, e);
}

static int add_list(struct buf *out, const char *name, const char *option,
		    const struct cmd_list *list, struct err *e)
{
	struct buf words = BUF_INIT;
	int ret;

	for (size_t i = 0; i < list->count; i++)
		buf_addf(&words, "%s%s", i ? "," : "", list->item[i]);
	ret = add_option(out, name, option, list->count ? words.s : NULL, e);
	buf_clear(&words);
	return ret;
}

static int add_locale(struct buf *out, struct err *e)
{
	int ret;

	buf_adds(out, "# Language, console keymap and time.\nlang ");
	ret = add_word(out, "lang", opt.lang, e);
	buf_adds(out, "\nkeyboard ");
	if (ret == 0)
		ret = add_word(out, "keyboard", opt.keyboard, e);
	buf_adds(out, "\ntimezone --utc");
	if (ret == 0)
		ret = add_list(out, "ntpservers", "ntp", &opt.ntp, e);
	buf_addc(out, ' ');
	if (ret == 0)
		ret = add_word(out, "timezone", opt.timezone, e);
	buf_adds(out, "\n\n");
	return ret;
}

/* The one line of a file that is not a comment; the caller clears line. */
static int read_line(const char *path, struct buf *line, struct err *e)
{
	struct buf text = BUF_INIT;
	int ret = fs_read(path, SMALL_FILE, &text, e);
	char *save = NULL;

	for (char *s = ret < 0 ? NULL : strtok_r(text.s, "\r\n", &save); s;
	     s = strtok_r(NULL, "\r\n", &save)) {
		if (*s == '#' || !s[strspn(s, " \t")])
			continue;
		if (line->len)
			ret = err_set(e, -EINVAL, "%s: more than one line", path);
		buf_adds(line, line->len ? "" : s);
	}
	if (ret == 0 && !line->len)
		ret = err_set(e, -EINVAL, "%s: empty", path);
	buf_clear(&text);
	return ret;
}

static int add_root_password(struct buf *out, struct err *e)
{
	struct buf hash = BUF_INIT;
	int ret = 0;

	if (!opt.root_hash) {
		buf_adds(out, "# No password lets root in, only the keys below.\nrootpw --lock\n");
		return 0;
	}
	if (*opt.root_hash == '$')
		buf_adds(&hash, opt.root_hash);
	else
		ret = read_line(opt.root_hash, &hash, e);
	buf_adds(out, "# A hash, as \"mkpasswd\" or \"openssl passwd -6\" print it.\n"
		      "rootpw --iscrypted ");
	if (ret == 0)
		ret = add_word(out, "rootpw-hash", hash.s, e);
	buf_addc(out, '\n');
	buf_clear(&hash);
	return ret;
}

static int add_access(struct buf *out, struct err *e)
{
	int ret = add_root_password(out, e);

	for (size_t i = 0; ret == 0 && i < opt.sshkeys.count; i++) {
		struct buf key = BUF_INIT;

		ret = read_line(opt.sshkeys.item[i], &key, e);
		buf_adds(out, "sshkey --username=root ");
		if (ret == 0)
			ret = add_word(out, "sshkey", key.s, e);
		buf_addc(out, '\n');
		buf_clear(&key);
	}
	buf_addc(out, '\n');
	return ret;
}

static int add_address(struct buf *out, struct err *e)
{
	const char *slash = opt.ip ? strchr(opt.ip, '/') : NULL;
	char address[64];
	int ret;

	if (!opt.ip) {
		buf_adds(out, " --bootproto=dhcp");
		return opt.gateway ? err_set(e, -EINVAL, "--gateway needs --ip") : 0;
	}
	if (!slash)
		return err_set(e, -EINVAL, "--ip: give the length of the prefix too, as %s/24",
			       opt.ip);
	snprintf(address, sizeof(address), "%.*s", (int)(slash - opt.ip), opt.ip);
	buf_adds(out, " --bootproto=static");
	ret = add_option(out, "ip", "ip", address, e);
	if (ret == 0)
		ret = add_option(out, "netmask", "ip", slash + 1, e);
	return ret ? ret : add_option(out, "gateway", "gateway", opt.gateway, e);
}

static int add_network(struct buf *out, struct err *e)
{
	int ret;

	buf_adds(out, "# The port of the management network; it gets the bridge xenbr0.\nnetwork");
	ret = add_option(out, "device", "device", opt.device, e);
	if (ret == 0)
		ret = add_address(out, e);
	if (ret == 0)
		ret = add_list(out, "nameserver", "dns", &opt.dns, e);
	if (ret == 0)
		ret = add_option(out, "hostname", "hostname", opt.hostname, e);
	buf_adds(out, "\n\n");
	return ret;
}

static int add_disk(struct buf *out, struct err *e)
{
	int ret = 0;

	if (opt.disk) {
		buf_adds(out, "# All that is on this disk is lost.\nignoredisk");
		ret = add_option(out, "only-use", "disk", opt.disk, e);
		buf_addc(out, '\n');
	} else {
		buf_adds(out,
			 "# All that is on the disk is lost.  With more than one disk that can "
			 "be taken,\n# the installer refuses; name one then:\n"
			 "#ignoredisk --only-use=/dev/disk/by-id/...\n");
	}
	buf_adds(out, "zerombr\nclearpart --all\nautopart\n\n");
	return ret;
}

static int make(struct buf *out, struct err *e)
{
	int ret;

	buf_adds(out, "# Installs Socle unattended; see socle-kickstart(5).  Check it after each "
		      "change:\n#\n#\tsocle kickstart check --strict FILE\n\n");
	ret = add_locale(out, e);
	if (ret == 0)
		ret = add_access(out, e);
	if (ret == 0)
		ret = add_network(out, e);
	if (ret == 0)
		ret = add_disk(out, e);
	buf_adds(out, opt.poweroff ? "poweroff\n" : "reboot\n");
	return ret;
}

/* What the parser has to say of our own file is about a value that was given. */
static int check(const struct buf *text, struct err *e)
{
	struct answers a = ANSWERS_INIT;
	struct ks_messages m = { 0 };
	int ret = ks_parse(text->s, text->len, &a, &m, e);

	if (m.count)
		ret = err_set(e, -EINVAL, "%s", m.item[0].text);
	else if (ret == 0 && answers_lack(&a))
		ret = err_set(e, -EINVAL, "%s", answers_lack(&a));
	answers_clear(&a);
	ks_messages_clear(&m);
	return ret;
}

int run_kickstart_new(size_t argc, char **argv)
{
	struct buf text = BUF_INIT;
	struct err e = { 0 };
	int ret = 0;

	(void)argc;
	(void)argv;
	if (!opt.root_hash && !opt.sshkeys.count)
		ret = err_set(&e, -EINVAL,
			      "nobody could log in: give --sshkey FILE or --rootpw-hash FILE");
	if (ret == 0)
		ret = make(&text, &e);
	if (ret == 0)
		ret = check(&text, &e);
	if (ret == 0)
		fputs(text.s, stdout);
	buf_clear(&text);
	return ret < 0 ? fail(&e) : 0;
}
