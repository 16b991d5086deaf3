/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lexer: one line of a kickstart file into words, as Python's shlex in POSIX
 * mode does it, which is what pykickstart uses: words are parted by blanks;
 * '…' is literal; in "…" a backslash escapes only " and itself; outside of
 * quotes it escapes any character; # begins a comment, also inside a word.
 *
 * Columns count bytes from 1.
 */
#ifndef KS_LEX_H
#define KS_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum {
	KS_LINE_MAX = 64 << 10, /* bytes of a line outside of scripts */
	KS_WORDS_MAX = 256,	/* words of a line */
};

struct ks_word {
	const char *text;
	unsigned int column;
};

struct ks_words {
	struct ks_word word[KS_WORDS_MAX];
	size_t count;
	const char *fault;	   /* why the line is no list of words, or NULL */
	bool no_text;		   /* the fault is that the file is no text at all */
	unsigned int fault_column; /* where */
	unsigned int hash_column;  /* of a # that cut a word short, or 0 */
	char text[KS_LINE_MAX + 2];
};

/* Split a line, without its line end, into words; faults are told in w. */
void lex_line(struct ks_words *w, const char *line, size_t len);

#endif
