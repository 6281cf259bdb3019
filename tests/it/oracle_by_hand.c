/* oracle_by_hand.c - small fleets solved by hand: the figures stand here, and both the oracle (truth.h) and the product
 * are held to them, so that the oracle is no second guess. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/support/judge.h"
#include "tests/support/rig.h"
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_oracle_by_hand(void);

static struct rig rig;
static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "SET GLOBAL event_scheduler = ON");
}
static void stop(void) { rig_stop(&rig); }

/* One client, two pools of r3.large in us-east-1: a at $0.025, b at $0.020; on demand $0.175. */
static void base(struct raw *f)
{
	memset(f, 0, sizeof *f);
	raw_add_client(f);
	for (int p = 0; p < 2; p++) {
		struct raw_pool *x = raw_add_pool(f);
		x->zone = p, x->is_active = true, x->cordoned_until = NEVER,
		x->boot_p95 = x->downtime_p95 = UNKNOWN;
		x->price = p ? 20000 : 25000, x->price_at = -60;
	}
	struct raw_ondemand *o = raw_add_ondemand(f);
	o->price = 175000, o->at = -86400;
}

static struct raw_instance *instance(struct raw *f, int agent, enum raw_state state, int pool)
{
	struct raw_instance *i = raw_add_instance(f);
	i->agent = agent, i->state = state, i->pool = pool, i->zone = pool == NONE ? 0 : pool;
	i->mode = MODE_SPOT, i->spot = 30000, i->ondemand = 160000, i->is_active = state != TERMINATED;
	i->is_primary = state == PRIMARY;
	i->created = i->requested = -5000, i->confirmed = state == LAUNCHING ? NEVER : -4950;
	i->leaving = i->ended = NEVER;
	return i;
}

/* Online, a heartbeat each 30 s, the last so long ago; its primary in pool a. */
static struct raw_agent *agent(struct raw *f, int64_t last_heartbeat)
{
	struct raw_agent *a = raw_add_agent(f);
	a->status = SAYS_ONLINE, a->is_enabled = true, a->interval = 30, a->last_heartbeat = last_heartbeat,
	a->created = -9000;
	a->fastest = NONE, a->received = a->deadline = NEVER, a->notice_instance = NONE;
	instance(f, f->n_agents - 1, PRIMARY, 0);
	return a;
}
static void agents(struct raw *f, int n)
{
	while (n-- > 0) agent(f, -5);
}

/* A Spot interruption notice of its primary, which is the instance with the agent's number as long as there is no other. */
static void noticed(struct raw *f, int k, int64_t received, int64_t deadline)
{
	f->agents[k].notice = TERMINATION, f->agents[k].received = received, f->agents[k].deadline = deadline;
	f->agents[k].notice_instance = k;
}
static void boots(struct raw *f, int pool, int n, int seconds)
{
	for (int k = 0; k < n; k++) {
		struct raw_boot *b = raw_add_boot(f);
		b->pool = pool, b->at = -600 * (k + 1), b->is_ok = true, b->boot = b->waited = seconds,
		b->down = UNKNOWN;
	}
	f->pools[pool].boot_p95 = seconds, f->pools[pool].boot_n = n;
}

