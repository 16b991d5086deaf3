/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table as JSON, for this host and for who has the token of STATE/api-token.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"
#include "socle/cleanup.h"

static bool may_ask(const struct request *r)
{
	const char *value = request_header(r, MHD_HTTP_HEADER_AUTHORIZATION);

	return r->peer == r->n->link.address ||
	       (value && strlen(value) == 7 + HEX_ID_SIZE - 1 &&
		strncmp(value, "Bearer ", 7) == 0 &&
		CRYPTO_memcmp(value + 7, r->n->api_token, HEX_ID_SIZE - 1) == 0);
}

enum MHD_Result answer_api(struct request *r)
{
	_cleanup_json_ json_t *list = NULL;
	_cleanup_free_ char *text = NULL;
	struct err e = { 0 };

	if (!may_ask(r))
		return reply_line(r, MHD_HTTP_UNAUTHORIZED,
				  "the token of STATE/api-token is needed");
	if (strcmp(r->rest, "machines") != 0)
		return reply_line(r, MHD_HTTP_NOT_FOUND, "not found");
	list = server_list(r->n, &e);
	if (!list)
		return reply_line(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s", err_text(&e));
	text = json_dumps(list, JSON_INDENT(1) | JSON_SORT_KEYS);
	return text ? reply(r, MHD_HTTP_OK, "application/json", text, strlen(text)) : MHD_NO;
}
