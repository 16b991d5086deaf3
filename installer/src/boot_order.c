/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "op.h"

/* What our entries are called; those of a mirror's other disks have a number behind it. */
#define LABEL "Socle"

enum boot_policy boot_policy_parse(const char *text)
{
	return strcmp(text, "network") == 0 ? BOOT_NETWORK
	       : strcmp(text, "keep") == 0  ? BOOT_KEEP
					    : BOOT_DISK;
}

static bool has(const struct efi_order *list, uint16_t number)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->number[i] == number)
			return true;
	return false;
}

static void add(struct efi_order *list, uint16_t number)
{
	if (list->count < EFI_ENTRIES_MAX && !has(list, number))
		list->number[list->count++] = number;
}

static void add_all(struct efi_order *list, const struct efi_order *more)
{
	for (size_t i = 0; i < more->count; i++)
		add(list, more->number[i]);
}

void boot_order_make(enum boot_policy policy, const struct efi_order *was,
		     const struct efi_order *ours, const struct boot_networks *networks,
		     struct efi_order *out)
{
	out->count = 0;
	if (policy == BOOT_NETWORK && networks->current >= 0)
		add(out, (uint16_t)networks->current);
	for (size_t i = 0; policy == BOOT_NETWORK && networks->current < 0 && i < was->count; i++)
		if (has(&networks->list, was->number[i]))
			add(out, was->number[i]);
	if (policy != BOOT_KEEP)
		add_all(out, ours);
	add_all(out, was);
	add_all(out, ours);
}

/* Entries are read one by one: a whole list of them would be large. */
static int read_entry(const char *folder, uint16_t number, struct buf *raw, struct efi_entry *entry)
{
	char name[EFI_NAME_MAX];
	int ret;

	efi_boot_name(number, name);
	ret = efi_read(folder, name, raw, NULL);
	return ret < 0 ? ret : efi_entry_parse(raw->s, raw->len, entry);
}

static bool is_ours(const struct efi_entry *entry, const char *guid)
{
	return *guid && strcmp(entry->guid, guid) == 0 &&
	       strncmp(entry->label, LABEL, strlen(LABEL)) == 0;
}

/* What of the firmware's entries matters for one of ours. */
struct found {
	struct efi_order mine; /* of the same partition */
	int same;	       /* one of them that is as it should be; or -1 */
	uint16_t free;	       /* the lowest number that is not taken */
};

static void look(const char *folder, const struct efi_order *numbers, const char *guid,
		 const struct buf *want, struct found *f)
{
	*f = (struct found){ .same = -1 };
	while (has(numbers, f->free))
		f->free++;
	for (size_t i = 0; i < numbers->count; i++) {
		struct buf raw = BUF_INIT;
		struct efi_entry entry;

		if (read_entry(folder, numbers->number[i], &raw, &entry) == 0 &&
		    is_ours(&entry, guid)) {
			add(&f->mine, numbers->number[i]);
			if (f->same < 0 && raw.len == want->len &&
			    memcmp(raw.s, want->s, raw.len) == 0)
				f->same = numbers->number[i];
		}
		buf_clear(&raw);
	}
}

/* One that is right already is left alone: the memory behind it bears few writes. */
static int make_entry(const char *folder, const struct buf *want, const char *guid,
		      struct efi_order *gone, uint16_t *number, struct err *e)
{
	struct efi_order numbers;
	struct found f;
	char name[EFI_NAME_MAX];
	int ret = efi_numbers(folder, &numbers, e);

	if (ret < 0)
		return ret;
	look(folder, &numbers, guid, want, &f);
	*number = f.same >= 0 ? (uint16_t)f.same : f.mine.count ? f.mine.number[0] : f.free;
	efi_boot_name(*number, name);
	if (f.same < 0)
		ret = efi_write(folder, name, want->s, want->len, e);
	for (size_t i = 0; i < f.mine.count && ret == 0; i++) {
		if (f.mine.number[i] == *number)
			continue;
		efi_boot_name(f.mine.number[i], name);
		add(gone, f.mine.number[i]);
		ret = efi_delete(folder, name, e);
	}
	return ret;
}

static void wanted(const json_t *args, const json_t *one, struct buf *out)
{
	struct efi_entry entry = {
		.partition = (uint32_t)arg_uint(one, "partition"),
		.start = arg_uint(one, "start"),
		.sectors = arg_uint(one, "sectors"),
	};

	snprintf(entry.label, sizeof(entry.label), "%s", arg_string(one, "label"));
	snprintf(entry.guid, sizeof(entry.guid), "%s", arg_string(one, "uuid"));
	snprintf(entry.loader, sizeof(entry.loader), "%s", arg_string(args, "loader"));
	efi_entry_build(&entry, out);
}

