/* care.h - no trouble without an end: what another life, or a command in the middle of it, left behind. */
#ifndef SPOTOP_SIM_CARE_H
#define SPOTOP_SIM_CARE_H
struct sim_agent;
struct table;
void care_adopt(struct sim_agent *a, const struct table *state, const char *notice, int left_s);
void care_look(struct sim_agent *a, const char *cause);
#endif
