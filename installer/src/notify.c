/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "gather.h"
#include "socle/clock.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static void set_text(char **to, const char *text)
{
	char *copy = strdup(text ? text : "");

	free(*to);
	*to = copy;
}

/* Who we are is known before all the disks have been looked at. */
static json_t *read_machine(void)
{
	json_t *machine = gather_machine(), *macs = json_array(), *nics, *nic;
	struct udev *udev = udev_new();
	size_t i;

	nics = udev ? gather_nics(udev) : NULL;
	json_array_foreach(nics, i, nic)
		json_array_append_new(macs, json_string(text_of(nic, "mac")));
	json_object_set_new(machine, "macs", macs);
	json_decref(nics);
	udev_unref(udev);
	return machine;
}

struct send_names notify_names(const struct notify *n)
{
	const json_t *macs = json_object_get(n->machine, "macs");
	const char *first = json_string_value(json_array_get(macs, 0));

	return (struct send_names){
		.mac = n->mac && *n->mac ? n->mac : first,
		.serial = text_of(n->machine, "serial"),
		.uuid = text_of(n->machine, "uuid"),
		.hostname = n->hostname,
	};
}

/* Post a body, which is taken, with what every event has. */
static void post(struct notify *n, enum webhook_event event, json_t *body)
{
	struct send_names names = notify_names(n);
	char now[REPORT_TIME];

	json_object_set_new(body, "version", json_integer(NOTIFY_VERSION));
	json_object_set_new(body, "event", json_string(webhook_event_name(event)));
	json_object_set_new(body, "session", json_string(n->session));
	json_object_set_new(body, "sequence", json_integer(++n->sequence));
	json_object_set_new(body, "time", json_string(report_time(time(NULL), now)));
	json_object_set_new(body, "ms",
			    json_integer((json_int_t)(clock_ms() - n->report->started_ms)));
	json_object_set_new(body, "installer", json_string(SOCLE_VERSION));
	json_object_set(body, "machine", n->machine);
	json_object_set_new(body, "mac", gather_text(names.mac ? names.mac : ""));
	if (n->hostname)
		json_object_set_new(body, "hostname", gather_text(n->hostname));
	if (n->kickstart)
		json_object_set(body, "kickstart", n->kickstart);
	if (n->plan)
		json_object_set_new(body, "plan", json_string(n->plan));
	webhooks_post(n->hooks, event, &names, body);
	json_decref(body);
}

void notify_add(struct notify *n, const struct webhook_target *target, struct buf *problems)
{
	struct err e = { 0 };

	if (!n->hooks)
		n->hooks = webhooks_new();
	if (n->hooks && webhooks_add(n->hooks, target, &e) < 0)
		buf_addf(problems, "%s\n", err_text(&e));
}

void notify_init(struct notify *n, const struct report *report)
{
	unsigned char raw[16] = { 0 };

	*n = (struct notify){ .report = report, .machine = read_machine() };
	if (getrandom(raw, sizeof(raw), 0) == sizeof(raw))
		for (size_t i = 0; i < sizeof(raw); i++)
			snprintf(n->session + 2 * i, 3, "%02x", raw[i]);
}

void notify_open(struct notify *n, const struct report *report, struct buf *problems)
{
	struct ks_request r = KS_REQUEST_INIT;
	struct buf cmdline = BUF_INIT;

	notify_init(n, report);
	/* What is malformed there the session tells. */
	if (fs_read("/proc/cmdline", 1 << 16, &cmdline, NULL) == 0 &&
	    ks_request_parse(cmdline.s, &r, NULL) == 0 && r.webhook)
		notify_add(n,
			   &(struct webhook_target){ .url = r.webhook,
						     .token = r.webhook_token,
						     .fingerprint = r.webhook_pin },
			   problems);
	ks_request_clear(&r);
	buf_clear(&cmdline);
}

void notify_start(struct notify *n)
{
	if (!n->hooks)
		return;
	if (!n->started)
		post(n, HOOK_START, json_object());
	n->started = true;
}

void notify_close(struct notify *n, unsigned int seconds, struct buf *problems)
{
	webhooks_close(n->hooks, seconds, problems);
	json_decref(n->machine);
	json_decref(n->kickstart);
	free(n->mac);
	free(n->hostname);
	free(n->plan);
	*n = (struct notify){ 0 };
}

static void add_kickstart(struct notify *n, const struct session *s)
{
	const struct answers *a = &s->answers;
	struct buf problems = BUF_INIT;
	char name[512];

	json_decref(n->kickstart);
	n->kickstart =
		json_pack("{s:o, s:s}", "source",
			  gather_text(ks_source_name(s->request.source ? s->request.source : "",
						     name, sizeof(name))),
			  "sha256", a->sha256);
	if (answers_hostname(a))
		set_text(&n->hostname, answers_hostname(a));
	for (size_t i = 0; i < a->webhook_count; i++) {
		const struct ks_webhook *w = &a->webhooks[i];
		struct webhook_target t = { .url = w->url,
					    .token = w->token,
					    .fingerprint = w->fingerprint };

		for (size_t k = 0; k < w->events.count; k++)
			t.events |= webhook_event_bit(w->events.item[k]);
		notify_add(n, &t, &problems);
	}
	buf_clear(&problems);
	notify_start(n);
}

