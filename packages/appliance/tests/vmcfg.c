/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/model.h"

#include "../../libsocle/tests/test.h"

static struct err e;

static struct model *read_cfg(const char *text)
{
	struct model *m = NULL;
	int ret;

	e = (struct err){ 0 };
	ret = vmcfg_read(text, strlen(text), "vm.cfg", &m, &e);
	assert_int_equal(ret, e.code);
	return m;
}

/* As Oracle VM Server 3 wrote them. */
static const char template[] =
	"# OVM template\n"
	"OVM_simple_name = 'OVM_OL6'\n"
	"OVM_os_type = 'Oracle Linux 6'\n"
	"name = '0004fb00000600004e'\n"
	"builder = 'hvm'\n"
	"kernel = '/usr/lib/xen/boot/hvmloader'\n"
	"memory = '2048'\n"
	"maxmem = 4096L\n"
	"vcpus = 2\n"
	"on_reboot = 'restart'\n"
	"disk = ['file:/OVS/seed_pool/OVM_OL6/System.img,xvda,w',\n"
	"\t'file:/OVS/seed_pool/OVM_OL6/u01.img,hdb,w', # two\n"
	"\t',hdc:cdrom,r',]\n"
	"vif = ['mac=00:16:3e:12:34:56, bridge=xenbr0, type=netfront', '']\n";

static void an_oracle_template_is_understood(void **state)
{
	struct model *m = read_cfg(template);
	const struct model_machine *vm;

	(void)state;
	assert_non_null(m);
	assert_int_equal(m->n_warnings, 0);
	assert_string_equal(m->name, "OVM_OL6");
	vm = &m->machines[0];
	assert_int_equal(vm->virt, VIRT_HVM);
	assert_int_equal(vm->firmware, FIRMWARE_BIOS);
	assert_int_equal(vm->memory, UINT64_C(2048) << 20);
	assert_int_equal(vm->cpus, 2);
	assert_int_equal(vm->n_drives, 3);
	assert_string_equal(m->files[m->disks[vm->drives[0].disk].file].href, "System.img");
	assert_string_equal(m->disks[0].format, "raw");
	assert_int_equal(vm->drives[0].bus, BUS_XEN);
	assert_int_equal(vm->drives[1].bus, BUS_IDE);
	assert_int_equal(vm->drives[1].unit, 1);
	assert_int_equal(vm->drives[2].kind, DRIVE_CDROM);
	assert_int_equal(vm->drives[2].controller_no, 1);
	assert_int_equal(vm->n_nics, 2);
	assert_string_equal(vm->nics[0].mac, "00:16:3e:12:34:56");
	assert_string_equal(m->networks[vm->nics[0].network].name, "xenbr0");
	assert_string_equal(m->networks[vm->nics[1].network].name, "default");
	model_free(m);
}

