/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "gather.h"
#include "socle/cleanup.h"

enum { MAC_LEN = 6, MAC_TEXT = 18 };

/* The address burnt in, which bonds and bridges do not change; false when it is not told. */
static bool permanent_mac(const char *name, char out[MAC_TEXT])
{
	union {
		struct ethtool_perm_addr head;
		char room[sizeof(struct ethtool_perm_addr) + 32];
	} addr = { .head = { .cmd = ETHTOOL_GPERMADDR, .size = 32 } };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { .ifr_data = (char *)&addr };
	const unsigned char *m = (unsigned char *)addr.head.data;

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%.*s", IFNAMSIZ - 1, name);
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &req) < 0 || addr.head.size != MAC_LEN)
		return false;
	if (!(m[0] | m[1] | m[2] | m[3] | m[4] | m[5]))
		return false;
	snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		 m[5]);
	return true;
}

/* pxelinux and iPXE pass on "BOOTIF=01-52-54-00-12-34-56"; 01 is Ethernet. */
static bool booted_over(const char *mac)
{
	struct buf cmdline = BUF_INIT;
	const char *p;
	bool same = false;

	gather_read(&cmdline, "/proc/cmdline");
	p = strstr(cmdline.s, "BOOTIF=");
	if (p) {
		p += strlen("BOOTIF=");
		p += strncmp(p, "01-", 3) == 0 ? 3 : 0;
		same = strlen(p) >= MAC_TEXT - 1;
		for (int i = 0; same && i < MAC_TEXT - 1; i++)
			same = tolower((unsigned char)p[i]) == mac[i] || mac[i] == ':';
	}
	buf_clear(&cmdline);
	return same;
}

static json_t *nic_driver(const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *base = NULL;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/driver", name);
	if (realpath(path, target))
		base = strrchr(target, '/');
	return gather_text(base ? base + 1 : "");
}

/* udev's name for where it is plugged in. */
static json_t *nic_bus(struct udev *udev, const char *name)
{
	struct udev_device *dev = udev_device_new_from_subsystem_sysname(udev, "net", name);
	json_t *bus = gather_text(dev ? udev_device_get_property_value(dev, "ID_PATH") : NULL);

	udev_device_unref(dev);
	return bus;
}

static json_t *nic_json(struct udev *udev, const char *name)
{
	struct buf current = BUF_INIT;
	char mac[MAC_TEXT] = "";
	bool permanent = permanent_mac(name, mac);
	json_t *n;

	gather_read(&current, "/sys/class/net/%s/address", name);
	if (!permanent)
		snprintf(mac, sizeof(mac), "%.17s", current.s);
	buf_clear(&current);
	n = json_pack(
		"{s:s, s:s, s:b, s:o, s:o, s:I, s:b, s:b}", "name", name, "mac", mac, "permanent",
		permanent, "driver", nic_driver(name), "bus", nic_bus(udev, name), "speed",
		(json_int_t)gather_number("/sys/class/net/%s/speed", name), "carrier",
		gather_number("/sys/class/net/%s/carrier", name) == 1, "boot", booted_over(mac));
	return n;
}

/* Ethernet on real (or emulated) hardware: virtual ones have no device, radio has no bridge. */
static int is_nic(const struct dirent *d)
{
	char path[PATH_MAX];

	if (d->d_name[0] == '.' ||
	    gather_number("/sys/class/net/%s/type", d->d_name) != ARPHRD_ETHER)
		return 0;
	snprintf(path, sizeof(path), "/sys/class/net/%s/phy80211", d->d_name);
	if (access(path, F_OK) == 0)
		return 0;
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", d->d_name);
	return access(path, F_OK) == 0;
}

json_t *gather_nics(struct udev *udev)
{
	json_t *list = json_array();
	struct dirent **names;
	int n = scandir("/sys/class/net", &names, is_nic, versionsort);

	for (int i = 0; i < n; i++) {
		if (i < FACTS_NICS_MAX)
			json_array_append_new(list, nic_json(udev, names[i]->d_name));
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return list;
}
