/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../libsocle/tests/test.h"

#include "netboot/machine.h"
#include "netboot/order.h"
#include "netboot/serve.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "socle/proc.h"

#define GOOD "rootpw --plaintext correct-horse\nzerombr\nclearpart --all\nautopart\nreboot\n"

static char folder[] = "/tmp/orders-XXXXXX";
static char state_dir[64], ks_dir[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/orders-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(state_dir, sizeof(state_dir), "%s/state", folder);
	snprintf(ks_dir, sizeof(ks_dir), "%s/ks", folder);
	assert_int_equal(fs_mkdirs(ks_dir, 0755, NULL), 0);
	assert_int_equal(fs_mkdirs(state_dir, 0755, NULL), 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return proc_cmd(NULL, "rm", "-rf", folder, (char *)NULL);
}

static void put(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", ks_dir, name);
	assert_int_equal(fs_write(path, text, strlen(text), 0644, NULL), 0);
}

static struct orders both(void)
{
	return (struct orders){ .state = state_dir, .folder = ks_dir };
}

/* The file that a machine gets; NULL: none. */
static void assert_source(const char *mac, const char *serial, const char *source)
{
	struct asker who = { mac, serial };
	struct orders s = both();
	struct order o;
	int ret = order_find(&s, &who, &o, NULL);

	assert_int_equal(ret, source ? 0 : -ENOENT);
	if (source)
		assert_string_equal(o.source, source);
	order_clear(&o);
}

static void test_what_fits_best_is_taken(void **state)
{
	(void)state;
	assert_source("52-54-00-00-00-01", "R7-1", NULL);
	put("default.ks", GOOD);
	put("52:54:00:00:00:01.ks", GOOD);
	put("R7-1.ks", GOOD);
	put("R7*.ks", GOOD);
	put("R*.ks", GOOD);
	put("52-54-00-*.ks", GOOD);
	put("notes.txt", "x");
	assert_source("52-54-00-00-00-01", "R7-1", "52:54:00:00:00:01.ks");
	assert_source("52-54-00-00-00-02", "R7-1", "R7-1.ks");
	assert_source("02-00-00-00-00-02", "R7-9", "R7*.ks");
	assert_source("02-00-00-00-00-02", "R8", "R*.ks");
	/* The longer pattern, whatever it is of. */
	assert_source("52-54-00-00-00-02", "R7-9", "52-54-00-*.ks");
	assert_source("02-00-00-00-00-02", "X", "default.ks");
	assert_source("02-00-00-00-00-02", "", "default.ks");
}

static void test_patterns_that_fit_equally_are_an_error(void **state)
{
	struct asker who = { "02-00-00-00-00-01", "AB" };
	struct orders s = both();
	struct err e = { 0 };
	struct order o;

	(void)state;
	put("A*.ks", GOOD);
	put("*B.ks", GOOD);
	assert_int_equal(order_find(&s, &who, &o, &e), -EEXIST);
	assert_non_null(strstr(err_text(&e), "fit equally well"));
}

static void test_what_was_added_comes_first(void **state)
{
	struct buf text = BUF_INIT;
	struct orders s = both();
	struct err e = { 0 };

	(void)state;
	put("52-54-00-00-00-01.ks", GOOD);
	buf_adds(&text, GOOD);
	assert_int_equal(order_add(&s, "R/../7", &text, "/a/mine.ks", NULL, &e), 0);
	assert_source("52-54-00-00-00-02", "R/../7", "/a/mine.ks");
	assert_source("52-54-00-00-00-01", "", "52-54-00-00-00-01.ks");
	assert_int_equal(order_add(&s, "5254.0000.0001", NULL, NULL, "xen-1", &e), 0);
	assert_source("52-54-00-00-00-01", "R/../7", "52-54-00-00-00-01.ks");
	assert_int_equal(order_remove(&s, "R/../7", &e), 0);
	assert_int_equal(order_remove(&s, "R/../7", &e), -ENOENT);
	assert_source("52-54-00-00-00-02", "R/../7", NULL);
	assert_int_equal(order_add(&s, "None", &text, "x", NULL, &e), -EINVAL);
	assert_int_equal(order_add(&s, "R7", &text, "x", "not a name", &e), -EINVAL);
	buf_clear(&text);
}

static void test_only_rules_of_serials_need_one(void **state)
{
	struct orders s = both();
	struct err e = { 0 };

	(void)state;
	put("default.ks", GOOD);
	put("52-54-00-00-00-01.ks", GOOD);
	assert_false(orders_need_serial(&s));
	assert_int_equal(order_add(&s, "R7", NULL, NULL, NULL, &e), 0);
	assert_true(orders_need_serial(&s));
	assert_int_equal(order_remove(&s, "R7", &e), 0);
	put("R7*.ks", GOOD);
	assert_true(orders_need_serial(&s));
}

static char named[HOSTNAME_SIZE]; /* the host, by the last kickstart() */

static int kickstart(const char *file, const char *name, const char *bundle, struct buf *out,
		     struct err *e)
{
	struct order o = { .text = BUF_INIT };
	struct orders s = both();
	int ret;

	assert_true(asprintf(&o.path, "%s/%s", ks_dir, file) > 0);
	snprintf(o.source, sizeof(o.source), "%s", file);
	strcpy(o.name, name);
	buf_clear(out);
	ret = order_kickstart(&s, &o, bundle, out, NULL, e);
	strcpy(named, o.name);
	order_clear(&o);
	return ret;
}

static void test_kickstart_as_a_machine_gets_it(void **state)
{
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	put("a.ks", GOOD "%post\necho\n%end");
	assert_int_equal(kickstart("a.ks", "", NULL, &out, &e), 0);
	assert_string_equal(out.s, GOOD "%post\necho\n%end");
	assert_int_equal(kickstart("a.ks", "xen-1", "http://192.0.2.1/bundle/t/", &out, &e), 0);
	assert_string_equal(out.s,
			    GOOD "%post\necho\n%end\n# socle netboot\nnetwork --hostname=xen-1\n"
				 "onfailure --bundle=http://192.0.2.1/bundle/t/\n");
	/* What the file says itself stays. */
	put("b.ks", GOOD "onfailure --then=poweroff\n");
	assert_int_equal(kickstart("b.ks", "", "http://192.0.2.1/bundle/t/", &out, &e), 0);
	assert_string_equal(out.s, GOOD "onfailure --then=poweroff\n");
	put("c.ks", GOOD "network --hostname=other\n");
	assert_int_equal(kickstart("c.ks", "xen-1", NULL, &out, &e), -EINVAL);
	assert_int_equal(kickstart("c.ks", "", NULL, &out, &e), 0);
	assert_string_equal(named, "other");
	assert_int_equal(kickstart("c.ks", "OTHER", NULL, &out, &e), 0);
	assert_string_equal(out.s, GOOD "network --hostname=other\n");
	put("d.ks", GOOD "autopart --nonsense\n");
	assert_int_equal(kickstart("d.ks", "", NULL, &out, &e), -EINVAL);
	assert_non_null(strstr(err_text(&e), "d.ks:6:"));
	buf_clear(&out);
}

static void test_included_files_are_checked_too(void **state)
{
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	put("a.ks", "%include common\n%include http://192.0.2.7/x\n" GOOD);
	assert_int_equal(kickstart("a.ks", "", NULL, &out, &e), -EINVAL);
	put("common", "timezone Europe/Vienna\n");
	assert_int_equal(kickstart("a.ks", "", NULL, &out, &e), 0);
	put("common", "timezone --nonsense\n");
	assert_int_equal(kickstart("a.ks", "", NULL, &out, &e), -EINVAL);
	put("a.ks", "%include default.ks\n" GOOD);
	put("default.ks", GOOD);
	assert_int_equal(kickstart("a.ks", "", NULL, &out, &e), -EINVAL);
	buf_clear(&out);
}

static void test_machines_are_kept_and_forgotten(void **state)
{
	struct machines all, other;
	struct machine *m;
	struct err e = { 0 };
	char path[256], token[HEX_ID_SIZE];

	(void)state;
	snprintf(path, sizeof(path), "%s/machines", state_dir);
	assert_int_equal(fs_mkdirs(path, 0700, NULL), 0);
	assert_int_equal(machines_open(&all, state_dir, &e), 0);
	m = machines_add(&all, "52-54-00-00-00-01", &e);
	assert_non_null(m);
	assert_ptr_equal(machines_add(&all, "52-54-00-00-00-01", &e), m);
	strcpy(token, m->token);
	strcpy(m->serial, "R7");
	m->state = MACHINE_DONE;
	m->percent = 100;
	assert_int_equal(machines_save(&all, m, &e), 0);
	assert_int_equal(machines_open(&other, state_dir, &e), 0);
	m = machines_by_token(&other, token);
	assert_non_null(m);
	assert_int_equal(m->state, MACHINE_DONE);
	assert_ptr_equal(machines_by_serial(&other, "R7"), m);
	assert_null(machines_by_token(&other, ""));
	assert_null(machines_by_token(&other, "00000000000000000000000000000000"));
	machines_clear(&other);
	/* Another process forgets it: this one notices. */
	assert_int_equal(netboot_forget(state_dir, "R7", &e), 0);
	assert_int_equal(netboot_forget(state_dir, "R7", &e), -ENOENT);
	assert_null(machines_by_mac(&all, "52-54-00-00-00-01"));
	machines_clear(&all);
	/* A file that is damaged is named. */
	snprintf(path, sizeof(path), "%s/machines/52-54-00-00-00-02.json", state_dir);
	assert_int_equal(fs_write(path, "{", 1, 0600, NULL), 0);
	assert_int_equal(machines_open(&all, state_dir, &e), -EINVAL);
	assert_non_null(strstr(err_text(&e), "52-54-00-00-00-02.json"));
	machines_clear(&all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_fits_best_is_taken),
		TEST(test_patterns_that_fit_equally_are_an_error),
		TEST(test_what_was_added_comes_first),
		TEST(test_only_rules_of_serials_need_one),
		TEST(test_kickstart_as_a_machine_gets_it),
		TEST(test_included_files_are_checked_too),
		TEST(test_machines_are_kept_and_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
