/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screens without a terminal: the walk, and the kickstart file they write.
 */
#include <crypt.h>
#include <stdio.h>
#include <string.h>

#include "draft.h"
#include "helper.h"
#include "kickstart/kickstart.h"
#include "ui_kickstart.h"
#include "ui_steps.h"

/* What each screen says, one after the other, as "name:go"; and what was shown. */
struct walker {
	const char *const *script;
	char shown[256];
	bool second; /* whether that step applies */
};

static bool second_applies(const void *ui)
{
	return ((const struct walker *)ui)->second;
}

static bool never(const void *ui)
{
	(void)ui;
	return false;
}

static enum ui_go show(void *ui, const struct ui_step *step, const char **to)
{
	struct walker *w = ui;
	const char *say = *w->script++;

	snprintf(w->shown + strlen(w->shown), sizeof(w->shown) - strlen(w->shown), "%s ",
		 step->name);
	if (*say == '>') {
		*to = say + 1;
		return UI_JUMP;
	}
	return strcmp(say, "next") == 0	   ? UI_NEXT
	       : strcmp(say, "back") == 0  ? UI_BACK
	       : strcmp(say, "again") == 0 ? UI_AGAIN
	       : strcmp(say, "lost") == 0  ? UI_LOST
					   : UI_END;
}

static const struct ui_step steps[] = {
	{ "none", .applies = never, .show = show },
	{ "one", .show = show },
	{ "two", .applies = second_applies, .show = show },
	{ "three", .show = show },
	{ "four", .show = show },
	{ 0 },
};

static void assert_walk(bool second, enum ui_go end, const char *shown, const char *const script[])
{
	struct walker w = { .script = script, .second = second };

	assert_int_equal(ui_walk(steps, NULL, &w, NULL), end);
	assert_string_equal(w.shown, shown);
}

#define WALK(second, end, shown, ...) \
	assert_walk(second, end, shown, (const char *const[]){ __VA_ARGS__ })

static void test_the_walk(void **state)
{
	(void)state;
	WALK(true, UI_END, "one two three four ", "next", "next", "next", "next");
	WALK(false, UI_END, "one three four ", "next", "next", "next");
	/* Back goes over what does not apply, and stays at the first. */
	WALK(false, UI_END, "one three one one three four ", "next", "back", "back", "next", "next",
	     "next");
	WALK(true, UI_END, "one two two three two three four ", "next", "again", "next", "back",
	     "next", "next", "next");
	WALK(true, UI_END, "one two three four two three ", "next", "next", "next", ">two", "next",
	     "end");
	WALK(true, UI_LOST, "one two ", "next", "lost");
}

static const struct fact_disk *first_disk(const struct facts *f)
{
	size_t i = 0;

	while (f->disks[i].boot_medium)
		i++;
	return &f->disks[i];
}

/* A machine's facts with the choices of who only presses Enter. */
static void open_choices(struct bench *b, const char *machine, struct choices *c)
{
	bench_open(b, machine);
	choices_default(c, &b->facts);
	c->disk_count = 1;
	choices_take_disk(c, 0, &b->facts, first_disk(&b->facts));
	snprintf(c->root_hash, sizeof(c->root_hash), "$6$saltsalt$%s",
		 "qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/"
		 "jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/");
}

/* The file, parsed without any message. */
static void assert_parsed(const struct choices *c, struct answers *a)
{
	struct ks_messages m = { 0 };
	struct buf text = BUF_INIT, said = BUF_INIT;
	struct err e = { 0 };

	if (choices_kickstart(c, &text, &e) < 0)
		fail_msg("%s", e.text);
	if (ks_parse(text.s, text.len, a, &m, &e) < 0 || m.count) {
		for (size_t i = 0; i < m.count; i++)
			ks_message_text(&m.item[i], "ks", &said), buf_addc(&said, '\n');
		fail_msg("%s%s", said.s, text.s);
	}
	ks_messages_clear(&m);
	buf_clear(&text);
}

