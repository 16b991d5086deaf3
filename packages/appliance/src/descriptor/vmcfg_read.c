/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm.cfg of Oracle VM and xm, and the configurations of xl.  Only what describes a guest is
 * taken; what would act on this host is dropped and named.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/model.h"
#include "socle/cleanup.h"
#include "text.h"
#include "units.h"
#include "vmcfg_parse.h"

struct cfg {
	const char *name;
	struct vmcfg *keys;
	struct model *m;
	struct model_machine *vm;
	unsigned int line; /* of the key that is read */
	struct err *e;
};

#define PROGRAM	 "would run a program of this host"
#define HOSTFILE "would open a file of this host"
#define DEVICE	 "would give the guest a device of this host"
#define PASSWORD "is a password that others know"

/* How a key is dropped; one that ends in "*" stands for all that begin so.  NULL: silently. */
static const struct {
	const char *key, *reason;
} dropped[] = {
	{ "bootloader", PROGRAM },
	{ "bootloader_args", PROGRAM },
	{ "bootargs", PROGRAM },
	{ "device_model*", PROGRAM },
	{ "stubdomain*", PROGRAM },
	{ "vifscript", PROGRAM },
	{ "script", PROGRAM },
	{ "firmware_override", HOSTFILE },
	{ "bios_path_override", HOSTFILE },
	{ "acpi_firmware", HOSTFILE },
	{ "smbios*", HOSTFILE },
	{ "device_tree", HOSTFILE },
	{ "channel", HOSTFILE },
	{ "p9", HOSTFILE },
	{ "pci*", DEVICE },
	{ "dtdev", DEVICE },
	{ "ioports", DEVICE },
	{ "iomem", DEVICE },
	{ "irqs", DEVICE },
	{ "irq", DEVICE },
	{ "gfx_passthru*", DEVICE },
	{ "passthrough", DEVICE },
	{ "rdm*", DEVICE },
	{ "hostdev*", DEVICE },
	{ "usbdev", DEVICE },
	{ "usbctrl", DEVICE },
	{ "vscsi", DEVICE },
	{ "vtpm", DEVICE },
	{ "tpm*", DEVICE },
	{ "driver_domain", "would make the guest a part of this host" },
	{ "seclabel", "is a label of another host's policy" },
	{ "init_seclabel", "is a label of another host's policy" },
	{ "vncpasswd", PASSWORD },
	{ "spicepasswd", PASSWORD },
	{ "OVM_*", NULL },
	{ "on_*", NULL },
	{ "vnc*", NULL },
	{ "spice*", NULL },
	{ "cpu*", NULL },
	{ "sched*", NULL },
	{ "sdl", NULL },
	{ "vfb", NULL },
	{ "stdvga", NULL },
	{ "vga", NULL },
	{ "videoram", NULL },
	{ "keymap", NULL },
	{ "boot", NULL },
	{ "acpi*", NULL },
	{ "apic", NULL },
	{ "pae", NULL },
	{ "hap", NULL },
	{ "nx", NULL },
	{ "hpet", NULL },
	{ "viridian*", NULL },
	{ "timer_mode", NULL },
	{ "tsc_mode", NULL },
	{ "localtime", NULL },
	{ "rtc_timeoffset", NULL },
	{ "timeoffset", NULL },
	{ "uuid", NULL },
	{ "maxmem", NULL },
	{ "maxvcpus", NULL },
	{ "max_vcpus", NULL },
	{ "usb", NULL },
	{ "usbdevice", NULL },
	{ "xen_platform_pci", NULL },
	{ "expose_host_uuid", NULL },
	{ "shadow_memory", NULL },
	{ "disk_other_config", NULL },
	{ "vif_other_config", NULL },
	{ "vif2", NULL },
	{ "guest_os_type", NULL },
};

static const struct vmcfg_key *find(const struct cfg *c, const char *name)
{
	for (size_t i = c->keys->n; i > 0; i--) /* the last one counts */
		if (strcmp(c->keys->keys[i - 1].name, name) == 0)
			return &c->keys->keys[i - 1];
	return NULL;
}

/* A string, a number as text, or "". */
static const char *get(const struct cfg *c, const char *name)
{
	const struct vmcfg_key *key = find(c, name);
	const char *s = key ? json_string_value(key->value) : NULL;

	return s ? s : "";
}

