/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/convert.h"
#include "convert/pool.h"
#include "socle/clock.h"

enum {
	BLOCK = 1 << 20,       /* guest bytes of a job, aligned, unless a unit is larger */
	UNITS = BLOCK / 4096,  /* of a job: VMDK's smallest grain */
	OUT = IMAGE_CHUNK_MAX, /* unpacked bytes of a job */
	STORED = IMAGE_CHUNK_MAX + BLOCK,	   /* stored bytes of a job */
	STORED_MAX = IMAGE_CHUNK_MAX + (64 << 10), /* of a unit: what cannot be compressed grows */
	RAW_STEP = 8 * BLOCK,
	PAGE = 4096,
	PROGRESS_MS = 100,
};

/* Stored units that lie one after the other within OUT guest bytes. */
struct batch {
	struct extent units[UNITS];
	size_t at[UNITS]; /* where the unit is in data, or will be read to */
	size_t count;
	uint64_t number;   /* of the job */
	size_t used, room; /* of data */
	char *data;
	bool loaded; /* the units are in data, or else to be read */
};

struct engine {
	struct image *img;
	struct sink *sink;
	const struct convert_opts *opts;
	struct pool pool;
	struct batch *batches;
	char *out[POOL_THREADS_MAX]; /* OUT bytes of each thread */
	struct batch *open;	     /* being filled, or NULL */
	uint64_t submitted;	     /* jobs */
	/* For a sink that wants its writes in order. */
	pthread_mutex_t lock;
	pthread_cond_t next_turn;
	uint64_t turn; /* the job that may write */
	bool broken;
	uint64_t size; /* of the disk */
	uint64_t done, read;
	int64_t told; /* when progress was last called */
	int failed;   /* the first error and its message, which go through a codec's hands */
	struct err err;
};

static int batch_room(struct batch *b, size_t room, struct err *e)
{
	char *data;

	if (room <= b->room)
		return 0;
	data = realloc(b->data, room);
	if (!data)
		return err_sys(e, -ENOMEM, "%zu bytes", room);
	b->data = data;
	b->room = room;
	return 0;
}

/* The stored bytes of the batch, unless the reader brought them. */
static int load(struct batch *b, struct err *e)
{
	int ret = b->loaded ? 0 : batch_room(b, b->used, e);

	for (size_t i = 0; !b->loaded && ret == 0 && i < b->count; i++) {
		const struct extent *x = &b->units[i];

		ret = input_pread_full(x->in, b->data + b->at[i], (size_t)x->stored, x->at, e);
	}
	return ret;
}

static int unpack(const struct batch *b, char *out, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < b->count; i++) {
		const struct extent *x = &b->units[i];

		ret = extent_unpack(x, b->data + b->at[i], out + (x->offset - b->units[0].offset),
				    e);
	}
	return ret;
}

/* Write the runs of neighbours. */
static int write_out(struct sink *s, const struct batch *b, const char *out, struct err *e)
{
	uint64_t start = b->units[0].offset;
	int ret = 0;

	for (size_t i = 0, next; ret == 0 && i < b->count; i = next) {
		uint64_t from = b->units[i].offset, to = from + b->units[i].length;

		for (next = i + 1; next < b->count && b->units[next].offset == to; next++)
			to += b->units[next].length;
		ret = sink_write(s, out + (from - start), (size_t)(to - from), from, e);
	}
	return ret;
}

/* Until all jobs before this one have written; false when one of them failed. */
static bool wait_for_turn(struct engine *g, const struct batch *b)
{
	bool go;

	pthread_mutex_lock(&g->lock);
	while (g->turn != b->number && !g->broken)
		pthread_cond_wait(&g->next_turn, &g->lock);
	go = !g->broken;
	pthread_mutex_unlock(&g->lock);
	return go;
}

static void end_turn(struct engine *g, int ret)
{
	pthread_mutex_lock(&g->lock);
	g->turn++;
	g->broken = g->broken || ret < 0;
	pthread_cond_broadcast(&g->next_turn);
	pthread_mutex_unlock(&g->lock);
}

