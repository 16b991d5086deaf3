/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and groups of a kickstart file, in the plan.
 */
#include "helper.h"

#include "draft.h"
#include "exec.h"
#include "kickstart/kickstart.h"

#define KEY	      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
#define FILE_OF(more) "zerombr\nclearpart --all\nautopart\nrootpw --lock\n" more

static void open_file(struct bench *b, const char *text)
{
	struct ks_messages m = { 0 };

	bench_open(b, "qemu-bios");
	answers_clear(&b->answers);
	if (ks_parse(text, strlen(text), &b->answers, &m, &b->e) < 0)
		fail_msg("%s", m.count ? m.item[0].text : err_text(&b->e));
	ks_messages_clear(&m);
}

static const json_t *args_of(const struct plan *p)
{
	for (size_t i = 0; i < p->op_count; i++)
		if (p->ops[i].kind == &op_kinds[OP_ACCOUNTS])
			return p->ops[i].args;
	fail_msg("no accounts are made");
	return NULL;
}

static void test_users_and_groups_are_planned(void **state)
{
	const json_t *users, *groups, *bob;
	struct bench b;
	json_t *all;
	char *text;

	(void)state;
	open_file(&b, FILE_OF("group --name=ops --gid=3000\n"
			      "user --name=ann --uid=1000 --groups=ops,wheel(10) --gid=3100\n"
			      "user --name=bob --password=hunter2 --gecos='Bob B'\n"
			      "sshkey --username=bob \"" KEY "\"\n"
			      "sshkey --username=root \"" KEY "\"\n"));
	assert_planned(&b);
	groups = json_object_get(args_of(&b.plan), "groups");
	users = json_object_get(args_of(&b.plan), "users");
	assert_int_equal(json_array_size(groups), 3);
	assert_string_equal(arg_string(json_array_get(groups, 0), "name"), "ops");
	assert_string_equal(arg_string(json_array_get(groups, 1), "name"), "ann");
	assert_int_equal(arg_uint(json_array_get(groups, 2), "gid"), 10);
	bob = json_array_get(users, 1);
	assert_int_equal(arg_uint(bob, "uid"), 1001);
	assert_string_equal(arg_string(bob, "home"), "/home/bob");
	assert_string_equal(arg_string(bob, "keys"), KEY "\n");
	all = plan_json(&b.plan);
	text = json_dumps(all, 0);
	assert_null(strstr(text, "hunter2"));
	free(text);
	json_decref(all);
	bench_close(&b);
}

static void test_what_cannot_be_an_account(void **state)
{
	static const struct {
		const char *text, *refusal;
	} cases[] = {
		{ FILE_OF("user --name=ann\n"), "nobody could log in" },
		{ FILE_OF("user --name=ann --password=x --lock\n"), "nobody could log in" },
		{ FILE_OF("user --name=root --password=x\n"),
		  "kickstart line 5: user: root is there already" },
		{ FILE_OF("user --name=ann --password=x\nuser --name=ann\n"),
		  "kickstart line 6: user: ann is given twice" },
		{ FILE_OF("user --name=ann --uid=2000 --password=x\nuser --name=bob --uid=2000\n"),
		  "the uid 2000 is given twice" },
		{ FILE_OF("user --name=ann --uid=0 --password=x\n"), "only root has the uid 0" },
		{ FILE_OF("user --name=ann --homedir=/opt/ann --password=x\n"),
		  "a home is below /home or /var, not /opt/ann" },
		{ FILE_OF("sshkey --username=ann \"" KEY "\"\n"),
		  "kickstart line 5: sshkey: there is no line \"user --name=ann\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		open_file(&b, cases[i].text);
		assert_refused(&b, cases[i].refusal);
		bench_close(&b);
	}
}

static void test_services_and_boot_arguments_are_planned(void **state)
{
	struct buf text = BUF_INIT, menu = BUF_INIT;
	struct bench b;

	(void)state;
	open_file(&b, "zerombr\nclearpart --all\nautopart\nrootpw x\n"
		      "services --enabled=sshd,fstrim.timer --disabled=chronyd.service\n"
		      "bootloader --timeout=9 --append='a=\"b c\" $d' --hvargs=iommu=no\n");
	assert_planned(&b);
	for (size_t i = 0; i < b.plan.op_count; i++) {
		if (b.plan.ops[i].kind == &op_kinds[OP_SERVICES])
			buf_adds(&text, b.plan.ops[i].sentence);
		if (b.plan.ops[i].kind == &op_kinds[OP_BOOT_MENU])
			buf_adds(&menu, arg_string(b.plan.ops[i].args, "text"));
	}
	assert_string_equal(text.s, "enable ssh.service, fstrim.timer; disable "
				    "systemd-timesyncd.service");
	assert_non_null(strstr(menu.s, "set timeout=9\n"));
	assert_non_null(strstr(menu.s, "guest_loglvl=none/warning iommu=no\"\n"));
	assert_non_null(strstr(menu.s, "console=hvc0 a=\\\"b c\\\" \\$d\"\n"));
	buf_clear(&text);
	buf_clear(&menu);
	bench_close(&b);
}

static void test_the_packet_filter_is_a_file(void **state)
{
	struct bench b;
	json_t *files = json_array();
	const char *text;

	(void)state;
	open_file(&b, FILE_OF("firewall --http --port=5900-5903:tcp,53:udp --trust=eth1 "
			      "--service=https\n"));
	firewall_files(&b.answers, files);
	assert_int_equal(json_array_size(files), 2);
	text = arg_string(json_array_get(files, 0), "text");
	assert_non_null(strstr(text, "policy drop;"));
	assert_non_null(strstr(text, "\t\ttcp dport 22 accept\n\t\ttcp dport 80 accept\n"
				     "\t\ttcp dport 443 accept\n\t\ttcp dport 5900-5903 accept\n"
				     "\t\tudp dport 53 accept\n\t}\n}\n"));
	assert_non_null(strstr(text, "iifname { \"eth1\" } accept\n"));
	json_decref(files);
	bench_close(&b);
	files = json_array();
	open_file(&b, FILE_OF("firewall --disabled\n"));
	firewall_files(&b.answers, files);
	assert_int_equal(json_array_size(files), 0);
	json_decref(files);
	bench_close(&b);
}

/* The first user of the image, whatever machine the test runs on. */
static void test_accounts_of_the_system_are_known_before_a_write(void **state)
{
	struct err e = { 0 };
	struct bench b;

	(void)state;
	open_file(&b, FILE_OF("user --name=daemon --password=x\n"));
	assert_planned(&b);
	assert_int_equal(accounts_possible(args_of(&b.plan), &e), -EEXIST);
	assert_non_null(strstr(err_text(&e), "kickstart line 5: user daemon"));
	bench_close(&b);
}

static void test_a_word_is_hashed_and_a_hash_is_kept(void **state)
{
	struct err e = { 0 };
	char *hash;

	(void)state;
	assert_int_equal(exec_hash("hunter2", false, &hash, &e), 0);
	assert_int_equal(strncmp(hash, "$y$", 3), 0);
	free(hash);
	assert_int_equal(exec_hash("$6$salt$x", true, &hash, &e), 0);
	assert_string_equal(hash, "$6$salt$x");
	free(hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users_and_groups_are_planned),
		cmocka_unit_test(test_what_cannot_be_an_account),
		cmocka_unit_test(test_services_and_boot_arguments_are_planned),
		cmocka_unit_test(test_the_packet_filter_is_a_file),
		cmocka_unit_test(test_accounts_of_the_system_are_known_before_a_write),
		cmocka_unit_test(test_a_word_is_hashed_and_a_hash_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