static int number(const struct cfg *c, const char *name, uint64_t max, uint64_t *n)
{
	const struct vmcfg_key *key = find(c, name);
	const char *text = key ? json_string_value(key->value) : NULL;
	json_int_t value = key ? json_integer_value(key->value) : 0;

	if (!key)
		return 0;
	if (text ? !number_parse(text, n) : !json_is_integer(key->value) || value < 0)
		return err_set(c->e, -EINVAL, "%s:%u: %s is not a number", c->name, key->line,
			       name);
	if (!text)
		*n = (uint64_t)value;
	if (*n > max)
		return err_set(c->e, -EINVAL, "%s:%u: %s is too large", c->name, key->line, name);
	return 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int read_virt(struct cfg *c)
{
	const char *builder = get(c, "builder"), *type = get(c, "type"), *bios = get(c, "bios");
	const char *kernel = last_part(get(c, "kernel"));

	if (!*bios)
		bios = get(c, "firmware");
	if (strcmp(type, "pvh") == 0)
		c->vm->virt = VIRT_PVH;
	else if (strcmp(type, "hvm") == 0 || strcmp(builder, "hvm") == 0 ||
		 strcmp(kernel, "hvmloader") == 0)
		c->vm->virt = VIRT_HVM;
	else
		c->vm->virt = VIRT_PV;
	if (strcmp(bios, "ovmf") == 0 || strcmp(bios, "uefi") == 0)
		c->vm->firmware = FIRMWARE_UEFI;
	else if (c->vm->virt == VIRT_HVM)
		c->vm->firmware = FIRMWARE_BIOS;
	return 0;
}

static int read_boot_file(struct cfg *c, const char *name, char **to)
{
	const struct vmcfg_key *key = find(c, name);
	const char *path = get(c, name);

	if (!*path || strcmp(last_part(path), "hvmloader") == 0)
		return 0;
	if (model_href_ok(path))
		return model_set_line(to, path, c->e);
	model_warn(c->m, "%s:%u: %s: \"%.128s\" dropped, it %s", c->name, key->line, name, path,
		   HOSTFILE);
	return 0;
}

/* xm has root= and extra=, xl cmdline=. */
static int read_cmdline(struct cfg *c)
{
	const char *root = get(c, "root"), *extra = get(c, "extra"), *whole = get(c, "cmdline");
	_cleanup_free_ char *text = NULL;

	if (*whole)
		return model_set_line(&c->vm->cmdline, whole, c->e);
	if (asprintf(&text, "%s%s %s", *root ? "root=" : "", root, extra) < 0)
		return err_sys(c->e, -ENOMEM, "%s", c->name);
	return model_set_line(&c->vm->cmdline, text, c->e);
}

static int read_machine(struct cfg *c)
{
	struct model_machine *vm = c->vm;
	uint64_t cpus = 1, memory = 0;
	const char *name = get(c, "OVM_simple_name");

	if (number(c, "maxvcpus", 4096, &cpus) < 0 || number(c, "vcpus", 4096, &cpus) < 0 ||
	    number(c, "maxmem", UINT64_C(64) << 20, &memory) < 0 ||
	    number(c, "memory", UINT64_C(64) << 20, &memory) < 0)
		return c->e->code;
	vm->cpus = (unsigned int)cpus;
	vm->memory = memory << 20;
	if (!*name)
		name = get(c, "name");
	if (!*name)
		name = "machine";
	if (read_virt(c) < 0 || read_boot_file(c, "kernel", &vm->kernel) < 0 ||
	    read_boot_file(c, "ramdisk", &vm->ramdisk) < 0 || read_cmdline(c) < 0)
		return -ENOMEM;
	if (model_set_line(&vm->name, name, c->e) < 0 ||
	    model_set_line(&c->m->name, name, c->e) < 0 ||
	    model_set_line(&vm->id, *get(c, "name") ? get(c, "name") : name, c->e) < 0 ||
	    model_set_line(&vm->os, get(c, "OVM_os_type"), c->e) < 0 ||
	    model_set_line(&vm->hardware, "xen", c->e) < 0)
		return -ENOMEM;
	return model_set_text(&vm->annotation, get(c, "OVM_description"), c->e);
}

/* One entry of disk=[...], cut at its commas. */
struct spec {
	char *target, *format, *vdev, *access;
	bool cdrom, host; /* host: a device of the other host */
};

static bool is_vdev(const char *s)
{
	if (strncmp(s, "ioemu:", 6) == 0)
		s += 6;
	return (strncmp(s, "xvd", 3) == 0 && islower((unsigned char)s[3])) ||
	       ((strncmp(s, "hd", 2) == 0 || strncmp(s, "sd", 2) == 0 ||
		 strncmp(s, "vd", 2) == 0) &&
		islower((unsigned char)s[2]));
}

/* "tap:aio:/path": the scheme goes, and says what it is. */
static bool strip_scheme(struct spec *d)
{
	static const struct {
		const char *scheme;
		char *format;
		bool host;
	} schemes[] = {
		{ "file:", (char *)"raw", false },  { "tap:", (char *)"raw", false },
		{ "tap2:", (char *)"raw", false },  { "aio:", (char *)"raw", false },
		{ "raw:", (char *)"raw", false },   { "qcow2:", (char *)"qcow2", false },
		{ "qcow:", (char *)"", false },	    { "vhd:", (char *)"vhd", false },
		{ "vmdk:", (char *)"vmdk", false }, { "phy:", (char *)"raw", true },
		{ "drbd:", (char *)"raw", true },   { "nbd:", (char *)"raw", true },
		{ "iscsi:", (char *)"raw", true },
	};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i].scheme);

		if (strncmp(d->target, schemes[i].scheme, n) != 0)
			continue;
		d->target += n;
		d->format = schemes[i].format;
		d->host |= schemes[i].host;
		return true;
	}
	return false;
}

