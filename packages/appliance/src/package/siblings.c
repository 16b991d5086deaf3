/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "siblings.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "input/pump.h"
#include "input/streams.h"
#include "socle/buf.h"
#include "socle/cleanup.h"

enum { WAIT_MS = 200, SIBLINGS_MAX = 4096 };

struct sibling {
	char *name, *url;
	struct pump pump;
};

struct siblings {
	const char *url;
	const volatile sig_atomic_t *stop;
	struct sibling **list; /* their threads know them by their address */
	size_t n;
};

struct siblings *siblings_new(const char *url, const volatile sig_atomic_t *stop, struct err *e)
{
	struct siblings *s = calloc(1, sizeof(*s));

	if (!s) {
		err_sys(e, -ENOMEM, "URL");
		return NULL;
	}
	s->url = url;
	s->stop = stop;
	return s;
}

/* The folder that the descriptor is in: without its query, which is of that file alone. */
static size_t folder_len(const char *url)
{
	const char *path = strstr(url, "://");
	size_t len = strcspn(url, "?#"), host = path ? (size_t)(path - url) + 3 : 0;

	while (len > host && url[len - 1] != '/')
		len--;
	return len;
}

/* RFC 3986, 2.3; what is encoded already stays so, as OVF's references are URIs. */
static void add_encoded(struct buf *out, const char *name)
{
	for (const unsigned char *c = (const unsigned char *)name; *c; c++) {
		if (isalnum(*c) || strchr("-._~/", *c) ||
		    (*c == '%' && isxdigit(c[1]) && isxdigit(c[2])))
			buf_addc(out, (char)*c);
		else
			buf_addf(out, "%%%02X", *c);
	}
}

static struct sibling *add(struct siblings *s, const char *name, struct err *e)
{
	struct sibling **more = realloc(s->list, (s->n + 1) * sizeof(*more)), *one;
	struct buf url = BUF_INIT;

	if (more)
		s->list = more;
	one = more ? calloc(1, sizeof(*one)) : NULL;
	if (!one) {
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	one->pump = PUMP_INIT;
	s->list[s->n++] = one;
	buf_add(&url, s->url, folder_len(s->url));
	add_encoded(&url, name);
	one->name = strdup(name);
	one->url = buf_ok(&url) ? buf_take(&url) : NULL;
	buf_clear(&url);
	if (one->name && one->url)
		return one;
	err_sys(e, -ENOMEM, "%s", name);
	return NULL;
}

/* Its first bytes, or its end: then the error is known if there was one. */
static int wait_for(struct siblings *s, struct sibling *one, int fd, struct err *e)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, WAIT_MS) <= 0)
		if (s->stop && *s->stop)
			return err_set(e, -EINTR, "interrupted");
	return p.revents & POLLIN ? 0 : pump_end(&one->pump, e);
}

int siblings_open(struct siblings *s, const char *name, int *fd, struct err *e)
{
	_cleanup_close_ int own = -1;
	struct sibling *one;
	int r;

	if (!input_name_ok(name))
		return err_set(
			e, -EPERM,
			"%s: only files beside the descriptor, on its own server, are fetched",
			name);
	if (s->n == SIBLINGS_MAX)
		return err_set(e, -E2BIG, "more than %d files", (int)SIBLINGS_MAX);
	one = add(s, name, e);
	if (!one)
		return -ENOMEM;
	r = pump_prepare(&one->pump, one->url, -1, one->name, false, e);
	if (r < 0)
		return r;
	own = fcntl(pump_out(&one->pump), F_DUPFD_CLOEXEC, 3);
	if (own < 0)
		return err_sys(e, -errno, "%s", name);
	r = pump_start(&one->pump, e);
	if (r == 0)
		r = wait_for(s, one, own, e);
	if (r < 0) {
		/* Asked for and not had: whoever asked is told, and it is nobody else's error. */
		pump_clear(&one->pump);
		one->pump.result = 0;
		return r;
	}
	*fd = take_fd(own);
	return 0;
}

int siblings_end(struct siblings *s, bool failed, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct pump *p = &s->list[i]->pump;
		int one;

		if (failed && !atomic_load(&p->done))
			atomic_store(&p->stop, true);
		one = pump_end(p, r == 0 ? e : NULL);
		if (r == 0)
			r = one;
	}
	return r;
}

void siblings_free(struct siblings *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++) {
		pump_clear(&s->list[i]->pump);
		free(s->list[i]->name);
		free(s->list[i]->url);
		free(s->list[i]);
	}
	free(s->list);
	free(s);
}
