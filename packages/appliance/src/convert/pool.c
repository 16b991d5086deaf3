/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/pool.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

unsigned int pool_default_threads(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;

	return n < 1 ? 1 : n > 16 ? 16 : (unsigned int)n;
}

/* The next job that nobody has begun, or NULL at the end. */
static struct pool_slot *take(struct pool *p)
{
	struct pool_slot *s = NULL;

	pthread_mutex_lock(&p->lock);
	while (!p->quit && p->taken == p->submitted)
		pthread_cond_wait(&p->submitted_one, &p->lock);
	if (!p->quit)
		s = &p->slots[p->taken++ % p->count];
	pthread_mutex_unlock(&p->lock);
	return s;
}

struct thread {
	struct pool *pool;
	unsigned int number;
};

static void *run(void *arg)
{
	struct thread t = *(struct thread *)arg;
	struct pool *p = t.pool;
	struct pool_slot *s;

	free(arg);
	while ((s = take(p))) {
		s->ret = p->work(p->ctx, t.number, s->job, &s->err);
		pthread_mutex_lock(&p->lock);
		s->done = true;
		pthread_cond_signal(&p->done_one);
		pthread_mutex_unlock(&p->lock);
	}
	return NULL;
}

static int start_one(struct pool *p)
{
	struct thread *t = malloc(sizeof(*t));
	int ret;

	if (!t)
		return ENOMEM;
	*t = (struct thread){ p, p->started };
	ret = pthread_create(&p->id[p->started], NULL, run, t);
	if (ret)
		free(t);
	else
		p->started++;
	return ret;
}

int pool_start(struct pool *p, struct err *e)
{
	sigset_t all, old;
	int ret = 0;

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->submitted_one, NULL);
	pthread_cond_init(&p->done_one, NULL);
	/* Signals are for the owner, whose reading they interrupt. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (ret == 0 && p->started < p->threads)
		ret = start_one(p);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	/* Fewer threads than asked for do the work too. */
	return ret == 0 || p->started ? 0 : err_sys(e, -ret, "threads");
}

static int retire_oldest(struct pool *p)
{
	struct pool_slot *s = &p->slots[p->retired % p->count];

	pthread_mutex_lock(&p->lock);
	while (!s->done)
		pthread_cond_wait(&p->done_one, &p->lock);
	pthread_mutex_unlock(&p->lock);
	p->retired++;
	if (s->ret < 0) {
		p->err = s->err;
		return s->ret;
	}
	if (p->stop && *p->stop)
		return err_set(&p->err, -EINTR, "interrupted");
	return p->retire ? p->retire(p->ctx, s->job, &p->err) : 0;
}

/* Retire until at most so many are under way. */
static int retire_to(struct pool *p, size_t left, struct err *e)
{
	while (!p->failed && p->submitted - p->retired > left)
		p->failed = retire_oldest(p);
	if (p->failed && e)
		*e = p->err;
	return p->failed;
}

int pool_next(struct pool *p, void **job, struct err *e)
{
	int ret;

	if (p->stop && *p->stop)
		return err_set(e, -EINTR, "interrupted");
	ret = retire_to(p, p->count - 1, e);
	if (ret < 0)
		return ret;
	*job = p->slots[p->submitted % p->count].job;
	return 0;
}

void pool_submit(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->slots[p->submitted++ % p->count].done = false;
	pthread_cond_signal(&p->submitted_one);
	pthread_mutex_unlock(&p->lock);
}

int pool_drain(struct pool *p, struct err *e)
{
	return retire_to(p, 0, e);
}

void pool_stop(struct pool *p)
{
	if (!p->started)
		return;
	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_broadcast(&p->submitted_one);
	pthread_mutex_unlock(&p->lock);
	while (p->started)
		pthread_join(p->id[--p->started], NULL);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->submitted_one);
	pthread_cond_destroy(&p->done_one);
}
