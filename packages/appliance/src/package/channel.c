/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "channel.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socle/cleanup.h"

/* The length goes in front, and the descriptor with it. */
static int send_head(int fd, uint32_t len, int pass, struct err *e)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { &len, sizeof(len) };
	struct msghdr m = { .msg_iov = &data, .msg_iovlen = 1 };
	ssize_t n;

	if (pass >= 0) {
		control.head.cmsg_len = CMSG_LEN(sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.head), &pass, sizeof(int));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control.space);
	}
	do {
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(e, -errno, "channel");
	return n == sizeof(len) ? 0 : err_set(e, -EIO, "channel: cut");
}

static int send_all(int fd, const char *data, size_t len, struct err *e)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, -errno, "channel");
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int channel_send(int fd, json_t *message, int pass, struct err *e)
{
	_cleanup_json_ json_t *own = message;
	_cleanup_free_ char *text = own ? json_dumps(own, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	int r;

	if (!text)
		return err_sys(e, -ENOMEM, "channel");
	if (len > CHANNEL_MESSAGE_MAX)
		return err_set(e, -EMSGSIZE, "channel: a message of %zu bytes", len);
	r = send_head(fd, (uint32_t)len, pass, e);
	return r < 0 ? r : send_all(fd, text, len, e);
}

/* 1, or 0 at the end. */
static int recv_all(int fd, char *data, size_t len, struct err *e)
{
	while (len) {
		ssize_t n = recv(fd, data, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != ECONNRESET)
			return err_sys(e, -errno, "channel");
		if (n <= 0)
			return 0;
		data += n;
		len -= (size_t)n;
	}
	return 1;
}

static int passed(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

static int recv_head(int fd, uint32_t *len, int *pass, struct err *e)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec data = { len, sizeof(*len) };
	struct msghdr m = { .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control.space) };
	ssize_t n;

	do {
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno != ECONNRESET)
		return err_sys(e, -errno, "channel");
	if (n <= 0)
		return 0;
	*pass = passed(&m);
	return recv_all(fd, (char *)len + n, sizeof(*len) - (size_t)n, e);
}

int channel_recv(int fd, json_t **message, int *pass, struct err *e)
{
	_cleanup_close_ int came = -1;
	_cleanup_free_ char *text = NULL;
	json_error_t why;
	uint32_t len;
	int r;

	if (pass)
		*pass = -1;
	r = recv_head(fd, &len, &came, e);
	if (r <= 0)
		return r;
	if (len > CHANNEL_MESSAGE_MAX)
		return err_set(e, -EMSGSIZE, "channel: a message of %u bytes", len);
	text = malloc(len ? len : 1);
	if (!text)
		return err_sys(e, -ENOMEM, "channel");
	r = recv_all(fd, text, len, e);
	if (r <= 0)
		return r;
	*message = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(*message)) {
		json_decref(*message);
		*message = NULL;
		return err_set(e, -EBADMSG, "channel: not a message");
	}
	if (pass)
		*pass = take_fd(came);
	return 1;
}

void channel_scrub_text(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		/* ASCII's, and those of ISO 6429 from U+0080 to U+009F as UTF-8 has them. */
		if (*c < ' ' || *c == 0x7f)
			*c = '?';
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			*c = c[1] = '?';
	}
}

static void scrub_string(json_t *json)
{
	_cleanup_free_ char *text = strdup(json_string_value(json));

	if (!text)
		return;
	channel_scrub_text(text);
	json_string_set_nocheck(json, text);
}

void channel_scrub(json_t *json)
{
	if (json_is_string(json))
		scrub_string(json);
	for (size_t i = 0; i < json_array_size(json); i++)
		channel_scrub(json_array_get(json, i));
	for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at))
		channel_scrub(json_object_iter_value(at));
}
