/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seed the state volume: what of the new system can be written.
 *
 *	etc/upper, etc/work   the overlay over the image's /etc
 *	var, root, home       as the image has them, then the system's own
 *
 * The new system is put together at EXEC_ROOT as it will be when it runs, and
 * the plan's files are written there.  Secrets and the machine-id are the only
 * things that are not in the plan.
 */
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "draft.h"
#include "exec.h"
#include "socle/cleanup.h"

enum { COPY_TIMEOUT = 600, SHADOW_MAX = 1 << 20 };

void seed_state_describe(const json_t *args, struct buf *out)
{
	buf_addf(out, "put /etc, /var, /root, /home, /srv and /opt on %s, and write %zu files",
		 arg_string(args, "state"), json_array_size(json_object_get(args, "files")));
}

/* The folders of the state volume that replace those of the image. */
static const struct {
	const char *name;
	mode_t mode;
} folders[] = {
	{ "var", 0755 }, { "root", 0700 }, { "home", 0755 }, { "srv", 0755 }, { "opt", 0755 }
};

static int copy_folder(struct exec *x, size_t i, struct err *e)
{
	char from[64], to[64];
	int ret;

	snprintf(from, sizeof(from), EXEC_ROOT "/%s/.", folders[i].name);
	snprintf(to, sizeof(to), EXEC_STATE "/%s", folders[i].name);
	ret = fs_mkdirs(to, folders[i].mode, e);
	if (ret == 0)
		ret = exec_cmd(x, COPY_TIMEOUT, e, "cp", "-a", from, to);
	if (ret == 0 && chmod(to, folders[i].mode) < 0)
		ret = err_sys(e, -errno, "%s", to);
	return ret;
}

static int mount_folder(struct exec *x, size_t i, struct err *e)
{
	char from[64], to[64];

	snprintf(from, sizeof(from), EXEC_STATE "/%s", folders[i].name);
	snprintf(to, sizeof(to), EXEC_ROOT "/%s", folders[i].name);
	return exec_mount(x, from, to, NULL, MS_BIND, NULL, e);
}

/* The image, read-only, with the state volume's folders over it. */
int exec_mount_system(struct exec *x, const json_t *args, struct err *e)
{
	char device[DEVICE_PATH];
	int ret;

	if (exec_is_mounted(x, EXEC_ROOT "/home"))
		return 0;
	ret = exec_mount_state(x, args, e);
	if (ret == 0)
		ret = exec_partition(x, args, device, e);
	if (ret == 0)
		ret = fs_mkdirs(EXEC_ROOT, 0755, e);
	if (ret == 0)
		ret = exec_mount(x, device, EXEC_ROOT, "squashfs", MS_RDONLY, NULL, e);
	if (ret == 0)
		ret = fs_mkdirs(EXEC_STATE "/etc/upper", 0755, e);
	if (ret == 0)
		ret = fs_mkdirs(EXEC_STATE "/etc/work", 0700, e);
	for (size_t i = 0; i < ARRAY_SIZE(folders) && ret == 0; i++)
		ret = copy_folder(x, i, e);
	if (ret == 0)
		ret = exec_mount(x, "overlay", EXEC_ROOT "/etc", "overlay", 0,
				 "lowerdir=" EXEC_ROOT "/etc,upperdir=" EXEC_STATE
				 "/etc/upper,workdir=" EXEC_STATE "/etc/work",
				 e);
	for (size_t i = 0; i < ARRAY_SIZE(folders) && ret == 0; i++)
		ret = mount_folder(x, i, e);
	return ret;
}

static int make_parent(const char *path, mode_t mode, struct err *e)
{
	char parent[PATH_MAX];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	*slash = 0;
	return fs_mkdirs(parent, mode, e);
}

static int make_link(const char *path, const char *target, struct err *e)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "%s", path);
	return symlink(target, path) < 0 ? err_sys(e, -errno, "%s", path) : 0;
}

