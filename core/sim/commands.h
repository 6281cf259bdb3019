/* commands.h - what a claimed command means. */
#ifndef SPOTOP_SIM_COMMANDS_H
#define SPOTOP_SIM_COMMANDS_H
struct script;
struct sim_agent;
struct table;
/* state: the agent's instances now. */
struct script *command_script(struct sim_agent *a, const struct table *command, const struct table *state);
#endif
