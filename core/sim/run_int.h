/* run_int.h - what the files of the running simulator share: the fleet, an agent, what it is about to do. */
#ifndef SPOTOP_SIM_RUN_INT_H
#define SPOTOP_SIM_RUN_INT_H
#include "core/db/db.h"
#include "core/sim/sim.h"
#include "core/sim/wheel.h"
#include "core/sim/world.h"
#include <uv.h>

enum { N_LINKS = 3, MAX_STEPS = 24 };
enum op {
	OP_LAUNCH, /* instance, pool (NULL: on demand), word: role */
	OP_RUN,
	OP_PROMOTE,
	OP_TERMINATE,
	OP_GONE,
	OP_ZOMBIE,
	OP_NOTICE,   /* word: kind, seconds to the deadline or -1 */
	OP_PROGRESS, /* word: stage, detail */
	OP_LIE,      /* a word under an older fence, which must be refused */
	OP_COMPLETE, /* detail */
	OP_FAIL,     /* word: why, detail */
	OP_STATUS,   /* word */
	OP_SILENCE,  /* heartbeats stop for `seconds` */
};
struct step {
	enum op op;
	int64_t after_ms; /* the step before */
	char instance[20];
	const struct sim_pool *pool;
	const char *word;
	int seconds;
	char *detail; /* owned */
};
/* What an agent is about to do, step after step: a command, or a trouble. */
struct script {
	struct sim_agent *agent;
	bool is_command;
	bool ends_role; /* what it was made for is over with it */
	char command[37];
	int64_t fence;
	struct step steps[MAX_STEPS];
	int n, at, tries;
	struct wheel_timer timer;
};
struct sim_agent {
	struct sim *sim;
	char id[37], name[64], instance[20];
	char region[24], az[32];
	const char *role; /* what it was seeded as (seed_agent.c), or NULL: well */
	struct rng rng;
	const struct sim_pool *pool;
	int64_t heartbeat_ms;
	bool is_mute, has_heartbeat, is_claiming, has_state, wants_claim;
	struct script *script;
	int trouble;    /* which kind it is in the middle of, + 1; 0: none */
	int n_untended; /* looks at it in trouble with nothing under way */
	struct wheel_timer heartbeat;
	int link;
};
struct sim {
	uv_loop_t *loop;
	struct sim_run_opts o;
	void (*is_free)(struct sim_agent *a); /* its script is over, and a command waits for it */
	struct db *links[N_LINKS], *read;
	struct wheel wheel;
	int64_t started_ms;
	uv_timer_t tick;
	uv_signal_t on_int, on_term;
	struct sim_world world;
	struct rng rng;
	struct sim_agent *agents;
	int n_agents, n_played, n_heartbeats;
	struct wheel_timer flush, prices, director, storm;
	struct buf *batch;
	int n_batch;
	int heartbeats_open;         /* batches sent and not answered */
	int64_t behind_told_ms; /* when it was last said that they pile up */
	int *batch_ids;
	int pending; /* requests that are out */
	const char *storm_zone; /* NULL: no storm yet */
	bool is_stopping, is_live, troubles_asked;
	struct err *e;
	bool has_failed;
};

#endif