static void test_enter_alone_is_a_plan(void **state)
{
	static const char *const machines[] = { "qemu-bios", "qemu-uefi", "disk-4kn", "leftovers" };

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		struct choices c;
		struct bench b;

		open_choices(&b, machines[i], &c);
		answers_clear(&b.answers);
		assert_parsed(&c, &b.answers);
		assert_planned(&b);
		assert_string_equal(b.plan.disk->name, first_disk(&b.facts)->name);
		bench_close(&b);
	}
}

static void test_everything_that_is_answered_is_in_the_answers(void **state)
{
	struct answers a = ANSWERS_INIT;
	struct choices c;
	struct bench b;

	(void)state;
	open_choices(&b, "leftovers", &c);
	snprintf(c.keymap, sizeof(c.keymap), "de-latin1-nodeadkeys");
	snprintf(c.hostname, sizeof(c.hostname), "host1.example.com");
	snprintf(c.timezone, sizeof(c.timezone), "America/Argentina/Buenos_Aires");
	c.ntp = NTP_SERVERS;
	snprintf(c.ntp_servers, sizeof(c.ntp_servers), " ntp1.example.com,  192.0.2.9 ");
	c.ipv4 = IPV4_STATIC;
	snprintf(c.ip, sizeof(c.ip), "192.0.2.5");
	snprintf(c.prefix, sizeof(c.prefix), "255.255.255.0");
	snprintf(c.gateway, sizeof(c.gateway), "192.0.2.1");
	snprintf(c.dns, sizeof(c.dns), "192.0.2.2, 2001:db8::2");
	c.ipv6 = IPV6_STATIC;
	snprintf(c.ip6, sizeof(c.ip6), "2001:db8::5/64");
	snprintf(c.gateway6, sizeof(c.gateway6), "2001:db8::1");
	snprintf(c.vlan, sizeof(c.vlan), "120");
	snprintf(c.mtu, sizeof(c.mtu), "9000");
	snprintf(c.ports[1], sizeof(c.ports[1]), "%s", b.facts.nics[1].mac);
	c.port_count = 2;
	snprintf(c.bond_mode, sizeof(c.bond_mode), "802.3ad");
	c.root_ssh = true;
	c.dom0_mib = 2048;
	c.finish = FINISH_POWEROFF;
	assert_parsed(&c, &a);
	assert_string_equal(a.keyboard, "de-latin1-nodeadkeys");
	assert_string_equal(answers_hostname(&a), "host1.example.com");
	assert_string_equal(a.timezone, "America/Argentina/Buenos_Aires");
	assert_int_equal(a.ntp.count, 2);
	assert_string_equal(a.ntp.item[1], "192.0.2.9");
	assert_int_equal(a.networks[0].prefix, 24);
	assert_string_equal(a.networks[0].ipv6, "2001:db8::5/64");
	assert_int_equal(a.networks[0].bond_slaves.count, 2);
	assert_int_equal(a.networks[0].dns.count, 2);
	assert_int_equal(a.dom0.memory, 2048);
	assert_true(a.root_ssh);
	assert_true(a.root_crypted);
	assert_int_equal(a.finish, KS_FINISH_POWEROFF);
	answers_clear(&a);
	bench_close(&b);
}

/* What a serial number or a key may be made of arrives as it is. */
static void test_odd_words_are_quoted(void **state)
{
	static const char *const odd[] = {
		"WD 40 \"X\"", "a\\b", "it's", "#1", "a;b $(reboot) `x`", " blanks ",
	};
	struct choices c;
	struct bench b;

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct answers a = ANSWERS_INIT;

		open_choices(&b, "qemu-bios", &c);
		snprintf(c.disks[0].serial, sizeof(c.disks[0].serial), "%s", odd[i]);
		assert_parsed(&c, &a);
		assert_string_equal(a.disks[0].serial, odd[i]);
		answers_clear(&a);
		bench_close(&b);
	}
}

