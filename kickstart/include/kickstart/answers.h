/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers: what the person who installs wants, typed.
 *
 * A kickstart file fills them (kickstart.h); the text screens will fill the
 * same struct.  plan() reads them and asks nothing else.  Every answer that may
 * have to be refused later knows the line that gave it, so that the refusal can
 * name it.
 *
 * The struct owns all that it points to.  A NULL string and an empty list mean
 * "not said"; which default applies then is the planner's business.
 */
#ifndef KICKSTART_ANSWERS_H
#define KICKSTART_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "socle/fs.h"

/* A place in a kickstart file; line and column count from 1, line 0 is "nowhere". */
struct ks_pos {
	unsigned int line;
	unsigned int column;
};

/* A list of strings in the order they were given. */
struct ks_strings {
	char **item;
	size_t count;
};

enum ks_clear {
	KS_CLEAR_UNSAID,
	KS_CLEAR_NONE,	/* keep what is there: the disk must be empty */
	KS_CLEAR_LINUX, /* remove Linux partitions */
	KS_CLEAR_ALL,	/* remove everything on the chosen disk */
};

enum ks_proto { KS_PROTO_DHCP, KS_PROTO_STATIC };

struct ks_network {
	struct ks_pos pos;
	char *device; /* interface name, MAC address, "link" or "bootif"; NULL: the planner picks */
	enum ks_proto proto;
	char *ip;	       /* IPv4 address of a static network */
	unsigned int prefix;   /* its prefix length, from --netmask (dotted or a length) */
	char *gateway;	       /* IPv4 address or NULL */
	struct ks_strings dns; /* IPv4 or IPv6 addresses of name servers */
	char *hostname;	       /* --hostname */
	unsigned int mtu;      /* bytes, 0: not said */
	bool inactive;	       /* --onboot=no or --no-activate */
	bool ipv6_off;	       /* --noipv6 */
};

struct ks_sshkey {
	struct ks_pos pos;
	char *user;
	char *key; /* one line as in authorized_keys */
};

enum ks_when { KS_POST };

struct ks_script {
	struct ks_pos pos; /* of the section's first line */
	enum ks_when when;
	bool nochroot; /* --nochroot: run in the installer, the new system under /mnt/sysroot */
	bool error_on_fail; /* --erroronfail: its failure fails the install */
	char *interpreter;  /* NULL: /bin/sh */
	char *log;	    /* --log, a path where the script runs, or NULL */
	char *body;
};

enum ks_finish { KS_FINISH_UNSAID, KS_FINISH_REBOOT, KS_FINISH_POWEROFF, KS_FINISH_HALT };

struct answers {
	char *lang;	/* "en_US.UTF-8" */
	char *keyboard; /* console keymap, "de" */

	char *timezone; /* "Europe/Berlin" */
	bool utc;	/* the hardware clock is in UTC */
	struct ks_strings ntp;
	bool ntp_off; /* --nontp: the clock is not kept by time servers */

	char *root_password; /* crypt(3) hash when root_crypted, else the word itself */
	bool root_crypted;
	bool root_locked;
	bool root_ssh; /* --allow-ssh: root may come in over SSH by password */
	struct ks_pos root_pos;
	struct ks_sshkey *sshkeys;
	size_t sshkey_count;

	/*
	 * Disks as the file names them: kernel names ("sda", "/dev/sda"), globs of
	 * them ("nvme*"), or links ("/dev/disk/by-id/wwn-0x5000c500…", also without
	 * "/dev/").  The install goes to the one disk that all lists leave.
	 */
	struct ks_strings only_use; /* ignoredisk --only-use, clearpart --drives, --ondisk … */
	struct ks_pos only_use_pos; /* the first of them */
	struct ks_strings ignore;   /* ignoredisk --drives */
	struct ks_pos ignore_pos;

	bool zerombr;
	enum ks_clear clear;
	struct ks_pos clear_pos;
	bool autopart;
	struct ks_pos autopart_pos;

	struct ks_network *networks;
	size_t network_count;

	struct ks_script *scripts;
	size_t script_count;

	enum ks_finish finish;
	bool eject; /* reboot --eject */

	char sha256[SHA256_HEX]; /* of the kickstart file, "" when there was none */
};

#define ANSWERS_INIT ((struct answers){ 0 })

void answers_clear(struct answers *a); /* idempotent */

/*
 * Why these answers of a file are not enough to install any machine, or NULL:
 * somebody must be able to log in, and the layout must be asked for.
 */
const char *answers_lack(const struct answers *a);

/* The host name of the first network line that has one, or NULL. */
const char *answers_hostname(const struct answers *a);

#endif
