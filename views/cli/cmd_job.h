/* cmd_job.h - the worker, jobs by hand, the price export and the monitoring plugin as commands. */
#ifndef SPOTOP_VIEWS_CMD_JOB_H
#define SPOTOP_VIEWS_CMD_JOB_H
#include "views/cli/cli.h"
extern const struct command command_worker, command_job, command_check, command_prices;
#endif
