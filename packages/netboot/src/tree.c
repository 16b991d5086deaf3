/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netboot/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "socle/cleanup.h"

enum { INDEX_MAX = 1 << 20 };

static const char *const boot_names[BOOTS] = {
	[BOOT_BIOS] = "bios",
	[BOOT_UEFI] = "uefi",
	[BOOT_HTTP] = "http",
	[BOOT_IPXE] = "ipxe",
};

static const char *const menu_names[MENUS] = {
	[MENU_PXELINUX] = "pxelinux",
	[MENU_GRUB] = "grub",
	[MENU_IPXE] = "ipxe",
};

static int open_beneath(int folder, const char *name)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int tree_file_open(const struct tree *tree, const struct tree_file *f, struct err *e)
{
	_cleanup_close_ int fd = open_beneath(tree->fd, f->name);
	struct stat st;

	if (fd < 0)
		return err_sys(e, fd, "%s", f->name);
	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s", f->name);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != f->size)
		return err_set(e, -EIO, "%s: not of %ju bytes, as tree.json says", f->name,
			       (uintmax_t)f->size);
	return take_fd(fd);
}

/* A path that stays below, and that a URL, a menu and dnsmasq take as it is. */
static bool name_ok(const char *name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/+";

	return *name && *name != '/' && strlen(name) < TREE_NAME_SIZE && !strstr(name, "..") &&
	       !strstr(name, "//") && !name[strspn(name, plain)];
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct tree_file *)a)->name, ((const struct tree_file *)b)->name);
}

const struct tree_file *tree_find(const struct tree *t, const char *name)
{
	struct tree_file key = { 0 };

	if (strlen(name) >= TREE_NAME_SIZE)
		return NULL;
	strcpy(key.name, name);
	return bsearch(&key, t->file, t->count, sizeof(key), by_name);
}

static int take_files(struct tree *t, const json_t *files, struct err *e)
{
	const json_t *file;
	size_t i, n = json_array_size(files);

	if (!n || n > TREE_FILES_MAX)
		return err_set(e, -EINVAL, "files: from 1 to %d", TREE_FILES_MAX);
	t->file = calloc(n, sizeof(struct tree_file));
	if (!t->file)
		return err_sys(e, -ENOMEM, "files");
	json_array_foreach(files, i, file)
	{
		const char *name = json_string_value(json_object_get(file, "name")),
			   *sum = json_string_value(json_object_get(file, "sha256"));
		json_int_t size = json_integer_value(json_object_get(file, "size"));

		if (!name || !name_ok(name) || !sum || strlen(sum) != SHA256_HEX - 1 ||
		    sum[strspn(sum, "0123456789abcdef")] || size < 0)
			return err_set(e, -EINVAL, "files: number %zu is malformed", i + 1);
		strcpy(t->file[i].name, name);
		strcpy(t->file[i].sha256, sum);
		t->file[i].size = (uint64_t)size;
		t->count = i + 1;
	}
	qsort(t->file, t->count, sizeof(struct tree_file), by_name);
	return 0;
}

static int take_tftp(struct tree *t, const json_t *names, struct err *e)
{
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name)
	{
		const char *text = json_string_value(name);
		const struct tree_file *f = text ? tree_find(t, text) : NULL;

		if (!f)
			return err_set(e, -EINVAL, "tftp: number %zu is no file of the tree",
				       i + 1);
		t->file[f - t->file].tftp = true;
	}
	return 0;
}

static int take_boot(struct tree *t, const json_t *boot, struct err *e)
{
	for (size_t i = 0; i < BOOTS; i++) {
		const char *name = json_string_value(json_object_get(boot, boot_names[i]));

		if (!name || !tree_find(t, name))
			return err_set(e, -EINVAL, "boot: \"%s\" is no file of the tree",
				       boot_names[i]);
		strcpy(t->boot[i], name);
	}
	return 0;
}

static int take_menus(struct tree *t, const json_t *menus, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < MENUS; i++) {
		const char *name = json_string_value(json_object_get(menus, menu_names[i]));
		const struct tree_file *f = name ? tree_find(t, name) : NULL;
		_cleanup_close_ int fd = -1;

		if (!f)
			return err_set(e, -EINVAL, "menus: \"%s\" is no file of the tree",
				       menu_names[i]);
		fd = tree_file_open(t, f, e);
		ret = fd < 0 ? fd : fs_read_regular_fd(fd, name, MENU_MAX, &t->menu[i], e);
	}
	return ret;
}

