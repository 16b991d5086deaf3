/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each command puts into the answers, and what it says of wrong ones.
 */
#include "ks.h"

#define HASH                                                                                    \
	"$6$abcdefgh$"                                                                          \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234" \
	"5"
#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"

static void test_lang(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks a = ks_good("lang de_DE\n");
	_cleanup_ks_ struct ks b = ks_good("lang sr_RS.utf8@latin\n");
	_cleanup_ks_ struct ks c = ks_good("lang POSIX\n");

	assert_string_equal(a.a.lang, "de_DE.UTF-8");
	assert_string_equal(b.a.lang, "sr_RS.UTF-8@latin");
	assert_string_equal(c.a.lang, "C.UTF-8");
	assert_error("lang\n", 1, 1, "lang: LANGUAGE is missing");
	assert_refusal("lang English\n", 1, 6,
		       "lang: \"English\" is not a language such as en_US.UTF-8");
	assert_error("lang C en_CA\n", 1, 8,
		     "lang: \"en_CA\" is too much here; only one is taken: LANGUAGE");
	assert_warning("lang de_DE.ISO-8859-1\n", 1, 6, "lang: the system speaks UTF-8 only");
}

static void test_keyboard(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks a = ks_good("keyboard 'us'\n");
	_cleanup_ks_ struct ks b =
		ks_good("keyboard --xlayouts='cz (qwerty)',us sk --vckeymap=de\n");
	_cleanup_ks_ struct ks c = ks_good("keyboard --xlayouts='cz (qwerty)',us\n");

	assert_string_equal(a.a.keyboard, "us");
	assert_string_equal(b.a.keyboard, "de");
	assert_string_equal(c.a.keyboard, "cz");
	assert_error("keyboard\n", 1, 1, "keyboard: KEYMAP is missing");
	assert_refusal("keyboard ../../etc/passwd\n", 1, 10,
		       "keyboard: \"../../etc/passwd\" is not a console keymap");
}

static void test_timezone(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks a =
		ks_good("timezone Etc/GMT+1 --isUtc --ntpservers=ntp.example.org,2001:db8::1\n");
	_cleanup_ks_ struct ks b = ks_good("timezone America/Port-au-Prince --nontp\n");

	assert_string_equal(a.a.timezone, "Etc/GMT+1");
	assert_true(a.a.utc);
	assert_int_equal(a.a.ntp.count, 2);
	assert_string_equal(a.a.ntp.item[1], "2001:db8::1");
	assert_false(b.a.utc);
	assert_true(b.a.ntp_off);
	assert_refusal("timezone ../passwd\n", 1, 10,
		       "timezone: \"../passwd\" is not a time zone such as Europe/Berlin");
	assert_error("timezone UTC --nontp --ntpservers=a\n", 1, 22,
		     "timezone: --ntpservers and --nontp contradict each other");
	assert_refusal("timezone UTC --ntpservers=a,,b\n", 1, 14,
		       "timezone: --ntpservers: \"\" is not a host name or IP address");
}

static void test_rootpw(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks plain = ks_good("rootpw --allow-ssh 'a b'\n");
	_cleanup_ks_ struct ks hash = ks_good("rootpw --iscrypted " HASH "\n");
	_cleanup_ks_ struct ks lock = ks_good("rootpw --lock --iscrypted locked\n"
					      "sshkey --username=root \"" KEY "\"\n");

	assert_string_equal(plain.a.root_password, "a b");
	assert_true(plain.a.root_ssh);
	assert_false(plain.a.root_crypted);
	assert_string_equal(hash.a.root_password, HASH);
	assert_true(hash.a.root_crypted);
	assert_int_equal(hash.a.root_pos.line, 1);
	assert_true(lock.a.root_locked);
	assert_null(lock.a.root_password);
	assert_error("rootpw --plaintext\n", 1, 1, "rootpw: PASSWORD is missing");
	assert_warning("rootpw a\nrootpw b\n", 2, 1,
		       "rootpw: already given in line 1; the last one counts");
	assert_warning("rootpw --lock --allow-ssh\nsshkey --username=root \"" KEY "\"\n", 1, 15,
		       "rootpw: --allow-ssh has no effect, since --lock leaves no password");
	assert_warning("\nrootpw --lock\n", 2, 1,
		       "rootpw: root is locked and has no sshkey: nobody will be able to log in");
}

