/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance_options.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "property_args.h"
#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "vm.h"

enum { TEXT_MAX = 1 << 20 };

static const char *name, *storage, *format, *option, *sha256, *trust, *type, *firmware, *cpus,
	*memory, *bridge, *hostname, *ssh_key, *user_data, *threads;
static struct cmd_list networks, properties, property_files;
static bool require_signature, allow_unverified, accept_eula, keep_mac, force;
bool import_json;

#define OPTS_TRUST                                                                              \
	{ "sha256", 0, OPT_STRING, "HEX", &sha256, "the SHA-256 that the whole package has" },  \
		{ "trust", 0, OPT_STRING, "FILE|DIR", &trust, "certificates of who may sign" }, \
		{ "require-signature",                                                          \
		  0,                                                                            \
		  OPT_BOOL,                                                                     \
		  NULL,                                                                         \
		  &require_signature,                                                           \
		  "only what somebody in --trust has signed" },                                 \
		{ "allow-unverified", 0,                                                        \
		  OPT_BOOL,	      NULL,                                                     \
		  &allow_unverified,  "also files that the manifest leaves out" },              \
		{ "option", 0, OPT_STRING, "ID", &option, "the deployment option" },            \
		{ "threads", 0, OPT_STRING, "N", &threads, "instead of one per processor" },    \
		{ "json", 0, OPT_BOOL, NULL, &import_json, "progress and result as JSON" }

#define OPTS_GUEST                                                                               \
	{ "name", 0, OPT_STRING, "NAME", &name, "of the guest; several begin with it" },         \
		{ "storage", 0,	       OPT_STRING,                                               \
		  "DIR",     &storage, "a folder instead of the host's thin pool" },             \
		{ "format", 0, OPT_STRING, "raw|qcow2", &format, "of the disks in a folder" },   \
		{ "type", 0, OPT_STRING, "pv|pvh|hvm", &type, "instead of what fits the disk" }, \
		{ "firmware", 0, OPT_STRING, "bios|uefi", &firmware, "of an hvm guest" },        \
		{ "cpus", 0, OPT_STRING, "N", &cpus, "instead of the package's" },               \
		{ "memory", 0, OPT_STRING, "SIZE", &memory, "such as 2048M or 4G" },             \
		{ "network", 0, OPT_LIST, "NET=BRIDGE", &networks, "a network of the package" }, \
		{ "bridge", 0, OPT_STRING, "BRIDGE", &bridge, "of all others; xenbr0" },         \
		{ "keep-mac", 0, OPT_BOOL, NULL, &keep_mac, "the package's MAC addresses" },     \
		{ "property", 0, OPT_LIST, "KEY=VALUE", &properties, "a property's value" },     \
		{ "property-file", 0, OPT_LIST, "FILE", &property_files, "lines of KEY=VALUE" }, \
		{ "hostname", 0, OPT_STRING, "NAME", &hostname, "for cloud-init" },              \
		{ "ssh-key", 0, OPT_STRING, "FILE", &ssh_key, "public keys for cloud-init" },    \
		{ "user-data", 0, OPT_STRING, "FILE", &user_data, "for cloud-init" },            \
		{ "accept-eula", 0, OPT_BOOL, NULL, &accept_eula, "accept the licences in it" }, \
		{ "force", 0, OPT_BOOL, NULL, &force, "also what cannot start here: for ARM, ..." }

const struct cmd_opt appliance_import_opts[] = {
	OPTS_GUEST,
	OPTS_TRUST,
	{ 0 },
};

/* The same: a plan is made by the command line of the import. */
const struct cmd_opt appliance_plan_opts[] = { OPTS_GUEST, OPTS_TRUST, { 0 } };
const struct cmd_opt appliance_verify_opts[] = { OPTS_TRUST, { 0 } };

static int number(const char *text, const char *what, unsigned int max, unsigned int *n,
		  struct err *e)
{
	char *end;
	unsigned long value;

	if (!text)
		return 0;
	value = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || !value || value > max)
		return err_set(e, -EINVAL, "--%s %s: a number from 1 to %u", what, text, max);
	*n = (unsigned int)value;
	return 0;
}

static int word(const char *text, const char *what, const char *const *words, unsigned int *n,
		struct err *e)
{
	if (!text)
		return 0;
	for (unsigned int i = 1; words[i]; i++)
		if (strcmp(text, words[i]) == 0) {
			*n = i;
			return 0;
		}
	return err_set(e, -EINVAL, "--%s %s: not one of them", what, text);
}

/* "KEY=VALUE" as a pair; the key of a network may have "=" in it, so the last one counts there. */
static int pair(struct import_texts *t, const char *text, bool last, struct guest_pair *p,
		struct err *e)
{
	char *own = strdup(text), *sign;

