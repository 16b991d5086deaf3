/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bare disk to another file.  The child opens, decodes and writes; it asks the
 * parent for the files that belong to the image, by name, and tells how far it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/convert.h"
#include "input/streams.h"
#include "package/channel.h"
#include "package/sandbox.h"
#include "socle/cleanup.h"

enum { VMDK_LEVEL = 1, TAKEN = 256 << 10 };

const char *const convert_formats[] = { "raw", "qcow2", "vmdk", "vhd", NULL };

static int to_raw(int fd, const char *name, uint64_t size, struct sink **s, struct err *e)
{
	return sink_raw(fd, name, size, 0, s, e);
}

static const struct {
	const char *name;
	int (*sink)(int fd, const char *name, uint64_t size, struct sink **s, struct err *e);
} sinks[] = { { "raw", to_raw }, { "qcow2", sink_qcow2 }, { "vhd", sink_vhd } };

/* The child's. */
struct task {
	struct convert_file f;
	struct convert_opts o;
	int channel;
};

/* The other files of the image, which the parent opens. */
struct asked_dir {
	struct input_dir dir;
	int channel;
};

static struct input *ask(struct input_dir *dir, const char *name, struct err *e)
{
	int channel = ((struct asked_dir *)dir)->channel, fd = -1;
	_cleanup_json_ json_t *reply = NULL;
	const char *text = "";
	int code = -EIO;

	if (channel_send(channel, json_pack("{s:s, s:s}", "type", "open", "name", name), -1, e) < 0)
		return NULL;
	if (channel_recv(channel, &reply, &fd, e) <= 0)
		return NULL;
	if (fd >= 0)
		return input_fd(fd, name, 0, INPUT_UNKNOWN, e);
	(void)json_unpack(reply, "{s:i, s:s}", "code", &code, "text", &text);
	err_set(e, code, "%s", text);
	return NULL;
}

static void tell_progress(void *ctx, uint64_t done, uint64_t total, uint64_t read)
{
	struct task *t = ctx;

	/* A parent that is gone ends this process anyway. */
	(void)!channel_send(t->channel,
			    json_pack("{s:s, s:I, s:I, s:I}", "type", "progress", "done",
				      (json_int_t)done, "total", (json_int_t)total, "read",
				      (json_int_t)read),
			    -1, NULL);
}

/* The input once more from its start: a descriptor of its own at the same file. */
static struct input *open_input(const struct task *t, enum model_compression *packing,
				struct err *e)
{
	char head[8];
	struct input *in = input_fd(dup(t->f.in), t->f.in_name, 0, INPUT_UNKNOWN, e);
	ssize_t n;

	*packing = COMPRESSION_NONE;
	if (!in || !(in = input_rewindable(in, e)))
		return NULL;
	n = input_peek(in, head, sizeof(head), e);
	if (n < 0) {
		input_free(in);
		return NULL;
	}
	input_commit(in);
	*packing = packing_of(head, (size_t)n);
	return *packing == COMPRESSION_NONE ? in : input_unpack(in, *packing, e);
}

static int error_of(const struct err *e)
{
	return e->code < 0 ? e->code : -EIO;
}

/* Raw and packed: how large it is shows at its end only, so it is read twice. */
static int measure(const struct task *t, uint64_t *size, struct err *e)
{
	enum model_compression packing;
	struct input *in = open_input(t, &packing, e);
	int ret;

	if (!in)
		return error_of(e);
	ret = input_drain(in, e);
	*size = in->at;
	input_free(in);
	return ret;
}

static int open_in_order(const struct task *t, struct input *in, struct image **img, struct err *e)
{
	uint64_t size = 0;
	int ret = image_open_stream(in, NULL, img, e);

	if (ret < 0) {
		input_free(in);
		return ret;
	}
	if ((*img)->info.size != INPUT_UNKNOWN)
		return 0;
	if (lseek(t->f.in, 0, SEEK_CUR) < 0)
		return err_set(e, -ESPIPE, "%s: the size of a raw disk in a pipe is not known",
			       t->f.in_name);
	ret = measure(t, &size, e);
	(*img)->info.size = (size + 511) / 512 * 512;
	return ret;
}

