/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle appliance inspect
 */
#include "appliance/inspect.h"

#include <stdio.h>
#include <string.h>

#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

static bool inspect_json;
static const char *inspect_option;

const struct cmd_opt appliance_inspect_opts[] = {
	{ "option", 0, OPT_STRING, "ID", &inspect_option,
	  "the machines as this deployment option has them" },
	{ "json", 0, OPT_BOOL, NULL, &inspect_json, "all that is known, as JSON" },
	{ 0 },
};

struct size {
	char text[32];
};

static struct size size(uint64_t bytes)
{
	struct size s = { "" };

	if (bytes == MODEL_UNKNOWN)
		snprintf(s.text, sizeof(s.text), "?");
	else
		size_text(bytes, s.text, sizeof(s.text));
	return s;
}

static const char *get(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* "  NAME      text", nothing when there is no text; later lines below the first. */
static void row(const char *name, const char *text)
{
	size_t n;

	if (!*text)
		return;
	for (; *text; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		if (n || *name)
			printf("  %-11s %.*s\n", name, (int)n, text);
		else
			puts("");
		name = "";
	}
}

static void print_package(const struct model *m, const json_t *report)
{
	const json_t *mf = json_object_get(report, "manifest");
	const json_t *sig = json_object_get(report, "signature");
	const char *packing = get(report, "packing"), *error;

	printf("%s\n", m->name);
	printf("  %-11s %s%s%s, %s%s%s\n", "package", get(report, "container"),
	       *packing ? " in " : "", packing, model_kind_names[m->kind], *m->version ? " " : "",
	       m->version);
	if (json_is_object(mf)) {
		error = get(mf, "error");
		printf("  %-11s %s%s%s\n", "manifest", *error ? "" : get(mf, "name"),
		       *error ? error : ", ", *error ? "" : get(mf, "hash"));
	}
	if (!json_is_object(sig))
		return;
	error = get(sig, "error");
	printf("  %-11s %s%s%s%s\n", "signed by", *error ? error : get(sig, "signer"),
	       json_is_true(json_object_get(sig, "self_signed")) ? " (by itself)" : "",
	       json_is_true(json_object_get(sig, "expired")) ? ", no longer valid: " : "",
	       json_is_true(json_object_get(sig, "expired")) ? get(sig, "until") : "");
}

static void print_options(const struct model *m)
{
	for (size_t i = 0; i < m->n_options; i++) {
		const struct model_option *o = &m->options[i];

		printf("  %-11s %c %s%s%s\n", i ? "" : "options", o->chosen ? '*' : ' ', o->id,
		       *o->label ? ": " : "", o->label);
	}
}

/* What the image itself says, NULL when it was not looked at. */
static const json_t *image_of(const json_t *report, size_t file)
{
	const json_t *list = json_object_get(report, "images");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *image = json_array_get(list, i);

		if ((size_t)json_integer_value(json_object_get(image, "file")) == file)
			return image;
	}
	return NULL;
}

/* As the descriptor says it, and the image where it says otherwise. */
static void print_capacity(const struct model_disk *d, const json_t *image)
{
	const json_t *there = json_object_get(image, "size");
	uint64_t bytes = there ? (uint64_t)json_integer_value(there) : d->capacity;

	if (d->capacity != MODEL_UNKNOWN && bytes != d->capacity)
		printf("%s said, %s in the image", size(d->capacity).text, size(bytes).text);
	else
		printf("%s", size(bytes).text);
}

/* "a.vmdk: No such file" of a.vmdk is "No such file". */
static void print_error(const char *error, const char *href)
{
	size_t n = strlen(href);

	if (strncmp(error, href, n) == 0 && strncmp(error + n, ": ", 2) == 0)
		error += n + 2;
	if (*error)
		printf(": %s", error);
}

static void print_disk(const struct model *m, const struct model_disk *d, const json_t *report)
{
	const struct model_file *f = d->file == MODEL_NONE ? NULL : &m->files[d->file];
	const json_t *image = f ? image_of(report, d->file) : NULL;
	const char *format = get(image, "format"), *subformat = get(image, "subformat");

	print_capacity(d, image);
	if (!f) {
		printf(", empty");
		return;
	}
	printf(", %s", f->href);
	if (f->size != MODEL_UNKNOWN)
		printf(" of %s", size(f->size).text);
	printf(", %s%s%s",
	       *format	    ? format
	       : *d->format ? d->format
			    : "?",
	       *subformat ? " " : "", subformat);
	if (f->compression)
		printf(" in %s", model_compression_names[f->compression]);
	if (d->parent != MODEL_NONE)
		printf(", on top of %s", m->disks[d->parent].id);
	print_error(get(image, "error"), f->href);
}

