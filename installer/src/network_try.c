/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan's network in the running system, and back.  What was there (files that
 * systemd-network-generator made of the kernel's command line) is kept aside in
 * SAVED, whose being there tells that something is tried.
 */
#include "installer/network_try.h"

#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "network.h"
#include "network_tests.h"
#include "socle/cleanup.h"
#include "socle/clock.h"
#include "socle/proc.h"

#define RUNNING "/run/systemd/network"
#define SAVED	"/run/socle/network-before"

/* Is there when the network before had an IPv4 address, which is waited for in the end. */
#define ADDRESSED SAVED "/addressed"

/* As /usr/libexec/socle/ibft writes them. */
#define IBFT_FILES "00-socle-ibft"

/* After all files of the plan, before those of the live system. */
#define OTHERS RUNNING "/11-socle-others.network"
#define OTHERS_TEXT                                                  \
	"[Match]\nType=ether\nKind=!bond bridge vlan\n\n[Network]\n" \
	"LinkLocalAddressing=no\nIPv6AcceptRA=no\nLLDP=yes\n"

enum {
	POLL_MS = 300,
	LINK_MS = 12000,
	CONFIGURED_MS = 20000,
	SETTLE_MS = 5000,
	BACK_MS = 20000,
	DEVICES_MAX = 64,
};

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && strcmp(name + n - m, suffix) == 0;
}

/* The files of the card that leads to the disk over iSCSI stay where they are. */
static bool is_config(const char *name)
{
	if (strncmp(name, IBFT_FILES, strlen(IBFT_FILES)) == 0)
		return false;
	return has_suffix(name, ".network") || has_suffix(name, ".netdev");
}

/* Names of cards are not changed while these are in use. */
static bool is_planned(const json_t *file)
{
	const char *path = arg_string(file, "path");

	return strncmp(path, NETWORK_DIR, strlen(NETWORK_DIR)) == 0 && is_config(path);
}

/* The virtual interfaces that .netdev files made and that are there now. */
struct made {
	char name[DEVICES_MAX][IFNAMSIZ];
	size_t count;
};

static bool is_there(const char *device)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/devices/virtual/net/%s", device);
	return access(path, F_OK) == 0;
}

/* "Name=bond0" */
static void made_add(struct made *made, const char *text)
{
	const char *name = strstr(text, "\nName=");
	char device[IFNAMSIZ];

	if (!name || made->count == DEVICES_MAX)
		return;
	name += strlen("\nName=");
	snprintf(device, sizeof(device), "%.*s", (int)strcspn(name, "\n"), name);
	if (*device && !strchr(device, '/') && is_there(device))
		strcpy(made->name[made->count++], device);
}

typedef int on_config(void *ctx, const char *path, const char *name, struct err *e);

static int each_config(const char *folder, on_config *f, void *ctx, struct err *e)
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dir = opendir(folder);
	int ret = 0;

	if (!dir)
		return errno == ENOENT ? 0 : err_sys(e, -errno, "%s", folder);
	while (ret == 0 && (d = readdir(dir))) {
		if (!is_config(d->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		ret = f(ctx, path, d->d_name, e);
	}
	closedir(dir);
	return ret;
}

static int move_to(const char *folder, const char *path, const char *name, struct err *e)
{
	char to[PATH_MAX];

	snprintf(to, sizeof(to), "%s/%s", folder, name);
	return rename(path, to) < 0 ? err_sys(e, -errno, "%s", path) : 0;
}

static int save(void *ctx, const char *path, const char *name, struct err *e)
{
	(void)ctx;
	return move_to(SAVED, path, name, e);
}

static int give_back(void *ctx, const char *path, const char *name, struct err *e)
{
	(void)ctx;
	return move_to(RUNNING, path, name, e);
}

static int drop(void *ctx, const char *path, const char *name, struct err *e)
{
	(void)ctx, (void)name;
	return unlink(path) < 0 ? err_sys(e, -errno, "%s", path) : 0;
}

static int find_made(void *ctx, const char *path, const char *name, struct err *e)
{
	struct buf text = BUF_INIT;
	int ret = has_suffix(name, ".netdev") ? fs_read_regular(path, 65536, &text, e) : 0;

	if (ret == 0)
		made_add(ctx, text.s);
	buf_clear(&text);
	return ret;
}

static int made_find(struct made *made, struct err *e)
{
	return each_config(RUNNING, find_made, made, e);
}

/* With a bond go the VLANs on it, so that some may be gone before their turn. */
static void made_delete(const struct made *made)
{
	for (size_t i = 0; i < made->count; i++) {
		struct err e = { 0 };

		if (is_there(made->name[i]))
			(void)!proc_cmd(&e, "ip", "link", "delete", made->name[i], NULL);
	}
}

/* Its socket too, which would start it at once, and keeps what was not read yet. */
static int networkd(const char *verb, struct err *e)
{
	return proc_cmd(e, "systemctl", verb, "systemd-networkd.socket", "systemd-networkd.service",
			NULL);
}

/* Tries that follow each other fast are no sign of a fault of it. */
static int networkd_start(struct err *e)
{
	struct err ignored = { 0 };

	(void)!networkd("reset-failed", &ignored);
	return networkd("start", e);
}

static bool has_address(void)
{
	struct ifaddrs *all;
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		const struct sockaddr_in *in = (const void *)a->ifa_addr;

		if (in && in->sin_family == AF_INET && !(a->ifa_flags & IFF_LOOPBACK) &&
		    ntohl(in->sin_addr.s_addr) >> 16 != 0xa9fe)
			found = true;
	}
	freeifaddrs(all);
	return found;
}

