/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/properties.h"

#include "machine.h"

static struct err e;

static void values_are_of_their_type_and_within_their_qualifiers(void **state)
{
	static const struct {
		const char *type, *qualifiers, *value;
		bool good;
	} rows[] = {
		{ "string", "", "", true },
		{ "string", "MinLen(8)", "1234567", false },
		{ "string", "MinLen(8) MaxLen(10)", "12345678", true },
		{ "string", "MinLen(8), MaxLen(10)", "12345678901", false },
		{ "string", "MaxLen(2)", "\xc3\xa4\xc3\xb6", true }, /* characters, not bytes */
		{ "string", "ValueMap{\"small\", \"big one\"}", "big one", true },
		{ "string", "ValueMap{\"small\", \"big one\"}", "big", false },
		{ "string", "ValueMap{\"a\\\"}b\", \"c\"}", "a\"}b", true },
		{ "string", "ValueMap{\"a\\\"}b\", \"c\"}", "c", true },
		{ "boolean", "", "true", true },
		{ "boolean", "", "False", true },
		{ "boolean", "", "yes", false },
		{ "uint8", "", "255", true },
		{ "uint8", "", "256", false },
		{ "uint16", "", "-1", false },
		{ "uint64", "", "18446744073709551615", true },
		{ "uint64", "", "18446744073709551616", false },
		{ "sint8", "", "-128", true },
		{ "sint8", "", "128", false },
		{ "int", "", "9223372036854775807", true },
		{ "int", "", " 5", false },
		{ "int", "", "5x", false },
		{ "int", "", "", false },
		{ "uint16", "MinValue(1024) MaxValue(2048)", "80", false },
		{ "uint16", "MinValue(1024) MaxValue(2048)", "2048", true },
		{ "real32", "", "1.5e3", true },
		{ "real32", "", "1,5", false },
		{ "ip", "", "192.0.2.7", true },
		{ "ip", "", "2001:db8::1", true },
		{ "ip", "", "192.0.2", false },
		{ "ip:VM Network", "", "192.0.2.256", false },
		{ "ip", "", "", true }, /* by DHCP */
		{ "string", "", "a\033[2J", false },
		{ "string", "MinLen(x)", "", true }, /* the maker's mistake is not the user's */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct model_property p = { .key = "k",
					    .type = (char *)rows[i].type,
					    .qualifiers = (char *)rows[i].qualifiers };

		if ((property_check(&p, rows[i].value, &e) == 0) != rows[i].good)
			fail_msg("%s %s '%s'", rows[i].type, rows[i].qualifiers, rows[i].value);
	}
}

static void a_password_is_in_no_message(void **state)
{
	struct model_property p = {
		.key = "k", .type = "uint8", .qualifiers = "", .password = true
	};

	(void)state;
	assert_int_equal(property_check(&p, "geheim", &e), -EINVAL);
	assert_string_equal(err_text(&e), "k: is no uint8");
	p.password = false;
	assert_int_equal(property_check(&p, "red", &e), -EINVAL);
	assert_string_equal(err_text(&e), "k: 'red' is no uint8");
}

static void a_key_may_be_given_without_its_class(void **state)
{
	struct guest_pair given[] = { { "hostname", "h1" }, { "org.b.port", "81" } };
	struct package p;
	json_t *values;

	(void)state;
	package_init(&p);
	package_add_property(&p, "org.a.hostname", "string", "");
	package_add_property(&p, "org.a.port", "uint16", "80");
	package_add_property(&p, "org.b.port", "uint16", "80");
	assert_int_equal(properties_values(&p.machine, given, 2, &values, &e), 0);
	assert_string_equal(json_string_value(json_object_get(values, "org.a.hostname")), "h1");
	assert_string_equal(json_string_value(json_object_get(values, "org.a.port")), "80");
	assert_string_equal(json_string_value(json_object_get(values, "org.b.port")), "81");
	json_decref(values);
	given[0].key = "port";
	assert_int_equal(properties_values(&p.machine, given, 2, &values, &e), -EINVAL);
	assert_string_equal(err_text(&e), "property port: 2 properties end so; give the whole key");
	given[0].key = "ostname";
	assert_int_equal(properties_values(&p.machine, given, 2, &values, &e), -EINVAL);
	assert_string_equal(err_text(&e), "property ostname: the package has none of that name");
	given[0] = (struct guest_pair){ "org.a.port", "eighty" };
	assert_int_equal(properties_values(&p.machine, given, 2, &values, &e), -EINVAL);
	assert_string_equal(err_text(&e), "property: org.a.port: 'eighty' is no uint16");
	p.properties[1].user_configurable = false;
	given[0].value = "8080";
	assert_int_equal(properties_values(&p.machine, given, 2, &values, &e), -EINVAL);
	assert_null(values);
}

static void only_what_is_open_is_asked(void **state)
{
	struct guest_pair given = { "a", "x" };
	struct package p;

	(void)state;
	package_init(&p);
	package_add_property(&p, "c.a", "string", "");
	package_add_property(&p, "c.b", "string", "default");
	package_add_property(&p, "c.p", "string", "default");
	p.properties[2].password = true;
	assert_true(property_open(&p.machine, &p.properties[0], NULL, 0));
	assert_false(property_open(&p.machine, &p.properties[0], &given, 1));
	assert_false(property_open(&p.machine, &p.properties[1], NULL, 0));
	assert_true(property_open(&p.machine, &p.properties[2], NULL, 0));
	p.properties[0].user_configurable = false;
	assert_false(property_open(&p.machine, &p.properties[0], NULL, 0));
	/* Empty is a default where the package says so, and its own rules let it be. */
	p.properties[0] = p.properties[1];
	p.properties[0].value = (char *)"";
	assert_false(property_open(&p.machine, &p.properties[0], NULL, 0));
	p.properties[0].qualifiers = (char *)"MinLen(1)";
	assert_true(property_open(&p.machine, &p.properties[0], NULL, 0));
	p.properties[0].qualifiers = (char *)"";
	p.properties[0].type = (char *)"uint16";
	assert_true(property_open(&p.machine, &p.properties[0], NULL, 0));
}

static void a_file_has_a_property_a_line(void **state)
{
	char text[] = "# mine\n\n a.b = c = d \r\nx=\nlast=1";
	char wrong[] = "a=1\nb\n";
	struct guest_pair *pairs = NULL;
	size_t n;

	(void)state;
	assert_int_equal(properties_parse(text, "p.conf", &pairs, &n, &e), 0);
	assert_int_equal(n, 3);
	assert_string_equal(pairs[0].key, "a.b");
	assert_string_equal(pairs[0].value, " c = d ");
	assert_string_equal(pairs[1].value, "");
	assert_string_equal(pairs[2].value, "1");
	free(pairs);
	assert_int_equal(properties_parse(wrong, "p.conf", &pairs, &n, &e), -EINVAL);
	assert_string_equal(err_text(&e), "p.conf:2: not KEY=VALUE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_of_their_type_and_within_their_qualifiers),
		cmocka_unit_test(a_password_is_in_no_message),
		cmocka_unit_test(a_key_may_be_given_without_its_class),
		cmocka_unit_test(only_what_is_open_is_asked),
		cmocka_unit_test(a_file_has_a_property_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
