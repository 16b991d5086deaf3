/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is understood of a DHCP server's offer.
 */
#include "helper.h"

#include "installer/ks_offer.h"

static const unsigned char mac[KS_DHCP_MAC] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
enum { XID = 0x01020304, OPTIONS = 240 };

struct message {
	unsigned char bytes[600];
	size_t len;
};

static void add(struct message *m, int code, const char *data, size_t len)
{
	m->bytes[m->len++] = (unsigned char)code;
	m->bytes[m->len++] = (unsigned char)len;
	memcpy(m->bytes + m->len, data, len);
	m->len += len;
}

/* An offer of 192.0.2.9 by the next server 192.0.2.1. */
static struct message offer(void)
{
	struct message m = { .len = OPTIONS };

	ks_discover(m.bytes, XID, mac);
	memset(m.bytes + OPTIONS, 0, sizeof(m.bytes) - OPTIONS);
	m.bytes[0] = 2;
	memcpy(m.bytes + 16, "\xc0\x00\x02\x09", 4);
	memcpy(m.bytes + 20, "\xc0\x00\x02\x01", 4);
	add(&m, 53, "\x02", 1);
	return m;
}

static int parse(const struct message *m, struct ks_offer *o)
{
	return ks_offer_parse(m->bytes, m->len, XID, mac, o);
}

static void test_discover(void **state)
{
	unsigned char p[KS_DISCOVER_LEN];

	(void)state;
	ks_discover(p, XID, mac);
	assert_memory_equal(p, "\x01\x01\x06\x00\x01\x02\x03\x04\x00\x00\x80\x00", 12);
	assert_memory_equal(p + 28, mac, sizeof(mac));
	assert_memory_equal(p + 236, "\x63\x82\x53\x63\x35\x01\x01", 7);
}

static void test_fields_and_options(void **state)
{
	struct message m = offer();
	struct ks_offer o;

	(void)state;
	strcpy((char *)m.bytes + 108, "field.cfg");
	assert_int_equal(parse(&m, &o), 0);
	assert_string_equal(o.address, "192.0.2.9");
	assert_string_equal(o.server, "192.0.2.1");
	assert_string_equal(o.file, "field.cfg");
	assert_string_equal(o.source, "");
	add(&m, 66, "other", 5);
	add(&m, 67, "option.cfg\0", 11);
	add(&m, 224, "http://h/a", 10);
	assert_int_equal(parse(&m, &o), 0);
	assert_string_equal(o.server, "192.0.2.1");
	assert_string_equal(o.file, "option.cfg");
	assert_string_equal(o.source, "http://h/a");
	memset(m.bytes + 20, 0, 4);
	assert_int_equal(parse(&m, &o), 0);
	assert_string_equal(o.server, "other");
}

/* RFC 2131: option 52 lets the fields hold options. */
static void test_overload(void **state)
{
	struct message m = offer();
	struct ks_offer o;

	(void)state;
	add(&m, 52, "\x03", 1);
	memcpy(m.bytes + 108, "\x43\x05/file\xff", 8);
	memcpy(m.bytes + 44, "\xe0\x0anfs:h:/a:b\xff", 13);
	assert_int_equal(parse(&m, &o), 0);
	assert_string_equal(o.file, "/file");
	assert_string_equal(o.source, "nfs:h:/a:b");
}

static void test_others_messages(void **state)
{
	struct message m = offer(), ack = offer(), cut = offer(), control = offer();
	unsigned char other[KS_DHCP_MAC] = { 2 };
	struct ks_offer o;

	(void)state;
	assert_int_equal(ks_offer_parse(m.bytes, m.len, XID + 1, mac, &o), -EINVAL);
	assert_int_equal(ks_offer_parse(m.bytes, m.len, XID, other, &o), -EINVAL);
	assert_int_equal(ks_offer_parse(m.bytes, 100, XID, mac, &o), -EINVAL);
	assert_int_equal(ks_offer_parse(m.bytes, OPTIONS, XID, mac, &o), -EINVAL);
	ack.bytes[OPTIONS + 2] = 5;
	assert_int_equal(parse(&ack, &o), -EINVAL);
	add(&cut, 67, "/file", 5);
	cut.len--;
	assert_int_equal(parse(&cut, &o), -EINVAL);
	add(&control, 67, "/a\nb", 4);
	assert_int_equal(parse(&control, &o), 0);
	assert_string_equal(o.file, "");
}

static void test_source(void **state)
{
	static const struct {
		struct ks_offer o;
		int ret;
		const char *source; /* or words of the message */
	} cases[] = {
		{ { "192.0.2.9", "192.0.2.1", "/d/a", "" }, 0, "nfs:192.0.2.1:/d/a" },
		{ { "192.0.2.9", "192.0.2.1", "a", "" }, 0, "nfs:192.0.2.1:/a" },
		{ { "192.0.2.9", "192.0.2.1", "/d/", "" },
		  0,
		  "nfs:192.0.2.1:/d/192.0.2.9-kickstart" },
		{ { "192.0.2.9", "192.0.2.1", "http://h/a", "" }, 0, "http://h/a" },
		{ { "192.0.2.9", "", "nfs:h:/a", "" }, 0, "nfs:h:/a" },
		{ { "192.0.2.9", "192.0.2.1", "pxelinux.0", "https://h/a" }, 0, "https://h/a" },
		{ { "192.0.2.9", "192.0.2.1", "", "" }, -ENOENT, "names no kickstart file" },
		{ { "192.0.2.9", "192.0.2.1", "boot/grubx64.EFI", "" }, -EINVAL, "a boot loader" },
		{ { "192.0.2.9", "", "/a", "" }, -EINVAL, "no server (next-server)" },
		{ { "192.0.2.9", "", "", "file:/a" }, -EINVAL, "not in the network" },
		{ { "192.0.2.9", "", "", "hd:sda1:/a" }, -EINVAL, "not in the network" },
		{ { "192.0.2.9", "", "tftp://h/a", "" }, -EINVAL, "DHCP: tftp://h/a: " },
		{ { "192.0.2.9", "-x", "/a", "" }, -EINVAL, "the server is missing or malformed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *source = NULL;
		struct err e = { 0 };

		assert_int_equal(ks_offer_source(&cases[i].o, &source, &e), cases[i].ret);
		if (cases[i].ret == 0)
			assert_string_equal(source, cases[i].source);
		else if (!strstr(err_text(&e), cases[i].source) || source)
			fail_msg("%s: %s", cases[i].source, err_text(&e));
		free(source);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_discover), cmocka_unit_test(test_fields_and_options),
		cmocka_unit_test(test_overload), cmocka_unit_test(test_others_messages),
		cmocka_unit_test(test_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
