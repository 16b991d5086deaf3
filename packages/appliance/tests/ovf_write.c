/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glob.h>

#include "appliance/model.h"

#include "../../libsocle/tests/test.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

static struct err e;

/* The templates of open-vmdk and Oracle have words for what is filled in. */
static void fill_in(struct buf *text)
{
	static const struct {
		const char *word, *value;
	} words[] = {
		{ "@@NUM_CPUS@@", "2" },
		{ "@@MEM_SIZE@@", "1024" },
		{ "@@VMDK_FILE_SIZE@@", "77" },
		{ "@@VMDK_CAPACITY@@", "1073741824" },
		{ "@@FIRMWARE@@", "efi" },
		{ "@@NAME@@", "photon" },
		{ "${SIZE}", "77" },
		{ "${CAPACITY}", "1073741824" },
		{ "${OL_RELEASE}", "8" },
		{ "${OL_UPDATE}", "4" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct buf out = BUF_INIT;
		const char *s = text->s, *at;

		while ((at = strstr(s, words[i].word))) {
			buf_add(&out, s, (size_t)(at - s));
			buf_adds(&out, words[i].value);
			s = at + strlen(words[i].word);
		}
		buf_adds(&out, s);
		buf_clear(text);
		*text = out;
	}
}

static struct model *read_file(const char *path)
{
	struct buf text = BUF_INIT;
	struct model *m = NULL;
	size_t n = strlen(path);

	assert_int_equal(fs_read(path, 8 << 20, &text, &e), 0);
	fill_in(&text);
	if (strcmp(path + n - 4, ".vmx") == 0)
		(void)!vmx_read(text.s, text.len, path, &m, &e);
	else
		(void)!ovf_read(text.s, text.len, path, NULL, &m, &e);
	buf_clear(&text);
	for (size_t i = 0; m && i < m->n_disks; i++)
		if (m->disks[i].capacity == MODEL_UNKNOWN)
			m->disks[i].capacity = 1 << 30;
	return m;
}

/* All but what a written OVF does not tell: the source's own version, warnings and options. */
static json_t *essence(const struct model *m)
{
	json_t *json = model_json(m);

	assert_non_null(json);
	json_object_del(json, "kind");
	json_object_del(json, "version");
	json_object_del(json, "warnings");
	json_object_del(json, "options");
	return json;
}

static void same(const struct model *a, const struct model *b, const char *path)
{
	_cleanup_json_ json_t *x = essence(a), *y = essence(b);

	if (!json_equal(x, y)) {
		_cleanup_free_ char *s = json_dumps(x, JSON_INDENT(1));
		_cleanup_free_ char *t = json_dumps(y, JSON_INDENT(1));

		print_error("%s\n%s\n---\n%s\n", path, s, t);
		fail();
	}
}

/* DMTF's schema of OVF 1, whose imports have no place of their own. */
static void make_schema(const char *folder)
{
	static const struct {
		const char *ns, *file;
	} parts[] = {
		{ "http://www.w3.org/XML/1998/namespace", "xml.xsd" },
		{ "http://schemas.dmtf.org/wbem/wscim/1/common", "common.xsd" },
		{ "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData",
		  "CIM_VirtualSystemSettingData.xsd" },
		{ "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
		  "CIM_ResourceAllocationSettingData",
		  "CIM_ResourceAllocationSettingData.xsd" },
		{ "http://schemas.dmtf.org/ovf/envelope/1", "DSP8023.xsd" },
	};
	struct buf b = BUF_INIT;

	buf_adds(&b, "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		buf_addf(&b, "<xs:import namespace=\"%s\" schemaLocation=\"%s/%s\"/>\n",
			 parts[i].ns, folder, parts[i].file);
	buf_adds(&b, "</xs:schema>\n");
	assert_int_equal(fs_write("ovf.xsd", b.s, b.len, 0644, &e), 0);
	buf_clear(&b);
}

static void validate(const struct buf *ovf, const char *path)
{
	int ret;

	assert_int_equal(fs_write("x.ovf", ovf->s, ovf->len, 0644, &e), 0);
	ret = proc_cmd(&e, "xmllint", "--nonet", "--noout", "--schema", "ovf.xsd", "x.ovf", NULL);
	if (ret < 0) {
		print_error("%s: %s\n%s\n", path, err_text(&e), ovf->s);
		fail();
	}
}

static void round_trip(struct model *m, const char *version, const char *path)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct model *again = NULL;

	e = (struct err){ 0 };
	if (ovf_write(m, version, &once, &e) < 0 ||
	    ovf_read(once.s, once.len, "x.ovf", NULL, &again, &e) < 0) {
		print_error("%s: %s\n", path, err_text(&e));
		fail();
	}
	assert_int_equal(again->n_warnings, 0);
	same(m, again, path);
	assert_int_equal(ovf_write(again, version, &twice, &e), 0);
	assert_string_equal(once.s, twice.s);
	if (*version == '1')
		validate(&once, path);
	model_free(again);
	buf_clear(&once);
	buf_clear(&twice);
}

