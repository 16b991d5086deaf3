/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a machine on Xen.
 */
#include "machine.h"

static struct package p;

static int fresh(void **state)
{
	(void)state;
	package_init(&p);
	return 0;
}

/* What the descriptor says, what is on the disk, what is asked: what it becomes. */
static void the_disk_and_the_descriptor_decide(void **state)
{
	enum { PV = VIRT_PV, PVH = VIRT_PVH, HVM = VIRT_HVM, ANY = 0 };
	enum { BIOS = FIRMWARE_BIOS, UEFI = FIRMWARE_UEFI };
	static const struct {
		int virt, firmware;
		unsigned int ways;
		int ask_type, ask_firmware;
		int type, got;
		enum guest_start start;
		const char *fatal;
	} rows[] = {
		{ ANY, ANY, BOOT_BIOS, ANY, ANY, HVM, BIOS, GUEST_START_FIRMWARE, NULL },
		{ ANY, ANY, BOOT_UEFI_X64, ANY, ANY, HVM, UEFI, GUEST_START_FIRMWARE, NULL },
		{ ANY, ANY, BOOT_BIOS | BOOT_UEFI_X64, ANY, ANY, HVM, BIOS, GUEST_START_FIRMWARE,
		  NULL },
		{ ANY, UEFI, BOOT_BIOS | BOOT_UEFI_X64, ANY, ANY, HVM, UEFI, GUEST_START_FIRMWARE,
		  NULL },
		{ ANY, UEFI, BOOT_BIOS, ANY, ANY, HVM, UEFI, GUEST_START_FIRMWARE,
		  "no-boot-loader" },
		{ ANY, BIOS, BOOT_UEFI_X64, ANY, ANY, HVM, UEFI, GUEST_START_FIRMWARE, NULL },
		{ PV, ANY, 0, ANY, ANY, PV, ANY, GUEST_START_PVGRUB, NULL },
		{ PVH, ANY, BOOT_BIOS, ANY, ANY, PVH, ANY, GUEST_START_PVGRUB, NULL },
		{ ANY, ANY, 0, ANY, ANY, PVH, ANY, GUEST_START_PVGRUB, NULL },
		{ HVM, ANY, 0, ANY, ANY, HVM, BIOS, GUEST_START_FIRMWARE, "no-boot-loader" },
		{ PV, ANY, BOOT_BIOS, HVM, ANY, HVM, BIOS, GUEST_START_FIRMWARE, NULL },
		{ ANY, ANY, BOOT_BIOS, PVH, ANY, PVH, ANY, GUEST_START_PVGRUB, NULL },
		{ ANY, ANY, BOOT_BIOS, PV, ANY, PV, ANY, GUEST_START_PVGRUB, NULL },
		{ ANY, ANY, BOOT_BIOS, ANY, UEFI, HVM, UEFI, GUEST_START_FIRMWARE,
		  "no-boot-loader" },
		{ ANY, ANY, BOOT_UEFI_IA32, HVM, UEFI, HVM, UEFI, GUEST_START_FIRMWARE,
		  "no-boot-loader" },
		{ ANY, ANY, BOOT_UEFI_AA64, ANY, ANY, PVH, ANY, GUEST_START_PVGRUB,
		  "other-processor" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct guest_problem *fatal;
		struct guest *g;

		package_init(&p);
		strcpy(p.boot.fs, "ext4");
		p.machine.virt = (enum model_virt)rows[i].virt;
		p.machine.firmware = (enum model_firmware)rows[i].firmware;
		p.boot.ways = rows[i].ways;
		p.answers.type = (enum model_virt)rows[i].ask_type;
		p.answers.firmware = (enum model_firmware)rows[i].ask_firmware;
		g = package_plan(&p);
		fatal = guest_fatal(g);
		if ((int)g->type != rows[i].type || (int)g->firmware != rows[i].got ||
		    g->start != rows[i].start || !!fatal != !!rows[i].fatal ||
		    (fatal && strcmp(fatal->id, rows[i].fatal) != 0))
			fail_msg("row %zu: type %d firmware %d start %d: %s; %s", i, g->type,
				 g->firmware, g->start, g->why, fatal ? fatal->text : "starts");
		guest_free(g);
	}
}

static void a_kernel_of_the_package_starts_it_as_pv(void **state)
{
	struct guest *g;

	(void)state;
	p.files[0].href = "vmlinuz", p.files[1].href = "initrd";
	p.model.n_files = p.storage.n_files = 2;
	p.machine.kernel = "vmlinuz", p.machine.ramdisk = "initrd", p.machine.cmdline = "ro \"x\"";
	p.media[0].path = "/boot/web.vmlinuz", p.media[1].path = "/boot/web.initrd";
	g = package_plan(&p);
	assert_int_equal(g->type, VIRT_PV);
	assert_int_equal(g->start, GUEST_START_KERNEL);
	assert_string_equal(g->kernel, "/boot/web.vmlinuz");
	assert_string_equal(g->ramdisk, "/boot/web.initrd");
	assert_string_equal(g->cmdline, "ro \"x\"");
	guest_free(g);
	p.media[0].path = NULL; /* it was not imported: the disk's own loader then */
	g = package_plan(&p);
	assert_int_equal(g->type, VIRT_HVM);
	assert_string_equal(g->kernel, "");
	guest_free(g);
}

static void vdevs(const struct guest *g, char *text)
{
	*text = '\0';
	for (size_t i = 0; i < g->n_disks; i++)
		sprintf(text + strlen(text), "%s%s=%s", i ? " " : "", g->disks[i].vdev,
			g->disks[i].cdrom ? *g->disks[i].path ? "iso" : "cd"
					  : g->disks[i].path + 7);
}

static void assert_vdevs(const char *want)
{
	struct guest *g = package_plan(&p);
	char text[512];

	vdevs(g, text);
	assert_string_equal(text, want);
	guest_free(g);
}

static void disks_get_the_names_that_are_emulated_first(void **state)
{
	(void)state;
	package_add_cd(&p, MODEL_NONE);
	assert_vdevs("hda=0 hdd=cd");
	package_add_disk(&p, BUS_SCSI), package_add_disk(&p, BUS_SCSI);
	assert_vdevs("hda=0 hdb=1 hdc=2 hdd=cd");
	package_add_disk(&p, BUS_SCSI); /* an empty drive makes room */
	assert_vdevs("hda=0 hdb=1 hdc=2 hdd=3");
	package_add_property(&p, "hostname", "string", "x"); /* the seed does not */
	package_add_disk(&p, BUS_SCSI);
	assert_vdevs("hda=0 hdb=1 hdc=2 xvde=3 xvdf=4 hdd=iso");
	p.answers.type = VIRT_PVH;
	assert_vdevs("xvda=0 xvdb=1 xvdc=2 xvdd=3 xvde=4 xvdf=web/seed.iso");
}

static void sata_has_six_ports(void **state)
{
	struct guest *g;

	(void)state;
	package_init(&p);
	p.drives[0].bus = BUS_SATA;
	for (int i = 0; i < 6; i++)
		package_add_disk(&p, BUS_SATA);
	assert_vdevs("hda=0 hdb=1 hdc=2 hdd=3 hde=4 hdf=5 xvdg=6");
	g = package_plan(&p);
	assert_true(g->ahci);
	assert_true(has_problem(g, "disks-not-emulated"));
	guest_free(g);
	package_add_property(&p, "hostname", "string", "x");
	assert_vdevs("hda=0 hdb=1 hdc=2 hde=3 hdf=4 xvdg=5 xvdh=6 hdd=iso");
}

static void the_order_of_disks_is_that_of_their_addresses(void **state)
{
	(void)state;
	package_add_disk(&p, BUS_SCSI), package_add_disk(&p, BUS_IDE);
	p.drives[0].unit = 5; /* behind the second */
	assert_vdevs("hda=1 hdb=0 hdc=2");
}

static void a_card_has_an_address_of_its_own_that_stays(void **state)
{
	struct guest *a = package_plan(&p), *b = package_plan(&p), *c;

	(void)state;
	assert_string_equal(a->nics[0].mac, b->nics[0].mac);
	assert_string_equal(a->uuid, b->uuid);
	assert_memory_equal(a->nics[0].mac, "00:16:3e:", 9);
	p.answers.host = "another";
	c = package_plan(&p);
	assert_string_not_equal(a->nics[0].mac, c->nics[0].mac);
	assert_string_not_equal(a->uuid, c->uuid);
	guest_free(a), guest_free(b), guest_free(c);
	p.nic.mac = "00:50:56:AB:cd:EF";
	a = package_plan(&p);
	assert_memory_equal(a->nics[0].mac, "00:16:3e:", 9);
	p.answers.keep_mac = true;
	b = package_plan(&p);
	assert_string_equal(b->nics[0].mac, "00:50:56:ab:cd:ef");
	p.nic.mac = "01:50:56:ab:cd:ef"; /* of a group */
	c = package_plan(&p);
	assert_memory_equal(c->nics[0].mac, "00:16:3e:", 9);
	guest_free(a), guest_free(b), guest_free(c);
}

static void networks_are_mapped_to_bridges(void **state)
{
	struct guest_pair map = { "VM Network", "xenbr7" }, wrong = { "LAN", "xenbr7" },
			  bad = { "VM Network", "x,script=/tmp/x" };
	struct err e = { 0 };
	struct guest *g = package_plan(&p);

	(void)state;
	assert_string_equal(g->nics[0].bridge, "xenbr0");
	guest_free(g);
	p.answers.networks = &map, p.answers.n_networks = 1;
	g = package_plan(&p);
	assert_string_equal(g->nics[0].bridge, "xenbr7");
	guest_free(g);
	p.answers.networks = &wrong;
	assert_int_equal(guest_plan(&p.model, 0, &p.answers, &p.storage, &g, &e), -EINVAL);
	assert_string_equal(err_text(&e), "network LAN: the package has none of that name");
	p.answers.networks = &bad;
	assert_int_equal(guest_plan(&p.model, 0, &p.answers, &p.storage, &g, &e), -EINVAL);
}

static void names_are_made_fit_for_xen(void **state)
{
	static const struct {
		const char *given, *made;
	} rows[] = {
		{ "Web Server (v1)", "Web-Server-v1" },
		{ "--x", "x" },
		{ "\xc3\xa4", "guest" },
		{ "a/../b", "a-..-b" },
		{ "...", "guest" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *name;

		p.machine.name = (char *)rows[i].given;
		name = guest_name_of(&p.model, 0);
		assert_string_equal(name, rows[i].made);
		free(name);
	}
}

static void what_may_go_wrong_is_said(void **state)
{
	struct guest *g;

	(void)state;
	p.machine.os = "Microsoft Windows Server 2019 (64-bit)", p.machine.os_id = 0;
	p.drives[0].controller = "buslogic";
	g = package_plan(&p);
	assert_true(has_problem(g, "windows-drivers"));
	assert_true(has_problem(g, "controller"));
	assert_true(g->viridian);
	assert_null(guest_fatal(g));
	guest_free(g);
	p.answers.type = VIRT_PVH;
	g = package_plan(&p);
	assert_string_equal(guest_fatal(g)->id, "windows-needs-hvm");
	guest_free(g);
	package_init(&p);
	p.machine.os = "Oracle Linux 8 (64-bit)", p.machine.os_id = 109;
	p.answers.type = VIRT_PVH, p.answers.memory = 1 << 20;
	g = package_plan(&p);
	assert_true(has_problem(g, "pvgrub-config"));
	assert_true(has_problem(g, "little-memory"));
	assert_true(has_problem(g, "disk-names"));
	guest_free(g);
	package_init(&p);
	p.volumes[0].path = NULL;
	g = package_plan(&p);
	assert_string_equal(guest_fatal(g)->id, "disk-lacks");
	guest_free(g);
	package_init(&p);
	p.volumes[0].boot = NULL;
	g = package_plan(&p);
	assert_true(has_problem(g, "disk-not-seen"));
	assert_null(guest_fatal(g));
	guest_free(g);
	package_init(&p);
	p.machine.firmware = FIRMWARE_UEFI, p.boot.ways = 0, p.boot.esp = true;
	strcpy(p.boot.efi_dirs, "DEBIAN");
	g = package_plan(&p);
	assert_non_null(strstr(guest_fatal(g)->text, "\\EFI: DEBIAN"));
	guest_free(g);
}

static void a_volume_is_no_place_for_xl_s_own_words(void **state)
{
	struct err e = { 0 };
	struct guest *g;

	(void)state;
	p.volumes[0].path = "disk.img";
	assert_int_equal(guest_plan(&p.model, 0, &p.answers, &p.storage, &g, &e), -EINVAL);
	p.volumes[0].path = "/a\nb";
	assert_int_equal(guest_plan(&p.model, 0, &p.answers, &p.storage, &g, &e), -EINVAL);
	p.volumes[0].path = "/a", p.volumes[0].format = "vmdk";
	assert_int_equal(guest_plan(&p.model, 0, &p.answers, &p.storage, &g, &e), -EINVAL);
	assert_null(g);
}

static void passwords_are_not_in_json(void **state)
{
	struct guest *g;
	char *text;
	json_t *json;

	(void)state;
	package_add_property(&p, "root-password", "string", "geheim");
	package_add_property(&p, "title", "string", "Hello");
	p.properties[0].password = true;
	g = package_plan(&p);
	json = guest_json(g);
	assert_non_null(json);
	text = json_dumps(json, 0);
	assert_null(strstr(text, "geheim"));
	assert_non_null(strstr(text, "\"title\": \"Hello\""));
	free(text);
	json_decref(json);
	guest_free(g);
}

static void answers_are_for_all_machines_of_a_package(void **state)
{
	struct guest_pair given[] = { { "web.title", "Hello" }, { "db.size", "7" } };
	struct model_machine both[2];
	struct model_property title, size;
	struct err e = { 0 };
	struct guest *g;

	(void)state;
	package_add_property(&p, "org.web.title", "string", "");
	package_add_property(&p, "org.db.size", "uint8", "");
	title = p.properties[0], size = p.properties[1];
	both[0] = both[1] = p.machine;
	both[0].properties = &title, both[0].n_properties = 1;
	both[1].properties = &size, both[1].n_properties = 1;
	p.model.machines = both, p.model.n_machines = 2;
	p.answers.properties = given, p.answers.n_properties = 2;
	assert_int_equal(guest_plan(&p.model, 1, &p.answers, &p.storage, &g, &e), 0);
	assert_int_equal(json_object_size(g->values), 1);
	assert_string_equal(json_string_value(json_object_get(g->values, "org.db.size")), "7");
	guest_free(g);
	given[0].key = "web.titel";
	assert_int_equal(guest_plan(&p.model, 1, &p.answers, &p.storage, &g, &e), -EINVAL);
	assert_string_equal(err_text(&e), "property web.titel: the package has none of that name");
}

/* Linux in PVH sees no CD of Xen's, but a disk that cannot be written to. */
static void the_seed_is_seen_by_every_kind(void **state)
{
	static const enum model_virt kinds[] = { VIRT_PV, VIRT_PVH, VIRT_HVM };

	(void)state;
	package_add_cd(&p, MODEL_NONE);
	package_add_property(&p, "hostname", "string", "x");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct guest_disk *seed;
		struct guest *g;

		p.answers.type = kinds[i];
		g = package_plan(&p);
		seed = &g->disks[1];
		assert_string_equal(seed->path, g->seed);
		assert_true(seed->readonly);
		assert_int_equal(seed->cdrom, kinds[i] != VIRT_PVH);
		for (size_t n = 0; n < g->n_disks; n++)
			assert_true(kinds[i] != VIRT_PVH || *g->disks[n].path);
		guest_free(g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_disk_and_the_descriptor_decide, fresh),
		cmocka_unit_test_setup(a_kernel_of_the_package_starts_it_as_pv, fresh),
		cmocka_unit_test_setup(disks_get_the_names_that_are_emulated_first, fresh),
		cmocka_unit_test_setup(the_seed_is_seen_by_every_kind, fresh),
		cmocka_unit_test_setup(sata_has_six_ports, fresh),
		cmocka_unit_test_setup(the_order_of_disks_is_that_of_their_addresses, fresh),
		cmocka_unit_test_setup(a_card_has_an_address_of_its_own_that_stays, fresh),
		cmocka_unit_test_setup(networks_are_mapped_to_bridges, fresh),
		cmocka_unit_test_setup(names_are_made_fit_for_xen, fresh),
		cmocka_unit_test_setup(what_may_go_wrong_is_said, fresh),
		cmocka_unit_test_setup(a_volume_is_no_place_for_xl_s_own_words, fresh),
		cmocka_unit_test_setup(passwords_are_not_in_json, fresh),
		cmocka_unit_test_setup(answers_are_for_all_machines_of_a_package, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
