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

/* What is kept, with the numbers that are not kept each time. */
static int machines_now(const struct request *r, json_t **out, struct err *e)
{
	struct netboot *n = r->n;
	json_t *item;
	size_t i;
	int ret = netboot_list(n->config.state, out, e);

	json_array_foreach(ret == 0 ? *out : NULL, i, item)
	{
		const char *mac = json_string_value(json_object_get(item, "mac"));
		const struct machine *m = *mac ? machines_by_mac(&n->machines, mac) : NULL;
		_cleanup_json_ json_t *now = m ? machine_json(m) : NULL;

		if (now)
			json_object_update_existing(item, now);
	}
	return ret;
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
	if (machines_now(r, &list, &e) < 0)
		return reply_line(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s", err_text(&e));
	text = json_dumps(list, JSON_INDENT(1) | JSON_SORT_KEYS);
	return text ? reply(r, MHD_HTTP_OK, "application/json", text, strlen(text)) : MHD_NO;
}
