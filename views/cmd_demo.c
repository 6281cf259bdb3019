#include "views/cmd_sim.h"
const struct command command_demo = { .name = "demo" };
