/* script.h - an agent's steps, one after the other. */
#ifndef SPOTOP_SIM_SCRIPT_H
#define SPOTOP_SIM_SCRIPT_H
#include "core/sim/run_int.h"
struct script *script_new(struct sim_agent *a);
struct step *script_add(struct script *s, enum op op, int64_t after_ms);
void script_start(struct script *s); /* the agent's old one, if any, is dropped */
void script_drop(struct sim_agent *a);
/* Milliseconds that a wait of so many simulated seconds takes, capped in a sped-up fleet. */
int64_t sim_wait_ms(const struct sim *m, double seconds, int cap_ms);
#endif
