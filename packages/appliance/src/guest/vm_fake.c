/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver of tests: a guest runs when its name is a line of the file
 * $SOCLE_VM_FAKE.  One whose name begins with "deaf" does not hear a shutdown.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/vm.h"
#include "socle/fs.h"

static const char *file(void)
{
	return getenv("SOCLE_VM_FAKE");
}

static int fake_states(json_t **states, struct err *e)
{
	struct buf text = BUF_INIT;
	json_t *all = json_object();
	char *save = NULL;
	int id = 1, ret = fs_read(file(), 1 << 20, &text, e);

	for (char *s = strtok_r(text.s, "\n", &save); s && ret == 0;
	     s = strtok_r(NULL, "\n", &save))
		json_object_set_new(all, s,
				    json_pack("{s:i, s:s, s:I, s:i, s:I}", "id", id++, "state",
					      "running", "memory", (json_int_t)1 << 30, "cpus", 1,
					      "seconds", (json_int_t)0));
	buf_clear(&text);
	if (ret < 0)
		json_decref(all);
	else
		*states = all;
	return ret;
}

static int rewrite(const char *name, bool runs, struct err *e)
{
	struct buf text = BUF_INIT;
	json_t *states, *state;
	const char *key;
	int ret = fake_states(&states, e);

	if (ret < 0)
		return ret;
	json_object_foreach(states, key, state) if (strcmp(key, name) != 0)
		buf_addf(&text, "%s\n", key);
	if (runs)
		buf_addf(&text, "%s\n", name);
	ret = fs_write(file(), text.s, text.len, 0600, e);
	buf_clear(&text);
	json_decref(states);
	return ret;
}

static int fake_start(const char *name, const char *config, const json_t *keys, struct err *e)
{
	(void)config;
	(void)keys;
	return rewrite(name, true, e);
}

static int fake_destroy(const char *name, struct err *e)
{
	return rewrite(name, false, e);
}

static int fake_shutdown(const char *name, struct err *e)
{
	return strncmp(name, "deaf", 4) == 0 ? 0 : rewrite(name, false, e);
}

static int fake_console(const char *name, struct err *e)
{
	return err_set(e, -ENOTSUP, "%s has no console in a test", name);
}

const struct vm_driver vm_driver_fake = {
	.name = "fake",
	.states = fake_states,
	.start = fake_start,
	.shutdown = fake_shutdown,
	.destroy = fake_destroy,
	.console = fake_console,
};

const struct vm_driver *vm_driver_default(void)
{
	return file() ? &vm_driver_fake : &vm_driver_xl;
}