static void test_what_is_not_enough_for_any_machine_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *file, *lack;
	} cases[] = {
		{ "autopart\n", "nobody could log in: give rootpw or sshkey" },
		{ "autopart\nrootpw ''\n", "nobody could log in: give rootpw or sshkey" },
		{ "autopart\nrootpw --lock\n", "nobody could log in: give rootpw or sshkey" },
		{ "rootpw a\n",
		  "the layout is missing: say autopart, or part for one of your own" },
		{ "autopart\nrootpw a\n", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_ks_ struct ks ks = ks_text(cases[i].file);
		const char *lack = answers_lack(&ks.a);

		if (cases[i].lack)
			assert_string_equal(lack, cases[i].lack);
		else
			assert_null(lack);
	}
}

#define DIGEST86 \
	"01234567890123456789012345678901234567890123456789012345678901234567890123456789abcdef"

static void test_hashes_are_told_from_passwords(void **state)
{
	(void)state;
	static const char *const good[] = {
		"$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
		"$5$rounds=5000$abcdefgh$0123456789012345678901234567890123456789012",
		"$2b$12$01234567890123456789012345678901234567890123456789012",
		/* crypt(5): a salt is of any bytes but "$", ":" and the line's end */
		"$6$my-salt$" DIGEST86,
		"$6$rounds=5000$0123456789abcde@$" DIGEST86,
	};
	static const char *const bad[] = {
		"secret",
		"$6$abc",
		"$6$" HASH,
		"$9$abc$def",
		"$1$$",
		"$6$$" DIGEST86,
		"$6$0123456789abcdefg$" DIGEST86,
		"$6$my:salt$" DIGEST86,
		"$1$123456789$2YhwhpQs.fRNno/PAzqc7/",
	};
	static const char *const locked[] = { "locked", "!", "!!", "*", "!" HASH };
	char file[512];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(file, sizeof(file), "rootpw --iscrypted %s\n", good[i]);
		_cleanup_ks_ struct ks ks = ks_good(file);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(file, sizeof(file), "rootpw --iscrypted %s\n", bad[i]);
		assert_refusal(
			file, 1, 20,
			"rootpw: the value after --iscrypted is not a crypt(5) hash, such as "
			"'mkpasswd' or 'openssl passwd -6' print");
	}
	for (size_t i = 0; i < sizeof(locked) / sizeof(locked[0]); i++) {
		snprintf(file, sizeof(file), "rootpw --iscrypted '%s'\n", locked[i]);
		assert_refusal(file, 1, 20,
			       "rootpw: the value after --iscrypted is not a crypt(5) hash; use "
			       "--lock if no password is to let root in");
	}
	assert_warning("rootpw --iscrypted $1$.A66cJ18$2YhwhpQs.fRNno/PAzqc7/\n", 1, 20,
		       "rootpw: the hash is of a weak kind; use yescrypt or SHA-512");
}

static void test_no_message_has_a_password(void **state)
{
	(void)state;
	static const char *const files[] = {
		"rootpw --iscrypted hunter2\n",
		"rootpw one hunter2\n",
		"rootpw --hunter2\n",
		"rootpw --plaintext=hunter2\n",
		"rootpw --lock=hunter2 x\n",
		"rootpw 'hunter2\n",
		"rootpw x#hunter2\n",
		"rootpw \"hunter2\" \"hunter2\" --iscryptd\n",
		"user --name=x --password=hunter2 --uid=x\n",
		"webhook --url=http://h/ --token=hunter2\n",
		"webhook --url=http://h/ --tokn=hunter2\n",
		"onfailure --then=x --bundle=https://h/ --token=hunter2\n",
		"autopart --encrypted --passphrase=hunter2\n",
		"autopart --passphrase hunter2\n",
		"autopart hunter2\n",
		"bootloader --password=hunter2 --md5pass hunter2\n",
		"part / --passphrase=hunter2\n",
		"part / -passphrase hunter2\n",
		"network -wpakey=hunter2\n",
		"sshpw --username=root hunter2 hunter2\n",
		"sshkey --username=root hunter2\n",
		"network --device=wlan0 --wpakey=hunter2 --wepkey hunter2\n",
		"network --device=wlan0 --wpakey=my hunter2\n",
		"part / --passphrase='hunter2\n",
		"part / --passphrase= hunter2\n",
		"logvol / --name=a --vgname=b --passphrase=x hunter2 --passphrase=hunter2\n",
		"raid / --device=md0 --level=1 --hw-passphrase=hunter2 raid.1\n",
		"user --name=a --password=x hunter2\n",
		"user --name=a --iscrypted --password=hunter2\n",
		"user --pasword=hunter2\n",
		"url --url=http://u:hunter2@h/ --proxy=http://u:hunter2@p/ hunter2\n",
		"repo --name=a --baseurl=http://u:hunter2@h/ hunter2\n",
		"liveimg --url=http://u:hunter2@h/ --hunter2\n",
		"iscsi --ipaddr=1 --password=hunter2 hunter2\n",
		"vnc --password=hunter2 hunter2\n",
		"rdp --password=hunter2 hunter2\n",
		"ovsagent hunter2 hunter2\n",
		"realm join --one-time-password=hunter2 --x\n",
		"rhsm --activation-key=hunter2 hunter2\n",
		"serialnum --esx=hunter2 hunter2\n",
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		_cleanup_ks_ struct ks ks = ks_text(files[i]);

		assert_true(ks.m.count > 0);
		assert_null(strstr(err_text(&ks.e), "hunter2"));
		for (size_t j = 0; j < ks.m.count; j++)
			assert_null(strstr(ks.m.item[j].text, "hunter2"));
	}
}

