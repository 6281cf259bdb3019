/* storm.c - an interruption storm of 15 minutes, played through the agents' procedures on a clock of its own. At every
 * second what the statements say is what the rows say, and a verdict keeps its word. Half-way through, boots become
 * slower. Of the rescues that succeed 9 in 10 read MAKES IT half a minute before, of those that fail 9 in 10 read MISSES,
 * and at most 1 in 10 is not known or an overrun; what is decided by under 5 s is told apart. */
#include "core/db/table.h"
#include "core/sim/rng.h"
#include "sql.h"
#include "tests/support/judge.h"
#include "tests/support/rig.h"
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_storm(void);

enum {
	LASTS = 900,
	SHIFT = 450,
	AGENTS = 90,
	HOMES = 3,
	QUICK = 3,
	FAIR = 4,
	SLOW = 5,
	PAST = 55,
	BEFORE = 30
};
static struct rig rig;
static struct judge judge;
static struct raw fleet;
static struct truth truth;
static struct rng rng;

/* What happens to one agent. */
enum step { WAITS, NOTICED, LAUNCHES, READY, TAKES_OVER, OVER };
static struct rescue {
	enum step step;
	int pool, replica, launching, old;
	int64_t noticed, deadline, next, boot, begun, lost, done; /* next: when its next step comes */
	bool is_lost, will_fail;
	enum truth_verdict said[LASTS];
} rescues[AGENTS];

static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
}
static void stop(void) { rig_stop(&rig); }

/* How long a boot takes there: the quick stay in time, the fair no longer once it is slower. */
static int boot_of(int pool, bool is_slower)
{
	static const int from[2][3] = { { 35, 62, 115 }, { 50, 105, 120 } },
	                 to[2][3] = { { 58, 88, 170 }, { 80, 165, 180 } };
	return rng_int(&rng, from[is_slower][pool - HOMES], to[is_slower][pool - HOMES]);
}

static void make_fleet(void)
{
	memset(&fleet, 0, sizeof fleet);
	raw_add_client(&fleet), raw_add_client(&fleet);
	for (int p = 0; p < HOMES + 3; p++) {
		struct raw_pool *x = raw_add_pool(&fleet);
		x->type = p < HOMES ? 0 : 1, x->zone = p % 3, x->is_active = true, x->cordoned_until = NEVER;
		x->price = 20000 + 1000 * p, x->price_at = -60, x->boot_p95 = x->downtime_p95 = UNKNOWN;
		if (p < HOMES) continue;
		x->boot_p95 = 60 + p, x->boot_n = PAST, x->downtime_p95 = 7, x->downtime_n = PAST;
		for (int k = 0; k < PAST; k++) {
			struct raw_boot *b = raw_add_boot(&fleet);
			b->pool = p, b->at = -400 * (k + 1), b->boot = boot_of(p, false),
			b->down = rng_int(&rng, 3, 7);
			b->is_ok = true, b->waited = b->boot;
		}
	}
	for (int k = 0; k < AGENTS; k++) {
		struct raw_agent *a = raw_add_agent(&fleet);
		struct raw_instance *i = raw_add_instance(&fleet);
		struct rescue *r = &rescues[k];
		int home = k % HOMES;
		*r = (struct rescue){
			.pool = HOMES + rng_int(&rng, 0, 2), .replica = NONE, .launching = NONE, .old = k
		};
		a->client = k % 2, a->pool = home, a->type = 1, a->zone = home, a->status = SAYS_ONLINE,
		a->is_enabled = true;
		a->interval = 30, a->last_heartbeat = -k % 30, a->created = -90000, a->fastest = r->pool;
		a->received = a->deadline = NEVER, a->notice_instance = NONE;
		i->client = a->client, i->agent = k, i->pool = home, i->zone = home, i->mode = MODE_SPOT,
		i->state = PRIMARY;
		i->is_primary = i->is_active = true, i->spot = 21000, i->ondemand = 175000;
		i->created = i->requested = -80000, i->confirmed = -79950, i->leaving = i->ended = NEVER;
		r->next = rng_int(&rng, 5, LASTS - 200);
	}
	for (int k = 0; k < AGENTS; k += 7) { /* these have a replica */
		rescues[k].replica = fleet.n_instances;
		struct raw_instance *i = raw_add_instance(&fleet);
		*i = fleet.instances[k];
		i->pool = FAIR, i->type = 1, i->zone = 1, i->state = REPLICA, i->is_primary = false;
	}
}

