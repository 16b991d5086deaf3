/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The descriptors of VMware's and XenServer's own.
 */
#include "appliance/model.h"

#include "../../libsocle/tests/test.h"

static struct err e;

static struct model *read_vmx(const char *text)
{
	struct model *m = NULL;
	int ret;

	e = (struct err){ 0 };
	ret = vmx_read(text, strlen(text), "x.vmx", &m, &e);
	assert_int_equal(ret, e.code);
	return m;
}

static struct model *read_xva(const char *text)
{
	struct model *m = NULL;
	int ret;

	e = (struct err){ 0 };
	ret = xva_read(text, strlen(text), "ova.xml", &m, &e);
	assert_int_equal(ret, e.code);
	return m;
}

static void a_vmx_in_any_case_and_order_is_understood(void **state)
{
	struct model *m = read_vmx("#!/usr/bin/vmware\r\n"
				   "SATA0:1.FILENAME = \"b.vmdk\"\r\n"
				   "sata0:1.present = \"TRUE\"\n"
				   "config.version = \"8\"\n"
				   "virtualHW.version = \"9\"\n"
				   "displayName = \"a |22b|22\"\n"
				   "memsize = \"512\"\n"
				   "firmware = \"EFI\"\n"
				   "scsi0.virtualDev = \"pvscsi\"\n"
				   "scsi0:0.present = \"true\"\n"
				   "scsi0:0.fileName = \"/vmfs/volumes/x/a.vmdk\"\n"
				   "scsi0:1.fileName = \"gone.vmdk\"\n"
				   "ide1:0.present = \"true\"\n"
				   "ide1:0.deviceType = \"cdrom-image\"\n"
				   "ide1:0.fileName = \"/iso/x.iso\"\n");
	const struct model_machine *vm;

	(void)state;
	assert_non_null(m);
	vm = &m->machines[0];
	assert_string_equal(vm->name, "a \"b\"");
	assert_string_equal(vm->hardware, "vmx-09");
	assert_int_equal(vm->firmware, FIRMWARE_UEFI);
	assert_int_equal(vm->memory, UINT64_C(512) << 20);
	assert_int_equal(vm->cpus, 1);
	assert_int_equal(vm->n_drives, 3);
	assert_string_equal(m->files[m->disks[vm->drives[0].disk].file].href, "a.vmdk");
	assert_string_equal(vm->drives[0].controller, "pvscsi");
	assert_int_equal(vm->drives[1].bus, BUS_SATA);
	assert_int_equal(vm->drives[1].unit, 1);
	assert_int_equal(vm->drives[2].file, MODEL_NONE);
	assert_int_equal(m->n_warnings, 2);
	assert_string_equal(m->warnings[0],
			    "x.vmx:11: \"/vmfs/volumes/x/a.vmdk\" is taken from the "
			    "package, as \"a.vmdk\"");
	assert_string_equal(m->warnings[1], "x.vmx:15: the medium \"/iso/x.iso\" is left out");
	model_free(m);
}