/*
 * Take away what the kernel's command line made, or the try before this one.
 * systemd-networkd does not run meanwhile: an interface that is made anew under the
 * same name would be taken for the old one, of which it still has messages to read,
 * and forgotten with it.  A bond then never gets its ports.
 */
static int clear_running(struct err *e)
{
	bool first = access(SAVED, F_OK) < 0;
	struct made made = { 0 };
	int ret = made_find(&made, e);

	if (ret == 0)
		ret = fs_mkdirs(SAVED, 0755, e);
	if (ret == 0 && first && has_address())
		ret = fs_write(ADDRESSED, "", 0, 0644, e);
	if (ret == 0)
		ret = networkd("stop", e);
	if (ret == 0)
		made_delete(&made);
	if (ret == 0)
		ret = each_config(RUNNING, first ? save : drop, NULL, e);
	return ret;
}

static int write_planned(const struct network_plan *n, struct err *e)
{
	const json_t *file;
	char path[PATH_MAX];
	size_t i;
	int ret = fs_mkdirs(RUNNING, 0755, e);

	json_array_foreach(n->files, i, file)
	{
		const char *text = arg_string(file, "text");

		if (ret < 0 || !is_planned(file))
			continue;
		snprintf(path, sizeof(path), RUNNING "/%.200s",
			 arg_string(file, "path") + strlen(NETWORK_DIR));
		ret = fs_write(path, text, strlen(text), 0644, e);
	}
	return ret == 0 ? fs_write(OTHERS, OTHERS_TEXT, strlen(OTHERS_TEXT), 0644, e) : ret;
}

static void tell(const struct network_try *try, const char *text)
{
	if (try->progress)
		try->progress(try->ctx, text);
}

static bool stopped(const struct network_try *try)
{
	return try->stop && *try->stop;
}

static void look_again(const struct network_parts *parts, struct network_state *state)
{
	nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000L }, NULL);
	network_state_read(parts->bridge, state);
}

/* Until all is there that can be waited for, or nothing more is to be expected. */
static int wait_up(const struct network_parts *parts, const struct network_try *try, int64_t end,
		   struct network_state *state)
{
	int64_t start = clock_ms();
	const char *told = "", *missing;

	while ((missing = network_missing(parts, state))) {
		int64_t now = clock_ms();

		if (stopped(try))
			return -EINTR;
		if (now > end || (now - start > LINK_MS && !network_any_link(parts)))
			break;
		if (strcmp(told, missing) != 0)
			tell(try, missing);
		told = missing;
		look_again(parts, state);
	}
	/*
	 * Routes and name servers come after the address, if there are any; a router's is
	 * set even after systemd-networkd says that all is configured.
	 */
	end = clock_ms() + CONFIGURED_MS;
	while (!missing && !state->configured && clock_ms() < end && !stopped(try))
		look_again(parts, state);
	end = clock_ms() + SETTLE_MS;
	while (!missing && !state->gateways.count && clock_ms() < end && !stopped(try))
		look_again(parts, state);
	return 0;
}

