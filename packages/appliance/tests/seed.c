/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest is told: read back by libarchive, libblkid, xmllint and the DMTF's schema.
 */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../src/guest/seed.h"
#include "machine.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

static struct package p;

static int fresh(void **state)
{
	(void)state;
	package_init(&p);
	return 0;
}

/* A file of the seed, "" when it has none of that name. */
static struct buf file_of(const struct guest *g, const char *name)
{
	struct buf iso = BUF_INIT, out = BUF_INIT;
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	struct err e = { 0 };
	char chunk[4096];
	la_ssize_t n;

	assert_int_equal(seed_iso(g, &iso, &e), 0);
	archive_read_support_format_iso9660(a);
	assert_int_equal(archive_read_open_memory(a, iso.s, iso.len), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) == ARCHIVE_OK)
		if (strcmp(archive_entry_pathname(entry), name) == 0)
			while ((n = archive_read_data(a, chunk, sizeof(chunk))) > 0)
				buf_add(&out, chunk, (size_t)n);
	archive_read_free(a);
	buf_clear(&iso);
	return out;
}

static json_t *json_of(const struct guest *g, const char *name, const char *head)
{
	struct buf text = file_of(g, name);
	json_t *json;

	assert_memory_equal(text.s, head, strlen(head));
	json = json_loads(text.s + strlen(head), 0, NULL);
	if (!json)
		fail_msg("%s is: %s", name, text.s);
	buf_clear(&text);
	return json;
}

static const char *string(const json_t *json, const char *key)
{
	const char *s = json_string_value(json_object_get(json, key));

	return s ? s : "";
}

static void label_is(const struct guest *g, const char *want)
{
	struct buf iso = BUF_INIT;
	struct err e = { 0 };
	struct boot b;
	int fd;

	assert_int_equal(seed_iso(g, &iso, &e), 0);
	assert_int_equal(fs_write("seed.iso", iso.s, iso.len, 0600, &e), 0);
	fd = open("seed.iso", O_RDONLY);
	assert_int_equal(boot_look_fd(fd, &b, &e), 0);
	close(fd);
	assert_string_equal(b.fs, "iso9660");
	assert_int_equal(strcasecmp(b.label, want), 0);
	buf_clear(&iso);
}

static void nothing_to_say_is_no_seed(void **state)
{
	struct guest *g = package_plan(&p);

	(void)state;
	assert_string_equal(g->seed, "");
	guest_free(g);
	p.machine.transport = "iso"; /* it looks for one */
	g = package_plan(&p);
	assert_string_equal(g->seed, "/state/web/seed.iso");
	guest_free(g);
}

static void the_environment_is_valid_xml_of_the_schema(void **state)
{
	static const char nasty[] = "a \"b\" <c> & 'd'\n\te \xc3\xa4";
	char schema[512], catalog[1024];
	const char *corpus = getenv("SOCLE_CORPUS");
	const char *env[] = { "XML_CATALOG_FILES=catalog", NULL };
	const char *argv[] = {
		"xmllint", "--nonet", "--noout", "--schema", schema, "env.xml", NULL
	};
	struct err e = { 0 };
	struct buf text;
	struct guest *g;

	(void)state;
	package_add_property(&p, "com.example.title", "string", nasty);
	package_add_property(&p, "com.example.empty", "string", "");
	g = package_plan(&p);
	label_is(g, "OVF ENV");
	text = file_of(g, "ovf-env.xml");
	assert_int_equal(fs_write("env.xml", text.s, text.len, 0600, &e), 0);
	buf_clear(&text);
	guest_free(g);
	assert_int_equal(proc_run(&(struct proc){ .argv = (const char *[]){ "xmllint", "--xpath",
									    "string(//*[@*="
									    "'com.example.title'"
									    "]/@*[local-name()="
									    "'value'])",
									    "env.xml", NULL },
						  .out = &text },
				  &e),
			 0);
	assert_memory_equal(text.s, nasty, strlen(nasty));
	buf_clear(&text);
	if (!corpus) {
		print_message("skipped: SOCLE_CORPUS does not name a folder with the schema\n");
		skip();
	}
	snprintf(schema, sizeof(schema), "%s/appliance/xenadmin/DSP8027.xsd", corpus);
	snprintf(catalog, sizeof(catalog),
		 "<catalog xmlns=\"urn:oasis:names:tc:entity:xmlns:xml:catalog\"><uri name="
		 "\"http://schemas.dmtf.org/wbem/wscim/1/common.xsd\" uri=\"%s/appliance/xenadmin/"
		 "common.xsd\"/><system "
		 "systemId=\"http://schemas.dmtf.org/wbem/wscim/1/common.xsd\" "
		 "uri=\"%s/appliance/xenadmin/common.xsd\"/></catalog>",
		 corpus, corpus);
	assert_int_equal(fs_write("catalog", catalog, strlen(catalog), 0600, &e), 0);
	if (proc_run(&(struct proc){ .argv = argv, .env = env }, &e) != 0)
		fail_msg("%s", err_text(&e));
}

