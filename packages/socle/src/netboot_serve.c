/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle netboot serve
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "netboot.h"
#include "netboot/serve.h"
#include "socle.h"
#include "socle/cleanup.h"

enum { NEWS = 5 /* lines of what has happened, below the table */ };

static const char *interface, *range, *tree, *kickstarts, *port = "80", *router, *dns;
static bool proxy, plain;

const struct cmd_opt netboot_serve_opts[] = {
	{ "interface", 'i', OPT_STRING, "IF", &interface, "the wire that is served" },
	{ "range", 0, OPT_STRING, "FIRST,LAST[,MASK]", &range,
	  "be the DHCP server, with these addresses" },
	{ "proxy", 0, OPT_BOOL, NULL, &proxy, "work beside another DHCP server" },
	{ "router", 0, OPT_STRING, "ADDRESS", &router, "the router, with --range" },
	{ "dns", 0, OPT_STRING, "ADDRESS", &dns, "the name server, with --range" },
	{ "kickstarts", 0, OPT_STRING, "DIR", &kickstarts,
	  "a folder of MAC.ks, SERIAL.ks, PATTERN*.ks, default.ks" },
	{ "tree", 0, OPT_STRING, "DIR", &tree, "what 'make pxe' wrote, by default build/pxe" },
	{ "port", 0, OPT_STRING, "N", &port, "of HTTP, by default 80" },
	NETBOOT_STATE_OPTION,
	{ "plain", 0, OPT_BOOL, NULL, &plain, "lines instead of a table, also on a terminal" },
	{ 0 },
};

static volatile sig_atomic_t stop;

static void on_signal(int signal)
{
	stop = signal;
}

struct screen {
	char news[NEWS][256];
	size_t count;
	const char *url;
};

static void stamp(char now[16])
{
	time_t t = time(NULL);
	struct tm tm;

	localtime_r(&t, &tm);
	strftime(now, 16, "%H:%M:%S", &tm);
}

static void add_news(struct screen *s, const char *line)
{
	if (s->count == NEWS) {
		memmove(s->news[0], s->news[1], sizeof(s->news) - sizeof(s->news[0]));
		s->count--;
	}
	snprintf(s->news[s->count++], sizeof(s->news[0]), "%.255s", line);
}

/* "12:00:00 52-54-00-12-34-56 xen-07: done" */
static void on_tell(void *ctx, const struct machine *m, const char *line)
{
	struct screen *s = ctx;
	char text[1400], now[16];

	stamp(now);
	snprintf(text, sizeof(text), "%s %s%s%s%s%s", now, m ? m->mac : "",
		 m && *m->name ? " " : "", m ? m->name : "", m ? ": " : "", line);
	if (s) {
		add_news(s, text);
		return;
	}
	puts(text);
	fflush(stdout);
}

static void on_show(void *ctx, const json_t *machines)
{
	struct winsize w = { .ws_row = 24, .ws_col = 80 };
	const struct screen *s = ctx;

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	printf("\033[H\033[JSocle network boot on %s, %s\n\n", interface, s->url ? s->url : "");
	netboot_print(stdout, machines, w.ws_col, w.ws_row > NEWS + 6 ? w.ws_row - NEWS - 4 : 3);
	putchar('\n');
	for (size_t i = 0; i < s->count; i++)
		printf("%.*s\n", w.ws_col, s->news[i]);
	fflush(stdout);
}

static int check_options(struct netboot_config *c, struct err *e)
{
	char *end;
	unsigned long n = strtoul(port, &end, 10);

	if (!interface)
		return err_set(e, -EINVAL, "--interface is needed: which wire is served?");
	if (!range == !proxy)
		return err_set(
			e, -EINVAL,
			"either --range FIRST,LAST, to be the DHCP server, or --proxy, to work "
			"beside one");
	if (proxy && (router || dns))
		return err_set(e, -EINVAL, "--router and --dns are said by the DHCP server");
	if (*end || !n || n > 65535 || *port == '-' || *port == '+')
		return err_set(e, -EINVAL, "--port: %.32s is no number from 1 to 65535", port);
	c->port = (unsigned int)n;
	return 0;
}

static void catch_signals(void)
{
	struct sigaction a = { .sa_handler = on_signal };

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	sigaction(SIGHUP, &a, NULL);
	a.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &a, NULL);
}

static int serve(struct netboot_config *c, struct screen *s, struct err *e)
{
	struct buf problems = BUF_INIT;
	struct netboot *n = NULL;
	char line[128];
	int ret;

	catch_signals();
	ret = netboot_open(c, &n, &problems, e);
	fputs(problems.s, stderr);
	buf_clear(&problems);
	if (ret < 0)
		return ret;
	if (s)
		s->url = netboot_url(n);
	snprintf(line, sizeof(line), "serving on %s, %s", interface, netboot_url(n));
	on_tell(s, NULL, line);
	ret = netboot_run(n, &stop, e);
	netboot_close(n);
	return ret;
}

int run_netboot_serve(size_t argc, char **argv)
{
	struct screen screen = { 0 };
	bool table = isatty(STDOUT_FILENO) && !plain;
	struct netboot_config c = { .interface = interface,
				    .range = range,
				    .tree = tree ? tree : "build/pxe",
				    .state = netboot_state,
				    .kickstarts = kickstarts,
				    .router = router,
				    .dns = dns,
				    .tell = on_tell,
				    .show = table ? on_show : NULL,
				    .ctx = table ? &screen : NULL };
	struct err e = { 0 };

	(void)argc, (void)argv;
	if (check_options(&c, &e) < 0) {
		fail(&e);
		return 2;
	}
	return serve(&c, table ? &screen : NULL, &e) < 0 ? fail(&e) : 0;
}
