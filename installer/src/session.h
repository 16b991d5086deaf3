/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: one installation, from reading the answers to its end.
 *
 * The steps are functions of their own, for the screens, which go back and
 * forth; session_prepare() takes all of them in order for a kickstart that is
 * there.  Nothing is printed here.  Whoever wants to know of what happens (the
 * text on the consoles, the screens, webhooks, the report) is a listener: it
 * hears of each phase of the session and of each event of the executor, in the
 * order in which listeners were added.
 */
#ifndef INSTALLER_SESSION_H
#define INSTALLER_SESSION_H

#include "installer/execute.h"
#include "installer/ks_source.h"
#include "installer/plan.h"
#include "kickstart/kickstart.h"

enum { SESSION_LISTENERS_MAX = 8 };

#define SESSION_MEDIUM "/run/initramfs/live/socle"

struct session_options {
	const char *kickstart;	 /* FILE|URL, NULL: what the kernel's command line says */
	const char *fingerprint; /* of the server's public key, or NULL */
	const char *facts;	 /* recorded facts, NULL: those of this machine */
	const char *medium;	 /* where manifest.json is, NULL: SESSION_MEDIUM */
	bool dry_run;		 /* without a medium the plan is made nevertheless */
};

enum session_phase {
	SESSION_ANSWERED,   /* the kickstart was read; session.messages tell what is wrong in it */
	SESSION_LOOKED,	    /* the machine's facts are known */
	SESSION_PLANNED,    /* session.plan is what would be done */
	SESSION_REFUSED,    /* or it is not made; error tells why */
	SESSION_INSTALLING, /* the executor begins */
	SESSION_INSTALLED,
	SESSION_FAILED, /* error tells why, session.result in which state the disk is */
	SESSION_PHASES,
};

struct session;

struct session_listener {
	/* Both may be NULL; error is, but for the phases that tell of one. */
	void (*phase)(void *ctx, const struct session *s, enum session_phase phase,
		      const struct err *error);
	void (*event)(void *ctx, const struct exec_event *event);
	void *ctx;
};

struct session {
	struct session_options options;
	struct ks_request request;
	bool attended; /* somebody is there: the kickstart was given by hand, or by screens */
	struct buf kickstart; /* its text, without what it includes; secret */
	bool pre_done;	      /* the %pre scripts of that text were run */
	struct ks_messages messages;
	struct answers answers;
	struct facts facts;
	struct image image;
	struct plan plan;
	struct exec_result result;
	uint64_t ms;			   /* that the execution took */
	const volatile sig_atomic_t *stop; /* as exec_options has it */
	/* As exec_options has it; NULL: a step that failed is not done again. */
	bool (*retry)(void *ctx, const char *op, const struct err *error);
	void *retry_ctx;
	bool keep; /* session.kickstart is kept on the new host: it was made here */
	/* The text of the report that the new system keeps, to be freed; or NULL. */
	char *(*report)(void *ctx, const struct session *s);
	/* Called before the machine is left; or NULL. */
	void (*leaving)(void *ctx);
	void *report_ctx; /* of both */
	struct session_listener listeners[SESSION_LISTENERS_MAX];
	size_t listener_count;
};

#define SESSION_INIT ((struct session){ .kickstart = BUF_INIT })

void session_clear(struct session *s); /* idempotent */

/* Add a listener; one too many is a mistake of the program, and aborts. */
void session_listen(struct session *s, const struct session_listener *l);

/* "answered", "planned" … */
const char *session_phase_name(enum session_phase phase);

/*
 * The steps.  Each may be repeated: it drops what it made before, and what was
 * made of that.
 *
 * session_request: where the kickstart file is to be found.
 * session_read: get it; -ENOENT when nothing asked for one and none was found.
 * session_parse: the text in session.kickstart to answers; -EINVAL when it has errors.
 *	With %pre scripts it is parsed, they are run, and it is parsed again, with
 *	what they wrote included; once for each text, and not for a look at the plan.
 * session_look, session_load: the machine's facts, the image of the medium.
 * session_plan: all that to a plan; -EPERM when it is refused.
 */
int session_request(struct session *s, struct err *e) __must_check;
int session_read(struct session *s, struct err *e) __must_check;
int session_parse(struct session *s, struct err *e) __must_check;
int session_look(struct session *s, struct err *e) __must_check;
int session_load(struct session *s, struct err *e) __must_check;
int session_plan(struct session *s, struct err *e) __must_check;

/* All of them.  The phase that is told of an error is SESSION_REFUSED, but for that -ENOENT. */
int session_prepare(struct session *s, struct err *e) __must_check;

/*
 * When it is refused or fails, the %onerror scripts are run behind the phase that
 * tells of it, with the error in SOCLE_ERROR.
 */

/*
 * Try the plan's network in the running system, unless it is known to work, and
 * take it back.  What is tried and found is told as EXEC_OUTPUT, what is wrong as
 * EXEC_WARNING, of the operation "network"; nothing is refused for it, since a host
 * is often installed elsewhere than where it will run.  Returns whether all is well.
 */
bool session_try_network(struct session *s);

/* Tell the listeners of something that is no step of the plan. */
void session_event(const struct session *s, enum exec_what what, const char *op, const char *text);

/* Do what the plan says. */
int session_execute(struct session *s, struct err *e) __must_check;

/*
 * Whether nobody is there, and exactly this was installed already: it is not done
 * again, but the disk started, by installed_start().
 */
bool session_is_done(const struct session *s);

/* Leave the machine as the plan says: reboot, poweroff or halt. */
int session_leave(const struct session *s, struct err *e) __must_check;

#endif
