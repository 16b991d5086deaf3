/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What completion shares with the parser of command lines.
 */
#ifndef SOCLE_CMD_COMPLETE_H
#define SOCLE_CMD_COMPLETE_H

#include "socle/cmd.h"

/* How many words of argv the command's name takes, or -1. */
int cmd_match(const struct cmd *c, int argc, char **argv);

/* The option that the first len bytes of arg name, as "--json" or "-j"; or NULL. */
const struct cmd_opt *cmd_find_option(const struct cmd_opt *opts, const char *arg, size_t len);

/*
 * Print what may follow the words argv, one a line: commands, options, the
 * words of a choice; ":files" where the name of a file may stand.
 */
void cmd_complete(const struct cmd_program *p, int argc, char **argv);

#endif
