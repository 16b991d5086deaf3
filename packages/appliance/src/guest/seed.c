/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "seed.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>

/* An attribute's value (XML 1.0, 2.4 and 3.3.3): line ends as references, or they become spaces. */
static void attribute(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, " oe:%s=\"", name);
	for (const char *s = value; *s; s++)
		switch (*s) {
		case '&':
			buf_adds(out, "&amp;");
			break;
		case '<':
			buf_adds(out, "&lt;");
			break;
		case '"':
			buf_adds(out, "&quot;");
			break;
		default:
			if (*s == '\t' || *s == '\n' || *s == '\r')
				buf_addf(out, "&#%d;", *s);
			else if ((unsigned char)*s >= 0x20)
				buf_addc(out, *s);
		}
	buf_addc(out, '"');
}

int seed_environment(const struct guest *g, struct buf *out, struct err *e)
{
	json_t *value;
	const char *key;

	buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<Environment xmlns=\"http://schemas.dmtf.org/ovf/environment/1\""
		      " xmlns:oe=\"http://schemas.dmtf.org/ovf/environment/1\"");
	attribute(out, "id", g->name);
	buf_adds(out, ">\n"
		      "  <PlatformSection>\n"
		      "    <Kind>Xen</Kind>\n"
		      "    <Version>" SOCLE_VERSION "</Version>\n"
		      "    <Vendor>Socle</Vendor>\n"
		      "    <Locale>en</Locale>\n"
		      "  </PlatformSection>\n"
		      "  <PropertySection>\n");
	json_object_foreach(g->values, key, value)
	{
		buf_adds(out, "    <Property");
		attribute(out, "key", key);
		attribute(out, "value", json_string_value(value));
		buf_adds(out, "/>\n");
	}
	buf_adds(out, "  </PropertySection>\n</Environment>\n");
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "OVF environment");
}

static bool has_cloud(const struct seed_cloud *c)
{
	return c->meta_data.len || c->user_data.len || c->network_config.len;
}

bool seed_needed(const struct guest *g, const char *transport)
{
	struct seed_cloud c;
	bool needed = json_object_size(g->values) || strstr(transport, "iso");

	if (seed_cloud(g, &c, NULL) == 0)
		needed |= has_cloud(&c);
	seed_cloud_clear(&c);
	return needed;
}

static int add_file(struct archive *a, const char *name, const struct buf *data)
{
	struct archive_entry *entry = archive_entry_new();
	int ret;

	if (!entry)
		return ARCHIVE_FATAL;
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0400);
	archive_entry_set_size(entry, (la_int64_t)data->len);
	ret = archive_write_header(a, entry);
	if (ret == ARCHIVE_OK && data->len && archive_write_data(a, data->s, data->len) < 0)
		ret = ARCHIVE_FATAL;
	archive_entry_free(entry);
	return ret;
}

static la_ssize_t write_out(struct archive *a, void *ctx, const void *data, size_t len)
{
	struct buf *out = ctx;

	buf_add(out, data, len);
	if (buf_ok(out))
		return (la_ssize_t)len;
	archive_set_error(a, ENOMEM, "out of memory");
	return -1;
}

static int write_files(struct archive *a, const struct buf *env, const struct seed_cloud *c)
{
	const struct {
		const char *name;
		const struct buf *data;
		bool wanted;
	} files[] = {
		{ "ovf-env.xml", env, true },
		{ "meta-data", &c->meta_data, has_cloud(c) },
		{ "user-data", &c->user_data, has_cloud(c) },
		{ "network-config", &c->network_config, c->network_config.len > 0 },
	};
	int ret = ARCHIVE_OK;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && ret == ARCHIVE_OK; i++)
		if (files[i].wanted)
			ret = add_file(a, files[i].name, files[i].data);
	return ret;
}

static int write_iso(const struct buf *env, const struct seed_cloud *c, struct buf *out,
		     struct err *e)
{
	const char *volume = has_cloud(c) ? "volume-id=cidata" : "volume-id=OVF ENV";
	struct archive *a = archive_write_new();
	int ret = ARCHIVE_FATAL;

	if (a && archive_write_set_format_iso9660(a) == ARCHIVE_OK &&
	    archive_write_set_options(a, volume) == ARCHIVE_OK &&
	    archive_write_set_bytes_per_block(a, 2048) == ARCHIVE_OK &&
	    archive_write_open(a, out, NULL, write_out, NULL) == ARCHIVE_OK)
		ret = write_files(a, env, c);
	if (ret == ARCHIVE_OK)
		ret = archive_write_close(a);
	if (ret != ARCHIVE_OK)
		err_set(e, -EIO, "seed: %s", a ? archive_error_string(a) : "out of memory");
	archive_write_free(a);
	return ret == ARCHIVE_OK ? 0 : -EIO;
}

int seed_iso(const struct guest *g, struct buf *out, struct err *e)
{
	struct buf env = BUF_INIT;
	struct seed_cloud c;
	int ret = seed_cloud(g, &c, e);

	if (ret == 0)
		ret = seed_environment(g, &env, e);
	if (ret == 0)
		ret = write_iso(&env, &c, out, e);
	buf_clear(&env);
	seed_cloud_clear(&c);
	return ret;
}
