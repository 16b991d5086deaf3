/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of an entry: attributes (4), length of the device path (2), label
 * (UTF-16LE, with its NUL), device path, data for the loader.  A node of a device
 * path is its type, subtype, length (2), and contents (UEFI 2.10, 10.3).
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "efi.h"

enum {
	LOAD_OPTION_ACTIVE = 1,
	HEAD = 6,
	NODE_HEAD = 4,
	NODE_MESSAGING = 3,
	NODE_MEDIA = 4,
	NODE_END = 0x7f,
	MESSAGING_MAC = 11,
	MEDIA_HARD_DRIVE = 1,
	MEDIA_FILE = 4,
	HARD_DRIVE_SIZE = 42,
	TABLE_GPT = 2,
	SIGNATURE_GUID = 2,
};

static uint64_t little(const unsigned char *p, int bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | p[bytes];
	return n;
}

/* UTF-16LE up to its NUL or the end; returns the bytes that it took. */
static size_t text_parse(const unsigned char *p, size_t len, char *out, size_t max)
{
	size_t n = 0, i = 0;

	for (; i + 2 <= len; i += 2) {
		uint64_t c = little(p + i, 2);

		if (!c)
			break;
		if (n + 1 < max)
			out[n++] = (char)(c >= ' ' && c < 0x7f ? c : '?');
	}
	out[n] = 0;
	return i + 2 <= len ? i + 2 : len + 1;
}

/* RFC 9562: the first three fields of a GUID are little-endian in UEFI. */
static const int guid_bytes[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

static void guid_text(const unsigned char *raw, char out[EFI_GUID_TEXT])
{
	char *p = out;

	for (int i = 0; i < 16; i++)
		p += sprintf(p, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			     raw[guid_bytes[i]]);
}

static void guid_parse(const char *text, unsigned char raw[16])
{
	memset(raw, 0, 16);
	for (int digit = 0; *text && digit < 32; text++) {
		int c = tolower((unsigned char)*text);

		if (!isxdigit(c))
			continue;
		raw[guid_bytes[digit / 2]] |= (unsigned char)((isdigit(c) ? c - '0' : c - 'a' + 10)
							      << (digit % 2 ? 0 : 4));
		digit++;
	}
}

static void node_parse(const unsigned char *node, size_t size, struct efi_entry *entry)
{
	if (node[0] == NODE_MESSAGING && node[1] == MESSAGING_MAC)
		entry->network = true;
	if (node[0] != NODE_MEDIA)
		return;
	if (node[1] == MEDIA_FILE)
		text_parse(node + NODE_HEAD, size - NODE_HEAD, entry->loader,
			   sizeof(entry->loader));
	if (node[1] != MEDIA_HARD_DRIVE || size < HARD_DRIVE_SIZE || node[40] != TABLE_GPT ||
	    node[41] != SIGNATURE_GUID)
		return;
	entry->partition = (uint32_t)little(node + 4, 4);
	entry->start = little(node + 8, 8);
	entry->sectors = little(node + 16, 8);
	guid_text(node + 24, entry->guid);
}

int efi_entry_parse(const void *data, size_t len, struct efi_entry *entry)
{
	const unsigned char *p = data;
	size_t path, used;

	*entry = (struct efi_entry){ 0 };
	if (len < HEAD)
		return -EINVAL;
	entry->active = little(p, 4) & LOAD_OPTION_ACTIVE;
	path = little(p + 4, 2);
	used = text_parse(p + HEAD, len - HEAD, entry->label, sizeof(entry->label));
	if (used > len - HEAD || path > len - HEAD - used)
		return -EINVAL;
	p += HEAD + used;
	while (path >= NODE_HEAD && *p != NODE_END) {
		size_t size = little(p + 2, 2);

		if (size < NODE_HEAD || size > path)
			return -EINVAL;
		node_parse(p, size, entry);
		p += size;
		path -= size;
	}
	return 0;
}

static void add_little(struct buf *out, uint64_t n, int bytes)
{
	for (; bytes--; n >>= 8)
		buf_addc(out, (char)(n & 0xff));
}

static void add_text(struct buf *out, const char *s)
{
	do
		add_little(out, (unsigned char)*s, 2);
	while (*s++);
}

static void add_node(struct buf *out, int type, int subtype, size_t contents)
{
	add_little(out, (uint64_t)type, 1);
	add_little(out, (uint64_t)subtype, 1);
	add_little(out, NODE_HEAD + contents, 2);
}

/* The short form, from the partition on (UEFI 2.10, 3.1.2): the disk may change its port. */
void efi_entry_build(const struct efi_entry *entry, struct buf *out)
{
	size_t name = 2 * (strlen(entry->loader) + 1);
	unsigned char guid[16];

	guid_parse(entry->guid, guid);
	add_little(out, LOAD_OPTION_ACTIVE, 4);
	add_little(out, HARD_DRIVE_SIZE + NODE_HEAD + name + NODE_HEAD, 2);
	add_text(out, entry->label);
	add_node(out, NODE_MEDIA, MEDIA_HARD_DRIVE, HARD_DRIVE_SIZE - NODE_HEAD);
	add_little(out, entry->partition, 4);
	add_little(out, entry->start, 8);
	add_little(out, entry->sectors, 8);
	buf_add(out, guid, sizeof(guid));
	add_little(out, TABLE_GPT, 1);
	add_little(out, SIGNATURE_GUID, 1);
	add_node(out, NODE_MEDIA, MEDIA_FILE, name);
	add_text(out, entry->loader);
	add_node(out, NODE_END, 0xff, 0);
}
