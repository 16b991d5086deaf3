/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "webhook.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "socle/clock.h"
#include "socle/url.h"

enum { PAUSE_MAX = 8, GRACE_SECONDS = 2 };

struct item {
	struct item *next;
	enum webhook_event event;
	char *url;
	char *body;
};

struct hook {
	char *url; /* as it was given */
	char *token;
	char pin[SEND_PIN_MAX];
	unsigned int events;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t change;
	struct item *first, *last;
	size_t count;
	int64_t end; /* clock_ms() when it gives up, 0: not yet asked to end */
	size_t lost; /* events that were not delivered */
	struct err why;
};

struct webhooks {
	struct hook *hook[WEBHOOKS_MAX];
	size_t count;
};

static const char *const event_names[HOOK_EVENTS] = {
	[HOOK_START] = "start",	      [HOOK_PLANNED] = "planned", [HOOK_STEP] = "step",
	[HOOK_PROGRESS] = "progress", [HOOK_DONE] = "done",	  [HOOK_FAILED] = "failed",
	[HOOK_BUNDLE] = "bundle",
};

const char *webhook_event_name(enum webhook_event event)
{
	return event_names[event];
}

unsigned int webhook_event_bit(const char *name)
{
	for (unsigned int i = 0; i < HOOK_EVENTS; i++)
		if (strcmp(event_names[i], name) == 0)
			return 1U << i;
	return 0;
}

/* What is worth less than a place in the queue. */
static bool is_news(enum webhook_event event)
{
	return event == HOOK_STEP || event == HOOK_PROGRESS;
}

static void item_free(struct item *i)
{
	if (i) {
		free(i->url);
		free(i->body);
		free(i);
	}
}

static void hook_free(struct hook *h)
{
	while (h->first) {
		struct item *i = h->first;

		h->first = i->next;
		item_free(i);
	}
	if (h->token)
		explicit_bzero(h->token, strlen(h->token));
	free(h->token);
	free(h->url);
	pthread_cond_destroy(&h->change);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static bool is_over(struct hook *h)
{
	bool over;

	pthread_mutex_lock(&h->lock);
	over = h->end && clock_ms() >= h->end;
	pthread_mutex_unlock(&h->lock);
	return over;
}

static bool give_up(void *ctx)
{
	return is_over(ctx);
}

/* Wait for a change, at most until then on the monotonic clock; the lock is held. */
static void wait_change(struct hook *h, int64_t until)
{
	struct timespec t = { .tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000 };

	pthread_cond_clockwait(&h->change, &h->lock, CLOCK_MONOTONIC, &t);
}

/* A pause between two tries; shorter when the end is asked for. */
static void rest(struct hook *h, unsigned int seconds)
{
	int64_t until = clock_ms() + seconds * 1000LL;

	pthread_mutex_lock(&h->lock);
	while (clock_ms() < until && !(h->end && clock_ms() >= h->end))
		wait_change(h, h->end && h->end < until ? h->end : until);
	pthread_mutex_unlock(&h->lock);
}

static void deliver(struct hook *h, const struct item *i)
{
	struct send s = { .url = i->url,
			  .token = h->token,
			  .pin = h->pin,
			  .type = "application/json",
			  .text = i->body,
			  .seconds = WEBHOOK_SECONDS,
			  .give_up = give_up,
			  .ctx = h };
	unsigned int pause = 1;
	struct err e = { 0 };

	for (unsigned int tries = 1;; tries++) {
		int ret = send_once(&s, &e);

		if (ret == 0)
			return;
		if (ret != -EAGAIN || is_over(h) ||
		    (is_news(i->event) && tries == WEBHOOK_NEWS_TRIES))
			break;
		rest(h, pause);
		pause = pause * 2 > PAUSE_MAX ? PAUSE_MAX : pause * 2;
	}
	pthread_mutex_lock(&h->lock);
	h->lost++;
	if (e.code != -ECANCELED || !h->why.code)
		h->why = e;
	pthread_mutex_unlock(&h->lock);
}

/* The next event; NULL when there is none and the end was asked for, or has come. */
static struct item *take(struct hook *h)
{
	struct item *i = NULL;

	pthread_mutex_lock(&h->lock);
	while (!h->first && !h->end)
		pthread_cond_wait(&h->change, &h->lock);
	if (h->first && !(h->end && clock_ms() >= h->end)) {
		i = h->first;
		h->first = i->next;
		h->last = h->first ? h->last : NULL;
		h->count--;
	}
	pthread_mutex_unlock(&h->lock);
	return i;
}

static void *work(void *ctx)
{
	struct hook *h = ctx;
	struct item *i;

	while ((i = take(h))) {
		deliver(h, i);
		item_free(i);
	}
	return NULL;
}

struct webhooks *webhooks_new(void)
{
	/* Before there are threads. */
	curl_global_init(CURL_GLOBAL_DEFAULT);
	return calloc(1, sizeof(struct webhooks));
}

/* Signals are for the installer itself. */
static int start(struct hook *h)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&h->thread, NULL, work, h);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -ret;
}

