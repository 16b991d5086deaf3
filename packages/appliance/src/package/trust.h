/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef APPLIANCE_TRUST_H
#define APPLIANCE_TRUST_H

#include "appliance/signature.h"
#include "crypto.h"

/* Fill in who it is, and whether the trusted ones vouch for it (trust NULL: nobody does). */
void trust_judge(const struct trust *t, X509 *cert, STACK_OF(X509) * chain, struct signature *out);

#endif
