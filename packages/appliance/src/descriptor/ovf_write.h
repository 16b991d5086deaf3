/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the writer of OVF.
 */
#ifndef APPLIANCE_OVF_WRITE_H
#define APPLIANCE_OVF_WRITE_H

#include "appliance/model.h"
#include "xml_write.h"

struct writer {
	const struct model *m;
	struct xml_out x;
	bool two; /* OVF 2.0 */
};

void ovf_write_hardware(struct writer *w, const struct model_machine *vm);

#endif