static int work(void *ctx, unsigned int thread, void *job, struct err *e)
{
	struct engine *g = ctx;
	struct batch *b = job;
	int ret = load(b, e);

	if (ret == 0)
		ret = unpack(b, g->out[thread], e);
	/* Also a job that failed waits, so that those before it do their part. */
	if (g->sink->in_order && !wait_for_turn(g, b))
		return -ECANCELED;
	if (ret == 0)
		ret = write_out(g->sink, b, g->out[thread], e);
	if (g->sink->in_order)
		end_turn(g, ret);
	return ret;
}

static void progress(struct engine *g, bool always)
{
	int64_t now = clock_ms();

	if (!g->opts->progress || (!always && now - g->told < PROGRESS_MS))
		return;
	g->told = now;
	g->opts->progress(g->opts->ctx, g->done, g->size, g->read);
}

static void submit(struct engine *g)
{
	if (g->open)
		pool_submit(&g->pool);
	g->open = NULL;
}

static bool fits(const struct batch *b, const struct extent *x)
{
	uint64_t start = b->units[0].offset;

	return b->count < UNITS && x->offset / BLOCK == start / BLOCK && x->offset > start &&
	       x->offset - start + x->length <= OUT && b->used + x->stored <= STORED;
}

/* Take a unit of at most OUT bytes into a batch; data is NULL when a thread is to read it. */
static int add_unit(struct engine *g, const struct extent *x, const void *data, struct err *e)
{
	struct batch *b = g->open;
	void *job;
	int ret;

	if (b && !fits(b, x))
		submit(g);
	if (!g->open) {
		ret = pool_next(&g->pool, &job, e);
		if (ret < 0)
			return ret;
		g->open = job;
		g->open->count = g->open->used = 0;
		g->open->number = g->submitted++;
		g->open->loaded = data != NULL;
	}
	b = g->open;
	if (data) {
		size_t room = b->used + (size_t)x->stored;

		/* Mostly one allocation in a slot's life. */
		ret = batch_room(b, room > b->room && b->room ? room + BLOCK / 4 : room, e);
		if (ret < 0)
			return ret;
		memcpy(b->data + b->used, data, (size_t)x->stored);
	}
	b->units[b->count] = *x;
	b->at[b->count++] = b->used;
	b->used += (size_t)x->stored;
	return 0;
}

/* What is stored as it is, in pieces that end where blocks do. */
static int add_raw(struct engine *g, const struct extent *x, const char *data, struct err *e)
{
	uint64_t n;
	int ret = 0;

	for (uint64_t i = 0; ret == 0 && i < x->length; i += n) {
		struct extent piece = *x;

		piece.offset += i;
		piece.at += i;
		n = BLOCK - piece.offset % BLOCK;
		if (n > x->length - i)
			n = x->length - i;
		piece.length = piece.stored = n;
		ret = add_unit(g, &piece, data ? data + i : NULL, e);
	}
	return ret;
}

/* A stored extent, from wherever: hostile until checked. */
static int add_extent(struct engine *g, const struct extent *x, const void *data, struct err *e)
{
	if (x->kind == EXTENT_ZERO || x->length == 0)
		return 0;
	if (x->offset >= g->size || x->length > g->size - x->offset)
		return err_set(e, -EFBIG,
			       "%s: %" PRIu64 " bytes at byte %" PRIu64 " of a disk of %" PRIu64,
			       g->img->in->name, x->length, x->offset, g->size);
	if (x->kind == EXTENT_RAW)
		return add_raw(g, x, data, e);
	if (x->length > OUT || x->stored > STORED_MAX)
		return err_set(e, -EINVAL, "%s: byte %" PRIu64 ": a unit of %" PRIu64 " bytes",
			       g->img->in->name, x->at, x->length > OUT ? x->length : x->stored);
	return add_unit(g, x, data, e);
}

static int emit(void *ctx, const struct extent *x, const void *data)
{
	struct engine *g = ctx;

	g->failed = add_extent(g, x, data, &g->err);
	if (g->failed < 0)
		return g->failed;
	g->read = g->img->in->at;
	if (x->offset + x->length > g->done)
		g->done = x->offset + x->length;
	progress(g, false);
	return 0;
}

static int by_stream(struct engine *g, struct err *e)
{
	int ret = image_stream(g->img, emit, g, e);

	if (g->failed < 0 && e)
		*e = g->err;
	return g->failed < 0 ? g->failed : ret;
}

