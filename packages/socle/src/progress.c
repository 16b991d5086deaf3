/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "socle/clock.h"

enum { BAR = 30, TERMINAL_MS = 200, JSON_MS = 1000 };

void progress_start(struct progress *p, bool json)
{
	*p = (struct progress){
		.json = json,
		.terminal = !json && isatty(STDERR_FILENO),
		.started = clock_ms(),
	};
}

static void show(struct progress *p, unsigned int percent, uint64_t speed, uint64_t left)
{
	char bar[BAR + 1];

	for (unsigned int i = 0; i < BAR; i++)
		bar[i] = i * 100 < percent * BAR ? '#' : ' ';
	bar[BAR] = '\0';
	fprintf(stderr, "\r%3u%% [%s] %" PRIu64 " MB/s, %" PRIu64 ":%02" PRIu64 " left \x1b[K",
		percent, bar, speed / 1000000, left / 60, left % 60);
	fflush(stderr);
	p->shown = true;
}

void progress_tell(void *progress, uint64_t done, uint64_t total, uint64_t read)
{
	struct progress *p = progress;
	int64_t now = clock_ms(), ms = now - p->started;
	uint64_t speed, left;
	unsigned int percent;

	if ((!p->json && !p->terminal) || now - p->told < (p->json ? JSON_MS : TERMINAL_MS) ||
	    ms <= 0)
		return;
	p->told = now;
	percent = total ? (unsigned int)((double)done * 100 / (double)total) : 0;
	speed = (uint64_t)((double)done * 1000 / (double)ms);
	left = speed ? (total - done) / speed : 0;
	if (p->terminal) {
		show(p, percent, speed, left);
		return;
	}
	printf("{\"progress\": {\"done\": %" PRIu64 ", \"total\": %" PRIu64 ", \"read\": %" PRIu64
	       ", \"percent\": %u, \"bytes_per_second\": %" PRIu64 ", \"seconds_left\": %" PRIu64
	       "}}\n",
	       done, total, read, percent, speed, left);
	fflush(stdout);
}

int64_t progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\x1b[K", stderr);
	p->shown = false;
	return clock_ms() - p->started;
}