static void drop(struct cfg *c, const char *what, const char *key, const char *value,
		 const char *reason)
{
	model_warn(c->m, "%s:%u: %s: %s=%.128s dropped, it %s", c->name, c->line, what, key, value,
		   reason);
}

/* xl: KEY=VALUE; "target=" has the rest. */
static void disk_keyword(struct cfg *c, struct spec *d, char *key, char *value)
{
	if (strcmp(key, "format") == 0)
		d->format = value;
	else if (strcmp(key, "vdev") == 0)
		d->vdev = value;
	else if (strcmp(key, "access") == 0)
		d->access = value;
	else if (strcmp(key, "devtype") == 0)
		d->cdrom = strcmp(value, "cdrom") == 0;
	else if (strcmp(key, "script") == 0)
		drop(c, "disk", key, value, PROGRAM);
	else if (strcmp(key, "backend") == 0)
		drop(c, "disk", key, value, "names a domain of another host");
}

static void parse_disk(struct cfg *c, char *text, struct spec *d)
{
	char *field, *p[4] = { (char *)"", (char *)"", (char *)"", (char *)"" };
	size_t n = 0;
	bool xl;

	*d = (struct spec){ p[0], p[0], p[0], p[0], false, false };
	while (text) {
		text += strspn(text, " \t\n");
		if (strncmp(text, "target=", 7) == 0) {
			d->target = text + 7;
			break;
		}
		field = strsep(&text, ",");
		if (strchr(field, '=') && !strchr(field, '/')) {
			char *value = strchr(field, '=');

			*value = '\0';
			disk_keyword(c, d, field, value + 1);
		} else if (strcmp(field, "cdrom") == 0) {
			d->cdrom = true;
		} else if (n < 4) {
			p[n++] = field;
		}
	}
	xl = !is_vdev(p[1]);
	if (*p[0])
		d->target = p[0];
	if (*p[1])
		*(xl ? &d->format : &d->vdev) = p[1];
	if (*p[2])
		*(xl ? &d->vdev : &d->access) = p[2];
}

/* "xvda", "hdc:cdrom", "ioemu:hda", "sdb1": bus and place. */
static bool place(struct cfg *c, struct spec *s, struct model_drive_use *d)
{
	char *vdev = s->vdev, *colon;
	unsigned int n = 0;

	if (strncmp(vdev, "ioemu:", 6) == 0)
		vdev += 6;
	colon = strchr(vdev, ':');
	if (colon) {
		s->cdrom |= strcmp(colon, ":cdrom") == 0;
		*colon = '\0';
	}
	d->bus = *vdev == 'h' ? BUS_IDE : *vdev == 's' ? BUS_SCSI : BUS_XEN;
	vdev += *vdev == 'x' ? 3 : 2;
	for (; islower((unsigned char)*vdev) && n < 4096; vdev++)
		n = n * 26 + (unsigned int)(*vdev - 'a') + 1;
	if (n == 0 || n > 4096)
		return false;
	n--;
	if (*vdev)
		model_warn(c->m, "%s:%u: %s is a partition, the guest gets a whole disk", c->name,
			   c->line, s->vdev);
	d->controller_no = d->bus == BUS_IDE ? n / 2 : 0;
	d->unit = d->bus == BUS_IDE ? n % 2 : n;
	for (size_t i = 0; i < c->vm->n_drives; i++) {
		const struct model_drive_use *x = &c->vm->drives[i];

		if (x != d && x->bus == d->bus && x->controller_no == d->controller_no &&
		    x->unit == d->unit) {
			d->unit++; /* xvda1 and xvda2 */
			i = SIZE_MAX;
		}
	}
	return true;
}

