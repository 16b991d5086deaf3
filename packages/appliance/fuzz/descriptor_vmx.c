/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a VMX.
 */
#include "descriptor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model *m = NULL;
	struct err e = { 0 };

	int ret = vmx_read((const char *)data, size, "x", &m, &e);

	judge(ret, m, &e);
	return 0;
}
