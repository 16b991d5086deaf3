/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree that "make pxe" wrote: its list of files, and the templates of its menus.
 *
 * Only what tree.json lists is ever given to anybody.
 */
#ifndef NETBOOT_TREE_H
#define NETBOOT_TREE_H

#include <stdint.h>

#include "socle/buf.h"
#include "socle/fs.h"

enum { TREE_FILES_MAX = 256, TREE_NAME_SIZE = 128, MENU_MAX = 1 << 16 };

struct tree_file {
	char name[TREE_NAME_SIZE]; /* "socle/vmlinuz" */
	uint64_t size;
	char sha256[SHA256_HEX];
	bool tftp; /* of the first stage */
};

enum tree_menu { MENU_PXELINUX, MENU_GRUB, MENU_IPXE, MENUS };
enum tree_boot { BOOT_BIOS, BOOT_UEFI, BOOT_HTTP, BOOT_IPXE, BOOTS };

struct tree {
	int fd;			/* of the folder */
	struct tree_file *file; /* by name */
	size_t count;
	char boot[BOOTS][TREE_NAME_SIZE];
	struct buf menu[MENUS]; /* their templates */
};

/*
 * Read tree.json and the menus, and look whether all files are there with the
 * sizes they should have.  t: uninitialised; cleared by the caller also after an
 * error, which a tree of another version is, too.
 */
int tree_open(struct tree *t, const char *folder, const char *version, struct err *e) __must_check;
void tree_clear(struct tree *t); /* idempotent; of one that was opened */

const struct tree_file *tree_find(const struct tree *t, const char *name);

/* Open a file of the list for reading. */
int tree_file_open(const struct tree *tree, const struct tree_file *f, struct err *e) __must_check;

/* What is filled into a menu; all of it is plain text without quotes. */
struct menu_words {
	const char *server; /* "192.0.2.1:8080" */
	const char *entry;  /* "install", "local" … */
	const char *timeout;
	const char *args; /* more arguments of the installer's kernel */
};

/* A menu with its words.  -EINVAL when a value could end a string or a line there. */
int menu_fill(const struct buf *menu, const struct menu_words *w, struct buf *out,
	      struct err *e) __must_check;

#endif
