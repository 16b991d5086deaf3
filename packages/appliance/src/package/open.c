/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a package is, by its first bytes.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"
#include "socle/cleanup.h"

enum { HEAD = 64 << 10, LAYERS_MAX = 2 };

static const char *base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

/* A text in the beginning of a file that is one; UTF-16 is known by its zeros. */
static bool has_text(const char *head, size_t len, const char *text)
{
	return memmem(head, len, text, strlen(text)) != NULL;
}

static bool is_xml(const char *head, size_t len)
{
	size_t i = 0;

	if (len >= 2 && (memcmp(head, "\xff\xfe", 2) == 0 || memcmp(head, "\xfe\xff", 2) == 0))
		return true;
	if (len >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < len && isspace((unsigned char)head[i]))
		i++;
	/* "<<< ... >>>" is how VDI begins. */
	return i + 1 < len && head[i] == '<' && head[i + 1] != '<';
}

/* A descriptor alone: by its contents; the name tells vm.cfg, which has no mark of its own. */
static bool is_descriptor(const char *head, size_t len, const char *name, enum model_kind *kind)
{
	bool named = package_descriptor_kind(name, kind);

	if (is_xml(head, len)) {
		if (!named || *kind == MODEL_VMX || *kind == MODEL_VMCFG)
			*kind = has_text(head, len, "<member>") && has_text(head, len, "<value>")
					? MODEL_XVA
					: MODEL_OVF;
		return true;
	}
	if (memchr(head, '\0', len < 512 ? len : 512))
		return false;
	if (named)
		return *kind != MODEL_XVA;
	*kind = MODEL_VMX;
	if (has_text(head, len, "config.version") || has_text(head, len, "virtualHW.version"))
		return true;
	*kind = MODEL_VMCFG;
	return strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".cfg") == 0 &&
	       has_text(head, len, "disk");
}

/* "disk.raw.gz" without ".gz". */
static void drop_suffix(char *name)
{
	static const char *const suffixes[] = { ".gz", ".xz", ".zst", ".zstd" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t s = strlen(suffixes[i]);

		if (n > s && strcasecmp(name + n - s, suffixes[i]) == 0) {
			name[n - s] = '\0';
			return;
		}
	}
}

/* Look, and take off compression until there is none. */
static struct input *uncover(struct input *in, char *head, size_t *len, char *name,
			     enum model_compression *packing, struct err *e)
{
	for (int layer = 0;; layer++) {
		enum model_compression found;
		ssize_t n;

		in = input_rewindable(in, e);
		if (!in)
			return NULL;
		n = input_peek(in, head, HEAD, e);
		if (n < 0)
			break;
		*len = (size_t)n;
		found = packing_of(head, *len);
		if (found == COMPRESSION_NONE)
			return in;
		if (layer == LAYERS_MAX) {
			err_set(e, -EINVAL, "%s: compressed more than twice", in->name);
			break;
		}
		*packing = found;
		drop_suffix(name);
		in = input_unpack(in, found, e);
		if (!in)
			return NULL;
	}
	input_free(in);
	return NULL;
}

/* "x/disk.raw" is the disk of a machine "disk". */
static int name_disk(struct model *m, const char *name, struct err *e)
{
	_cleanup_free_ char *stem = strdup(name);
	char *dot = stem ? strrchr(stem, '.') : NULL;
	int r;

	if (!stem)
		return err_sys(e, -ENOMEM, "%s", name);
	if (dot && dot > stem)
		*dot = '\0';
	r = model_set_line(&m->name, stem, e);
	if (r == 0)
		r = model_set_line(&m->machines[0].name, stem, e);
	if (r == 0)
		r = model_set_line(&m->machines[0].id, stem, e);
	if (r == 0)
		r = model_set_line(&m->disks[0].id, "disk", e);
	if (r == 0)
		r = model_set_line(&m->files[0].id, "file", e);
	return r == 0 ? model_set_line(&m->files[0].href, name, e) : r;
}

