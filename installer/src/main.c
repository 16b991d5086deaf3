/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle-install: a kickstart and this machine's facts to a plan, shown, then done.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "installed.h"
#include "leave.h"
#include "reporting.h"
#include "session.h"
#include "socle/cmd.h"
#include "ui.h"
#include "ui_screens.h"

enum { EXIT_NO_KICKSTART = 3 };

static struct {
	struct session_options session;
	const char *bundle;
	bool yes, unattended, screens, try_network;
} opt;

static const struct cmd_opt options[] = {
	{ "kickstart", 'k', OPT_STRING, "FILE|URL", &opt.session.kickstart,
	  "the answers; default: socle.ks= of the kernel" },
	{ "fingerprint", 0, OPT_STRING, "SHA256", &opt.session.fingerprint,
	  "of the server's public key, for https://" },
	{ "dry-run", 'n', OPT_BOOL, NULL, &opt.session.dry_run, "show the plan and end" },
	{ "facts", 0, OPT_STRING, "FILE", &opt.session.facts,
	  "plan for recorded facts (with --dry-run)" },
	{ "medium", 0, OPT_STRING, "DIR", &opt.session.medium,
	  "where manifest.json and the image are" },
	{ "bundle", 0, OPT_STRING, "FILE|URL", &opt.bundle, "save the log bundle there, and end" },
	{ "yes", 'y', OPT_BOOL, NULL, &opt.yes, "do not ask before writing" },
	{ "unattended", 0, OPT_BOOL, NULL, &opt.unattended,
	  "ask nothing; without a kickstart do nothing and exit with 3" },
	{ "try-network", 0, OPT_BOOL, NULL, &opt.try_network,
	  "set up the plan's network here, test it, take it back, and end" },
	{ "screens", 0, OPT_BOOL, NULL, &opt.screens, "ask by screens, whatever else there is" },
	{ 0 },
};

static int run(size_t argc, char **argv);

static const struct cmd commands[] = {
	{ .name = "",
	  .args = "",
	  .help = "install Socle on this machine, as a kickstart file says",
	  .opts = options,
	  .run = run },
	{ 0 },
};

static const struct cmd_program program = {
	.name = "socle-install",
	.summary = "Install Socle on this machine, as a kickstart file says.",
	.cmds = commands,
};

static void note(const char *text)
{
	printf("kickstart: %s\n", text);
	fflush(stdout);
}

static volatile sig_atomic_t stop;

static void on_stop(int number)
{
	stop = number;
}

/* A terminal that goes away, or a reader of our output, must not leave half a disk. */
static void catch_signals(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* One who stops it finds nothing mounted, and can begin again. */
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
}

static bool confirmed(const struct session *s)
{
	struct buf disks = BUF_INIT;
	char line[16] = "";

	if (opt.yes || !s->attended)
		return true;
	plan_disks(&s->plan, &disks);
	printf("\nType \"yes\" to install to %s now: ", disks.s);
	fflush(stdout);
	buf_clear(&disks);
	return fgets(line, sizeof(line), stdin) && strcmp(line, "yes\n") == 0;
}

/* Only a word on the boot line or in the kickstart erases what was just installed. */
static int start_installed(const struct session *s)
{
	enum { SECONDS = 20 };
	struct err e = { 0 };

	printf("\nThis machine was installed by exactly this kickstart and image:\n"
	       "  %s, %s, plan %.16s\n"
	       "Nothing is installed, and its disk is started in %d seconds.\n"
	       "To install again: socle.reinstall on the boot line, or the line \"reinstall\"\n"
	       "in the kickstart.\n",
	       s->plan.done->hostname, s->plan.done->time, s->plan.done->plan, SECONDS);
	fflush(stdout);
	for (int i = 0; i < SECONDS && !stop; i++)
		sleep(1);
	if (stop || installed_start(&s->plan, &e) == 0)
		return stop != 0;
	printf("It is not started: %s.\n", err_text(&e));
	return 1;
}

