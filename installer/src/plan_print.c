/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan as text of at most 74 columns, which fit into a window of 80.
 */
#include <stdio.h>
#include <string.h>

#include "draft.h"

enum { COLUMNS = 75, LABEL = 14, INDENT_MAX = 16 };

/*
 * Add text, broken between words, so that each line begins at column indent.
 * The first line's indentation is there already.
 */
static void wrap(struct buf *out, size_t indent, const char *text)
{
	size_t at = indent;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (at > indent && at + 1 + word > COLUMNS - 1) {
			buf_addf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			buf_addc(out, ' ');
			at++;
		}
		buf_add(out, text, word);
		at += word;
		text += word;
		text += strspn(text, " ");
	}
	buf_addc(out, '\n');
}

static void row(struct buf *out, const char *label, const char *text)
{
	if (!*text)
		return;
	buf_addf(out, "  %-*s", LABEL - 2, label);
	wrap(out, LABEL, text);
}

/* Virtual disks have neither vendor nor model. */
static void add_model(const struct fact_disk *disk, struct buf *out)
{
	if (*disk->vendor)
		buf_addf(out, ", %s", disk->vendor);
	if (*disk->model)
		buf_addf(out, "%s%s", *disk->vendor ? " " : ", ", disk->model);
}

static void print_disk(const char *label, const struct fact_disk *disk, struct buf *out)
{
	char size[32];
	struct buf t = BUF_INIT;

	buf_addf(&t, "%s, %s", disk->path, size_text(disk->size, size, sizeof(size)));
	if (*disk->transport)
		buf_addf(&t, ", %s", disk->transport);
	add_model(disk, &t);
	row(out, label, t.s);
	row(out, "  serial", disk->serial);
	row(out, "  wwn", disk->wwn);
	buf_clear(&t);
}

/* What lies on something stands under it, further in. */
static void print_tree(const json_t *list, const char **label, size_t indent, struct buf *out)
{
	const json_t *item;
	size_t i;

	for (i = 0; i < json_array_size(list) && (item = json_array_get(list, i)); i++) {
		struct buf t = BUF_INIT;

		if (indent)
			buf_adds(&t, arg_string(item, "what"));
		else
			buf_addf(&t, "%s: %s", arg_string(item, "name"), arg_string(item, "what"));
		buf_addf(out, "  %-*s%*s", LABEL - 2, *label, (int)indent, "");
		wrap(out, LABEL + indent, t.s);
		*label = "";
		print_tree(json_object_get(item, "holds"), label,
			   indent < INDENT_MAX ? indent + 2 : indent, out);
		buf_clear(&t);
	}
}

static const char *const stop_names[][2] = {
	{ "group", "LVM group" },
	{ "array", "array" },
	{ "map", "map" },
};

/* In the order in which it is done. */
static void print_stops(const json_t *list, struct buf *out)
{
	struct buf t = BUF_INIT;
	const json_t *item;
	size_t i;

	for (i = 0; i < json_array_size(list) && (item = json_array_get(list, i)); i++) {
		const char *name = arg_string(item, "name"), *how = arg_string(item, "stop");

		buf_adds(&t, i ? ", then " : "");
		for (size_t k = 0; k < ARRAY_SIZE(stop_names); k++)
			if (strcmp(how, stop_names[k][0]) == 0)
				buf_adds(&t, stop_names[k][1]);
		buf_addf(&t, " %s", *name ? name : arg_string(item, "uuid"));
	}
	row(out, "  stopped", t.s);
	buf_clear(&t);
}

static void print_destroyed(const struct plan *p, const struct fact_disk *disk, struct buf *out)
{
	for (size_t i = 0; i < p->op_count; i++) {
		const json_t *args = p->ops[i].args, *list = json_object_get(args, "destroys");
		const char *label = "DESTROYS";

		if (p->ops[i].kind != &op_kinds[OP_CLEAR_DISK] ||
		    strcmp(arg_string(args, "disk"), disk->path) != 0)
			continue;
		if (!json_array_size(list))
			row(out, "destroys", "nothing, the disk is empty");
		print_tree(list, &label, 0, out);
		print_stops(json_object_get(args, "stops"), out);
	}
}

/* Of a Socle that is there all but what is kept is lost. */
static void print_kept(const struct plan *p, struct buf *out)
{
	const json_t *keeps = json_object_get(p->head, "keeps");
	const char *label = "KEEPS";

	if (!keeps)
		return;
	row(out, "DESTROYS",
	    "the boot files, the system, and the volume \"state\" with /etc, /var, "
	    "/root and /home");
	for (size_t i = 0; i < json_array_size(keeps); i++) {
		row(out, label, json_string_value(json_array_get(keeps, i)));
		label = "";
	}
	row(out, label,
	    "the guests' configurations: /etc/xen/*.cfg, /etc/xen/auto, "
	    "/var/lib/socle/guests");
}

