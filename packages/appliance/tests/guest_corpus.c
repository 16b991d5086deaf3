/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configurations of packages that nobody here made, against files in golden/.
 * "GOLDEN=write" in the environment writes them.
 */
#include "appliance/guest.h"

#include <ctype.h>
#include <glob.h>

#include "../../libsocle/tests/test.h"
#include "socle/fs.h"

#define GOLDEN "packages/appliance/tests/golden/"

static const char *corpus;

static int has_corpus(void **state)
{
	(void)state;
	corpus = getenv("SOCLE_CORPUS");
	return 0;
}

static void need_corpus(void)
{
	if (corpus)
		return;
	print_message("skipped: SOCLE_CORPUS does not name a folder of packages\n");
	skip();
}

/* Oracle's is a template of a template: "${SIZE}" stands for a number. */
static void fill_in(struct buf *text)
{
	for (char *s = text->s; (s = strstr(s, "${"));) {
		size_t len = strcspn(s, "}") + 1;

		*s = '8';
		memmove(s + 1, s + len, strlen(s + len) + 1);
	}
	text->len = strlen(text->s);
}

/* "cot/input.ovf" to a model, or NULL when it is refused. */
static struct model *model_of(const char *path)
{
	struct buf text = BUF_INIT;
	struct err e = { 0 };
	struct model *m = NULL;
	int ret;

	assert_int_equal(fs_read_regular(path, 1 << 23, &text, &e), 0);
	fill_in(&text);
	ret = ovf_read(text.s, text.len, path, NULL, &m, &e);
	buf_clear(&text);
	assert_int_equal(ret == 0, m != NULL);
	return m;
}

/* Disks and media as an import would have them. */
struct places {
	struct guest_volume disks[64], files[64];
	char disk_paths[64][64], file_paths[64][64];
	struct guest_storage storage;
};

static void place(const struct model *m, const struct boot *boot, struct places *p)
{
	memset(p, 0, sizeof(*p));
	assert_true(m->n_disks <= 64 && m->n_files <= 64);
	for (size_t i = 0; i < m->n_disks; i++) {
		snprintf(p->disk_paths[i], 64, "/dev/socle/x-disk%zu", i);
		p->disks[i] = (struct guest_volume){ p->disk_paths[i], "raw", boot };
	}
	for (size_t i = 0; i < m->n_files; i++) {
		snprintf(p->file_paths[i], 64, "/var/lib/socle/guests/x/file%zu", i);
		p->files[i] = (struct guest_volume){ p->file_paths[i], "raw", NULL };
	}
	p->storage = (struct guest_storage){ p->disks, m->n_disks, p->files, m->n_files,
					     "/var/lib/socle/guests/x" };
}

static void plan_text(const struct model *m, size_t machine, const struct boot *boot,
		      struct buf *out)
{
	struct guest_answers a = { .source = "the corpus" };
	struct places p;
	struct err e = { 0 };
	struct guest *g;

	place(m, boot, &p);
	if (guest_plan(m, machine, &a, &p.storage, &g, &e) != 0)
		fail_msg("%s", err_text(&e));
	assert_int_equal(guest_xl(g, out, &e), 0);
	for (size_t i = 0; i < g->n_problems; i++)
		buf_addf(out, "# %s: %s\n", g->problems[i].id, g->problems[i].text);
	guest_free(g);
}

static void compare(const char *name, const struct buf *got)
{
	struct buf want = BUF_INIT;
	struct err e = { 0 };
	char path[256];

	snprintf(path, sizeof(path), GOLDEN "%s", name);
	if (getenv("GOLDEN"))
		assert_int_equal(fs_write(path, got->s, got->len, 0644, &e), 0);
	assert_int_equal(fs_read(path, 1 << 20, &want, &e), 0);
	assert_string_equal(got->s, want.s);
	buf_clear(&want);
}

static void configurations_are_the_golden_ones(void **state)
{
	static const struct {
		const char *ovf, *golden;
		unsigned int ways;
	} rows[] = {
		{ "oracle-vm/OVM_TEMPLATE.ovf", "oracle-linux.cfg", BOOT_BIOS },
		{ "cot/input.ovf", "cisco-iosv.cfg", BOOT_BIOS },
		{ "cot/csr1000v_2017.ovf", "cisco-csr1000v.cfg", BOOT_BIOS },
		{ "cloud-init/ubuntu-server.ovf", "ubuntu-server.cfg", BOOT_BIOS | BOOT_UEFI_X64 },
		{ "xenadmin/sample_app.ovf", "xenadmin.cfg", 0 },
		{ "virt-v2v/test-i-ova-two-disks.ovf", "two-disks.cfg", BOOT_BIOS },
	};

	(void)state;
	need_corpus();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct boot boot = { .ways = rows[i].ways };
		struct buf text = BUF_INIT;
		char path[512];
		struct model *m;

		snprintf(path, sizeof(path), "%s/appliance/%s", corpus, rows[i].ovf);
		m = model_of(path);
		if (!m)
			fail_msg("%s is refused", path);
		plan_text(m, 0, &boot, &text);
		compare(rows[i].golden, &text);
		buf_clear(&text);
		model_free(m);
	}
}

/* Whatever is understood has a plan: no machine of the corpus is a dead end. */
static void every_machine_of_the_corpus_has_a_plan(void **state)
{
	char pattern[512];
	size_t machines = 0;
	glob_t files;

	(void)state;
	need_corpus();
	snprintf(pattern, sizeof(pattern), "%s/appliance/*/*.ovf", corpus);
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct model *m = model_of(files.gl_pathv[i]);

		for (size_t k = 0; m && k < m->n_machines; k++) {
			struct buf text = BUF_INIT;

			plan_text(m, k, NULL, &text);
			machines++;
			buf_clear(&text);
		}
		model_free(m);
	}
	globfree(&files);
	print_message("%zu machines\n", machines);
	assert_true(machines >= 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(configurations_are_the_golden_ones, has_corpus),
		cmocka_unit_test_setup(every_machine_of_the_corpus_has_a_plan, has_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
