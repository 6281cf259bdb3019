/* truth.h - what is true of a raw fleet by the definitions, reckoned from its rows alone: it reads no statement and no
 * view of the product, so that both may be held against each other. */
#ifndef SPOTOP_TESTS_TRUTH_H
#define SPOTOP_TESTS_TRUTH_H
#include "tests/support/raw.h"

enum truth_health { DEAD, CRIT, NO_HEALTH, WARN, WELL, OFF }; /* by rank; NO_HEALTH: unknown */
extern const char *const truth_healths[];
/* The order of impact; the kinds of alert have the first 19 places. */
extern const char *const truth_kinds[], *const truth_severities[];
enum { TRUTH_KINDS = 20, PLACE_MISSED_HEARTBEAT = 21, PLACE_WELL = 30, PLACE_OFF = 31 };

enum truth_verdict { NO_VERDICT, RESCUED, MISSED, MAKES_IT, MISSES_BY, OVERRUN, NOT_KNOWN };
extern const char *const truth_verdicts[];
struct truth_rescue {
	enum truth_verdict verdict;
	int64_t left, margin;                  /* margin UNKNOWN_MARGIN: none */
	int rescuer, replica, launching, pool; /* what it counts on */
	int n, of, failed;      /* boots; of: 1 the pool, 2 region and type, 3 region, 4 fleet */
	int64_t takes, longest; /* seconds that are left of it; NEVER */
};
#define UNKNOWN_MARGIN INT64_MIN

/* Counts and sums of an agent, of a client, of all. Money in millionths of a dollar an hour. */
struct truth_sum {
	int agents, enabled, total, primary, replica, zombie, launching, terminating, promoting, running;
	int overdue_launches, overdue_terminations;
	/* those that cost something, primaries in spot mode, and of each and of the zombies those whose price is not known */
	int costing, unpriced, saving, unmeasured, unpriced_zombies;
	int64_t cost, saved, zombie_cost; /* of what is known */
	bool is_dated;                    /* there is a spot price in it, the oldest of them: */
	int64_t priced_at;
};
struct truth_agent {
	enum truth_health health;
	const char *cause; /* as the lists say it; "" when nothing is wrong */
	int place;
	struct truth_sum sum;
	struct truth_rescue rescue; /* of those under notice */
};
struct truth_condition {
	char key[80];
	const char *kind, *severity;
	int place, client, agent, instance, pool;
	int64_t since; /* NEVER: not told, or not compared */
	double extent; /* under 0: none */
	/* the alert that was open for it, and whether its snooze covers it */
	int64_t opened, until;
	char saw[120];
	bool is_snoozed;
};
enum { TRUTH_CONDITIONS = 900 };
struct truth {
	struct truth_agent agents[120];
	struct truth_sum clients[4], all;
	int unhealthy, health_n[6], pending, executing, freezes;
	size_t n_conditions;
	struct truth_condition conditions[TRUTH_CONDITIONS]; /* the gravest first, then the oldest */
};
/* At `at` seconds after the fleet's now. alerts: what was true when the alerts were opened; NULL: at this moment, and the
 * fleet's snoozes say which are open. */
void truth_of(const struct raw *f, int64_t at, const struct truth *alerts, struct truth *t);

/* What becomes of an agent under notice (truth_rescue.c). */
void truth_rescue(const struct raw *f, int64_t at, int agent, struct truth_rescue *r);
/* Is the notice of another instance than the one that is the running primary now? That one, or NONE. */
int truth_rescuer(const struct raw *f, int agent);
bool truth_is_cordoned(const struct raw *f, int pool, int64_t at);
#endif
