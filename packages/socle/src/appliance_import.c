/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle appliance import, verify, plan
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "appliance_options.h"
#include "socle.h"
#include "socle/fs.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static uint64_t number_of(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void print_verdict(const json_t *report)
{
	const json_t *v = json_object_get(report, "verified");
	const json_t *s = json_object_get(v, "signature");

	if (json_is_string(json_object_get(v, "manifest")))
		printf("manifest:  %s, %s of %" PRIu64 " files\n", text_of(v, "manifest"),
		       text_of(v, "hash"), number_of(v, "files"));
	else
		printf("manifest:  none\n");
	if (json_is_object(s))
		printf("signed by: %s (%s)\n", text_of(s, "signer"),
		       json_is_true(json_object_get(s, "trusted")) ? "trusted" : "not trusted");
	if (json_object_get(report, "sha256"))
		printf("sha256:    %s\n", text_of(report, "sha256"));
}

static void print_disks(const json_t *report)
{
	const json_t *d;
	char text[32];
	size_t i;

	json_array_foreach(json_object_get(report, "disks"), i, d)
		printf("disk:      %s, %s%s%s, %s%s%s\n", text_of(d, "name"), text_of(d, "format"),
		       *text_of(d, "subformat") ? " " : "", text_of(d, "subformat"),
		       size_text(number_of(d, "size"), text, sizeof(text)),
		       *text_of(d, "path") ? " -> " : "", text_of(d, "path"));
}

static void print_time(const json_t *report)
{
	uint64_t ms = number_of(report, "milliseconds"), bytes = 0;
	const json_t *d;
	size_t i;

	json_array_foreach(json_object_get(report, "disks"), i, d) bytes += number_of(d, "size");
	printf("time:      %" PRIu64 ".%" PRIu64 " s", ms / 1000, ms % 1000 / 100);
	if (ms && bytes)
		printf(", %" PRIu64 " MB/s", bytes / 1000 / ms);
	putchar('\n');
}

static int print_verified(const json_t *report)
{
	print_verdict(report);
	print_disks(report);
	print_time(report);
	return 0;
}

static int print_imported(const json_t *report)
{
	const json_t *g;
	size_t i;

	json_array_foreach(json_object_get(report, "guests"), i, g)
		printf("guest:     %s\n", text_of(g, "name"));
	return print_verified(report);
}

static int print_plan(const json_t *report)
{
	const json_t *xl = json_object_get(report, "xl"), *g;
	size_t i;

	printf("package:   %s (%s)\n", text_of(json_object_get(report, "package"), "source"),
	       text_of(json_object_get(report, "package"), "kind"));
	print_disks(report);
	json_array_foreach(json_object_get(report, "guests"), i, g)
	{
		const char *name = text_of(g, "name");

		printf("guest:     %s\n", name);
		printf("\n%s\n", text_of(xl, name));
	}
	printf("plan:      sha256 %s\n", text_of(report, "plan"));
	return 0;
}

int run_appliance_import(size_t argc, char **argv)
{
	struct import_opts o = { .mode = IMPORT_REAL, .source = argv[0] };

	(void)argc;
	return import_main(&o, print_imported);
}

int run_appliance_verify(size_t argc, char **argv)
{
	struct import_opts o = { .mode = IMPORT_VERIFY, .source = argv[0] };

	(void)argc;
	return import_main(&o, print_verified);
}

int run_appliance_plan(size_t argc, char **argv)
{
	struct import_opts o = { .mode = IMPORT_PLAN, .source = argv[0] };

	(void)argc;
	return import_main(&o, print_plan);
}
