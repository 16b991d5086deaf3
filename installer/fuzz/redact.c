/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a log that is blanked, and as a URL with names in braces.
 */
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "send.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The contract: what was blanked once has nothing more to blank. */
static void check_redact(const char *text, size_t len)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;

	buf_add(&once, text, len);
	bundle_redact(&once);
	buf_add(&twice, once.s, once.len);
	bundle_redact(&twice);
	if (once.len != twice.len || memcmp(once.s, twice.s, once.len) != 0)
		abort();
	buf_clear(&once);
	buf_clear(&twice);
}

/* The contract: values cannot leave their place in a URL or a path. */
static void check_expand(const char *text)
{
	char *path = send_expand("/logs/{serial}", &(struct send_names){ .serial = text }, true);
	char *url = send_expand("{uuid}", &(struct send_names){ .uuid = text }, false);

	if (!path || strchr(path + 6, '/') || !url || strpbrk(url, "/?#@ \n"))
		abort();
	free(path);
	free(url);
	free(send_expand(text, &(struct send_names){ 0 }, false));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = strndup((const char *)data, len);

	if (!text)
		return 0;
	check_redact((const char *)data, len);
	check_expand(text);
	free(text);
	return 0;
}
