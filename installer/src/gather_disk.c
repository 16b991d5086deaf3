/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"

/* Volumes, arrays, caches, loops: what lies on other devices, or in memory. */
#define NO_HARDWARE "/devices/virtual/block/"

/* Hardware that is no disk to install to, by the start of its kernel name. */
static const char *const not_disks[] = { "sr", "fd", "mtd" };

/* The bus, by a word in the device's path in sysfs; the innermost comes first. */
static const struct {
	const char *word, *transport;
} transports[] = {
	{ "/usb", "usb" },	   { "/rport-", "fc" },
	{ "/session", "iscsi" },   { "/nvme-fabrics/", "nvmf" },
	{ "/nvme", "nvme" },	   { "/mmc_host/", "mmc" },
	{ "/end_device-", "sas" }, { "/ata", "sata" },
	{ "/virtio", "virtio" },   { "/vbd-", "xen" },
	{ "/host", "scsi" },
};

static const char *disk_transport(struct udev_device *dev)
{
	const char *path = udev_device_get_syspath(dev);

	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (strstr(path, transports[i].word))
			return transports[i].transport;
	return "";
}

/* A disk of several paths, which multipath has joined. */
static bool is_joined(const char *name)
{
	struct buf uuid = BUF_INIT;
	bool yes;

	gather_read(&uuid, "/sys/class/block/%s/dm/uuid", name);
	yes = strncmp(uuid.s, "mpath-", 6) == 0;
	buf_clear(&uuid);
	return yes;
}

/* The names in a folder of a block device in sysfs, "holders" or "slaves". */
static json_t *neighbours(const char *name, const char *folder)
{
	json_t *list = json_array();
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/block/%s/%s", name, folder);
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			gather_name(list, d->d_name);
	if (dir)
		closedir(dir);
	return list;
}

static bool is_path(const char *name)
{
	json_t *holders = neighbours(name, "holders");
	bool yes = false;

	for (size_t i = 0; i < json_array_size(holders); i++)
		yes = yes || is_joined(json_string_value(json_array_get(holders, i)));
	json_decref(holders);
	return yes;
}

static bool is_disk(struct udev_device *dev)
{
	const char *name = udev_device_get_sysname(dev);
	const char *type = udev_device_get_devtype(dev);

	if (!type || strcmp(type, "disk") != 0)
		return false;
	if (strstr(udev_device_get_syspath(dev), NO_HARDWARE))
		return is_joined(name) && gather_number("/sys/class/block/%s/size", name) > 0;
	if (is_path(name))
		return false;
	for (size_t i = 0; i < sizeof(not_disks) / sizeof(not_disks[0]); i++)
		if (strncmp(name, not_disks[i], strlen(not_disks[i])) == 0)
			return false;
	/* A path of a multipath NVMe disk, which has a name of its own beside them. */
	if (gather_number("/sys/class/block/%s/hidden", name))
		return false;
	return gather_number("/sys/class/block/%s/size", name) > 0;
}

/* The first that is not empty: files of sysfs (beginning with '/'), or udev properties. */
static json_t *first_of(struct udev_device *dev, const char *const *sources)
{
	for (; *sources; sources++) {
		const char *name = udev_device_get_sysname(dev);
		json_t *s = **sources == '/'
				    ? gather_file("/sys/class/block/%s%s", name, *sources)
				    : gather_text(udev_device_get_property_value(dev, *sources));

		if (*json_string_value(s))
			return s;
		json_decref(s);
	}
	return json_string("");
}

static const struct {
	const char *key;
	const char *const *sources;
} texts[] = {
	{ "model", (const char *const[]){ "/device/model", "ID_MODEL", NULL } },
	/* A virtio disk's vendor file has a PCI number. */
	{ "vendor", (const char *const[]){ "ID_VENDOR", NULL } },
	{ "serial", (const char *const[]){ "ID_SCSI_SERIAL", "ID_SERIAL_SHORT", "/device/serial",
					   "/serial", NULL } },
	{ "wwn", (const char *const[]){ "ID_WWN_WITH_EXTENSION", "ID_WWN", "/wwid", NULL } },
};

static json_t *disk_links(struct udev_device *dev)
{
	struct udev_list_entry *entry;
	json_t *list = json_array();

	for (entry = udev_device_get_devlinks_list_entry(dev); entry;
	     entry = udev_list_entry_get_next(entry)) {
		const char *link = udev_list_entry_get_name(entry);

		if ((strncmp(link, "/dev/disk/by-id/", 16) == 0 ||
		     strncmp(link, "/dev/disk/by-path/", 18) == 0) &&
		    json_array_size(list) < FACTS_NAMES_MAX)
			json_array_append_new(list, gather_text(link));
	}
	return list;
}

