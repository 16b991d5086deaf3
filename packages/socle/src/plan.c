/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle plan
 */
#include "installer/plan.h"

#include <stdio.h>

#include "messages.h"
#include "socle.h"
#include "socle/buf.h"
#include "socle/cleanup.h"

static const char *facts_file, *image_file;
static bool plan_as_json;

const struct cmd_opt plan_opts[] = {
	{ "facts", 0, OPT_STRING, "FILE", &facts_file, "of the machine, by 'socle facts'" },
	{ "image", 0, OPT_STRING, "FILE", &image_file, "manifest.json of the installation medium" },
	{ "json", 0, OPT_BOOL, NULL, &plan_as_json, "all of the plan as JSON" },
	{ 0 },
};

static int load_facts(struct facts *f, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	struct buf text = BUF_INIT;
	int ret;

	if (!facts_file) {
		ret = facts_of_this_machine(&json, e);
		return ret < 0 ? ret : facts_from_json(json, f, e);
	}
	ret = fs_read(facts_file, FACTS_FILE_MAX, &text, e);
	if (ret == 0) {
		ret = facts_parse(text.s, text.len, f, e);
		if (ret < 0)
			err_wrap(e, "%s", facts_file);
	}
	buf_clear(&text);
	return ret;
}

/* Who asked for JSON reads no sentence; the exit code is the same. */
static int refused(const struct plan *plan, const struct err *e)
{
	struct buf text = BUF_INIT;
	json_t *json;

	if (plan_as_json) {
		json = plan_refusal_json(plan, e);
		(void)print_json(json, JSON_INDENT(2));
		json_decref(json);
	} else if (!plan->candidate_count) {
		fail(e);
	} else {
		plan_print_refusal(plan, e, &text);
		fputs(text.s, stderr);
	}
	buf_clear(&text);
	return 1;
}

static int show(const struct facts *f, const struct answers *a, const struct image *i)
{
	struct plan plan = PLAN_INIT;
	struct buf text = BUF_INIT;
	struct err e = { 0 };
	json_t *json = NULL;
	int code = 0;

	if (plan_make(f, a, i, &plan, &e) < 0) {
		code = refused(&plan, &e);
	} else if (plan_as_json) {
		json = plan_json(&plan);
		code = print_json(json, JSON_INDENT(2));
	} else {
		plan_print(&plan, &text);
		fputs(text.s, stdout);
	}
	json_decref(json);
	buf_clear(&text);
	plan_clear(&plan);
	return code;
}

int run_plan(size_t argc, char **argv)
{
	struct loaded kickstart = { .text = BUF_INIT };
	struct facts facts = FACTS_INIT;
	struct image image = IMAGE_INIT;
	struct err e = { 0 };
	int ret = 0, code = 1;

	if (argc)
		ret = kickstart_load(argv[0], &kickstart, &e);
	messages_print(&kickstart);
	if (ret == 0)
		ret = load_facts(&facts, &e);
	if (ret == 0 && image_file)
		ret = image_load(image_file, &image, &e);
	if (ret == 0)
		code = show(&facts, &kickstart.answers, &image);
	else
		code = refused(&(struct plan){ 0 }, &e);
	image_clear(&image);
	facts_clear(&facts);
	kickstart_unload(&kickstart);
	return code;
}
