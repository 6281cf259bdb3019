/* commands.h - the commands, each defined in its cmd_ file and listed in commands.c. */
#ifndef SPOTOP_VIEWS_COMMANDS_H
#define SPOTOP_VIEWS_COMMANDS_H
#include "views/cli/cli.h"
extern const struct command command_completion, command_tail, command_serve;
#endif
