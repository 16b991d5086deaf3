/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as facts and as a manifest.  Facts that are accepted are planned
 * for, since the planner trusts what the parser has let through.
 */
#include <stddef.h>
#include <stdint.h>

#include "installer/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void plan_any(const struct facts *f)
{
	char word[] = "word";
	struct answers answers = { .clear = KS_CLEAR_ALL, .root_password = word };
	struct image image = IMAGE_INIT;
	struct plan plan = PLAN_INIT;
	struct buf text = BUF_INIT;
	struct err e = { 0 };

	if (plan_make(f, &answers, &image, &plan, &e) == 0)
		plan_print(&plan, &text);
	else
		plan_print_refusal(&plan, &e, &text);
	buf_clear(&text);
	plan_clear(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct facts f = FACTS_INIT;
	struct image i = IMAGE_INIT;

	if (facts_parse((const char *)data, len, &f, NULL) == 0)
		plan_any(&f);
	facts_clear(&f);
	if (image_parse((const char *)data, len, &i, NULL) == 0)
		image_find(&i, "x");
	image_clear(&i);
	return 0;
}