static int write_file(const json_t *file, struct err *e)
{
	const char *link = arg_string(file, "link"), *text = arg_string(file, "text");
	mode_t mode = (mode_t)strtoul(arg_string(file, "mode"), NULL, 8);
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), EXEC_ROOT "/%.1024s", arg_string(file, "path"));
	/* The folder of a secret is one too, as sshd wants it. */
	ret = make_parent(path, *link || mode & 077 ? 0755 : 0700, e);
	if (ret < 0)
		return ret;
	return *link ? make_link(path, link, e) : fs_write(path, text, strlen(text), mode, e);
}

int exec_hash(const char *word, bool crypted, char **out, struct err *e)
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data *data;
	const char *hash;

	if (crypted) {
		*out = strdup(word);
		return *out ? 0 : err_sys(e, -ENOMEM, "password");
	}
	data = calloc(1, sizeof(*data));
	if (!data || !crypt_gensalt_rn("$y$", 0, NULL, 0, salt, sizeof(salt))) {
		free(data);
		return err_set(e, -EIO, "password: no salt");
	}
	hash = crypt_r(word, salt, data);
	*out = hash && *hash != '*' ? strdup(hash) : NULL;
	explicit_bzero(data, sizeof(*data));
	free(data);
	return *out ? 0 : err_set(e, -EIO, "the password cannot be hashed");
}

/* What the shadow file gets: the hash as given, one of the word as given, or "*". */
static int root_hash(const struct answers *a, char **out, struct err *e)
{
	bool none = !a->root_password || !*a->root_password || a->root_locked;
	int ret = exec_hash(none ? "*" : a->root_password, none || a->root_crypted, out, e);

	return ret < 0 ? err_wrap(e, "root") : 0;
}

/* The image's shadow file with another first line. */
static int shadow_text(const char *old, const char *hash, struct buf *out, struct err *e)
{
	const char *rest = strncmp(old, "root:", 5) == 0 ? strchr(old + 5, ':') : NULL;
	const char *more;

	if (!rest || strpbrk(hash, ":\n"))
		return err_set(e, -EINVAL, "/etc/shadow of the image does not begin with root");
	/* The second field after the hash is the day of the last change. */
	more = strchr(rest + 1, ':');
	buf_addf(out, "root:%s:%lld%s", hash, (long long)time(NULL) / 86400, more ? more : "\n");
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "shadow");
}

static int write_shadow(const struct answers *a, struct err *e)
{
	static const char path[] = EXEC_ROOT "/etc/shadow";
	struct buf old = BUF_INIT, text = BUF_INIT;
	char *hash = NULL;
	struct stat st;
	int ret = fs_read(path, SHADOW_MAX, &old, e);

	if (ret == 0 && stat(path, &st) < 0)
		ret = err_sys(e, -errno, "%s", path);
	if (ret == 0)
		ret = root_hash(a, &hash, e);
	if (ret == 0)
		ret = shadow_text(old.s, hash, &text, e);
	if (ret == 0)
		ret = fs_write(path, text.s, text.len, st.st_mode & 07777, e);
	if (ret == 0 && chown(path, st.st_uid, st.st_gid) < 0)
		ret = err_sys(e, -errno, "%s", path);
	free(hash);
	buf_clear(&old);
	buf_clear(&text);
	return ret;
}

/* machine-id(5): 128 random bits; two hosts must never share one. */
static int write_machine_id(struct err *e)
{
	unsigned char raw[16];
	char text[34];

	if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
		return err_sys(e, -errno, "machine-id");
	raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
	raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", raw[i]);
	text[32] = '\n';
	return fs_write(EXEC_ROOT "/etc/machine-id", text, 33, 0444, e);
}

int seed_state_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *files = json_object_get(args, "files");
	size_t i;
	int ret = exec_mount_system(x, args, e);

	for (i = 0; i < json_array_size(files); i++)
		if (ret == 0)
			ret = write_file(json_array_get(files, i), e);
	if (ret == 0)
		ret = write_shadow(x->answers, e);
	if (ret == 0)
		ret = write_machine_id(e);
	return ret;
}