static void test_of_what_is_no_command_only_a_name_is_shown(void **state)
{
	(void)state;
	assert_error("rootpw=hunter2\n", 1, 1, "unknown command rootpw=...; did you mean rootpw?");
	assert_error("rootpw:hunter2\n", 1, 1, "unknown command rootpw:...; did you mean rootpw?");
	assert_error("rotpw='hunter2'\n", 1, 1, "unknown command rotpw=...; did you mean rootpw?");
	assert_error("daemon:$6$salt$hunter2:19000\n", 1, 1, "unknown command daemon:...");
	assert_error("Xyzzy1.er2\n", 1, 1, "unknown command Xyzzy1...");
	assert_error("'reboot --eject'\n", 1, 1, "unknown command reboot...; did you mean reboot?");
	assert_error("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n", 1, 1,
		     "unknown command MIIEvQIBADANBgkqhkiG9w0B...");
	assert_error("%pre=hunter2\nx\n%end\n", 1, 1,
		     "unknown section %pre=...; did you mean %pre?");
	/* A hash looks as a variable of a template does. */
	assert_refusal("$6$salt$hunter2\n", 1, 1,
		       "$6... is a placeholder: this is a template, which has to be filled in "
		       "first");
}

static void test_sshpw(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("sshpw --username=root hunter2\n"
					    "sshpw --username=root --sshkey \"" KEY " me@here\"\n"
					    "sshpw --username=root --lock x\n");

	assert_int_equal(ks.a.sshpw_count, 2);
	assert_string_equal(ks.a.sshpws[0].password, "hunter2");
	assert_null(ks.a.sshpws[0].key);
	assert_string_equal(ks.a.sshpws[1].key, KEY " me@here");
	assert_warning("sshpw --username=install hunter2\n", 1, 7,
		       "sshpw: ignored; the installer has no account but root");
	assert_error("sshpw --username=root hunter2 hunter2\n", 1, 31,
		     "sshpw: put what has blanks in quotes");
	assert_refusal("sshpw --username=root --sshkey ssh-rsa\n", 1, 32,
		       "sshpw: the key is damaged or not complete");
}

static void test_sshkey(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("sshkey --username=root \"" KEY " me@here\"\n");

	assert_int_equal(ks.a.sshkey_count, 1);
	assert_string_equal(ks.a.sshkeys[0].user, "root");
	assert_string_equal(ks.a.sshkeys[0].key, KEY " me@here");
	assert_refusal("sshkey --username=root ssh-rsa\n", 1, 24,
		       "sshkey: the key is damaged or not complete");
	assert_refusal("sshkey --username=root \"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAB\"\n", 1, 24,
		       "sshkey: the key is damaged or not complete");
	assert_refusal("sshkey --username=root 'my key'\n", 1, 24,
		       "sshkey: the key does not begin with a type such as ssh-ed25519");
	assert_error("sshkey --username=root " KEY "\n", 1, 36,
		     "sshkey: there is a word too many; quote what has blanks");
}

static void test_finish(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks a = ks_good("reboot --eject\n");
	_cleanup_ks_ struct ks b = ks_good("shutdown\n");

	assert_int_equal(a.a.finish, KS_FINISH_REBOOT);
	assert_true(a.a.eject);
	assert_int_equal(b.a.finish, KS_FINISH_POWEROFF);
	assert_warning("poweroff\nreboot\n", 2, 1,
		       "reboot: contradicts line 1; the last one counts");
	assert_warning("reboot --kexec\n", 1, 8,
		       "reboot: --kexec: ignored; the machine starts through its firmware");
}