/* The port that the host is managed by, or was booted over. */
static void choose_mac(struct notify *n, const struct session *s)
{
	const char *uplink = text_of(json_object_get(s->plan.head, "network"), "mac");
	const struct facts *f = &s->facts;

	if (*uplink)
		set_text(&n->mac, uplink);
	for (size_t i = 0; i < f->nic_count; i++)
		if (f->nics[i].boot)
			set_text(&n->mac, f->nics[i].mac);
}

static json_t *failure(struct notify *n, const struct session *s, const char *result,
		       const struct err *error)
{
	json_t *report = report_json(n->report, s, result, error);
	json_t *body = json_pack("{s:s, s:o, s:b}", "phase", result, "error",
				 gather_text(err_text(error)), "wrote", s->result.wrote);

	if (s->result.op)
		json_object_set_new(body, "failed_step", json_string(s->result.op));
	if (report)
		json_object_set_new(body, "report", report);
	return body;
}

void notify_phase(void *ctx, const struct session *s, enum session_phase phase,
		  const struct err *error)
{
	struct notify *n = ctx;
	json_t *report;

	switch (phase) {
	case SESSION_ANSWERED:
		add_kickstart(n, s);
		break;
	case SESSION_LOOKED:
		choose_mac(n, s);
		break;
	case SESSION_PLANNED:
		choose_mac(n, s);
		set_text(&n->plan, plan_hash(&s->plan));
		set_text(&n->hostname, text_of(s->plan.head, "hostname"));
		n->steps = s->plan.op_count;
		post(n, HOOK_PLANNED, json_pack("{s:s}", "phase", "planned"));
		break;
	case SESSION_INSTALLED:
		report = report_json(n->report, s, "installed", NULL);
		post(n, HOOK_DONE,
		     json_pack("{s:s, s:i, s:o*}", "phase", "installed", "percent", 100, "report",
			       report));
		break;
	case SESSION_REFUSED:
		post(n, HOOK_FAILED, failure(n, s, "refused", error));
		break;
	case SESSION_FAILED:
		post(n, HOOK_FAILED, failure(n, s, "failed", error));
		break;
	default:
		break;
	}
}

/* Of all steps, each as long as the others; done and total are of this one. */
static int percent(const struct exec_event *ev)
{
	uint64_t part = ev->what == EXEC_DONE ? 100 : ev->total ? ev->done * 100 / ev->total : 0;

	if (!ev->steps || !ev->step)
		return 0;
	return (int)(((ev->step - 1) * 100 + (part > 100 ? 100 : part)) / ev->steps);
}

static json_t *step_json(const struct exec_event *ev, const char *state)
{
	return json_pack("{s:s, s:i, s:{s:I, s:I, s:s, s:s, s:s}}", "phase", "installing",
			 "percent", percent(ev), "step", "number", (json_int_t)ev->step, "count",
			 (json_int_t)ev->steps, "name", ev->op, "says", ev->sentence, "state",
			 state);
}

static void tell_progress(struct notify *n, const struct exec_event *ev)
{
	uint64_t now = (uint64_t)clock_ms(), took = now - n->step_ms;
	json_t *body;

	if (now - n->told_ms < NOTIFY_PROGRESS_MS || !took)
		return;
	n->told_ms = now;
	body = step_json(ev, "running");
	json_object_set_new(body, "bytes", json_integer((json_int_t)ev->done));
	json_object_set_new(body, "bytes_total", json_integer((json_int_t)ev->total));
	json_object_set_new(body, "bytes_per_second",
			    json_integer((json_int_t)(ev->done * 1000 / took)));
	post(n, HOOK_PROGRESS, body);
}

void notify_event(void *ctx, const struct exec_event *ev)
{
	struct notify *n = ctx;
	json_t *body;

	if (!n->hooks)
		return;
	if (ev->what == EXEC_START) {
		n->step_ms = n->told_ms = (uint64_t)clock_ms();
		post(n, HOOK_STEP, step_json(ev, "running"));
	} else if (ev->what == EXEC_DONE) {
		body = step_json(ev, "done");
		json_object_set_new(body, "step_ms", json_integer((json_int_t)ev->ms));
		post(n, HOOK_STEP, body);
	} else if (ev->what == EXEC_WARNING) {
		body = step_json(ev, "running");
		json_object_set_new(body, "warning", gather_text(ev->text));
		post(n, HOOK_STEP, body);
	} else if (ev->what == EXEC_PROGRESS) {
		tell_progress(n, ev);
	}
}

void notify_present(struct notify *n)
{
	post(n, HOOK_DONE, json_pack("{s:s, s:i}", "phase", "present", "percent", 100));
}

void notify_bundle(struct notify *n, const char *where, const struct err *error)
{
	json_t *body = json_pack("{s:s, s:o}", "phase", "failed", "bundle", gather_text(where));

	if (error)
		json_object_set_new(body, "error", gather_text(err_text(error)));
	post(n, HOOK_BUNDLE, body);
}