static void oracle_s_properties_reach_cloud_init(void **state)
{
	json_t *json, *card;
	struct guest *g;

	(void)state;
	package_add_property(&p, "com.oracle.linux.root-password", "string", "geheim");
	package_add_property(&p, "com.oracle.linux.network.hostname", "string", "ol8.example.org");
	package_add_property(&p, "com.oracle.linux.network.bootproto.0", "string", "static");
	package_add_property(&p, "com.oracle.linux.network.ipaddr.0", "string", "192.0.2.5");
	package_add_property(&p, "com.oracle.linux.network.netmask.0", "string", "255.255.254.0");
	package_add_property(&p, "com.oracle.linux.network.gateway.0", "string", "192.0.2.1");
	package_add_property(&p, "com.oracle.linux.network.dns-servers.0", "string",
			     "192.0.2.2, 192.0.2.3");
	g = package_plan(&p);
	label_is(g, "cidata");
	json = json_of(g, "meta-data", "");
	assert_string_equal(string(json, "instance-id"), g->uuid);
	assert_string_equal(string(json, "local-hostname"), "ol8.example.org");
	json_decref(json);
	json = json_of(g, "user-data", "#cloud-config\n");
	assert_string_equal(string(json_object_get(json, "chpasswd"), "list"), "root:geheim");
	json_decref(json);
	json = json_of(g, "network-config", "");
	card = json_object_get(json_object_get(json, "ethernets"), "eth0");
	assert_string_equal(string(json_object_get(card, "match"), "macaddress"), g->nics[0].mac);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(card, "addresses"), 0)),
		"192.0.2.5/23");
	assert_string_equal(string(card, "gateway4"), "192.0.2.1");
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(card, "nameservers"), "addresses")),
		2);
	json_decref(json);
	guest_free(g);
	p.properties[2].value = "dhcp";
	g = package_plan(&p);
	json = json_of(g, "network-config", "");
	card = json_object_get(json_object_get(json, "ethernets"), "eth0");
	assert_true(json_is_true(json_object_get(card, "dhcp4")));
	assert_null(json_object_get(card, "addresses"));
	json_decref(json);
	guest_free(g);
}

static void cloud_init_s_own_properties_are_not_lost(void **state)
{
	struct guest *g;
	struct buf text;
	json_t *json;

	(void)state;
	package_add_property(&p, "user-data", "string", "IyEvYmluL3NoCmVjaG8gImhpIHdvcmxkIgo=");
	package_add_property(&p, "public-keys", "string",
			     "ssh-ed25519 AAAA me\nssh-rsa BBBB you\n");
	g = package_plan(&p);
	text = file_of(g, "user-data");
	assert_string_equal(text.s, "#!/bin/sh\necho \"hi world\"\n");
	buf_clear(&text);
	json = json_of(g, "meta-data", "");
	assert_int_equal(json_array_size(json_object_get(json, "public-keys")), 2);
	json_decref(json);
	guest_free(g);
	package_add_property(&p, "password", "string", "geheim");
	g = package_plan(&p);
	text = file_of(g, "user-data"); /* both, in one */
	assert_memory_equal(text.s, "Content-Type: multipart/mixed", 29);
	assert_non_null(strstr(text.s, "#!/bin/sh\necho \"hi world\"\n"));
	assert_non_null(strstr(text.s, "\"password\": \"geheim\""));
	buf_clear(&text);
	guest_free(g);
	package_init(&p);
	p.answers.hostname = "h1", p.answers.user_data = "#cloud-config\nruncmd: [id]\n";
	g = package_plan(&p);
	text = file_of(g, "user-data");
	assert_string_equal(text.s, "#cloud-config\nruncmd: [id]\n");
	buf_clear(&text);
	guest_free(g);
}

static void a_guest_is_committed_whole_or_not_at_all(void **state)
{
	static const char *const owned[] = { "/disks/0", NULL };
	char config[256], state_dir[256], own[300], path[300];
	struct guest_dirs dirs = { config, state_dir };
	struct err e = { 0 };
	struct guest *g;
	struct stat st;

	snprintf(config, sizeof(config), "%s/xen", (const char *)*state);
	snprintf(state_dir, sizeof(state_dir), "%s/guests", (const char *)*state);
	package_init(&p);
	snprintf(own, sizeof(own), "%s/web", state_dir);
	p.storage.dir = own;
	package_add_property(&p, "password", "string", "geheim");
	g = package_plan(&p);
	assert_int_equal(guest_commit(g, &dirs, owned, &e), 0);
	assert_int_equal(stat(g->seed, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	snprintf(path, sizeof(path), "%s/web/guest.json", state_dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(guest_commit(g, &dirs, owned, &e), -EEXIST);
	assert_int_equal(guest_name_free(&dirs, "web", &e), -EEXIST);
	assert_int_equal(guest_name_free(&dirs, "web2", &e), 0);
	assert_int_equal(guest_name_free(&dirs, "../web2", &e), -EINVAL);
	guest_free(g);
	/* The configuration's place is no folder: nothing of it stays. */
	p.answers.name = "second";
	snprintf(own, sizeof(own), "%s/second", state_dir);
	g = package_plan(&p);
	dirs.config = path;
	assert_true(guest_commit(g, &dirs, owned, &e) < 0);
	snprintf(path, sizeof(path), "%s/second", state_dir);
	assert_int_equal(stat(path, &st), -1);
	guest_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_to_say_is_no_seed, fresh),
		cmocka_unit_test_setup(the_environment_is_valid_xml_of_the_schema, fresh),
		cmocka_unit_test_setup(oracle_s_properties_reach_cloud_init, fresh),
		cmocka_unit_test_setup(cloud_init_s_own_properties_are_not_lost, fresh),
		cmocka_unit_test_setup(a_guest_is_committed_whole_or_not_at_all, NULL),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
