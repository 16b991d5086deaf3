/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the reader of OVF (DSP0243 1.0, 1.1, 2.0, 2.1, and VMware's 0.9).
 */
#ifndef APPLIANCE_OVF_H
#define APPLIANCE_OVF_H

#include <stdint.h>

#include "appliance/model.h"
#include "xml.h"

#define OVF_SOCLE_NS "urn:socle:ovf:1"

struct ovf {
	const char *name;	/* of the file, for messages */
	const char *option;	/* the deployment option, "" when there is none */
	const xmlNode *strings; /* the section with the messages of our language, or NULL */
	struct model *m;
	struct err *e;
};

/* "NAME:LINE: ELEMENT: ..."; returns -EINVAL. */
int ovf_fail(const struct ovf *o, const xmlNode *at, const char *fmt, ...) __format(3, 4);
void ovf_warn(const struct ovf *o, const xmlNode *at, const char *fmt, ...) __format(3, 4);

/* The version of OVF that an element's namespace is of, or NULL. */
const char *ovf_version_of(const xmlNode *node);

/* Whether an element is OVF's own, of whatever version. */
bool ovf_own(const xmlNode *node);

/* Whether a section has a name; 0.9 has it in xsi:type. */
bool ovf_section_is(const xmlNode *node, const char *name);

/* The text of an element, in our language when the package has it. */
const char *ovf_text(const struct ovf *o, const xmlNode *node);

/* An attribute that is "true" or "1"; absent: what is given. */
bool ovf_flag(const xmlNode *node, const char *name, bool absent);

/* Whether what is marked with this list of options (NULL: all) is for the chosen one. */
bool ovf_for_option(const struct ovf *o, const char *options);

/* One row for each section that is understood; read NULL: it is left out without a word. */
struct ovf_section {
	const char *name; /* NULL ends the table */
	int (*read)(struct ovf *o, struct model_machine *vm, const xmlNode *node);
};

/* Read a section by its row, or do what its "required" wants. */
int ovf_section(struct ovf *o, const struct ovf_section *rows, struct model_machine *vm,
		const xmlNode *node) __must_check;

/* What a vssd:VirtualSystemType says of the way that Xen must run the machine. */
enum model_virt ovf_virt(const char *type);

int ovf_references(struct ovf *o, struct model_machine *vm, const xmlNode *node) __must_check;
/* The DiskSection, once the references are read. */
int ovf_disks(struct ovf *o, struct model_machine *vm, const xmlNode *node) __must_check;
/* Those capacities in it that name a property, once the machines are read. */
int ovf_capacities(struct ovf *o, const xmlNode *section) __must_check;
int ovf_machine(struct ovf *o, const xmlNode *node) __must_check;
int ovf_hardware(struct ovf *o, struct model_machine *vm, const xmlNode *node) __must_check;
/* The machine's settings in VirtualBox's own format; may be called after ovf_hardware(). */
int ovf_vbox_machine(struct ovf *o, struct model_machine *vm, const xmlNode *node) __must_check;

#endif
