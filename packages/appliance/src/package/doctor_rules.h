/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef APPLIANCE_DOCTOR_RULES_H
#define APPLIANCE_DOCTOR_RULES_H

#include "appliance/model.h"

/* The findings for a target, of what doctor.c has gathered. */
json_t *doctor_judge(const json_t *facts, const struct model *m, const char *target);

#endif
