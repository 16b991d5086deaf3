/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper.h"

#include "draft.h"
#include "socle/proc.h"

static void check_golden(struct bench *b, const char *name)
{
	struct buf text = BUF_INIT;

	if (bench_plan(b) == 0)
		plan_print(&b->plan, &text);
	else
		plan_print_refusal(&b->plan, &b->e, &text);
	assert_golden(name, text.s);
	buf_clear(&text);
}

/* No line of what people read is wider than a serial terminal. */
static void check_width(struct bench *b)
{
	struct buf text = BUF_INIT;

	plan_print(&b->plan, &text);
	for (const char *p = text.s; *p; p += strcspn(p, "\n") + 1)
		assert_in_range(strcspn(p, "\n"), 0, 80);
	buf_clear(&text);
}

static void setup_uefi(struct bench *b)
{
	struct ks_network *n = bench_network(b);

	n->hostname = strdup("host1.example.com");
	b->answers.lang = strdup("en_US.UTF-8");
	b->answers.keyboard = strdup("de");
	b->answers.timezone = strdup("Europe/Berlin");
	strings_add(&b->answers.ntp, "ntp1.example.com");
	strings_add(&b->answers.ntp, "192.0.2.123");
}

static void setup_dell(struct bench *b)
{
	struct ks_network *n = bench_network(b);

	n->device = strdup("b4:45:06:e1:2a:41");
	n->proto = KS_PROTO_STATIC;
	n->ip = strdup("192.0.2.10");
	n->prefix = 24;
	n->gateway = strdup("192.0.2.1");
	strings_add(&n->dns, "192.0.2.2");
	strings_add(&n->dns, "2001:db8::53");
	n->hostname = strdup("xen01");
	n->mtu = 9000;
	b->answers.sshkeys = calloc(1, sizeof(*b->answers.sshkeys));
	b->answers.sshkey_count = 1;
	b->answers.sshkeys[0].user = strdup("root");
	b->answers.sshkeys[0].key = strdup("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA admin@example");
	b->answers.root_locked = true;
	b->answers.finish = KS_FINISH_POWEROFF;
}

static void setup_hpe(struct bench *b)
{
	strings_add(&b->answers.only_use, "/dev/disk/by-id/wwn-0x600508b1001c2f4c3b0e4d5a6f708192");
}

static void setup_leftovers(struct bench *b)
{
	strings_add(&b->answers.only_use, "sdb");
	b->answers.clear = KS_CLEAR_LINUX;
	b->answers.scripts = calloc(1, sizeof(*b->answers.scripts));
	b->answers.script_count = 1;
	b->answers.scripts[0].pos.line = 30;
	b->answers.scripts[0].body = strdup("echo s3cret-token\n");
}

static void setup_windows(struct bench *b)
{
	strings_add(&b->answers.only_use, "sda");
	b->answers.clear = KS_CLEAR_LINUX;
}

static void setup_medium(struct bench *b)
{
	strings_add(&b->answers.only_use, "sdb");
}

static void setup_mirror(struct bench *b)
{
	b->answers.mirror.pos.line = 9;
}

static void setup_keep(struct bench *b)
{
	b->answers.guests.keep = true;
	b->answers.guests.pos.line = 11;
	b->answers.clear = KS_CLEAR_UNSAID;
}

static void setup_degraded(struct bench *b)
{
	b->answers.mirror.pos.line = 9;
	b->answers.mirror.missing = true;
}

static const struct {
	const char *machine, *golden;
	void (*setup)(struct bench *b);
} machines[] = {
	{ "qemu-bios", "qemu-bios", NULL },
	{ "qemu-uefi", "qemu-uefi", setup_uefi },
	{ "dell-nvme", "dell-nvme", setup_dell },
	{ "hpe-raid", "hpe-raid", setup_hpe },
	{ "disk-4kn", "disk-4kn", NULL },
	{ "leftovers", "leftovers", setup_leftovers },
	{ "hpe-raid", "mirror", setup_mirror },
	{ "qemu-uefi", "mirror-missing", setup_degraded },
	{ "socle-host", "keep", setup_keep },
	{ "hpe-raid", "refused-two-disks", NULL },
	{ "qemu-uefi", "refused-medium", setup_medium },
	{ "leftovers", "refused-windows", setup_windows },
};

