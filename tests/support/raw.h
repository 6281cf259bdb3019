/* raw.h - a fleet as raw rows: drawn by a seed or written by hand, and put into a database in one go.
 *
 * All times are seconds from the fleet's own now (negative: before it); NEVER is NULL. Prices are millionths of a
 * dollar; UNKNOWN is NULL. What refers to another row holds its index, NONE is NULL. A row that is_gone is not put in:
 * that is how a fleet is made smaller. What follows from the rows: truth.h. */
#ifndef SPOTOP_TESTS_RAW_H
#define SPOTOP_TESTS_RAW_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;

enum { NONE = -1, UNKNOWN = -1, RAW_ALL = 100000, RAW_BOOTS = 500 };
#define NEVER INT64_MIN

enum raw_status { SAYS_OFFLINE, SAYS_ONLINE, SAYS_ERROR };
enum raw_notice { NO_NOTICE, REBALANCE, TERMINATION };
enum raw_mode { MODE_UNKNOWN, MODE_ONDEMAND, MODE_SPOT };
enum raw_state { LAUNCHING, PRIMARY, REPLICA, PROMOTING, TERMINATING, TERMINATED, ZOMBIE };
extern const char *const raw_statuses[], *const raw_notices[], *const raw_modes[], *const raw_states[];

struct raw_client {
	bool is_gone;
};
struct raw_pool {
	int type, region, zone; /* of raw_types, raw_regions; the zone's letter */
	bool is_active, is_cordoned;
	int64_t cordoned_until, price, price_at;
	int boot_p95, boot_n, downtime_p95, downtime_n; /* the figures of 30 days; UNKNOWN */
	bool is_gone;
};
struct raw_ondemand {
	int type, region;
	int64_t price, at;
	bool is_gone;
};
struct raw_agent {
	int client, pool, type, region, zone; /* zone NONE: not known */
	enum raw_status status;
	bool is_enabled, is_blacklisting; /* blacklisting: the pool `blacklisted` */
	int interval, blacklisted, fastest;
	int64_t last_heartbeat, created;
	enum raw_notice notice;
	int64_t received, deadline;
	int notice_instance; /* an instance's index; RAW_ALL: one that nobody knows */
	bool is_gone;
};
struct raw_instance {
	int client, agent, pool, type, region, zone;
	enum raw_mode mode;
	enum raw_state state;
	bool is_primary, is_active, is_promoted; /* promoted: there is an event that says so, at confirmed */
	int64_t spot, ondemand, requested, confirmed, leaving, ended, created;
	bool is_gone;
};
struct raw_boot { /* a switch into a pool */
	int pool; /* NONE: on demand, of this type and region */
	int type, region;
	int64_t at;
	bool is_ok;
	int waited, boot, down; /* boot, down: UNKNOWN */
	bool is_gone;
};
struct raw_snooze { /* of what holds: the condition of that number when the fleet was made */
	int of;
	int64_t opened, until; /* until NEVER: an alert that is open, and no snooze */
	int less; /* what the snooze saw: 0 all of it, 1 less of the extent, 2 a lower severity, 3 another instance */
	bool is_gone;
};
struct raw_command {
	int agent;
	int64_t created, expires;
	bool is_executing, is_gone;
};
struct raw_freeze {
	int64_t until, thawed;
	bool is_gone;
};
#define RAW_TABLES(X)                                                                                   \
	X(client, clients, 4)                                                                           \
	X(pool, pools, 12) X(ondemand, ondemands, 24) X(agent, agents, 120) X(instance, instances, 700) \
	        X(boot, boots, RAW_BOOTS) X(snooze, snoozes, 12) X(command, commands, 20)               \
	                X(freeze, freezes, 4)
struct raw {
	unsigned seed;
#define X(one, plural, most)           \
	struct raw_##one plural[most]; \
	int n_##plural;
	RAW_TABLES(X)
#undef X
};
extern const char *const raw_types[2], *const raw_regions[2];
enum { RAW_ID = 40 };
/* The names that rows have in the database. */
void raw_client_id(int client, char id[RAW_ID]);
void raw_agent_id(int agent, char id[RAW_ID]);
void raw_agent_name(int agent, char name[RAW_ID]);
void raw_instance_id(int instance, char id[RAW_ID]);
void raw_zone(int region, int zone, char name[RAW_ID]);
void raw_pool_id(const struct raw *f, int pool, char id[RAW_ID]);

/* A fleet by chance; the same for the same seed. */
void raw_draw(struct raw *f, unsigned seed);
/* Adds one with what is usual, and returns it. */
#define X(one, plural, most) struct raw_##one *raw_add_##one(struct raw *f);
RAW_TABLES(X)
#undef X

struct truth;
/* Statements that make the database hold this fleet and no other, now being that UNIX time; each is given to `run`. The
 * alerts that are open before anybody looks are among what t says. */
bool raw_load(const struct raw *f, const struct truth *t, int64_t now,
              bool (*run)(void *ctx, const char *sql), void *ctx);
/* The rows in a few lines for people. */
void raw_describe(const struct raw *f, struct buf *out);

/* Makes f as small as it can be while `still` says so: rows go one after the other, and what hangs on them. */
void raw_shrink(struct raw *f, bool (*still)(const struct raw *f, void *ctx), void *ctx);
#endif
