/* agent.h - an agent's calls, and what it knows of its instances. */
#ifndef SPOTOP_SIM_AGENT_H
#define SPOTOP_SIM_AGENT_H
#include "core/db/db.h"
#include <stdbool.h>
#include <stdint.h>
struct sim;
struct sim_agent;
/* Over one link for each agent, so that its calls arrive in their order. */
void sim_ask(struct sim_agent *a, const struct query *q, const struct arg *args, size_t n, db_cb cb, void *ctx);
void sim_ask_on(struct sim *m, struct db *db, const struct query *q, const struct arg *args, size_t n, db_cb cb,
                void *ctx);
/* Reads an agent's instances, then calls then(agent, state). */
void sim_with_state(struct sim_agent *a, void (*then)(struct sim_agent *a, const struct table *state));
struct sim_agent *sim_agent_by_id(struct sim *m, const char *id);
bool sim_agent_is_idle(const struct sim_agent *a);
int64_t sim_some_ms(struct sim_agent *a, double lo_s, double hi_s);     /* by chance, between the two */
#endif
