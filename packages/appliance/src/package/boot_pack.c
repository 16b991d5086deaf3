/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * struct boot between two processes of the same program: its bytes in hexadecimal,
 * checked on arrival.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "socle/cleanup.h"

json_t *boot_pack(const struct boot *b)
{
	const unsigned char *bytes = (const unsigned char *)b;
	_cleanup_free_ char *hex = malloc(2 * sizeof(*b) + 1);

	if (!hex)
		return NULL;
	for (size_t i = 0; i < sizeof(*b); i++) {
		hex[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	hex[2 * sizeof(*b)] = '\0';
	return json_string(hex);
}

static int digit(char c)
{
	const char *at = c ? strchr("0123456789abcdef", c) : NULL;

	return at ? (int)(at - "0123456789abcdef") : -1;
}

/* A text that ends, and acts on no terminal. */
static bool text_fine(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return len < size;
}

/* What is a bool must be 0 or 1 before it is looked at as one. */
static bool flag_fine(const bool *flag)
{
	unsigned char byte;

	memcpy(&byte, flag, 1);
	return byte <= 1;
}

static bool fine(const struct boot *b)
{
	unsigned int n = b->n_parts < BOOT_PARTS ? b->n_parts : BOOT_PARTS;
	unsigned int table;

	memcpy(&table, &b->table, sizeof(table));
	if (table > BOOT_TABLE_GPT || !text_fine(b->loader, sizeof(b->loader)) ||
	    !text_fine(b->fs, sizeof(b->fs)) || !text_fine(b->label, sizeof(b->label)) ||
	    !text_fine(b->efi_dirs, sizeof(b->efi_dirs)) || !flag_fine(&b->esp))
		return false;
	for (unsigned int i = 0; i < n; i++) {
		const struct boot_part *p = &b->parts[i];

		if (!text_fine(p->fs, sizeof(p->fs)) || !text_fine(p->label, sizeof(p->label)) ||
		    !flag_fine(&p->esp) || !flag_fine(&p->active) || !flag_fine(&p->bios_boot))
			return false;
	}
	return true;
}

int boot_unpack(const json_t *json, struct boot *b, struct err *e)
{
	const char *hex = json_string_value(json);
	unsigned char *bytes = (unsigned char *)b;

	if (!hex || strlen(hex) != 2 * sizeof(*b))
		return err_set(e, -EBADMSG, "what a disk boots from is not understood");
	for (size_t i = 0; i < sizeof(*b); i++) {
		int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return err_set(e, -EBADMSG, "what a disk boots from is not understood");
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return fine(b) ? 0 : err_set(e, -EBADMSG, "what a disk boots from is not sound");
}
