/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../libsocle/tests/test.h"

#include "netboot/dnsmasq.h"
#include "netboot/report.h"
#include "server.h"

static const struct machine known = { .mac = "52-54-00-00-00-01",
				      .state = MACHINE_BOOTING,
				      .assigned = "00112233445566778899aabbccddeeff" };

static enum report_change event(struct machine *m, const char *session, int sequence,
				const char *name, const char *more)
{
	enum report_change change;
	struct err e = { 0 };
	char text[512];

	snprintf(text, sizeof(text), "{\"event\":\"%s\",\"session\":\"%s\",\"sequence\":%d%s%s}",
		 name, session, sequence, *more ? "," : "", more);
	assert_int_equal(machine_take_event(m, text, strlen(text), 100 + sequence, &change, &e), 0);
	return change;
}

static void test_events_make_the_state(void **state)
{
	struct machine m = known;

	(void)state;
	assert_int_equal(event(&m, "a", 1, "start", ""), REPORT_STATE);
	assert_int_equal(m.state, MACHINE_INSTALLING);
	assert_int_equal(m.tries, 1);
	event(&m, "a", 2, "planned", "\"plan\":\"abc\",\"hostname\":\"xen-1\"");
	assert_string_equal(m.name, "xen-1");
	assert_string_equal(m.plan, "abc");
	assert_int_equal(event(&m, "a", 3, "step",
			       "\"percent\":40,\"step\":{\"number\":3,\"count\":9,\"says\":\"S\"}"),
			 REPORT_STEP);
	assert_int_equal(m.percent, 40);
	event(&m, "a", 4, "done", "");
	assert_int_equal(m.state, MACHINE_DONE);
	assert_int_equal(m.began, 101);
	assert_int_equal(m.ended, 104);
	assert_int_equal(m.tries, 0);
	assert_string_equal(m.finished, known.assigned);
}

static void test_what_comes_late_or_twice_is_old(void **state)
{
	struct machine m = known;

	(void)state;
	event(&m, "a", 1, "start", "");
	event(&m, "a", 5, "failed", "\"error\":\"why\"");
	assert_int_equal(event(&m, "a", 4, "step", "\"percent\":3"), REPORT_OLD);
	assert_int_equal(event(&m, "a", 5, "done", ""), REPORT_OLD);
	assert_int_equal(m.state, MACHINE_FAILED);
	assert_string_equal(m.error, "why");
	event(&m, "b", 1, "start", "");
	assert_int_equal(m.tries, 2);
	assert_string_equal(m.error, "");
	/* A former installer's last words. */
	assert_int_equal(event(&m, "a", 9, "failed", "\"error\":\"old\""), REPORT_OLD);
	assert_int_equal(m.state, MACHINE_INSTALLING);
}

static void test_nothing_is_taken_of_what_is_malformed(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"null",
		"{\"event\":7}",
		"{\"event\":\"x\"}",
		"{\"event\":\"done\",\"event\":\"start\"}",
	};
	struct machine m = known;
	enum report_change change;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(machine_take_event(&m, bad[i], strlen(bad[i]), 1, &change, &e),
				 -EINVAL);
		assert_int_equal(machine_take_facts(&m, bad[i], strlen(bad[i]), &e), -EINVAL);
		assert_memory_equal(&m, &known, sizeof(m));
	}
}

static void test_a_terminal_is_safe_from_what_machines_say(void **state)
{
	struct machine m = known;

	(void)state;
	event(&m, "a", 1, "failed", "\"error\":\"a\\u001b[2Jb\\n\\u00e4\"");
	for (const char *p = m.error; *p; p++)
		assert_true(*p >= ' ' && *p <= '~');
}

static void test_names_of_menus(void **state)
{
	struct asked a;

	(void)state;
	assert_true(asked_parse("/pxelinux.cfg/", "01-52-54-00-00-00-01", &a));
	assert_string_equal(a.mac, "52-54-00-00-00-01");
	assert_true(asked_parse("/grub/", "grub.cfg-serial-AB.C", &a));
	assert_string_equal(a.serial, "AB.C");
	assert_true(asked_parse("/ipxe/", "default.ipxe", &a));
	assert_string_equal(a.mac, "");
	assert_false(asked_parse("/pxelinux.cfg/", "4c4c4544-0000-1111-2222-333344445555", &a));
	assert_false(asked_parse("/pxelinux.cfg/", "C0000201", &a));
	assert_false(asked_parse("/ipxe/", "01-52-54-00-00-00-01", &a));
	assert_false(asked_parse("/grub/", "grub.cfg-", &a));
	assert_false(asked_parse("/grub/", "", &a));
}

