/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor_rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "appliance/doctor.h"
#include "appliance/package.h"
#include "socle/fs.h"

const char *const doctor_targets[] = { "all",	  "vmware",   "virtualbox", "xcp-ng",
				       "proxmox", "virt-v2v", "socle",	    NULL };

enum { TEXT = 640 };

struct facts {
	const json_t *json;
	const struct model *m;
};

static const char *text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static const json_t *get(const struct facts *f, const char *key)
{
	return json_object_get(f->json, key);
}

/* Each returns whether it was found, and says what. */

static bool altered(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "%s", text(f->json, "altered"));
	return *to;
}

static bool packed(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "the package as a whole is compressed with %s",
		 text(f->json, "packing"));
	return *text(f->json, "packing");
}

static bool zipped(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "a zip archive, where an OVA is a tar archive");
	return strcmp(text(f->json, "container"), "zip") == 0;
}

static bool is_tar(const struct facts *f)
{
	return strcmp(text(f->json, "container"), "tar") == 0;
}

static bool order(const struct facts *f, char *to)
{
	const json_t *first = json_array_get(get(f, "parts"), 0);

	snprintf(to, TEXT, "the archive begins with %s, not with the descriptor",
		 text(first, "name"));
	return is_tar(f) && strcmp(text(first, "name"), text(f->json, "descriptor")) != 0;
}

static bool dots(const struct facts *f, char *to)
{
	const char *name = text(f->json, "descriptor");

	snprintf(to, TEXT, "names in the archive have a folder in front: %s", name);
	return is_tar(f) && strchr(name, '/');
}

static bool no_manifest(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "there is no manifest: nobody sees when it is damaged");
	return !json_is_object(get(f, "manifest"));
}

static bool bad_manifest(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "%s", text(get(f, "manifest"), "error"));
	return *to;
}

static bool dialect(const struct facts *f, char *to)
{
	json_int_t line = json_integer_value(json_object_get(get(f, "manifest"), "odd"));

	snprintf(to, TEXT, "%s:%d is not of the one form that all read, SHA256(NAME)= DIGITS",
		 text(get(f, "manifest"), "name"), (int)line);
	return line > 0;
}

static bool sha1(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "%s relies on SHA-1, which vSphere refuses since version 7",
		 text(get(f, "manifest"), "name"));
	return strcmp(text(get(f, "manifest"), "hash"), "SHA1") == 0;
}

static bool sha512(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "%s has SHA-512 only, which many do not know",
		 text(get(f, "manifest"), "name"));
	return strcmp(text(get(f, "manifest"), "hash"), "SHA512") == 0;
}

static bool lacking(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "%s", text(f->json, "lacking"));
	return *to;
}

static bool bad_signature(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "%s", text(get(f, "signature"), "error"));
	return *to;
}

static bool old_signature(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "the certificate of %s is valid until %s only",
		 text(get(f, "signature"), "signer"), text(get(f, "signature"), "until"));
	return json_is_true(json_object_get(get(f, "signature"), "expired"));
}

static bool self_signed(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "%s vouches for itself: importers warn or refuse",
		 text(get(f, "signature"), "signer"));
	return json_is_true(json_object_get(get(f, "signature"), "self_signed"));
}

static bool version(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "the descriptor is OVF %s, export it as 1.1", f->m->version);
	return *f->m->version == '2';
}

/* What a list has of a file of the model; NULL. */
static const json_t *of_file(const json_t *list, size_t file)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i), *no = json_object_get(item, "file");

		if (no && json_integer_value(no) == (json_int_t)file)
			return item;
	}
	return NULL;
}

static const json_t *part_of(const struct facts *f, size_t file)
{
	return of_file(get(f, "parts"), file);
}

static const json_t *image_of(const struct facts *f, size_t file)
{
	return of_file(get(f, "images"), file);
}

static bool missing(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_files; i++)
		if (!part_of(f, i)) {
			snprintf(to, TEXT, "%s is not in the package", f->m->files[i].href);
			return true;
		}
	return false;
}

static bool file_size(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_files; i++) {
		const json_t *size = json_object_get(part_of(f, i), "size");

		if (!size || f->m->files[i].size == MODEL_UNKNOWN || f->m->files[i].chunk ||
		    (uint64_t)json_integer_value(size) == f->m->files[i].size)
			continue;
		snprintf(to, TEXT, "%s has %lld bytes, the descriptor says %llu",
			 f->m->files[i].href, (long long)json_integer_value(size),
			 (unsigned long long)f->m->files[i].size);
		return true;
	}
	return false;
}

static bool capacity(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_disks; i++) {
		const struct model_disk *d = &f->m->disks[i];
		const json_t *size = d->file == MODEL_NONE
					     ? NULL
					     : json_object_get(image_of(f, d->file), "size");

		if (!size || d->capacity == MODEL_UNKNOWN ||
		    (uint64_t)json_integer_value(size) <= d->capacity)
			continue;
		snprintf(to, TEXT,
			 "disk %s has %lld bytes, the descriptor says %llu: it would be cut", d->id,
			 (long long)json_integer_value(size), (unsigned long long)d->capacity);
		return true;
	}
	return false;
}

static bool bad_image(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_files; i++) {
		const char *error = text(image_of(f, i), "error");

		if (*error && part_of(f, i)) {
			snprintf(to, TEXT, "%s", error);
			return true;
		}
	}
	return false;
}

