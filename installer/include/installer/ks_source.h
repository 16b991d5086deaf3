/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Getting the kickstart file.  A source is written as on the kernel's command line:
 *
 *	http://…, https://…, ftp://…		fetched
 *	post:http://…, post:https://…		the answer to this machine's facts (JSON)
 *	nfs:[OPTIONS:]SERVER:/PATH		OPTIONS as mount has them, with commas
 *	nfs://SERVER[:PORT]/PATH
 *	hd:DEVICE:/PATH				DEVICE: sda1, /dev/…, LABEL=…, UUID=…
 *	cdrom:/PATH				on the boot medium, or else in a CD drive
 *	file:/PATH, or a path			in the running system
 *	(nothing)				what DHCP names; or else /ks.cfg of the volume
 *						labelled OEMDRV or SOCLE-KS
 *
 * Where two places could be meant, it is refused with both of them named: a
 * kickstart file decides over disks.  What may heal (no link yet, no route, a
 * server that starts) is tried again with growing pauses until a total limit.
 * Everything is mounted read-only, and without replaying a journal.
 */
#ifndef INSTALLER_KS_SOURCE_H
#define INSTALLER_KS_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "kickstart/kickstart.h"
#include "socle/buf.h"
#include "socle/err.h"

enum {
	/* For all tries together, if not said otherwise; and once more for all included files. */
	KS_SECONDS = 120,
	KS_SECONDS_MAX = 86400,
	KS_PAUSE_MAX = 8,     /* seconds between two tries */
	KS_SOURCE_MAX = 4096, /* bytes of a source */
	KS_PIN_MAX = 64,      /* "sha256//", 44 digits of base64, and the NUL */
};

struct ks_request {
	/* As above; "": asked for without saying where; NULL: not asked for. */
	char *source;
	/*
	 * What curl calls a pinned public key: "sha256//" and, in base64, the
	 * SHA-256 of the certificate's SubjectPublicKeyInfo in DER; "" for none.
	 * With it what is fetched must be https://, and no authority is asked.
	 */
	char pin[KS_PIN_MAX];
	bool send_mac;	      /* X-RHN-Provisioning-MAC-N: INTERFACE ADDRESS */
	bool send_serial;     /* X-System-Serial-Number */
	unsigned int seconds; /* the total limit; 0: one try */
	/* Who is to be told how it goes: a URL with {mac} and the like, or NULL. */
	char *webhook;
	char *webhook_token; /* or NULL */
	char webhook_pin[KS_PIN_MAX];
	/* Hears what is done and why a try failed; may be NULL. */
	void (*note)(const char *text);
	/* Tells the machine's facts when they are to be sent; NULL: there are none. */
	int (*facts)(json_t **out, struct err *e);
	bool no_mounts;	      /* nfs:, hd: and cdrom: are refused */
	bool included;	      /* in the running system only a regular file is read */
	int64_t included_end; /* clock_ms() when no included file is waited for; 0: none was yet */
};

#define KS_REQUEST_INIT ((struct ks_request){ .seconds = KS_SECONDS })

/*
 * Read a kernel's command line into r, which the caller has initialised and
 * clears, also after an error:
 *
 *	socle.ks=, inst.ks=, ks=			the source; the last one counts
 *	socle.ks.fingerprint=				the pin: 64 hexadecimal digits, colons
 *							between them or not, or curl's form
 *	socle.ks.timeout=				seconds
 *	inst.ks.sendmac, inst.ks.sendsn (also socle.)	the headers
 *	socle.webhook=					who is told how it goes
 *	socle.webhook.token=, socle.webhook.fingerprint=
 *
 * -EINVAL: one of them is malformed, and which.
 */
int ks_request_parse(const char *cmdline, struct ks_request *r, struct err *e) __must_check;
void ks_request_clear(struct ks_request *r); /* idempotent */

/* Set the pin from its text, as above. */
int ks_request_pin(struct ks_request *r, const char *text, struct err *e) __must_check;

/*
 * Read the file, at most KS_FILE_MAX bytes.  When the request did not say where
 * it is and it was found, r->source tells.  -ENOENT when nothing asked for a
 * file and none was found.  Messages never contain a password of a URL.
 */
int ks_request_read(struct ks_request *r, struct buf *out, struct err *e) __must_check;

/*
 * The reader of what the request's file includes, for ks_parse_with(); r is
 * kept, and r->source tells where that file came from.  All that it includes
 * has the request's time together.
 */
struct ks_reader ks_request_reader(struct ks_request *r);

/* Whether it is fetched from a URL: http://, https:// or ftp://. */
bool ks_source_is_url(const char *source);

/*
 * What a file includes by name, as a source: a relative path counts from where
 * the file itself, base, is.  To be freed; NULL when memory was exhausted.
 */
char *ks_source_beside(const char *base, const char *name);

/*
 * The source as messages may show it: without user and password, and without
 * what follows a "?".  Returns buffer.
 */
const char *ks_source_name(const char *source, char *buffer, size_t len);

#endif
