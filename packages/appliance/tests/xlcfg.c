/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written is what xl reads: libxlutil's own parser is the judge.
 */
#include <fcntl.h>
#include <libxl.h>
#include <libxlutil.h>

#include "../src/guest/xlcfg.h"
#include "machine.h"
#include "socle/fs.h"

static struct package p;
static XLU_Config *cfg;

static void parse(const char *text)
{
	if (cfg)
		xlu_cfg_destroy(cfg);
	cfg = xlu_cfg_init(stderr, "x.cfg");
	assert_non_null(cfg);
	if (xlu_cfg_readdata(cfg, text, (int)strlen(text)) != 0)
		fail_msg("xl does not read:\n%s", text);
}

static const char *value(const char *key)
{
	const char *text = NULL;

	return xlu_cfg_get_string(cfg, key, &text, 1) == 0 ? text : "";
}

static long number(const char *key)
{
	long n = -1;

	xlu_cfg_get_long(cfg, key, &n, 1);
	return n;
}

static size_t list(const char *key, XLU_ConfigList **items)
{
	int n = 0;

	assert_int_equal(xlu_cfg_get_list(cfg, key, items, &n, 0), 0);
	return (size_t)n;
}

/* Each disk of the plan is what xl understands of it. */
static void assert_disks(const struct guest *g)
{
	XLU_ConfigList *items;

	assert_int_equal(list("disk", &items), g->n_disks);
	for (size_t i = 0; i < g->n_disks; i++) {
		const struct guest_disk *d = &g->disks[i];
		const char *spec = xlu_cfg_get_listitem(items, (int)i);
		libxl_device_disk disk;

		libxl_device_disk_init(&disk);
		assert_int_equal(xlu_disk_parse(cfg, 1, &spec, &disk), 0);
		assert_string_equal(disk.vdev, d->vdev);
		assert_int_equal(disk.readwrite, !d->readonly);
		assert_int_equal(disk.is_cdrom, d->cdrom);
		if (!*d->path) {
			assert_true(!disk.pdev_path || !*disk.pdev_path);
		} else {
			assert_string_equal(disk.pdev_path, d->path);
			assert_int_equal(disk.format, strcmp(d->format, "qcow2") == 0
							      ? LIBXL_DISK_FORMAT_QCOW2
							      : LIBXL_DISK_FORMAT_RAW);
		}
		libxl_device_disk_dispose(&disk);
	}
}

static void assert_nics(const struct guest *g)
{
	XLU_ConfigList *items;

	assert_int_equal(list("vif", &items), g->n_nics);
	for (size_t i = 0; i < g->n_nics; i++) {
		const char *spec = xlu_cfg_get_listitem(items, (int)i);

		assert_non_null(strstr(spec, g->nics[i].mac));
		assert_non_null(strstr(spec, g->nics[i].bridge));
	}
}

static struct guest *written(void)
{
	struct guest *g = package_plan(&p);
	struct buf text = BUF_INIT, again = BUF_INIT;
	struct err e = { 0 };

	assert_int_equal(guest_xl(g, &text, &e), 0);
	assert_int_equal(guest_xl(g, &again, &e), 0);
	assert_string_equal(text.s, again.s);
	parse(text.s);
	assert_string_equal(value("name"), g->name);
	assert_string_equal(value("uuid"), g->uuid);
	assert_string_equal(value("type"), guest_type_name(g->type));
	assert_int_equal(number("vcpus"), g->cpus);
	assert_int_equal(number("maxmem"), g->memory >> 20);
	assert_disks(g);
	assert_nics(g);
	buf_clear(&text);
	buf_clear(&again);
	return g;
}

static void hvm_is_read_as_it_was_meant(void **state)
{
	struct guest *g;

	(void)state;
	package_init(&p);
	package_add_disk(&p, BUS_SCSI);
	p.volumes[1].path = "/disks/a,vdev=xvdz,\"b\" \\c #d", p.volumes[1].format = "qcow2";
	package_add_cd(&p, MODEL_NONE);
	package_add_property(&p, "hostname", "string", "x");
	g = written();
	assert_string_equal(value("bios"), "seabios");
	assert_string_equal(value("vnclisten"), "127.0.0.1");
	assert_string_equal(value("serial"), "pty");
	guest_free(g);
	p.answers.firmware = FIRMWARE_UEFI;
	guest_free(written());
	assert_string_equal(value("bios"), "ovmf");
}

static void the_others_have_a_kernel_and_no_screen(void **state)
{
	(void)state;
	package_init(&p);
	p.answers.type = VIRT_PVH;
	guest_free(written());
	assert_string_equal(value("kernel"), "/usr/lib/grub-xen/grub-i386-xen_pvh.bin");
	assert_string_equal(value("bios"), "");
	assert_int_equal(number("vnc"), -1);
	p.answers.type = VIRT_PV;
	guest_free(written());
	assert_string_equal(value("kernel"), "/usr/lib/grub-xen/grub-x86_64-xen.bin");
}

static void what_the_package_says_stays_a_value(void **state)
{
	static const char line[] = "root=/dev/xvda1 x=\"a\\b\" 'c' # d";

	(void)state;
	package_init(&p);
	p.files[0].href = "k", p.model.n_files = p.storage.n_files = 1;
	p.media[0].path = "/boot/k", p.machine.kernel = "k", p.machine.cmdline = (char *)line;
	p.machine.product = "Web\nbootloader = \"/bin/sh\"";
	guest_free(written());
	assert_string_equal(value("cmdline"), line);
	assert_string_equal(value("bootloader"), "");
}

static void replaced(const char *before, const char *after)
{
	struct buf text = BUF_INIT;
	struct err e = { 0 };

	buf_adds(&text, before);
	assert_int_equal(xl_replace(&text, "name", "name = \"new\"\n", &e), 0);
	assert_string_equal(text.s, after);
	parse(text.s);
	assert_string_equal(value("name"), "new");
	buf_clear(&text);
}

static void one_key_is_changed_and_nothing_else(void **state)
{
	(void)state;
	replaced("name='old'\nvcpus=2\n", "name = \"new\"\nvcpus=2\n");
	replaced("vcpus=2", "vcpus=2\nname = \"new\"\n");
	replaced("# name='x'\nextra=\"name='y'\"\n  name = \"a;b#c\" # why\nnames=1\n",
		 "# name='x'\nextra=\"name='y'\"\n  name = \"new\"\nnames=1\n");
	replaced("disk=[ 'name=]',\n# name ]\n 'b' ]\nname=1\n",
		 "disk=[ 'name=]',\n# name ]\n 'b' ]\nname = \"new\"\n");
	replaced("name=[ 'a',\n 'b' ]\nx=1\n", "name = \"new\"\nx=1\n");
	replaced("x=1;name=2\ny=3\n", "x=1;name = \"new\"\ny=3\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hvm_is_read_as_it_was_meant),
		cmocka_unit_test(the_others_have_a_kernel_and_no_screen),
		cmocka_unit_test(what_the_package_says_stays_a_value),
		cmocka_unit_test(one_key_is_changed_and_nothing_else),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	if (cfg)
		xlu_cfg_destroy(cfg);
	return failed;
}
