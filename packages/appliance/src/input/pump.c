/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pump.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socle/cleanup.h"

enum { STEP = 1 << 20, PIPE_SIZE = 1 << 20 };

static bool seekable(int fd)
{
	return lseek(fd, 0, SEEK_CUR) >= 0;
}

static int make_pipe(struct pump *p, struct err *e)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "%s", p->name);
	p->out = ends[0];
	p->to = ends[1];
	fcntl(p->to, F_SETPIPE_SZ, PIPE_SIZE); /* faster, where the user may have it */
	return 0;
}

int pump_prepare(struct pump *p, const char *url, int fd, const char *name, bool sum, struct err *e)
{
	*p = PUMP_INIT;
	p->url = url;
	p->from = fd;
	p->name = name;
	if (sum) {
		p->sum = EVP_MD_CTX_new();
		if (!p->sum || !EVP_DigestInit_ex(p->sum, EVP_sha256(), NULL))
			return err_sys(e, -ENOMEM, "%s", name);
	}
	return url || (sum && !seekable(fd)) ? make_pipe(p, e) : 0;
}

int pump_out(const struct pump *p)
{
	return p->out >= 0 ? p->out : p->from;
}

/* The reader may end before the bytes do; a sum goes on. */
static int to_reader(struct pump *p, const char *data, size_t len, struct err *e)
{
	while (len && p->to >= 0) {
		ssize_t n = write(p->to, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EPIPE)
			return err_sys(e, -errno, "%s", p->name);
		if (n < 0) {
			close(take_fd(p->to));
			return p->sum ? 0 : -EPIPE;
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int pump_put(struct pump *p, const void *data, size_t len, struct err *e)
{
	if (atomic_load(&p->stop))
		return -EPIPE;
	p->at += len;
	if (p->sum && !EVP_DigestUpdate(p->sum, data, len))
		return err_sys(e, -ENOMEM, "%s", p->name);
	return to_reader(p, data, len, e);
}

static int pump_fd(struct pump *p, struct err *e)
{
	bool file = seekable(p->from);
	_cleanup_free_ char *data = malloc(STEP);
	int r = data ? 0 : err_sys(e, -ENOMEM, "%s", p->name);

	while (r == 0) {
		ssize_t n = file ? pread(p->from, data, STEP, (off_t)p->at)
				 : read(p->from, data, STEP);

		if (n < 0 && errno != EINTR)
			r = err_sys(e, -errno, "%s: byte %llu", p->name, (unsigned long long)p->at);
		else if (n == 0)
			break;
		else if (n > 0)
			r = pump_put(p, data, (size_t)n, e);
	}
	return r;
}

static void *run(void *ctx)
{
	struct pump *p = ctx;
	sigset_t all;

	/* Signals are the main thread's; a reader that went is told by write(). */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	p->result = p->url ? fetch_url(p, &p->err) : pump_fd(p, &p->err);
	atomic_store(&p->done, true);
	if (p->to >= 0)
		close(take_fd(p->to));
	return NULL;
}

int pump_start(struct pump *p, struct err *e)
{
	if (p->out >= 0)
		close(take_fd(p->out));
	if (!p->url && !p->sum)
		return 0;
	if (pthread_create(&p->thread, NULL, run, p) != 0)
		return err_sys(e, -EAGAIN, "%s: a thread", p->name);
	p->running = true;
	return 0;
}

static void to_hex(struct pump *p)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (p->sum && EVP_DigestFinal_ex(p->sum, sum, &len))
		for (unsigned int i = 0; i < len && i < SHA256_HEX / 2; i++)
			sprintf(p->hex + 2 * i, "%02x", sum[i]);
}

int pump_end(struct pump *p, struct err *e)
{
	if (!p->running)
		return 0;
	pthread_join(p->thread, NULL);
	p->running = false;
	if (p->result < 0 && p->result != -EPIPE)
		return err_set(e, p->result, "%s", err_text(&p->err));
	to_hex(p);
	return 0;
}

void pump_clear(struct pump *p)
{
	atomic_store(&p->stop, true);
	if (p->out >= 0)
		close(take_fd(p->out));
	if (p->running) {
		pthread_join(p->thread, NULL);
		p->running = false;
	}
	if (p->to >= 0)
		close(take_fd(p->to));
	EVP_MD_CTX_free(p->sum);
	p->sum = NULL;
}