static void what_would_act_on_the_host_is_dropped_and_named(void **state)
{
	static const struct {
		const char *line, *warning;
	} harm[] = {
		{ "bootloader = '/usr/bin/pygrub'",
		  "vm.cfg:2: bootloader dropped, it would run a program of this host" },
		{ "kernel = '/boot/vmlinuz'", "vm.cfg:2: kernel: \"/boot/vmlinuz\" dropped, it "
					      "would open a file of this host" },
		{ "device_model_override = '/tmp/x'",
		  "vm.cfg:2: device_model_override dropped, it would run a program of this host" },
		{ "device_model_args = ['-monitor', 'x']",
		  "vm.cfg:2: device_model_args dropped, it would run a program of this host" },
		{ "pci = ['0000:03:00.0']",
		  "vm.cfg:2: pci dropped, it would give the guest a device of this host" },
		{ "vncpasswd = 'x'",
		  "vm.cfg:2: vncpasswd dropped, it is a password that others know" },
		{ "serial = 'file:/etc/passwd'",
		  "vm.cfg:2: serial dropped, it would open a file of this host" },
		{ "vif = ['bridge=b,script=/tmp/x']",
		  "vm.cfg:2: vif: script=/tmp/x dropped, it would run a program of this host" },
		{ "disk = ['phy:/dev/sda,xvda,w']", "vm.cfg:2: disk: \"phy:/dev/sda,xvda,w\" "
						    "dropped, it is a device of another host" },
		{ "disk = ['format=raw,script=a.sh,vdev=xvda,target=a.img']",
		  "vm.cfg:2: disk: script=a.sh dropped, it would run a program of this host" },
		{ "disk = ['file:/etc/shadow,xvda,w']",
		  "vm.cfg:2: disk: \"/etc/shadow\" is taken from the package, as \"shadow\"" },
		{ "colour = 'red'", "vm.cfg:2: colour left out, Socle does not know it" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(harm) / sizeof(harm[0]); i++) {
		struct model *m;

		snprintf(text, sizeof(text), "name='a'\n%s\n", harm[i].line);
		m = read_cfg(text);
		assert_non_null(m);
		assert_int_equal(m->n_warnings, 1);
		assert_string_equal(m->warnings[0], harm[i].warning);
		assert_string_equal(m->machines[0].kernel, "");
		model_free(m);
	}
}

static void what_is_not_data_is_refused_by_line(void **state)
{
	static const struct {
		const char *text, *reason;
	} wrong[] = {
		{ "import os\n",
		  "vm.cfg:1: not of the form NAME = VALUE; this is Python, not data" },
		{ "name = os.uname()[4]\n", "vm.cfg:1: this is Python, not data" },
		{ "name = 'a' % 'b'\n", "vm.cfg:1: more than a value; this is Python, not data" },
		{ "name = 'a'\nif 1: memory = 2\n",
		  "vm.cfg:2: not of the form NAME = VALUE; this is Python, not data" },
		{ "\n\nname = 'a\n", "vm.cfg:3: a string is not closed" },
		{ "disk = ['a'\n\n", "vm.cfg:3: a list without its comma or its end" },
		{ "name = 'a'\nmemory = 'much'\n", "vm.cfg:2: memory is not a number" },
		{ "name = 'a'\nmemory = -1\n", "vm.cfg:2: memory is not a number" },
		{ "name = [[[[[[[[[[]]]]]]]]]]\n",
		  "vm.cfg:1: too many values, or too deeply nested" },
		{ "name = 'a'\ndisk = ['file:../x,xvda,w']\n",
		  "vm.cfg:2: disk: \"../x\" is not inside the package" },
		{ "", "vm.cfg: neither name, memory nor disk: no vm.cfg" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(read_cfg(wrong[i].text));
		assert_string_equal(err_text(&e), wrong[i].reason);
	}
}

static void pythons_ways_to_write_data_are_understood(void **state)
{
	struct model *m = read_cfg("name = u'a' \"b\" '''c''' # adjacent\n"
				   "memory = 0x200; vcpus = (2)\n"
				   "extra = 'x\\x41\\n' \\\n  r'\\d'\n"
				   "cpuid = {'a': [1, 2.5, True, None], }\n"
				   "disk = ('a.qcow2,qcow2,xvdb,rw',)\n");

	(void)state;
	assert_non_null(m);
	assert_string_equal(m->name, "abc");
	assert_int_equal(m->machines[0].memory, UINT64_C(512) << 20);
	assert_int_equal(m->machines[0].cpus, 2);
	assert_string_equal(m->machines[0].cmdline, "xA \\d");
	assert_string_equal(m->disks[0].format, "qcow2");
	assert_int_equal(m->machines[0].drives[0].unit, 1);
	model_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_oracle_template_is_understood),
		cmocka_unit_test(what_would_act_on_the_host_is_dropped_and_named),
		cmocka_unit_test(what_is_not_data_is_refused_by_line),
		cmocka_unit_test(pythons_ways_to_write_data_are_understood),
	};

	return cmocka_run_group_tests_name("vmcfg", tests, NULL, NULL);
}
