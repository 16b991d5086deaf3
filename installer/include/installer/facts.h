/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts: what the planner knows of a machine.
 *
 * facts_gather() reads them from the running system (sysfs, udev, libblkid; it
 * only reads) into JSON; facts_parse() turns such JSON, from this machine or
 * recorded on another, into the struct the planner reads.  The JSON is the one
 * way in, so that a plan made on a laptop sees exactly what the server saw.
 *
 * Sizes are in bytes.  A string that the machine did not tell is "", never NULL.
 * The JSON carries "facts": FACTS_VERSION; a file of another version is refused.
 */
#ifndef INSTALLER_FACTS_H
#define INSTALLER_FACTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "socle/err.h"

enum {
	FACTS_VERSION = 1,
	FACTS_FILE_MAX = 8 << 20, /* bytes of JSON */
	FACTS_DISKS_MAX = 1024,	  /* a SAN shows hundreds */
	FACTS_CONTENTS_MAX = 256, /* signatures and partitions of one disk */
	FACTS_NICS_MAX = 256,
	FACTS_VOLUMES_MAX = 4096, /* each guest has one or some */
	FACTS_NAMES_MAX = 4096,	  /* links, holders, mounts of one disk: each guest has a volume */
	FACTS_STRING_MAX = 512,	  /* bytes of one string */
};

struct fact_strings {
	char **item;
	size_t count;
};

/* Types of contents that are no names of libblkid. */
#define FACT_UNREADABLE	  "unreadable"
#define FACT_UNRECOGNIZED "unrecognized data"
#define FACT_GPT_COPY	  "GPT copy" /* the backup at the end, without the table at the start */

/* What SMART may say of a disk. */
#define FACT_FAILING "failing" /* replace it */
#define FACT_WORN    "worn"    /* something is not right */

/* Something found on a disk: a partition (number > 0) or a signature of the whole disk. */
struct fact_content {
	uint64_t number; /* of the partition, 0: the disk itself */
	char *type;	 /* libblkid's name: "ext4", "LVM2_member", "ntfs", "" when unknown */
	char *label;
	char *uuid;
	char *member;	 /* of an array, a pool, a btrfs: this member's own UUID */
	char *part_type; /* GPT type GUID or MBR type "0x83" of a partition */
	char *part_name; /* GPT name */
	char *part_uuid;
	uint64_t start; /* of the partition, from the start of the disk */
	uint64_t size;	/* of the partition; 0 for a signature */
};

/*
 * Something that lies on partitions, disks or other volumes, maybe on several
 * disks: what a disk's contents cannot tell of themselves.  In the facts' list a
 * volume comes after those that it lies on.
 */
struct fact_volume {
	char *id; /* unique: "md:UUID", "vg:UUID", "lv:UUID", "dm:NAME", "zfs:GUID", "btrfs:UUID" */
	/*
	 * "array", "container" of arrays, LVM "group" and "volume" and what is "internal" to one,
	 * "crypt", "map", "pool" of ZFS or btrfs, "partition" of an array.
	 */
	char *kind;
	char *name;	/* "host:0", "socle", "root" */
	char *uuid;	/* as the tools of its kind write it */
	char *level;	/* of an array "raid1"; of a logical volume its segment type "thin" */
	char *metadata; /* of an array "1.2", "0.90", "imsm", "ddf" */
	char *device;	/* "/dev/md127", "/dev/mapper/vg-root"; "" when it is not active */
	char *type;	/* libblkid's name of what is on it */
	char *label;	/* and its label */
	bool active;
	bool degraded; /* a member is missing or faulty */
	uint64_t size;
	uint64_t members;	     /* how many it should have, 0: unknown */
	struct fact_strings on;	     /* ids of volumes, names of partitions and disks ("sda1") */
	struct fact_strings in_sync; /* those of "on" that have all the data of an active array */
	struct fact_strings mounts;  /* where it is mounted; "swap" */
};

/* A finished installation that its ESP tells of; all "" when there is none. */
struct fact_installed {
	char *intent; /* SHA-256 of what was wanted, as plan.intent */
	char *plan;   /* hash of the plan */
	char *time;   /* "2026-11-23 11:05:00 UTC" */
	char *hostname;
	char *version; /* of the image */
};

