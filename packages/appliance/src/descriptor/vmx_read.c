/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMware's .vmx: lines of KEY = "VALUE", in no order, keys in any case.
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

enum { SETTINGS_MAX = 8192, VMX_SIZE_MAX = 1 << 20 };

struct setting {
	const char *key;
	char *value;
	unsigned int line;
};

struct vmx {
	const char *name;
	char *text; /* cut into keys and values */
	struct setting *settings;
	size_t n;
	struct model *m;
	struct model_machine *vm;
	struct err *e;
};

static int fail(const struct vmx *v, unsigned int line, const char *reason, const char *what)
{
	return err_set(v->e, -EINVAL, "%s:%u: \"%.128s\" %s", v->name, line, what, reason);
}

static const struct setting *get(const struct vmx *v, const char *key)
{
	for (size_t i = v->n; i > 0; i--) /* the last one counts */
		if (strcasecmp(v->settings[i - 1].key, key) == 0)
			return &v->settings[i - 1];
	return NULL;
}

static const char *value(const struct vmx *v, const char *device, const char *key)
{
	const struct setting *s;
	char name[96];

	snprintf(name, sizeof(name), "%s%s%s", device, *device ? "." : "", key);
	s = get(v, name);
	return s ? s->value : "";
}

static bool yes(const char *text)
{
	return strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 ||
	       strcmp(text, "1") == 0;
}

/* "|22" is the character 0x22. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '|' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2])) {
			char hex[3] = { s[1], s[2], '\0' };
			char c = (char)strtoul(hex, NULL, 16);

			*to++ = c ? c : ' ';
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static char *trimmed(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	for (n = strlen(s); n && strchr(" \t\r", s[n - 1]); n--)
		;
	s[n] = '\0';
	return s;
}

static int add_setting(struct vmx *v, char *line, unsigned int no)
{
	char *equals, *text, *end;

	line = trimmed(line);
	if (!*line || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return fail(v, no, "is not of the form KEY = \"VALUE\"", line);
	*equals = '\0';
	text = trimmed(equals + 1);
	if (*text == '"') {
		end = strrchr(++text, '"');
		if (!end)
			return fail(v, no, "has no closing quote", text);
		*end = '\0';
	}
	unescape(text);
	if (v->n >= SETTINGS_MAX)
		return fail(v, no, "is one line too many", line);
	v->settings[v->n++] = (struct setting){ trimmed(line), text, no };
	return 0;
}

static int parse(struct vmx *v)
{
	unsigned int no = 0;
	int ret = 0;
	char *rest = v->text, *line;

	while (ret == 0 && (line = strsep(&rest, "\n")))
		ret = add_setting(v, line, ++no);
	return ret;
}

static int number(const struct vmx *v, const char *key, uint64_t max, uint64_t *n)
{
	const struct setting *s = get(v, key);

	if (!s || !*s->value)
		return 0;
	if (!number_parse(s->value, n) || *n > max)
		return fail(v, s->line, "is not a number, or too large", s->value);
	return 0;
}

static int read_hardware(struct vmx *v)
{
	struct model_machine *vm = v->vm;
	uint64_t cpus = 1, memory = 0;
	const char *firmware = value(v, "", "firmware");
	char type[32] = "";

	if (number(v, "numvcpus", 4096, &cpus) < 0 ||
	    number(v, "memsize", UINT64_C(64) << 20, &memory) < 0)
		return -EINVAL;
	vm->cpus = (unsigned int)cpus;
	vm->memory = memory << 20;
	vm->virt = VIRT_HVM;
	vm->firmware = strcasecmp(firmware, "efi") == 0 ? FIRMWARE_UEFI : FIRMWARE_BIOS;
	if (yes(value(v, "", "uefi.secureBoot.enabled")))
		model_warn(v->m, "%s: secure boot is left out", v->name);
	if (*value(v, "", "virtualHW.version"))
		snprintf(type, sizeof(type), "vmx-%02u",
			 (unsigned int)strtoul(value(v, "", "virtualHW.version"), NULL, 10) % 1000);
	return model_set_line(&vm->hardware, type, v->e);
}

/* The name of a file of the package; that of another folder by its last part, which is told. */
static const char *inside(struct vmx *v, const struct setting *s)
{
	const char *slash = strrchr(s->value, '/'), *back = strrchr(s->value, '\\');
	const char *last = s->value;

	if (strchr("/.", s->value[0]) || strchr(s->value, ':') || back)
		last = slash > back ? slash + 1 : back ? back + 1 : s->value;
	if (last != s->value && model_href_ok(last))
		model_warn(v->m, "%s:%u: \"%.128s\" is taken from the package, as \"%.64s\"",
			   v->name, s->line, s->value, last);
	return last;
}

