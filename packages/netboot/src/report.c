/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netboot/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "socle/cleanup.h"

/* One line of printable text; what a stranger sends goes to a terminal. */
static void copy_text(char *to, size_t size, const json_t *from, const char *key)
{
	const char *text = json_string_value(json_object_get(from, key));
	size_t n = 0;

	for (; text && *text && n + 1 < size; text++) {
		unsigned char c = (unsigned char)*text;

		to[n++] = c < ' ' || c > '~' ? '?' : *text;
	}
	to[n] = '\0';
}

#define COPY(m, member, from, key) copy_text((m)->member, sizeof((m)->member), from, key)

static int parse(const char *data, size_t len, json_t **out, struct err *e)
{
	json_error_t why;

	*out = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(*out))
		return err_set(e, -EINVAL, "%s", *out ? "no JSON object" : why.text);
	return 0;
}

static void add_mac(struct machine *m, const char *text)
{
	char mac[MAC_SIZE];

	if (!text || m->mac_count == MACHINE_MACS || !mac_parse(text, mac))
		return;
	for (size_t i = 0; i < m->mac_count; i++)
		if (strcmp(m->macs[i], mac) == 0)
			return;
	strcpy(m->macs[m->mac_count++], mac);
}

static void take_machine(struct machine *m, const json_t *machine)
{
	char serial[SERIAL_SIZE];
	const char *text = json_string_value(json_object_get(machine, "serial"));

	if (text && serial_parse(text, serial))
		strcpy(m->serial, serial);
	COPY(m, uuid, machine, "uuid");
	COPY(m, vendor, machine, "vendor");
	COPY(m, product, machine, "product");
}

static void take_hostname(struct machine *m, const json_t *event)
{
	const char *name = json_string_value(json_object_get(event, "hostname"));

	if (name && hostname_ok(name))
		strcpy(m->name, name);
}

int machine_take_facts(struct machine *m, const char *data, size_t len, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	const json_t *nic;
	int ret = parse(data, len, &json, e);
	size_t i;

	if (ret < 0)
		return err_wrap(e, "facts");
	if (!json_is_object(json_object_get(json, "machine")))
		return err_set(e, -EINVAL, "facts: no machine");
	take_machine(m, json_object_get(json, "machine"));
	m->mac_count = 0;
	add_mac(m, m->mac);
	json_array_foreach(json_object_get(json, "nics"), i, nic)
		add_mac(m, json_string_value(json_object_get(nic, "mac")));
	return 0;
}

static int64_t number(const json_t *json, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(json, key));

	return n < 0 ? 0 : n;
}

static void take_start(struct machine *m, const json_t *json, int64_t now)
{
	(void)json;
	m->state = MACHINE_INSTALLING;
	m->began = now;
	m->ended = m->step = m->steps = m->percent = m->bytes = m->bytes_total =
		m->bytes_per_second = 0;
	*m->step_says = *m->error = *m->bundle = *m->plan = '\0';
	m->wrote = false;
}

static void take_planned(struct machine *m, const json_t *json, int64_t now)
{
	(void)now;
	m->state = MACHINE_INSTALLING;
	COPY(m, plan, json, "plan");
}

static void take_step(struct machine *m, const json_t *json, int64_t now)
{
	const json_t *step = json_object_get(json, "step");

	(void)now;
	m->state = MACHINE_INSTALLING;
	m->step = number(step, "number");
	m->steps = number(step, "count");
	m->percent = number(json, "percent") > 100 ? 100 : number(json, "percent");
	COPY(m, step_says, step, "says");
	m->bytes = number(json, "bytes");
	m->bytes_total = number(json, "bytes_total");
	m->bytes_per_second = number(json, "bytes_per_second");
}

static void take_done(struct machine *m, const json_t *json, int64_t now)
{
	(void)json;
	m->state = MACHINE_DONE;
	m->percent = 100;
	m->ended = now;
	m->tries = 0;
	m->wrote = true;
	*m->error = '\0';
	strcpy(m->finished, m->assigned);
}

static void take_failed(struct machine *m, const json_t *json, int64_t now)
{
	m->state = MACHINE_FAILED;
	m->ended = now;
	m->wrote = json_is_true(json_object_get(json, "wrote"));
	COPY(m, error, json, "error");
	if (!*m->error)
		strcpy(m->error, "it does not say why");
}

/* One that was brought here is known already, by its path. */
static void take_bundle(struct machine *m, const json_t *json, int64_t now)
{
	(void)now;
	if (!*m->bundle && !json_object_get(json, "error"))
		COPY(m, bundle, json, "bundle");
}

static const struct event {
	const char *name;
	void (*take)(struct machine *m, const json_t *json, int64_t now);
	enum report_change change;
} events[] = {
	{ "start", take_start, REPORT_STATE },	 { "planned", take_planned, REPORT_STATE },
	{ "step", take_step, REPORT_STEP },	 { "progress", take_step, REPORT_PROGRESS },
	{ "done", take_done, REPORT_STATE },	 { "failed", take_failed, REPORT_STATE },
	{ "bundle", take_bundle, REPORT_STATE },
};

static const struct event *find_event(const json_t *json)
{
	const char *name = json_string_value(json_object_get(json, "event"));

	for (size_t i = 0; name && i < sizeof(events) / sizeof(events[0]); i++)
		if (strcmp(events[i].name, name) == 0)
			return &events[i];
	return NULL;
}

/* An installer that runs anew is another session, whose numbers begin again. */
static void new_session(struct machine *m, const char *session)
{
	strcpy(m->session, session);
	m->sequence = 0;
	m->tries++;
}

int machine_take_event(struct machine *m, const char *data, size_t len, int64_t now,
		       enum report_change *change, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	const struct event *event = NULL;
	char session[HEX_ID_SIZE];
	int64_t sequence;
	int ret = parse(data, len, &json, e);

	if (ret == 0) {
		event = find_event(json);
		ret = event ? 0 : err_set(e, -EINVAL, "no such event");
	}
	if (ret < 0)
		return err_wrap(e, "event");
	copy_text(session, sizeof(session), json, "session");
	sequence = number(json, "sequence");
	m->heard = now;
	*change = REPORT_OLD;
	if (strcmp(session, m->session) != 0) {
		/* What a former one still had to tell is not this one's. */
		if (sequence > 1 && *m->session && strcmp(event->name, "start") != 0 &&
		    m->state == MACHINE_INSTALLING)
			return 0;
		new_session(m, session);
	}
	/* They come in their order, and one may come twice. */
	if (sequence <= m->sequence)
		return 0;
	m->sequence = sequence;
	take_machine(m, json_object_get(json, "machine"));
	take_hostname(m, json);
	event->take(m, json, now);
	*change = event->change;
	return 0;
}
