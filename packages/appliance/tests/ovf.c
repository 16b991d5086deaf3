/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/model.h"

#include "../../libsocle/tests/test.h"

#define HEAD                                                               \
	"<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"     \
	" xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"          \
	" xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/" \
	"CIM_ResourceAllocationSettingData\"\n"                            \
	" xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/" \
	"CIM_VirtualSystemSettingData\"\n"                                 \
	" xmlns:vmw=\"http://www.vmware.com/schema/ovf\">\n"
#define HARDWARE "<VirtualHardwareSection><Info/></VirtualHardwareSection>"

static struct err e;

static struct model *read_ovf(const char *text, const char *option)
{
	struct model *m = NULL;
	int ret;

	e = (struct err){ 0 };
	ret = ovf_read(text, strlen(text), "x.ovf", option, &m, &e);
	assert_int_equal(ret, e.code);
	assert_true(ret == 0 ? m != NULL : *e.text);
	return m;
}

static void refused(const char *text, const char *reason)
{
	assert_null(read_ovf(text, NULL));
	assert_string_equal(err_text(&e), reason);
}

static void what_is_not_an_ovf_is_refused_by_line(void **state)
{
	(void)state;
	refused("", "x.ovf:1: Document is empty");
	refused("<a>\n<b>\n</a>", "x.ovf:3: Opening and ending tag mismatch: b line 2 and a");
	refused("<a/>", "x.ovf:1: a: not an OVF envelope");
	refused("<?xml version=\"1.0\"?>\n<!DOCTYPE Envelope [<!ENTITY x SYSTEM "
		"\"/etc/passwd\">]>\n"
		"<Envelope>&x;</Envelope>",
		"x.ovf:2: a DOCTYPE is not accepted");
	refused(HEAD "</Envelope>", "x.ovf:5: Envelope: there is no machine in it");
	refused(HEAD "<VirtualSystem ovf:id=\"a\"/></Envelope>",
		"x.ovf:6: VirtualSystem: has no VirtualHardwareSection");
}

static void names_outside_the_package_are_refused(void **state)
{
	static const char *const names[] = { "../a", "/etc/passwd", "http://a/b", "a/../../b",
					     "",     "a\\b",	    ".." };
	char text[1024], reason[256];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text),
			 HEAD "<References><File ovf:id=\"f\"\novf:href=\"%s\"/></References>"
			      "<VirtualSystem ovf:id=\"a\">" HARDWARE "</VirtualSystem></Envelope>",
			 names[i]);
		snprintf(reason, sizeof(reason),
			 "x.ovf:7: File: href: \"%s\" is not inside the package", names[i]);
		refused(text, reason);
	}
}

static void an_unknown_section_is_refused_unless_it_may_be_left_out(void **state)
{
	struct model *m;

	(void)state;
	refused(HEAD "<VirtualSystem ovf:id=\"a\">" HARDWARE
		     "<vmw:Odd ovf:required=\"true\"/></VirtualSystem></Envelope>",
		"x.ovf:6: Odd: a required section that Socle does not know");
	m = read_ovf(HEAD "<VirtualSystem ovf:id=\"a\">" HARDWARE
			  "<vmw:Odd ovf:required=\"false\"/></VirtualSystem></Envelope>",
		     NULL);
	assert_non_null(m);
	assert_int_equal(m->n_warnings, 1);
	assert_string_equal(m->warnings[0], "x.ovf:6: Odd: left out, Socle does not know it");
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_an_ovf_is_refused_by_line),
		cmocka_unit_test(names_outside_the_package_are_refused),
		cmocka_unit_test(an_unknown_section_is_refused_unless_it_may_be_left_out),
	};

	return cmocka_run_group_tests_name("ovf", tests, NULL, NULL);
}
