/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/export.h"
#include "socle.h"
#include "socle/buf.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { TEXT_MAX = 8 << 20, DISKS_MAX = 64 };

static const char *model, *version, *key, *cert;

const struct cmd_opt appliance_export_opts[] = {
	{ "model", 0, OPT_STRING, "FILE", &model, "what the package says of itself (JSON)" },
	{ "ovf", 0, OPT_STRING, "1.1|2.0", &version, "the version of OVF; 1.1" },
	{ "key", 0, OPT_STRING, "FILE", &key, "sign with this private key (PEM)" },
	{ "cert", 0, OPT_STRING, "FILE", &cert, "the certificate of the key, and its chain (PEM)" },
	{ 0 },
};

/* Both or none. */
static int read_keys(struct buf *key_text, struct buf *cert_text, struct err *e)
{
	int ret;

	if (!key && !cert)
		return 0;
	if (!key || !cert)
		return err_set(e, -EINVAL, "a signature takes both --key and --cert");
	ret = fs_read(key, TEXT_MAX, key_text, e);
	return ret < 0 ? ret : fs_read(cert, TEXT_MAX, cert_text, e);
}

static int read_model(struct model **m, struct err *e)
{
	struct buf text = BUF_INIT;
	_cleanup_json_ json_t *json = NULL;
	json_error_t fault;
	int ret = fs_read(model, TEXT_MAX, &text, e);

	if (ret == 0) {
		json = json_loadb(text.s, text.len, 0, &fault);
		ret = json ? model_from_json(json, m, e)
			   : err_set(e, -EINVAL, "line %d: %s", fault.line, fault.text);
		if (ret < 0)
			err_wrap(e, "%s", model);
	}
	buf_clear(&text);
	return ret;
}

static int open_disk(const char *path, struct image **img, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;
	struct input *in;

	if (fd < 0)
		return err_sys(e, -errno, "%s", path);
	in = input_fd(fd, path, 0, INPUT_UNKNOWN, e);
	if (!in)
		return -ENOMEM;
	ret = image_open(in, NULL, NULL, img, e);
	if (ret < 0)
		input_free(in);
	return ret;
}

static int64_t epoch(void)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");

	return text ? strtoll(text, NULL, 10) : 0;
}

static int export_model(size_t disks, char **paths, const char *out, struct err *e)
{
	struct buf key_text = BUF_INIT, cert_text = BUF_INIT;
	struct image *images[DISKS_MAX] = { NULL };
	struct export_opts o = { .version = version, .epoch = epoch() };
	struct model *m = NULL;
	int ret = read_keys(&key_text, &cert_text, e);

	if (ret == 0)
		ret = read_model(&m, e);
	if (ret == 0 && (disks != m->n_disks || disks > DISKS_MAX))
		ret = err_set(e, -EINVAL, "%s has %zu disks, %zu are given", model, m->n_disks,
			      disks);
	for (size_t i = 0; ret == 0 && i < disks; i++)
		ret = open_disk(paths[i], &images[i], e);
	if (key_text.len) {
		o.key = key_text.s;
		o.cert = cert_text.s;
	}
	if (ret == 0)
		ret = export_ova(m, images, out, &o, e);
	for (size_t i = 0; i < disks && i < DISKS_MAX; i++)
		image_free(images[i]);
	model_free(m);
	/* The key is not left in memory that others get. */
	explicit_bzero(key_text.s, key_text.len);
	buf_clear(&key_text);
	buf_clear(&cert_text);
	return ret;
}

int run_appliance_export(size_t argc, char **argv)
{
	struct err e = { 0 };

	if (!model)
		err_set(&e, -EINVAL, "--model FILE is needed");
	else if (export_model(argc - 1, argv, argv[argc - 1], &e) == 0)
		return 0;
	return fail(&e);
}
