/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"
#include "kickstart/explain.h"
#include "socle/clock.h"

void report_init(struct report *r, const char *folder)
{
	*r = (struct report){ .folder = folder ? folder : REPORT_FOLDER,
			      .started = time(NULL),
			      .started_ms = clock_ms(),
			      .steps = json_array(),
			      .warnings = json_array() };
}

void report_clear(struct report *r)
{
	json_decref(r->steps);
	json_decref(r->warnings);
	r->steps = r->warnings = NULL;
}

const char *report_time(time_t t, char buffer[REPORT_TIME])
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(buffer, REPORT_TIME, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buffer;
}

/* What is there already may be of an earlier try; nobody is stopped by a full /run. */
static void leave(const struct report *r, const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", r->folder, name);
	if (text && fs_mkdirs(r->folder, 0755, NULL) == 0 &&
	    fs_write(path, text, strlen(text), 0600, NULL) < 0)
		remove(path);
}

static void leave_json(const struct report *r, const char *name, json_t *json)
{
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);

	leave(r, name, text);
	free(text);
	json_decref(json);
}

static void add_line(void *ctx, const struct ks_line *line)
{
	static const char *const effects[] = {
		[KS_EFFECT_ACTS] = "acts",
		[KS_EFFECT_NOTHING] = "no effect",
		[KS_EFFECT_IGNORED] = "ignored",
		[KS_EFFECT_REFUSED] = "refused",
	};

	buf_addf(ctx, "%u: %s\n\t%s: %s\n", line->pos.line, line->source, effects[line->effect],
		 line->text);
}

/* The commands as "socle kickstart explain" shows them. */
static void leave_kickstart(const struct report *r, const struct session *s)
{
	struct buf text = BUF_INIT;

	if (ks_explain(s->kickstart.s, s->kickstart.len, &s->messages, add_line, &text, NULL) == 0)
		leave(r, "kickstart.txt", text.s);
	buf_clear(&text);
}

static json_t *last_step(const struct report *r)
{
	size_t n = json_array_size(r->steps);

	return n ? json_array_get(r->steps, n - 1) : NULL;
}

static void start_step(struct report *r, const struct exec_event *ev)
{
	json_array_append_new(r->steps, json_pack("{s:s, s:s, s:s}", "name", ev->op, "says",
						  ev->sentence, "result", "running"));
}

static void end_step(struct report *r, const char *result, uint64_t ms)
{
	json_t *step = last_step(r);

	if (!step)
		return;
	json_object_set_new(step, "result", json_string(result));
	json_object_set_new(step, "ms", json_integer((json_int_t)ms));
}

void report_event(void *ctx, const struct exec_event *ev)
{
	struct report *r = ctx;

	if (ev->what == EXEC_START)
		start_step(r, ev);
	else if (ev->what == EXEC_DONE)
		end_step(r, "done", ev->ms);
	else if (ev->what == EXEC_FAILED)
		end_step(r, "failed", 0);
	else if (ev->what == EXEC_WARNING && json_array_size(r->warnings) < REPORT_WARNINGS_MAX)
		json_array_append_new(r->warnings, gather_text(ev->text));
}

static json_t *kickstart_json(const struct session *s)
{
	const char *source = s->request.source ? s->request.source : "";
	char name[512];

	return json_pack("{s:o, s:s, s:i}", "source",
			 gather_text(ks_source_name(source, name, sizeof(name))), "sha256",
			 s->answers.sha256, "included", (int)s->answers.files.count);
}

static json_t *nics_json(const struct facts *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < f->nic_count; i++) {
		const struct fact_nic *n = &f->nics[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:b}", "name", n->name,
						      "mac", n->mac, "driver", n->driver, "speed",
						      (json_int_t)n->speed, "carrier", n->carrier));
	}
	return list;
}

static json_t *disks_json(const struct plan *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->disk_count; i++) {
		const struct fact_disk *d = p->disks[i];

		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "path",
						d->path, "serial", d->serial, "wwn", d->wwn,
						"model", d->model, "vendor", d->vendor, "size",
						(json_int_t)d->size, "transport", d->transport));
	}
	return list;
}

static json_t *warnings_json(const struct report *r, const struct session *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->plan.warnings.count; i++)
		json_array_append_new(list, gather_text(s->plan.warnings.item[i]));
	json_array_extend(list, r->warnings);
	return list;
}

/* What the plan's head says of the host, as it stands there. */
static void add_plan(json_t *report, const struct plan *p)
{
	static const char *const keys[] = { "machine", "firmware", "hostname", "network",
					    "login",   "hooks",	   "finish",   "dom0_memory" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_object_get(p->head, keys[i]);

		if (value)
			json_object_set(report, keys[i], value);
	}
	json_object_set_new(report, "plan", json_string(p->hash));
	json_object_set_new(report, "disks", disks_json(p));
}

json_t *report_json(const struct report *r, const struct session *s, const char *result,
		    const struct err *error)
{
	char started[REPORT_TIME], ended[REPORT_TIME];
	const struct image *i = &s->image;
	json_t *j = json_pack(
		"{s:i, s:s, s:s, s:s, s:I, s:s, s:{s:s, s:s, s:s}, s:o, s:o, s:O, s:o}", "report",
		REPORT_VERSION, "result", result, "started", report_time(r->started, started),
		"ended", report_time(time(NULL), ended), "ms",
		(json_int_t)(clock_ms() - r->started_ms), "installer", SOCLE_VERSION, "versions",
		"socle", i->version ? i->version : "", "xen", i->xen ? i->xen : "", "linux",
		i->kernel ? i->kernel : "", "kickstart", kickstart_json(s), "nics",
		nics_json(&s->facts), "steps", r->steps, "warnings", warnings_json(r, s));

	if (!j)
		return NULL;
	if (s->plan.head)
		add_plan(j, &s->plan);
	if (error) {
		json_object_set_new(j, "error", gather_text(err_text(error)));
		json_object_set_new(j, "wrote", json_boolean(s->result.wrote));
	}
	return j;
}

char *report_keep(void *ctx, const struct session *s)
{
	json_t *json = report_json(ctx, s, "installed", NULL);
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);

	json_decref(json);
	return text;
}

void report_phase(void *ctx, const struct session *s, enum session_phase phase,
		  const struct err *error)
{
	struct report *r = ctx;

	if (phase == SESSION_ANSWERED)
		leave_kickstart(r, s);
	else if (phase == SESSION_PLANNED)
		leave_json(r, "plan.json", plan_json(&s->plan));
	else if (phase == SESSION_INSTALLING)
		json_array_clear(r->steps), json_array_clear(r->warnings);
	else if (phase == SESSION_INSTALLED)
		leave_json(r, REPORT_FILE, report_json(r, s, "installed", NULL));
	else if (phase == SESSION_FAILED || phase == SESSION_REFUSED)
		leave_json(
			r, REPORT_FILE,
			report_json(r, s, phase == SESSION_FAILED ? "failed" : "refused", error));
}
