/* cmd_self.h - what the program says of itself and of the ground it stands on. */
#ifndef SPOTOP_VIEWS_CMD_SELF_H
#define SPOTOP_VIEWS_CMD_SELF_H
#include "views/cli/cli.h"
extern const struct command command_report;
extern const struct command command_doctor, command_info;
#endif
