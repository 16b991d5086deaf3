/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of every model that was read from a stranger's descriptor.
 */
#ifndef APPLIANCE_FUZZ_DESCRIPTOR_H
#define APPLIANCE_FUZZ_DESCRIPTOR_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/model.h"

/* It crosses to the other process, and comes out the same. */
static inline void must_cross(const struct model *m)
{
	json_t *json = model_json(m), *again;
	struct model *copy = NULL;

	if (!json || model_from_json(json, &copy, NULL) < 0)
		abort();
	again = model_json(copy);
	if (!json_equal(json, again))
		abort();
	json_decref(again);
	json_decref(json);
	model_free(copy);
}

/* What is written of it can be read, and after that changes no more. */
static inline void must_settle(struct model *m, const char *version)
{
	struct buf text[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	struct model *now = m;

	for (size_t i = 0; i < m->n_disks; i++)
		if (m->disks[i].capacity == MODEL_UNKNOWN)
			m->disks[i].capacity = 1 << 30;
	for (int i = 0; i < 3; i++) {
		struct model *next = NULL;

		if (ovf_write(now, version, &text[i], NULL) < 0 ||
		    ovf_read(text[i].s, text[i].len, "again", NULL, &next, NULL) < 0)
			abort();
		if (now != m)
			model_free(now);
		now = next;
	}
	if (strcmp(text[1].s, text[2].s) != 0)
		abort();
	model_free(now);
	for (int i = 0; i < 3; i++)
		buf_clear(&text[i]);
}

/* Takes the model; an error must say something. */
static inline void judge(int ret, struct model *m, const struct err *e)
{
	if (ret < 0) {
		if (!*e->text || m)
			abort();
		return;
	}
	if (model_check(m, NULL) < 0)
		abort();
	must_cross(m);
	must_settle(m, "1.1");
	must_settle(m, "2.0");
	model_free(m);
}

#endif
