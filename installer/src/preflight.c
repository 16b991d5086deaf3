/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preflight.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Firmware and graphics keep some of what the machine has. */
#define MEMORY_LEAST (GIB - 128 * MIB)
#define MEMORY_FAIR  (2 * GIB - 64 * MIB)

enum {
	DAY = 86400,
	CLOCK_AHEAD = 20 * 365, /* days behind the image: no machine is installed by it then */
};

enum level { WARN, REFUSE };

/* A check adds what is wrong to out, as one line; nothing when all is well. */
static void memory_least(const struct draft *d, struct buf *out)
{
	if (d->facts->memory < MEMORY_LEAST)
		buf_addf(out, "%llu MiB of memory are too little: a host needs 1 GiB",
			 (unsigned long long)(d->facts->memory / MIB));
}

static void memory_fair(const struct draft *d, struct buf *out)
{
	uint64_t memory = d->facts->memory;

	if (memory >= MEMORY_LEAST && memory < MEMORY_FAIR)
		buf_addf(out, "%llu MiB of memory leave little for guests",
			 (unsigned long long)(memory / MIB));
}

static void virtualization(const struct draft *d, struct buf *out)
{
	if (d->facts->vmx || d->facts->svm)
		return;
	if (d->facts->virtualization_off)
		buf_adds(out,
			 "VT-x or AMD-V is switched off in the firmware's setup: only PV guests "
			 "will run until it is switched on there");
	else
		buf_adds(out, "no VT-x or AMD-V: only PV guests will run");
}

static void disk_failing(const struct fact_disk *disk, struct buf *out)
{
	if (strcmp(disk->health, FACT_FAILING) == 0)
		buf_addf(out, "%s is failing: %s", disk->path, disk->health_why);
}

static void disk_worn(const struct fact_disk *disk, struct buf *out)
{
	if (strcmp(disk->health, FACT_WORN) == 0)
		buf_addf(out, "%s: %s", disk->path, disk->health_why);
}

static void disk_unnamed(const struct fact_disk *disk, struct buf *out)
{
	if (!*disk->serial && !*disk->wwn)
		buf_addf(out,
			 "%s tells neither a serial number nor a WWN: it is known by its name "
			 "alone",
			 disk->path);
}

/* A certificate is not valid yet, or no longer, when the clock is years off. */
static void clock_off(const struct draft *d, struct buf *out)
{
	uint64_t now = d->facts->clock, image = d->image->epoch;

	if (!now || !image)
		return;
	if (now + DAY < image)
		buf_adds(out, "the machine's clock is behind the date of this image: certificates "
			      "and logs will be wrong until it is set");
	else if ((now - image) / DAY > CLOCK_AHEAD)
		buf_adds(out,
			 "the machine's clock is decades ahead of this image: certificates and "
			 "logs will be wrong until it is set");
}

static void secure_boot(const struct draft *d, struct buf *out)
{
	if (d->facts->secure_boot)
		buf_adds(out, "Secure Boot is on, and Socle's boot loader is not signed: switch it "
			      "off in the firmware's setup, or the disk will not start");
}

/* Not a thing of facts: it is tried just before the disk is written, see session_try_network(). */
static void network(const struct draft *d, struct buf *out)
{
	(void)d;
	(void)out;
}

/* Each looks at the machine, or at each disk that is written to. */
static const struct {
	const char *name;
	enum level level;
	void (*machine)(const struct draft *d, struct buf *out);
	void (*disk)(const struct fact_disk *disk, struct buf *out);
} checks[] = {
	{ "memory", REFUSE, .machine = memory_least },
	{ "memory", WARN, .machine = memory_fair },
	{ "virtualization", WARN, .machine = virtualization },
	{ "smart", REFUSE, .disk = disk_failing },
	{ "smart", WARN, .disk = disk_worn },
	{ "identity", WARN, .disk = disk_unnamed },
	{ "clock", WARN, .machine = clock_off },
	{ "secureboot", WARN, .machine = secure_boot },
	{ "network", WARN, .machine = network },
};

const char *preflight_name(size_t i)
{
	return i < ARRAY_SIZE(checks) ? checks[i].name : NULL;
}

bool preflight_skips(const struct answers *a, const char *name)
{
	for (size_t i = 0; i < a->preflight.skip.count; i++)
		if (strcmp(a->preflight.skip.item[i], name) == 0)
			return true;
	return false;
}

/* What a check has found, "" for nothing, to a warning or a refusal. */
static int judge(struct draft *d, size_t i, const char *text, struct err *e)
{
	bool skip = preflight_skips(d->answers, checks[i].name);

	if (!*text || (checks[i].level == WARN && skip))
		return 0;
	if (checks[i].level == REFUSE && !skip)
		return refuse(e, (struct ks_pos){ 0 },
			      "%s (\"preflight --skip=%s\" or socle.skip=%s installs all the same)",
			      text, checks[i].name, checks[i].name);
	if (draft_warn(d, "%s", text) < 0)
		return err_sys(e, -ENOMEM, "plan");
	return 0;
}

static int check_disks(struct draft *d, size_t i, struct err *e)
{
	int ret = 0;

	for (size_t k = 0; k < d->plan->disk_count && ret == 0; k++) {
		struct buf text = BUF_INIT;

		checks[i].disk(d->plan->disks[k], &text);
		ret = judge(d, i, text.s, e);
		buf_clear(&text);
	}
	return ret;
}

static int check_machine(struct draft *d, size_t i, struct err *e)
{
	struct buf text = BUF_INIT;
	int ret;

	checks[i].machine(d, &text);
	ret = judge(d, i, text.s, e);
	buf_clear(&text);
	return ret;
}

int preflight_check(struct draft *d, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks) && ret == 0; i++)
		ret = checks[i].disk ? check_disks(d, i, e) : check_machine(d, i, e);
	return ret;
}

static bool known(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		if (strncmp(checks[i].name, name, len) == 0 && !checks[i].name[len])
			return true;
	return false;
}

static int skip_add(struct answers *a, const char *name, size_t len, struct err *e)
{
	struct ks_strings *list = &a->preflight.skip;
	char **more;

	if (!known(name, len))
		return err_set(e, -EINVAL,
			       "socle.skip: no check is called \"%.*s\", but " KS_CHECKS,
			       (int)(len < 32 ? len : 32), name);
	more = realloc(list->item, (list->count + 1) * sizeof(*more));
	if (!more)
		return err_sys(e, -ENOMEM, "socle.skip");
	list->item = more;
	list->item[list->count] = strndup(name, len);
	if (!list->item[list->count])
		return err_sys(e, -ENOMEM, "socle.skip");
	list->count++;
	return 0;
}

static int word(const char *text, size_t len, struct answers *a, struct err *e)
{
	static const char skip[] = "socle.skip=", again[] = "socle.reinstall";
	const char *end = text + len, *p = text + sizeof(skip) - 1;
	int ret = 0;

	if (len == sizeof(again) - 1 && memcmp(text, again, len) == 0)
		a->reinstall = true;
	if (len < sizeof(skip) || memcmp(text, skip, sizeof(skip) - 1) != 0)
		return 0;
	while (p < end && ret == 0) {
		size_t n = strcspn(p, ", \n");

		ret = skip_add(a, p, n, e);
		p += n + 1;
	}
	return ret;
}

int preflight_cmdline(const char *cmdline, struct answers *a, struct err *e)
{
	int ret = 0;

	while (*cmdline && ret == 0) {
		size_t len = strcspn(cmdline, " \n");

		ret = word(cmdline, len, a, e);
		cmdline += len;
		cmdline += strspn(cmdline, " \n");
	}
	return ret;
}