static void test_a_line_break_is_not_smuggled_in(void **state)
{
	struct buf text = BUF_INIT;
	struct err e = { 0 };
	struct choices c;
	struct bench b;

	(void)state;
	open_choices(&b, "qemu-bios", &c);
	snprintf(c.hostname, sizeof(c.hostname), "a\nclearpart --all");
	assert_int_equal(choices_kickstart(&c, &text, &e), -EINVAL);
	buf_clear(&text);
	bench_close(&b);
}

/* Two disks that tell the same serial number are told apart by more. */
static void test_the_disk_is_said_uniquely(void **state)
{
	struct answers a = ANSWERS_INIT;
	struct choices c;
	struct bench b;

	(void)state;
	open_choices(&b, "hpe-raid", &c);
	for (size_t i = 0; i < b.facts.disk_count; i++) {
		size_t n = 0;

		choices_take_disk(&c, 0, &b.facts, &b.facts.disks[i]);
		assert_parsed(&c, &a);
		for (size_t j = 0; j < b.facts.disk_count; j++)
			n += disk_matches(&a.disks[0], &b.facts.disks[j]);
		assert_int_equal(n, 1);
		assert_true(disk_matches(&a.disks[0], &b.facts.disks[i]));
		answers_clear(&a);
	}
	bench_close(&b);
}

/* A refusal leads to the screen that it is about. */
static void test_lines_lead_to_screens(void **state)
{
	struct buf text = BUF_INIT;
	struct err e = { 0 };
	unsigned int line = 1;
	struct choices c;
	struct bench b;

	(void)state;
	open_choices(&b, "qemu-bios", &c);
	c.dom0_mib = 1024;
	assert_int_equal(choices_kickstart(&c, &text, &e), 0);
	for (char *s = strstr(text.s, "dom0 --memory"); s > text.s; s--)
		line += *s == '\n';
	assert_string_equal(choices_step_of(text.s, line), "memory");
	assert_null(choices_step_of(text.s, 1));
	buf_clear(&text);
	bench_close(&b);
}

static void test_passwords(void **state)
{
	static const struct {
		const char *word;
		int least, most;
	} rows[] = {
		{ "", 0, 0 },
		{ "short", 0, 0 },
		{ "password1", 0, 0 },
		{ "aaaaaaaaaaaa", 0, 0 },
		{ "1234567890", 0, 0 },
		{ "kitten-tower", 1, 3 },
		{ "correct horse battery staple", 3, 3 },
		{ "xK3$9vQ!mZ", 2, 3 },
	};
	char hash[CHOICE_LINE];
	struct err e = { 0 };
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int is = password_strength(rows[i].word, &why);

		if (is < rows[i].least || is > rows[i].most)
			fail_msg("\"%s\": %d", rows[i].word, is);
		assert_true(is > 0 || *why);
	}
	assert_int_equal(password_hash("it's \"mine\"", hash, &e), 0);
	assert_memory_equal(hash, "$y$", 3);
	assert_string_equal(crypt("it's \"mine\"", hash), hash);
}

static void test_only_what_works_is_offered(void **state)
{
	(void)state;
	assert_true(choices_can("network --device=eth0 --bootproto=dhcp\n"));
	assert_false(choices_can("teamslaves eth0\n"));
	assert_false(choices_can("network --device=eth0 --bootproto=dhcp --essid=wireless\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_walk),
		cmocka_unit_test(test_enter_alone_is_a_plan),
		cmocka_unit_test(test_everything_that_is_answered_is_in_the_answers),
		cmocka_unit_test(test_odd_words_are_quoted),
		cmocka_unit_test(test_a_line_break_is_not_smuggled_in),
		cmocka_unit_test(test_the_disk_is_said_uniquely),
		cmocka_unit_test(test_lines_lead_to_screens),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_only_what_works_is_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