// clang-format off
static void well(struct raw *f) { agents(f, 2); }
static void missed_heartbeat(struct raw *f) { agent(f, -45), agent(f, -46); }
static void silent_90(struct raw *f) { agent(f, -90), agent(f, -91); }
static void dead_300(struct raw *f) { agent(f, -300), agent(f, -301); }
static void each_second(struct raw *f) { agent(f, -3)->interval = 1, agent(f, -4)->interval = 1, agent(f, -11)->interval = 1; agents(f, 50); }
static void offline(struct raw *f) { agent(f, -5)->status = SAYS_OFFLINE; }
static void ahead(struct raw *f) { agent(f, 90); }
static void never(struct raw *f) { agent(f, NEVER)->created = -300, agent(f, NEVER)->created = -301; }
static void no_primary(struct raw *f) { agents(f, 1); f->instances[0].state = REPLICA, f->instances[0].is_primary = false; }
static void disabled(struct raw *f) { agent(f, -5000)->is_enabled = false; f->instances[0].state = ZOMBIE, f->instances[0].is_primary = false; }
static void overdue(struct raw *f) { agents(f, 2); instance(f, 0, LAUNCHING, 1)->requested = -301, instance(f, 1, LAUNCHING, 1)->requested = -300; }
static void ending(struct raw *f) { agents(f, 1); instance(f, 0, TERMINATING, 1)->leaving = -301; }
static void zombies(struct raw *f) { agents(f, 1); instance(f, 0, ZOMBIE, 1), instance(f, NONE, ZOMBIE, 1); }
static void makes_it(struct raw *f) { agents(f, 1), noticed(f, 0, -30, 90), boots(f, 1, 40, 50); instance(f, 0, LAUNCHING, 1)->requested = -20; }
static void misses(struct raw *f) { agents(f, 1), noticed(f, 0, -95, 25), boots(f, 1, 40, 50); instance(f, 0, LAUNCHING, 1)->requested = -20; }
static void past(struct raw *f) { agents(f, 1), noticed(f, 0, -121, NEVER); }
static void rescued(struct raw *f) { agents(f, 1), noticed(f, 0, -60, 60); f->instances[0].state = ZOMBIE, f->instances[0].is_primary = false; instance(f, 0, PRIMARY, 1)->confirmed = -20; }
static void few_boots(struct raw *f) { agents(f, 1), noticed(f, 0, -20, 100), boots(f, 1, 19, 30); }
static void overrun(struct raw *f) { agents(f, 1), noticed(f, 0, -70, 50), boots(f, 1, 40, 50); instance(f, 0, LAUNCHING, 1)->requested = -51; }
static void a_zone(struct raw *f)
{
	agents(f, 12);
	for (int k = 0; k < 3; k++) noticed(f, k, -10 - k, 110), instance(f, k, REPLICA, 1);
}
static void under_a_quarter(struct raw *f) { a_zone(f), agent(f, -5); }
static void several_silent(struct raw *f) { agents(f, 37); agent(f, -95), agent(f, -96), agent(f, -97); }
static void snoozed(struct raw *f)
{
	agent(f, -95);
	struct raw_snooze *s = raw_add_snooze(f);
	s->opened = -20, s->until = 600;
}
static void snoozed_less(struct raw *f) /* of 3 of 50 silent it saw under 5 % */
{
	agents(f, 47), agent(f, -95), agent(f, -95), agent(f, -95);
	struct raw_snooze *s = raw_add_snooze(f);
	s->opened = -20, s->until = 600, s->less = 1;
}
static void prices(struct raw *f)
{
	agents(f, 4);
	f->pools[1].price = UNKNOWN, f->pools[1].price_at = NEVER;
	f->instances[1].pool = 1;                                       /* no price of its pool: the one it recorded, 0.030 */
	f->instances[2].pool = NONE, f->instances[2].mode = MODE_ONDEMAND; /* the list's newest of now, 0.200 */
	f->instances[3].mode = MODE_UNKNOWN;
	raw_add_ondemand(f)->price = 200000, f->ondemands[1].at = -3600;
	raw_add_ondemand(f)->price = 500000, f->ondemands[2].at = 3600;
}

#define TERM "termination_notice"
/* health and cause: of the agents in order, the first ones; kinds: what holds in the order of impact, ~ snoozed;
 * verdict: of agent 0. Money in millionths of a dollar an hour. */
