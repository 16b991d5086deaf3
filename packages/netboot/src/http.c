/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP by libmicrohttpd: routes, limits, replies.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "netboot/range.h"
#include "netboot/report.h"
#include "server.h"
#include "socle/cleanup.h"

enum {
	CONNECTIONS_MAX = 600,
	CONNECTIONS_OF_ONE = 32,
	IDLE_SECONDS = 60,
	REQUEST_MEMORY = 32 << 10, /* of one: its headers are in it */
};

const struct route routes[] = {
	{ "GET", "/pxelinux.cfg/", 0, NULL, answer_menu },
	{ "GET", "/grub/", 0, NULL, answer_menu },
	{ "GET", "/ipxe/", 0, NULL, answer_menu },
	{ "GET", "/ks/", 0, NULL, answer_kickstart },
	{ "POST", "/ks/", FACTS_MAX, NULL, answer_kickstart },
	{ "POST", "/event", EVENT_MAX, NULL, answer_event },
	{ "PUT", "/bundle/", BUNDLE_MAX, begin_bundle, answer_bundle },
	{ "POST", "/bundle/", BUNDLE_MAX, begin_bundle, answer_bundle },
	{ "GET", "/api/", 0, NULL, answer_api },
	{ "GET", "/", 0, NULL, answer_tree },
	{ 0 },
};

static enum MHD_Result queue(struct request *r, unsigned int status, struct MHD_Response *answer)
{
	enum MHD_Result done = answer ? MHD_queue_response(r->conn, status, answer) : MHD_NO;

	if (answer)
		MHD_destroy_response(answer);
	return done;
}

enum MHD_Result reply(struct request *r, unsigned int status, const char *type, const void *data,
		      size_t len)
{
	struct MHD_Response *answer = MHD_create_response_from_buffer_copy(len, data);

	if (answer) {
		MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, type);
		/* All of these are made for this machine at this moment. */
		MHD_add_response_header(answer, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
		if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
			MHD_add_response_header(answer, MHD_HTTP_HEADER_ALLOW,
						"GET, HEAD, POST, PUT");
		if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
			MHD_add_response_header(answer, MHD_HTTP_HEADER_RETRY_AFTER, "10");
		if (status == MHD_HTTP_UNAUTHORIZED)
			MHD_add_response_header(answer, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	}
	return queue(r, status, answer);
}

enum MHD_Result reply_line(struct request *r, unsigned int status, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n > sizeof(line) - 2)
		n = (int)strlen(line);
	line[n] = '\n';
	return reply(r, status, "text/plain; charset=utf-8", line, (size_t)n + 1);
}

enum MHD_Result reply_file(struct request *r, int fd, uint64_t size, const char *etag,
			   const char *type)
{
	struct range part = range_of(size, etag, request_header(r, MHD_HTTP_HEADER_RANGE),
				     request_header(r, MHD_HTTP_HEADER_IF_RANGE),
				     request_header(r, MHD_HTTP_HEADER_IF_NONE_MATCH));
	struct MHD_Response *answer;
	char text[96];

	if (part.status == 304 || part.status == 416) {
		close(fd);
		answer = MHD_create_response_empty(MHD_RF_NONE);
	} else {
		answer = MHD_create_response_from_fd_at_offset64(part.len, fd, part.from);
		if (!answer)
			close(fd);
	}
	if (!answer)
		return MHD_NO;
	MHD_add_response_header(answer, MHD_HTTP_HEADER_ETAG, etag);
	MHD_add_response_header(answer, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (part.status == 206)
		snprintf(text, sizeof(text), "bytes %ju-%ju/%ju", (uintmax_t)part.from,
			 (uintmax_t)(part.from + part.len - 1), (uintmax_t)size);
	else
		snprintf(text, sizeof(text), "bytes */%ju", (uintmax_t)size);
	if (part.status == 206 || part.status == 416)
		MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_RANGE, text);
	return queue(r, part.status, answer);
}

const char *request_header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

struct machine *request_bearer(const struct request *r)
{
	const char *value = request_header(r, MHD_HTTP_HEADER_AUTHORIZATION);

	return value && strncmp(value, "Bearer ", 7) == 0
		       ? machines_by_token(&r->n->machines, value + 7)
		       : NULL;
}

struct machine *request_owner(const struct request *r, const char **name)
{
	char token[HEX_ID_SIZE];

