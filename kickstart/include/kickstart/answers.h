/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers: what the person who installs wants, typed.
 *
 * A kickstart file fills them (kickstart.h); the text screens will fill the
 * same struct.  plan() reads them and asks nothing else.  Every answer that may
 * have to be refused later knows the line that gave it, so that the refusal can
 * name it.  What is well-formed but cannot be done yet is in unmet: nothing is
 * installed while that list has an entry.
 *
 * The struct owns all that it points to.  A NULL string and an empty list mean
 * "not said", as does a number of 0, or KS_UNSAID where 0 could be said; which
 * default applies then is the planner's business.  Sizes are in MiB.
 */
#ifndef KICKSTART_ANSWERS_H
#define KICKSTART_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "socle/fs.h"

enum { KS_UNSAID = -1 };

/* A place in a kickstart file; line and column count from 1, line 0 is "nowhere". */
struct ks_pos {
	unsigned int line;
	unsigned int column;
	const char *file; /* source of an included file; NULL: the kickstart file itself */
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

enum ks_proto { KS_PROTO_DHCP, KS_PROTO_STATIC, KS_PROTO_IBFT /* as the firmware's table says */ };

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

	bool ipv4_off; /* --noipv4 */
	bool no_default_route;
	bool no_dns;		       /* neither given nor learned */
	bool ignore_dns4, ignore_dns6; /* not those learned */
	char *ipv6;		       /* "auto", "dhcp", "ADDRESS/LENGTH"; NULL: auto */
	char *ipv6_gateway;
	char *vlan;	      /* its number; it lies on device, or on the bond of this line */
	char *interface_name; /* of the VLAN */
	struct ks_strings bond_slaves;	 /* there are any: device is the name of a bond */
	char *bond_options;		 /* as netopts.h has them, checked */
	struct ks_strings bridge_slaves; /* the same for a bridge */
	char *bridge_options;
	struct ks_strings search, search6; /* domains */
	char *ethtool;
	char *dhcp_class;
	char *bind_to; /* "mac", which it is in any case */

	/* Always in unmet. */
	char *team_slaves;
	char *team_config;
};

struct ks_sshkey {
	struct ks_pos pos;
	char *user;
	char *key; /* one line as in authorized_keys */
};

/* "sshpw": how root comes into the running installer over SSH; one of these is set. */
struct ks_sshpw {
	struct ks_pos pos;
	char *password;
	bool crypted;
	char *key; /* one line as in authorized_keys */
};

struct ks_user {
	struct ks_pos pos;
	char *name;
	char *password;
	bool crypted;
	bool locked;
	struct ks_strings groups; /* a name, or "name(1000)" */
	long long uid, gid;	  /* or KS_UNSAID */
	char *home;
	char *shell;
	char *gecos;
};

struct ks_group {
	struct ks_pos pos;
	char *name;
	long long gid; /* or KS_UNSAID */
};

/* What a file system of a partition, array or volume is to be like. */
struct ks_filesystem {
	char *type; /* "ext4" */
	char *label;
	char *options;	    /* of mount */
	char *make_options; /* of mkfs */
	char *profile;	    /* of mke2fs */
	bool keep;	    /* --noformat */
	bool hibernation;   /* swap is to hold the memory */
	bool encrypted;
	char *passphrase;
	char *luks_version;
};

struct ks_part {
	struct ks_pos pos;
	char *mount; /* "/home", "swap", "pv.01", "raid.01", "biosboot" */
	long long size, max_size;
	bool grow;
	bool recommended; /* the size is the installer's choice */
	bool resize;
	bool primary;
	char *disk; /* --ondisk */
	char *part; /* --onpart: one that is there */
	struct ks_filesystem fs;
};

struct ks_raid {
	struct ks_pos pos;
	char *mount;
	char *device; /* "md0", "root" */
	char *level;  /* "0", "1", "raid10" … */
	long long spares;
	long long chunk_size; /* KiB */
	bool existing;
	struct ks_strings members; /* "raid.01" */
	struct ks_filesystem fs;
};

struct ks_volgroup {
	struct ks_pos pos;
	char *name;
	long long extent; /* KiB */
	long long reserved, reserved_percent;
	bool existing;
	struct ks_strings members; /* "pv.01" */
};

