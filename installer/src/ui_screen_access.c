/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may come in: root's password, and keys of ssh.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installer/ks_source.h"
#include "ui_screens.h"

enum { FETCH_SECONDS = 15 };

struct fields {
	newtComponent first, second, ssh, strength;
};

static const char *const words[] = { "too weak", "weak", "fair", "good" };

/* The label follows what is typed; newt asks before the key is taken. */
static int typed(newtComponent entry, void *data, int ch, int cursor)
{
	struct fields *e = data;
	const char *now = newtEntryGetValue(entry), *why;
	size_t len = strlen(now), at = cursor < 0 ? 0 : (size_t)cursor;
	char word[CHOICE_LINE] = "", label[80];

	if (len + 2 > sizeof(word) || at > len)
		return ch;
	if (ch >= ' ' && ch <= '~')
		snprintf(word, sizeof(word), "%.*s%c%s", (int)at, now, ch, now + at);
	else if (ch == NEWT_KEY_BKSPC && at)
		snprintf(word, sizeof(word), "%.*s%s", (int)at - 1, now, now + at);
	else
		snprintf(word, sizeof(word), "%s", now);
	snprintf(label, sizeof(label), "%-9s", *word ? words[password_strength(word, &why)] : "");
	newtLabelSetText(e->strength, label);
	explicit_bzero(word, sizeof(word));
	return ch;
}

/* What is against the two words; NULL: nothing. */
static const char *against(const char *one, const char *two)
{
	if (strcmp(one, two) != 0)
		return "The two are not the same. Type the password twice.";
	for (const char *s = one; *s; s++)
		if (*s < ' ' || *s > '~')
			return "Use letters, digits and signs that every keyboard has.";
	return strlen(one) > 200 ? "It is too long." : NULL;
}

/* 1: take it, 0: type another, -1: the terminal is gone. */
static int accept(const char *word)
{
	const char *why;
	char text[256];

	if (password_strength(word, &why) > 0)
		return 1;
	snprintf(text, sizeof(text), "This password is weak: %s. Use it nevertheless?", why);
	return form_ask("Root password", text, "Use it", "Type another");
}

static enum ui_go take_password(struct screens *u, const char *one, const char *two)
{
	const char *why = against(one, two);
	struct err e = { 0 };
	int take;

	if (why)
		return form_ask("Root password", why, "Close", NULL) < 0 ? UI_LOST : UI_AGAIN;
	/* Nothing typed: what was there stays. */
	if (!*one && *u->choices.root_hash)
		return UI_NEXT;
	if (!*one)
		take = form_ask("Root password",
				"Without a password root comes in only over ssh, by a key that "
				"is given on the next screen, and never at the console.",
				"No password", "Type one");
	else
		take = accept(one);
	if (take <= 0)
		return take < 0 ? UI_LOST : UI_AGAIN;
	if (*one && password_hash(one, u->choices.root_hash, &e) < 0)
		return form_ask("Root password", err_text(&e), "Close", NULL) < 0 ? UI_LOST
										  : UI_AGAIN;
	return UI_NEXT;
}

SCREEN(password)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	struct fields e;
	char one[CHOICE_LINE] = "", two[CHOICE_LINE] = "";
	struct form f;
	enum form_end end;
	enum ui_go go;

	(void)to;
	form_open(&f, step->title, step->help,
		  *c->root_hash ? "A password is set. Leave both fields empty to keep it, or type "
				  "another, twice."
				: "The password of root. It is typed twice, and not shown.");
	e.first = form_entry(&f, "Password", 14, "", 36, NEWT_FLAG_PASSWORD);
	e.strength = newtLabel(54, f.row - 1, "          ");
	form_add(&f, e.strength);
	e.second = form_entry(&f, "Once more", 14, "", 36, NEWT_FLAG_PASSWORD);
	f.row++;
	e.ssh = newtCheckbox(14, f.row, "it lets root in over ssh, too", c->root_ssh ? '*' : ' ',
			     NULL, NULL);
	form_add(&f, e.ssh);
	newtEntrySetFilter(e.first, typed, &e);
	form_buttons(&f, "Next", "Back", NULL);
	end = form_run(&f);
	if (end != FORM_LOST) {
		/* Blanks at its ends are part of a password. */
		snprintf(one, sizeof(one), "%s", newtEntryGetValue(e.first));
		snprintf(two, sizeof(two), "%s", newtEntryGetValue(e.second));
		c->root_ssh = newtCheckboxGetValue(e.ssh) == '*';
	}
	form_close(&f);
	go = end == FORM_NEXT ? take_password(u, one, two) : screens_go(end);
	explicit_bzero(one, sizeof(one));
	explicit_bzero(two, sizeof(two));
	return go;
}

static bool key_good(const char *key)
{
	char line[CHOICE_KEY + 64];

	if (strpbrk(key, "\"\\") || (strncmp(key, "ssh-", 4) != 0 &&
				     strncmp(key, "ecdsa-", 6) != 0 && strncmp(key, "sk-", 3) != 0))
		return false;
	snprintf(line, sizeof(line), "sshkey --username=root \"%s\"\n", key);
	return strchr(key, ' ') && choices_can(line);
}