static size_t each(const char *corpus, const char *pattern)
{
	_cleanup_free_ char *whole = NULL;
	size_t done = 0;
	glob_t g;

	assert_true(asprintf(&whole, "%s/appliance/%s", corpus, pattern) > 0);
	assert_int_equal(glob(whole, 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct model *m = read_file(g.gl_pathv[i]);

		if (!m)
			continue;
		round_trip(m, "1.1", g.gl_pathv[i]);
		round_trip(m, "2.0", g.gl_pathv[i]);
		model_free(m);
		done++;
	}
	globfree(&g);
	return done;
}

static void what_strangers_describe_is_written_as_they_meant_it(void **state)
{
	const char *corpus = getenv("SOCLE_CORPUS");
	_cleanup_free_ char *schema = NULL;

	(void)state;
	if (!corpus)
		skip();
	assert_true(asprintf(&schema, "%s/appliance/xenadmin", corpus) > 0);
	make_schema(schema);
	assert_true(each(corpus, "*/*.ovf") + each(corpus, "*/*/*.ovf") >= 34);
	assert_true(each(corpus, "*/*.vmx") >= 8);
}

/* Everything that the model has, with every character that XML minds. */
static struct model *full_model(void)
{
	static const char *const keys[] = { "com.oracle.linux.root-password",
					    "com.oracle.linux.network.hostname",
					    "com.oracle.linux.network.ipaddr.0", "plain",
					    "web.title" };
	struct model *m = model_new();
	struct model_machine *vm;

	for (size_t i = 0; i < 2; i++) {
		struct model_file *f = model_add_file(m, &e);
		struct model_disk *d = model_add_disk(m, &e);
		const char *id = i ? "b & <c>" : "a";

		assert_int_equal(model_set_line(&f->id, id, &e), 0);
		assert_int_equal(model_set_line(&f->href, i ? "b & c.vmdk" : "a.raw", &e), 0);
		assert_int_equal(model_set_line(&d->id, id, &e), 0);
		assert_int_equal(model_set_line(&d->format, i ? "vmdk" : "raw", &e), 0);
		f->compression = i ? COMPRESSION_GZIP : COMPRESSION_NONE;
		f->chunk = i ? 1 << 20 : 0;
		f->size = 123456789012;
		d->file = i;
		d->capacity = UINT64_C(16) << 30;
	}
	m->disks[1].parent = 0;
	for (unsigned int i = 0; i < 2; i++) {
		vm = model_add_machine(m, &e);
		assert_int_equal(model_set_line(&vm->id, i ? "two" : "one", &e), 0);
		assert_int_equal(model_set_line(&vm->name, i ? "two" : "one \"1\" <&>", &e), 0);
		vm->start_order = 2 - i;
		vm->start_delay = 10 * i;
		vm->cpus = 4;
		vm->memory = (UINT64_C(1) << 30) + i;
		vm->virt = i ? VIRT_PV : VIRT_UNKNOWN;
		vm->firmware = i ? FIRMWARE_UEFI : FIRMWARE_UNKNOWN;
	}
	assert_int_equal(model_set_line(&vm->cmdline, "console=hvc0 \"x\"", &e), 0);
	assert_int_equal(model_set_line(&vm->kernel, "boot/vmlinuz", &e), 0);
	assert_int_equal(model_set_text(&vm->annotation, "line one\n\tline <two>", &e), 0);
	assert_int_equal(model_add_eula(vm, "No & no.\n\n]]> <b>", &e), 0);
	assert_int_equal(model_add_eula(vm, "Second", &e), 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct model_property *p = model_add_property(vm, &e);

		assert_int_equal(model_set_line(&p->key, keys[i], &e), 0);
		assert_int_equal(model_set_line(&p->type, "string", &e), 0);
		assert_int_equal(model_set_raw(&p->value, i ? " a\nb\t<\"'&> " : "", &e), 0);
		assert_int_equal(model_set_line(&p->category, i % 2 ? "Odd" : "", &e), 0);
		p->password = i == 0;
		p->has_value = i != 0;
		p->user_configurable = i != 2;
	}
	assert_int_equal(model_set_line(&m->name, m->machines[0].name, &e), 0);
	return m;
}

static void all_of_a_model_comes_back(void **state)
{
	struct model *m = full_model();
	struct buf out = BUF_INIT;

	(void)state;
	if (getenv("SOCLE_CORPUS"))
		round_trip(m, "1.1", "full");
	round_trip(m, "2.0", "full");
	assert_int_equal(ovf_write(m, "1.1", &out, &e), 0);
	assert_non_null(strstr(out.s, "<ProductSection ovf:class=\"com.oracle.linux.network\" "
				      "ovf:instance=\"0\">"));
	buf_clear(&out);
	model_free(m);
}

static void properties_that_take_turns_keep_their_order(void **state)
{
	static const char *const keys[] = { "a.x", "b.x", "a.y" };
	struct model *m = full_model();

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(model_set_line(&m->machines[1].properties[i].key, keys[i], &e), 0);
	round_trip(m, "2.0", "turns");
	model_free(m);
}

static void what_cannot_be_written_is_refused(void **state)
{
	struct model *m = full_model();
	struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(ovf_write(m, "3.0", &out, &e), -EINVAL);
	assert_string_equal(err_text(&e), "OVF: version \"3.0\": OVF is written as 1.1 or 2.0");
	m->disks[0].capacity = MODEL_UNKNOWN;
	assert_int_equal(ovf_write(m, "1.1", &out, &e), -EINVAL);
	assert_string_equal(err_text(&e), "OVF: disk a: its capacity is not known");
	assert_int_equal(out.len, 0);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_strangers_describe_is_written_as_they_meant_it),
		cmocka_unit_test(all_of_a_model_comes_back),
		cmocka_unit_test(properties_that_take_turns_keep_their_order),
		cmocka_unit_test(what_cannot_be_written_is_refused),
	};

	return cmocka_run_group_tests_name("ovf_write", tests, enter_folder, leave_folder);
}