static bool format(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_files; i++) {
		const char *kind = text(image_of(f, i), "format");

		if (*kind && strcmp(kind, "vmdk") != 0) {
			snprintf(to, TEXT, "%s is %s, only VMDK is taken", f->m->files[i].href,
				 kind);
			return true;
		}
	}
	return false;
}

static bool compressed(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_files; i++)
		if (f->m->files[i].compression) {
			snprintf(to, TEXT, "%s is compressed (ovf:compression), which is not seen",
				 f->m->files[i].href);
			return true;
		}
	return false;
}

static bool chunked(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_files; i++)
		if (f->m->files[i].chunk) {
			snprintf(to, TEXT, "%s is in chunks, which are not put together",
				 f->m->files[i].href);
			return true;
		}
	return false;
}

static bool machines(const struct facts *f, char *to)
{
	snprintf(to, TEXT, "%zu machines, of which at most one is seen", f->m->n_machines);
	return f->m->n_machines > 1;
}

static bool hardware(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_machines; i++)
		if (!strstr(f->m->machines[i].hardware, "vmx-")) {
			snprintf(to, TEXT, "machine %s is made for \"%s\", not for VMware (vmx-10)",
				 f->m->machines[i].name, f->m->machines[i].hardware);
			return true;
		}
	return false;
}

static bool firmware(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_machines; i++)
		if (f->m->machines[i].firmware == FIRMWARE_UNKNOWN) {
			snprintf(to, TEXT,
				 "machine %s does not say its firmware, BIOS will be assumed",
				 f->m->machines[i].name);
			return true;
		}
	return false;
}

static bool transport(const struct facts *f, char *to)
{
	for (size_t i = 0; i < f->m->n_machines; i++)
		if (f->m->machines[i].n_properties && !*f->m->machines[i].transport) {
			snprintf(to, TEXT,
				 "machine %s has properties and no transport: they do not reach it",
				 f->m->machines[i].name);
			return true;
		}
	return false;
}

static bool warned(const struct facts *f, char *to)
{
	if (!f->m->n_warnings)
		return false;
	snprintf(to, TEXT, "%s%s", f->m->warnings[0], f->m->n_warnings > 1 ? "; and more" : "");
	return true;
}

enum { VMWARE = 2, VIRTUALBOX = 4, XCP_NG = 8, PROXMOX = 16, VIRT_V2V = 32, SOCLE = 64, ALL = 126 };

/* As each importer behaves; "fix": repack() mends it. */
static const struct {
	const char *id;
	unsigned int targets;
	bool error, fix;
	bool (*found)(const struct facts *f, char *to);
} rules[] = {
	{ "altered", ALL, true, false, altered },
	{ "missing", ALL, true, false, missing },
	{ "image", ALL, true, false, bad_image },
	{ "signature", VMWARE | VIRTUALBOX | SOCLE, true, false, bad_signature },
	{ "manifest", ALL & ~(PROXMOX | XCP_NG), true, true, bad_manifest },
	{ "compressed-package", ALL & ~(VIRT_V2V | SOCLE), true, false, packed },
	{ "zip", ALL & ~(VIRT_V2V | SOCLE), true, true, zipped },
	{ "order", VMWARE, true, true, order },
	{ "folder", VMWARE, true, true, dots },
	{ "dialect", VMWARE, true, true, dialect },
	{ "sha1", VMWARE, true, true, sha1 },
	{ "version", VMWARE, true, false, version },
	{ "size", VMWARE, true, false, file_size },
	{ "capacity", XCP_NG | PROXMOX, true, false, capacity },
	{ "format", VMWARE, true, false, format },
	{ "hardware", VMWARE, false, false, hardware },
	{ "compression", XCP_NG | PROXMOX, true, false, compressed },
	{ "chunks", VIRTUALBOX | XCP_NG | PROXMOX | VIRT_V2V, true, false, chunked },
	{ "machines", XCP_NG | PROXMOX | VIRT_V2V, false, false, machines },
	{ "no-manifest", ALL, false, true, no_manifest },
	{ "incomplete", ALL & ~(PROXMOX | XCP_NG), false, true, lacking },
	{ "sha512", VIRT_V2V, false, true, sha512 },
	{ "expired", VMWARE | SOCLE, false, false, old_signature },
	{ "self-signed", VMWARE | SOCLE, false, false, self_signed },
	{ "firmware", VMWARE | VIRTUALBOX | XCP_NG | PROXMOX | VIRT_V2V, false, false, firmware },
	{ "transport", VMWARE, false, false, transport },
	{ "left-out", SOCLE, false, false, warned },
};

static json_t *names_of(unsigned int targets)
{
	json_t *list = json_array();

	for (unsigned int i = 1; doctor_targets[i]; i++)
		if (targets & 1u << i)
			json_array_append_new(list, json_string(doctor_targets[i]));
	return list;
}

static unsigned int bits_of(const char *target)
{
	for (unsigned int i = 1; doctor_targets[i]; i++)
		if (strcmp(doctor_targets[i], target) == 0)
			return 1u << i;
	return ALL;
}

json_t *doctor_judge(const json_t *json, const struct model *m, const char *target)
{
	const struct facts facts = { json, m };
	unsigned int wanted = bits_of(target);
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		char what[TEXT] = "";

		if (!(rules[i].targets & wanted) || !rules[i].found(&facts, what))
			continue;
		json_array_append_new(list, json_pack("{s:s, s:b, s:o, s:s, s:b}", "id",
						      rules[i].id, "error", (int)rules[i].error,
						      "for", names_of(rules[i].targets & wanted),
						      "text", what, "fix", (int)rules[i].fix));
	}
	return list;
}