static void test_golden(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct bench b;

		bench_open(&b, machines[i].machine);
		if (machines[i].setup)
			machines[i].setup(&b);
		check_golden(&b, machines[i].golden);
		if (b.plan.op_count)
			check_width(&b);
		bench_close(&b);
	}
}

/* The menu is what it was, and GRUB takes it for a script. */
static void test_boot_menu(void **state)
{
	const char *const check[] = { "grub-script-check", NULL };
	struct bench b;

	(void)state;
	for (int mirror = 0; mirror < 2; mirror++) {
		bench_open(&b, mirror ? "hpe-raid" : "qemu-bios");
		b.answers.mirror.pos.line = mirror ? 9 : 0;
		assert_planned(&b);
		for (size_t i = 0; i < b.plan.op_count; i++) {
			const char *text = arg_string(b.plan.ops[i].args, "text");

			if (b.plan.ops[i].kind != &op_kinds[OP_BOOT_MENU])
				continue;
			assert_golden(mirror ? "grub-mirror.cfg" : "grub.cfg", text);
			if (proc_run(&(struct proc){ .argv = check, .input = text }, &b.e) < 0)
				fail_msg("%s", err_text(&b.e));
		}
		bench_close(&b);
	}
}

static void test_files(void **state)
{
	struct buf all = BUF_INIT;
	const json_t *file;
	struct bench b;
	size_t n;

	(void)state;
	bench_open(&b, "dell-nvme");
	setup_dell(&b);
	assert_planned(&b);
	for (size_t i = 0; i < b.plan.op_count; i++) {
		for (n = 0;
		     n < json_array_size(json_object_get(b.plan.ops[i].args, "files")) &&
		     (file = json_array_get(json_object_get(b.plan.ops[i].args, "files"), n));
		     n++)
			if (*arg_string(file, "path"))
				buf_addf(&all, "== %s %s%s\n%s", arg_string(file, "path"),
					 arg_string(file, "mode"), arg_string(file, "link"),
					 arg_string(file, "text"));
	}
	assert_golden("files", all.s);
	buf_clear(&all);
	bench_close(&b);
}

/* The same facts, answers and image have the same hash; any change has another. */
static void test_hash(void **state)
{
	char first[SHA256_HEX];
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	assert_planned(&b);
	assert_int_equal(strlen(plan_hash(&b.plan)), 64);
	strcpy(first, plan_hash(&b.plan));
	assert_planned(&b);
	assert_string_equal(plan_hash(&b.plan), first);
	bench_close(&b);

	bench_open(&b, "qemu-bios");
	b.image.files[0].sha256[0] ^= 1;
	assert_planned(&b);
	assert_string_not_equal(plan_hash(&b.plan), first);
	bench_close(&b);

	bench_open(&b, "qemu-bios");
	sha256_mem("another kickstart", 17, b.answers.sha256);
	assert_planned(&b);
	assert_string_not_equal(plan_hash(&b.plan), first);
	bench_close(&b);
}

/* A password or a script's text is nowhere in what is shown, logged or hashed. */
static void test_secrets(void **state)
{
	struct buf text = BUF_INIT;
	char first[SHA256_HEX];
	struct bench b;
	json_t *json;
	char *dump;

	(void)state;
	bench_open(&b, "leftovers");
	setup_leftovers(&b);
	assert_planned(&b);
	strcpy(first, plan_hash(&b.plan));
	plan_print(&b.plan, &text);
	json = plan_json(&b.plan);
	dump = json_dumps(json, 0);
	assert_null(strstr(text.s, "correct horse"));
	assert_null(strstr(dump, "correct horse"));
	assert_null(strstr(dump, "s3cret"));
	free(dump);
	json_decref(json);
	buf_clear(&text);

	free(b.answers.root_password);
	b.answers.root_password = strdup("another");
	assert_planned(&b);
	assert_string_equal(plan_hash(&b.plan), first);
	bench_close(&b);
}

