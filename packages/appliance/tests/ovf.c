/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/model.h"

#include "../../libsocle/tests/test.h"
#include "socle/buf.h"

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

#define ITEM(fields)  "<Item>" fields "</Item>\n"
#define R(name, text) "<rasd:" name ">" text "</rasd:" name ">"
#define VM(items)                                                                        \
	HEAD "<References><File ovf:id=\"f\" ovf:href=\"a.vmdk\"/></References>"         \
	     "<DiskSection><Disk ovf:diskId=\"d\" ovf:fileRef=\"f\" ovf:capacity=\"1\" " \
	     "ovf:capacityAllocationUnits=\"byte * 2^30\"/></DiskSection>"               \
	     "<VirtualSystem ovf:id=\"a\"><VirtualHardwareSection>" items                \
	     "</VirtualHardwareSection></VirtualSystem></Envelope>"

static void memory_is_in_the_units_of_every_dialect(void **state)
{
	static const struct {
		const char *units, *quantity;
		uint64_t bytes;
	} sizes[] = {
		{ "byte * 2^20", "512", UINT64_C(512) << 20 },
		{ "byte*2^30", "1", UINT64_C(1) << 30 },
		{ "MegaBytes", "512", UINT64_C(512) << 20 },
		{ "MB", "512", UINT64_C(512) << 20 },
		{ "GigaBytes", "2", UINT64_C(2) << 30 },
		{ "byte * 1024 * 1024", "8", UINT64_C(8) << 20 },
		{ "byte * 10^6", "512", 512000000 },
		{ "byte", "536870912", UINT64_C(512) << 20 },
		{ "", "512", UINT64_C(512) << 20 },
		{ "", "536870912", UINT64_C(512) << 20 },
	};
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct model *m;

		snprintf(text, sizeof(text),
			 VM(ITEM(R("ResourceType", "4") R("AllocationUnits", "%s")
					 R("VirtualQuantity", "%s"))),
			 sizes[i].units, sizes[i].quantity);
		m = read_ovf(text, NULL);
		assert_non_null(m);
		assert_int_equal(m->machines[0].memory, sizes[i].bytes);
		assert_int_equal(m->disks[0].capacity, UINT64_C(1) << 30);
		model_free(m);
	}
	refused(VM(ITEM(R("ResourceType", "4") R("AllocationUnits", "bananas")
				R("VirtualQuantity", "1"))),
		"x.ovf:6: Item: \"bananas\" is no unit of memory");
	refused(VM(ITEM(R("ResourceType", "4") R("AllocationUnits", "byte * 2^60")
				R("VirtualQuantity", "99"))),
		"x.ovf:6: Item: 99 byte * 2^60 of memory");
}

static void a_drive_names_its_disk_in_every_form(void **state)
{
	static const char *const forms[] = { "ovf:/disk/d", "/disk/d", "ovf://disk/d",
					     "ovf:disk/d",  "d",       "ovf:/file/f",
					     "group/d" };
	char text[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct model *m;

		snprintf(text, sizeof(text),
			 VM(ITEM(R("ResourceType", "17") R("HostResource", "%s"))), forms[i]);
		m = read_ovf(text, NULL);
		assert_non_null(m);
		assert_int_equal(m->machines[0].n_drives, 1);
		assert_int_equal(m->disks[m->machines[0].drives[0].disk].file, 0);
		model_free(m);
	}
	refused(VM(ITEM(R("ResourceType", "17") R("HostResource", "ovf:/disk/x"))),
		"x.ovf:6: HostResource: there is no disk or file \"ovf:/disk/x\"");
	refused(VM(ITEM(R("ResourceType", "17") R("HostResource", "d") R("Parent", "9"))),
		"x.ovf:6: Parent: there is no controller 9");
	refused(VM(ITEM(R("ResourceType", "17") R("HostResource", "d"))
			   ITEM(R("ResourceType", "17") R("HostResource", "/disk/d"))),
		"x.ovf:7: HostResource: the machine has the disk \"d\" twice");
}

static void drives_of_two_controllers_may_have_the_same_place(void **state)
{
	struct model *m = read_ovf(
		VM(ITEM(R("ResourceType", "17") R("HostResource", "d") R("Parent", "8") R(
			"AddressOnParent", "0")) ITEM(R("ResourceType", "15") R("Parent", "9")
							      R("AddressOnParent", "0"))
			   ITEM(R("ResourceType", "15") R("Parent", "9") R("AddressOnParent", "0"))
				   ITEM(R("ResourceType", "6") R("InstanceID", "8")
						R("Address", "0"))
					   ITEM(R("ResourceType", "6") R("InstanceID", "9")
							R("Address", "0"))),
		NULL);
	const struct model_drive_use *d;

	(void)state;
	assert_non_null(m);
	d = m->machines[0].drives;
	assert_int_equal(d[0].controller_no, 0);
	assert_int_equal(d[1].controller_no, 1);
	assert_int_equal(d[1].unit, 0);
	assert_int_equal(d[2].unit, 1);
	assert_int_equal(m->n_warnings, 1);
	model_free(m);
}