/* --- by the agents' procedures, and in the rows beside them --- */
static void call(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void call(const char *fmt, ...)
{
	char sql[700];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(sql, sizeof sql, fmt, ap);
	va_end(ap);
	judge_do(&judge, sql);
}

static void ids(int agent, int instance, char a[RAW_ID], char i[RAW_ID])
{
	raw_agent_id(agent, a);
	raw_instance_id(instance, i);
}

static void heartbeat(int k, int64_t now)
{
	char a[RAW_ID], i[RAW_ID];
	ids(k, 0, a, i);
	call("CALL agent_heartbeat('%s', 'online', NULL)", a);
	fleet.agents[k].last_heartbeat = now;
}

static void notice(int k, int64_t now)
{
	struct rescue *r = &rescues[k];
	struct raw_agent *a = &fleet.agents[k];
	char id[RAW_ID], i[RAW_ID];
	ids(k, 0, id, i);
	a->notice = TERMINATION, a->received = now, a->notice_instance = r->old;
	a->deadline = rng_chance(&rng, 0.8) ? now + rng_int(&rng, 110, 122) : NEVER;
	r->noticed = now, r->deadline = a->deadline == NEVER ? now + 120 : a->deadline;
	if (a->deadline == NEVER)
		call("CALL agent_notice('%s', 'termination', NULL)", id);
	else
		call("CALL agent_notice('%s', 'termination', FROM_UNIXTIME(%" PRId64 "))", id,
		     judge.now + a->deadline);
	r->step = NOTICED, r->next = now + rng_int(&rng, 1, 5);
}

static void launch(int k, int64_t now)
{
	struct rescue *r = &rescues[k];
	struct raw_instance *i = raw_add_instance(&fleet);
	const struct raw_pool *p = &fleet.pools[r->pool];
	char a[RAW_ID], id[RAW_ID], pool[RAW_ID];
	r->launching = fleet.n_instances - 1;
	ids(k, r->launching, a, id);
	raw_pool_id(&fleet, r->pool, pool);
	call("CALL instance_launching('%s', '%s', '%s', 'spot', 'primary', NULL)", a, id, pool);
	*i = (struct raw_instance){ .client = fleet.agents[k].client,
		                    .agent = k,
		                    .pool = r->pool,
		                    .type = p->type,
		                    .region = p->region,
		                    .zone = p->zone,
		                    .mode = MODE_SPOT,
		                    .state = LAUNCHING,
		                    .is_active = true,
		                    .spot = p->price,
		                    .ondemand = UNKNOWN,
		                    .requested = now,
		                    .created = now,
		                    .confirmed = NEVER,
		                    .leaving = NEVER,
		                    .ended = NEVER };
	r->begun = now, r->boot = boot_of(r->pool, now >= SHIFT), r->will_fail = rng_chance(&rng, 0.04);
	r->step = LAUNCHES, r->next = now + (r->will_fail ? rng_int(&rng, 8, 30) : r->boot);
}

/* A row of `switches`, as the agents report them. */
static void report(int k, int64_t now, bool is_ok, int down)
{
	struct rescue *r = &rescues[k];
	struct raw_boot *b = raw_add_boot(&fleet);
	char a[RAW_ID], id[RAW_ID], c[RAW_ID], pool[RAW_ID];
	*b = (struct raw_boot){ .pool = r->pool,
		                .at = now,
		                .is_ok = is_ok,
		                .waited = (int)(now - r->begun),
		                .boot = is_ok ? (int)r->boot : UNKNOWN,
		                .down = is_ok ? down : UNKNOWN };
	ids(k, r->launching, a, id);
	raw_client_id(fleet.agents[k].client, c), raw_pool_id(&fleet, r->pool, pool);
	call("INSERT INTO switches (client_id, agent_id, new_instance_id, new_pool_id, new_instance_type, "
	     "new_region, new_az, new_mode, "
	     "event_trigger, trigger_type, initiated_at, success, boot_seconds, downtime_seconds) SELECT "
	     "'%s', '%s', '%s', id, "
	     "instance_type, region, az, 'spot', 'emergency', 'termination', NOW() - INTERVAL %d SECOND, %d, "
	     "IF(%d, %d, NULL), "
	     "IF(%d, %d, NULL) FROM spot_pools WHERE id = '%s'",
	     c, a, id, b->waited, is_ok, is_ok, (int)r->boot, is_ok, down, pool);
}

static void adopt(int k, int instance, int64_t now)
{
	const struct raw_instance *i = &fleet.instances[instance];
	struct raw_agent *a = &fleet.agents[k];
	a->pool = i->pool, a->type = i->type, a->region = i->region, a->zone = i->zone;
	rescues[k].done = now;
}

static void launch_ends(int k, int64_t now)
{
	struct rescue *r = &rescues[k];
	struct raw_instance *i = &fleet.instances[r->launching];
	char a[RAW_ID], id[RAW_ID];
	ids(k, r->launching, a, id);
	if (r->will_fail) {
		call("CALL instance_terminated('%s')", id);
		i->state = TERMINATED, i->is_active = false, i->leaving = i->ended = now;
		report(k, now, false, 0);
		launch(k, now);
		return;
	}
	call("CALL instance_running('%s')", id);
	i->confirmed = now, i->state = r->is_lost ? PRIMARY : REPLICA, i->is_primary = r->is_lost;
	r->step = READY, r->next = now + rng_int(&rng, 3, 7);
	if (!r->is_lost) return;
	adopt(k, r->launching, now);
	report(k, now, true, 0);
	r->step = TAKES_OVER, r->next = now + 4;
}

static void promote(int k, int instance, int64_t now)
{
	struct rescue *r = &rescues[k];
	char a[RAW_ID], id[RAW_ID];
	ids(k, instance, a, id);
	call("CALL promote_instance_to_primary('%s', NULL)", id);
	if (!r->is_lost) fleet.instances[r->old].state = ZOMBIE, fleet.instances[r->old].is_primary = false;
	fleet.instances[instance].state = PRIMARY, fleet.instances[instance].is_primary = true;
	adopt(k, instance, now);
	if (instance == r->launching) report(k, now, true, (int)(now - fleet.instances[instance].confirmed));
	r->step = TAKES_OVER, r->next = now + 4;
}

/* The cloud takes the instance: at its time, whoever is the primary. */
static void take(int k, int64_t now)
{
	struct rescue *r = &rescues[k];
	struct raw_instance *i = &fleet.instances[r->old];
	char a[RAW_ID], id[RAW_ID];
	if (i->state == TERMINATED) return;
	ids(k, r->old, a, id);
	call("CALL instance_terminated('%s')", id);
	r->is_lost = i->is_primary, r->lost = now;
	i->state = TERMINATED, i->is_active = i->is_primary = false, i->leaving = i->ended = now;
}

static void step(int k, int64_t now)
{
	struct rescue *r = &rescues[k];
	char a[RAW_ID], id[RAW_ID];
	if (r->step != WAITS && now > r->deadline) take(k, now);
	if (r->step == OVER || r->next > now) return;
	switch (r->step) {
	case WAITS: notice(k, now); break;
	case NOTICED:
		if (r->replica != NONE)
			promote(k, r->replica, now);
		else
			launch(k, now);
		break;
	case LAUNCHES: launch_ends(k, now); break;
	case READY: promote(k, r->launching, now); break;
	case TAKES_OVER:
		if (now <= r->deadline) return; /* the notice goes with the instance it was of */
		ids(k, 0, a, id);
		call("CALL agent_notice('%s', 'none', NULL)", a);
		fleet.agents[k].notice = NO_NOTICE,
		fleet.agents[k].received = fleet.agents[k].deadline = NEVER;
		fleet.agents[k].notice_instance = NONE;
		r->step = OVER;
		break;
	case OVER: break;
	}
}

/* --- judged --- */
static void judge_now(int64_t now)
{
	static struct truth none;
	truth_of(&fleet, now, &none, &truth); /* nobody snoozes anything */
	char *found =
	        now % 60 == 0 ? judge_views(&judge, &fleet, &truth) : judge_second(&judge, &fleet, &truth);
	ck_assert_msg(found == NULL, "second %" PRId64 ": %s", now, found);
	for (int k = 0; k < AGENTS; k++) rescues[k].said[now] = truth.agents[k].rescue.verdict;
}

/* Each second without a primary is in an outage, with its cause, and no other second is. */
static void outages_are_told(void)
{
	struct table *t = judge_ask(&judge, &sql_queries_outages);
	size_t n = 0;
	for (int k = 0; k < AGENTS; k++) {
		const struct rescue *r = &rescues[k];
		char name[RAW_ID], seconds[30];
		if (!r->is_lost) continue;
		size_t i = 0;
		raw_agent_name(k, name);
		while (i < t->n_rows && strcmp(table_get(t, i, "agent"), name) != 0) i++;
		ck_assert_msg(i < t->n_rows, "no outage of %s is told", name);
		snprintf(seconds, sizeof seconds, "%" PRId64, (r->done ? r->done : judge.at) - r->lost);
		ck_assert_msg(strcmp(table_get(t, i, "seconds"), seconds) == 0,
		              "%s was without a primary for %s s, not %s", name, table_get(t, i, "seconds"),
		              seconds);
		ck_assert_str_eq(table_get(t, i, "cause"), "termination_notice");
		ck_assert_int_eq(table_int(t, i, "is_planned", 1), 0);
		ck_assert_int_eq(table_get(t, i, "ended_at") != NULL, r->done != 0);
		n++;
	}
	ck_assert_msg(t->n_rows == n, "%zu outages, not %zu", t->n_rows, n);
	table_free(t);
}

struct kept {
	int n, right, unsure;
};
static void add(struct kept *k, enum truth_verdict said, bool is_good)
{
	k->n++;
	k->right += is_good ? said == MAKES_IT || said == RESCUED : said == MISSES_BY || said == MISSED;
	k->unsure += said == OVERRUN || said == NOT_KNOWN;
}

static void hold(void)
{
	struct kept good = { 0 }, bad = { 0 }, close = { 0 };
	for (int k = 0; k < AGENTS; k++) {
		const struct rescue *r = &rescues[k];
		bool is_good = r->done && r->done <= r->deadline;
		int64_t margin = r->done ? r->deadline - r->done : -100,
		        at = (is_good ? r->done : r->deadline) - BEFORE;
		if (!r->noticed || r->deadline >= LASTS - 1) continue;
		if (at < r->noticed) at = r->noticed;
		add(margin > -5 && margin < 5 ? &close : is_good ? &good : &bad, r->said[at], is_good);
	}
	int all = good.n + bad.n + close.n, unsure = good.unsure + bad.unsure + close.unsure;
	printf("storm: %d of %d rescues that succeeded read MAKES IT %d s before, %d of %d that failed "
	       "MISSES; %d of %d not known; "
	       "%d within 5 s (%d right)\n",
	       good.right, good.n, BEFORE, bad.right, bad.n, unsure, all, close.n, close.right);
	ck_assert_int_ge(good.n, 20);
	ck_assert_int_ge(bad.n, 15);
	ck_assert_msg(10 * good.right >= 9 * good.n && 10 * bad.right >= 9 * bad.n && 10 * unsure <= all,
	              "%d of %d, %d of %d, %d of %d", good.right, good.n, bad.right, bad.n, unsure, all);
}

START_TEST(a_verdict_keeps_its_word)
{
	const char *seed = getenv("SPOTOP_SEED");
	rng = rng_make(seed ? strtoul(seed, NULL, 10) : 1, 3);
	make_fleet();
	judge_open(&judge, &rig);
	judge_load(&judge, &fleet, NULL);
	call("CALL clock_hold()");
	for (int64_t now = 0; now < LASTS; now++) {
		judge_clock(&judge, now);
		for (int k = 0; k < AGENTS; k++) {
			if (now > 0 && now % 30 == k % 30) heartbeat(k, now);
			step(k, now);
		}
		judge_now(now);
	}
	outages_are_told();
	hold();
	judge_close(&judge);
}
END_TEST

Suite *suite_storm(void)
{
	Suite *s = suite_create("storm");
	TCase *t = tcase_create("storm");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 1800);
	tcase_add_test(t, a_verdict_keeps_its_word);
	suite_add_tcase(s, t);
	return s;
}