static void test_smallest_disk(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	b.facts.disks[0].size = PLAN_DISK_MIN;
	assert_planned(&b);
	b.facts.disks[0].size = PLAN_DISK_MIN - 512;
	assert_refused(&b, "no disk of this machine can be taken");
	assert_string_equal(b.plan.candidates[0].why, "it is smaller than 16 GiB");
	bench_close(&b);
}

/* Nothing said in a kickstart makes the boot medium a target. */
static void test_medium_is_safe(void **state)
{
	static const char *const names[] = { "sdb", "sd*", "*", "/dev/sdb",
					     "/dev/disk/by-id/usb-*" };
	struct bench b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		bench_open(&b, "qemu-uefi");
		strings_add(&b.answers.only_use, names[i]);
		if (bench_plan(&b) == 0)
			assert_string_equal(b.plan.disk->name, "sda");
		bench_close(&b);
	}
}

static void test_choice(void **state)
{
	static const struct {
		const char *machine, *only_use, *ignore, *disk, *refusal;
	} cases[] = {
		{ "hpe-raid", NULL, NULL, NULL, "2 disks could be taken" },
		{ "hpe-raid", "sda", NULL, "sda", NULL },
		{ "hpe-raid", NULL, "sda", "sdb", NULL },
		{ "hpe-raid", "/dev/sdb", NULL, "sdb", NULL },
		{ "hpe-raid", "wwn-0x600508b1001c7d1d2e3f405162738495", NULL, "sdb", NULL },
		{ "hpe-raid", "disk/by-id/wwn-*7d1d*", NULL, "sdb", NULL },
		{ "hpe-raid", "sd*", NULL, NULL, "line 7: 2 disks could be taken" },
		{ "hpe-raid", "sdz", NULL, NULL, "line 7: no disk of this machine is \"sdz\"" },
		{ "hpe-raid", "vd*|nvme*", NULL, NULL, "line 7: no disk" },
		{ "hpe-raid", "vda|sdb", NULL, "sdb", NULL },
		{ "hpe-raid", NULL, "sdz", NULL, "line 8: no disk of this machine is \"sdz\"" },
		{ "hpe-raid", NULL, "nvme*", NULL, "2 disks could be taken" },
		{ "hpe-raid", "sda", "sda", NULL,
		  "line 7: sda cannot be taken: ignored by line 8" },
		{ "leftovers", NULL, "sda", "sdb", NULL },		  /* not the USB disk sdc */
		{ "leftovers", "sdc", NULL, "sdc", NULL },		  /* unless named */
		{ "leftovers", "*", "sda|sdb", NULL, "cannot be taken" }, /* by itself */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		bench_open(&b, cases[i].machine);
		if (cases[i].only_use)
			strings_add(&b.answers.only_use, cases[i].only_use);
		if (cases[i].ignore)
			strings_add(&b.answers.ignore, cases[i].ignore);
		if (cases[i].refusal) {
			assert_refused(&b, cases[i].refusal);
		} else {
			assert_planned(&b);
			assert_string_equal(b.plan.disk->name, cases[i].disk);
		}
		bench_close(&b);
	}
}

/* A LUN may be another host's: the only disk there is must still be named. */
static void test_network_disks(void **state)
{
	static const char *const transports[] = { "fc", "iscsi", "nvmf" };
	struct bench b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
		bench_open(&b, "qemu-bios");
		free(b.facts.disks[0].transport);
		b.facts.disks[0].transport = strdup(transports[i]);
		assert_refused(&b, "no disk of this machine can be taken");
		strings_add(&b.answers.only_use, "*");
		assert_refused(&b, "taken only by name");
		strings_add(&b.answers.only_use, "vda");
		assert_planned(&b);
		bench_close(&b);
	}
}