static int add_file(struct cfg *c, const char *path, size_t *index)
{
	const char *href = *path == '/' ? last_part(path) : path;
	struct model_file *f;

	if (!model_href_ok(href))
		return err_set(c->e, -EINVAL, "%s:%u: disk: \"%.128s\" is not inside the package",
			       c->name, c->line, path);
	if (*path == '/' && strncmp(path, "/OVS/", 5) != 0)
		model_warn(c->m, "%s:%u: disk: \"%.128s\" is taken from the package, as \"%.64s\"",
			   c->name, c->line, path, href);
	*index = model_find_file(c->m, href);
	if (*index != MODEL_NONE)
		return 0;
	f = model_add_file(c->m, c->e);
	if (!f)
		return err_wrap(c->e, "%s", c->name);
	*index = c->m->n_files - 1;
	if (model_set_line(&f->id, href, c->e) < 0)
		return -ENOMEM;
	return model_set_raw(&f->href, href, c->e);
}

static int add_disk(struct cfg *c, const struct spec *s, struct model_drive_use *d)
{
	static const char *const formats[] = { "raw", "qcow2", "vhd", "vmdk", "vhdx" };
	struct model_disk *disk;
	size_t file = MODEL_NONE;
	int ret = add_file(c, s->target, &file);

	if (ret < 0)
		return ret;
	if (d->kind != DRIVE_DISK) {
		d->file = file;
		return 0;
	}
	d->disk = model_find_disk(c->m, c->m->files[file].id);
	if (d->disk != MODEL_NONE)
		return 0;
	disk = model_add_disk(c->m, c->e);
	if (!disk)
		return err_wrap(c->e, "%s", c->name);
	d->disk = c->m->n_disks - 1;
	disk->file = file;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(s->format, formats[i]) == 0 &&
		    model_set_line(&disk->format, formats[i], c->e) < 0)
			return -ENOMEM;
	return model_set_line(&disk->id, c->m->files[file].id, c->e);
}

static int read_disk(struct cfg *c, const char *entry)
{
	_cleanup_free_ char *text = strdup(entry);
	struct model_drive_use *d;
	struct spec s;

	if (!text)
		return err_sys(c->e, -ENOMEM, "%s", c->name);
	parse_disk(c, text, &s);
	while (strip_scheme(&s))
		;
	if (s.host || strncmp(s.target, "/dev/", 5) == 0) {
		model_warn(c->m, "%s:%u: disk: \"%.128s\" dropped, it is a device of another host",
			   c->name, c->line, entry);
		return 0;
	}
	d = model_add_drive(c->vm, c->e);
	if (!d)
		return err_wrap(c->e, "%s", c->name);
	if (!is_vdev(s.vdev) || !place(c, &s, d))
		return err_set(c->e, -EINVAL, "%s:%u: disk: \"%.128s\" has no device (xvda, hda)",
			       c->name, c->line, entry);
	d->kind = s.cdrom ? DRIVE_CDROM : DRIVE_DISK;
	if (*s.target)
		return add_disk(c, &s, d);
	return s.cdrom ? 0
		       : err_set(c->e, -EINVAL, "%s:%u: disk: \"%.128s\" has no file", c->name,
				 c->line, entry);
}

static int find_network(struct cfg *c, const char *bridge, size_t *index)
{
	struct model_network *n;

	*index = model_find_network(c->m, bridge);
	if (*index != MODEL_NONE)
		return 0;
	n = model_add_network(c->m, c->e);
	if (!n)
		return err_wrap(c->e, "%s", c->name);
	*index = c->m->n_networks - 1;
	return model_set_line(&n->name, bridge, c->e);
}

static int vif_keyword(struct cfg *c, struct model_nic *nic, const char *key, const char *value)
{
	if (strcmp(key, "mac") == 0)
		return text_set_mac(&nic->mac, value, c->e);
	if (strcmp(key, "bridge") == 0 && *value)
		return find_network(c, value, &nic->network);
	if (strcmp(key, "model") == 0)
		return model_set_line(&nic->model, value, c->e);
	if (strcmp(key, "script") == 0)
		drop(c, "vif", key, value, PROGRAM);
	else if (strcmp(key, "backend") == 0)
		drop(c, "vif", key, value, "names a domain of another host");
	return 0;
}