int network_try(const struct network_plan *n, const struct network_try *try,
		struct network_result *result, struct err *e)
{
	static const struct network_try usual = { 0 };
	struct network_state state = { 0 };
	struct network_parts parts;
	int64_t end = 0;
	int ret;

	*result = (struct network_result){ 0 };
	if (!try)
		try = &usual;
	if (!network_parts_of(n->net, &parts))
		return err_set(e, -ENODEV, "the plan has no network");
	tell(try, "setting the network up");
	ret = clear_running(e);
	if (ret == 0)
		ret = write_planned(n, e);
	if (ret == 0)
		ret = networkd_start(e);
	if (ret == 0) {
		end = clock_ms() + (try->seconds ? try->seconds : NETWORK_TRY_SECONDS) * 1000LL;
		ret = wait_up(&parts, try, end, &state);
		if (ret < 0)
			err_set(e, ret, "stopped");
	}
	if (ret < 0)
		return err_wrap(e, "trying the network");
	tell(try, "testing the network");
	network_tests_run(&parts, &state, end, result);
	return 0;
}

static void wait_back(void)
{
	int64_t end = clock_ms() + BACK_MS;

	while (!has_address() && clock_ms() < end)
		nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000L }, NULL);
}

int network_try_undo(struct err *e)
{
	bool addressed = access(ADDRESSED, F_OK) == 0;
	struct err other = { 0 };
	int ret, started;

	if (access(SAVED, F_OK) < 0)
		return 0;
	ret = clear_running(e);
	if (ret == 0)
		ret = each_config(SAVED, give_back, NULL, e);
	unlink(ADDRESSED);
	if (ret == 0 && rmdir(SAVED) < 0)
		ret = err_sys(e, -errno, SAVED);
	/* Whatever failed, some network is better than none. */
	started = networkd_start(ret < 0 ? &other : e);
	if (ret < 0 || started < 0)
		return err_wrap(e, "giving the network back");
	if (addressed)
		wait_back();
	return 0;
}

bool network_try_known(const struct network_plan *n, const struct facts *f)
{
	const json_t *net = n->net;

	/* The firmware has booted over it, and it must not be taken away for a try. */
	if (*f->ibft.mac && strcmp(arg_string(net, "mac"), f->ibft.mac) == 0)
		return true;
	if (strcmp(arg_string(net, "ipv4"), "dhcp") != 0 ||
	    strcmp(arg_string(net, "ipv6"), "auto") != 0 || json_object_get(net, "layers") ||
	    json_object_get(net, "further") || json_object_get(net, "mtu"))
		return false;
	for (size_t i = 0; i < f->nic_count; i++)
		if (strcmp(f->nics[i].mac, arg_string(net, "mac")) == 0)
			for (size_t a = 0; a < f->nics[i].addresses.count; a++)
				if (!strchr(f->nics[i].addresses.item[a], ':'))
					return true;
	return false;
}

void network_plan_clear(struct network_plan *n)
{
	json_decref(n->net);
	json_decref(n->files);
	*n = NETWORK_PLAN_INIT;
}

void network_plan_of(const struct plan *p, struct network_plan *out)
{
	*out = NETWORK_PLAN_INIT;
	out->net = json_incref(json_object_get(p->head, "network"));
	for (size_t i = 0; i < p->op_count; i++)
		if (p->ops[i].kind == &op_kinds[OP_SEED_STATE])
			out->files = json_incref(json_object_get(p->ops[i].args, "files"));
}

int network_plan_make(const struct facts *f, const struct answers *a, struct network_plan *out,
		      struct err *e)
{
	struct plan plan = PLAN_INIT;
	struct draft d = { .facts = f, .answers = a, .plan = &plan };
	int ret;

	*out = NETWORK_PLAN_INIT;
	plan.head = json_object();
	out->files = json_array();
	ret = plan.head && out->files ? network_make(&d, out->files, e)
				      : err_sys(e, -ENOMEM, "network");
	if (ret == 0)
		out->net = json_incref(json_object_get(plan.head, "network"));
	plan_clear(&plan);
	return ret;
}
