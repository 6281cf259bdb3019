/* seed_int.h - the inside of sim_seed: what its parts share. */
#ifndef SPOTOP_SIM_SEED_INT_H
#define SPOTOP_SIM_SEED_INT_H
#include "core/sim/rows.h"
#include "core/sim/sim.h"
#include "core/sim/world.h"

enum {
	DAY = 86400,
	HOUR = 3600,
	PRICE_DAYS = 90,
	FINE_DAYS = 7,
	FINE_STEP = 300,
	MAX_CLIENTS = 64,
	N_MODELS = 3
};
enum { N_COARSE = (PRICE_DAYS - FINE_DAYS) * 24, N_FINE = FINE_DAYS * DAY / FINE_STEP };

/* How an agent is when the fleet goes live; kept in agents.metadata, so that whoever plays it later
 * knows. The troubles are there at once; none needs a wait. */
enum seed_role {
	SEED_WELL,
	SEED_LATE,           /* heartbeats too seldom: ok, warn, ok */
	SEED_FLAKY,          /* silent for minutes at a time */
	SEED_DEAD,           /* gone for hours, its status still says online */
	SEED_OFFLINE,        /* said goodbye */
	SEED_UNKNOWN,        /* registered, no heartbeat yet */
	SEED_OFF,            /* disabled */
	SEED_ZOMBIES,        /* instances that should be gone */
	SEED_HEADLESS,       /* no primary */
	SEED_STUCK,          /* a launch far past its limit */
	SEED_LINGERING,      /* a termination far past its limit */
	SEED_NOTICE_REPLICA, /* Spot interruption notice, a replica is ready */
	SEED_NOTICE_BARE,    /* Spot interruption notice, nothing is ready */
	SEED_REBALANCE,
	N_SEED_ROLES
};

enum seed_table {
	T_CLIENTS,
	T_USERS,
	T_POOLS,
	T_ONDEMAND,
	T_DATASETS,
	T_MODELS,
	T_AGENTS,
	T_CONFIGS,
	T_INSTANCES,
	T_COMMANDS,
	T_SWITCHES,
	T_REPLICAS,
	T_DECISIONS,
	T_EVENTS,
	T_SSE,
	T_NOTIFICATIONS,
	T_ALERTS,
	T_JOBS,
	T_SNAPSHOTS,
	T_CONSOLIDATED,
	T_CANONICAL,
	N_TABLES
};

struct seed_client {
	char id[37], user[37];
	const char *name;
	char name_buf[32];
	double weight;
	int n_agents;
};
struct seed {
	struct db *db;
	struct err *e;
	bool is_ok;
	int n_agents, n_clients, days;
	uint64_t seed;
	int64_t now;      /* seconds, a whole minute: where the past ends */
	int64_t live;     /* the present second: heartbeats and notices count from it */
	int64_t price_t0; /* first coarse price */
	int64_t fine_t0;
	struct sim_world world;
	float *coarse; /* N_COARSE of each pool */
	float *fine;   /* N_FINE + 1 of each pool; the last is now */
	struct seed_client clients[MAX_CLIENTS];
	char models[N_MODELS][37];
	struct rows t[N_TABLES];
};

/* Spot price of pool i of the world at a time of its past. */
double seed_price_at(const struct seed *s, const struct sim_pool *p, int64_t at);
void seed_price_walk(struct seed *s);
bool seed_prices(struct seed *s);
/* One agent with its past and present; its rows wait in the sets until they are sent. */
void seed_agent(struct seed *s, int index, int client, enum seed_role role);
/* Sends what waits, parents first. */
#endif
