/* judge.h - what a database says of a raw fleet, held against what is true (truth.h). Each returns NULL, or the first
 * difference in a sentence, to be freed. */
#ifndef SPOTOP_TESTS_JUDGE_H
#define SPOTOP_TESTS_JUDGE_H
#include "tests/support/raw.h"
#include "tests/support/truth.h"
#include <uv.h>
struct db;
struct query;
struct rig;
struct table;

struct judge {
	const struct rig *rig;
	uv_loop_t loop;
	struct db *db; /* one session, whose clock stands still at now + at */
	int64_t now, at;
};
void judge_open(struct judge *j, const struct rig *rig); /* fails the test when it cannot */
void judge_close(struct judge *j);
/* The database holds the fleet; its now is the server's. The session's clock stands there. */
void judge_load(struct judge *j, const struct raw *f, const struct truth *t);
void judge_clock(struct judge *j, int64_t at); /* that many seconds later */
void judge_do(struct judge *j, const char *sql);
struct table *judge_ask(struct judge *j, const struct query *q); /* :at is the session's time */

/* The statements behind every screen, list, plugin and metric, at the session's time. */
char *judge_views(struct judge *j, const struct raw *f, const struct truth *t);
/* Those of them that may change from second to second: health, deadlines, what holds. */
char *judge_second(struct judge *j, const struct raw *f, const struct truth *t);
/* The worker's look: afterwards the alerts are those that hold. */
char *judge_worker(struct judge *j, const struct truth *t);
/* What the leading worker keeps of sums where there is much to add up: those of now, and dated; told for 5 s. */
char *judge_sums(struct judge *j, const struct raw *f, const struct truth *t);
/* After the look, what --at tells of this moment: the same, or that it is not known. */
char *judge_past(struct judge *j, const struct raw *f, const struct truth *t);
/* The programs, by the clock as it runs: each says what is true at one of the seconds in which it ran. */
char *judge_programs(struct judge *j, const struct raw *f, const struct truth *t);
/* What an endpoint on that port tells a monitoring system, at its next look. */
char *judge_endpoint(struct judge *j, const struct raw *f, const struct truth *t, unsigned port);
#endif