static int read_vif(struct cfg *c, const char *entry)
{
	_cleanup_free_ char *text = strdup(entry);
	struct model_nic *nic = model_add_nic(c->vm, c->e);
	char *rest = text, *field, *value;
	int ret = 0;

	if (!text || !nic)
		return err_wrap(c->e, "%s", c->name);
	while (ret == 0 && (field = strsep(&rest, ","))) {
		field += strspn(field, " \t\n");
		value = strchr(field, '=');
		if (!value)
			continue;
		*value++ = '\0';
		field[strcspn(field, " \t")] = '\0';
		ret = vif_keyword(c, nic, field, value + strspn(value, " \t"));
	}
	if (ret == 0 && nic->network == MODEL_NONE)
		ret = find_network(c, "default", &nic->network);
	return ret;
}

/* Each string of a list. */
static int read_list(struct cfg *c, const char *name, int (*read)(struct cfg *c, const char *entry))
{
	const struct vmcfg_key *key = find(c, name);
	json_t *entry;
	size_t i;
	int ret = 0;

	if (!key || json_is_null(key->value))
		return 0;
	c->line = key->line;
	json_array_foreach(key->value, i, entry)
	{
		if (ret == 0 && json_is_string(entry))
			ret = read(c, json_string_value(entry));
		else if (ret == 0)
			ret = err_set(c->e, -EINVAL, "%s:%u: %s has an entry that is no string",
				      c->name, c->line, name);
	}
	if (!json_is_array(key->value))
		ret = err_set(c->e, -EINVAL, "%s:%u: %s is no list", c->name, c->line, name);
	return ret;
}

static bool matches(const char *key, const char *pattern)
{
	size_t n = strlen(pattern);

	return n && pattern[n - 1] == '*' ? strncmp(key, pattern, n - 1) == 0
					  : strcmp(key, pattern) == 0;
}

/* A serial line into a terminal harms nobody; one into a file does. */
static const char *serial_harm(const json_t *value)
{
	const char *s = json_string_value(value);

	return s && (strcmp(s, "pty") == 0 || strcmp(s, "none") == 0) ? NULL : HOSTFILE;
}

static void drop_key(struct cfg *c, const struct vmcfg_key *key)
{
	static const char *const used[] = { "name",	   "OVM_simple_name",
					    "OVM_os_type", "OVM_description",
					    "memory",	   "vcpus",
					    "builder",	   "type",
					    "kernel",	   "ramdisk",
					    "root",	   "extra",
					    "cmdline",	   "bios",
					    "firmware",	   "disk",
					    "vif" };
	const char *reason = NULL;

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		if (strcmp(key->name, used[i]) == 0)
			return;
	if (strcmp(key->name, "serial") == 0 || strcmp(key->name, "parallel") == 0) {
		reason = serial_harm(key->value);
		if (!reason)
			return;
	}
	for (size_t i = 0; !reason && i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (matches(key->name, dropped[i].key)) {
			reason = dropped[i].reason;
			if (!reason)
				return;
		}
	if (reason)
		model_warn(c->m, "%s:%u: %s dropped, it %s", c->name, key->line, key->name, reason);
	else
		model_warn(c->m, "%s:%u: %s left out, Socle does not know it", c->name, key->line,
			   key->name);
}

static int read_cfg(struct cfg *c)
{
	int ret;

	if (!find(c, "memory") && !find(c, "disk") && !find(c, "name"))
		return err_set(c->e, -EINVAL, "%s: neither name, memory nor disk: no vm.cfg",
			       c->name);
	ret = read_machine(c);
	if (ret == 0)
		ret = read_list(c, "disk", read_disk);
	if (ret == 0)
		ret = read_list(c, "vif", read_vif);
	for (size_t i = 0; i < c->keys->n; i++)
		drop_key(c, &c->keys->keys[i]);
	return ret;
}

int vmcfg_read(const char *text, size_t len, const char *name, struct model **m, struct err *e)
{
	struct err own = { 0 };
	struct cfg c = { .name = name, .e = e ? e : &own };
	_cleanup_free_ struct vmcfg *keys = calloc(1, sizeof(*keys));
	int ret;

	c.keys = keys;
	c.m = model_new();
	c.vm = c.m ? model_add_machine(c.m, c.e) : NULL;
	if (!keys || !c.vm) {
		model_free(c.m);
		return err_sys(e, -ENOMEM, "%s", name);
	}
	c.m->kind = MODEL_VMCFG;
	ret = vmcfg_parse(text, len, name, keys, c.e);
	if (ret == 0)
		ret = read_cfg(&c);
	if (ret == 0 && model_check(c.m, c.e) < 0)
		ret = err_wrap(c.e, "%s", name);
	vmcfg_clear(keys);
	if (ret < 0) {
		model_free(c.m);
		text_clean(c.e->text);
		return ret;
	}
	*m = c.m;
	return 0;
}