static int check_files(const struct tree *t, struct err *e)
{
	for (size_t i = 0; i < t->count; i++) {
		int fd = tree_file_open(t, &t->file[i], e);

		if (fd < 0)
			return fd;
		close(fd);
	}
	return 0;
}

static int check_version(const json_t *index, const char *version, struct err *e)
{
	const char *socle = json_string_value(json_object_get(index, "socle"));

	if (json_integer_value(json_object_get(index, "tree")) != 1 || !socle)
		return err_set(e, -EINVAL, "this program does not know such a tree");
	if (strcmp(socle, version) != 0)
		return err_set(e, -EINVAL, "a tree of Socle %.40s, and this program is of %s",
			       socle, version);
	return 0;
}

static int take_index(struct tree *t, const json_t *index, const char *version, struct err *e)
{
	int ret = check_version(index, version, e);

	if (ret == 0)
		ret = take_files(t, json_object_get(index, "files"), e);
	if (ret == 0)
		ret = take_tftp(t, json_object_get(index, "tftp"), e);
	if (ret == 0)
		ret = take_boot(t, json_object_get(index, "boot"), e);
	if (ret == 0)
		ret = check_files(t, e);
	if (ret == 0)
		ret = take_menus(t, json_object_get(index, "menus"), e);
	return ret;
}

static int no_tree(struct err *e)
{
	return err_set(e, -ENOENT,
		       "no tree.json there; 'make pxe' writes a tree, --tree DIR says where it is");
}

static int read_index(struct tree *t, const char *version, struct err *e)
{
	_cleanup_close_ int fd = open_beneath(t->fd, "tree.json");
	_cleanup_json_ json_t *index = NULL;
	struct buf text = BUF_INIT;
	json_error_t why;
	int ret;

	if (fd < 0)
		return fd == -ENOENT ? no_tree(e) : err_sys(e, fd, "tree.json");
	ret = fs_read_regular_fd(fd, "tree.json", INDEX_MAX, &text, e);
	if (ret == 0) {
		index = json_loadb(text.s, text.len, JSON_REJECT_DUPLICATES, &why);
		ret = index ? take_index(t, index, version, e)
			    : err_set(e, -EINVAL, "tree.json: line %d: %s", why.line, why.text);
	}
	buf_clear(&text);
	return ret;
}

int tree_open(struct tree *t, const char *folder, const char *version, struct err *e)
{
	int ret;

	*t = (struct tree){ .fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) };
	for (size_t i = 0; i < MENUS; i++)
		t->menu[i] = BUF_INIT;
	if (t->fd >= 0)
		ret = read_index(t, version, e);
	else
		ret = errno == ENOENT ? no_tree(e) : err_sys(e, -errno, "it cannot be opened");
	return ret < 0 ? err_wrap(e, "tree %s", folder) : ret;
}

void tree_clear(struct tree *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	free(t->file);
	t->file = NULL;
	t->count = 0;
	for (size_t i = 0; i < MENUS; i++)
		if (t->menu[i].s)
			buf_clear(&t->menu[i]);
}

static bool value_ok(const char *value)
{
	for (; *value; value++)
		if (*value < ' ' || *value > '~' || strchr("\"'\\$@`;", *value))
			return false;
	return true;
}

int menu_fill(const struct buf *menu, const struct menu_words *w, struct buf *out, struct err *e)
{
	_cleanup_free_ char *url = NULL;
	struct {
		const char *word, *value;
	} words[] = { { "@URL@", NULL },       { "@SERVER@", w->server },   { "@PATH@", "" },
		      { "@ENTRY@", w->entry }, { "@TIMEOUT@", w->timeout }, { "@ARGS@", w->args } };
	const char *at = menu->s;
	size_t i, n = sizeof(words) / sizeof(words[0]);

	if (asprintf(&url, "http://%s", w->server) < 0)
		return err_sys(e, -ENOMEM, "menu");
	words[0].value = url;
	for (i = 0; i < n; i++)
		if (!value_ok(words[i].value))
			return err_set(e, -EINVAL, "menu: %.80s cannot stand in it",
				       words[i].value);
	while (*at) {
		const char *mark = strchrnul(at, '@');

		buf_add(out, at, (size_t)(mark - at));
		for (i = 0; i < n && strncmp(mark, words[i].word, strlen(words[i].word)) != 0; i++)
			;
		if (i < n)
			buf_adds(out, words[i].value);
		else if (*mark)
			buf_addc(out, '@');
		at = mark + (i < n ? strlen(words[i].word) : *mark ? 1 : 0);
	}
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "menu");
}
