/* commands.h - the table of all commands. */
#ifndef SPOTOP_VIEWS_COMMANDS_H
#define SPOTOP_VIEWS_COMMANDS_H
#include "views/cli/command.h"
extern const struct command commands[]; /* ended by a zero row */
#endif
