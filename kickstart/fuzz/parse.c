/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <stdlib.h>

#include "kickstart/kickstart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ks_messages messages = { 0 };
	struct answers answers = ANSWERS_INIT;
	struct err e = { 0 };
	int ret = ks_parse((const char *)data, size, &answers, &messages, &e);

	/* The contract: refused if and only if there is an error, each at a place. */
	if ((ret == 0) != (messages.errors == 0))
		abort();
	for (size_t i = 0; i < messages.count; i++)
		if (!messages.item[i].pos.line || !messages.item[i].pos.column)
			abort();
	answers_clear(&answers);
	ks_messages_clear(&messages);
	return 0;
}
