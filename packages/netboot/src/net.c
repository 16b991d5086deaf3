/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netboot/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socle/cleanup.h"

enum { BACKLOG = 256, PORT_DHCP = 67, PORT_TFTP = 69, PORT_PXE = 4011 };

const char *address_text(uint32_t address, char text[ADDRESS_SIZE])
{
	struct in_addr in = { htonl(address) };

	inet_ntop(AF_INET, &in, text, ADDRESS_SIZE);
	return text;
}

static uint32_t address_of(const struct ifreq *req)
{
	struct sockaddr_in in;

	memcpy(&in, &req->ifr_addr, sizeof(in));
	return ntohl(in.sin_addr.s_addr);
}

int net_link_open(const char *name, struct net_link *l, struct err *e)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { 0 };

	*l = (struct net_link){ 0 };
	if (!*name || strlen(name) >= IFNAMSIZ)
		return err_set(e, -EINVAL, "interface %.32s: no name of an interface", name);
	strcpy(l->name, name);
	strcpy(req.ifr_name, name);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &req) < 0)
		return errno == ENODEV ? err_set(e, -ENODEV, "interface %s: there is none", name)
				       : err_sys(e, -errno, "interface %s", name);
	if (!(req.ifr_flags & IFF_UP))
		return err_set(e, -ENETDOWN, "interface %s is down: ip link set %s up", name, name);
	if (!(req.ifr_flags & IFF_RUNNING))
		return err_set(e, -ENETDOWN, "interface %s has no carrier", name);
	if (ioctl(fd, SIOCGIFHWADDR, &req) < 0 || req.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return err_set(e, -EINVAL, "interface %s is no Ethernet", name);
	memcpy(l->mac, req.ifr_hwaddr.sa_data, sizeof(l->mac));
	if (ioctl(fd, SIOCGIFADDR, &req) < 0)
		return err_set(e, -EADDRNOTAVAIL, "interface %s has no IPv4 address", name);
	l->address = address_of(&req);
	if (ioctl(fd, SIOCGIFNETMASK, &req) < 0)
		return err_sys(e, -errno, "interface %s", name);
	l->mask = address_of(&req);
	return 0;
}

static bool take_address(char **text, uint32_t *address)
{
	char *one = strsep(text, ",");
	struct in_addr in;

	if (!one || inet_pton(AF_INET, one, &in) != 1)
		return false;
	*address = ntohl(in.s_addr);
	return true;
}

static int check_range(const struct net_range *r, const struct net_link *l, struct err *e)
{
	uint32_t net = l->address & l->mask, all = net | ~l->mask;
	char a[ADDRESS_SIZE], b[ADDRESS_SIZE];

	if (r->mask != l->mask)
		return err_set(e, -EINVAL, "the mask of interface %s is %s", l->name,
			       address_text(l->mask, a));
	if (r->first > r->last)
		return err_set(e, -EINVAL, "its end is before its start");
	if (r->first <= net || r->last >= all)
		return err_set(e, -EINVAL, "it is not within %s/%d of interface %s",
			       address_text(net, a), __builtin_popcount(l->mask), l->name);
	if (r->first <= l->address && l->address <= r->last)
		return err_set(e, -EINVAL, "%s in it is the address of interface %s",
			       address_text(l->address, b), l->name);
	return 0;
}

int net_range_parse(const char *text, const struct net_link *l, struct net_range *r, struct err *e)
{
	char copy[64], *at = copy;
	int ret;

	*r = (struct net_range){ .mask = l->mask };
	if (strlen(text) >= sizeof(copy))
		return err_set(e, -EINVAL, "--range: FIRST,LAST[,MASK] is meant");
	strcpy(copy, text);
	if (!take_address(&at, &r->first) || !take_address(&at, &r->last) ||
	    (at && !take_address(&at, &r->mask)) || at)
		return err_set(e, -EINVAL,
			       "--range %s: FIRST,LAST[,MASK] is meant, as 192.0.2.10,192.0.2.99",
			       text);
	ret = check_range(r, l, e);
	return ret < 0 ? err_wrap(e, "--range %s", text) : 0;
}

static struct sockaddr_in place(uint32_t address, unsigned int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(address) };
}

static int in_use(struct err *e, int code, const char *what, unsigned int port, uint32_t address)
{
	char text[ADDRESS_SIZE] = "this host";

	if (address)
		address_text(address, text);
	if (code == -EADDRINUSE)
		return err_set(e, code, "port %u (%s) of %s is in use by another program", port,
			       what, text);
	return err_sys(e, code, "port %u (%s) of %s", port, what, text);
}

int net_listen(const struct net_link *l, unsigned int port, struct err *e)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in at = place(l->address, port);
	int on = 1;

	/* So that the connections of a former server do not keep it. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, BACKLOG) < 0)
		return in_use(e, -errno, "HTTP", port, l->address);
	return take_fd(fd);
}

static int udp_free(uint32_t address, unsigned int port, const char *what, const char *device,
		    struct err *e)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = place(address, port);

	if (fd < 0 ||
	    (device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
				  (socklen_t)strlen(device) + 1) < 0) ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return in_use(e, -errno, what, port, address);
	return 0;
}

int net_ports_free(const struct net_link *l, bool proxy, struct err *e)
{
	int ret = udp_free(INADDR_ANY, PORT_DHCP, "DHCP", l->name, e);

	if (ret == 0 && proxy)
		ret = udp_free(INADDR_ANY, PORT_PXE, "PXE", l->name, e);
	return ret < 0 ? ret : udp_free(l->address, PORT_TFTP, "TFTP", NULL, e);
}

bool net_neighbour(const struct net_link *l, uint32_t address, char mac[MAC_SIZE])
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in in = place(address, 0);
	struct arpreq req = { 0 };
	const unsigned char *at;
	char text[MAC_SIZE];

	memcpy(&req.arp_pa, &in, sizeof(in));
	strcpy(req.arp_dev, l->name);
	if (fd < 0 || ioctl(fd, SIOCGARP, &req) < 0 || !(req.arp_flags & ATF_COM))
		return false;
	at = (const unsigned char *)req.arp_ha.sa_data;
	snprintf(text, sizeof(text), "%02x-%02x-%02x-%02x-%02x-%02x", at[0], at[1], at[2], at[3],
		 at[4], at[5]);
	return mac_parse(text, mac);
}
