/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine as JSON, by a table of its fields.
 */
#include "netboot/machine.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const char *const state_names[MACHINE_STATES] = {
	[MACHINE_SEEN] = "seen",       [MACHINE_BOOTING] = "booting",
	[MACHINE_WAITING] = "waiting", [MACHINE_INSTALLING] = "installing",
	[MACHINE_DONE] = "done",       [MACHINE_FAILED] = "failed",
};

enum field_type { TEXT, NUMBER, BOOL };

#define TEXT_FIELD(member) \
	{ #member, TEXT, offsetof(struct machine, member), sizeof(((struct machine *)0)->member) }
#define NUMBER_FIELD(member) { #member, NUMBER, offsetof(struct machine, member), 0 }

static const struct field {
	const char *key;
	enum field_type type;
	size_t at, size;
} fields[] = {
	TEXT_FIELD(mac),
	TEXT_FIELD(serial),
	TEXT_FIELD(uuid),
	TEXT_FIELD(vendor),
	TEXT_FIELD(product),
	TEXT_FIELD(name),
	TEXT_FIELD(ip),
	TEXT_FIELD(loader),
	TEXT_FIELD(kickstart),
	TEXT_FIELD(assigned),
	TEXT_FIELD(finished),
	TEXT_FIELD(session),
	NUMBER_FIELD(sequence),
	NUMBER_FIELD(tries),
	NUMBER_FIELD(step),
	NUMBER_FIELD(steps),
	NUMBER_FIELD(percent),
	NUMBER_FIELD(bytes),
	NUMBER_FIELD(bytes_total),
	NUMBER_FIELD(bytes_per_second),
	TEXT_FIELD(step_says),
	TEXT_FIELD(plan),
	TEXT_FIELD(error),
	TEXT_FIELD(bundle),
	NUMBER_FIELD(seen),
	NUMBER_FIELD(heard),
	NUMBER_FIELD(began),
	NUMBER_FIELD(ended),
	{ "wrote", BOOL, offsetof(struct machine, wrote), 0 },
};

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

const char *machine_state_name(enum machine_state state)
{
	return state_names[state];
}

static const void *at(const struct machine *m, const struct field *f)
{
	return (const char *)m + f->at;
}

json_t *machine_json(const struct machine *m)
{
	json_t *json = json_pack("{s:s}", "state", state_names[m->state]), *macs = json_array();

	for (size_t i = 0; i < FIELDS; i++) {
		const struct field *f = &fields[i];
		json_t *value = f->type == TEXT	    ? json_string(at(m, f))
				: f->type == NUMBER ? json_integer(*(const int64_t *)at(m, f))
						    : json_boolean(*(const bool *)at(m, f));

		json_object_set_new(json, f->key, value);
	}
	for (size_t i = 0; i < m->mac_count; i++)
		json_array_append_new(macs, json_string(m->macs[i]));
	json_object_set_new(json, "macs", macs);
	return json;
}

static int take_field(const json_t *json, const struct field *f, struct machine *m, struct err *e)
{
	const json_t *value = json_object_get(json, f->key);
	char *to = (char *)m + f->at;
	bool good = !value ||
		    (f->type == TEXT ? json_is_string(value) && json_string_length(value) < f->size
		     : f->type == NUMBER ? json_is_integer(value)
					 : json_is_boolean(value));

	if (!good)
		return err_set(e, -EINVAL, "%s: not as it should be", f->key);
	if (!value)
		return 0;
	if (f->type == TEXT)
		strcpy(to, json_string_value(value));
	else if (f->type == NUMBER)
		*(int64_t *)(void *)to = json_integer_value(value);
	else
		*(bool *)to = json_is_true(value);
	return 0;
}

static int take_state(const json_t *json, struct machine *m, struct err *e)
{
	const char *name = json_string_value(json_object_get(json, "state"));

	for (unsigned int i = 0; name && i < MACHINE_STATES; i++) {
		if (strcmp(state_names[i], name) == 0) {
			m->state = i;
			return 0;
		}
	}
	return err_set(e, -EINVAL, "state: not as it should be");
}

static int take_macs(const json_t *json, struct machine *m, struct err *e)
{
	const json_t *value;
	size_t i;

	json_array_foreach(json_object_get(json, "macs"), i, value)
	{
		const char *text = json_string_value(value);

		if (i >= MACHINE_MACS || !text || !mac_parse(text, m->macs[i]))
			return err_set(e, -EINVAL, "macs: not as they should be");
		m->mac_count = i + 1;
	}
	return 0;
}

/* What becomes a name of a file, or a password, is looked at once more. */
static bool identity_good(const struct machine *m)
{
	char mac[MAC_SIZE], serial[SERIAL_SIZE];

	return mac_parse(m->mac, mac) && strcmp(mac, m->mac) == 0 &&
	       (!*m->serial || serial_parse(m->serial, serial)) &&
	       (!*m->name || hostname_ok(m->name));
}

int machine_from_json(const json_t *json, struct machine *m, struct err *e)
{
	int ret = 0;

	*m = (struct machine){ 0 };
	for (size_t i = 0; ret == 0 && i < FIELDS; i++)
		ret = take_field(json, &fields[i], m, e);
	if (ret == 0)
		ret = take_state(json, m, e);
	if (ret == 0)
		ret = take_macs(json, m, e);
	if (ret == 0 && !identity_good(m))
		ret = err_set(e, -EINVAL, "no machine");
	return ret;
}