/* What lies on a disk is given up expressly, or not at all. */
static void test_permission(void **state)
{
	static const struct {
		const char *machine, *disk;
		enum ks_clear clear;
		bool zerombr;
		const char *refusal;
	} cases[] = {
		{ "qemu-bios", "vda", KS_CLEAR_UNSAID, false, NULL },
		{ "qemu-bios", "vda", KS_CLEAR_NONE, false, NULL },
		{ "dell-nvme", "nvme0n1", KS_CLEAR_ALL, false, NULL },
		{ "dell-nvme", "nvme0n1", KS_CLEAR_LINUX, false, NULL },
		{ "dell-nvme", "nvme0n1", KS_CLEAR_NONE, true, "nvme0n1 is not empty" },
		{ "dell-nvme", "nvme0n1", KS_CLEAR_UNSAID, true, "nvme0n1 is not empty" },
		{ "leftovers", "sda", KS_CLEAR_ALL, false, NULL },
		{ "leftovers", "sda", KS_CLEAR_LINUX, true, "line 2: clearpart --linux" },
		{ "leftovers", "sdb", KS_CLEAR_UNSAID, false, "sdb is not empty" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		bench_open(&b, cases[i].machine);
		strings_add(&b.answers.only_use, cases[i].disk);
		b.answers.clear = cases[i].clear;
		b.answers.zerombr = cases[i].zerombr;
		if (cases[i].refusal)
			assert_refused(&b, cases[i].refusal);
		else
			assert_planned(&b);
		bench_close(&b);
	}
}

static void no_login(struct bench *b)
{
	b->answers.root_locked = true;
}

static void no_autopart(struct bench *b)
{
	b->answers.autopart = false;
}

static void bad_nic(struct bench *b)
{
	bench_network(b)->device = strdup("eth7");
}

static void bad_zone(struct bench *b)
{
	b->answers.timezone = strdup("../../../etc/shadow");
}

static void bad_hostname(struct bench *b)
{
	bench_network(b)->hostname = strdup("host one");
}

static void no_address(struct bench *b)
{
	bench_network(b)->proto = KS_PROTO_STATIC;
}

static void nic_twice(struct bench *b)
{
	bench_network(b)->device = strdup("enp0s2");
	bench_network(b)->device = strdup("52:54:00:50:c1:e0");
}

static void dns_homeless(struct bench *b)
{
	bench_network(b)->device = strdup("enp0s2");
	strings_add(&bench_network(b)->dns, "192.0.2.2");
}

static void read_only(struct bench *b)
{
	b->facts.disks[0].read_only = true;
}

static void huge_image(struct bench *b)
{
	b->image.files[0].size = 3 * GIB + 1;
}

static void test_refusals(void **state)
{
	static const struct {
		void (*setup)(struct bench *b);
		const char *words;
	} cases[] = {
		{ no_login, "line 4: nobody could log in" },
		{ no_autopart, "the layout is missing" },
		{ bad_nic, "line 20: no network card of this machine is \"eth7\"; there is: "
			   "enp0s2 52:54:00:50:c1:e0" },
		{ bad_zone, "is no time zone" },
		{ bad_hostname, "\"host one\" is no host name" },
		{ no_address, "line 20: a static network needs an IPv4 address" },
		{ nic_twice, "line 21: enp0s2 is configured by another network line" },
		{ dns_homeless, "line 21: --nameserver, --mtu or --noipv6 without --device" },
		{ read_only, "no disk of this machine can be taken" },
		{ huge_image, "system.squashfs is larger than a slot" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		bench_open(&b, "qemu-bios");
		cases[i].setup(&b);
		assert_refused(&b, cases[i].words);
		bench_close(&b);
	}
}

/* Two paths to one LUN are not two disks. */
static void test_multipath(void **state)
{
	struct fact_disk *d;
	struct bench b;

	(void)state;
	bench_open(&b, "hpe-raid");
	d = b.facts.disks;
	free(d[1].wwn);
	d[1].wwn = strdup(d[0].wwn);
	d[1].size = d[0].size;
	strings_add(&b.answers.only_use, "sda");
	assert_refused(&b, "sda cannot be taken: another path to sdb");
	bench_close(&b);
}

/* Data that nobody knows is given up by zerombr, as it is with Anaconda, or not at all. */
static void test_unrecognized(void **state)
{
	struct fact_content content = { 0 };
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	content = (struct fact_content){ .type = strdup(FACT_UNRECOGNIZED),
					 .label = strdup(""),
					 .uuid = strdup(""),
					 .part_type = strdup(""),
					 .part_name = strdup("") };
	assert_int_equal(b.facts.disks[0].content_count, 0);
	b.facts.disks[0].contents[b.facts.disks[0].content_count++] = content;
	b.answers.clear = KS_CLEAR_UNSAID;
	assert_planned(&b);
	b.answers.zerombr = false;
	assert_refused(&b, "vda is not empty");
	b.answers.clear = KS_CLEAR_LINUX;
	assert_refused(&b, "clearpart --linux does not give up");
	bench_close(&b);
}

/* A volume over two disks is not given up by giving up one of them. */
static void test_shared_volume(void **state)
{
	struct fact_strings *other;
	struct bench b;

	(void)state;
	bench_open(&b, "leftovers");
	strings_add(&b.answers.only_use, "sdb");
	assert_planned(&b);
	other = &b.facts.disks[0].holders;
	assert_int_equal(other->count, 0);
	other->item[other->count++] = strdup("rhel-root");
	assert_refused(&b, "line 2: rhel-root lies on sdb and on sda, which nothing gives up");
	bench_close(&b);
}

static size_t step_of(const struct plan *p, enum op op)
{
	size_t i = 0;

	while (i < p->op_count && p->ops[i].kind != &op_kinds[op])
		i++;
	assert_in_range(i, 0, p->op_count - 1);
	return i;
}

/* A host whose script has failed, or was cut short, does not boot as if it were complete. */
static void test_menu_is_late(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "leftovers");
	setup_leftovers(&b);
	assert_planned(&b);
	assert_true(step_of(&b.plan, OP_BOOT_MENU) > step_of(&b.plan, OP_SEED_STATE));
	assert_true(step_of(&b.plan, OP_BOOT_MENU) > step_of(&b.plan, OP_RUN_SCRIPTS));
	assert_true(step_of(&b.plan, OP_BOOT_MENU) < step_of(&b.plan, OP_FINISH));
	bench_close(&b);
}

/* --noipv6: neither asked for by DHCP nor taken from a router. */
static void test_ipv6_off(void **state)
{
	static const char path[] = "etc/systemd/network/10-xenbr0.network";
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	bench_network(&b);
	assert_planned(&b);
	assert_non_null(strstr(planned_file(&b.plan, path), "DHCP=yes\n"));
	assert_non_null(strstr(planned_file(&b.plan, path), "IPv6AcceptRA=yes\n"));
	b.answers.networks[0].ipv6_off = true;
	assert_planned(&b);
	assert_non_null(strstr(planned_file(&b.plan, path), "DHCP=ipv4\n"));
	assert_non_null(strstr(planned_file(&b.plan, path), "IPv6AcceptRA=no\n"));
	assert_non_null(strstr(planned_file(&b.plan, path), "LinkLocalAddressing=no\n"));
	bench_close(&b);
}

static void other_name(struct bench *b)
{
	strcpy(b->facts.disks[0].contents[4].part_name, "root");
}

static void no_table(struct bench *b)
{
	strcpy(b->facts.disks[0].table, "");
}

static void a_half(struct bench *b)
{
	free(b->facts.disks[0].contents[2].type);
	b->facts.disks[0].contents[2].type = strdup("linux_raid_member");
}

static void other_group(struct bench *b)
{
	strcpy(b->facts.volumes[0].on.item[0], "vdb");
}

static void group_lacks_disk(struct bench *b)
{
	b->facts.volumes[0].degraded = true;
}

static void wide_group(struct bench *b)
{
	b->facts.volumes[0].members = 2;
}

static void no_pool(struct bench *b)
{
	strcpy(b->facts.volumes[2].name, "others"); /* of "guests" */
}

static void small_state(struct bench *b)
{
	b->facts.volumes[1].size = GIB; /* of "state" */
}

static void keep_mirror(struct bench *b)
{
	b->answers.mirror.pos.line = 9;
	b->answers.mirror.missing = true;
}

static void change(char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
}

static void stopped_arrays(struct bench *b)
{
	keep_mirror(b);
	for (size_t i = 1; i < b->facts.disks[0].content_count; i++) {
		change(&b->facts.disks[0].contents[i].type, "linux_raid_member");
		change(&b->facts.disks[0].contents[i].uuid, "5a0c1e");
	}
	change(&b->facts.volumes[0].kind, "array");
	change(&b->facts.volumes[0].id, "md:5a0c1e");
	b->facts.volumes[0].active = false;
}

/* What is kept is known to the last volume, or nothing is touched. */
static void test_keep(void **state)
{
	static const struct {
		void (*setup)(struct bench *b);
		const char *words;
	} cases[] = {
		{ other_name, "line 11: guests --keep: vda has no layout of Socle's: "
			      "partition 5 is not \"data\"" },
		{ no_table, "it has no GPT" },
		{ a_half, "\"system-a\" is half of a mirror" },
		{ keep_mirror, "\"esp\" is no half of a mirror" },
		{ stopped_arrays, "the arrays of vda are stopped; start them with" },
		{ other_group, "another disk has an LVM group \"socle\"" },
		{ group_lacks_disk, "lacks a disk" },
		{ wide_group, "lies on other disks too" },
		{ no_pool, "it has no volume \"guests\"" },
		{ small_state, "it has no volume \"state\" of 4 GiB or more" },
	};
	struct bench b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bench_open(&b, "socle-host");
		setup_keep(&b);
		assert_planned(&b);
		cases[i].setup(&b);
		assert_refused(&b, cases[i].words);
		bench_close(&b);
	}
	/* An empty disk has nothing to be kept. */
	bench_open(&b, "qemu-bios");
	setup_keep(&b);
	assert_refused(&b, "it has no GPT");
	bench_close(&b);
}

