/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was answered on the screens, and the kickstart file that says the same.
 *
 * The screens know no other way to a plan than a kickstart file, so an install
 * by hand can be repeated by the file that it leaves.  A password is hashed
 * before it comes here; the text is nevertheless a secret (mode 0600).
 */
#ifndef INSTALLER_UI_KICKSTART_H
#define INSTALLER_UI_KICKSTART_H

#include "installer/facts.h"
#include "socle/buf.h"

enum {
	CHOICE_WORD = 128, /* a name, an address */
	CHOICE_LINE = 256, /* a list of them */
	CHOICE_DISKS = 2,  /* a pair at most */
	CHOICE_PORTS = 8,  /* of a bond */
	CHOICE_KEYS = 8,   /* of ssh */
	CHOICE_KEY = 1024, /* bytes of one; RSA with 4096 bits has 740 */
};

enum choice_ipv4 { IPV4_DHCP, IPV4_STATIC, IPV4_NONE };
enum choice_ipv6 { IPV6_AUTO, IPV6_DHCP, IPV6_STATIC, IPV6_NONE };
enum choice_ntp { NTP_DEFAULT, NTP_SERVERS, NTP_OFF };
enum choice_finish { FINISH_REBOOT, FINISH_POWEROFF };

/* No pointers: it is handed from one console to another as it is.  "" and 0: not answered. */
struct choices {
	char keymap[CHOICE_WORD];
	struct {
		char name[CHOICE_WORD]; /* of the kernel */
		char serial[CHOICE_LINE], wwn[CHOICE_LINE], path[CHOICE_LINE];
	} disks[CHOICE_DISKS];
	unsigned int disk_count;
	bool keep_guests, keep_asked;

	char ports[CHOICE_PORTS][CHOICE_WORD]; /* MAC addresses; several are a bond */
	unsigned int port_count;
	char bond_mode[CHOICE_WORD];
	char vlan[CHOICE_WORD];
	char mtu[CHOICE_WORD];
	enum choice_ipv4 ipv4;
	char ip[CHOICE_WORD], prefix[CHOICE_WORD], gateway[CHOICE_WORD];
	enum choice_ipv6 ipv6;
	char ip6[CHOICE_WORD]; /* with the length of its prefix */
	char gateway6[CHOICE_WORD];
	char dns[CHOICE_LINE]; /* parted by commas or blanks */
	char hostname[CHOICE_WORD];

	char timezone[CHOICE_WORD];
	enum choice_ntp ntp;
	char ntp_servers[CHOICE_LINE];

	char root_hash[CHOICE_LINE]; /* crypt(5); "": locked */
	bool root_ssh;
	char keys[CHOICE_KEYS][CHOICE_KEY];
	unsigned int key_count;

	unsigned int dom0_mib; /* 0: the planner decides */
	enum choice_finish finish;
};

/* What a person who only presses Enter gets on this machine. */
void choices_default(struct choices *c, const struct facts *f);

/* Set disk number i to this one, by what tells it from all others of the machine. */
void choices_take_disk(struct choices *c, unsigned int i, const struct facts *f,
		       const struct fact_disk *disk);

/* Append the file.  -EINVAL when an answer has a character that no file can have. */
int choices_kickstart(const struct choices *c, struct buf *out, struct err *e) __must_check;

/*
 * The step of the screens (ui_steps.h) that a line of that file comes from, or
 * NULL: what a message about the line is about.
 */
const char *choices_step_of(const char *kickstart, unsigned int line);

/* A list "a, b c" as "a,b,c". */
void choices_list(const char *text, struct buf *out);

/*
 * Whether this line of kickstart is one that Socle does as it says: only what
 * the parser has no refusal of is offered.
 */
bool choices_can(const char *line);

/* Hash a password with yescrypt, crypt(5).  -EIO when there is no randomness. */
int password_hash(const char *word, char hash[CHOICE_LINE], struct err *e) __must_check;

/* How good a password is: 0 too weak to be taken without a question, to 3; why says what lacks. */
int password_strength(const char *word, const char **why);

#endif
