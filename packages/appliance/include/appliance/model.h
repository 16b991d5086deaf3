/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a package says of itself: its files, disks, networks, machines,
 * properties.  Every descriptor (OVF, vm.cfg, VMX, XVA's ova.xml) is read into
 * this, everything else reads this.
 *
 * The model is what crosses from the process that parses to the one with
 * privileges: as JSON, by model_json() and model_from_json(), which checks every
 * field again.  Names are UTF-8 without control characters, counts are bounded by
 * MODEL_MAX, references are indexes that were checked.
 *
 * All strings are owned by the model and never NULL ("" when absent); lists end
 * at their count.
 */
#ifndef APPLIANCE_MODEL_H
#define APPLIANCE_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "socle/buf.h"
#include "socle/err.h"

enum { MODEL_MAX = 1024 }; /* of each: files, disks, machines, properties, ... */
#define MODEL_NONE    SIZE_MAX
#define MODEL_UNKNOWN UINT64_MAX

enum model_kind { MODEL_OVF, MODEL_VMCFG, MODEL_VMX, MODEL_XVA, MODEL_DISK };
enum model_firmware { FIRMWARE_UNKNOWN, FIRMWARE_BIOS, FIRMWARE_UEFI };
enum model_virt { VIRT_UNKNOWN, VIRT_PV, VIRT_PVH, VIRT_HVM }; /* what the descriptor asks for */
enum model_bus { BUS_UNKNOWN, BUS_IDE, BUS_SATA, BUS_SCSI, BUS_NVME, BUS_XEN, BUS_FLOPPY };
enum model_drive { DRIVE_DISK, DRIVE_CDROM, DRIVE_FLOPPY };
enum model_compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_XZ, COMPRESSION_ZSTD };

struct model_file {
	char *id;
	char *href;	/* name inside the package, checked: no "..", not absolute */
	uint64_t size;	/* bytes stored, MODEL_UNKNOWN */
	uint64_t chunk; /* ovf:chunkSize in bytes; 0: in one piece */
	enum model_compression compression;
};

struct model_disk {
	char *id;
	char *format;	   /* ovf:format as given; a name of image_formats[], or "" */
	size_t file;	   /* index of files, MODEL_NONE: an empty disk */
	size_t parent;	   /* index of disks, MODEL_NONE */
	uint64_t capacity; /* guest bytes, MODEL_UNKNOWN */
	uint64_t populated;
};

struct model_network {
	char *name, *description;
};

struct model_drive_use {
	enum model_drive kind;
	enum model_bus bus;
	char *controller;	    /* subtype: "lsilogic", "VirtualSCSI", "AHCI"; "" */
	unsigned int controller_no; /* of the bus, from 0 */
	unsigned int unit;	    /* on the controller */
	size_t disk;		    /* index of disks, MODEL_NONE: an empty drive or an ISO file */
	size_t file;		    /* index of files of a medium, MODEL_NONE */
};

struct model_nic {
	char *name;
	char *model;	/* "E1000", "VmxNet3", "virtio", "" */
	char *mac;	/* "52:54:00:12:34:56", "" */
	size_t network; /* index of networks, MODEL_NONE */
};

struct model_property {
	char *key;   /* the whole key as the guest gets it: CLASS.KEY.INSTANCE */
	char *type;  /* "string", "boolean", "int", "uint16", "real32", "ip", ... */
	char *value; /* default */
	char *label, *description, *category;
	char *qualifiers; /* ovf:qualifiers: MinLen(8) MaxLen(64) ValueMap{"a","b"} */
	bool has_value, user_configurable, password;
};

struct model_machine {
	char *id, *name;
	char *product, *vendor, *version; /* of its product section */
	char *annotation;
	char *os;	    /* as described: "Oracle Linux 8 (64-bit)" */
	unsigned int os_id; /* CIM operating system type, 0 when unknown */
	char *hardware;	    /* vssd:VirtualSystemType: "vmx-13", "xen-3.0-x86_64" */
	enum model_firmware firmware;
	enum model_virt virt;
	unsigned int cpus; /* 0: not said */
	uint64_t memory;   /* bytes, 0: not said */
	struct model_drive_use *drives;
	size_t n_drives;
	struct model_nic *nics;
	size_t n_nics;
	struct model_property *properties;
	size_t n_properties;
	char **eulas;
	size_t n_eulas;
	char *transport; /* how it wants its properties: "iso com.vmware.guestInfo" */
	char *kernel, *ramdisk, *cmdline; /* a PV guest's own, inside the package; "" */
	unsigned int start_order;	  /* 0: any */
	unsigned int start_delay;	  /* seconds before the next */
};

