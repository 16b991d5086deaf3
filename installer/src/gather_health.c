/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What SMART says of the disks, by smartctl: one thread for each disk, so that
 * two dozen take no longer than the slowest of them.
 */
#include <pthread.h>
#include <string.h>

#include "gather.h"
#include "socle/cleanup.h"
#include "socle/proc.h"

enum { SMART_SECONDS = 10, ASKED_MAX = 256 };

/* Virtual disks and those of a SAN have none of their own. */
static const char *const asked_transports[] = { "sata", "sas", "scsi", "nvme", "usb" };

/* Bits of an NVMe disk's critical warning (NVMe 2.0, 5.16.1.3), the worst first. */
static const struct {
	unsigned int bit;
	const char *health, *why;
} nvme_warnings[] = {
	{ 0x08, FACT_FAILING, "its NVMe health log says that it can only be read any more" },
	{ 0x04, FACT_FAILING, "its NVMe health log says that it is no longer reliable" },
	{ 0x01, FACT_FAILING, "its NVMe health log says that its spare blocks are used up" },
	{ 0x10, FACT_FAILING, "its NVMe health log says that its memory's backup has failed" },
	{ 0x02, FACT_WORN, "its NVMe health log says that it is too hot or too cold" },
};

/* ATA attributes whose raw value counts what must not be. */
static const struct {
	json_int_t id;
	const char *why;
} ata_counts[] = {
	{ 197, "SMART counts sectors that cannot be read (attribute 197)" },
	{ 198, "SMART counts sectors that cannot be corrected (attribute 198)" },
};

static json_int_t number_at(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *nvme_health(const json_t *log, const char **why)
{
	json_int_t warning = number_at(log, "critical_warning");

	for (size_t i = 0; i < sizeof(nvme_warnings) / sizeof(nvme_warnings[0]); i++)
		if (warning & nvme_warnings[i].bit) {
			*why = nvme_warnings[i].why;
			return nvme_warnings[i].health;
		}
	if (number_at(log, "percentage_used") < 100)
		return NULL;
	*why = "its NVMe health log says that it has worn out";
	return FACT_WORN;
}

static const char *ata_health(const json_t *table, const char **why)
{
	const json_t *row;
	size_t i;

	for (i = 0; i < json_array_size(table) && (row = json_array_get(table, i)); i++)
		for (size_t k = 0; k < sizeof(ata_counts) / sizeof(ata_counts[0]); k++)
			if (number_at(row, "id") == ata_counts[k].id &&
			    number_at(json_object_get(row, "raw"), "value") > 0) {
				*why = ata_counts[k].why;
				return FACT_WORN;
			}
	return NULL;
}

const char *health_parse(const char *text, size_t len, const char **why)
{
	_cleanup_json_ json_t *all = json_loadb(text, len, 0, NULL);
	const json_t *passed = json_object_get(json_object_get(all, "smart_status"), "passed");
	const json_t *log = json_object_get(all, "nvme_smart_health_information_log");
	const char *health = nvme_health(log, why);

	/* That the status is bad is the least that is said of it. */
	if ((!health || strcmp(health, FACT_WORN) == 0) && json_is_false(passed)) {
		*why = "SMART says that it fails, or will soon";
		return FACT_FAILING;
	}
	if (!health)
		health = ata_health(
			json_object_get(json_object_get(all, "ata_smart_attributes"), "table"),
			why);
	if (!health) {
		*why = "";
		health = json_is_true(passed) ? "ok" : "";
	}
	return health;
}

struct asked {
	pthread_t thread;
	json_t *disk;
	const char *path;
	struct buf answer;
};

static void *ask(void *arg)
{
	struct asked *a = arg;
	const char *const argv[] = { "smartctl", "--json=c", "--nocheck=standby", "-H", "-A",
				     a->path,	 NULL };

	/* Its exit code has a bit for whatever it found; the JSON tells. */
	if (proc_run(&(struct proc){ .argv = argv, .timeout_s = SMART_SECONDS, .out = &a->answer },
		     NULL) < 0 &&
	    !a->answer.len)
		buf_clear(&a->answer);
	return NULL;
}

static bool is_asked(const json_t *disk)
{
	const char *transport = json_string_value(json_object_get(disk, "transport"));

	for (size_t i = 0; transport && i < sizeof(asked_transports) / sizeof(asked_transports[0]);
	     i++)
		if (strcmp(transport, asked_transports[i]) == 0)
			return !json_is_true(json_object_get(disk, "boot_medium"));
	return false;
}

void facts_gather_health(json_t *facts)
{
	json_t *disks = json_object_get(facts, "disks"), *disk;
	struct asked all[ASKED_MAX];
	size_t n = 0, i;

	for (i = 0; i < json_array_size(disks) && n < ASKED_MAX; i++) {
		disk = json_array_get(disks, i);
		if (!is_asked(disk))
			continue;
		all[n] = (struct asked){
			.disk = disk,
			.path = json_string_value(json_object_get(disk, "path")),
			.answer = BUF_INIT,
		};
		if (pthread_create(&all[n].thread, NULL, ask, &all[n]) == 0)
			n++;
	}
	for (i = 0; i < n; i++) {
		const char *why = "", *health;

		pthread_join(all[i].thread, NULL);
		health = health_parse(all[i].answer.s, all[i].answer.len, &why);
		json_object_set_new(all[i].disk, "health", json_string(health));
		json_object_set_new(all[i].disk, "health_why", json_string(why));
		buf_clear(&all[i].answer);
	}
}