	if (strlen(r->rest) < HEX_ID_SIZE || r->rest[HEX_ID_SIZE - 1] != '/')
		return NULL;
	memcpy(token, r->rest, HEX_ID_SIZE - 1);
	token[HEX_ID_SIZE - 1] = '\0';
	*name = r->rest + HEX_ID_SIZE;
	return machines_by_token(&r->n->machines, token);
}

static void find_peer(struct request *r)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sockaddr_in in;

	if (!info || info->client_addr->sa_family != AF_INET)
		return;
	memcpy(&in, info->client_addr, sizeof(in));
	r->peer = ntohl(in.sin_addr.s_addr);
	r->has_mac = net_neighbour(&r->n->link, r->peer, r->mac);
}

/* The route of a request; status tells why there is none. */
static const struct route *find_route(const char *method, const char *path, unsigned int *status)
{
	*status = MHD_HTTP_METHOD_NOT_ALLOWED;
	for (const struct route *t = routes; t->method; t++)
		if (strncmp(path, t->prefix, strlen(t->prefix)) == 0 &&
		    strcmp(method, t->method) == 0)
			return t;
	return NULL;
}

/* What is wrong with a body before it comes. */
static unsigned int check_length(struct request *r)
{
	const char *text = request_header(r, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (text && strtoull(text, NULL, 10) > r->route->body_max)
		return MHD_HTTP_CONTENT_TOO_LARGE;
	return 0;
}

static struct request *begin(struct netboot *n, struct MHD_Connection *conn, const char *path,
			     const char *method)
{
	struct request *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	*r = (struct request){ .n = n, .conn = conn, .body = BUF_INIT, .fd = -1 };
	r->head = strcmp(method, "HEAD") == 0;
	r->route = find_route(r->head ? "GET" : method, path, &r->refused);
	if (r->route) {
		r->refused = check_length(r);
		r->rest = path + strlen(r->route->prefix);
		find_peer(r);
	}
	if (r->route && !r->refused && r->route->begin)
		r->refused = r->route->begin(r);
	return r;
}

static void take_body(struct request *r, const char *data, size_t len)
{
	r->length += len;
	if (r->refused)
		return;
	if (r->length > r->route->body_max)
		r->refused = MHD_HTTP_CONTENT_TOO_LARGE;
	else if (r->fd < 0)
		buf_add(&r->body, data, len);
	else if (write(r->fd, data, len) != (ssize_t)len)
		r->refused = MHD_HTTP_INSUFFICIENT_STORAGE;
	if (!buf_ok(&r->body))
		r->refused = MHD_HTTP_INSUFFICIENT_STORAGE;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *conn, const char *path,
				  const char *method, const char *version, const char *data,
				  size_t *len, void **state)
{
	struct request *r = *state;

	(void)version;
	if (!r) {
		*state = r = begin(ctx, conn, path, method);
		/* One that is refused at once need not send its body. */
		return r && r->refused ? reply_line(r, r->refused, "refused")
		       : r	       ? MHD_YES
				       : MHD_NO;
	}
	if (*len) {
		take_body(r, data, *len);
		*len = 0;
		return MHD_YES;
	}
	/* The path may have moved. */
	r->rest = r->route ? path + strlen(r->route->prefix) : path;
	if (r->refused)
		return reply_line(r, r->refused, "refused");
	return r->route->answer(r);
}

static void on_end(void *ctx, struct MHD_Connection *conn, void **state,
		   enum MHD_RequestTerminationCode why)
{
	struct request *r = *state;

	(void)ctx, (void)conn, (void)why;
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	if (*r->file)
		unlink(r->file);
	if (r->body.len)
		explicit_bzero(r->body.s, r->body.len);
	buf_clear(&r->body);
	free(r);
	*state = NULL;
}

/* Each connection has a socket, and mostly a file. */
static int allow_files(struct err *e)
{
	const rlim_t want = 2 * CONNECTIONS_MAX + 64;
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return err_sys(e, -errno, "limit of files");
	if (l.rlim_cur >= want)
		return 0;
	l.rlim_cur = l.rlim_max < want ? l.rlim_max : want;
	return setrlimit(RLIMIT_NOFILE, &l) < 0 ? err_sys(e, -errno, "limit of files") : 0;
}

int http_open(struct netboot *n, int listener, struct err *e)
{
	int ret = allow_files(e);

	if (ret < 0) {
		close(listener);
		return ret;
	}
	n->http = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_THREAD_SAFETY, 0, NULL, NULL, on_request, n,
		MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		CONNECTIONS_OF_ONE, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MEMORY, MHD_OPTION_END);
	if (!n->http) {
		close(listener);
		return err_set(e, -EIO, "HTTP server: it does not start");
	}
	return 0;
}