static void test_commands_of_others(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks =
		ks_good("text\ncmdline\ninstall\ncdrom\nskipx\neula --agreed\neula Accepted\n");

	assert_warning("selinux --enforcing\n", 1, 1,
		       "selinux: ignored; the system does not use SELinux");
	_cleanup_ks_ struct ks wall =
		ks_good("firewall --service=ssh,https --port=8080:tcp,5900-5903:udp\n");
	_cleanup_ks_ struct ks off = ks_good("firewall --disabled --ssh\n");

	assert_true(wall.a.firewall.enabled);
	assert_int_equal(wall.a.firewall.ports.count, 2);
	assert_false(off.a.firewall.enabled);
	assert_refusal(
		"firewall --service=samba\n", 1, 10,
		"firewall: --service: \"samba\" is not a service whose ports are known here; "
		"use --port");
	assert_refusal("firewall --port=22:sctp\n", 1, 10,
		       "firewall: --port: \"22:sctp\" is not a port such as 8080:tcp or "
		       "5900-5903:tcp");
	_cleanup_ks_ struct ks services =
		ks_good("services --enabled=sshd,nfs-server.service --disabled='a b'\n");

	assert_int_equal(services.a.services_on.count, 2);
	assert_int_equal(services.a.services_off.count, 2);
	assert_warning("firstboot --disable\n", 1, 1,
		       "firstboot: ignored; nothing is asked at the first boot");
	assert_error("dmraid --name=a\n", 1, 1,
		     "dmraid: refused on purpose: no installer of today knows it; remove the line");
	assert_warning("url --url=http://x/\n", 1, 1,
		       "url: ignored; the system image comes with the installer");
}

static void test_slips_get_a_suggestion(void **state)
{
	(void)state;
	assert_error(" keybord us\n", 1, 2, "unknown command keybord; did you mean keyboard?");
	assert_error("xyzzy\n", 1, 1, "unknown command xyzzy");
	assert_error("%pots\nx\n%end\n", 1, 1, "unknown section %pots; did you mean %post?");
	assert_error("clearpart --all --drvies=sda\n", 1, 17,
		     "clearpart: unknown option --drvies; did you mean --drives?");
	assert_error("clearpart --cheese\n", 1, 11, "clearpart: unknown option --cheese");
	assert_error("a\x1b[31m\xc3\xa4\n", 1, 1, "unknown command a...");
}

static void test_options_are_written_as_anaconda_takes_them(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks a = ks_good("network --device eth0 --boot dhcp\n");

	assert_string_equal(a.a.networks[0].device, "eth0");
	assert_error("network --device --onboot=yes\n", 1, 9,
		     "network: --device needs a value: --device=DEVICE");
	assert_error("zerombr no\n", 1, 9, "zerombr: \"no\" is not a word it takes");
	assert_error("cdrom now\n", 1, 7,
		     "cdrom: \"now\" is too much here; only options are taken");
	assert_error("network --ipv4-\n", 1, 9,
		     "network: --ipv4- may be --ipv4-dns-search or --ipv4-ignore-auto-dns");
	assert_error("clearpart -all\n", 1, 11,
		     "clearpart: an option begins with two dashes: --all");
	assert_error("cdrom -\n", 1, 7, "cdrom: \"-\" is too much here; only options are taken");
	assert_error("zerombr --x\n", 1, 9, "zerombr: unknown option --x");
}

static void test_values_may_look_like_options(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks dash = ks_good("rootpw -- -x\n");
	_cleanup_ks_ struct ks blank = ks_text("user --name=a --gecos '-a b' --gid -5\n");
	_cleanup_ks_ struct ks empty = ks_good("network --device= --bootproto=dhcp\n");

	assert_string_equal(dash.a.root_password, "-x");
	assert_string_equal(blank.a.users[0].gecos, "-a b");
	assert_int_equal(blank.a.users[0].gid, -5);
	assert_null(empty.a.networks[0].device);
	assert_error("user --name --uid=5\n", 1, 6, "user: --name needs a value: --name=USER");
	/* What follows a misspelt option is its value, and told of once. */
	assert_error("ignoredisk --drvies sda\n", 1, 12,
		     "ignoredisk: unknown option --drvies; did you mean --drives?");
	assert_error("mount /dev/sda1\n", 1, 1, "mount: DEVICE MOUNTPOINT are needed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lang),
		cmocka_unit_test(test_keyboard),
		cmocka_unit_test(test_timezone),
		cmocka_unit_test(test_rootpw),
		cmocka_unit_test(test_what_is_not_enough_for_any_machine_is_said),
		cmocka_unit_test(test_hashes_are_told_from_passwords),
		cmocka_unit_test(test_no_message_has_a_password),
		cmocka_unit_test(test_of_what_is_no_command_only_a_name_is_shown),
		cmocka_unit_test(test_sshkey),
		cmocka_unit_test(test_sshpw),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_commands_of_others),
		cmocka_unit_test(test_slips_get_a_suggestion),
		cmocka_unit_test(test_options_are_written_as_anaconda_takes_them),
		cmocka_unit_test(test_values_may_look_like_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
