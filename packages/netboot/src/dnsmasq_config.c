/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fcntl.h>

#include "netboot/dnsmasq.h"
#include "socle/cleanup.h"
#include "socle/proc.h"

/* Architectures of clients by RFC 4578 and what IANA has added since. */
static const char matches[] = "dhcp-match=set:bios,option:client-arch,0\n"
			      "dhcp-match=set:uefi,option:client-arch,7\n"
			      "dhcp-match=set:uefi,option:client-arch,9\n"
			      "dhcp-match=set:http,option:client-arch,16\n"
			      "dhcp-userclass=set:ipxe,iPXE\n"
			      "dhcp-vendorclass=set:installer,socle-install\n";

static void add_addresses(const struct dnsmasq_setup *s, struct buf *out)
{
	char a[ADDRESS_SIZE], b[ADDRESS_SIZE], mask[ADDRESS_SIZE];

	address_text(s->link->mask, mask);
	buf_addf(out, "dhcp-leasefile=%s/leases\n", s->state);
	if (!s->range) {
		buf_addf(out, "dhcp-range=%s,proxy,%s\n",
			 address_text(s->link->address & s->link->mask, a), mask);
		return;
	}
	buf_addf(out, "dhcp-range=%s,%s,%s,1h\n", address_text(s->range->first, a),
		 address_text(s->range->last, b), mask);
	buf_adds(out, "dhcp-authoritative\n");
	/* What is not said is not there: without this dnsmasq names itself as router. */
	buf_addf(out, "dhcp-option=option:router%s%s\n", s->router ? "," : "",
		 s->router ? s->router : "");
	if (s->dns)
		buf_addf(out, "dhcp-option=option:dns-server,%s\n", s->dns);
}

static void add_boot(const struct dnsmasq_setup *s, struct buf *out)
{
	const struct tree *t = s->tree;

	buf_adds(out, matches);
	/* Beside another server iPXE takes the file only from one that names its address, too. */
	buf_addf(out, "dhcp-boot=tag:ipxe,http://%s/%s,,%.*s\n", s->server, t->boot[BOOT_IPXE],
		 (int)strcspn(s->server, ":"), s->server);
	buf_addf(out, "dhcp-boot=tag:bios,tag:!ipxe,%s\n", t->boot[BOOT_BIOS]);
	buf_addf(out, "dhcp-boot=tag:uefi,tag:!ipxe,%s\n", t->boot[BOOT_UEFI]);
	buf_addf(out, "dhcp-boot=tag:http,tag:!ipxe,http://%s/%s\n", s->server, t->boot[BOOT_HTTP]);
	buf_adds(out, "dhcp-option-force=tag:http,tag:!ipxe,60,HTTPClient\n");
	/* PXELINUX has all but itself from there (RFC 5071). */
	buf_addf(out, "dhcp-option-force=tag:bios,tag:!ipxe,210,http://%s/\n", s->server);
	/* An installer without a kickstart on its boot line asks DHCP for one. */
	buf_addf(out, "dhcp-option-force=tag:installer,224,post:http://%s/ks/ks.cfg\n", s->server);
}

/* What a server beside another one says: only what PXE's own answers have. */
static void add_proxy(const struct dnsmasq_setup *s, struct buf *out)
{
	const struct tree *t = s->tree;

	buf_addf(out, "dhcp-option-pxe=tag:bios,tag:!ipxe,210,http://%s/\n", s->server);
	buf_addf(out, "pxe-service=tag:!ipxe,x86PC,\"Socle\",%s\n", t->boot[BOOT_BIOS]);
	buf_addf(out, "pxe-service=tag:!ipxe,BC_EFI,\"Socle\",%s\n", t->boot[BOOT_UEFI]);
	buf_addf(out, "pxe-service=tag:!ipxe,X86-64_EFI,\"Socle\",%s\n", t->boot[BOOT_UEFI]);
}