static void an_option_chooses_items_and_values(void **state)
{
	static const char text[] = HEAD
		"<DeploymentOptionSection><Configuration ovf:id=\"s\"/>"
		"<Configuration ovf:id=\"l\"/></DeploymentOptionSection>"
		"<VirtualSystem ovf:id=\"a\"><VirtualHardwareSection>"
		"<Item ovf:bound=\"max\"><rasd:InstanceID>1</rasd:InstanceID>"
		"<rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>9</"
		"rasd:VirtualQuantity>"
		"</Item><Item ovf:configuration=\"l x\"><rasd:InstanceID>1</rasd:InstanceID>"
		"<rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>4</"
		"rasd:VirtualQuantity>"
		"</Item><Item><rasd:InstanceID>1</rasd:InstanceID><rasd:ResourceType>3</"
		"rasd:ResourceType>"
		"<rasd:VirtualQuantity>2</rasd:VirtualQuantity></Item></VirtualHardwareSection>"
		"<ProductSection ovf:class=\"c\" ovf:instance=\"i\"><Property ovf:key=\"k\" "
		"ovf:type=\"int\" ovf:value=\"1\"><Value ovf:configuration=\"l\" ovf:value=\"2\"/>"
		"</Property></ProductSection></VirtualSystem></Envelope>";
	struct model *small = read_ovf(text, NULL), *large = read_ovf(text, "l");

	(void)state;
	assert_non_null(small);
	assert_non_null(large);
	assert_true(small->options[0].chosen && large->options[1].chosen);
	assert_int_equal(small->machines[0].cpus, 2);
	assert_int_equal(large->machines[0].cpus, 4);
	assert_string_equal(small->machines[0].properties[0].key, "c.k.i");
	assert_string_equal(small->machines[0].properties[0].value, "1");
	assert_string_equal(large->machines[0].properties[0].value, "2");
	model_free(small);
	model_free(large);
	assert_null(read_ovf(text, "m"));
	assert_string_equal(err_text(&e), "x.ovf: there is no deployment option \"m\"");
}

static void machines_of_a_collection_share_and_start_in_order(void **state)
{
	struct model *m = read_ovf(
		HEAD
		"<VirtualSystemCollection ovf:id=\"c\"><StartupSection>"
		"<Item ovf:id=\"b\" ovf:order=\"1\" ovf:startDelay=\"30\"/>"
		"<Item ovf:id=\"a\" ovf:order=\"2\"/></StartupSection>"
		"<ProductSection><Property ovf:key=\"shared\" ovf:type=\"string\"/>"
		"</ProductSection><EulaSection><License ovf:msgid=\"m\">no</License></EulaSection>"
		"<VirtualSystem ovf:id=\"a\">" HARDWARE
		"<ProductSection><Property ovf:key=\"shared\" ovf:type=\"int\"/>"
		"</ProductSection></VirtualSystem>"
		"<VirtualSystem ovf:id=\"b\">" HARDWARE "</VirtualSystem>"
		"</VirtualSystemCollection><Strings xml:lang=\"en-US\">"
		"<Msg ovf:msgid=\"m\">yes</Msg></Strings></Envelope>",
		NULL);

	(void)state;
	assert_non_null(m);
	assert_int_equal(m->n_machines, 2);
	assert_int_equal(m->machines[0].start_order, 2);
	assert_int_equal(m->machines[1].start_order, 1);
	assert_int_equal(m->machines[1].start_delay, 30);
	assert_int_equal(m->machines[0].n_properties, 1);
	assert_string_equal(m->machines[0].properties[0].type, "int");
	assert_string_equal(m->machines[1].properties[0].key, "shared");
	assert_string_equal(m->machines[1].eulas[0], "yes");
	model_free(m);
}

static void a_bomb_is_not_read_to_its_end(void **state)
{
	struct buf text = BUF_INIT;
	struct model *m = NULL;

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_adds(&text, "<a>");
	assert_int_equal(ovf_read(text.s, text.len, "x.ovf", NULL, &m, &e), -EINVAL);
	assert_string_equal(err_text(&e), "x.ovf:1: nested too deeply");
	buf_clear(&text);
	buf_adds(&text, "<a>\n");
	for (int i = 0; i < 200001; i++)
		buf_adds(&text, "<a/>");
	assert_int_equal(ovf_read(text.s, text.len, "x.ovf", NULL, &m, &e), -EINVAL);
	assert_string_equal(err_text(&e), "x.ovf:2: too many elements");
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_an_ovf_is_refused_by_line),
		cmocka_unit_test(names_outside_the_package_are_refused),
		cmocka_unit_test(an_unknown_section_is_refused_unless_it_may_be_left_out),
		cmocka_unit_test(memory_is_in_the_units_of_every_dialect),
		cmocka_unit_test(a_drive_names_its_disk_in_every_form),
		cmocka_unit_test(drives_of_two_controllers_may_have_the_same_place),
		cmocka_unit_test(an_option_chooses_items_and_values),
		cmocka_unit_test(machines_of_a_collection_share_and_start_in_order),
		cmocka_unit_test(a_bomb_is_not_read_to_its_end),
	};

	return cmocka_run_group_tests_name("ovf", tests, NULL, NULL);
}