int package_model_of_disk(struct package *p, const char *name, struct err *e)
{
	struct model *m = model_new();
	struct model_drive_use *use;

	p->model = m;
	if (!m || !model_add_file(m, e) || !model_add_disk(m, e) || !model_add_machine(m, e))
		return err_sys(e, -ENOMEM, "%s", name);
	m->kind = MODEL_DISK;
	m->disks[0].file = 0;
	use = model_add_drive(&m->machines[0], e);
	if (!use)
		return -ENOMEM;
	use->disk = 0;
	return name_disk(m, name, e);
}

static int open_container(struct package *p, struct input *in, const char *head, size_t len,
			  const char *name, struct err *e)
{
	/* What ended within what was looked at is no larger, whoever sends it. */
	uint64_t size = in->size == INPUT_UNKNOWN && len < HEAD ? len : in->size;
	enum model_kind kind;
	bool descriptor;

	input_commit(in);
	if (container_is_tar(head, len) || (len >= 4 && memcmp(head, "PK\003\004", 4) == 0)) {
		p->c = container_archive(in, *head == 'P' && head[1] == 'K', e);
		return p->c ? 0 : e->code;
	}
	descriptor = is_descriptor(head, len, name, &kind);
	/* Whatever has a magic of its own is judged by its format. */
	if (!descriptor && size % 512 != 0 && size != INPUT_UNKNOWN &&
	    image_probe(head, len, NULL) == image_format_by_name("raw")) {
		input_free(in);
		return err_set(e, -EINVAL,
			       "%s: neither a package nor a disk image: its %" PRIu64
			       " bytes are not whole sectors",
			       name, size);
	}
	p->c = container_file(in, name, p->outside, e);
	if (!p->c)
		return -ENOMEM;
	if (!descriptor)
		return package_model_of_disk(p, name, e);
	p->c->kind = "folder";
	return 0;
}

/*
 * What the package needs to be for a disk of that name: its base, which is a plain name; of
 * a URL without the query, as url_show() shows it.
 */
static char *own_name(const struct input *in)
{
	const char *base = base_name(in->name);
	size_t len = strstr(in->name, "://") ? strcspn(base, "?#") : strlen(base);

	if (!len || strcmp(base, "-") == 0 || !input_name_ok(base))
		return strdup("disk");
	return strndup(base, len);
}

static int start(struct package *p, struct input *in, struct err *e)
{
	_cleanup_free_ char *name = own_name(in);
	_cleanup_free_ char *head = malloc(HEAD);
	size_t len = 0;

	if (!name || !head) {
		input_free(in);
		return err_sys(e, -ENOMEM, "package");
	}
	in = uncover(in, head, &len, name, &p->packing, e);
	if (!in)
		return e->code;
	if (!len) {
		err_set(e, -EINVAL, "%s: empty", in->name);
		input_free(in);
		return -EINVAL;
	}
	return open_container(p, in, head, len, name, e);
}

/* Errors are also this file's own control flow, so there is always somewhere to put them. */
int package_open(struct input *in, struct input_dir *dir, const char *option, struct package **out,
		 struct err *e)
{
	struct package *p = calloc(1, sizeof(*p));
	struct err why = { 0 };
	int r;

	if (!p || !(p->name = strdup(in->name)) || (option && !(p->option = strdup(option)))) {
		input_free(in);
		package_free(p);
		return err_sys(e, -ENOMEM, "package");
	}
	p->outside = dir;
	p->descriptor.text = p->manifest.text = p->cert.text = BUF_INIT;
	r = start(p, in, &why);
	if (r < 0) {
		package_free(p);
		return err_set(e, r, "%s", err_text(&why));
	}
	*out = p;
	return 0;
}

static void clear_text(struct text *t)
{
	free(t->name);
	if (t->text.s)
		buf_clear(&t->text);
}

void package_free(struct package *p)
{
	if (!p)
		return;
	input_free(p->part_in);
	input_free(p->next_in);
	container_free(p->c);
	model_free(p->model);
	manifest_free(p->sums);
	clear_text(&p->descriptor);
	clear_text(&p->manifest);
	clear_text(&p->cert);
	for (size_t i = 0; i < p->n_members; i++) {
		free(p->members[i]->name);
		free(p->members[i]);
	}
	free(p->members);
	free(p->next_name);
	free(p->part_name);
	free(p->part_href);
	free(p->folder);
	free(p->option);
	free(p->name);
	free(p);
}