static void print_drives(const struct model *m, const struct model_machine *vm,
			 const json_t *report)
{
	for (size_t i = 0; i < vm->n_drives; i++) {
		const struct model_drive_use *d = &vm->drives[i];
		char place[48];

		snprintf(place, sizeof(place), "%s%u:%u",
			 d->bus == BUS_UNKNOWN ? "any" : model_bus_names[d->bus], d->controller_no,
			 d->unit);
		printf("  %-11s %s ", i ? "" : "drives", place);
		if (d->kind != DRIVE_DISK)
			printf("%s%s", model_drive_names[d->kind],
			       d->file == MODEL_NONE ? "" : " ");
		if (d->disk != MODEL_NONE)
			print_disk(m, &m->disks[d->disk], report);
		else if (d->file != MODEL_NONE)
			printf("%s", m->files[d->file].href);
		printf("%s%s%s\n", *d->controller ? " [" : "", d->controller,
		       *d->controller ? "]" : "");
	}
}

static void print_nics(const struct model *m, const struct model_machine *vm)
{
	for (size_t i = 0; i < vm->n_nics; i++) {
		const struct model_nic *n = &vm->nics[i];

		printf("  %-11s %s%s%s%s%s\n", i ? "" : "networks",
		       n->network == MODEL_NONE ? "none" : m->networks[n->network].name,
		       *n->model ? ", " : "", n->model, *n->mac ? ", " : "", n->mac);
	}
}

static void print_properties(const struct model_machine *vm)
{
	for (size_t i = 0; i < vm->n_properties; i++) {
		const struct model_property *p = &vm->properties[i];

		printf("  %-11s %s (%s%s%s%s%s)", i ? "" : "properties", p->key,
		       p->password ? "password" : p->type, *p->qualifiers ? " " : "", p->qualifiers,
		       p->user_configurable ? "" : ", fixed", p->has_value ? "" : ", no default");
		if (p->has_value && *p->value && !p->password)
			printf(" = %.*s", (int)strcspn(p->value, "\n"), p->value);
		printf("%s%.*s\n", *p->label ? ": " : "", (int)strcspn(p->label, "\n"), p->label);
	}
}

static void print_boot(const struct model_machine *vm)
{
	char text[64] = "";

	if (vm->virt != VIRT_UNKNOWN)
		snprintf(text, sizeof(text), "%s", model_virt_names[vm->virt]);
	if (vm->firmware != FIRMWARE_UNKNOWN)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			 *text ? ", " : "", model_firmware_names[vm->firmware]);
	row("boot", text);
	row("kernel", vm->kernel);
	row("ramdisk", vm->ramdisk);
	row("arguments", vm->cmdline);
}

static void print_machine(const struct model *m, const struct model_machine *vm,
			  const json_t *report)
{
	printf("\nmachine %s", vm->name);
	if (vm->start_order || vm->start_delay)
		printf(", starts as number %u, then %u s", vm->start_order, vm->start_delay);
	putchar('\n');
	if (*vm->product)
		printf("  %-11s %s%s%s%s%s\n", "product", vm->product, *vm->version ? " " : "",
		       vm->version, *vm->vendor ? ", by " : "", vm->vendor);
	if (*vm->os || vm->os_id)
		printf("  %-11s %s%s(CIM %u)\n", "system", vm->os, *vm->os ? " " : "", vm->os_id);
	row("made for", vm->hardware);
	print_boot(vm);
	if (vm->cpus)
		printf("  %-11s %u\n", "CPUs", vm->cpus);
	if (vm->memory)
		printf("  %-11s %s\n", "memory", size(vm->memory).text);
	print_drives(m, vm, report);
	print_nics(m, vm);
	row("transport", vm->transport);
	print_properties(vm);
	row("annotation", vm->annotation);
	for (size_t i = 0; i < vm->n_eulas; i++)
		row(i ? "" : "licence", vm->eulas[i]);
}

int run_appliance_inspect(size_t argc, char **argv)
{
	_cleanup_json_ json_t *report = NULL;
	struct model *m = NULL;
	struct err e = { 0 };
	int code = 0;

	(void)argc;
	if (inspect_run(argv[0], inspect_option, &m, &report, &e) < 0)
		return fail(&e);
	if (inspect_json) {
		code = print_json(report, JSON_INDENT(2));
	} else {
		print_package(m, report);
		print_options(m);
		for (size_t i = 0; i < m->n_machines; i++)
			print_machine(m, &m->machines[i], report);
		for (size_t i = 0; i < m->n_warnings; i++)
			printf("%swarning: %s\n", i ? "" : "\n", m->warnings[i]);
	}
	model_free(m);
	return code;
}