static void a_vmx_that_cannot_be_read_is_refused_by_line(void **state)
{
	static const struct {
		const char *text, *reason;
	} wrong[] = {
		{ "hello\n", "x.vmx:1: \"hello\" is not of the form KEY = \"VALUE\"" },
		{ "a = \"b\nc = \"d\"\n", "x.vmx:1: \"b\" has no closing quote" },
		{ "a = \"b\"\n", "x.vmx: has no config.version, not a VMX file" },
		{ "config.version = \"8\"\nmemsize = \"much\"\n",
		  "x.vmx:2: \"much\" is not a number, or too large" },
		{ "config.version = \"8\"\nencryption.keySafe = \"vmware:key/x\"\n",
		  "x.vmx:2: \"encryption.keySafe\" an encrypted machine cannot be read" },
		{ "config.version = \"8\"\nscsi0:0.present = \"TRUE\"\n",
		  "x.vmx: the disk scsi0:0 has no fileName" },
		{ "config.version = \"8\"\nscsi0:0.present = \"TRUE\"\n"
		  "scsi0:0.fileName = \"a/../../b\"\n",
		  "x.vmx:3: \"a/../../b\" is not inside the package" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(read_vmx(wrong[i].text));
		assert_string_equal(err_text(&e), wrong[i].reason);
	}
}

#define M(name, value)	"<member><name>" name "</name><value>" value "</value></member>\n"
#define STRUCT(members) "<struct>" members "</struct>"
#define OBJECT(class, id, members)                                                                 \
	"<value><struct>" M("class", class) M("id", id) M("snapshot", STRUCT(members)) "</struct>" \
										       "</value>"
#define XVA(objects)                                                                         \
	"<?xml version=\"1.0\"?>\n<value><struct>" M(                                        \
		"version",                                                                   \
		STRUCT(M("product_version", "<string>8.2.1</string>") M("xapi_major", "1"))) \
		M("objects", "<array><data>" objects "</data></array>") "</struct></value>"

static void an_xva_is_understood(void **state)
{
	struct model *m = read_xva(XVA(
		OBJECT("VBD", "Ref:4",
		       M("VM", "Ref:0") M("VDI", "Ref:6") M("userdevice", "0") M(
			       "type", "Disk")) OBJECT("VBD", "Ref:5",
						       M("VM", "Ref:0") M("VDI", "OpaqueRef:NULL")
							       M("userdevice", "3") M("type", "CD"))
			OBJECT("VIF", "Ref:7",
			       M("VM", "Ref:0") M("network", "Ref:8") M("device", "0")
				       M("MAC", "AA:BB:CC:00:11:22"))
				OBJECT("network", "Ref:8", M("name_label", "Pool-wide")) OBJECT(
					"VDI", "Ref:6", M("virtual_size", "10737418240"))
					OBJECT("VM", "Ref:0",
					       M("name_label", "web &amp; co") M(
						       "memory_dynamic_max", "1073741824")
						       M("VCPUs_at_startup", "2") M("domain_type",
										    "hvm")
							       M("HVM_boot_"
								 "params",
								 STRUCT(M("firmware", "uefi"))))));
	const struct model_machine *vm;

	(void)state;
	assert_non_null(m);
	assert_int_equal(m->kind, MODEL_XVA);
	assert_string_equal(m->version, "8.2.1");
	vm = &m->machines[0];
	assert_string_equal(vm->name, "web & co");
	assert_int_equal(vm->virt, VIRT_HVM);
	assert_int_equal(vm->firmware, FIRMWARE_UEFI);
	assert_int_equal(vm->cpus, 2);
	assert_int_equal(vm->n_drives, 2);
	assert_int_equal(m->disks[vm->drives[0].disk].capacity, UINT64_C(10) << 30);
	assert_string_equal(m->files[0].href, "Ref:6");
	assert_int_equal(m->files[0].chunk, 1 << 20);
	assert_int_equal(vm->drives[1].kind, DRIVE_CDROM);
	assert_int_equal(vm->drives[1].unit, 3);
	assert_string_equal(vm->nics[0].mac, "aa:bb:cc:00:11:22");
	assert_string_equal(m->networks[vm->nics[0].network].name, "Pool-wide");
	model_free(m);
}

static void an_xva_that_cannot_be_read_is_refused_by_line(void **state)
{
	static const struct {
		const char *text, *reason;
	} wrong[] = {
		{ "<a/>", "ova.xml:1: not an XVA's ova.xml" },
		{ "<appliance version=\"0.1\"/>",
		  "ova.xml:1: an XVA of a Xen before XenServer 4.1" },
		{ "<value/>", "ova.xml:1: there are no objects" },
		{ XVA(""), "ova.xml:2: there is no machine in it" },
		{ XVA("<value><int>1</int></value>"),
		  "ova.xml:5: an object without class, id or snapshot" },
		{ XVA(OBJECT("VDI", "../x", "")), "ova.xml:7: a reference that is no name" },
		{ XVA(OBJECT("VDI", "Ref:1", "")), "ova.xml:7: a VDI without virtual_size" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(read_xva(wrong[i].text));
		assert_string_equal(err_text(&e), wrong[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vmx_in_any_case_and_order_is_understood),
		cmocka_unit_test(a_vmx_that_cannot_be_read_is_refused_by_line),
		cmocka_unit_test(an_xva_is_understood),
		cmocka_unit_test(an_xva_that_cannot_be_read_is_refused_by_line),
	};

	return cmocka_run_group_tests_name("vmx_xva", tests, NULL, NULL);
}
