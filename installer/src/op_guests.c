/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guests --keep: what tells of the guests on the state volume outlives it.
 *
 * At each moment one whole copy of it is on the disk, whatever ends the install: what lies on
 * "state" is read before the ESP is made, and is in a file on the new ESP before "state" is
 * made.  That file is removed when the new "state" has everything.  An install that finds it
 * first ends what the one before it has begun; the disk does not boot in between.
 */
#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "socle/cleanup.h"
#include "socle/proc.h"

#define IN_MEMORY EXEC_WORK "/guests.tar.zst"
#define ON_ESP	  EXEC_ESP "/socle/guests.tar.zst"

enum { TAR_TIMEOUT = 300, SAVED_MAX = 128 << 20 };

/* As they lie on the state volume: /etc there is the overlay's. */
static const char *const patterns[] = { "etc/upper/xen/*.cfg", "etc/upper/xen/auto",
					"var/lib/socle/guests" };

void save_guests_describe(const json_t *args, struct buf *out)
{
	(void)args;
	buf_adds(out, "read the guests' configurations, of /etc/xen and /var/lib/socle/guests");
}

/* Nobody's file system, as after a mkfs that was ended: there is nothing to be read. */
static bool is_blank(const char *device)
{
	blkid_probe pr = blkid_new_probe_from_filename(device);
	bool blank = pr && blkid_do_safeprobe(pr) == 1;

	blkid_free_probe(pr);
	return blank;
}

/* A name that the overlay has for a deleted file is a device. */
static bool is_kept(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 &&
	       (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode));
}

static int pack_paths(struct exec *x, const glob_t *found, struct err *e)
{
	static const char *const command[] = {
		"tar", "--zstd", "-C", EXEC_STATE, "-cf", IN_MEMORY
	};
	_cleanup_free_ const char **argv = calloc(ARRAY_SIZE(command) + found->gl_pathc + 1,
						  sizeof(*argv));
	size_t n = ARRAY_SIZE(command);
	struct stat st;
	int ret;

	if (!argv)
		return err_sys(e, -ENOMEM, "guests");
	memcpy(argv, command, sizeof(command));
	for (size_t i = 0; i < found->gl_pathc; i++)
		if (is_kept(found->gl_pathv[i]))
			argv[n++] = found->gl_pathv[i] + strlen(EXEC_STATE "/");
	if (n == ARRAY_SIZE(command))
		return 0;
	ret = exec_run(x, TAR_TIMEOUT, argv, e);
	if (ret == 0 && stat(IN_MEMORY, &st) < 0)
		ret = err_sys(e, -errno, IN_MEMORY);
	if (ret == 0 && st.st_size > SAVED_MAX)
		ret = err_set(e, -EFBIG, "the configurations of guests have more than %d MiB",
			      SAVED_MAX >> 20);
	return ret;
}

static int pack(struct exec *x, struct err *e)
{
	glob_t found = { 0 };
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(patterns) && ret == 0; i++) {
		char path[128];

		snprintf(path, sizeof(path), EXEC_STATE "/%s", patterns[i]);
		ret = glob(path, i ? GLOB_APPEND : 0, NULL, &found);
		if (ret == GLOB_NOMATCH)
			ret = 0;
		else if (ret)
			ret = err_set(e, -EIO, "%s cannot be read", path);
	}
	if (ret == 0)
		ret = pack_paths(x, &found, e);
	globfree(&found);
	return ret;
}

static int mount_state(struct exec *x, const json_t *args, struct err *e)
{
	int ret = fs_mkdirs(EXEC_STATE, 0700, e);

	return ret < 0 ? ret
		       : exec_mount(x, arg_string(args, "device"), EXEC_STATE, "ext4", MS_NOATIME,
				    NULL, e);
}

/* As the host does when it starts: what can be repaired without a decision is. */
static int read_state(struct exec *x, const json_t *args, struct err *e)
{
	const char *device = arg_string(args, "device");
	int ret;

	if (is_blank(device)) {
		exec_tell(x, EXEC_WARNING,
			  "\"state\" has no file system: there are no configurations of guests");
		return 0;
	}
	if (proc_cmd(NULL, "e2fsck", "-p", device, (char *)NULL) == 0)
		exec_tell(x, EXEC_OUTPUT, "\"state\" is clean");
	ret = mount_state(x, args, e);
	if (ret < 0)
		return err_wrap(e,
				"the configurations of guests cannot be read; repair it with "
				"\"e2fsck %s\", or give them up with \"wipefs -a %s\"",
				device, device);
	return pack(x, e);
}

/* The file's data is on the disk by itself; the folder that it is in is only by this. */
static int sync_all_of(const char *mounted, struct err *e)
{
	_cleanup_close_ int fd = open(mounted, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || syncfs(fd) < 0 ? err_sys(e, -errno, "%s", mounted) : 0;
}

/* A new state volume with what is in the file on the ESP, which has then done its work. */
static int restore(struct exec *x, const json_t *args, struct err *e)
{
	int ret = exec_format_state(x, args, e);

	if (ret == 0)
		ret = mount_state(x, args, e);
	if (ret == 0)
		ret = exec_cmd(x, TAR_TIMEOUT, e, "tar", "--zstd", "-C", EXEC_STATE, "-xpf",
			       ON_ESP);
	if (ret == 0)
		ret = sync_all_of(EXEC_STATE, e);
	return ret == 0 && unlink(ON_ESP) < 0 ? err_sys(e, -errno, ON_ESP) : ret;
}

/* FAT has no journal: that there is a file does not mean that it has its contents. */
static bool is_whole(struct exec *x)
{
	return is_kept(ON_ESP) &&
	       exec_cmd(x, TAR_TIMEOUT, NULL, "tar", "--zstd", "-tf", ON_ESP) == 0;
}

static int unmounted(struct exec *x, int ret, struct err *e)
{
	int closed = exec_unmount_all(x, ret < 0 ? NULL : e);

	return ret < 0 ? ret : closed;
}

int save_guests_execute(struct exec *x, const json_t *args, struct err *e)
{
	int ret = 0;

	if (unlink(IN_MEMORY) < 0 && errno != ENOENT)
		return err_sys(e, -errno, IN_MEMORY);
	/*
	 * An ESP that cannot be mounted was being made, a file that is not whole was being
	 * written or removed: "state" is whole then.
	 */
	if (exec_mount_esp(x, json_object_get(args, "esp"), NULL) == 0 && is_whole(x))
		ret = restore(x, args, e);
	ret = unmounted(x, ret, e);
	return ret < 0 ? ret : unmounted(x, read_state(x, args, e), e);
}

int exec_keep_guests(struct exec *x, const json_t *args, struct err *e)
{
	struct buf saved = BUF_INIT;
	int ret;

	if (!is_kept(IN_MEMORY))
		return exec_format_state(x, args, e);
	ret = fs_read_regular(IN_MEMORY, SAVED_MAX, &saved, e);
	if (ret == 0)
		ret = exec_mount_esp(x, json_object_get(args, "esp"), e);
	if (ret == 0)
		ret = fs_mkdirs(EXEC_ESP "/socle", 0700, e);
	if (ret == 0)
		ret = fs_write(ON_ESP, saved.s, saved.len, 0600, e);
	if (ret == 0)
		ret = sync_all_of(EXEC_ESP, e);
	buf_clear(&saved);
	if (ret == 0)
		ret = restore(x, args, e);
	return unmounted(x, ret, e);
}