static int add_file(struct vmx *v, const struct setting *s, size_t *index)
{
	const char *href = inside(v, s);
	struct model_file *f;

	if (!model_href_ok(href))
		return fail(v, s->line, "is not inside the package", s->value);
	*index = model_find_file(v->m, href);
	if (*index != MODEL_NONE)
		return 0;
	f = model_add_file(v->m, v->e);
	if (!f)
		return err_wrap(v->e, "%s", v->name);
	*index = v->m->n_files - 1;
	if (model_set_line(&f->id, href, v->e) < 0)
		return -ENOMEM;
	return model_set_raw(&f->href, href, v->e);
}

static int add_disk(struct vmx *v, const struct setting *s, size_t *index)
{
	struct model_disk *disk;
	size_t file;
	int ret = add_file(v, s, &file);

	if (ret < 0)
		return ret;
	*index = model_find_disk(v->m, v->m->files[file].id);
	if (*index != MODEL_NONE)
		return 0;
	disk = model_add_disk(v->m, v->e);
	if (!disk)
		return err_wrap(v->e, "%s", v->name);
	*index = v->m->n_disks - 1;
	disk->file = file;
	if (model_set_line(&disk->id, v->m->files[file].id, v->e) < 0)
		return -ENOMEM;
	return model_set_line(&disk->format, "vmdk", v->e);
}

/* Media are seldom in the package: those of the other host are an empty drive. */
static int add_medium(struct vmx *v, struct model_drive_use *d, const char *device)
{
	const char *type = value(v, device, "deviceType"), *file = value(v, device, "fileName");
	const struct setting *s;
	char key[64];

	snprintf(key, sizeof(key), "%s.fileName", device);
	s = get(v, key);
	if (d->kind == DRIVE_DISK && !s)
		return err_set(v->e, -EINVAL, "%s: the disk %s has no fileName", v->name, device);
	if (d->kind == DRIVE_DISK)
		return add_disk(v, s, &d->disk);
	if (!s || !*file || (strcasecmp(type, "cdrom-image") != 0 && d->kind == DRIVE_CDROM) ||
	    strcasecmp(file, "auto detect") == 0 || strcasecmp(file, "emptyBackingString") == 0 ||
	    strncasecmp(file, "vmware-null", 11) == 0)
		return 0;
	if (*file == '/' || !model_href_ok(file)) {
		model_warn(v->m, "%s:%u: the medium \"%.128s\" is left out", v->name, s->line,
			   file);
		return 0;
	}
	return add_file(v, s, &d->file);
}

static int add_drive(struct vmx *v, const char *device, enum model_bus bus,
		     unsigned int controller_no, unsigned int unit)
{
	const char *type = value(v, device, "deviceType");
	const char *controller = bus == BUS_SATA   ? "AHCI"
				 : bus == BUS_NVME ? "vmware.nvme.controller"
						   : "";
	char of[32];
	struct model_drive_use *d;

	if (!yes(value(v, device, "present")))
		return 0;
	d = model_add_drive(v->vm, v->e);
	if (!d)
		return err_wrap(v->e, "%s", v->name);
	d->kind = bus == BUS_FLOPPY	      ? DRIVE_FLOPPY
		  : strcasestr(type, "cdrom") ? DRIVE_CDROM
					      : DRIVE_DISK;
	d->bus = bus;
	d->controller_no = controller_no;
	d->unit = unit;
	if (bus == BUS_SCSI) {
		snprintf(of, sizeof(of), "scsi%u", controller_no);
		controller = value(v, of, "virtualDev");
	}
	if (model_set_line(&d->controller, controller, v->e) < 0)
		return -ENOMEM;
	return add_medium(v, d, device);
}

static int read_drives(struct vmx *v)
{
	static const struct {
		const char *name;
		enum model_bus bus;
		unsigned int controllers, units;
	} buses[] = {
		{ "scsi", BUS_SCSI, 4, 64 },
		{ "sata", BUS_SATA, 4, 30 },
		{ "nvme", BUS_NVME, 4, 64 },
		{ "ide", BUS_IDE, 2, 2 },
	};
	char device[32];
	int ret = 0;

	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++)
		for (unsigned int c = 0; c < buses[i].controllers; c++)
			for (unsigned int u = 0; u < buses[i].units && ret == 0; u++) {
				snprintf(device, sizeof(device), "%s%u:%u", buses[i].name, c, u);
				ret = add_drive(v, device, buses[i].bus, c, u);
			}
	for (unsigned int u = 0; u < 2 && ret == 0; u++) {
		snprintf(device, sizeof(device), "floppy%u", u);
		ret = add_drive(v, device, BUS_FLOPPY, 0, u);
	}
	return ret;
}

