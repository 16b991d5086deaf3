/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <ifaddrs.h>
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

/* What udev knows: where it is plugged in, and what it is called by the hardware database. */
static void add_udev(struct udev *udev, const char *name, json_t *nic)
{
	struct udev_device *dev = udev_device_new_from_subsystem_sysname(udev, "net", name);
	const char *vendor = NULL, *model = NULL, *bus = NULL;
	struct buf text = BUF_INIT;

	if (dev) {
		vendor = udev_device_get_property_value(dev, "ID_VENDOR_FROM_DATABASE");
		model = udev_device_get_property_value(dev, "ID_MODEL_FROM_DATABASE");
		bus = udev_device_get_property_value(dev, "ID_PATH");
	}
	buf_addf(&text, "%s%s%s", vendor ? vendor : "", vendor && model ? " " : "",
		 model ? model : "");
	json_object_set_new(nic, "bus", gather_text(bus));
	json_object_set_new(nic, "model", gather_text(text.s));
	buf_clear(&text);
	udev_device_unref(dev);
}

/* The bond or bridge that an interface is a part of, and so has its addresses; "" if none. */
static void master_of(const char *name, char out[IFNAMSIZ])
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *base = NULL;

	snprintf(path, sizeof(path), "/sys/class/net/%s/master", name);
	if (realpath(path, target))
		base = strrchr(target, '/');
	snprintf(out, IFNAMSIZ, "%s", base ? base + 1 : "");
}

static unsigned int mask_length(const struct sockaddr *mask)
{
	const struct sockaddr_in6 *six = (const void *)mask;
	const struct sockaddr_in *four = (const void *)mask;
	unsigned int n = 0;

	if (!mask)
		return 0;
	if (mask->sa_family == AF_INET)
		return (unsigned int)__builtin_popcount(four->sin_addr.s_addr);
	for (size_t i = 0; i < sizeof(six->sin6_addr); i++)
		n += (unsigned int)__builtin_popcount(six->sin6_addr.s6_addr[i]);
	return n;
}

/* "192.0.2.7/24"; false for link-local ones and what is no address. */
static bool address_text(const struct ifaddrs *a, char *out, size_t len)
{
	const struct sockaddr_in6 *six = (const void *)a->ifa_addr;
	const struct sockaddr_in *four = (const void *)a->ifa_addr;
	int family = a->ifa_addr ? a->ifa_addr->sa_family : AF_UNSPEC;
	char text[INET6_ADDRSTRLEN];

	if (family == AF_INET)
		inet_ntop(AF_INET, &four->sin_addr, text, sizeof(text));
	else if (family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr))
		inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof(text));
	else
		return false;
	snprintf(out, len, "%s/%u", text, mask_length(a->ifa_netmask));
	return true;
}

static json_t *nic_addresses(const struct ifaddrs *all, const char *name)
{
	char text[INET6_ADDRSTRLEN + 8], master[IFNAMSIZ];
	json_t *list = json_array();

	master_of(name, master);
	for (const struct ifaddrs *a = all; a; a = a->ifa_next)
		if ((strcmp(a->ifa_name, name) == 0 || strcmp(a->ifa_name, master) == 0) &&
		    json_array_size(list) < FACTS_NAMES_MAX && address_text(a, text, sizeof(text)))
			json_array_append_new(list, json_string(text));
	return list;
}

/* What is asked once for all cards. */
struct nics {
	struct udev *udev;
	struct ifaddrs *addresses;
	json_t *lldp;
};

static json_t *nic_json(const struct nics *all, const char *name)
{
	struct buf current = BUF_INIT;
	char mac[MAC_TEXT] = "";
	bool permanent = permanent_mac(name, mac);
	json_t *n;

	gather_read(&current, "/sys/class/net/%s/address", name);
	if (!permanent)
		snprintf(mac, sizeof(mac), "%.17s", current.s);
	buf_clear(&current);
	n = json_pack("{s:s, s:s, s:b, s:o, s:I, s:b, s:b, s:o}", "name", name, "mac", mac,
		      "permanent", permanent, "driver", nic_driver(name), "speed",
		      (json_int_t)gather_number("/sys/class/net/%s/speed", name), "carrier",
		      gather_number("/sys/class/net/%s/carrier", name) == 1, "boot",
		      booted_over(mac), "addresses", nic_addresses(all->addresses, name));
	add_udev(all->udev, name, n);
	lldp_add(all->lldp, name, n);
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
	struct nics all = { .udev = udev, .lldp = gather_lldp() };
	json_t *list = json_array();
	struct dirent **names;
	int n = scandir("/sys/class/net", &names, is_nic, versionsort);

	if (getifaddrs(&all.addresses) < 0)
		all.addresses = NULL;
	for (int i = 0; i < n; i++) {
		if (i < FACTS_NICS_MAX)
			json_array_append_new(list, nic_json(&all, names[i]->d_name));
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	if (all.addresses)
		freeifaddrs(all.addresses);
	json_decref(all.lldp);
	return list;
}