/* The extent from g->done on. */
static int rest_of_extent(struct engine *g, struct extent *x, struct err *e)
{
	uint64_t before;
	int ret = image_lookup(g->img, g->done, x, e);

	if (ret < 0)
		return ret;
	before = g->done - x->offset;
	if (x->offset > g->done || x->length <= before)
		return err_set(e, -EINVAL, "%s: nothing is known of byte %" PRIu64,
			       g->img->in->name, g->done);
	x->offset += before;
	x->length -= before;
	if (x->kind != EXTENT_RAW) {
		x->skip += (uint32_t)before;
		return 0;
	}
	/* It may be all of the disk; what is done of it is to be seen. */
	x->at += before;
	if (x->length > RAW_STEP)
		x->length = RAW_STEP;
	x->stored = x->length;
	return 0;
}

static int by_lookup(struct engine *g, struct err *e)
{
	int ret = 0;

	while (ret == 0 && g->done < g->size) {
		struct extent x;

		if (g->opts->stop && *g->opts->stop)
			return err_set(e, -EINTR, "interrupted");
		ret = rest_of_extent(g, &x, e);
		if (ret < 0)
			return ret;
		ret = add_extent(g, &x, NULL, e);
		if (x.kind != EXTENT_ZERO)
			g->read += x.stored;
		g->done += x.length;
		progress(g, false);
	}
	return ret;
}

static int prepare(struct engine *g, struct err *e)
{
	struct pool *p = &g->pool;

	p->work = work;
	p->ctx = g;
	p->stop = g->opts->stop;
	p->threads = g->opts->threads ? g->opts->threads : pool_default_threads();
	if (p->threads > POOL_THREADS_MAX)
		p->threads = POOL_THREADS_MAX;
	p->count = 2 * (size_t)p->threads + 2;
	p->slots = calloc(p->count, sizeof(*p->slots));
	g->batches = calloc(p->count, sizeof(*g->batches));
	if (!p->slots || !g->batches)
		return err_sys(e, -ENOMEM, "jobs");
	for (size_t i = 0; i < p->count; i++)
		p->slots[i].job = &g->batches[i];
	for (unsigned int i = 0; i < p->threads; i++)
		if (!(g->out[i] = aligned_alloc(PAGE, OUT)))
			return err_sys(e, -ENOMEM, "jobs");
	return pool_start(p, e);
}

static void clear(struct engine *g)
{
	pool_stop(&g->pool);
	for (unsigned int i = 0; i < POOL_THREADS_MAX; i++)
		free(g->out[i]);
	for (size_t i = 0; g->batches && i < g->pool.count; i++)
		free(g->batches[i].data);
	free(g->batches);
	free(g->pool.slots);
}

/* An error of the reader is later than those of the units that it had read. */
static int settle(struct engine *g, int ret, struct err *e)
{
	struct err earlier = { 0 };
	int before;

	if (ret == -EINTR)
		return ret;
	if (ret == 0)
		submit(g);
	before = pool_drain(&g->pool, &earlier);
	if (before < 0 && e)
		*e = earlier;
	return before < 0 ? before : ret;
}

int convert_image(struct image *img, struct sink *s, const struct convert_opts *o, struct err *e)
{
	static const struct convert_opts none = { 0 };
	struct engine g = { .img = img,
			    .sink = s,
			    .opts = o ? o : &none,
			    .lock = PTHREAD_MUTEX_INITIALIZER,
			    .next_turn = PTHREAD_COND_INITIALIZER };
	int ret;

	/* Raw bytes from a pipe: the disk is as large as the sink was made. */
	g.size = img->info.size == INPUT_UNKNOWN ? s->size : img->info.size;
	if (g.size > s->size)
		return err_set(e, -EFBIG,
			       "%s: a disk of %" PRIu64 " bytes does not fit into %" PRIu64,
			       img->in->name, g.size, s->size);
	ret = prepare(&g, e);
	if (ret == 0) {
		ret = input_seekable(img->in) ? by_lookup(&g, e) : by_stream(&g, e);
		ret = settle(&g, ret, e);
	}
	clear(&g);
	if (ret == 0)
		ret = sink_finish(s, e);
	if (ret == 0) {
		g.done = g.size;
		progress(&g, true);
	}
	return ret;
}
