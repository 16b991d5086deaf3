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
#include "session.h"
#include "socle/cmd.h"
#include "ui.h"
#include "ui_screens.h"

enum { EXIT_NO_KICKSTART = 3 };

static struct {
	struct session_options session;
	bool yes, unattended, screens;
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
	{ "yes", 'y', OPT_BOOL, NULL, &opt.yes, "do not ask before writing" },
	{ "unattended", 0, OPT_BOOL, NULL, &opt.unattended,
	  "ask nothing; without a kickstart do nothing and exit with 3" },
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
	char line[16] = "";

	if (opt.yes || !s->attended)
		return true;
	printf("\nType \"yes\" to install to %s now: ", s->plan.disk->path);
	fflush(stdout);
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

/* From the plan on; returns the exit code. */
static int install(struct session *s)
{
	struct err e = { 0 };

	if (opt.session.dry_run)
		return 0;
	if (!confirmed(s)) {
		printf("No disk was changed.\n");
		return 1;
	}
	catch_signals();
	if (session_is_done(s))
		return start_installed(s);
	if (session_execute(s, &e) < 0)
		return 1;
	if (session_leave(s, &e) < 0)
		return cmd_fail(&program, "%s", err_text(&e));
	return 0;
}

/* Where there is somebody to be asked, and nothing else to go by. */
static bool on_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !opt.yes && !opt.unattended;
}

static int no_kickstart(struct session *s)
{
	if (opt.unattended)
		return EXIT_NO_KICKSTART;
	if (on_terminal()) {
		s->listener_count = 0;
		return ui_screens(s);
	}
	ui_no_kickstart(stdout);
	return 1;
}

static int run(size_t argc, char **argv)
{
	struct session s = SESSION_INIT;
	struct err e = { 0 };
	struct ui ui;
	int ret;

	(void)argc, (void)argv;
	if (opt.session.facts && !opt.session.dry_run) {
		cmd_fail(&program, "--facts plans for another machine; it needs --dry-run");
		return 2;
	}
	/* Into a pipe too, as "| tee /dev/ttyS0", what happens is seen when it happens. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	s.options = opt.session;
	s.request.note = note;
	s.stop = &stop;
	ui_init(&ui, stdout);
	session_listen(&s, &(struct session_listener){ ui_phase, ui_event, &ui });
	if (opt.screens) {
		s.listener_count = 0;
		ret = ui_screens(&s);
		session_clear(&s);
		return ret;
	}
	ret = session_prepare(&s, &e);
	if (ret == -ENOENT)
		ret = no_kickstart(&s);
	else
		ret = ret < 0 ? 1 : install(&s);
	session_clear(&s);
	return ret;
}

int main(int argc, char **argv)
{
	return cmd_main(&program, argc, argv);
}