static const struct by_hand {
	const char *what;
	void (*make)(struct raw *f);
	const char *health, *cause, *kinds, *verdict;
	int unhealthy, primary, replica, zombie, unpriced;
	long cost, saved, zombie_cost;
} cases[] = {
	{ "all is well",                 well,        "ok ok",            "- -",                            "",                        "", 0, 2, 0, 0, 0, 50000, 300000, 0 },
	{ "a missed heartbeat",          missed_heartbeat, "ok warn",          "- silent",                       "",                        "", 0, 2, 0, 0, 0, 50000, 300000, 0 },
	{ "silent over 90 s",            silent_90,   "warn crit",        "silent silent_crit",             "agent_silent",            "", 1, 2, 0, 0, 0, 50000, 300000, 0 },
	{ "ten heartbeats missed",       dead_300,    "crit dead",        "silent_crit silent_dead",        "agent_dead agent_silent", "", 2, 2, 0, 0, 0, 50000, 300000, 0 },
	{ "one heard each second",  each_second, "warn crit dead",   "silent silent_crit silent_dead", "agent_dead agent_silent", "", 2, 53, 0, 0, 0, 1325000, 7950000, 0 },
	{ "it said that it goes",        offline,     "dead",             "offline",                        "agent_dead",              "", 1, 1, 0, 0, 0, 25000, 150000, 0 },
	{ "a heartbeat of a time to come", ahead,     "ok",               "-",                              "",                        "", 0, 1, 0, 0, 0, 25000, 150000, 0 },
	{ "no first heartbeat",          never,       "unknown unknown",  "no_heartbeat no_heartbeat",          "agent_silent",            "", 2, 2, 0, 0, 0, 50000, 300000, 0 },
	{ "a replica, and no primary",   no_primary,  "crit",             "no_primary",                     "no_primary",              "", 1, 0, 1, 0, 0, 25000, 0, 0 },
	{ "switched off, a zombie left", disabled,    "off",              "disabled",                       "",                        "", 0, 0, 0, 1, 0, 25000, 0, 25000 },
	{ "a launch over its limit",     overdue,     "crit ok",          "launch_overdue -",               "launch_overdue",          "", 1, 2, 0, 0, 0, 50000, 300000, 0 },
	{ "an end over its limit",       ending,      "crit",             "termination_overdue",            "termination_overdue",     "", 1, 1, 0, 0, 0, 45000, 150000, 0 },
	{ "zombies, one without agent",  zombies,     "warn",             "zombies",                        "",                        "", 0, 1, 0, 2, 0, 65000, 150000, 40000 },
	{ "it makes it: 90 of 30 s",     makes_it,    "crit",             TERM,                             TERM,                      "MAKES IT 60 n=40", 1, 1, 0, 0, 0, 25000, 150000, 0 },
	{ "it misses: 25 of 30 s",       misses,      "crit",             TERM,                             "deadline_at_risk",        "MISSES BY -5 n=40", 1, 1, 0, 0, 0, 25000, 150000, 0 },
	{ "120 s from receipt are over", past,        "crit",             TERM,                             "deadline_missed",         "MISSED", 1, 1, 0, 0, 0, 25000, 150000, 0 },
	{ "another took over",           rescued,     "warn",             "rescued",                        TERM,                      "RESCUED", 0, 1, 0, 1, 0, 45000, 155000, 25000 },
	{ "too few boots to promise",    few_boots,   "crit",             TERM,                             "deadline_at_risk",        "NOT KNOWN 70 n=19", 1, 1, 0, 0, 0, 25000, 150000, 0 },
	{ "longer than any boot",        overrun,     "crit",             TERM,                             "deadline_at_risk",        "OVERRUN n=0", 1, 1, 0, 0, 0, 25000, 150000, 0 },
	{ "a quarter of the zone",       a_zone,      "crit crit crit ok", TERM " " TERM " " TERM " -",     "zone_notice pool_notice " TERM " " TERM " " TERM, "MAKES IT 110 n=0", 3, 12, 3, 0, 0, 360000, 1800000, 0 },
	{ "under a quarter",             under_a_quarter, "crit crit crit ok", TERM " " TERM " " TERM " -", TERM " " TERM " " TERM,    "MAKES IT 110 n=0", 3, 13, 3, 0, 0, 385000, 1950000, 0 },
	{ "3 of 40 are silent",          several_silent, "ok",               "-",                              "fleet_silent",            "", 3, 40, 0, 0, 0, 1000000, 6000000, 0 },
	{ "snoozed",                     snoozed,     "crit",             "silent_crit",                    "~agent_silent",           "", 1, 1, 0, 0, 0, 25000, 150000, 0 },
	{ "more than the snooze saw",    snoozed_less, "ok",              "-",                              "fleet_silent",            "", 3, 50, 0, 0, 0, 1250000, 7500000, 0 },
	{ "whose price counts",          prices,      "ok ok ok ok",      "- - - -",                        "",                        "", 0, 4, 0, 0, 1, 255000, 345000, 0 },
};
// clang-format on

