/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui_screens.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "draft.h"

extern char **environ;

static const struct ui_step steps[] = {
	{ "welcome", "Welcome", .show = screen_welcome,
	  .help = "Keys that work on every screen:\n\n"
		  "  Tab, Shift-Tab   the next or the previous field or button\n"
		  "  arrows           move in a list, scroll a text\n"
		  "  Space            mark, or press the button\n"
		  "  Enter            go on\n"
		  "  F12 or Esc       back to the screen before; nothing typed is lost\n"
		  "  F1               this help, or that of the screen\n\n"
		  "Where a terminal does not send function keys, use Tab and the buttons; Esc, "
		  "pressed alone, goes back after a moment.\n\n"
		  "\"Shell\" opens a root shell on this console; \"exit\" comes back. Logs are in "
		  "/run/socle." },
	{ "keyboard", "Keyboard", .show = screen_keyboard,
	  .help = "A letter moves to the next language that begins with it. The language of the "
		  "system is English (C.UTF-8), the one locale that the image has." },
	{ "disk", "Disk", .show = screen_disk,
	  .help = "The disk that Socle is installed to. ALL THAT IS ON IT IS LOST; no other disk "
		  "is touched.\n\n"
		  "Space marks a disk. \"Details\" shows its model, serial number, WWN, how it is "
		  "connected and what is on it. \"Blink\" lights the locator LED of its slot, "
		  "where "
		  "the enclosure has one. \"Rescan\" looks for disks once more, as after one was "
		  "plugged in.\n\n"
		  "Removable and USB disks and those of a SAN are only used when they are chosen "
		  "here; the medium that this was booted from never is. The smallest disk is "
		  "16 GiB." },
	{ "mirror", "Second disk", .applies = mirror_applies, .show = screen_mirror,
	  .help = "With a second disk the system lies on both (RAID 1), and the machine boots "
		  "from either when the other fails. ALL THAT IS ON BOTH IS LOST. Guests' disks "
		  "are kept on both, too. The smaller disk decides how much there is." },
	{ "keep", "Guests", .applies = keep_applies, .show = screen_keep,
	  .help = "The volume group of the Socle that is there stays, with the thin pool and all "
		  "volumes of guests; only the system and its state (/etc, /var, /root, /home) "
		  "are made anew. The guests' configurations are kept, too: /etc/xen/*.cfg, "
		  "/etc/xen/auto and /var/lib/socle/guests." },
	{ "network", "Management network", .show = screen_network,
	  .help = "The port that the host is managed by: ssh, and later the agent and the "
		  "manager. It gets the bridge xenbr0, which guests may use too. Ports are known "
		  "by their MAC address, so that a new kernel or card does not rename them.\n\n"
		  "\"link\" means that a cable with something at its other end is plugged in." },
	{ "ports", "Further ports", .applies = ports_applies, .show = screen_ports,
	  .help = "Several ports are a bond, which works on when a cable, a port or a switch "
		  "fails.\n\n"
		  "active-backup: one port works, the others wait; needs nothing of the switch.\n"
		  "802.3ad (LACP): all ports work; the switch must speak LACP on them. A switch "
		  "that only speaks LACP lets nothing else through.\n"
		  "balance-xor: all ports work, by a fixed rule; the switch must have them as a "
		  "static group." },
	{ "address", "Address", .applies = network_applies, .show = screen_address,
	  .help = "With DHCP the address, the gateway and the name servers come from the network, "
		  "and their fields stay empty. IPv6 by routers is SLAAC. An IPv6 address is "
		  "written with the length of its prefix, as 2001:db8::5/64.\n\n"
		  "VLAN: the number of the tagged network on this port; empty if there are no "
		  "tags.\n\n"
		  "\"Test\" sets the network up as the host will have it, asks the gateway and the "
		  "name servers, and takes it back." },
	{ "hostname", "Host name", .show = screen_hostname,
	  .help = "It is what the host calls itself; that others find it by this name is up to "
		  "the name server." },
	{ "zone", "Time zone", .show = screen_zone,
	  .help = "Left the part of the world, right the place; a letter moves to the next one "
		  "that begins with it. Servers are often kept in UTC: Etc, UTC. The hardware "
		  "clock is kept in UTC in any case." },
	{ "time", "Time servers", .show = screen_time,
	  .help = "The clock is kept by NTP. Certificates and clusters need the right time. "
		  "Without a time server of your own, the default is fine where the host reaches "
		  "the Internet." },
	{ "password", "Root password", .show = screen_password,
	  .help = "The password of root on the host's console. It is not shown. Over ssh root "
		  "comes in by a key, or also by this password if that is marked.\n\n"
		  "Left empty, no password lets root in, and a key is needed on the next "
		  "screen.\n\n"
		  "A good password is long: four words that have nothing to do with each other are "
		  "better than eight odd characters." },
	{ "keys", "SSH keys", .show = screen_keys,
	  .help = "A public key is one line, as in ~/.ssh/id_ed25519.pub: \"ssh-ed25519 AAAA... "
		  "name\". Paste it, or give the http:// or https:// address of a file with one "
		  "key a line; it is fetched by the network as the installer has it now." },
	{ "memory", "Memory of dom0", .show = screen_memory,
	  .help = "dom0 runs drivers, storage and tools, no guests. The default grows with the "
		  "machine. It can be changed later, at a reboot." },
	{ "summary", "The plan", .show = screen_summary,
	  .help = "Exactly this will be done, step by step; nothing else. The number at its end "
		  "stands for all of it: the same machine, answers and image always give the same "
		  "number.\n\n"
		  "The answers were saved as a kickstart file, which is kept as "
		  "/root/socle-ks.cfg on the new host." },
	{ "confirm", "Last question", .applies = confirm_applies, .show = screen_confirm,
	  .help = "The disk is not empty. After this nobody can bring back what is on it." },
	{ "install", "Installing", .show = screen_install, .help = "" },
	{ "finish", "Installed", .show = screen_finish, .help = "" },
	{ 0 },
};

