/* cmd_import.h - `spotop import prices FILE`. */
#ifndef SPOTOP_VIEWS_CMD_IMPORT_H
#define SPOTOP_VIEWS_CMD_IMPORT_H
#include "views/cli/cli.h"
extern const struct command command_import;
#endif
