/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "look.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "descriptor/text.h"
#include "input/pump.h"
#include "input/streams.h"
#include "sandbox.h"
#include "socle/cleanup.h"

static int exchange(struct look *l, json_t *question, json_t **answer, int *fd, struct err *e)
{
	const char *text = "no answer";
	int code = -EPIPE;
	int r = channel_send(l->channel, question, -1, e);

	if (r == 0)
		r = channel_recv(l->channel, answer, fd, e);
	if (r < 0)
		return r;
	if (r == 0)
		return err_set(e, code, "%s", text);
	if (json_unpack(*answer, "{s:i, s:s}", "code", &code, "text", &text) == 0)
		return err_set(e, code < 0 ? code : -EIO, "%s", text);
	return 0;
}

int look_ask(struct look *l, json_t *question, json_t **answer, struct err *e)
{
	return exchange(l, question, answer, NULL, e);
}

int look_report(struct look *l, json_t *report, struct err *e)
{
	if (!report || json_object_set_new(report, "type", json_string("report")) < 0) {
		json_decref(report);
		return err_sys(e, -ENOMEM, "report");
	}
	return channel_send(l->channel, report, -1, e);
}

/* The child cannot open files: the parent opens siblings of the descriptor for it. */
static struct input *open_sibling(struct input_dir *dir, const char *name, struct err *e)
{
	struct look *l = (struct look *)((char *)dir - offsetof(struct look, siblings));
	_cleanup_json_ json_t *answer = NULL;
	_cleanup_close_ int fd = -1;

	if (exchange(l, json_pack("{s:s, s:s}", "type", "open", "name", name), &answer, &fd, e) < 0)
		return NULL;
	if (fd < 0) {
		err_set(e, -EPROTO, "%s: no file came with the answer", name);
		return NULL;
	}
	return input_fd(take_fd(fd), name, 0, INPUT_UNKNOWN, e);
}

static int child(int channel, void *ctx, struct err *e)
{
	struct look *l = ctx;
	struct package *p = NULL;
	struct input *in = input_fd(l->fd, l->source.name, 0, INPUT_UNKNOWN, e);
	int r;

	l->channel = channel;
	l->siblings.open = open_sibling;
	if (!in)
		return -ENOMEM;
	r = package_open(in, l->source.dir >= 0 ? &l->siblings : NULL, l->option, &p, e);
	if (r == 0)
		r = l->work(l, p, e);
	package_free(p);
	return r;
}

/* Answer a question; fd: what goes with the answer. */
static json_t *reply(struct look *l, const json_t *question, int *fd, struct err *e)
{
	const char *name = json_string_value(json_object_get(question, "name"));

	if (strcmp(json_string_value(json_object_get(question, "type")), "open") != 0)
		return l->answer ? l->answer(l, question, e) : NULL;
	if (!name || l->source.dir < 0) {
		err_set(e, -EPROTO, "the decoder asks for what it may not have");
		return NULL;
	}
	*fd = input_dir_open(l->source.dir, name, e);
	return *fd < 0 ? NULL : json_pack("{s:s}", "type", "ok");
}

static int serve(struct look *l, struct sandbox *box, json_t **report, struct err *e)
{
	for (;;) {
		_cleanup_json_ json_t *m = NULL;
		_cleanup_close_ int fd = -1;
		struct err why = { 0 };
		const char *type;
		json_t *answer;
		int r = sandbox_recv(box, &m, e);

		if (r < 0)
			return r;
		type = json_string_value(json_object_get(m, "type"));
		if (!type)
			return err_set(e, -EPROTO, "the decoder sends what has no type");
		if (strcmp(type, "report") == 0) {
			*report = json_incref(m);
			return 0;
		}
		answer = reply(l, m, &fd, &why);
		if (!answer)
			answer = json_pack("{s:s, s:i, s:s}", "type", "error", "code",
					   why.code < 0 ? why.code : -EPROTO, "text",
					   err_text(&why));
		r = channel_send(box->channel, answer, fd, e);
		if (r < 0)
			return r;
	}
}

static bool clean(const json_t *json)
{
	void *at;

	if (json_is_string(json))
		return text_ok(json_string_value(json), true);
	for (size_t i = 0; i < json_array_size(json); i++)
		if (!clean(json_array_get(json, i)))
			return false;
	for (at = json_object_iter((json_t *)json); at;
	     at = json_object_iter_next((json_t *)json, at))
		if (!text_ok(json_object_iter_key(at), false) || !clean(json_object_iter_value(at)))
			return false;
	return true;
}

/* The child, the bytes on their way to it, its questions. */
static int look_at(struct look *l, struct pump *p, json_t **json, struct err *e)
{
	struct sandbox box = SANDBOX_INIT;
	struct err way = { 0 };
	int fds[2], r;

	l->fd = fds[0] = pump_out(p);
	fds[1] = l->out;
	r = sandbox_start(child, l, fds, l->out >= 0 ? 2 : 1, &box, e);
	if (r == 0)
		r = pump_start(p, e);
	if (r == 0)
		r = serve(l, &box, json, e);
	sandbox_end(&box);
	/* What went wrong on the way is the cause of an early end. */
	if (r < 0 && l->source.url && pump_end(p, &way) < 0)
		r = err_set(e, way.code, "%s", err_text(&way));
	return r;
}

int look_run(struct look *l, json_t **report, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	struct pump p = PUMP_INIT;
	int r;

	l->source = SOURCE_INIT;
	r = source_open(l->what, &l->source, e);
	if (r == 0)
		r = pump_prepare(&p, l->source.url, l->source.fd, l->source.name, false, e);
	if (r == 0)
		r = look_at(l, &p, &json, e);
	pump_clear(&p);
	source_close(&l->source);
	if (r < 0)
		return r;
	json_object_del(json, "type");
	if (!clean(json))
		return err_set(e, -EPROTO, "%s: names with control characters", l->what);
	*report = json_incref(json);
	return 0;
}
