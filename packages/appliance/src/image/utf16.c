/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "private.h"

static size_t put(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

void utf16_file_name(const void *text, size_t bytes, bool big, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i + 2 <= bytes && n + 5 <= size; i += 2) {
		uint32_t c = big ? get_be16(text, i) : get_le16(text, i);

		if (c == 0)
			break;
		if (c >> 10 == 0x36 && i + 4 <= bytes) { /* the first of a pair */
			uint32_t low = big ? get_be16(text, i + 2) : get_le16(text, i + 2);

			if (low >> 10 == 0x37) {
				c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
				i += 2;
			}
		}
		if (c >> 11 == 0x1b) /* half a pair */
			c = '?';
		n += put(out + n, c);
		if (c == '\\' || c == '/')
			n = 0;
	}
	out[n] = 0;
}
