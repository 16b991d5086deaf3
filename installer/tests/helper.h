/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the planner share.  They run in the project's folder.
 */
#ifndef INSTALLER_TESTS_HELPER_H
#define INSTALLER_TESTS_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installer/plan.h"
#include "op.h"
#include "socle/fs.h"

#define TESTS "installer/tests/"

/* One plan with all that it is made of. */
struct bench {
	struct facts facts;
	struct answers answers;
	struct image image;
	struct plan plan;
	struct err e;
};

static inline void strings_add(struct ks_strings *list, const char *s)
{
	list->item = realloc(list->item, (list->count + 1) * sizeof(*list->item));
	assert_non_null(list->item);
	list->item[list->count++] = strdup(s);
}

/* The answers of a small kickstart file that erases the one disk there is. */
static inline void bench_open(struct bench *b, const char *machine)
{
	struct buf text = BUF_INIT;
	char path[128];

	*b = (struct bench){ 0 };
	snprintf(path, sizeof(path), TESTS "facts/%s.json", machine);
	assert_int_equal(fs_read(path, FACTS_FILE_MAX, &text, &b->e), 0);
	if (facts_parse(text.s, text.len, &b->facts, &b->e) < 0)
		fail_msg("%s: %s", path, err_text(&b->e));
	buf_clear(&text);
	if (image_load(TESTS "manifest.json", &b->image, &b->e) < 0)
		fail_msg("%s", err_text(&b->e));
	sha256_mem(machine, strlen(machine), b->answers.sha256);
	b->answers.root_password = strdup("correct horse battery");
	b->answers.root_pos.line = 4;
	b->answers.autopart = true;
	b->answers.zerombr = true;
	b->answers.clear = KS_CLEAR_ALL;
	b->answers.clear_pos.line = 2;
	b->answers.only_use_pos.line = 7;
	b->answers.ignore_pos.line = 8;
}

static inline struct ks_network *bench_network(struct bench *b)
{
	struct answers *a = &b->answers;

	a->networks = realloc(a->networks, (a->network_count + 1) * sizeof(*a->networks));
	assert_non_null(a->networks);
	a->networks[a->network_count] =
		(struct ks_network){ .pos.line = 20 + (unsigned int)a->network_count };
	return &a->networks[a->network_count++];
}

static inline int bench_plan(struct bench *b)
{
	plan_clear(&b->plan);
	b->e = (struct err){ 0 };
	return plan_make(&b->facts, &b->answers, &b->image, &b->plan, &b->e);
}

static inline void bench_close(struct bench *b)
{
	plan_clear(&b->plan);
	image_clear(&b->image);
	answers_clear(&b->answers);
	facts_clear(&b->facts);
}

/* The plan must be refused, in these words. */
static inline void assert_refused(struct bench *b, const char *words)
{
	if (bench_plan(b) == 0)
		fail_msg("not refused; expected: %s", words);
	assert_int_equal(b->e.code, -EPERM);
	if (!strstr(err_text(&b->e), words))
		fail_msg("refused with \"%s\", not with \"%s\"", err_text(&b->e), words);
}

static inline void assert_planned(struct bench *b)
{
	if (bench_plan(b) < 0)
		fail_msg("refused: %s", err_text(&b->e));
}

/* The text, or the target, of a file of the new system; NULL when the plan leaves it alone. */
static inline const char *planned_file(const struct plan *p, const char *path)
{
	for (size_t i = 0; i < p->op_count; i++) {
		const json_t *files = json_object_get(p->ops[i].args, "files");

		for (size_t n = 0; n < json_array_size(files); n++) {
			const json_t *file = json_array_get(files, n);
			const char *link = arg_string(file, "link");

			if (strcmp(arg_string(file, "path"), path) == 0)
				return *link ? link : arg_string(file, "text");
		}
	}
	return NULL;
}

/* Compare with tests/golden/NAME.txt; UPDATE_GOLDEN=1 writes it instead. */
static inline void assert_golden(const char *name, const char *text)
{
	struct buf want = BUF_INIT;
	struct err e = { 0 };
	char path[128];

	snprintf(path, sizeof(path), TESTS "golden/%s.txt", name);
	if (getenv("UPDATE_GOLDEN")) {
		if (fs_write(path, text, strlen(text), 0644, &e) < 0)
			fail_msg("%s", err_text(&e));
		return;
	}
	if (fs_read(path, 1 << 20, &want, &e) < 0)
		fail_msg("%s", err_text(&e));
	assert_string_equal(text, want.s);
	buf_clear(&want);
}

#endif
