/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk=[…] of xm, xl and Oracle VM: the file, what it is, and where the guest sees it.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "socle/cleanup.h"
#include "vmcfg.h"

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
		vmcfg_drop(c, "disk", key, value, PROGRAM);
	else if (strcmp(key, "backend") == 0)
		vmcfg_drop(c, "disk", key, value, "names a domain of another host");
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
	const char *href = *path == '/' ? vmcfg_last_part(path) : path;
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

int vmcfg_read_disk(struct cfg *c, const char *entry)
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
