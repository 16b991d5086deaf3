/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "socle host show", from recorded reports.
 */
#include "host.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "socle/fs.h"
#include "socle/proc.h"

#define VGS                                                                          \
	"{\"report\":[{\"vg\":[{\"vg_name\":\"socle\",\"vg_size\":\"107374182400\"," \
	"\"vg_free\":\"1073741824\"}]}],\"log\":[]}"
#define LVS                                                                             \
	"{\"report\":[{\"lv\":[{\"lv_name\":\"guests\",\"lv_attr\":\"twi-aotz--\","     \
	"\"lv_size\":\"85899345920\",\"data_percent\":\"25.00\"},"                      \
	"{\"lv_name\":\"state\",\"lv_attr\":\"-wi-ao----\",\"lv_size\":\"8589934592\"," \
	"\"data_percent\":\"\"}]}]}"

static void test_pools_are_read_from_lvm(void **state)
{
	(void)state;
	json_t *storage, *pool;
	struct err e = { 0 };

	assert_int_equal(host_storage_parse(VGS, LVS, &storage, &e), 0);
	assert_int_equal(json_array_size(json_object_get(storage, "pools")), 1);
	pool = json_array_get(json_object_get(storage, "pools"), 0);
	assert_string_equal(json_string_value(json_object_get(pool, "name")), "guests");
	assert_int_equal(json_integer_value(json_object_get(pool, "used")), 85899345920 / 4);
	json_decref(storage);
	assert_int_equal(host_storage_parse("", "x", &storage, &e), -EINVAL);
	assert_int_equal(host_storage_parse("{\"report\":[]}", "{}", &storage, &e), -EINVAL);
	assert_null(storage);
}

static void test_bridges_have_ports(void **state)
{
	(void)state;
	char sys[] = "/tmp/socle-test-XXXXXX", path[128];
	json_t *network, *bridge;
	struct err e = { 0 };

	assert_non_null(mkdtemp(sys));
	snprintf(path, sizeof(path), "%s/xenbr0/brif/eth0", sys);
	assert_int_equal(fs_mkdirs(path, 0755, &e), 0);
	snprintf(path, sizeof(path), "%s/eth0", sys);
	assert_int_equal(fs_mkdirs(path, 0755, &e), 0);
	snprintf(path, sizeof(path), "%s/xenbr0/operstate", sys);
	assert_int_equal(fs_write(path, "up\n", 3, 0644, &e), 0);
	assert_int_equal(host_network(sys, &network, &e), 0);
	assert_int_equal(json_array_size(network), 1);
	bridge = json_array_get(network, 0);
	assert_string_equal(json_string_value(json_object_get(bridge, "name")), "xenbr0");
	assert_string_equal(json_string_value(json_object_get(bridge, "state")), "up");
	assert_string_equal(json_string_value(json_array_get(json_object_get(bridge, "ports"), 0)),
			    "eth0");
	json_decref(network);
	assert_int_equal(proc_cmd(&e, "rm", "-r", sys, NULL), 0);
}

static void test_slot_is_a_kernel_argument(void **state)
{
	(void)state;
	char value[16];

	assert_string_equal(
		host_argument("root=x socle.slot=b quiet\n", "socle.slot", value, sizeof(value)),
		"b");
	assert_string_equal(host_argument("socle.slot=a\n", "socle.slot", value, sizeof(value)),
			    "a");
	assert_null(
		host_argument("xsocle.slot=a socle.slotx=b\n", "socle.slot", value, sizeof(value)));
	assert_null(host_argument("", "socle.slot", value, sizeof(value)));
}

static void test_people_see_aligned_columns(void **state)
{
	(void)state;
	static const char want[] =
		"Socle     0.1.0, slot a\n"
		"Xen       4.20.3 with hvm pv\n"
		"CPUs      8, 2 threads a core, 4 cores a socket, 1 NUMA node\n"
		"Memory    64 GiB, 60.5 GiB free, 2 GiB dom0\n"
		"Storage   socle: 100 GiB, 1 GiB free\n"
		"          pool guests: 80 GiB, 20 GiB used\n"
		"Network   xenbr0 (up) 192.0.2.10/24 2001:db8::10/64, ports eno1 vif1.0\n"
		"          xenbr1 (down)\n";
	json_t *storage, *host;
	char *text = NULL;
	size_t len;
	FILE *to;

	assert_int_equal(host_storage_parse(VGS, LVS, &storage, NULL), 0);
	host = json_pack("{s:s, s:s, s:{s:s, s:[s,s]}, s:{s:i,s:i,s:i,s:i}, s:{s:I,s:I,s:I}, s:o,"
			 "s:[{s:s,s:s,s:[s,s],s:[s,s]},{s:s,s:s,s:[],s:[]}]}",
			 "version", "0.1.0", "slot", "a", "xen", "version", "4.20.3",
			 "capabilities", "hvm", "pv", "cpus", "count", 8, "nodes", 1,
			 "cores_per_socket", 4, "threads_per_core", 2, "memory", "total",
			 (json_int_t)64 << 30, "free", (json_int_t)121 << 29, "dom0",
			 (json_int_t)2 << 30, "storage", storage, "network", "name", "xenbr0",
			 "state", "up", "addresses", "192.0.2.10/24", "2001:db8::10/64", "ports",
			 "eno1", "vif1.0", "name", "xenbr1", "state", "down", "addresses", "ports");
	assert_non_null(host);
	to = open_memstream(&text, &len);
	host_print(host, to);
	fclose(to);
	assert_string_equal(text, want);
	free(text);
	json_decref(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pools_are_read_from_lvm),
		cmocka_unit_test(test_bridges_have_ports),
		cmocka_unit_test(test_slot_is_a_kernel_argument),
		cmocka_unit_test(test_people_see_aligned_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
