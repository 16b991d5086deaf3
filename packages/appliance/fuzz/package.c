/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a package, as from a file and as from a pipe: tar, zip, XVA, chunks, what is
 * compressed, what comes before its descriptor.
 */
#include "appliance/package.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "input/streams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READ_MAX = 4 << 20 }; /* of a part: what is compressed may be long */

static int read_part(struct package_part *part)
{
	char piece[65536];
	ssize_t n = 1;

	if (!part->in || !part->name || !part->href)
		return part->name ? 0 : -1;
	while (n > 0 && part->in->at < READ_MAX)
		n = input_read(part->in, piece, sizeof(piece), NULL);
	return n < 0 || part->in->at >= READ_MAX ? -1 : 0;
}

static void random_files(struct package *p)
{
	const struct model *m = package_model(p);
	struct input *in;
	char byte;

	for (size_t i = 0; m && i < m->n_files && i < 16; i++) {
		if (package_open_file(p, i, &in, NULL) < 0)
			continue;
		if (in->size && input_pread_full(in, &byte, 1, in->size - 1, NULL) < 0)
			abort(); /* what an input says of its size is so */
		input_free(in);
	}
}

static void walk(struct input *in)
{
	struct package_policy policy = { .allow_unverified = true };
	struct package_part part;
	struct package *p;
	json_t *verdict = NULL;
	struct err e = { 0 };
	int r;

	if (package_open(in, NULL, NULL, &p, &e) < 0) {
		if (!*e.text)
			abort();
		return;
	}
	while ((r = package_next(p, &part, &e)) > 0)
		if (read_part(&part) < 0)
			break;
	if (r < 0 && !*e.text)
		abort();
	if (r == 0 && package_check(p, &policy, &verdict, NULL) == 0)
		json_decref(verdict);
	if (package_random(p))
		random_files(p);
	package_free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input *in = input_memory(data, size, "fuzz.ova", NULL), *pipe;

	if (in)
		walk(in);
	in = input_memory(data, size, "fuzz.ova", NULL);
	pipe = in ? input_lend(in, NULL) : NULL;
	if (pipe)
		walk(pipe);
	input_free(in);
	return 0;
}