void dnsmasq_config(const struct dnsmasq_setup *s, struct buf *out)
{
	buf_addf(out,
		 "# written by socle netboot serve\n"
		 "port=0\n"
		 "interface=%s\n"
		 "except-interface=lo\n"
		 "bind-interfaces\n"
		 "no-hosts\n"
		 "user=%s\n"
		 "group=nogroup\n"
		 "pid-file=\n"
		 "log-facility=-\n"
		 "enable-tftp=%s\n"
		 "tftp-root=%s/tftp\n",
		 s->link->name, s->user, s->link->name, s->run);
	add_addresses(s, out);
	add_boot(s, out);
	if (!s->range)
		add_proxy(s, out);
}

static int copy_file(const struct tree *t, const struct tree_file *f, const char *to, struct err *e)
{
	_cleanup_close_ int in = tree_file_open(t, f, e), out = -1;
	uint64_t done = 0;
	ssize_t n = 1;

	if (in < 0)
		return in;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	while (out >= 0 && n > 0 && done < f->size) {
		n = sendfile(out, in, NULL, f->size - done);
		done += n > 0 ? (uint64_t)n : 0;
	}
	if (out < 0 || fchmod(out, 0644) < 0 || done < f->size)
		return err_sys(e, n == 0 ? -EIO : -errno, "%s", to);
	return 0;
}

/* dnsmasq reads as nobody in particular: whatever the umask is, all may. */
static int make_folder(const char *path, struct err *e)
{
	int ret = fs_mkdirs(path, 0755, e);

	return ret == 0 && chmod(path, 0755) < 0 ? err_sys(e, -errno, "%s", path) : ret;
}

static int folder_of(const char *path, struct err *e)
{
	_cleanup_free_ char *copy = strdup(path);
	char *slash = copy ? strrchr(copy, '/') : NULL;

	if (!slash)
		return err_sys(e, -ENOMEM, "%s", path);
	*slash = '\0';
	return make_folder(copy, e);
}

/* GRUB that came by TFTP has its menu by HTTP, where it is made for each machine. */
static const char redirect[] = "# written by socle netboot serve\n"
			       "set timeout=0\n"
			       "if [ -n \"$socle_mac\" ]; then\n"
			       "\tconfigfile (http,%s)/grub/grub.cfg-01-$socle_mac\n"
			       "fi\n"
			       "if [ -n \"$socle_serial\" ]; then\n"
			       "\tconfigfile (http,%s)/grub/grub.cfg-serial-$socle_serial\n"
			       "fi\n"
			       "configfile (http,%s)/grub/grub.cfg\n";

static int write_redirect(const struct dnsmasq_setup *s, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	struct buf text = BUF_INIT;
	int ret;

	if (asprintf(&path, "%s/tftp/grub/grub.cfg", s->run) < 0)
		return err_sys(e, -ENOMEM, "tftp");
	buf_addf(&text, redirect, s->server, s->server, s->server);
	ret = folder_of(path, e);
	if (ret == 0)
		ret = fs_write(path, text.s, text.len, 0644, e);
	buf_clear(&text);
	return ret;
}

static int fill_tftp(const struct dnsmasq_setup *s, struct err *e)
{
	int ret = make_folder(s->run, e);

	for (size_t i = 0; ret == 0 && i < s->tree->count; i++) {
		const struct tree_file *f = &s->tree->file[i];
		_cleanup_free_ char *path = NULL;

		if (!f->tftp)
			continue;
		if (asprintf(&path, "%s/tftp/%s", s->run, f->name) < 0)
			return err_sys(e, -ENOMEM, "tftp");
		ret = folder_of(path, e);
		if (ret == 0)
			ret = copy_file(s->tree, f, path, e);
	}
	return ret < 0 ? ret : write_redirect(s, e);
}

int dnsmasq_prepare(const struct dnsmasq_setup *s, struct err *e)
{
	_cleanup_free_ char *path = NULL, *option = NULL;
	struct buf text = BUF_INIT;
	int ret = fill_tftp(s, e);

	if (ret < 0)
		return ret;
	if (asprintf(&path, "%s/dnsmasq.conf", s->run) < 0 ||
	    asprintf(&option, "--conf-file=%s", path) < 0)
		return err_sys(e, -ENOMEM, "dnsmasq");
	dnsmasq_config(s, &text);
	ret = fs_write(path, text.s, text.len, 0644, e);
	buf_clear(&text);
	return ret < 0 ? ret : proc_cmd(e, "dnsmasq", "--test", option, NULL);
}