	if (!own || t->n_own == sizeof(t->own) / sizeof(t->own[0])) {
		free(own);
		return err_sys(e, -ENOMEM, "options");
	}
	t->own[t->n_own++] = own;
	sign = last ? strrchr(own, '=') : strchr(own, '=');
	if (!sign || sign == own)
		return err_set(e, -EINVAL, "%s: KEY=VALUE is needed", text);
	*sign = '\0';
	*p = (struct guest_pair){ own, sign + 1 };
	return 0;
}

static int set_networks(struct guest_answers *a, struct import_texts *t, struct err *e)
{
	int r = 0;

	t->networks = calloc(networks.count + 1, sizeof(*t->networks));
	if (!t->networks)
		return err_sys(e, -ENOMEM, "networks");
	for (size_t i = 0; r == 0 && i < networks.count; i++)
		r = pair(t, networks.item[i], true, &t->networks[i], e);
	a->networks = t->networks;
	a->n_networks = networks.count;
	return r;
}

static struct property_args given;

static int set_properties(struct guest_answers *a, struct err *e)
{
	int r = property_args_take(&given, &properties, &property_files, e);

	a->properties = given.pairs;
	a->n_properties = given.n;
	return r;
}

static int set_texts(struct guest_answers *a, struct import_texts *t, struct err *e)
{
	int r = 0;

	if (ssh_key)
		r = fs_read(ssh_key, TEXT_MAX, &t->ssh_key, e);
	if (r == 0 && user_data)
		r = fs_read(user_data, TEXT_MAX, &t->user_data, e);
	a->ssh_keys = ssh_key ? t->ssh_key.s : NULL;
	a->user_data = user_data ? t->user_data.s : NULL;
	return r;
}

int import_options(struct import_opts *o, struct import_texts *t, struct err *e)
{
	unsigned int virt = 0, fw = 0;
	int r;

	*t = (struct import_texts){ .ssh_key = BUF_INIT, .user_data = BUF_INIT };
	o->storage = storage;
	o->format = format;
	o->option = option;
	o->sha256 = sha256;
	o->trust = trust;
	o->require_signature = require_signature;
	o->allow_unverified = allow_unverified;
	o->accept_eula = accept_eula;
	o->force = force;
	o->answers.name = name;
	o->answers.bridge = bridge;
	o->answers.host = vm_host_id();
	o->answers.keep_mac = keep_mac;
	o->answers.hostname = hostname;
	r = number(threads, "threads", 256, &o->threads, e);
	if (r == 0)
		r = number(cpus, "cpus", 512, &o->answers.cpus, e);
	if (r == 0 && memory && size_parse(memory, &o->answers.memory, e) < 0)
		r = err_wrap(e, "--memory");
	if (r == 0)
		r = word(type, "type", model_virt_names, &virt, e);
	if (r == 0)
		r = word(firmware, "firmware", model_firmware_names, &fw, e);
	o->answers.type = virt;
	o->answers.firmware = fw;
	if (r == 0)
		r = set_networks(&o->answers, t, e);
	if (r == 0)
		r = set_properties(&o->answers, e);
	return r == 0 ? set_texts(&o->answers, t, e) : r;
}

void import_texts_clear(struct import_texts *t)
{
	buf_clear(&t->ssh_key);
	buf_clear(&t->user_data);
	property_args_clear(&given);
	free(t->networks);
	for (size_t i = 0; i < t->n_own; i++)
		free(t->own[i]);
}

static volatile sig_atomic_t stop;

static void on_signal(int n)
{
	stop = n;
}

static void catch_signals(void)
{
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* On a terminal only: who is not there accepts nothing. */
static bool ask_eula(void *ctx, const char *machine, const char *text)
{
	char answer[16] = "";

	(void)ctx;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fprintf(stderr, "Licence of %s:\n\n%s\n\nDo you accept it? [y/N] ", machine, text);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static struct import_opts *asking; /* whose answers the asked ones become */

static int ask_properties(void *ctx, const struct model_machine *m, struct err *e)
{
	int r = property_args_ask(&given, m, e);

	(void)ctx;
	asking->answers.properties = given.pairs;
	asking->answers.n_properties = given.n;
	return r;
}

void import_print_warnings(const json_t *report)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(report, "warnings"), i, item)
		fprintf(stderr, "socle: warning: %s\n", json_string_value(item));
}

int import_main(struct import_opts *o, int (*print)(const json_t *report))
{
	_cleanup_json_ json_t *report = NULL;
	static struct progress p;
	struct import_texts t;
	struct err e = { 0 };
	int64_t ms;
	int r;

	catch_signals();
	o->stop = &stop;
	o->eula = ask_eula;
	o->ask = ask_properties;
	asking = o;
	o->progress = progress_tell;
	o->ctx = &p;
	progress_start(&p, import_json);
	r = import_options(o, &t, &e);
	if (r == 0)
		r = import_run(o, &report, &e);
	ms = progress_end(&p);
	import_texts_clear(&t);
	if (report)
		json_object_set_new(report, "milliseconds", json_integer((json_int_t)ms));
	import_print_warnings(report);
	if (r < 0)
		return fail(&e);
	return import_json ? print_json(report, JSON_COMPACT) : print(report);
}