struct fact_disk {
	char *name; /* kernel name, "sda" */
	char *path; /* "/dev/sda"; "/dev/mapper/NAME" of one with several paths */
	uint64_t size;
	uint64_t sector;   /* logical sector size */
	uint64_t physical; /* physical sector size */
	char *model;
	char *vendor;
	char *serial;
	char *wwn;	 /* "0x5000c500…", "eui.…", "naa.…" */
	char *transport; /* sata, nvme, sas, usb, virtio, scsi, mmc, xen, fc, iscsi, nvmf, "" */
	bool rotational;
	bool removable;
	bool read_only;
	bool boot_medium;	     /* the running system was booted from it */
	struct fact_strings paths;   /* kernel names of the paths that multipath has joined */
	struct fact_strings links;   /* "/dev/disk/by-id/…", "/dev/disk/by-path/…" */
	struct fact_strings holders; /* active volumes and arrays on it: "vg-root", "md127" */
	struct fact_strings mounts;  /* where something on it is mounted; "swap" */
	char *table;		     /* partition table: "gpt", "dos", "" */
	struct fact_content *contents;
	size_t content_count;
	char *iscsi_target; /* name of the target of a disk over iSCSI */
	char *iscsi_portal; /* "192.0.2.1:3260", where it was found */
	uint64_t iscsi_lun;
	bool ibft;    /* it is the one that the firmware tells of */
	char *health; /* FACT_FAILING, FACT_WORN, "ok"; "": it does not tell */
	struct fact_installed installed;
	char *health_why; /* what SMART says of it, without figures that change */
};

struct fact_nic {
	char *name;
	char *mac;	/* "52:54:00:12:34:56", the permanent one when it is known */
	bool permanent; /* mac is the permanent address */
	char *driver;
	char *bus;	/* "pci-0000:01:00.0", as udev's ID_PATH */
	uint64_t speed; /* Mbit/s, 0: unknown */
	bool carrier;
	bool boot;   /* the machine was booted over it (BOOTIF=) */
	char *model; /* "Intel Corporation Ethernet Controller X710", of the hwdb */
	struct fact_strings addresses; /* "192.0.2.7/24", without link-local ones */
	/* What the switch says of itself by LLDP (IEEE 802.1AB), "" until it was heard. */
	char *lldp_system;	/* its name */
	char *lldp_chassis;	/* its identity, mostly a MAC address */
	char *lldp_port;	/* "Ethernet1/7", or whatever it numbers its ports by */
	char *lldp_description; /* of the port */
	uint64_t lldp_vlan;	/* of untagged frames; 0: not told */
};

/*
 * The disk over iSCSI by which the firmware boots, of its iBFT; all "" when it tells of
 * none.  Whether the installer reaches it is told by the disks.
 */
struct fact_ibft {
	char *target; /* "iqn.2026-11.example:disk" */
	char *portal; /* "192.0.2.1:3260" */
	char *mac;    /* of the card that leads to it */
	bool dhcp;    /* that card's address is by DHCP */
};

struct facts {
	struct {
		char *vendor;
		char *product;
		char *serial;
		char *uuid;
	} machine;
	char *firmware; /* "bios" or "uefi" */
	uint64_t memory;
	uint64_t cpus;
	bool vmx, svm; /* can be used */
	struct fact_ibft ibft;
	bool virtualization_off; /* the processor has one of them, but the firmware has it off */
	bool secure_boot;	 /* the firmware starts signed loaders only */
	uint64_t clock;		 /* seconds since 1970 when the facts were gathered; 0: not told */
	struct fact_disk *disks; /* by name */
	size_t disk_count;
	struct fact_volume *volumes;
	size_t volume_count;
	struct fact_nic *nics; /* by name */
	size_t nic_count;
};

#define FACTS_INIT ((struct facts){ 0 })

void facts_clear(struct facts *f); /* idempotent */

/*
 * Read the running machine.  Needs to open the disks for reading, thus root.
 * A disk that cannot be read is reported with contents of the type
 * FACT_UNREADABLE, one that begins with anything that libblkid does not know
 * with FACT_UNRECOGNIZED, so that the planner does not take it for empty.
 */
int facts_gather(json_t **out, struct err *e) __must_check;

/*
 * Add what SMART says of each disk, "health" and "health_why".  All disks are
 * asked at once, and one that does not answer in seconds has no health; so has
 * all of them where smartctl is missing.  Apart from facts_gather(), since it may
 * take those seconds.
 */
void facts_gather_health(json_t *facts);

/*
 * Add "installed" to each disk on which an installation of ours was finished.
 * Mounts ESPs that have our partition names, read-only, for a moment.
 */
void facts_gather_installed(json_t *facts);

/*
 * Parse recorded facts (any bytes).  f: initialised by the caller, who clears
 * it, also after an error.  -EINVAL with the path of the faulty key, as
 * "disks[2].size: not a number".
 */
int facts_parse(const char *text, size_t len, struct facts *f, struct err *e) __must_check;

/* The same for JSON that is already parsed. */
int facts_from_json(const json_t *json, struct facts *f, struct err *e) __must_check;

#endif
