/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk over iSCSI that the firmware tells of (iBFT): when it is taken, and what the
 * network may do with the card that leads to it.
 */
#include "helper.h"

/* In the facts: the card that leads to the disk, and the other one. */
#define DISK_CARD  "enp0s1"
#define OTHER_CARD "enp0s2"

static const char *boot_menu(const struct bench *b)
{
	for (size_t i = 0; i < b->plan.op_count; i++)
		if (b->plan.ops[i].kind == &op_kinds[OP_BOOT_MENU])
			return arg_string(b->plan.ops[i].args, "text");
	return "";
}

static struct ks_network *network(struct bench *b, const char *device, enum ks_proto proto)
{
	struct ks_network *line = bench_network(b);

	line->device = device ? strdup(device) : NULL;
	line->proto = proto;
	return line;
}

static void set(char **where, const char *text)
{
	free(*where);
	*where = strdup(text);
}

static void test_taken_without_a_name(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-ibft");
	assert_planned(&b);
	assert_string_equal(b.plan.disk->name, "sda");
	assert_non_null(strstr(boot_menu(&b), " socle.ibft"));
	/* The same disk, of which the firmware says nothing, may be anybody's. */
	b.facts.disks[0].ibft = false;
	assert_refused(&b, "no disk of this machine can be taken");
	strings_add(&b.answers.only_use, "sda");
	assert_planned(&b);
	assert_null(strstr(boot_menu(&b), "socle.ibft"));
	bench_close(&b);
}

/* Nobody guesses whether it is the firmware's disk or the one in the machine. */
static void test_beside_a_disk_of_its_own(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "vmware-two");
	set(&b.facts.disks[0].transport, "iscsi");
	b.facts.disks[0].ibft = true;
	assert_refused(&b, "2 disks could be taken; name one");
	strings_add(&b.answers.only_use, b.facts.disks[1].name);
	assert_planned(&b);
	assert_null(strstr(boot_menu(&b), "socle.ibft"));
	bench_close(&b);
}

static void test_out_of_reach(void **state)
{
	struct bench b;
	size_t n;

	(void)state;
	bench_open(&b, "qemu-ibft");
	n = b.facts.disk_count;
	b.facts.disk_count = 0;
	assert_refused(&b, "iqn.2026-11.test.socle:disk at 10.0.2.2:");
	b.facts.disk_count = n;
	bench_close(&b);
}

static void test_disk_has_a_card_for_itself(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-ibft");
	network(&b, OTHER_CARD, KS_PROTO_DHCP);
	assert_planned(&b);
	assert_non_null(strstr(boot_menu(&b), " socle.ibft "));
	assert_null(planned_file(&b.plan, "etc/systemd/network/10-" DISK_CARD ".network"));
	bench_close(&b);
}

static void test_management_over_the_same_card(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-ibft");
	network(&b, NULL, KS_PROTO_IBFT);
	assert_planned(&b);
	assert_non_null(strstr(boot_menu(&b), " socle.ibft=xenbr0 "));
	/* What DHCP gave to the firmware it gives to the host. */
	b.answers.networks[0].proto = KS_PROTO_DHCP;
	assert_planned(&b);
	assert_non_null(strstr(boot_menu(&b), " socle.ibft=xenbr0 "));
	b.facts.ibft.dhcp = false;
	assert_refused(&b, "line 20: the disk is reached over " DISK_CARD);
	b.answers.networks[0].proto = KS_PROTO_IBFT;
	assert_planned(&b);
	bench_close(&b);
}

/* Whatever would take the firmware's address away from the card is refused. */
static void test_card_left_alone(void **state)
{
	static const char words[] = "the disk is reached over " DISK_CARD;
	struct ks_network *line;
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-ibft");
	line = network(&b, DISK_CARD, KS_PROTO_IBFT);
	line->mtu = 9000;
	assert_refused(&b, words);
	line->mtu = 0;
	line->vlan = strdup("30");
	assert_refused(&b, words);
	line->proto = KS_PROTO_DHCP;
	assert_refused(&b, words);
	free(line->vlan);
	line->vlan = NULL;
	set(&line->device, "bond0");
	strings_add(&line->bond_slaves, DISK_CARD);
	strings_add(&line->bond_slaves, OTHER_CARD);
	assert_refused(&b, words);
	bench_close(&b);
}

static void test_proto_without_a_disk(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-ibft");
	network(&b, OTHER_CARD, KS_PROTO_IBFT);
	assert_refused(&b, "--bootproto=ibft is for the card");
	bench_close(&b);
	bench_open(&b, "qemu-bios");
	network(&b, "enp0s2", KS_PROTO_IBFT);
	assert_refused(&b, "line 20: --bootproto=ibft, but the system is not on a disk over iSCSI");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_taken_without_a_name),
		cmocka_unit_test(test_beside_a_disk_of_its_own),
		cmocka_unit_test(test_out_of_reach),
		cmocka_unit_test(test_disk_has_a_card_for_itself),
		cmocka_unit_test(test_management_over_the_same_card),
		cmocka_unit_test(test_card_left_alone),
		cmocka_unit_test(test_proto_without_a_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
