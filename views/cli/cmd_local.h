/* cmd_local.h - the private MariaDB as a command. */
#ifndef SPOTOP_VIEWS_CMD_LOCAL_H
#define SPOTOP_VIEWS_CMD_LOCAL_H
#include "views/cli/cli.h"
extern const struct command command_local;
#endif