/* Who is asked, or told of a failure, hears of each disk; and that guests were kept. */
static void test_disks_are_told(void **state)
{
	struct buf text = BUF_INIT;
	struct bench b;

	(void)state;
	bench_open(&b, "hpe-raid");
	setup_mirror(&b);
	assert_planned(&b);
	plan_disks(&b.plan, &text);
	assert_string_equal(text.s, "/dev/sda and /dev/sdb");
	buf_clear(&text);
	plan_print_broken(&b.plan, &text);
	assert_non_null(strstr(text.s, "the old contents are lost"));
	buf_clear(&text);
	bench_close(&b);
	bench_open(&b, "socle-host");
	setup_keep(&b);
	assert_planned(&b);
	plan_print_broken(&b.plan, &text);
	assert_non_null(strstr(text.s, "The volumes of guests are as they were."));
	buf_clear(&text);
	bench_close(&b);
}

/* A kept slot is booted by the GUID that its partition has. */
static void test_keep_guids(void **state)
{
	struct bench b;
	size_t menu;

	(void)state;
	bench_open(&b, "socle-host");
	setup_keep(&b);
	assert_planned(&b);
	menu = step_of(&b.plan, OP_BOOT_MENU);
	assert_non_null(strstr(arg_string(b.plan.ops[menu].args, "text"),
			       "PARTUUID=c54dbe46-69b9-8fd0-b091-382c06a384de"));
	for (size_t i = 0; i < b.plan.op_count; i++) {
		assert_ptr_not_equal(b.plan.ops[i].kind, &op_kinds[OP_CLEAR_DISK]);
		assert_ptr_not_equal(b.plan.ops[i].kind, &op_kinds[OP_PARTITION_TABLE]);
		assert_ptr_not_equal(b.plan.ops[i].kind, &op_kinds[OP_MAKE_VOLUMES]);
	}
	bench_close(&b);
}

