/* sim.h - a fleet that is not there: a database filled with one and its past (sim_seed), a large one
 * made in bulk (sim_load), and a process that plays its agents (sim_run).
 *
 * The past is written as rows, with the triggers' side effects off and the counts made anew after it.
 * The present is played through the agents' procedures and nothing else. A database that was seeded
 * says so (sim_is_demo); sim_run is for such. */
#ifndef SPOTOP_SIM_SIM_H
#define SPOTOP_SIM_SIM_H
#include <stdbool.h>
#include <stdint.h>
struct db;
struct db_conf;
struct err;
struct uv_loop_s;

struct sim_seed_opts {
	int n_agents;  /* 0: 200 */
	int n_clients; /* 0: 5 */
	int n_pools;   /* 0: 24; at most 96 */
	int days;      /* of past; 0: 14 */
	uint64_t seed; /* the same seed gives the same fleet, moved to the present */
	int64_t now_s; /* "now" of that past; 0: the clock's */
};
/* done of total steps and what comes next, in a word or two. May be NULL. */
typedef void (*sim_progress)(void *ctx, int done, int total, const char *what);

/* Into an empty schema; another fleet in it is refused (ERR_REFUSED). */
bool sim_seed(struct db *w, const struct sim_seed_opts *o, sim_progress progress, void *ctx, struct err *e);
/* n_agents with that many instances each (one primary, the rest replicas, zombies and past ones) and some
 * commands, switches, decisions, replica requests, events and messages each, made by the server from number sequences. Into a database without agents. */
bool sim_load(struct db *w, int64_t n_agents, int per_agent, uint64_t seed, sim_progress progress, void *ctx,
              struct err *e);
/* Was this database made by sim_seed or sim_load? */
bool sim_is_demo(struct db *r, bool *is_demo, struct err *e);

struct sim_run_opts {
	int n_agents; /* how many of the database's agents to play; 0: all */
	double speed; /* 0: 1; waits of a switch are divided by it, and at more than 1 also capped */
	uint64_t seed;
	bool is_storm;           /* plays an interruption storm in one zone, 20 s after the start */
	double failures;         /* share of commands that fail; below 0: 0.05 */
	double empty;            /* share of pools that have no capacity, others every ten minutes; in a storm its zone has none */
	double lies;             /* share of commands that are first answered wrongly; below 0: 0.02 */
	double troubles;         /* how many troubles beside the usual number; below 0: 1 */
	bool is_quiet;           /* no troubles of its own: commands, heartbeats and prices only */
	void (*live)(void *ctx); /* called once when the whole fleet has sent a heartbeat; may be NULL */
	void *ctx;
};
/* Plays until sim_stop or a signal (INT, TERM) stops it. */
struct sim;
bool sim_run(struct uv_loop_s *loop, const struct db_conf *conf, const struct sim_run_opts *o, struct err *e);
#endif
