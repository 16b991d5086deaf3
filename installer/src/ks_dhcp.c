/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask the DHCP servers of every port with a carrier where the kickstart is.
 *
 * The lease that the system has does not tell: systemd-networkd keeps no file
 * name.  So the question is asked anew, and no offer is accepted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "installer/ks_offer.h"
#include "ks_place.h"
#include "socle/cleanup.h"
#include "socle/clock.h"

enum { PORTS_MAX = 32, SERVER_PORT = 67, CLIENT_PORT = 68, LISTEN_MS = 4000 };

struct port {
	char name[IFNAMSIZ];
	unsigned char mac[KS_DHCP_MAC];
	int fd;
};

struct question {
	struct port port[PORTS_MAX];
	size_t count;
	uint32_t xid;
	bool answered;	 /* by anybody */
	char *source;	 /* the one that was named */
	struct err none; /* why there is none */
};

/* Ethernet with a carrier, and its address. */
static bool is_usable(int fd, struct port *p)
{
	struct ifreq req = { 0 };

	memcpy(req.ifr_name, p->name, IFNAMSIZ);
	if (ioctl(fd, SIOCGIFFLAGS, &req) < 0 || req.ifr_flags & IFF_LOOPBACK ||
	    !(req.ifr_flags & IFF_UP) || !(req.ifr_flags & IFF_RUNNING))
		return false;
	if (ioctl(fd, SIOCGIFHWADDR, &req) < 0 || req.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return false;
	memcpy(p->mac, req.ifr_hwaddr.sa_data, KS_DHCP_MAC);
	return true;
}

/* A socket that hears the broadcasts of that port only, beside the system's own client. */
static int open_socket(const char *name)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(CLIENT_PORT) };
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1) < 0 ||
	    bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0)
		return -errno;
	return take_fd(fd);
}

static int send_discover(const struct question *q, const struct port *p)
{
	struct sockaddr_in all = { .sin_family = AF_INET,
				   .sin_port = htons(SERVER_PORT),
				   .sin_addr.s_addr = htonl(INADDR_BROADCAST) };
	unsigned char packet[KS_DISCOVER_LEN];

	ks_discover(packet, q->xid, p->mac);
	return sendto(p->fd, packet, sizeof(packet), 0, (struct sockaddr *)&all, sizeof(all)) < 0
		       ? -errno
		       : 0;
}

static int add_port(struct question *q, int fd, const char *name, struct err *e)
{
	struct port *p = &q->port[q->count];

	snprintf(p->name, sizeof(p->name), "%s", name);
	if (!is_usable(fd, p))
		return 0;
	p->fd = open_socket(name);
	if (p->fd < 0)
		return err_sys(e, p->fd, "DHCP on %s", name);
	q->count++;
	/* One that has no route yet may have one at the next try. */
	return send_discover(q, p) < 0 ? err_set(e, -EAGAIN, "DHCP on %s: cannot send", name) : 0;
}

static int add_ports(struct question *q, struct err *e)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct if_nameindex *names = if_nameindex();
	int ret = fd < 0 || !names ? err_sys(e, -errno, "DHCP") : 0, one;

	for (size_t i = 0; ret == 0 && names[i].if_index && q->count < PORTS_MAX; i++) {
		one = add_port(q, fd, names[i].if_name, e);
		if (one < 0 && one != -EAGAIN)
			ret = one;
	}
	if (names)
		if_freenameindex(names);
	if (ret == 0 && !q->count)
		return err_set(e, -EAGAIN, "no port has a carrier");
	return ret;
}

/* Two servers may say the same. */
static int take_offer(struct question *q, const struct ks_offer *o, struct err *e)
{
	_cleanup_free_ char *source = NULL;
	struct err why = { 0 };
	int ret = ks_offer_source(o, &source, &why);
	char one[300], other[300];

	q->answered = true;
	if (ret == -ENOENT) {
		q->none = why;
		return 0;
	}
	if (ret < 0) {
		*e = why;
		return ret;
	}
	if (q->source && strcmp(q->source, source) != 0)
		return err_set(e, -EEXIST, "DHCP names two kickstart files: %s and %s",
			       ks_source_name(q->source, one, sizeof(one)),
			       ks_source_name(source, other, sizeof(other)));
	free(q->source);
	q->source = take_ptr(source);
	return 0;
}

static int receive(struct question *q, const struct port *p, struct err *e)
{
	unsigned char packet[2048];
	struct ks_offer offer;
	ssize_t n;
	int ret = 0;

	while (ret == 0 && (n = recv(p->fd, packet, sizeof(packet), 0)) > 0)
		if (ks_offer_parse(packet, (size_t)n, q->xid, p->mac, &offer) == 0)
			ret = take_offer(q, &offer, e);
	return ret;
}

/* All answers, since a second one may disagree. */
static int listen_all(struct question *q, int64_t end, struct err *e)
{
	struct pollfd fds[PORTS_MAX];
	int ret = 0;
	int64_t left;

	for (size_t i = 0; i < q->count; i++)
		fds[i] = (struct pollfd){ .fd = q->port[i].fd, .events = POLLIN };
	while (ret == 0 && (left = end - clock_ms()) > 0) {
		if (poll(fds, q->count, (int)left) <= 0)
			continue;
		for (size_t i = 0; ret == 0 && i < q->count; i++)
			if (fds[i].revents)
				ret = receive(q, &q->port[i], e);
	}
	return ret;
}

static int try_dhcp(void *ctx, unsigned int left, struct err *e)
{
	struct question *q = ctx;
	int ret;

	q->count = 0;
	if (getrandom(&q->xid, sizeof(q->xid), 0) < 0)
		return err_sys(e, -errno, "DHCP");
	ret = add_ports(q, e);
	if (ret == 0)
		ret = listen_all(q, clock_ms() + (left < 4 ? left * 1000 : LISTEN_MS), e);
	for (size_t i = 0; i < q->count; i++)
		close(q->port[i].fd);
	if (ret < 0 || q->source)
		return ret;
	if (!q->answered)
		return err_set(e, -EAGAIN, "DHCP does not answer");
	*e = q->none;
	return -ENOENT;
}

int ks_dhcp_ask(const struct ks_request *r, char **source, struct err *e)
{
	struct question q = { 0 };
	int ret;

	ks_note(r, "asking DHCP where it is");
	ret = ks_retry(r, try_dhcp, &q, e);
	if (ret == 0)
		*source = take_ptr(q.source);
	free(q.source);
	return ret;
}