/* Add each line that is a key; how many were. */
static unsigned int add_lines(struct choices *c, char *text)
{
	unsigned int added = 0;
	char *save = NULL;

	for (char *s = strtok_r(text, "\r\n", &save); s; s = strtok_r(NULL, "\r\n", &save)) {
		s += strspn(s, " \t");
		if (c->key_count == CHOICE_KEYS || strlen(s) >= CHOICE_KEY || !key_good(s))
			continue;
		snprintf(c->keys[c->key_count++], CHOICE_KEY, "%s", s);
		added++;
	}
	return added;
}

static unsigned int fetch(struct choices *c, const char *url, struct err *e)
{
	struct ks_request r = KS_REQUEST_INIT;
	struct buf text = BUF_INIT;
	struct form wait;
	unsigned int added = 0;

	form_wait(&wait, "Fetching the keys...");
	r.seconds = FETCH_SECONDS;
	r.source = strdup(url);
	if (r.source && ks_request_read(&r, &text, e) == 0) {
		added = add_lines(c, text.s);
		if (!added)
			err_set(e, -1, "there is no public key in it");
	}
	ks_request_clear(&r);
	buf_clear(&text);
	form_close(&wait);
	return added;
}

/* A key that was pasted, or the address of some. */
static enum ui_go add(struct screens *u, char *text)
{
	struct err e = { 0 };
	unsigned int added;

	if (u->choices.key_count == CHOICE_KEYS)
		err_set(&e, -1, "There is no room for more keys here.");
	added = ks_source_is_url(text) ? fetch(&u->choices, text, &e)
				       : add_lines(&u->choices, text);
	if (added)
		return UI_AGAIN;
	return form_ask("SSH keys",
			e.code ? err_text(&e)
			       : "This is no public key. It is one line, and begins with its kind, "
				 "as in: ssh-ed25519 AAAA... name",
			"Close", NULL) < 0
		       ? UI_LOST
		       : UI_AGAIN;
}

/* "ssh-ed25519 ...last digits name" */
static void key_row(const char *key, char *row, size_t len)
{
	const char *blob = strchr(key, ' ');
	const char *name = blob ? strchr(blob + 1, ' ') : NULL;
	size_t n = blob ? strcspn(blob + 1, " ") : 0;
	char line[CHOICE_KEY + 64];

	snprintf(line, sizeof(line), "%.*s ...%.12s  %s", (int)strcspn(key, " "), key,
		 n > 12 ? blob + 1 + n - 12 : "", name ? name + 1 : "");
	line[strcspn(line, " ") + 1 + 3 + 12 + 2 + 48] = 0;
	form_fit(line, FORM_WIDTH - 4, row, len);
}

static void remove_key(struct choices *c, unsigned int at)
{
	if (at >= c->key_count)
		return;
	memmove(c->keys[at], c->keys[at + 1], sizeof(c->keys[0]) * (c->key_count - at - 1));
	c->key_count--;
}

static enum ui_go leave_keys(struct screens *u)
{
	if (*u->choices.root_hash || u->choices.key_count)
		return UI_NEXT;
	switch (form_ask("SSH keys",
			 "Without a password and without a key nobody could log in. Give one of "
			 "them.",
			 "A key", "A password")) {
	case 1:
		return UI_AGAIN;
	case 0:
		return UI_BACK;
	default:
		return UI_LOST;
	}
}

SCREEN(keys)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	newtComponent entry, list;
	char text[CHOICE_KEY], row[FORM_WIDTH + 1];
	struct form f;
	enum form_end end;
	unsigned int at;

	(void)to;
	form_open(&f, step->title, step->help,
		  "Public keys that let root in over ssh. Paste one and press Enter, or type the "
		  "address (http://, https://) of a file of them. With an empty line, Enter goes "
		  "on.");
	entry = form_entry(&f, "Key", 6, "", FORM_WIDTH - 8, 0);
	f.row++;
	form_label(&f, 1, f.row++, c->key_count ? "Given so far:" : "None was given so far.");
	list = form_list(&f, 1, FORM_WIDTH - 2, c->key_count, 0);
	for (unsigned int i = 0; i < c->key_count; i++) {
		key_row(c->keys[i], row, sizeof(row));
		newtListboxAppendEntry(list, row, c->keys[i]);
	}
	newtComponentTakesFocus(list, c->key_count > 0);
	if (c->key_count)
		form_buttons(&f, "Next", "Back", "Remove", NULL);
	else
		form_buttons(&f, "Next", "Back", NULL);
	end = form_run(&f);
	if (end != FORM_LOST)
		screens_take(entry, text, sizeof(text));
	at = c->key_count
		     ? (unsigned int)((char(*)[CHOICE_KEY])newtListboxGetCurrent(list) - c->keys)
		     : 0;
	form_close(&f);
	if (end == FORM_MORE)
		remove_key(c, at);
	if (end == FORM_NEXT)
		return *text ? add(u, text) : leave_keys(u);
	return screens_go(end);
}