static void print_disks(const struct plan *p, struct buf *out)
{
	for (size_t i = 0; i < p->disk_count; i++) {
		bool pair = p->system_count == 2 && i == 1;

		print_disk(pair			 ? "mirror"
			   : i < p->system_count ? "disk"
						 : "data disk",
			   p->disks[i], out);
		if (!json_object_get(p->head, "keeps"))
			print_destroyed(p, p->disks[i], out);
	}
	print_kept(p, out);
	if (json_string_value(json_object_get(p->head, "mirror")))
		row(out, "mirror", "missing, to be added later");
}

static void print_network(const json_t *net, struct buf *out)
{
	struct buf t = BUF_INIT;

	const json_t *further = json_object_get(net, "further");
	const char *layers = arg_string(net, "layers");

	if (net)
		buf_addf(&t, "%s on %s (%s), address: %s", arg_string(net, "bridge"),
			 arg_string(net, "uplink"), *layers ? layers : arg_string(net, "mac"),
			 arg_string(net, "address"));
	row(out, "network", net ? t.s : "none");
	buf_clear(&t);
	for (size_t i = 0; i < json_array_size(further); i++)
		row(out, "", json_string_value(json_array_get(further, i)));
}

static void print_login(const json_t *login, struct buf *out)
{
	unsigned long long keys = arg_uint(login, "ssh_keys");
	const json_t *users = json_object_get(login, "users");
	struct buf t = BUF_INIT;

	if (json_is_true(json_object_get(login, "password")))
		buf_addf(&t, "root, by password%s",
			 json_is_true(json_object_get(login, "ssh_password")) ? " (over SSH too)"
									      : "");
	else
		buf_adds(&t, "root, password locked");
	if (keys)
		buf_addf(&t, ", by %llu SSH key%s", keys, keys == 1 ? "" : "s");
	for (size_t i = 0; i < json_array_size(users); i++)
		buf_addf(&t, "%s%s", i ? ", " : "; ", json_string_value(json_array_get(users, i)));
	row(out, "login", t.s);
	buf_clear(&t);
}

static const struct {
	const char *key, *text;
} hooks[] = {
	{ "pre", "the %pre scripts run before this plan is made: line" },
	{ "onerror", "on a failure the %onerror scripts run: line" },
};

static void print_hooks(const json_t *all, struct buf *out)
{
	const char *label = "scripts";

	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		const json_t *lines = json_object_get(all, hooks[i].key), *line;
		struct buf t = BUF_INIT;
		size_t n;

		if (!json_array_size(lines))
			continue;
		buf_adds(&t, hooks[i].text);
		for (n = 0; (line = json_array_get(lines, n)); n++)
			buf_addf(&t, "%s %lld", n ? "," : "", json_integer_value(line));
		row(out, label, t.s);
		label = "";
		buf_clear(&t);
	}
}

static void print_reports(const json_t *head, struct buf *out)
{
	const json_t *list = json_object_get(head, "webhooks"), *one,
		     *failure = json_object_get(head, "on_failure");
	const char *label = "webhooks";
	struct buf t = BUF_INIT;
	size_t i;

	for (i = 0; (one = json_array_get(list, i)); i++) {
		row(out, label, arg_string(one, "url"));
		label = "";
	}
	if (!failure)
		return;
	if (*arg_string(failure, "bundle"))
		buf_addf(&t, "log bundle to %s; ", arg_string(failure, "bundle"));
	buf_addf(&t, "then %s",
		 *arg_string(failure, "then") ? arg_string(failure, "then") : "shell");
	row(out, "if it fails", t.s);
	buf_clear(&t);
}

static void print_machine(const struct plan *p, struct buf *out)
{
	const json_t *machine = json_object_get(p->head, "machine");
	const json_t *image = json_object_get(p->head, "image");
	struct buf t = BUF_INIT;

	buf_addf(&t, "Socle %s (Xen %s, Linux %s)", arg_string(image, "version"),
		 arg_string(image, "xen"), arg_string(image, "linux"));
	row(out, "image", *arg_string(image, "version") ? t.s : "unknown");
	buf_clear(&t);
	buf_addf(&t, "%s %s, %s", arg_string(machine, "vendor"), arg_string(machine, "product"),
		 arg_string(p->head, "firmware"));
	row(out, "machine", t.s);
	row(out, "  serial", arg_string(machine, "serial"));
	buf_clear(&t);
}

static void print_steps(const struct plan *p, struct buf *out)
{
	buf_adds(out, "\nSteps:\n\n");
	for (size_t i = 0; i < p->op_count; i++) {
		buf_addf(out, "  %2zu  %-16s  ", i + 1, p->ops[i].kind->name);
		wrap(out, 24, p->ops[i].sentence);
	}
}

