/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All is looked at, then it is served; the loop of the one thread.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "server.h"
#include "socle/cleanup.h"
#include "socle/clock.h"

enum { SHOW_MS = 500, LOOP_MS = 1000 };

void server_tell(struct netboot *n, const struct machine *m, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	n->changed = true;
	if (n->config.tell)
		n->config.tell(n->config.ctx, m, line);
}

void server_keep(struct netboot *n, struct machine *m)
{
	struct err e = { 0 };

	n->changed = true;
	if (machines_save(&n->machines, m, &e) < 0)
		server_tell(n, m, "%s", err_text(&e));
}

/* Its folders, and nobody else who serves from it. */
static int open_state(struct netboot *n, struct err *e)
{
	static const char *const folders[] = { "orders", "machines", "bundles" };
	_cleanup_free_ char *lock = NULL;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < sizeof(folders) / sizeof(folders[0]); i++) {
		_cleanup_free_ char *path = NULL;

		ret = asprintf(&path, "%s/%s", n->config.state, folders[i]) < 0
			      ? err_sys(e, -ENOMEM, "state")
			      : fs_mkdirs(path, 0700, e);
	}
	if (ret < 0)
		return ret;
	if (asprintf(&lock, "%s/serve.lock", n->config.state) < 0)
		return err_sys(e, -ENOMEM, "state");
	n->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (n->lock < 0)
		return err_sys(e, -errno, "%s", lock);
	if (flock(n->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(e, -EBUSY, "%s is served by another process already",
			       n->config.state);
	return machines_open(&n->machines, n->config.state, e);
}

static int open_token(struct netboot *n, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	struct buf text = BUF_INIT;
	int ret = 0;

	if (asprintf(&path, "%s/api-token", n->config.state) < 0)
		return err_sys(e, -ENOMEM, "state");
	if (fs_read_regular(path, HEX_ID_SIZE, &text, NULL) == 0 && text.len >= HEX_ID_SIZE - 1) {
		snprintf(n->api_token, sizeof(n->api_token), "%s", text.s);
	} else if (!hex_id(n->api_token)) {
		ret = err_sys(e, -EIO, "random numbers");
	} else {
		buf_clear(&text);
		buf_addf(&text, "%s\n", n->api_token);
		ret = fs_write(path, text.s, text.len, 0600, e);
	}
	buf_clear(&text);
	return ret;
}

/* Another server's answers would be mixed with ours; beside one, it has to be there. */
static int check_wire(struct netboot *n, struct err *e)
{
	char server[ADDRESS_SIZE];
	int ret = net_dhcp_probe(&n->link, server, e);

	if (ret < 0)
		return ret;
	if (*server && n->config.range)
		return err_set(
			e, -EEXIST,
			"interface %s: the DHCP server %s answers there already; --proxy works "
			"beside it",
			n->link.name, server);
	if (!*server && !n->config.range)
		server_tell(n, NULL, "no DHCP server answers on %s yet; --proxy needs one",
			    n->link.name);
	return 0;
}

static const char *dnsmasq_user(void)
{
	return getpwnam("dnsmasq") ? "dnsmasq" : "nobody";
}

static int check_address(const char *option, const char *text, struct err *e)
{
	struct in_addr in;

	return !text || inet_pton(AF_INET, text, &in) == 1
		       ? 0
		       : err_set(e, -EINVAL, "%s %.40s: no IPv4 address", option, text);
}

static int check_all(struct netboot *n, struct buf *problems, struct err *e)
{
	const struct netboot_config *c = &n->config;
	char address[ADDRESS_SIZE];
	size_t count;
	int ret = tree_open(&n->tree, c->tree, SOCLE_VERSION, e);

	if (ret == 0)
		ret = orders_check(&n->orders, &count, problems, e);
	if (ret == 0)
		ret = net_link_open(c->interface, &n->link, e);
	if (ret == 0 && c->range)
		ret = net_range_parse(c->range, &n->link, &n->range, e);
	if (ret == 0)
		ret = check_address("--router", c->router, e);
	if (ret == 0)
		ret = check_address("--dns", c->dns, e);
	if (ret < 0)
		return ret;
	address_text(n->link.address, address);
	if (c->port == 80)
		snprintf(n->host, sizeof(n->host), "%s", address);
	else
		snprintf(n->host, sizeof(n->host), "%s:%u", address, c->port);
	snprintf(n->url, sizeof(n->url), "http://%s", n->host);
	snprintf(n->run, sizeof(n->run), "/run/socle/netboot/%s", n->link.name);
	return net_ports_free(&n->link, !c->range, e);
}

/* The last of what can fail comes last: nobody has heard of us before. */
static int begin(struct netboot *n, struct err *e)
{
	struct dnsmasq_setup s = { .link = &n->link,
				   .range = n->config.range ? &n->range : NULL,
				   .tree = &n->tree,
				   .server = n->host,
				   .run = n->run,
				   .state = n->config.state,
				   .router = n->config.router,
				   .dns = n->config.dns,
				   .user = dnsmasq_user() };
	int listener = net_listen(&n->link, n->config.port, e), ret;

	if (listener < 0)
		return listener;
	ret = check_wire(n, e);
	if (ret == 0)
		ret = dnsmasq_prepare(&s, e);
	if (ret == 0)
		ret = http_open(n, listener, e);
	else
		close(listener);
	return ret < 0 ? ret : dnsmasq_start(&n->dnsmasq, n->run, e);
}

static int watch(struct netboot *n, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	ev.data.fd = fd;
	return epoll_ctl(n->epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

static int open_loop(struct netboot *n, struct err *e)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(n->http, MHD_DAEMON_INFO_EPOLL_FD);
	int ret = info ? 0 : -EIO;

	n->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (ret == 0)
		ret = n->epoll < 0 ? -errno : watch(n, info->epoll_fd);
	if (ret == 0)
		ret = watch(n, n->dnsmasq.fd);
	return ret < 0 ? err_sys(e, ret, "epoll") : 0;
}

/* From here on strangers are listened to. */
static int give_up(const struct netboot *n, struct err *e)
{
	const struct landlock_folder folders[] = { { n->config.state, true },
						   { n->config.tree, false },
						   { n->config.kickstarts, false } };

	/* Read now what is read when it is used for the first time. */
	tzset();
	return netboot_confine(folders, 3, e);
}

int netboot_open(const struct netboot_config *c, struct netboot **out, struct buf *problems,
		 struct err *e)
{
	struct netboot *n = calloc(1, sizeof(*n));
	int ret;

	if (!n)
		return err_sys(e, -ENOMEM, "netboot");
	*n = (struct netboot){ .config = *c,
			       .dnsmasq = DNSMASQ_INIT,
			       .lock = -1,
			       .epoll = -1,
			       .tree = { .fd = -1 },
			       .orders = { .state = c->state, .folder = c->kickstarts } };
	ret = check_all(n, problems, e);
	if (ret == 0)
		ret = open_state(n, e);
	if (ret == 0)
		ret = open_token(n, e);
	if (ret == 0)
		ret = begin(n, e);
	if (ret == 0)
		ret = open_loop(n, e);
	if (ret == 0)
		ret = give_up(n, e);
	if (ret < 0)
		netboot_close(n);
	else
		*out = n;
	return ret;
}

const char *netboot_url(const struct netboot *n)
{
	return n->url;
}

static void tell_line(void *ctx, const char *line)
{
	server_tell(ctx, NULL, "%s", line);
}

/* The folders change when somebody adds or forgets. */
static void look_at_folders(struct netboot *n)
{
	static const char *const folders[] = { "orders", "machines" };
	struct timespec newest = { 0 };
	struct stat st;
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%.4000s/%s", n->config.state, folders[i]);
		if (stat(path, &st) == 0 &&
		    (st.st_mtim.tv_sec > newest.tv_sec ||
		     (st.st_mtim.tv_sec == newest.tv_sec && st.st_mtim.tv_nsec > newest.tv_nsec)))
			newest = st.st_mtim;
	}
	n->changed |= newest.tv_sec != n->folders.tv_sec || newest.tv_nsec != n->folders.tv_nsec;
	n->folders = newest;
}

static void show(struct netboot *n)
{
	_cleanup_json_ json_t *list = n->config.show ? server_list(n, NULL) : NULL;

	n->changed = false;
	if (list)
		n->config.show(n->config.ctx, list);
}

/* How long nothing is to be done, unless somebody asks. */
static int pause_ms(struct netboot *n, int64_t shown)
{
	int64_t pause = LOOP_MS, left;
	uint64_t http;

	if (MHD_get_timeout64(n->http, &http) == MHD_YES && http < (uint64_t)pause)
		pause = (int64_t)http;
	left = shown + SHOW_MS - clock_ms();
	if (n->changed && left < pause)
		pause = left > 0 ? left : 0;
	return (int)pause;
}

int netboot_run(struct netboot *n, const volatile sig_atomic_t *stop, struct err *e)
{
	struct epoll_event ev[4];
	int64_t shown = 0;

	while (!*stop) {
		if (epoll_wait(n->epoll, ev, 4, pause_ms(n, shown)) < 0 && errno != EINTR)
			return err_sys(e, -errno, "epoll");
		if (*stop)
			break;
		if (MHD_run(n->http) != MHD_YES)
			return err_set(e, -EIO, "HTTP server: it has failed");
		if (!dnsmasq_read(&n->dnsmasq, tell_line, n))
			return err_set(e, -ECHILD, "dnsmasq and its keeper were killed");
		if (clock_ms() - shown >= SHOW_MS) {
			shown = clock_ms();
			look_at_folders(n);
			if (n->changed)
				show(n);
		}
	}
	return 0;
}

void netboot_close(struct netboot *n)
{
	if (!n)
		return;
	dnsmasq_stop(&n->dnsmasq);
	if (n->http)
		MHD_stop_daemon(n->http);
	if (n->machines.folder)
		machines_refresh(&n->machines);
	/* All else is written when it changes. */
	for (size_t i = 0; i < n->machines.count; i++)
		if (n->machines.item[i]->state == MACHINE_INSTALLING)
			server_keep(n, n->machines.item[i]);
	machines_clear(&n->machines);
	tree_clear(&n->tree);
	if (n->epoll >= 0)
		close(n->epoll);
	if (n->lock >= 0)
		close(n->lock);
	explicit_bzero(n->api_token, sizeof(n->api_token));
	free(n);
}
