/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle appliance export: disks and what is said of them, or a guest of this host,
 * as a package.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "appliance/export.h"
#include "appliance/vm.h"
#include "progress.h"
#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { PEM_MAX = 1 << 20, MODEL_TEXT_MAX = 8 << 20, DISKS_MAX = 64 };

static const char *model_file, *guest_name, *name, *cpus, *memory, *firmware, *os;
static const char *ovf = "1.1", *format = "vmdk", *key_file, *cert_file, *passphrase_file;
static bool as_json, force;

const struct cmd_opt appliance_export_opts[] = {
	{ "guest", 0, OPT_STRING, "NAME", &guest_name,
	  "a guest of this host, which must be stopped" },
	{ "model", 0, OPT_STRING, "FILE", &model_file,
	  "what the package says of itself, as \"inspect --json\" shows it" },
	{ "name", 0, OPT_STRING, "NAME", &name, "of the machine; else after OUT" },
	{ "cpus", 0, OPT_STRING, "NUMBER", &cpus, "processors; else 1" },
	{ "memory", 0, OPT_STRING, "SIZE", &memory, "memory; else 1G" },
	{ "firmware", 0, OPT_STRING, "bios|uefi", &firmware, "that it starts with; else either" },
	{ "os", 0, OPT_STRING, "TEXT", &os, "its operating system, in words" },
	{ "ovf", 0, OPT_STRING, "1.1|2.0", &ovf,
	  "version of the descriptor; 1.1 is what all read" },
	{ "format", 0, OPT_STRING, "vmdk|qcow2|raw|vhd", &format, "of the disks in the package" },
	{ "key", 0, OPT_STRING, "FILE", &key_file, "sign with this key (PEM)" },
	{ "cert", 0, OPT_STRING, "FILE", &cert_file, "its certificate (PEM), with its chain" },
	{ "passphrase-file", 0, OPT_STRING, "FILE", &passphrase_file, "the key's passphrase" },
	{ "force", 0, OPT_BOOL, NULL, &force, "replace OUT" },
	{ "json", 0, OPT_BOOL, NULL, &as_json, "progress and result as JSON, a line each" },
	{ 0 },
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	stop = number;
}

/* All that is to be exported, until the package is there. */
struct task {
	json_t *json; /* of the model */
	struct model *model;
	const char *disks[DISKS_MAX];
	size_t n;
	json_t *guest; /* that the disks' names belong to */
	struct buf key, cert, passphrase;
};

static void task_clear(struct task *t)
{
	json_decref(t->json);
	json_decref(t->guest);
	model_free(t->model);
	/* A key does not stay in memory that others get. */
	explicit_bzero(t->key.s, t->key.len);
	explicit_bzero(t->passphrase.s, t->passphrase.len);
	buf_clear(&t->key);
	buf_clear(&t->cert);
	buf_clear(&t->passphrase);
}

/* One machine with its disks on AHCI and one card, which every importer knows. */
static json_t *machine(const char *called, unsigned int n_cpus, uint64_t bytes, size_t n_disks,
		       size_t n_nics)
{
	json_t *drives = json_array(), *nics = json_array(), *disks = json_array();
	json_t *files = json_array();

	for (size_t i = 0; i < n_disks; i++) {
		json_array_append_new(files,
				      json_pack("{s:o, s:o}", "id", json_sprintf("file%zu", i + 1),
						"href", json_sprintf("disk%zu", i + 1)));
		json_array_append_new(disks,
				      json_pack("{s:o, s:I}", "id", json_sprintf("disk%zu", i + 1),
						"file", (json_int_t)i));
		json_array_append_new(drives, json_pack("{s:s, s:s, s:s, s:I, s:I}", "kind", "disk",
							"bus", "sata", "controller", "AHCI", "unit",
							(json_int_t)i, "disk", (json_int_t)i));
	}
	for (size_t i = 0; i < n_nics; i++)
		json_array_append_new(nics, json_pack("{s:o, s:s, s:i}", "name",
						      json_sprintf("Network adapter %zu", i + 1),
						      "model", "E1000", "network", 0));
	return json_pack(
		"{s:s, s:s, s:o, s:o, s:[{s:s, s:s}], s:[{s:s, s:o, s:o, s:i, s:I, s:o, s:o}]}",
		"kind", "ovf", "name", called, "files", files, "disks", disks, "networks", "name",
		"network", "description", "The network of the host's bridge", "machines",
		"hardware", "vmx-10", "id", json_text(called), "name", json_text(called), "cpus",
		(int)n_cpus, "memory", (json_int_t)bytes, "drives", drives, "nics", nics);
}

