/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fields.h"

#include "appliance/image.h"

const char *const model_kind_names[] = { "ovf", "vm.cfg", "vmx", "xva", "disk", NULL };
const char *const model_firmware_names[] = { "unknown", "bios", "uefi", NULL };
const char *const model_virt_names[] = { "unknown", "pv", "pvh", "hvm", NULL };
const char *const model_bus_names[] = { "unknown", "ide", "sata",   "scsi",
					"nvme",	   "xen", "floppy", NULL };
const char *const model_drive_names[] = { "disk", "cdrom", "floppy", NULL };
const char *const model_compression_names[] = { "none", "gzip", "xz", "zstd", NULL };

static size_t files(const struct model *m)
{
	return m->n_files;
}

static size_t disks(const struct model *m)
{
	return m->n_disks;
}

static size_t networks(const struct model *m)
{
	return m->n_networks;
}

#define AT(type, member)  .at = offsetof(struct type, member)
#define LINE(t, f)	  { #f, FIELD_LINE, AT(t, f) }
#define TEXT(t, f)	  { #f, FIELD_TEXT, AT(t, f) }
#define FLAG(t, f)	  { #f, FIELD_FLAG, AT(t, f) }
#define NUMBER(t, f, top) { #f, FIELD_NUMBER, AT(t, f), .max = (top) }
#define BYTES(t, f, top)  { #f, FIELD_BYTES, AT(t, f), .max = (top) }
#define SIZE(t, f)	  { #f, FIELD_SIZE, AT(t, f), .max = IMAGE_SIZE_MAX }
#define ENUM(t, f, n)	  { #f, FIELD_ENUM, AT(t, f), .names = (n) }
#define INDEX(t, f, of)	  { #f, FIELD_INDEX, AT(t, f), .count = (of) }
#define TEXTS(t, f)	  { #f, FIELD_TEXTS, AT(t, f), offsetof(struct t, n_##f) }
#define LIST(t, f, fields, type) \
	{ #f, FIELD_LIST, AT(t, f), offsetof(struct t, n_##f), (fields), sizeof(struct type) }

static const struct field file_fields[] = {
	LINE(model_file, id),
	{ "href", FIELD_HREF, AT(model_file, href) },
	SIZE(model_file, size),
	BYTES(model_file, chunk, IMAGE_SIZE_MAX),
	ENUM(model_file, compression, model_compression_names),
	{ 0 },
};

static const struct field disk_fields[] = {
	LINE(model_disk, id),
	LINE(model_disk, format),
	INDEX(model_disk, file, files),
	INDEX(model_disk, parent, disks),
	SIZE(model_disk, capacity),
	SIZE(model_disk, populated),
	{ 0 },
};

static const struct field network_fields[] = {
	LINE(model_network, name),
	TEXT(model_network, description),
	{ 0 },
};

static const struct field drive_fields[] = {
	ENUM(model_drive_use, kind, model_drive_names),
	ENUM(model_drive_use, bus, model_bus_names),
	LINE(model_drive_use, controller),
	NUMBER(model_drive_use, controller_no, 255),
	NUMBER(model_drive_use, unit, 4095),
	INDEX(model_drive_use, disk, disks),
	INDEX(model_drive_use, file, files),
	{ 0 },
};

static const struct field nic_fields[] = {
	LINE(model_nic, name),
	LINE(model_nic, model),
	LINE(model_nic, mac),
	INDEX(model_nic, network, networks),
	{ 0 },
};

static const struct field property_fields[] = {
	LINE(model_property, key),
	LINE(model_property, type),
	TEXT(model_property, value),
	TEXT(model_property, label),
	TEXT(model_property, description),
	LINE(model_property, category),
	LINE(model_property, qualifiers),
	FLAG(model_property, has_value),
	FLAG(model_property, user_configurable),
	FLAG(model_property, password),
	{ 0 },
};

static const struct field machine_fields[] = {
	LINE(model_machine, id),
	LINE(model_machine, name),
	LINE(model_machine, product),
	LINE(model_machine, vendor),
	LINE(model_machine, version),
	TEXT(model_machine, annotation),
	LINE(model_machine, os),
	NUMBER(model_machine, os_id, 65535),
	LINE(model_machine, hardware),
	ENUM(model_machine, firmware, model_firmware_names),
	ENUM(model_machine, virt, model_virt_names),
	NUMBER(model_machine, cpus, 4096),
	BYTES(model_machine, memory, UINT64_C(64) << 40),
	LIST(model_machine, drives, drive_fields, model_drive_use),
	LIST(model_machine, nics, nic_fields, model_nic),
	LIST(model_machine, properties, property_fields, model_property),
	TEXTS(model_machine, eulas),
	LINE(model_machine, transport),
	LINE(model_machine, kernel),
	LINE(model_machine, ramdisk),
	LINE(model_machine, cmdline),
	NUMBER(model_machine, start_order, 65535),
	NUMBER(model_machine, start_delay, 86400),
	{ 0 },
};

static const struct field option_fields[] = {
	LINE(model_option, id),	    TEXT(model_option, label),	TEXT(model_option, description),
	FLAG(model_option, chosen), FLAG(model_option, preset), { 0 },
};

const struct field model_fields[] = {
	ENUM(model, kind, model_kind_names),
	LINE(model, version),
	LINE(model, name),
	LIST(model, files, file_fields, model_file),
	LIST(model, disks, disk_fields, model_disk),
	LIST(model, networks, network_fields, model_network),
	LIST(model, machines, machine_fields, model_machine),
	LIST(model, options, option_fields, model_option),
	TEXTS(model, warnings),
	{ 0 },
};
