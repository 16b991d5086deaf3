/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "socle/cleanup.h"
#include "socle/proc.h"

#define GROUP "socle"

/* The rows of one kind of a report: {"report": [{"lv": [ROW, …]}]}. */
static const json_t *rows(const json_t *report, const char *kind)
{
	return json_object_get(json_array_get(json_object_get(report, "report"), 0), kind);
}

static const char *field(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

static json_int_t number(const json_t *row, const char *name)
{
	return (json_int_t)strtoull(field(row, name), NULL, 10);
}

/* LVM reports use as a percentage with two decimals. */
static json_t *describe_pool(const json_t *row)
{
	double percent = strtod(field(row, "data_percent"), NULL);
	json_int_t size = number(row, "lv_size");

	return json_pack("{s:s, s:I, s:I}", "name", field(row, "lv_name"), "size", size, "used",
			 (json_int_t)((double)size * percent / 100));
}

int host_storage_parse(const char *vgs, const char *lvs, json_t **out, struct err *e)
{
	_cleanup_json_ json_t *groups = json_loads(vgs, 0, NULL),
			      *volumes = json_loads(lvs, 0, NULL);
	const json_t *group = json_array_get(rows(groups, "vg"), 0), *volume;
	json_t *pools;
	size_t i;

	*out = NULL;
	if (!group || !rows(volumes, "lv"))
		return err_set(e, -EINVAL, "LVM's report is not understood");
	pools = json_array();
	/* The first letter of the attributes is the volume's kind, see lvs(8). */
	json_array_foreach(rows(volumes, "lv"), i, volume) if (field(volume, "lv_attr")[0] == 't')
		json_array_append_new(pools, describe_pool(volume));
	*out = json_pack("{s:s, s:I, s:I, s:o}", "group", field(group, "vg_name"), "size",
			 number(group, "vg_size"), "free", number(group, "vg_free"), "pools",
			 pools);
	return *out ? 0 : err_sys(e, -ENOMEM, "storage");
}

static int report(const char *program, const char *columns, struct buf *out, struct err *e)
{
	const char *const argv[] = {
		program, "--reportformat", "json", "--units", "b", "--nosuffix",
		"-o",	 columns,	   GROUP,  NULL
	};

	return proc_run(&(struct proc){ .argv = argv, .out = out, .timeout_s = 30 }, e);
}

int host_storage(json_t **out, struct err *e)
{
	struct buf vgs = BUF_INIT, lvs = BUF_INIT;
	int ret;

	*out = NULL;
	ret = report("vgs", "vg_name,vg_size,vg_free", &vgs, e);
	if (ret == 0)
		ret = report("lvs", "lv_name,lv_attr,lv_size,data_percent", &lvs, e);
	if (ret == 0)
		ret = host_storage_parse(vgs.s, lvs.s, out, e);
	buf_clear(&vgs);
	buf_clear(&lvs);
	return ret;
}