static void word(struct buf *b, const char *s) { buf_addf(b, "%s%s", b->len ? " " : "", *s ? s : "-"); }
static void same(const char *what, const char *of, struct buf *is, const char *must)
{
	bool ok = strncmp(buf_str(is), must, strlen(must)) == 0 && (*must || !is->len);
	ck_assert_msg(ok, "%s: %s is '%s', not '%s'", what, of, buf_str(is), must);
	buf_free(is);
}

START_TEST(the_figures_are_those_written_here)
{
	const struct by_hand *c = &cases[_i];
	static struct raw f;
	static struct truth t;
	struct judge j;
	struct buf health = BUF_EMPTY, cause = BUF_EMPTY, kinds = BUF_EMPTY, verdict = BUF_EMPTY;
	base(&f);
	c->make(&f);
	truth_of(&f, 0, NULL, &t);
	for (int k = 0; k < f.n_agents; k++)
		word(&health, truth_healths[t.agents[k].health]), word(&cause, t.agents[k].cause);
	for (size_t k = 0; k < t.n_conditions; k++)
		buf_addf(&kinds, "%s%s%s", k ? " " : "", t.conditions[k].is_snoozed ? "~" : "",
		         t.conditions[k].kind);
	const struct truth_rescue *r = &t.agents[0].rescue;
	buf_adds(&verdict, truth_verdicts[r->verdict]);
	if (r->verdict && r->margin != UNKNOWN_MARGIN) buf_addf(&verdict, " %" PRId64, r->margin);
	if (r->verdict > MISSED) buf_addf(&verdict, " n=%d", r->n);
	same(c->what, "health", &health, c->health);
	same(c->what, "cause", &cause, c->cause);
	ck_assert_msg(strlen(buf_str(&kinds)) == strlen(c->kinds), "%s: %s", c->what, buf_str(&kinds));
	same(c->what, "what holds", &kinds, c->kinds);
	same(c->what, "verdict", &verdict, c->verdict);
	ck_assert_int_eq(t.unhealthy, c->unhealthy);
	ck_assert_int_eq(t.all.primary, c->primary);
	ck_assert_int_eq(t.all.replica, c->replica);
	ck_assert_int_eq(t.all.zombie, c->zombie);
	ck_assert_int_eq(t.all.unpriced, c->unpriced);
	ck_assert_int_eq(t.all.cost, c->cost);
	ck_assert_int_eq(t.all.saved, c->saved);
	ck_assert_int_eq(t.all.zombie_cost, c->zombie_cost);

	judge_open(&j, &rig);
	judge_load(&j, &f, &t);
	char *found = judge_views(&j, &f, &t);
	if (!found) found = judge_worker(&j, &t);
	ck_assert_msg(found == NULL, "%s: %s", c->what, found);
	judge_close(&j);
}
END_TEST

Suite *suite_oracle_by_hand(void)
{
	Suite *s = suite_create("oracle_by_hand");
	TCase *t = tcase_create("by hand");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, the_figures_are_those_written_here, 0, (int)ARRAY_LEN(cases));
	suite_add_tcase(s, t);
	return s;
}
