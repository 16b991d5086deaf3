/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is there a DHCP server already?  The question is asked as a machine would ask
 * it, and no offer is accepted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "installer/ks_offer.h"
#include "netboot/net.h"
#include "socle/cleanup.h"
#include "socle/clock.h"

/* A server that first looks whether an address is free takes three seconds (dnsmasq). */
enum { SERVER_PORT = 67, CLIENT_PORT = 68, ASK_TIMES = 2, LISTEN_MS = 2500 };

static int open_socket(const struct net_link *l, struct err *e)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(CLIENT_PORT) };
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, l->name, (socklen_t)strlen(l->name) + 1) <
		    0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return err_sys(e, -errno, "interface %s: asking for DHCP servers", l->name);
	return take_fd(fd);
}

static int ask(int fd, const struct net_link *l, uint32_t xid, struct err *e)
{
	struct sockaddr_in all = { .sin_family = AF_INET,
				   .sin_port = htons(SERVER_PORT),
				   .sin_addr.s_addr = htonl(INADDR_BROADCAST) };
	unsigned char packet[KS_DISCOVER_LEN];

	ks_discover(packet, xid, l->mac);
	if (sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&all, sizeof(all)) < 0)
		return err_sys(e, -errno, "interface %s: asking for DHCP servers", l->name);
	return 0;
}

/* Whether one of what has come in is an answer. */
static bool take_answer(int fd, const struct net_link *l, uint32_t xid, char server[ADDRESS_SIZE])
{
	unsigned char packet[2048];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	struct ks_offer offer;
	ssize_t n;

	while ((n = recvfrom(fd, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len)) > 0) {
		if (ks_offer_parse(packet, (size_t)n, xid, l->mac, &offer) == 0) {
			address_text(ntohl(from.sin_addr.s_addr), server);
			return true;
		}
		len = sizeof(from);
	}
	return false;
}

int net_dhcp_probe(const struct net_link *l, char server[ADDRESS_SIZE], struct err *e)
{
	_cleanup_close_ int fd = open_socket(l, e);
	uint32_t xid;
	int ret = fd;

	*server = '\0';
	if (fd >= 0 && getrandom(&xid, sizeof(xid), 0) != sizeof(xid))
		ret = err_sys(e, -EIO, "random numbers");
	for (int i = 0; ret >= 0 && i < ASK_TIMES; i++) {
		int64_t end = clock_ms() + LISTEN_MS, left;

		ret = ask(fd, l, xid, e);
		while (ret == 0 && (left = end - clock_ms()) > 0) {
			struct pollfd p = { .fd = fd, .events = POLLIN };

			if (poll(&p, 1, (int)left) > 0 && take_answer(fd, l, xid, server))
				return 0;
		}
	}
	return ret < 0 ? ret : 0;
}