enum ui_go screens_go(enum form_end end)
{
	static const enum ui_go of[] = {
		[FORM_NEXT] = UI_NEXT, [FORM_BACK] = UI_BACK, [FORM_MORE] = UI_AGAIN,
		[FORM_KEY] = UI_AGAIN, [FORM_LOST] = UI_LOST,
	};

	return of[end];
}

void screens_take(newtComponent entry, char *to, size_t len)
{
	const char *text = newtEntryGetValue(entry);
	size_t n;

	text += strspn(text, " \t");
	n = strlen(text);
	while (n && (text[n - 1] == ' ' || text[n - 1] == '\t'))
		n--;
	snprintf(to, len, "%.*s", (int)n, text);
}

void screens_shell(void)
{
	char *argv[] = { (char *)"bash", (char *)"-l", NULL };
	posix_spawn_file_actions_t files;
	pid_t pid;

	/* Our errors go to the journal, but a shell prompts there, if it is a terminal. */
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
	form_suspend();
	printf("\r\nA root shell; \"exit\" goes back to the installer.\r\n");
	fflush(stdout);
	if (posix_spawnp(&pid, argv[0], &files, NULL, argv, environ) == 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&files);
	form_resume();
}

int screens_plan(struct screens *u, const char **step, struct err *e)
{
	struct session *s = u->session;
	int ret;

	explicit_bzero(s->kickstart.s, s->kickstart.len);
	buf_clear(&s->kickstart);
	*step = "disk";
	ret = choices_kickstart(&u->choices, &s->kickstart, e);
	if (ret < 0)
		return ret;
	if (!u->console.alone)
		(void)!fs_write(UI_SAVED, s->kickstart.s, s->kickstart.len, 0600, NULL);
	ret = session_parse(s, e);
	if (ret < 0 && s->messages.count) {
		const struct ks_message *m = &s->messages.item[0];

		err_set(e, ret, "kickstart line %u: %s", m->pos.line, m->text);
	}
	if (ret == 0)
		ret = session_plan(s, e);
	if (ret < 0) {
		unsigned int line;
		const char *of = sscanf(err_text(e), "kickstart line %u", &line) == 1
					 ? choices_step_of(s->kickstart.s, line)
					 : NULL;

		*step = of ? of : "disk";
	}
	return ret;
}

/* Nothing is lost with the terminal, or to the console that goes on. */
static void left(void *ui, const struct ui_step *step, enum ui_go go)
{
	struct screens *u = ui;

	(void)go;
	if (u->console.lock < 0)
		return;
	if (strcmp(step->name, "welcome") != 0)
		choices_save(&u->console, &u->choices);
	snprintf(u->status.text, sizeof(u->status.text), "%s", step->title);
	status_write(&u->console, &u->status);
}

bool screens_stopped(const struct screens *u)
{
	return u->session->stop && *u->session->stop;
}

/* Whether another console has the installer or is to have it, or the machine goes down. */
static bool tick(void *ctx)
{
	struct screens *u = ctx;
	char owner[64];

	if (screens_stopped(u))
		return true;
	u->yields = u->console.lock < 0 ? !u->console.alone && console_owned(owner)
					: !u->executing && console_asked(&u->console);
	return u->yields;
}

static enum ui_go walk(struct screens *u)
{
	char owner[64];
	enum ui_go go = UI_NEXT;

	while (go != UI_LOST && !u->dry_run && console_owned(owner))
		go = screens_watch(u, owner);
	if (go != UI_LOST)
		go = ui_walk(steps, NULL, u, left);
	return go;
}

int ui_screens(struct session *s)
{
	struct screens u = { .session = s, .dry_run = s->options.dry_run, .tail = BUF_INIT };
	struct err e = { 0 };
	enum ui_go go;
	int ret = session_look(s, &e);

	if (ret == 0)
		ret = session_load(s, &e);
	if (ret < 0) {
		fprintf(stderr, "socle-install: %s\n", err_text(&e));
		return 1;
	}
	s->attended = true;
	console_open(&u.console, u.dry_run);
	choices_default(&u.choices, &s->facts);
	if (form_init(tick, &u) < 0) {
		fprintf(stderr, "socle-install: this terminal cannot show screens\n");
		return 1;
	}
	do {
		u.yields = false;
		go = walk(&u);
		console_close(&u.console);
		/* Who yields watches then. */
	} while (go == UI_LOST && u.yields && !screens_stopped(&u));
	form_finish();
	/* Without a machine the answers are what comes of it. */
	if (u.dry_run && go == UI_END)
		fputs(s->kickstart.s, stdout);
	explicit_bzero(&u.choices, sizeof(u.choices));
	buf_clear(&u.tail);
	return go == UI_END ? 0 : 1;
}
