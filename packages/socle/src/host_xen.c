/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "appliance/xen.h"
#include "host.h"

static json_t *capabilities(const libxl_physinfo *info)
{
	const struct {
		const char *name;
		bool has;
	} caps[] = {
		{ "hvm", info->cap_hvm },	{ "hvm_directio", info->cap_hvm_directio },
		{ "pv", info->cap_pv },		{ "hap", info->cap_hap },
		{ "shadow", info->cap_shadow },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		if (caps[i].has)
			json_array_append_new(list, json_string(caps[i].name));
	return list;
}

static json_t *describe(const libxl_version_info *v, const libxl_physinfo *info,
			const libxl_dominfo *dom0)
{
	json_int_t page = v->pagesize;

	return json_pack("{s:{s:o, s:s, s:o}, s:{s:I, s:I, s:I, s:I, s:I}, s:{s:I, s:I, s:I}}",
			 "xen", "version",
			 json_sprintf("%d.%d%s", v->xen_version_major, v->xen_version_minor,
				      v->xen_version_extra ? v->xen_version_extra : ""),
			 "commandline", v->commandline ? v->commandline : "", "capabilities",
			 capabilities(info), "cpus", "count", (json_int_t)info->nr_cpus, "nodes",
			 (json_int_t)info->nr_nodes, "cores_per_socket",
			 (json_int_t)info->cores_per_socket, "threads_per_core",
			 (json_int_t)info->threads_per_core, "khz", (json_int_t)info->cpu_khz,
			 "memory", "total", (json_int_t)info->total_pages * page, "free",
			 (json_int_t)info->free_pages * page, "dom0",
			 (json_int_t)dom0->current_memkb * 1024);
}

static int ask(const struct xen *x, json_t **out, struct err *e)
{
	const libxl_version_info *version = libxl_get_version_info(x->ctx);
	libxl_physinfo info;
	libxl_dominfo dom0;

	libxl_physinfo_init(&info);
	libxl_dominfo_init(&dom0);
	if (!version || libxl_get_physinfo(x->ctx, &info) != 0 ||
	    libxl_domain_info(x->ctx, &dom0, 0) != 0)
		xen_failed(x, e, "Xen does not answer");
	else
		*out = describe(version, &info, &dom0);
	libxl_dominfo_dispose(&dom0);
	libxl_physinfo_dispose(&info);
	return *out ? 0 : -EIO;
}

int host_xen(json_t **out, struct err *e)
{
	struct xen x = { 0 };
	int ret = xen_open(&x, e);

	*out = NULL;
	if (ret == 0)
		ret = ask(&x, out, e);
	xen_close(&x);
	return ret;
}
