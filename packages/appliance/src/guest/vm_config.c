/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm_config.h"

#include <errno.h>
#include <libxl.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

#include "socle/cleanup.h"

void vm_config_clear(struct vm_config *c)
{
	for (size_t i = 0; i < c->n_disks; i++)
		free(c->disks[i].path);
	for (size_t i = 0; i < c->n_vifs; i++)
		free(c->vifs[i]);
	free(c->disks), free(c->vifs);
	free(c->name), free(c->uuid), free(c->type);
	*c = (struct vm_config){ 0 };
}

static char *string(XLU_Config *cfg, const char *key)
{
	const char *text = "";

	xlu_cfg_get_string(cfg, key, &text, 1);
	return strdup(text);
}

static long number(XLU_Config *cfg, const char *key, long otherwise)
{
	long n = otherwise;

	return xlu_cfg_get_long(cfg, key, &n, 1) == 0 && n >= 0 ? n : otherwise;
}

static const char *format_of(libxl_disk_format format)
{
	switch (format) {
	case LIBXL_DISK_FORMAT_QCOW2:
		return "qcow2";
	case LIBXL_DISK_FORMAT_VHD:
		return "vhd";
	case LIBXL_DISK_FORMAT_QED:
		return "qed";
	default:
		return "raw";
	}
}

static int read_disk(XLU_Config *cfg, const char *spec, struct guest_disk *d)
{
	libxl_device_disk disk;
	int ret;

	libxl_device_disk_init(&disk);
	ret = xlu_disk_parse(cfg, 1, &spec, &disk);
	if (ret == 0) {
		snprintf(d->vdev, sizeof(d->vdev), "%.7s", disk.vdev ? disk.vdev : "");
		snprintf(d->format, sizeof(d->format), "%s", format_of(disk.format));
		d->path = strdup(disk.pdev_path ? disk.pdev_path : "");
		d->cdrom = disk.is_cdrom;
		d->readonly = !disk.readwrite;
		d->disk = MODEL_NONE;
	}
	libxl_device_disk_dispose(&disk);
	return ret == 0 && !d->path ? ENOMEM : ret;
}

static int read_disks(XLU_Config *cfg, struct vm_config *c)
{
	XLU_ConfigList *list;
	int n = 0, ret = 0;

	if (xlu_cfg_get_list(cfg, "disk", &list, &n, 1) != 0 || n <= 0)
		return 0;
	c->disks = calloc((size_t)n, sizeof(*c->disks));
	for (int i = 0; i < n && c->disks && ret == 0; i++) {
		const char *spec = xlu_cfg_get_listitem(list, i);

		ret = spec ? read_disk(cfg, spec, &c->disks[i]) : EINVAL;
		c->n_disks += ret == 0;
	}
	return c->disks ? ret : ENOMEM;
}

static int read_vifs(XLU_Config *cfg, struct vm_config *c)
{
	XLU_ConfigList *list;
	int n = 0;

	if (xlu_cfg_get_list(cfg, "vif", &list, &n, 1) != 0 || n <= 0)
		return 0;
	c->vifs = calloc((size_t)n, sizeof(*c->vifs));
	for (int i = 0; i < n && c->vifs; i++) {
		const char *spec = xlu_cfg_get_listitem(list, i);

		c->vifs[i] = strdup(spec ? spec : "");
		if (!c->vifs[i])
			return ENOMEM;
		c->n_vifs++;
	}
	return c->vifs ? 0 : ENOMEM;
}

static int read_all(XLU_Config *cfg, struct vm_config *c)
{
	int ret = read_disks(cfg, c);

	c->name = string(cfg, "name");
	c->uuid = string(cfg, "uuid");
	c->type = string(cfg, "type");
	c->cpus = (unsigned int)number(cfg, "vcpus", 1);
	c->memory = (uint64_t)number(cfg, "memory", number(cfg, "maxmem", 0)) << 20;
	if (ret == 0)
		ret = read_vifs(cfg, c);
	return c->name && c->uuid && c->type ? ret : ENOMEM;
}

int vm_config_read(const char *path, struct vm_config *c, struct err *e)
{
	_cleanup_free_ char *said = NULL;
	XLU_Config *cfg;
	size_t len = 0;
	FILE *report;
	int ret;

	*c = (struct vm_config){ 0 };
	report = open_memstream(&said, &len);
	cfg = report ? xlu_cfg_init(report, path) : NULL;
	ret = cfg ? xlu_cfg_readfile(cfg, path) : ENOMEM;
	if (ret == 0)
		ret = read_all(cfg, c);
	if (cfg)
		xlu_cfg_destroy(cfg);
	if (report)
		fclose(report);
	if (ret == 0)
		return 0;
	vm_config_clear(c);
	if (said && *said)
		return err_set(e, -EINVAL, "%.*s", (int)strcspn(said, "\n"), said);
	return err_sys(e, ret > 0 ? -ret : -EINVAL, "%s", path);
}
