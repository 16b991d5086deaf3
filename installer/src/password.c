/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A password that is typed: its hash, and how hard it is to guess.
 */
#include <crypt.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "draft.h"
#include "ui_kickstart.h"

int password_hash(const char *word, char hash[CHOICE_LINE], struct err *e)
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *made = NULL;

	if (data && crypt_gensalt_rn("$y$", 0, NULL, 0, salt, sizeof(salt)))
		made = crypt_r(word, salt, data);
	if (made && *made != '*' && strlen(made) < CHOICE_LINE)
		snprintf(hash, CHOICE_LINE, "%s", made);
	else
		made = NULL;
	if (data)
		explicit_bzero(data, sizeof(*data));
	free(data);
	return made ? 0 : err_set(e, -EIO, "the password cannot be hashed");
}

/* The heads of every list of passwords that were guessed. */
static const char *const common[] = {
	"password", "passw0rd", "123456", "qwerty",   "letmein", "welcome", "admin",  "root",
	"changeme", "secret",	"abc123", "iloveyou", "socle",	 "server",  "oracle", "ovsroot",
};

/* Bytes that are not the one before them, or next to it: "aaaa" and "1234" are one each. */
static size_t turns(const char *word)
{
	size_t n = 0;

	for (size_t i = 0; word[i]; i++)
		n += !i || abs(word[i] - word[i - 1]) > 1;
	return n;
}

static unsigned int kinds(const char *word)
{
	unsigned int seen = 0;

	for (; *word; word++)
		seen |= islower((unsigned char)*word)	? 1U
			: isupper((unsigned char)*word) ? 2U
			: isdigit((unsigned char)*word) ? 4U
							: 8U;
	return (unsigned int)__builtin_popcount(seen);
}

int password_strength(const char *word, const char **why)
{
	size_t len = strlen(word), worth = turns(word);

	*why = "";
	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (strcasestr(word, common[i]) && len < strlen(common[i]) + 6) {
			*why = "it is on every list that is tried first";
			return 0;
		}
	if (len < 8) {
		*why = "it has less than 8 characters";
		return 0;
	}
	if (worth < 6) {
		*why = "it is a run of the same or of neighbours";
		return 0;
	}
	/* Four words are as good as a dozen of mixed characters. */
	worth += 2 * (size_t)kinds(word);
	return worth < 13 ? 1 : worth < 18 ? 2 : 3;
}