static int number_of_cpus(unsigned int *n, struct err *e)
{
	char *end;
	unsigned long value = cpus ? strtoul(cpus, &end, 10) : 1;

	if (cpus && (*end || end == cpus || value < 1 || value > 512))
		return err_set(e, -EINVAL, "--cpus: %s is no number from 1 to 512", cpus);
	*n = (unsigned int)value;
	return 0;
}

static int from_options(struct task *t, const char *called, struct err *e)
{
	uint64_t bytes = UINT64_C(1) << 30;
	unsigned int n_cpus = 1;
	json_t *first;
	int ret = number_of_cpus(&n_cpus, e);

	if (ret < 0)
		return ret;
	if (memory && size_parse(memory, &bytes, e) < 0)
		return err_wrap(e, "--memory");
	t->json = machine(name ? name : called, n_cpus, bytes, t->n, 1);
	first = json_array_get(json_object_get(t->json, "machines"), 0);
	if (firmware)
		json_object_set_new(first, "firmware", json_text(firmware));
	if (os)
		json_object_set_new(first, "os", json_text(os));
	return 0;
}

static int from_file(struct task *t, struct err *e)
{
	struct buf text = BUF_INIT;
	json_t *inside;
	json_error_t why;
	int ret = fs_read(model_file, MODEL_TEXT_MAX, &text, e);

	if (ret < 0)
		return ret;
	t->json = json_loadb(text.s, text.len, JSON_REJECT_DUPLICATES, &why);
	buf_clear(&text);
	if (!t->json)
		return err_set(e, -EINVAL, "%s:%d: %s", model_file, why.line, why.text);
	/* What "inspect --json" printed has more than that. */
	inside = json_incref(json_object_get(t->json, "model"));
	if (inside) {
		json_decref(t->json);
		t->json = inside;
	}
	return 0;
}

/* A guest's disks lie still only while nobody runs it. */
static int from_guest(struct task *t, struct err *e)
{
	struct vm_host host = { guest_dirs_host, vm_driver_default(), NULL };
	const char *state;
	json_t *disk;
	size_t i;
	int ret = vm_show(&host, guest_name, &t->guest, e);

	if (ret < 0)
		return ret;
	state = json_string_value(json_object_get(t->guest, "state"));
	if (state && strcmp(state, "stopped") != 0)
		return err_set(e, -EBUSY, "%s is %s; stop it first, so that its disks are whole",
			       guest_name, state);
	json_array_foreach(json_object_get(t->guest, "disks"), i, disk)
	{
		if (json_is_true(json_object_get(disk, "cdrom")))
			continue;
		if (t->n == DISKS_MAX)
			return err_set(e, -E2BIG, "%s has more than %d disks", guest_name,
				       DISKS_MAX);
		t->disks[t->n++] = json_string_value(json_object_get(disk, "path"));
	}
	t->json = machine(name ? name : guest_name,
			  (unsigned int)json_integer_value(json_object_get(t->guest, "cpus")),
			  (uint64_t)json_integer_value(json_object_get(t->guest, "memory")), t->n,
			  json_array_size(json_object_get(t->guest, "nics")));
	return 0;
}

static int take_model(struct task *t, const char *called, struct err *e)
{
	int ret = guest_name   ? from_guest(t, e)
		  : model_file ? from_file(t, e)
			       : from_options(t, called, e);

	if (ret == 0 && !t->json)
		ret = err_sys(e, -ENOMEM, "the package's description");
	if (ret == 0)
		ret = model_from_json(t->json, &t->model, e);
	return ret < 0 && model_file ? err_wrap(e, "%s", model_file) : ret;
}

static int take_keys(struct task *t, struct err *e)
{
	int ret = 0;

	if (!key_file != !cert_file)
		return err_set(e, -EINVAL, "to sign takes both --key and --cert");
	if (key_file)
		ret = fs_read(key_file, PEM_MAX, &t->key, e);
	if (ret == 0 && cert_file)
		ret = fs_read(cert_file, PEM_MAX, &t->cert, e);
	if (ret == 0 && passphrase_file)
		ret = fs_read(passphrase_file, PEM_MAX, &t->passphrase, e);
	while (t->passphrase.len && strchr("\r\n", t->passphrase.s[t->passphrase.len - 1]))
		t->passphrase.s[--t->passphrase.len] = '\0';
	return ret;
}