static int open_image(const struct task *t, struct input_dir *dir, struct image **img,
		      struct err *e)
{
	enum model_compression packing;
	struct input *in = open_input(t, &packing, e);
	int ret;

	*img = NULL;
	if (!in)
		return error_of(e);
	if (!input_seekable(in))
		return open_in_order(t, in, img, e);
	ret = image_open(in, NULL, dir, img, e);
	if (ret < 0)
		input_free(in);
	return ret;
}

struct fd_output {
	struct output out;
	int fd;
	const char *name;
};

static int output_write(struct output *out, const void *data, size_t len, struct err *e)
{
	struct fd_output *f = (struct fd_output *)out;

	for (size_t done = 0; done < len;) {
		ssize_t n = write(f->fd, (const char *)data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, n < 0 ? -errno : -ENOSPC, "%s", f->name);
		done += (size_t)n;
	}
	return 0;
}

static int encode_vmdk(struct task *t, struct image *img, struct err *e)
{
	struct fd_output out = { { output_write }, t->f.out, t->f.out_name };
	uint64_t written;
	int ret;

	if (!input_seekable(img->in))
		return err_set(e, -ESPIPE, "%s: can only be read in order; convert it to raw first",
			       t->f.in_name);
	ret = convert_vmdk(img, &out.out, VMDK_LEVEL, &t->o, &written, e);
	/* A pipe has no disk to be on. */
	if (ret == 0 && fsync(t->f.out) < 0 && errno != EINVAL)
		ret = err_sys(e, -errno, "%s", t->f.out_name);
	return ret;
}

static int write_image(struct task *t, struct image *img, struct err *e)
{
	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		struct sink *s;
		int ret;

		if (strcmp(sinks[i].name, t->f.to) != 0)
			continue;
		ret = sinks[i].sink(dup(t->f.out), t->f.out_name, img->info.size, &s, e);
		if (ret < 0)
			return ret;
		ret = convert_image(img, s, &t->o, e);
		sink_free(s);
		return ret;
	}
	return encode_vmdk(t, img, e);
}

static int child(int channel, void *ctx, struct err *e)
{
	struct task *t = ctx;
	struct asked_dir dir = { .dir.open = ask, .channel = channel };
	struct image *img;
	int ret;

	t->channel = channel;
	t->o.progress = tell_progress;
	t->o.ctx = t;
	signal(SIGPIPE, SIG_IGN);
	ret = open_image(t, &dir.dir, &img, e);
	if (ret == 0)
		ret = write_image(t, img, e);
	if (ret == 0)
		ret = channel_send(channel,
				   json_pack("{s:s, s:s, s:s, s:I}", "type", "done", "format",
					     img->info.format, "subformat", img->info.subformat,
					     "size", (json_int_t)img->info.size),
				   -1, e);
	image_free(img);
	return ret;
}

/* The parent's: one message of the child.  1 when it was the last one. */
struct parent {
	const struct convert_file *f;
	const struct convert_opts *o;
	struct convert_result *result;
	struct sandbox sandbox;
	int bytes; /* what the child writes for f->taker; -1: none, or all of it came */
	char *buffer;
};

static int on_open(struct parent *p, json_t *m, struct err *e)
{
	const char *name = json_string_value(json_object_get(m, "name"));
	struct err why = { 0 };
	_cleanup_close_ int fd = -1;

	if (!name)
		return err_set(e, -EBADMSG, "the decoder asks for a file without a name");
	if (p->f->dir >= 0)
		fd = input_dir_open(p->f->dir, name, &why);
	else
		err_set(&why, -ENOENT, "%s: is not at hand", name);
	return channel_send(p->sandbox.channel,
			    json_pack("{s:i, s:s}", "code", why.code, "text", err_text(&why)), fd,
			    e);
}

static int on_progress(struct parent *p, json_t *m, struct err *e)
{
	json_int_t done = 0, total = 0, read = 0;

	if (json_unpack(m, "{s:I, s:I, s:I}", "done", &done, "total", &total, "read", &read) < 0 ||
	    done < 0 || total < done || read < 0)
		return err_set(e, -EBADMSG, "the decoder tells of progress that cannot be");
	if (p->o->progress)
		p->o->progress(p->o->ctx, (uint64_t)done, (uint64_t)total, (uint64_t)read);
	return 0;
}