static void fill(const char *menu, const char *args, int want, const char *result)
{
	struct menu_words w = { "192.0.2.1:8069", "install", "3", args };
	struct buf text = BUF_INIT, out = BUF_INIT;

	buf_adds(&text, menu);
	assert_int_equal(menu_fill(&text, &w, &out, NULL), want);
	if (want == 0)
		assert_string_equal(out.s, result);
	buf_clear(&text);
	buf_clear(&out);
}

static void test_menus_are_filled_in(void **state)
{
	(void)state;
	fill("@ENTRY@ @TIMEOUT@ (http,@SERVER@)@PATH@/x @URL@/y @ARGS@ @OTHER@ a@", "k=v", 0,
	     "install 3 (http,192.0.2.1:8069)/x http://192.0.2.1:8069/y k=v @OTHER@ a@");
	fill("@ARGS@", "{mac}", 0, "{mac}");
	/* What could end a string or a line there stands in no menu. */
	fill("@ARGS@", "a\"b", -EINVAL, NULL);
	fill("@ARGS@", "a\nb", -EINVAL, NULL);
	fill("@ARGS@", "$(x)", -EINVAL, NULL);
}

static bool has(const struct buf *text, const char *line)
{
	const char *at = strstr(text->s, line);

	return at && (at == text->s || at[-1] == '\n') && at[strlen(line)] == '\n';
}

static void test_dnsmasq_is_told_all_there_is(void **state)
{
	struct net_link link = { .name = "eth1", .address = 0xc0000201, .mask = 0xffffff00 };
	struct net_range range = { 0xc0000264, 0xc00002c7, 0xffffff00 };
	struct tree tree = { .boot = { "lpxelinux.0", "grub.efi", "snponly.efi", "boot.ipxe" } };
	struct dnsmasq_setup s = { .link = &link,
				   .range = &range,
				   .tree = &tree,
				   .server = "192.0.2.1",
				   .run = "/run/x",
				   .state = "/var/y",
				   .user = "nobody" };
	struct buf text = BUF_INIT;

	(void)state;
	dnsmasq_config(&s, &text);
	assert_true(has(&text, "port=0"));
	assert_true(has(&text, "interface=eth1"));
	assert_true(has(&text, "bind-interfaces"));
	assert_true(has(&text, "user=nobody"));
	assert_true(has(&text, "tftp-root=/run/x/tftp"));
	assert_true(has(&text, "dhcp-range=192.0.2.100,192.0.2.199,255.255.255.0,1h"));
	assert_true(has(&text, "dhcp-option=option:router"));
	assert_true(has(&text, "dhcp-boot=tag:ipxe,http://192.0.2.1/boot.ipxe,,192.0.2.1"));
	assert_true(has(&text, "dhcp-boot=tag:bios,tag:!ipxe,lpxelinux.0"));
	assert_null(strstr(text.s, "proxy"));
	buf_clear(&text);
	s.range = NULL;
	dnsmasq_config(&s, &text);
	assert_true(has(&text, "dhcp-range=192.0.2.0,proxy,255.255.255.0"));
	assert_true(has(&text, "pxe-service=tag:!ipxe,x86PC,\"Socle\",lpxelinux.0"));
	assert_null(strstr(text.s, "dhcp-authoritative"));
	assert_null(strstr(text.s, "router"));
	buf_clear(&text);
}

static void test_ranges_of_addresses(void **state)
{
	struct net_link link = { .name = "eth1", .address = 0xc0000201, .mask = 0xffffff00 };
	static const char *const bad[] = { "",
					   "192.0.2.10",
					   "192.0.2.20,192.0.2.10",
					   "192.0.2.0,192.0.2.10",
					   "192.0.2.10,192.0.2.255",
					   "192.0.2.10,192.0.3.10",
					   "192.0.2.1,192.0.2.10",
					   "192.0.2.10,192.0.2.20,255.255.0.0",
					   "192.0.2.10,192.0.2.20,255.255.255.0,x",
					   "192.0.2.010,192.0.2.20",
					   "a,b" };
	struct err e = { 0 };
	struct net_range r;

	(void)state;
	assert_int_equal(net_range_parse("192.0.2.10,192.0.2.20", &link, &r, &e), 0);
	assert_int_equal(r.first, 0xc000020a);
	assert_int_equal(net_range_parse("192.0.2.2,192.0.2.254,255.255.255.0", &link, &r, &e), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(net_range_parse(bad[i], &link, &r, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_make_the_state),
		cmocka_unit_test(test_what_comes_late_or_twice_is_old),
		cmocka_unit_test(test_nothing_is_taken_of_what_is_malformed),
		cmocka_unit_test(test_a_terminal_is_safe_from_what_machines_say),
		cmocka_unit_test(test_names_of_menus),
		cmocka_unit_test(test_menus_are_filled_in),
		cmocka_unit_test(test_dnsmasq_is_told_all_there_is),
		cmocka_unit_test(test_ranges_of_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
