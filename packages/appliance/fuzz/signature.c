/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the signature of a manifest; nobody is trusted.
 */
#include "appliance/signature.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mf[] = "SHA256(x.ovf)= 00\n";
	struct signature s;
	struct err e = { 0 };

	if (signature_verify((const char *)data, size, "x.cert", NULL, mf, sizeof(mf) - 1, "x.mf",
			     &s, &e) < 0 &&
	    !*e.text)
		abort();
	if (s.trusted)
		abort();
	return 0;
}