static void find_networks(const char *folder, struct boot_networks *networks)
{
	struct efi_order numbers, current;

	*networks = (struct boot_networks){ .current = -1 };
	if (efi_numbers(folder, &numbers, NULL) < 0)
		return;
	for (size_t i = 0; i < numbers.count; i++) {
		struct buf raw = BUF_INIT;
		struct efi_entry entry;

		if (read_entry(folder, numbers.number[i], &raw, &entry) == 0 && entry.network)
			add(&networks->list, numbers.number[i]);
		buf_clear(&raw);
	}
	if (efi_read_order(folder, "BootCurrent", &current, NULL) == 0 && current.count == 1 &&
	    has(&networks->list, current.number[0]))
		networks->current = current.number[0];
}

static void less(struct efi_order *list, const struct efi_order *gone)
{
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++)
		if (!has(gone, list->number[i]))
			list->number[n++] = list->number[i];
	list->count = n;
}

static bool same_order(const struct efi_order *a, const struct efi_order *b)
{
	return a->count == b->count &&
	       memcmp(a->number, b->number, a->count * sizeof(a->number[0])) == 0;
}

/* "0003 Socle, 0001 UEFI PXEv4 …" */
static void tell_order(const char *folder, const struct efi_order *order, struct buf *out)
{
	enum { SHOWN = 6 };

	for (size_t i = 0; i < order->count && i < SHOWN; i++) {
		struct buf raw = BUF_INIT;
		struct efi_entry entry = { 0 };

		if (read_entry(folder, order->number[i], &raw, &entry) < 0)
			snprintf(entry.label, sizeof(entry.label), "(no such entry)");
		buf_addf(out, "%s%04X %s", i ? ", " : "", order->number[i], entry.label);
		buf_clear(&raw);
	}
	if (order->count > SHOWN)
		buf_addf(out, " and %zu more", order->count - SHOWN);
	if (!order->count)
		buf_adds(out, "empty");
}

/* Firmware may take a variable and keep another; some puts its own entries first at once. */
static void verify(const char *folder, const json_t *args, const struct efi_order *ours,
		   const struct efi_order *want, struct buf *warning)
{
	const json_t *entries = json_object_get(args, "entries");
	struct efi_order now;

	for (size_t i = 0; i < ours->count; i++) {
		struct buf raw = BUF_INIT, built = BUF_INIT;
		struct efi_entry entry;

		wanted(args, json_array_get(entries, i), &built);
		if (read_entry(folder, ours->number[i], &raw, &entry) < 0 || raw.len != built.len ||
		    memcmp(raw.s, built.s, raw.len) != 0)
			buf_addf(warning,
				 "%sthe firmware did not keep boot entry %04X as it was written",
				 warning->len ? "; " : "", ours->number[i]);
		buf_clear(&raw);
		buf_clear(&built);
	}
	if (efi_read_order(folder, "BootOrder", &now, NULL) == 0 && same_order(&now, want))
		return;
	buf_addf(warning, "%sthe firmware's boot order is not the one that was written, but: ",
		 warning->len ? "; " : "");
	tell_order(folder, &now, warning);
}

int boot_order_apply(const char *folder, const json_t *args, struct buf *warning, struct err *e)
{
	enum boot_policy policy = boot_policy_parse(arg_string(args, "order"));
	const json_t *entries = json_object_get(args, "entries");
	struct efi_order was, want, ours = { 0 }, gone = { 0 };
	struct boot_networks networks;
	int ret = 0;

	for (size_t i = 0; i < json_array_size(entries) && ret == 0; i++) {
		const json_t *one = json_array_get(entries, i);
		struct buf bytes = BUF_INIT;
		uint16_t number = 0;

		wanted(args, one, &bytes);
		ret = make_entry(folder, &bytes, arg_string(one, "uuid"), &gone, &number, e);
		add(&ours, number);
		buf_clear(&bytes);
	}
	if (ret == 0)
		ret = efi_read_order(folder, "BootOrder", &was, e);
	if (ret < 0)
		return ret;
	find_networks(folder, &networks);
	/* What was in the list without an entry stays: it is not ours. */
	less(&was, &gone);
	boot_order_make(policy, &was, &ours, &networks, &want);
	if (!same_order(&was, &want) || gone.count)
		ret = efi_write_order(folder, "BootOrder", &want, e);
	/* The first start goes to the disk, whatever a server or a medium would have it do. */
	if (ret == 0 && policy != BOOT_KEEP && ours.count)
		ret = efi_write_order(folder, "BootNext",
				      &(struct efi_order){ { ours.number[0] }, 1 }, e);
	if (ret == 0)
		verify(folder, args, &ours, &want, warning);
	return ret;
}

int boot_next(const char *folder, const char *guid, struct err *e)
{
	struct efi_order numbers;
	int ret = efi_numbers(folder, &numbers, e);

	for (size_t i = 0; i < numbers.count && ret == 0; i++) {
		struct buf raw = BUF_INIT;
		struct efi_entry entry;
		bool mine = read_entry(folder, numbers.number[i], &raw, &entry) == 0 &&
			    is_ours(&entry, guid);

		buf_clear(&raw);
		if (mine)
			return efi_write_order(folder, "BootNext",
					       &(struct efi_order){ { numbers.number[i] }, 1 }, e);
	}
	return ret < 0 ? ret : err_set(e, -ENOENT, "the firmware has no entry for that disk");
}
