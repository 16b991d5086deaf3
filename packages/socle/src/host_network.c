/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "socle/buf.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The names in a folder, sorted. */
static json_t *names_in(const char *folder)
{
	struct dirent **entries;
	json_t *list = json_array();
	int n = scandir(folder, &entries, visible, alphasort);

	for (int i = 0; i < n; i++) {
		json_array_append_new(list, json_string(entries[i]->d_name));
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return list;
}

static unsigned int prefix_of(const struct sockaddr *mask)
{
	const unsigned char *bytes =
		mask->sa_family == AF_INET
			? (const void *)&((const struct sockaddr_in *)mask)->sin_addr
			: (const void *)&((const struct sockaddr_in6 *)mask)->sin6_addr;
	size_t len = mask->sa_family == AF_INET ? 4 : 16;
	unsigned int prefix = 0;

	for (size_t i = 0; i < len; i++)
		prefix += (unsigned int)__builtin_popcount(bytes[i]);
	return prefix;
}

/* "192.0.2.10/24" of every address of an interface, but for link-local IPv6. */
static json_t *addresses_of(const struct ifaddrs *all, const char *name)
{
	json_t *list = json_array();

	for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
		char text[INET6_ADDRSTRLEN];
		int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
		const void *address = NULL;

		if (strcmp(i->ifa_name, name) != 0 || !i->ifa_netmask)
			continue;
		if (family == AF_INET)
			address = &((const struct sockaddr_in *)i->ifa_addr)->sin_addr;
		else if (family == AF_INET6)
			address = &((const struct sockaddr_in6 *)i->ifa_addr)->sin6_addr;
		if (!address || (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(address)))
			continue;
		inet_ntop(family, address, text, sizeof(text));
		json_array_append_new(list, json_sprintf("%s/%u", text, prefix_of(i->ifa_netmask)));
	}
	return list;
}

/* The first line of sys/name/file. */
static json_t *attribute(const char *sys, const char *name, const char *file)
{
	_cleanup_free_ char *path = NULL;
	struct buf text = BUF_INIT;
	json_t *value = NULL;

	if (asprintf(&path, "%s/%s/%s", sys, name, file) < 0)
		return NULL;
	if (fs_read(path, 4096, &text, NULL) == 0)
		value = json_stringn(text.s, strcspn(text.s, "\n"));
	buf_clear(&text);
	return value ? value : json_string("");
}

static json_t *describe(const char *sys, const char *name, const char *ports,
			const struct ifaddrs *all)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o}", "name", name, "state",
			 attribute(sys, name, "operstate"), "mac", attribute(sys, name, "address"),
			 "ports", names_in(ports), "addresses", addresses_of(all, name));
}

int host_network(const char *sys, json_t **out, struct err *e)
{
	_cleanup_json_ json_t *names = names_in(sys);
	struct ifaddrs *all = NULL;
	const json_t *name;
	size_t i;

	*out = NULL;
	if (getifaddrs(&all) < 0)
		return err_sys(e, -errno, "network addresses");
	*out = json_array();
	json_array_foreach(names, i, name)
	{
		_cleanup_free_ char *ports = NULL;

		if (asprintf(&ports, "%s/%s/brif", sys, json_string_value(name)) < 0)
			continue;
		if (access(ports, F_OK) == 0)
			json_array_append_new(*out,
					      describe(sys, json_string_value(name), ports, all));
	}
	freeifaddrs(all);
	return 0;
}