static int on_done(struct parent *p, json_t *m, struct err *e)
{
	const char *format, *subformat;
	json_int_t size;

	if (json_unpack(m, "{s:s, s:s, s:I}", "format", &format, "subformat", &subformat, "size",
			&size) < 0 ||
	    size < 0)
		return err_set(e, -EBADMSG, "the decoder does not say what it has done");
	snprintf(p->result->format, sizeof(p->result->format), "%s", format);
	snprintf(p->result->subformat, sizeof(p->result->subformat), "%s", subformat);
	p->result->size = (uint64_t)size;
	return 1;
}

static int on_message(struct parent *p, json_t *m, struct err *e)
{
	static const struct {
		const char *type;
		int (*act)(struct parent *p, json_t *m, struct err *e);
	} acts[] = { { "open", on_open }, { "progress", on_progress }, { "done", on_done } };
	const char *type = json_string_value(json_object_get(m, "type"));

	for (size_t i = 0; type && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].type, type) == 0)
			return acts[i].act(p, m, e);
	return err_set(e, -EBADMSG, "the decoder says what is not understood");
}

/* 1 when it was the last message. */
static int take_message(struct parent *p, struct err *e)
{
	_cleanup_json_ json_t *m = NULL;
	int ret = sandbox_recv(&p->sandbox, &m, e);

	return ret < 0 ? ret : on_message(p, m, e);
}

static int take_bytes(struct parent *p, struct err *e)
{
	ssize_t n = read(p->bytes, p->buffer, TAKEN);

	if (n < 0)
		return errno == EINTR ? 0 : err_sys(e, -errno, "%s", p->f->out_name);
	if (n > 0)
		return p->f->taker->write(p->f->taker, p->buffer, (size_t)n, e);
	close(p->bytes);
	p->bytes = -1;
	return 0;
}

/* Both at once and without a thread: a process of several cannot be forked safely. */
static int listen_to_child(struct parent *p, struct err *e)
{
	bool done = false;
	int ret = 0;

	while (ret == 0 && (!done || p->bytes >= 0)) {
		struct pollfd fds[] = { { done ? -1 : p->sandbox.channel, POLLIN, 0 },
					{ p->bytes, POLLIN, 0 } };

		/* A signal ends the waiting, whatever the child waits for. */
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return err_sys(e, -errno, "channel");
		if (p->o->stop && *p->o->stop)
			return err_set(e, -EINTR, "interrupted");
		if (fds[1].revents)
			ret = take_bytes(p, e);
		if (ret == 0 && fds[0].revents) {
			ret = take_message(p, e);
			done = ret == 1;
			ret = done ? 0 : ret;
		}
	}
	return ret;
}

static bool is_format(const char *name)
{
	for (size_t i = 0; convert_formats[i]; i++)
		if (strcmp(convert_formats[i], name) == 0)
			return true;
	return false;
}

/* The pipe of a taker, whose other end is the child's output. */
static int open_pipe(struct parent *p, struct task *t, struct err *e)
{
	int ends[2];

	p->buffer = malloc(TAKEN);
	if (!p->buffer)
		return err_sys(e, -ENOMEM, "%s", p->f->out_name);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "%s", p->f->out_name);
	p->bytes = ends[0];
	t->f.out = ends[1];
	return 0;
}

int convert_file(const struct convert_file *f, const struct convert_opts *o,
		 struct convert_result *r, struct err *e)
{
	static const struct convert_opts none = { 0 };
	struct parent p = { .f = f, .o = o ? o : &none, .result = r, .bytes = -1 };
	struct task t = { .f = *f, .o = *p.o };
	int ret = 0;

	if (!is_format(f->to))
		return err_set(e, -EINVAL, "%s: no format of disks that is written", f->to);
	if (f->taker)
		ret = open_pipe(&p, &t, e);
	if (ret == 0)
		ret = sandbox_start(child, &t, (int[]){ f->in, t.f.out }, 2, &p.sandbox, e);
	if (f->taker && p.bytes >= 0)
		close(t.f.out);
	if (ret == 0) {
		ret = listen_to_child(&p, e);
		sandbox_end(&p.sandbox);
	}
	if (p.bytes >= 0)
		close(p.bytes);
	free(p.buffer);
	return ret;
}
