/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An HTTP or HTTPS server on loopback, in a thread: it gives the replies of a
 * list, one to each connection, and keeps what was asked.
 */
#ifndef INSTALLER_TESTS_SERVER_H
#define INSTALLER_TESTS_SERVER_H

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper.h"

enum { SERVER_REPLIES = 4, SERVER_REQUEST = 4096 };

struct server {
	const char *reply[SERVER_REPLIES]; /* whole, with the head; "" hangs up */
	char request[SERVER_REPLIES][SERVER_REQUEST];
	size_t count; /* of the connections that were taken */
	SSL_CTX *tls; /* NULL: plain HTTP */
	int fd;
	int port;
	pthread_t thread;
};

#define REPLY(status, headers, body) \
	"HTTP/1.1 " status "\r\nConnection: close\r\n" headers "\r\n" body

struct conn {
	int fd;
	SSL *ssl;
};

static inline ssize_t conn_read(struct conn *c, char *data, size_t len)
{
	return c->ssl ? SSL_read(c->ssl, data, (int)len) : read(c->fd, data, len);
}

/* The head, and as much of a body as it announces. */
static inline bool conn_request(struct conn *c, char *text)
{
	size_t len = 0, want = 0;
	const char *body = NULL, *length;

	while (len < SERVER_REQUEST - 1 && (!body || len < want)) {
		ssize_t n = conn_read(c, text + len, SERVER_REQUEST - 1 - len);

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		body = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "\r\nContent-Length: ");
		want = body ? (size_t)(body + 4 - text) : 0;
		want += body && length ? strtoul(length + 18, NULL, 10) : 0;
	}
	return true;
}

static inline void server_answer(struct server *s, int fd)
{
	struct conn c = { .fd = fd };
	const char *reply = s->reply[s->count];
	bool ok = true;

	if (s->tls) {
		c.ssl = SSL_new(s->tls);
		SSL_set_fd(c.ssl, fd);
		ok = SSL_accept(c.ssl) == 1;
	}
	ok = ok && conn_request(&c, s->request[s->count]);
	s->count++;
	if (ok && *reply && c.ssl)
		SSL_write(c.ssl, reply, (int)strlen(reply));
	else if (ok && *reply && write(fd, reply, strlen(reply)) < 0)
		s->reply[0] = NULL;
	if (c.ssl && ok)
		SSL_shutdown(c.ssl);
	SSL_free(c.ssl);
	close(fd);
}

static inline void *server_run(void *arg)
{
	struct server *s = arg;
	int fd;

	while (s->count < SERVER_REPLIES && s->reply[s->count] &&
	       (fd = accept(s->fd, NULL, NULL)) >= 0)
		server_answer(s, fd);
	return NULL;
}

static inline void server_start(struct server *s)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);

	/* A client that has gone away ends its answer, not the test. */
	signal(SIGPIPE, SIG_IGN);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->fd, 4), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &len), 0);
	s->port = ntohs(a.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

static inline void server_stop(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	assert_int_equal(pthread_join(s->thread, NULL), 0);
	close(s->fd);
	SSL_CTX_free(s->tls);
	s->tls = NULL;
}

/* Make it speak TLS with a new key and a certificate by itself; hex: the key's fingerprint. */
static inline void server_tls(struct server *s, char hex[SHA256_HEX])
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *cert = X509_new();
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	assert_true(len > 0);
	sha256_mem(der, (size_t)len, hex);
	OPENSSL_free(der);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	s->tls = SSL_CTX_new(TLS_server_method());
	assert_non_null(s->tls);
	assert_int_equal(SSL_CTX_use_certificate(s->tls, cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(s->tls, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
}

#endif
