/* seed_gen.h - one agent while its past and present are made: shared by seed_past.c and seed_agent.c. */
#ifndef SPOTOP_SIM_SEED_GEN_H
#define SPOTOP_SIM_SEED_GEN_H
#include "core/sim/seed_int.h"

struct seed_instance {
	char id[20];
	const struct sim_pool *pool; /* its type and zone; what it pays too, unless on demand */
	bool is_spot, is_primary;
	double price;
	const char *status, *role;
	int64_t requested, confirmed, term_requested, term_confirmed; /* 0: not yet */
	int n_interruptions;
};
struct gen {
	struct seed *s;
	struct seed_client *client;
	struct rng r;
	enum seed_role role;
	char id[37], name[24];
	int64_t created;
	bool auto_switch, auto_terminate, manual_replica, replica_enabled;
	int wait;
	struct seed_instance now; /* the primary */
	int n_live;               /* active instances */
};

void seed_put_instance(struct gen *g, const struct seed_instance *b);
void seed_put_event(struct gen *g, int64_t at, const char *type, const char *severity, const char *instance,
                    const char *message, const char *metadata);
void seed_put_live(struct gen *g, int64_t at, const char *type, const char *data); /* of the last hour only */
void seed_live_instance(struct gen *g, int64_t at, const char *type, const char *status, const char *was,
                        const struct seed_instance *b);
void seed_put_decision(struct gen *g, int64_t at, const char *action, const struct seed_instance *from,
                       const struct sim_pool *to, double to_price, bool is_taken, const char *command,
                       bool is_known, double actual);
void seed_instance_new(struct gen *g, struct seed_instance *b, const struct sim_pool *p, bool is_spot,
                       int64_t at, const char *role);
void seed_instance_end(struct gen *g, struct seed_instance *b, int64_t at);
/* One switch at that time, from where the agent was to where it went: rows of all it left behind. */
void seed_past_switch(struct gen *g, int64_t at);
#endif