static void check_layout(uint64_t size, uint64_t sector)
{
	struct fact_disk disk = { .size = size, .sector = sector, .physical = 4096 };
	struct layout l = { 0 };
	uint64_t at = 34 * sector, group;

	layout_make(layout_end(&disk), false, 0, 0, &l);
	for (int i = 0; i < PART_COUNT; i++) {
		assert_int_equal(l.part[i].start % MIB, 0);
		assert_int_equal(l.part[i].size % MIB, 0);
		assert_true(l.part[i].start >= at);
		assert_true(l.part[i].size >= MIB);
		at = l.part[i].start + l.part[i].size;
	}
	/* The backup GPT: 16 KiB of entries and a sector. */
	assert_true(at + 16384 + sector <= size);
	group = l.part[PART_DATA].size - MIB;
	assert_true(l.state >= 4 * GIB && l.state <= 32 * GIB);
	assert_true(l.pool >= 4 * GIB);
	assert_true(l.state + l.pool + 2 * l.pool_metadata < group);
	assert_true(l.pool_metadata >= l.pool / l.pool_chunk * 64);
	assert_int_equal(l.pool_chunk % 65536, 0);
	assert_int_equal((l.state | l.pool | l.pool_metadata) % (4 * MIB), 0);
}

static void test_layout(void **state)
{
	(void)state;
	for (uint64_t size = PLAN_DISK_MIN; size <= 20480 * GIB; size += size / 7) {
		check_layout(size / 4096 * 4096, 512);
		check_layout(size / 4096 * 4096, 4096);
		check_layout(size / 4096 * 4096 + 512, 512);
	}
}

