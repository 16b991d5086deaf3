/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "channel.h"
#include "decode_private.h"
#include "socle/cleanup.h"
#include "socle/clock.h"

enum { TELL_MS = 200 };

int decoder_tell(struct decoder *d, json_t *message, struct err *e)
{
	int r;

	pthread_mutex_lock(&d->lock);
	r = channel_send(d->channel, message, -1, e);
	pthread_mutex_unlock(&d->lock);
	return r;
}

static int answer(const json_t *reply, struct err *e)
{
	const char *type = "", *text = "";
	int code = -EIO;

	if (json_unpack((json_t *)reply, "{s:s}", "type", &type) == 0 && strcmp(type, "ok") == 0)
		return 0;
	if (json_unpack((json_t *)reply, "{s:i, s:s}", "code", &code, "text", &text) < 0)
		text = "an answer that is not understood";
	return err_set(e, code < 0 ? code : -EIO, "%s", text);
}

int decoder_ask(struct decoder *d, json_t *question, json_t **reply, int *fd, struct err *e)
{
	_cleanup_json_ json_t *own = NULL;
	int r;

	pthread_mutex_lock(&d->lock);
	r = channel_send(d->channel, question, -1, e);
	if (r == 0)
		r = channel_recv(d->channel, &own, fd, e);
	pthread_mutex_unlock(&d->lock);
	if (r == 0)
		return err_set(e, -EPIPE, "the import is gone");
	if (r > 0)
		r = answer(own, e);
	if (r == 0 && fd && *fd < 0)
		r = err_set(e, -EPROTO, "no file came with the answer");
	if (r == 0 && reply)
		*reply = take_ptr(own);
	return r;
}

struct input *decoder_dir_open(struct input_dir *dir, const char *name, struct err *e)
{
	struct decoder *d = (struct decoder *)((char *)dir - offsetof(struct decoder, dir));
	int fd;

	if (!input_name_ok(name)) {
		err_set(e, -EPERM, "%s: only names inside the package are opened", name);
		return NULL;
	}
	if (decoder_ask(d, json_pack("{s:s, s:s}", "type", "open", "name", name), NULL, &fd, e) < 0)
		return NULL;
	return input_fd(fd, name, 0, INPUT_UNKNOWN, e);
}

void decoder_progress(void *ctx, uint64_t done, uint64_t total, uint64_t read)
{
	struct decoder *d = ctx;
	int64_t now = clock_ms();

	if (now - d->told < TELL_MS && done < total)
		return;
	d->told = now;
	/* A parent that is gone ends the process anyway. */
	if (decoder_tell(d,
			 json_pack("{s:s, s:I, s:I, s:I}", "type", "progress", "done",
				   (json_int_t)done, "total", (json_int_t)total, "read",
				   (json_int_t)read),
			 NULL) < 0)
		return;
}