/* Some bridges tell nonsense for the physical sector. */
static uint64_t physical_sector(const char *name, uint64_t sector)
{
	uint64_t n = gather_number("/sys/class/block/%s/queue/physical_block_size", name);

	return n < sector || n > 1 << 20 || n & (n - 1) ? sector : n;
}

static void add_texts(struct udev_device *dev, const json_t *ibft, json_t *d)
{
	json_object_set_new(d, "transport", json_string(disk_transport(dev)));
	json_object_set_new(d, "removable",
			    json_boolean(gather_number("/sys/class/block/%s/removable",
						       udev_device_get_sysname(dev))));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_set_new(d, texts[i].key, first_of(dev, texts[i].sources));
	gather_iscsi(udev_device_get_syspath(dev), ibft, d);
}

/* Under its map's name, which is its WWID; the paths tell what hardware it is. */
static void add_paths(struct udev *udev, const json_t *ibft, const char *name, json_t *d)
{
	json_t *paths = neighbours(name, "slaves");
	const char *first = json_string_value(json_array_get(paths, 0));
	struct udev_device *dev =
		first ? udev_device_new_from_subsystem_sysname(udev, "block", first) : NULL;
	struct buf dm = BUF_INIT;

	gather_read(&dm, "/sys/class/block/%s/dm/name", name);
	gather_set(d, "name", dm.s);
	json_object_set_new(d, "path", json_sprintf("/dev/mapper/%s", dm.s));
	json_object_set_new(d, "paths", paths);
	if (dev)
		add_texts(dev, ibft, d);
	udev_device_unref(dev);
	buf_clear(&dm);
}

static json_t *disk_json(struct udev *udev, const json_t *ibft, struct udev_device *dev)
{
	const char *name = udev_device_get_sysname(dev);
	uint64_t sector = gather_number("/sys/class/block/%s/queue/logical_block_size", name);
	char path[PATH_MAX];
	json_t *d;

	snprintf(path, sizeof(path), "/dev/%s", name);
	/* In sysfs a size is in units of 512 bytes, whatever the sector. */
	d = json_pack("{s:s, s:s, s:I, s:I, s:I, s:b, s:b, s:o}", "name", name, "path", path,
		      "size", (json_int_t)(gather_number("/sys/class/block/%s/size", name) * 512),
		      "sector", (json_int_t)sector, "physical",
		      (json_int_t)physical_sector(name, sector), "rotational",
		      gather_number("/sys/class/block/%s/queue/rotational", name) != 0, "read_only",
		      gather_number("/sys/class/block/%s/ro", name) != 0, "links", disk_links(dev));
	if (is_joined(name))
		add_paths(udev, ibft, name, d);
	else
		add_texts(dev, ibft, d);
	gather_contents(path, d);
	gather_use(name, d);
	return d;
}

static int by_name(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return strverscmp(json_string_value(json_object_get(*x, "name")),
			  json_string_value(json_object_get(*y, "name")));
}

/* A new list with the same entries in the order of their names. */
static json_t *sorted(json_t *list)
{
	json_t *items[FACTS_DISKS_MAX], *out = json_array();
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n; i++)
		items[i] = json_array_get(list, i);
	if (n)
		qsort(items, n, sizeof(items[0]), by_name);
	for (size_t i = 0; i < n; i++)
		json_array_append(out, items[i]);
	json_decref(list);
	return out;
}

json_t *gather_disks(struct udev *udev, const json_t *ibft)
{
	struct udev_enumerate *all = udev_enumerate_new(udev);
	struct udev_list_entry *entry;
	json_t *list = json_array();

	udev_enumerate_add_match_subsystem(all, "block");
	udev_enumerate_scan_devices(all);
	for (entry = udev_enumerate_get_list_entry(all); entry;
	     entry = udev_list_entry_get_next(entry)) {
		struct udev_device *dev =
			udev_device_new_from_syspath(udev, udev_list_entry_get_name(entry));

		if (dev && is_disk(dev) && json_array_size(list) < FACTS_DISKS_MAX)
			json_array_append_new(list, disk_json(udev, ibft, dev));
		udev_device_unref(dev);
	}
	udev_enumerate_unref(all);
	return sorted(list);
}
