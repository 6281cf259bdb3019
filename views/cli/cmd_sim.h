/* cmd_sim.h - the simulated fleet: alone, and as a demo with its own database and console. */
#ifndef SPOTOP_VIEWS_CMD_SIM_H
#define SPOTOP_VIEWS_CMD_SIM_H
#include "views/cli/cli.h"
extern const struct command command_sim, command_demo;
#endif