static void test_dom0_memory(void **state)
{
	static const struct answers none = ANSWERS_INIT;
	static const struct {
		uint64_t all, mib;
	} cases[] = {
		{ GIB, 614 },	    { 2 * GIB, 1126 },	  { 4 * GIB, 1228 },
		{ 64 * GIB, 4300 }, { 1024 * GIB, 8192 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct facts f = { .memory = cases[i].all };
		struct draft d = { .facts = &f, .answers = &none };

		dom0_memory(&d);
		assert_int_equal(d.dom0_memory / MIB, cases[i].mib);
	}
}

/* A plan without a medium can be looked at, and says that it is one. */
static void test_no_image(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	image_clear(&b.image);
	assert_planned(&b);
	assert_non_null(
		strstr(b.plan.warnings.item[b.plan.warnings.count - 1], "without a medium"));
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),	       cmocka_unit_test(test_boot_menu),
		cmocka_unit_test(test_files),	       cmocka_unit_test(test_hash),
		cmocka_unit_test(test_secrets),	       cmocka_unit_test(test_smallest_disk),
		cmocka_unit_test(test_medium_is_safe), cmocka_unit_test(test_choice),
		cmocka_unit_test(test_permission),     cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_multipath),      cmocka_unit_test(test_keep),
		cmocka_unit_test(test_keep_guids),     cmocka_unit_test(test_disks_are_told),
		cmocka_unit_test(test_layout),	       cmocka_unit_test(test_dom0_memory),
		cmocka_unit_test(test_no_image),       cmocka_unit_test(test_menu_is_late),
		cmocka_unit_test(test_shared_volume),  cmocka_unit_test(test_unrecognized),
		cmocka_unit_test(test_ipv6_off),       cmocka_unit_test(test_network_disks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
