/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any JSON as a model, as it comes from a process that strangers may have taken over.
 */
#include "descriptor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, 0, NULL);
	struct model *m = NULL;
	struct err e = { 0 };

	if (!json)
		return 0;
	if (model_from_json(json, &m, &e) == 0) {
		if (model_check(m, NULL) < 0)
			abort();
		must_cross(m);
		model_free(m);
	} else if (!*e.text) {
		abort();
	}
	json_decref(json);
	return 0;
}