struct ks_logvol {
	struct ks_pos pos;
	char *mount; /* "none" of a pool */
	char *name;
	char *group;
	long long size, max_size;
	long long percent; /* of what is left in the group */
	bool grow;
	bool recommended;
	bool resize;
	bool existing;
	bool pool; /* it is a thin pool */
	bool thin; /* it is in one, of this name */
	char *pool_name;
	long long metadata_size;
	long long chunk_size; /* KiB */
	long long cache_size;
	char *cache_mode;
	struct ks_strings cache_members;
	struct ks_filesystem fs;
};

struct ks_bootloader {
	struct ks_pos pos;
	char *append; /* arguments of dom0's kernel */
	char *xen_append;
	char *drive;	   /* --boot-drive */
	long long timeout; /* seconds, or KS_UNSAID */
	char *password;	   /* of GRUB */
	bool crypted;
	char *location; /* "mbr", "partition", "boot", "none" */
	bool keep_boot_order;
	char *order; /* "disk", "network", "keep" */
	bool no_mbr;
	bool none;
};

/*
 * Where other installers take their packages from.  Socle's image comes with
 * its installer, so this tells only what the file says.
 */
struct ks_origin {
	struct ks_pos pos;
	const char *kind; /* "url", "nfs", "cdrom", "harddrive", "liveimg"; NULL: not said */
	char *url;
	char *mirrors; /* --mirrorlist or --metalink */
	char *server;
	char *directory;
	char *options;
	char *partition;
	char *proxy;
	char *checksum;
	bool unverified; /* --noverifyssl */
};

struct ks_iscsi {
	struct ks_pos pos;
	char *address;
	char *target;
	long long port;
	char *user, *password;
	char *reverse_user, *reverse_password;
	char *interface;
};

/* "disk": one disk that is all of this; two lines say a pair. */
struct ks_disk {
	struct ks_pos pos;
	char *serial;
	char *wwn;
	char *model;	 /* a glob */
	char *path;	 /* a device, a link to it, or a glob of either */
	char *transport; /* "sata", "sas", "nvme", … */
	char *size;	 /* "480G", "400G-500G", "400G-": bounds in units of 1000 */
};

struct ks_dom0 {
	struct ks_pos pos;
	long long memory; /* MiB */
	long long vcpus;
};

/* "mirror": the system on a pair of disks. */
struct ks_mirror {
	struct ks_pos pos;
	bool missing; /* one of the two is not there yet */
};

/* The names of what is looked at before a machine is installed; see socle-install(8). */
#define KS_CHECKS "memory|virtualization|smart|identity|clock|secureboot|network"

/* "preflight": what of it is not looked at. */
struct ks_preflight {
	struct ks_pos pos;
	struct ks_strings skip;
};

/* "guests": where the disks of guests are kept. */
struct ks_guests {
	struct ks_pos pos;
	char *type; /* "thin" */
	char *size; /* "all", "200G", "80%" */
	bool keep;  /* those that are there */
};

/* "bridge": the bridge of the management network. */
struct ks_bridge {
	struct ks_pos pos;
	char *name;
};

/* "appliance": what is imported at the first boot, by a script that is in the list of them. */
struct ks_appliance {
	struct ks_pos pos;
	char *source; /* URL, or path on the installation medium */
	char *name;
	char *type; /* "pv", "pvh", "hvm", or NULL */
	char *sha256;
	bool accept_eula;
	bool start;
};

/* "firewall": what may come in from outside. */
struct ks_firewall {
	struct ks_pos pos; /* line 0: nothing was said */
	bool enabled;
	bool ssh, http, smtp, ftp, telnet; /* the words of old */
	struct ks_strings services, closed, ports, trusted;
};

/* "webhook": who is told how the installation goes. */
struct ks_webhook {
	struct ks_pos pos;
	char *url;   /* of http or https, with {mac} and the like */
	char *token; /* secret */
	char *fingerprint;
	struct ks_strings events; /* none: all */
};

/* "onfailure": what is done when nobody is there. */
struct ks_on_failure {
	struct ks_pos pos;
	char *then;   /* "shell", "reboot", "poweroff"; NULL: shell */
	char *bundle; /* where the log bundle goes */
	char *token;  /* for that; secret */
	char *fingerprint;
};

enum ks_when { KS_POST, KS_PRE, KS_PRE_INSTALL, KS_ON_ERROR, KS_TRACEBACK, KS_FIRST_BOOT };