/* SOURCE_DATE_EPOCH, or else the time of the newest disk: the same disks give the same package. */
static int64_t date_of(const struct task *t)
{
	const char *said = getenv("SOURCE_DATE_EPOCH");
	int64_t newest = 0;
	struct stat st;

	if (said && *said)
		return strtoll(said, NULL, 10);
	for (size_t i = 0; i < t->n; i++)
		if (stat(t->disks[i], &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime > newest)
			newest = st.st_mtime;
	return newest ? newest : time(NULL);
}

/* "web-1.0" of "/srv/web-1.0.ova". */
static void called(const char *out, char *text, size_t size)
{
	size_t len = strlen(out);
	const char *slash;

	while (len > 1 && out[len - 1] == '/')
		len--;
	slash = memrchr(out, '/', len);
	if (slash && slash + 1 < out + len) {
		len -= (size_t)(slash + 1 - out);
		out = slash + 1;
	}
	if (len > 4 && memcmp(out + len - 4, ".ova", 4) == 0)
		len -= 4;
	snprintf(text, size, "%.*s", (int)len, out);
}

static int print_done(const struct task *t, const char *out, int64_t ms)
{
	uint64_t stored = 0, size = 0;
	char takes[32], holds[32];

	for (size_t i = 0; i < t->model->n_files; i++)
		stored += t->model->files[i].size;
	for (size_t i = 0; i < t->model->n_disks; i++)
		if (t->model->disks[i].file != MODEL_NONE)
			size += t->model->disks[i].capacity;
	if (as_json) {
		_cleanup_json_ json_t *json = json_pack(
			"{s:b, s:o, s:o, s:I, s:I, s:b, s:I}", "ok", true, "out", json_text(out),
			"model", model_json(t->model), "size", (json_int_t)size, "stored",
			(json_int_t)stored, "signed", key_file != NULL, "ms", (json_int_t)ms);

		return print_json(json, JSON_COMPACT);
	}
	fprintf(stderr,
		"%s: %s of disks as %s of %s%s, in %" PRId64 ".%" PRId64 " s, %" PRIu64 " MB/s\n",
		out, size_text(size, holds, sizeof(holds)), size_text(stored, takes, sizeof(takes)),
		format, key_file ? ", signed" : "", ms / 1000, ms % 1000 / 100,
		size / 1000 / (uint64_t)(ms ? ms : 1));
	return 0;
}

static int export(struct task *t, const char *out, struct err *e)
{
	size_t len = strlen(out);
	struct progress progress;
	struct export_opts o = {
		.ovf = ovf,
		.format = format,
		.folder = len && out[len - 1] == '/',
		.force = force,
		.key = key_file ? t->key.s : NULL,
		.certificate = key_file ? t->cert.s : NULL,
		.passphrase = passphrase_file ? t->passphrase.s : NULL,
		.date = date_of(t),
		.convert = { .progress = progress_tell, .ctx = &progress, .stop = &stop }
	};
	_cleanup_free_ char *target = strdup(out);
	int64_t ms;
	int ret;

	if (!target)
		return err_sys(e, -ENOMEM, "%s", out);
	while (len > 1 && target[len - 1] == '/')
		target[--len] = '\0';
	if (!o.folder && (len < 5 || strcmp(target + len - 4, ".ova") != 0))
		return err_set(e, -EINVAL,
			       "%s: is it NAME.ova that is to be made, or a folder, NAME/?", out);
	progress_start(&progress, as_json);
	ret = export_package(t->model, t->disks, t->n, target, &o, e);
	ms = progress_end(&progress);
	return ret < 0 ? ret : print_done(t, target, ms);
}

static int refused(const struct err *e)
{
	_cleanup_json_ json_t *json = NULL;

	if (!as_json)
		return fail(e);
	json = json_pack("{s:b, s:o}", "ok", false, "error", json_text(err_text(e)));
	(void)print_json(json, JSON_COMPACT);
	return 1;
}

int run_appliance_export(size_t argc, char **argv)
{
	/* Without SA_RESTART: what waits is to be interrupted. */
	const struct sigaction sa = { .sa_handler = on_signal };
	struct task t = { .key = BUF_INIT, .cert = BUF_INIT, .passphrase = BUF_INIT };
	struct err e = { 0 };
	const char *out = argv[argc - 1];
	char stem[256];
	int ret = 0;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	if (argc - 1 > DISKS_MAX)
		ret = err_set(&e, -E2BIG, "more than %d disks", DISKS_MAX);
	else if (guest_name && (argc > 1 || model_file))
		ret = err_set(&e, -EINVAL, "--guest has disks and a description of its own");
	else if (!guest_name && argc == 1)
		ret = err_set(&e, -EINVAL, "no disk is given, and no --guest");
	for (size_t i = 0; ret == 0 && i + 1 < argc; i++)
		t.disks[t.n++] = argv[i];
	called(out, stem, sizeof(stem));
	if (ret == 0)
		ret = take_keys(&t, &e);
	if (ret == 0)
		ret = take_model(&t, stem, &e);
	if (ret == 0)
		ret = export(&t, out, &e);
	task_clear(&t);
	return ret == 0 ? 0 : e.code ? refused(&e) : 1;
}
