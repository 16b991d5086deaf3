/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver of real hosts.  libxl says what runs; xl starts and stops, since a
 * domain's life is watched by the xl that made it (reboots, ends).
 */
#include <errno.h>
#include <libxl_utils.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "appliance/vm.h"
#include "appliance/xen.h"
#include "socle/cleanup.h"
#include "socle/proc.h"

enum { XL_SECONDS = 180 };

static const char *state_of(const libxl_dominfo *d)
{
	if (d->dying)
		return "dying";
	if (d->shutdown)
		return d->shutdown_reason == LIBXL_SHUTDOWN_REASON_CRASH ? "crashed" : "shutdown";
	if (d->paused)
		return "paused";
	return d->running ? "running" : "idle";
}

static int xl_states(json_t **states, struct err *e)
{
	json_t *all = json_object();
	libxl_dominfo *list = NULL;
	struct xen x = { 0 };
	int n = 0, ret = xen_open(&x, e);

	if (ret == 0) {
		list = libxl_list_domain(x.ctx, &n);
		ret = list ? 0 : xen_failed(&x, e, "Xen does not tell its domains");
	}
	for (int i = 0; i < n && ret == 0; i++) {
		_cleanup_free_ char *name = libxl_domid_to_name(x.ctx, list[i].domid);

		if (!name || list[i].domid == 0)
			continue;
		json_object_set_new(all, name,
				    json_pack("{s:i, s:s, s:I, s:i, s:I}", "id", (int)list[i].domid,
					      "state", state_of(&list[i]), "memory",
					      (json_int_t)list[i].current_memkb * 1024, "cpus",
					      (int)list[i].vcpu_online, "seconds",
					      (json_int_t)(list[i].cpu_time / 1000000000)));
	}
	if (list)
		libxl_dominfo_list_free(list, n);
	xen_close(&x);
	if (ret < 0)
		json_decref(all);
	else
		*states = all;
	return ret;
}

static int xl(struct err *e, const char *const *argv)
{
	return proc_run(&(struct proc){ .argv = argv, .timeout_s = XL_SECONDS }, e);
}

#define XL(e, ...) xl(e, (const char *const[]){ "xl", __VA_ARGS__, NULL })

/* Below the domain's own path, where the guest may read and nobody else but dom0. */
static int write_keys(uint32_t domid, const json_t *keys, struct err *e)
{
	struct xs_handle *h = xs_open(0);
	char *base = h ? xs_get_domain_path(h, domid) : NULL;
	json_t *value;
	const char *key;
	int ret = base ? 0 : err_sys(e, -errno, "xenstore");

	json_object_foreach((json_t *)keys, key, value)
	{
		const char *text = json_string_value(value);
		_cleanup_free_ char *path = NULL;

		if (ret < 0 || asprintf(&path, "%s/%s", base, key) < 0)
			break;
		if (!xs_write(h, XBT_NULL, path, text, (unsigned int)strlen(text)))
			ret = err_sys(e, -errno, "xenstore: %s", path);
	}
	free(base);
	if (h)
		xs_close(h);
	return ret;
}

/* Paused, so that its keys are there before it looks for them. */
static int start_with(const char *name, const char *config, const json_t *keys, struct err *e)
{
	struct xen x = { 0 };
	uint32_t domid = 0;
	int ret = XL(e, "create", "-p", config);

	if (ret < 0)
		return ret;
	ret = xen_open(&x, e);
	if (ret == 0 && libxl_name_to_domid(x.ctx, name, &domid) != 0)
		ret = xen_failed(&x, e, "it has no domain");
	xen_close(&x);
	if (ret == 0)
		ret = write_keys(domid, keys, e);
	if (ret == 0)
		ret = XL(e, "unpause", name);
	if (ret < 0 && XL(NULL, "destroy", name) < 0)
		return err_wrap(e, "it stays paused");
	return ret;
}

static int xl_start(const char *name, const char *config, const json_t *keys, struct err *e)
{
	int ret = xen_is_host(e);

	if (ret < 0)
		return ret;
	return json_object_size(keys) ? start_with(name, config, keys, e) : XL(e, "create", config);
}

static int xl_shutdown(const char *name, struct err *e)
{
	int ret = xen_is_host(e);

	/* -F: a guest without Xen's drivers gets the ACPI event of a power button. */
	return ret < 0 ? ret : XL(e, "shutdown", "-F", name);
}

static int xl_destroy(const char *name, struct err *e)
{
	int ret = xen_is_host(e);

	return ret < 0 ? ret : XL(e, "destroy", name);
}

static int xl_console(const char *name, struct err *e)
{
	int ret = xen_is_host(e);

	if (ret < 0)
		return ret;
	execlp("xl", "xl", "console", name, (char *)NULL);
	return err_sys(e, -errno, "xl");
}

const struct vm_driver vm_driver_xl = {
	.name = "xl",
	.states = xl_states,
	.start = xl_start,
	.shutdown = xl_shutdown,
	.destroy = xl_destroy,
	.console = xl_console,
};
