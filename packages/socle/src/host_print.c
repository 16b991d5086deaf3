/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>

#include "host.h"
#include "socle/fs.h"

static const char *text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

struct size {
	char text[32];
};

static struct size size(const json_t *object, const char *key)
{
	struct size s;

	size_text((uint64_t)number(object, key), s.text, sizeof(s.text));
	return s;
}

static void print_list(const json_t *list, const char *before, FILE *to)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		fprintf(to, "%s%s", i ? " " : before, json_string_value(item));
}

static void print_storage(const json_t *storage, FILE *to)
{
	const json_t *pool;
	size_t i;

	if (json_object_get(storage, "error")) {
		fprintf(to, "Storage   %s\n", text(storage, "error"));
		return;
	}
	fprintf(to, "Storage   %s: %s, %s free\n", text(storage, "group"),
		size(storage, "size").text, size(storage, "free").text);
	json_array_foreach(json_object_get(storage, "pools"), i, pool)
		fprintf(to, "          pool %s: %s, %s used\n", text(pool, "name"),
			size(pool, "size").text, size(pool, "used").text);
}

static void print_network(const json_t *network, FILE *to)
{
	const json_t *bridge;
	size_t i;

	if (!json_array_size(network))
		fprintf(to, "Network   no bridge\n");
	json_array_foreach(network, i, bridge)
	{
		fprintf(to, "%-9s %s (%s)", i ? "" : "Network", text(bridge, "name"),
			text(bridge, "state"));
		print_list(json_object_get(bridge, "addresses"), " ", to);
		print_list(json_object_get(bridge, "ports"), ", ports ", to);
		fputc('\n', to);
	}
}

static void print_install(const json_t *install, FILE *to)
{
	if (json_is_object(install))
		fprintf(to, "Installed %s by plan %.16s; %s\n", text(install, "ended"),
			text(install, "plan"), text(install, "report"));
}

void host_print(const json_t *host, FILE *to)
{
	const json_t *xen = json_object_get(host, "xen"), *cpus = json_object_get(host, "cpus"),
		     *memory = json_object_get(host, "memory");
	const char *slot = text(host, "slot");

	fprintf(to, "Socle     %s%s%s\n", text(host, "version"), *slot ? ", slot " : "", slot);
	fprintf(to, "Xen       %s", text(xen, "version"));
	print_list(json_object_get(xen, "capabilities"), " with ", to);
	fprintf(to,
		"\nCPUs      %lld, %lld threads a core, %lld cores a socket, %lld NUMA node%s\n",
		number(cpus, "count"), number(cpus, "threads_per_core"),
		number(cpus, "cores_per_socket"), number(cpus, "nodes"),
		number(cpus, "nodes") == 1 ? "" : "s");
	fprintf(to, "Memory    %s, %s free, %s dom0\n", size(memory, "total").text,
		size(memory, "free").text, size(memory, "dom0").text);
	print_storage(json_object_get(host, "storage"), to);
	print_network(json_object_get(host, "network"), to);
	print_install(json_object_get(host, "install"), to);
}