static bool is_there(const struct webhooks *w, const char *url)
{
	for (size_t i = 0; i < w->count; i++)
		if (strcmp(w->hook[i]->url, url) == 0)
			return true;
	return false;
}

int webhooks_add(struct webhooks *w, const struct webhook_target *t, struct err *e)
{
	struct hook *h;
	int ret;

	if (is_there(w, t->url))
		return 0;
	if (w->count == WEBHOOKS_MAX)
		return err_set(e, -E2BIG, "webhook: more than %d", WEBHOOKS_MAX);
	h = calloc(1, sizeof(*h));
	if (!h)
		return err_sys(e, -ENOMEM, "webhook");
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->change, NULL);
	h->events = t->events ? t->events : ~0U;
	h->url = strdup(t->url);
	h->token = t->token && *t->token ? strdup(t->token) : NULL;
	ret = h->url && (h->token || !t->token || !*t->token) ? send_pin(t->fingerprint, h->pin, e)
							      : err_sys(e, -ENOMEM, "webhook");
	if (ret == 0 && (ret = start(h)) < 0)
		err_sys(e, ret, "webhook");
	if (ret < 0)
		hook_free(h);
	else
		w->hook[w->count++] = h;
	return ret;
}

/* Take the oldest news out, for which of two is no matter; the lock is held. */
static bool make_room(struct hook *h)
{
	struct item **at = &h->first, *before = NULL, *gone;

	while (*at && !is_news((*at)->event)) {
		before = *at;
		at = &(*at)->next;
	}
	gone = *at;
	if (!gone)
		return false;
	*at = gone->next;
	if (h->last == gone)
		h->last = before;
	item_free(gone);
	h->count--;
	h->lost++;
	return true;
}

static void put(struct hook *h, struct item *i)
{
	pthread_mutex_lock(&h->lock);
	/* Nobody wants to know where it was before. */
	if (h->last && h->last->event == HOOK_PROGRESS && i->event == HOOK_PROGRESS) {
		free(h->last->url);
		free(h->last->body);
		h->last->url = i->url;
		h->last->body = i->body;
		free(i);
	} else if (h->count == WEBHOOK_QUEUE && !make_room(h)) {
		item_free(i);
		h->lost++;
	} else {
		if (h->last)
			h->last->next = i;
		else
			h->first = i;
		h->last = i;
		h->count++;
	}
	pthread_cond_signal(&h->change);
	pthread_mutex_unlock(&h->lock);
}

void webhooks_post(struct webhooks *w, enum webhook_event event, const struct send_names *names,
		   const json_t *body)
{
	struct send_names all = *names;

	all.event = event_names[event];
	for (size_t n = 0; w && n < w->count; n++) {
		struct item *i;

		if (!(w->hook[n]->events & 1U << event))
			continue;
		i = calloc(1, sizeof(*i));
		if (!i)
			return;
		i->event = event;
		i->url = send_expand(w->hook[n]->url, &all, false);
		i->body = json_dumps(body, JSON_COMPACT);
		if (i->url && i->body)
			put(w->hook[n], i);
		else
			item_free(i);
	}
}

static void add_problem(const struct hook *h, struct buf *problems)
{
	size_t lost = h->lost + h->count;
	char url[256];

	if (!problems || !lost)
		return;
	url_show(h->url, url, sizeof(url));
	buf_addf(problems, "webhook %s: %zu event%s not delivered%s%s\n", url, lost,
		 lost == 1 ? " was" : "s were", h->why.code ? ": " : "",
		 h->why.code ? err_text(&h->why) : "");
}

/* One that hangs, as in a name server's silence, keeps what it uses and is left alone. */
static void hook_close(struct hook *h, int64_t end, struct buf *problems)
{
	int64_t left = end - clock_ms() + GRACE_SECONDS * 1000;
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += left > 0 ? left / 1000 + 1 : 1;
	if (pthread_timedjoin_np(h->thread, NULL, &until) != 0) {
		pthread_detach(h->thread);
		if (problems)
			buf_adds(problems, "a webhook hangs\n");
		return;
	}
	add_problem(h, problems);
	hook_free(h);
}

void webhooks_close(struct webhooks *w, unsigned int seconds, struct buf *problems)
{
	int64_t end = clock_ms() + seconds * 1000LL;

	if (!w)
		return;
	for (size_t i = 0; i < w->count; i++) {
		pthread_mutex_lock(&w->hook[i]->lock);
		w->hook[i]->end = end;
		pthread_cond_signal(&w->hook[i]->change);
		pthread_mutex_unlock(&w->hook[i]->lock);
	}
	for (size_t i = 0; i < w->count; i++)
		hook_close(w->hook[i], end, problems);
	free(w);
}