static int read_network(struct vmx *v, const char *device, size_t *index)
{
	const char *name = value(v, device, "networkName");
	struct model_network *network;

	if (!*name)
		name = value(v, device, "connectionType");
	if (!*name)
		name = "bridged"; /* VMware's default */
	*index = model_find_network(v->m, name);
	if (*index != MODEL_NONE)
		return 0;
	network = model_add_network(v->m, v->e);
	if (!network)
		return err_wrap(v->e, "%s", v->name);
	*index = v->m->n_networks - 1;
	return model_set_line(&network->name, name, v->e);
}

static int read_nic(struct vmx *v, const char *device)
{
	struct model_nic *nic;
	const char *mac = value(v, device, "address");
	int ret;

	if (!yes(value(v, device, "present")))
		return 0;
	nic = model_add_nic(v->vm, v->e);
	if (!nic)
		return err_wrap(v->e, "%s", v->name);
	if (!*mac)
		mac = value(v, device, "generatedAddress");
	ret = text_set_mac(&nic->mac, mac, v->e);
	if (ret == 0)
		ret = model_set_line(&nic->name, device, v->e);
	if (ret == 0)
		ret = model_set_line(&nic->model, value(v, device, "virtualDev"), v->e);
	return ret < 0 ? ret : read_network(v, device, &nic->network);
}

static int read_nics(struct vmx *v)
{
	char device[32];
	int ret = 0;

	for (unsigned int i = 0; i < 10 && ret == 0; i++) {
		snprintf(device, sizeof(device), "ethernet%u", i);
		ret = read_nic(v, device);
	}
	return ret;
}

static int read_vmx(struct vmx *v)
{
	const struct setting *locked = get(v, "encryption.keySafe");
	struct model_machine *vm = v->vm;

	if (locked)
		return fail(v, locked->line, "an encrypted machine cannot be read", locked->key);
	if (!get(v, "virtualHW.version") && !get(v, "config.version"))
		return err_set(v->e, -EINVAL, "%s: has no config.version, not a VMX file", v->name);
	if (model_set_line(&vm->name, value(v, "", "displayName"), v->e) < 0 ||
	    model_set_line(&vm->os, value(v, "", "guestOS"), v->e) < 0 ||
	    model_set_text(&vm->annotation, value(v, "", "annotation"), v->e) < 0 ||
	    model_set_line(&v->m->version, value(v, "", "config.version"), v->e) < 0)
		return -ENOMEM;
	if (!*vm->name && model_set_line(&vm->name, "machine", v->e) < 0)
		return -ENOMEM;
	if (model_set_line(&vm->id, vm->name, v->e) < 0 ||
	    model_set_line(&v->m->name, vm->name, v->e) < 0)
		return -ENOMEM;
	if (read_hardware(v) < 0 || read_drives(v) < 0 || read_nics(v) < 0)
		return v->e->code;
	return 0;
}

int vmx_read(const char *text, size_t len, const char *name, struct model **m, struct err *e)
{
	struct err own = { 0 };
	_cleanup_free_ char *copy = NULL;
	_cleanup_free_ struct setting *settings = NULL;
	struct vmx v = { .name = name, .e = e ? e : &own };
	int ret;

	if (len > VMX_SIZE_MAX)
		return err_set(e, -EFBIG, "%s: more than %d bytes", name, VMX_SIZE_MAX);
	if (memchr(text, '\0', len))
		return err_set(e, -EINVAL, "%s: not text", name);
	v.text = copy = strndup(text, len);
	v.settings = settings = calloc(SETTINGS_MAX, sizeof(*settings));
	v.m = model_new();
	v.vm = v.m ? model_add_machine(v.m, v.e) : NULL;
	if (!copy || !settings || !v.vm) {
		model_free(v.m);
		return err_sys(e, -ENOMEM, "%s", name);
	}
	v.m->kind = MODEL_VMX;
	ret = parse(&v);
	if (ret == 0)
		ret = read_vmx(&v);
	if (ret == 0 && model_check(v.m, v.e) < 0)
		ret = err_wrap(v.e, "%s", name);
	if (ret < 0) {
		model_free(v.m);
		text_clean(v.e->text);
		return ret;
	}
	*m = v.m;
	return 0;
}
