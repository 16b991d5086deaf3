/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gather.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"

enum { SYSFS_MAX = 1 << 20 };

json_t *gather_text(const char *s)
{
	char text[FACTS_STRING_MAX + 1];
	size_t len;
	json_t *json;

	s = s ? s : "";
	s += strspn(s, " \t\r\n");
	len = strnlen(s, FACTS_STRING_MAX);
	while (len && strchr(" \t\r\n", s[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++)
		text[i] = (char)((unsigned char)s[i] < ' ' || s[i] == 0x7f ? '?' : s[i]);
	text[len] = 0;
	json = json_string(text);
	for (size_t i = 0; !json && i < len; i++)
		if ((unsigned char)text[i] >= 0x80)
			text[i] = '?';
	return json ? json : json_string(text);
}

__attribute__((format(printf, 2, 0))) static void read_file(struct buf *out, const char *fmt,
							    va_list ap)
{
	char path[PATH_MAX];

	vsnprintf(path, sizeof(path), fmt, ap);
	/* Absent, or not to be read in this state (a NIC that is down): "". */
	if (fs_read(path, SYSFS_MAX, out, NULL) < 0)
		buf_clear(out);
	while (out->len && strchr(" \n", out->s[out->len - 1]))
		out->s[--out->len] = 0;
}

void gather_read(struct buf *out, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	read_file(out, fmt, ap);
	va_end(ap);
}

json_t *gather_file(const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	json_t *json;
	va_list ap;

	va_start(ap, fmt);
	read_file(&b, fmt, ap);
	va_end(ap);
	json = gather_text(b.s);
	buf_clear(&b);
	return json;
}

uint64_t gather_number(const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	long long n;
	va_list ap;

	va_start(ap, fmt);
	read_file(&b, fmt, ap);
	va_end(ap);
	n = strtoll(b.s, NULL, 10);
	buf_clear(&b);
	return n > 0 ? (uint64_t)n : 0;
}

json_t *gather_machine(void)
{
	json_t *m = json_object();

	json_object_set_new(m, "vendor", gather_file("/sys/class/dmi/id/sys_vendor"));
	json_object_set_new(m, "product", gather_file("/sys/class/dmi/id/product_name"));
	json_object_set_new(m, "serial", gather_file("/sys/class/dmi/id/product_serial"));
	json_object_set_new(m, "uuid", gather_file("/sys/class/dmi/id/product_uuid"));
	return m;
}

/* The RAM of the firmware's memory map: unlike MemTotal the same for every kernel. */
static uint64_t memory_bytes(void)
{
	DIR *dir = opendir("/sys/firmware/memmap");
	struct sysinfo info;
	uint64_t sum = 0;
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		struct buf type = BUF_INIT, start = BUF_INIT, end = BUF_INIT;

		gather_read(&type, "/sys/firmware/memmap/%s/type", d->d_name);
		gather_read(&start, "/sys/firmware/memmap/%s/start", d->d_name);
		gather_read(&end, "/sys/firmware/memmap/%s/end", d->d_name);
		if (strcmp(type.s, "System RAM") == 0)
			sum += strtoull(end.s, NULL, 16) - strtoull(start.s, NULL, 16) + 1;
		buf_clear(&type);
		buf_clear(&start);
		buf_clear(&end);
	}
	if (dir)
		closedir(dir);
	if (!sum && sysinfo(&info) == 0)
		sum = (uint64_t)info.totalram * info.mem_unit;
	return sum;
}

bool gather_cpu_flag(const char *cpuinfo, const char *flag)
{
	const char *line = strstr(cpuinfo, "\nflags");
	size_t len = strlen(flag), end = line ? strcspn(line + 1, "\n") + 1 : 0;

	for (const char *p = line; p && (p = strstr(p, flag)) && p < line + end; p += len)
		if (p[-1] == ' ' && (p[len] == ' ' || p[len] == '\n' || !p[len]))
			return true;
	return false;
}

int facts_gather(json_t **out, struct err *e)
{
	struct udev *udev = udev_new();
	struct buf cpuinfo = BUF_INIT;
	json_t *f, *disks, *ibft = gather_ibft();

	if (!udev) {
		json_decref(ibft);
		return err_sys(e, -ENOMEM, "udev");
	}
	gather_read(&cpuinfo, "/proc/cpuinfo");
	disks = gather_disks(udev, ibft);
	f = json_pack("{s:i, s:o, s:s, s:I, s:i, s:b, s:b, s:o, s:o, s:o}", "facts", FACTS_VERSION,
		      "machine", gather_machine(), "firmware",
		      access("/sys/firmware/efi", F_OK) == 0 ? "uefi" : "bios", "memory",
		      (json_int_t)memory_bytes(), "cpus", get_nprocs_conf(), "vmx",
		      gather_cpu_flag(cpuinfo.s, "vmx"), "svm", gather_cpu_flag(cpuinfo.s, "svm"),
		      "disks", disks, "volumes", gather_volumes(udev, disks), "nics",
		      gather_nics(udev));
	gather_preflight(cpuinfo.s, f);
	if (ibft)
		json_object_set_new(f, "ibft", ibft);
	buf_clear(&cpuinfo);
	udev_unref(udev);
	*out = f;
	return f ? 0 : err_sys(e, -ENOMEM, "facts");
}