/* As the kickstart says, or by default stay: the consoles get a shell. */
static void leave_failed(const struct session *s)
{
	enum { SECONDS = 10 };
	const char *then = s->answers.on_failure.then;
	struct err e = { 0 };

	if (s->attended || !then || strcmp(then, "shell") == 0)
		return;
	printf("\nIn %d s: %s, as \"onfailure\" says.\n", SECONDS, then);
	fflush(stdout);
	sleep(SECONDS);
	if (leave(then, false, &e) < 0)
		cmd_fail(&program, "%s", err_text(&e));
}

/* Nobody may be there: whoever is to hear of it does, before the machine is left. */
static int failed(struct session *s, struct reporting *r)
{
	if (opt.session.dry_run)
		return 1;
	if (!s->attended)
		reporting_failed(r, s);
	reporting_close(r);
	leave_failed(s);
	return 1;
}

/* From the plan on; returns the exit code. */
static int install(struct session *s, struct reporting *r)
{
	struct err e = { 0 };

	if (opt.session.dry_run)
		return 0;
	catch_signals();
	if (opt.try_network)
		return session_try_network(s) ? 0 : 1;
	if (!confirmed(s)) {
		printf("No disk was changed.\n");
		return 1;
	}
	if (session_is_done(s)) {
		reporting_present(r);
		return start_installed(s);
	}
	/* One who has come in over the network would be cut off. */
	if (!s->attended)
		session_try_network(s);
	if (session_execute(s, &e) < 0)
		return failed(s, r);
	if (session_leave(s, &e) < 0)
		return cmd_fail(&program, "%s", err_text(&e));
	return 0;
}

static int screens(struct session *s, struct reporting *r)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_stop);
	s->listener_count = 0;
	reporting_listen(r, s);
	return ui_screens(s);
}

/* Where there is somebody to be asked, and nothing else to go by. */
static bool on_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !opt.yes && !opt.unattended;
}

static int no_kickstart(struct session *s, struct reporting *r)
{
	if (opt.unattended)
		return EXIT_NO_KICKSTART;
	if (on_terminal())
		return screens(s, r);
	ui_no_kickstart(stdout);
	return 1;
}

static int run_session(struct session *s, struct reporting *r)
{
	struct err e = { 0 };
	int ret;

	if (opt.screens)
		return screens(s, r);
	ret = session_prepare(s, &e);
	if (ret == -ENOENT)
		return no_kickstart(s, r);
	return ret < 0 ? failed(s, r) : install(s, r);
}

static int save_bundle(void)
{
	char where[PATH_MAX];
	struct err e = { 0 };

	if (reporting_bundle(opt.bundle, opt.session.fingerprint, NULL, where, &e) < 0)
		return cmd_fail(&program, "%s", err_text(&e));
	printf("%s\n", where);
	return 0;
}

static int run(size_t argc, char **argv)
{
	struct session s = SESSION_INIT;
	struct reporting reporting;
	struct ui ui;
	int code;

	(void)argc, (void)argv;
	if (opt.session.facts && !opt.session.dry_run) {
		cmd_fail(&program, "--facts plans for another machine; it needs --dry-run");
		return 2;
	}
	if (opt.bundle)
		return save_bundle();
	/* Into a pipe too, as "| tee /dev/ttyS0", what happens is seen when it happens. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	s.options = opt.session;
	s.request.note = note;
	s.stop = &stop;
	ui_init(&ui, stdout);
	session_listen(&s, &(struct session_listener){ ui_phase, ui_event, &ui });
	reporting_open(&reporting, &s, stdout);
	reporting_listen(&reporting, &s);
	/* Of the screens that wait on all consoles, one is used. */
	if (!opt.screens)
		notify_start(&reporting.notify);
	code = run_session(&s, &reporting);
	reporting_close(&reporting);
	session_clear(&s);
	return code;
}

int main(int argc, char **argv)
{
	return cmd_main(&program, argc, argv);
}
