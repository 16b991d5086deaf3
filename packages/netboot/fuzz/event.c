/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as an installer's event and as its facts: whatever a machine becomes by
 * them can be kept and read again, and what was refused has changed nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "netboot/report.h"
#include "socle/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct machine known(void)
{
	return (struct machine){ .mac = "52-54-00-12-34-56",
				 .state = MACHINE_INSTALLING,
				 .assigned = "00112233445566778899aabbccddeeff" };
}

static void check(const struct machine *m)
{
	_cleanup_json_ json_t *json = machine_json(m), *other = NULL;
	struct machine again;

	if (machine_from_json(json, &again, NULL) < 0)
		abort();
	other = machine_json(&again);
	if (!json_equal(json, other))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct machine m = known(), before = m;
	enum report_change change;

	if (machine_take_facts(&m, (const char *)data, len, NULL) < 0 &&
	    memcmp(&m, &before, sizeof(m)) != 0)
		abort();
	check(&m);
	m = before;
	if (machine_take_event(&m, (const char *)data, len, 1, &change, NULL) < 0 &&
	    memcmp(&m, &before, sizeof(m)) != 0)
		abort();
	check(&m);
	return 0;
}