struct ks_script {
	struct ks_pos pos; /* of the section's first line */
	enum ks_when when;
	bool nochroot; /* --nochroot: run in the installer, the new system under /mnt/sysroot */
	bool error_on_fail; /* --erroronfail: its failure fails the install */
	char *interpreter;  /* NULL: /bin/sh */
	char *log;	    /* --log, a path where the script runs, or NULL */
	long long timeout;  /* seconds, 0: the installer's own limit */
	char *body;
};

/* %certificate: a file of the new system. */
struct ks_certificate {
	struct ks_pos pos;
	char *name;
	char *folder; /* NULL: where certificates are */
	char *body;
};

enum ks_finish { KS_FINISH_UNSAID, KS_FINISH_REBOOT, KS_FINISH_POWEROFF, KS_FINISH_HALT };

/* What is well-formed but cannot be honoured: nothing may be installed. */
struct ks_unmet {
	struct ks_pos pos;
	char *text; /* "part: …"; never contains a password */
};

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
	struct ks_sshpw *sshpws;
	size_t sshpw_count;
	struct ks_user *users;
	size_t user_count;
	struct ks_group *groups;
	size_t group_count;

	/*
	 * Disks as the file names them: kernel names ("sda", "/dev/sda"), globs of
	 * them ("nvme*"), or links ("/dev/disk/by-id/wwn-0x5000c500…", also without
	 * "/dev/").  The install goes to the one disk that all lists leave.
	 */
	struct ks_strings only_use; /* ignoredisk --only-use, clearpart --drives, --ondisk … */
	struct ks_pos only_use_pos; /* the first of them */
	struct ks_strings ignore;   /* ignoredisk --drives */
	struct ks_pos ignore_pos;
	struct ks_disk *disks;
	size_t disk_count;
	struct ks_mirror mirror;

	bool zerombr;
	enum ks_clear clear;
	struct ks_pos clear_pos;
	bool autopart;
	struct ks_pos autopart_pos;
	struct ks_part *parts;
	size_t part_count;
	struct ks_raid *raids;
	size_t raid_count;
	struct ks_volgroup *volgroups;
	size_t volgroup_count;
	struct ks_logvol *logvols;
	size_t logvol_count;
	struct ks_bootloader bootloader;
	struct ks_iscsi *iscsis;
	size_t iscsi_count;

	struct ks_network *networks;
	size_t network_count;

	struct ks_origin origin;
	struct ks_dom0 dom0;
	struct ks_guests guests;
	struct ks_bridge bridge;
	struct ks_appliance *appliances;
	size_t appliance_count;

	struct ks_script *scripts;
	size_t script_count;
	struct ks_certificate *certificates;
	size_t certificate_count;

	struct ks_webhook *webhooks;
	size_t webhook_count;
	struct ks_on_failure on_failure;

	struct ks_firewall firewall;
	struct ks_strings services_on, services_off; /* units, with or without ".service" */
	struct ks_pos services_pos;

	enum ks_finish finish;
	bool eject;    /* reboot --eject */
	bool no_eject; /* reboot --noeject */

	struct ks_preflight preflight;
	bool reinstall; /* also where these very answers were installed already */

	struct ks_unmet *unmet;
	size_t unmet_count;

	struct ks_strings files; /* sources of what was included; what pos.file points to */

	/*
	 * SHA-256 of the kickstart file, "" when there was none; of each file that it
	 * includes: of the hash so far, in digits, and that file.
	 */
	char sha256[SHA256_HEX];
};

#define ANSWERS_INIT ((struct answers){ 0 })

void answers_clear(struct answers *a); /* idempotent */

/*
 * Why these answers of a file are not enough to install any machine, or NULL:
 * somebody must be able to log in, and the layout must be asked for.
 */
const char *answers_lack(const struct answers *a);

/* What becomes of a line that says this mount point. */
enum ks_where {
	KS_WHERE_DATA, /* made as said: "swap", "pv.01", "raid.01", "/srv/vms" */
	KS_WHERE_OURS, /* passed over, the system has that by itself: "/", "/boot", "biosboot" */
	KS_WHERE_NONE, /* it cannot be there */
};

enum ks_where ks_where_of(const char *mount);

/* The ports of a service that firewall knows, as "53:tcp,53:udp", or NULL. */
const char *ks_service_ports(const char *name);

/* The host name of the first network line that has one, or NULL. */
const char *answers_hostname(const struct answers *a);

#endif