struct model_option { /* a deployment option */
	char *id, *label, *description;
	bool chosen; /* the one that the machines of this model were read with */
	bool preset; /* the package's default */
};

struct model {
	enum model_kind kind;
	char *version; /* of the descriptor's language: "1.1" */
	char *name;
	struct model_file *files;
	size_t n_files;
	struct model_disk *disks;
	size_t n_disks;
	struct model_network *networks;
	size_t n_networks;
	struct model_machine *machines;
	size_t n_machines;
	struct model_option *options;
	size_t n_options;
	char **warnings; /* what was ignored, each with where and why */
	size_t n_warnings;
};

/* In the order of the enums. */
extern const char *const model_kind_names[],
	*const model_firmware_names[], *const model_virt_names[],
					       *const model_bus_names[],
						       *const model_drive_names[],
							       *const model_compression_names[];

struct model *model_new(void);
void model_free(struct model *m); /* NULL is fine */

/*
 * A new element at the end of a list, its strings "", its sizes unknown, its
 * references MODEL_NONE.  Pointers to elements of the same list are stale afterwards.
 * NULL with -E2BIG at MODEL_MAX.
 */
struct model_file *model_add_file(struct model *m, struct err *e);
struct model_disk *model_add_disk(struct model *m, struct err *e);
struct model_network *model_add_network(struct model *m, struct err *e);
struct model_machine *model_add_machine(struct model *m, struct err *e);
struct model_option *model_add_option(struct model *m, struct err *e);
struct model_drive_use *model_add_drive(struct model_machine *vm, struct err *e);
struct model_nic *model_add_nic(struct model_machine *vm, struct err *e);
struct model_property *model_add_property(struct model_machine *vm, struct err *e);
int model_add_eula(struct model_machine *vm, const char *text, struct err *e) __must_check;

/* A warning; those past MODEL_MAX are dropped. */
void model_warn(struct model *m, const char *fmt, ...) __format(2, 3);

/*
 * Replace a string (NULL: "").  line: one line without a control character, white space
 * folded; text: line feeds and tabs stay, what surrounds them is trimmed; raw: as it is, but
 * for control characters.  What is not UTF-8 is taken for Latin-1.
 */
int model_set_line(char **to, const char *value, struct err *e) __must_check;
int model_set_text(char **to, const char *value, struct err *e) __must_check;
int model_set_raw(char **to, const char *value, struct err *e) __must_check;

/* Indexes by name, MODEL_NONE when there is none. */
size_t model_find_file(const struct model *m, const char *id);
size_t model_find_disk(const struct model *m, const char *id);
size_t model_find_network(const struct model *m, const char *name);

/* Whether a name stays inside the package: relative, no "..", no scheme, no control character. */
bool model_href_ok(const char *href);

/* Every rule of the model; -EINVAL names the field: "machines[0].drives[2].disk: ...". */
int model_check(const struct model *m, struct err *e) __must_check;

/* Both directions from one table of fields; from_json is for untrusted JSON. */
json_t *model_json(const struct model *m);
int model_from_json(const json_t *json, struct model **m, struct err *e) __must_check;

/*
 * Read a descriptor.  name: for messages.  option: the deployment option, NULL for
 * the default.  -EINVAL names line and element; a DOCTYPE is refused, nothing outside is
 * opened, nesting and counts are bounded.
 */
int ovf_read(const char *text, size_t len, const char *name, const char *option, struct model **m,
	     struct err *e) __must_check;
int vmcfg_read(const char *text, size_t len, const char *name, struct model **m,
	       struct err *e) __must_check;
int vmx_read(const char *text, size_t len, const char *name, struct model **m,
	     struct err *e) __must_check;
int xva_read(const char *text, size_t len, const char *name, struct model **m,
	     struct err *e) __must_check;

/* Write the model as OVF 1.1 ("1.1") or 2.0 ("2.0"), byte by byte the same for the same model. */
int ovf_write(const struct model *m, const char *version, struct buf *out,
	      struct err *e) __must_check;

#endif
