/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui_console.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"

enum { STATUS_MAX = 8192 };

static volatile sig_atomic_t asked;

static void on_ask(int number)
{
	(void)number;
	asked = 1;
}

void console_open(struct console *c, bool alone)
{
	const char *name = ttyname(STDIN_FILENO);

	*c = CONSOLE_INIT;
	c->alone = alone;
	snprintf(c->name, sizeof(c->name), "%s",
		 !name				  ? "?"
		 : strncmp(name, "/dev/", 5) == 0 ? name + 5
						  : name);
	signal(SIGUSR1, on_ask);
	if (!alone)
		(void)!fs_mkdirs(UI_FOLDER, 0755, NULL);
}

void console_close(struct console *c)
{
	if (c->lock >= 0)
		close(c->lock);
	c->lock = -1;
}

/* "NAME PID" of the owner's file. */
static bool owner(char name[64], int *pid)
{
	struct buf text = BUF_INIT;
	bool found = fs_read(UI_OWNER, 256, &text, NULL) == 0 &&
		     sscanf(text.s, "%63s %d", name, pid) == 2;

	buf_clear(&text);
	return found;
}

bool console_take(struct console *c, char name[64])
{
	_cleanup_close_ int fd = -1;
	int pid, got = -1;

	asked = 0;
	if (c->alone || c->lock >= 0)
		return true;
	fd = open(UI_OWNER, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	/* No place for a lock is no reason not to install. */
	if (fd < 0)
		return true;
	/* One that only looks holds it for a moment. */
	for (int i = 0; i < 5 && (got = flock(fd, LOCK_EX | LOCK_NB)) < 0; i++)
		usleep(20000);
	if (got < 0) {
		if (!owner(name, &pid))
			snprintf(name, 64, "another console");
		return false;
	}
	if (ftruncate(fd, 0) == 0)
		dprintf(fd, "%s %d\n", c->name, (int)getpid());
	c->lock = take_fd(fd);
	return true;
}

bool console_owned(char name[64])
{
	_cleanup_close_ int fd = open(UI_OWNER, O_RDWR | O_CLOEXEC);
	int pid;

	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) == 0)
		return false;
	if (!owner(name, &pid))
		snprintf(name, 64, "another console");
	return true;
}

void console_ask(void)
{
	char name[64];
	int pid;

	if (console_owned(name) && owner(name, &pid) && pid > 1)
		kill(pid, SIGUSR1);
}

bool console_asked(const struct console *c)
{
	return c->lock >= 0 && asked;
}

void status_write(const struct console *c, const struct status *s)
{
	json_t *json;
	char *text;

	if (c->alone)
		return;
	json = json_pack("{s:s, s:s, s:i, s:i, s:i}", "state", s->state, "text", s->text, "step",
			 (int)s->step, "steps", (int)s->steps, "percent", (int)s->percent);
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (text)
		(void)!fs_write(UI_STATUS, text, strlen(text), 0644, NULL);
	free(text);
	json_decref(json);
}

bool status_read(struct status *s)
{
	_cleanup_json_ json_t *json = NULL;
	const char *state, *what;
	struct buf text = BUF_INIT;
	int step, steps, percent;
	bool read;

	*s = (struct status){ 0 };
	if (fs_read(UI_STATUS, STATUS_MAX, &text, NULL) == 0)
		json = json_loadb(text.s, text.len, 0, NULL);
	buf_clear(&text);
	read = json && json_unpack(json, "{s:s, s:s, s:i, s:i, s:i}", "state", &state, "text",
				   &what, "step", &step, "steps", &steps, "percent", &percent) == 0;
	if (!read)
		return false;
	snprintf(s->state, sizeof(s->state), "%s", state);
	snprintf(s->text, sizeof(s->text), "%s", what);
	s->step = (unsigned int)step;
	s->steps = (unsigned int)steps;
	s->percent = (unsigned int)percent;
	return true;
}

/* Both programs are one: the running system's. */
void choices_save(const struct console *c, const struct choices *choices)
{
	if (!c->alone)
		(void)!fs_write(UI_CHOICES, choices, sizeof(*choices), 0600, NULL);
}

bool choices_load(const struct console *c, struct choices *choices)
{
	struct buf raw = BUF_INIT;
	bool there = !c->alone && fs_read(UI_CHOICES, sizeof(*choices), &raw, NULL) == 0 &&
		     raw.len == sizeof(*choices);

	if (there)
		memcpy(choices, raw.s, sizeof(*choices));
	explicit_bzero(raw.s, raw.len);
	buf_clear(&raw);
	return there;
}
