/* cmd_db.h - spotop db: the schema made, looked at and checked. */
#ifndef SPOTOP_VIEWS_CMD_DB_H
#define SPOTOP_VIEWS_CMD_DB_H
#include "views/cli/cli.h"

extern const struct command command_db;
int cmd_migrate_run(struct cli *c); /* db migrate */
#endif