static const json_t *op_args(const struct plan *p, enum op op)
{
	for (size_t i = 0; i < p->op_count; i++)
		if (p->ops[i].kind == &op_kinds[op])
			return p->ops[i].args;
	return NULL;
}

static void print_files(const struct plan *p, struct buf *out)
{
	const json_t *files = json_object_get(op_args(p, OP_SEED_STATE), "files"), *file;
	size_t i;

	buf_adds(out, "\nFiles of the new system that are written:\n\n");
	for (i = 0; i < json_array_size(files) && (file = json_array_get(files, i)); i++) {
		const char *link = arg_string(file, "link");

		if (*link)
			buf_addf(out, "  /%s -> %s\n", arg_string(file, "path"), link);
		else
			buf_addf(out, "  /%s, %zu bytes\n", arg_string(file, "path"),
				 strlen(arg_string(file, "text")));
	}
}

static void print_partitions(const struct plan *p, struct buf *out)
{
	const json_t *list = json_object_get(op_args(p, OP_PARTITION_TABLE), "partitions"), *part;
	char size[32];
	size_t i;

	if (list)
		buf_adds(out, "\nPartitions:\n\n");
	for (i = 0; i < json_array_size(list) && (part = json_array_get(list, i)); i++)
		buf_addf(out, "  %2llu  %-10s %10s\n", (unsigned long long)arg_uint(part, "number"),
			 arg_string(part, "name"),
			 size_text(arg_uint(part, "size"), size, sizeof(size)));
}

void plan_disks(const struct plan *p, struct buf *out)
{
	for (size_t i = 0; i < p->disk_count; i++)
		buf_addf(out, "%s%s",
			 !i			 ? ""
			 : i + 1 < p->disk_count ? ", "
						 : " and ",
			 p->disks[i]->path);
}

void plan_print_broken(const struct plan *p, struct buf *out)
{
	bool keeps = json_object_get(p->head, "keeps");

	plan_disks(p, out);
	if (keeps)
		buf_adds(out, ": the old system is lost, and the new one is not complete. The "
			      "volumes of guests are as they were.");
	else
		buf_adds(out, ": the old contents are lost, and the new system is not complete.");
}

void plan_print(const struct plan *p, struct buf *out)
{
	struct buf t = BUF_INIT;

	buf_adds(out, "This is the plan:\n\n");
	print_machine(p, out);
	print_disks(p, out);
	row(out, "host name", arg_string(p->head, "hostname"));
	print_network(json_object_get(p->head, "network"), out);
	print_login(json_object_get(p->head, "login"), out);
	buf_addf(&t, "%llu MiB", (unsigned long long)(arg_uint(p->head, "dom0_memory") / MIB));
	row(out, "dom0 memory", t.s);
	print_hooks(json_object_get(p->head, "hooks"), out);
	print_reports(p->head, out);
	row(out, "at the end", arg_string(p->head, "finish"));
	buf_clear(&t);
	print_partitions(p, out);
	print_steps(p, out);
	print_files(p, out);
	if (p->warnings.count)
		buf_addc(out, '\n');
	for (size_t i = 0; i < p->warnings.count; i++)
		row(out, "warning", p->warnings.item[i]);
	buf_addf(out, "\nPlan %.16s\n", p->hash);
}

static const char *candidate_text(const struct plan_candidate *c)
{
	if (c->why)
		return c->why;
	return disk_is_empty(c->disk) ? "could be taken, it is empty"
				      : "could be taken, but is not empty";
}

void plan_print_refusal(const struct plan *p, const struct err *why, struct buf *out)
{
	buf_adds(out, "REFUSED: ");
	wrap(out, 9, err_text(why));
	if (p->candidate_count)
		buf_adds(out, "\nThe disks of this machine:\n\n");
	for (size_t i = 0; i < p->candidate_count; i++) {
		const struct plan_candidate *c = &p->candidates[i];
		struct buf t = BUF_INIT;
		char size[32];

		buf_adds(&t, size_text(c->disk->size, size, sizeof(size)));
		add_model(c->disk, &t);
		if (*c->disk->serial)
			buf_addf(&t, ", serial %s", c->disk->serial);
		/* All volumes of one RAID controller may tell the same serial number. */
		if (*c->disk->wwn)
			buf_addf(&t, ", wwn %s", c->disk->wwn);
		if (!*c->disk->serial && !*c->disk->wwn && c->disk->links.count)
			buf_addf(&t, ", %s", c->disk->links.item[0]);
		buf_addf(out, "  %-10s  ", c->disk->name);
		wrap(out, LABEL, t.s);
		buf_addf(out, "%*s", LABEL, "");
		wrap(out, LABEL, candidate_text(c));
		buf_clear(&t);
	}
	buf_adds(out, "\nNo disk was changed.\n");
}
