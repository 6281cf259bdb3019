/* past.c - the time machine against what was: a history is lived through under a moved clock, every view is
 * read as the present at each of its steps, and afterwards the queries of the past must tell the same. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "tests/support/history.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

Suite *suite_past(void);

enum { STEP_S = 60, MAX_STEPS = 48 };
static struct server *server;
static char *was[MAX_STEPS][MAX_PROBES];
static int64_t at_ms[MAX_STEPS];
static size_t n_steps;

static struct db *link_up(uv_loop_t *loop, struct db_conf *conf)
{
	server_conf(server, conf);
	free(conf->database);
	conf->database = mem_dup("spot_optimizer");
	return db_open(loop, conf, DB_WRITE, "test");
}

static void run(struct db *db, const char *sql)
{
	struct err e;
	struct db_opts o = { .is_write = true };
	ck_assert_msg(db_call_text(db, sql, strlen(sql), &o, NULL, &e), "%s: %s", sql, e.text);
}

/* The rows of a query as sorted lines of what is looked at. */
static char *lines(struct db *db, const struct query *q, const char *what, const char *at)
{
	struct buf text = BUF_EMPTY, sql = BUF_EMPTY;
	struct err e;
	struct arg args[] = { arg_str("at", at) };
	struct table *t;
	ck_assert_msg(query_bind(&text, q, args, at ? 1 : 0, &e), "%s", e.text);
	buf_addf(&sql,
	         "SELECT GROUP_CONCAT(x.l ORDER BY x.l SEPARATOR '\\n') AS l FROM (SELECT %s AS l FROM (%s) "
	         "v) x",
	         what, buf_str(&text));
	ck_assert_msg(db_call_text(db, buf_str(&sql), sql.len, NULL, &t, &e), "%s: %s", q->name, e.text);
	char *s = mem_dup(table_get(t, 0, "l") ? table_get(t, 0, "l") : "");
	table_free(t);
	buf_free(&text);
	buf_free(&sql);
	return s;
}

static void set_clock(struct db *db, int64_t ms)
{
	char sql[64];
	snprintf(sql, sizeof sql, "SET timestamp = %lld", (long long)(ms / 1000));
	run(db, sql);
}

static void live(void)
{
	struct err e = { 0 };
	struct db_conf conf;
	uv_loop_t loop;
	server = server_start(NULL, &e);
	if (!server) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	uv_loop_init(&loop);
	server_conf(server, &conf);
	struct db *root = db_open(&loop, &conf, DB_WRITE, "test");
	if (!schema_install(root, "spot_optimizer", NULL, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	/* An event that fired when it was made writes of now: it is off, at its end, and its row gone. */
	run(root, "SET GLOBAL event_scheduler = OFF");
	run(root, "BEGIN NOT ATOMIC WHILE (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> "
	          "CONNECTION_ID() AND DB = 'spot_optimizer') > 0 DO DO SLEEP(0.1); END WHILE; END");
	run(root, "DELETE FROM spot_optimizer.system_events");
	run(root, "SET GLOBAL group_concat_max_len = 1000000");
	db_close_wait(root);
	conf_free(&conf);
	struct db *db = link_up(&loop, &conf);
	int64_t now = clock_wall_ms() / 1000 * 1000 - 3600 * 1000;
	run(db, "CALL clock_hold()"); /* what happens is dated back */
	set_clock(db, now);
	for (const char *const *s = history; *s; s++) {
		if (**s) {
			run(db, *s);
			continue;
		}
		now += STEP_S / 2 * 1000; /* read between two steps */
		set_clock(db, now);
		at_ms[n_steps] = now;
		for (size_t i = 0; i < n_probes; i++)
			was[n_steps][i] = lines(db, probes[i].now, probes[i].what, NULL);
		n_steps++;
		now += STEP_S / 2 * 1000;
		set_clock(db, now);
	}
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}

static void stop(void)
{
	for (size_t k = 0; k < n_steps; k++)
		for (size_t i = 0; i < n_probes; i++) free(was[k][i]);
	server_stop(server);
}

START_TEST(the_past_told_is_the_present_that_was_read)
{
	const struct probe *p = &probes[_i];
	struct db_conf conf;
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct db *db = link_up(&loop, &conf);
	bool ever = false;
	for (size_t k = 0; k < n_steps; k++) {
		char at[32];
		time_to_sql(at_ms[k], at);
		char *told = lines(db, p->then, p->what, at);
		ck_assert_msg(strcmp(told, was[k][_i]) == 0, "%s at step %zu (%s)\nwas:\n%s\ntold:\n%s",
		              p->name, k, at, was[k][_i], told);
		ever |= *told != 0;
		free(told);
	}
	ck_assert_msg(ever, "%s: nothing was looked at", p->name);
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}
END_TEST

static struct table *ask(struct db *db, const struct query *q, const char *at, const char *agent)
{
	struct err e;
	struct arg args[] = { arg_str("at", at), arg_str("agent", agent) };
	struct table *t;
	ck_assert_msg(db_call(db, q, args, 2, NULL, &t, &e), "%s: %s", q->name, e.text);
	return t;
}

START_TEST(health_is_told_only_where_it_is_known)
{
	struct db_conf conf;
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct db *db = link_up(&loop, &conf);
	size_t n_known = 0, n_unknown = 0;
	for (size_t k = 1; k < n_steps; k++) {
		char at[32];
		time_to_sql(at_ms[k], at);
		struct table *t = ask(db, &sql_queries_agent_at, at, "00000000-0000-4000-8000-0000000000a1");
		ck_assert_uint_eq(t->n_rows, 1);
		const char *health = table_get(t, 0, "health");
		int64_t primaries = table_int(t, 0, "primary_count", -1);
		const char *notice = table_get(t, 0, "notice_status");
		if (primaries != 1 || strcmp(notice, "termination") == 0)
			ck_assert_msg(health && (strcmp(health, "crit") == 0 || strcmp(health, "dead") == 0),
			              "step %zu: %s", k, health ? health : "n/a");
		ck_assert_msg(!health || strcmp(health, "ok") != 0,
		              "step %zu: no heartbeat of then is kept, so it cannot be ok", k);
		n_known += health != NULL;
		n_unknown += health == NULL;
		/* the price, the version and the settings of now are nowhere told as those of then */
		if (k + 1 < n_steps && table_get(t, 0, "version"))
			ck_assert_ptr_nonnull(table_get(t, 0, "auto_switch_enabled"));
		table_free(t);
	}
	ck_assert_uint_gt(n_known, 0);
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
	(void)n_unknown;
}
END_TEST

START_TEST(steps_lead_from_event_to_event_and_back)
{
	struct db_conf conf;
	uv_loop_t loop;
	char at[32], seen[256][32];
	size_t n = 0;
	uv_loop_init(&loop);
	struct db *db = link_up(&loop, &conf);
	time_to_sql(at_ms[0], at);
	for (;; n++) {
		struct table *t = ask(db, &sql_queries_step_next, at, NULL);
		ck_assert_uint_lt(n, ARRAY_LEN(seen));
		if (!t->n_rows) {
			table_free(t);
			break;
		}
		ck_assert_msg(strcmp(table_get(t, 0, "at"), at) > 0, "%s after %s", table_get(t, 0, "at"),
		              at);
		snprintf(at, sizeof at, "%s", table_get(t, 0, "at"));
		snprintf(seen[n], sizeof seen[n], "%s", at);
		table_free(t);
	}
	ck_assert_uint_ge(n, n_steps - 8); /* most steps of the history are seen */
	for (size_t i = n - 1; i-- > 0;) {
		struct table *t = ask(db, &sql_queries_step_prev, at, NULL);
		ck_assert_uint_eq(t->n_rows, 1);
		ck_assert_str_eq(table_get(t, 0, "at"), seen[i]);
		snprintf(at, sizeof at, "%s", table_get(t, 0, "at"));
		table_free(t);
	}
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}
END_TEST

static struct table *timeline_of(struct db *db, struct arg whose, int64_t since, int64_t until)
{
	struct err e;
	char from[32], to[32];
	time_to_sql(since, from);
	time_to_sql(until, to);
	struct arg args[] = { whose, arg_str("since", from), arg_str("until", to), arg_str("t0", from) };
	struct table *t;
	ck_assert_msg(db_call(db, &sql_queries_timeline, args, ARRAY_LEN(args), NULL, &t, &e), "%s", e.text);
	return t;
}

static size_t n_of(const struct table *t, const char *source)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n_rows; i++) n += strcmp(table_get(t, i, "source"), source) == 0;
	return n;
}

START_TEST(the_timeline_tells_every_source_and_its_windows_make_the_whole)
{
	static const char *const sources[] = { "event", "command",  "switch", "replica", "notice",
		                               "alert", "operator", "gap",    "server" };
	struct db_conf conf;
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct db *db = link_up(&loop, &conf);
	int64_t begin = at_ms[0] - 3600000, end = clock_wall_ms() + 1000;
	struct table *all = timeline_of(db, arg_null("agent"), begin, end);
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		ck_assert_msg(n_of(all, sources[i]) > 0, "no line of source %s", sources[i]);
	ck_assert_uint_eq(n_of(all, "command"), 5); /* created twice, claimed once, two ends */
	ck_assert_uint_eq(n_of(all, "switch"), 1);
	ck_assert_uint_eq(n_of(all, "alert"), 2);
	ck_assert_uint_eq(n_of(all, "operator"), 6);
	for (size_t i = 0; i < all->n_rows; i++) {
		int64_t at, offset = table_int(all, i, "offset_seconds", -1);
		ck_assert(time_from_sql(table_get(all, i, "at"), &at));
		ck_assert_int_eq(offset, at / 1000 - begin / 1000);
	}
	size_t n = 0, gaps = 0;
	for (size_t k = 0; k <= n_steps; k++) { /* nothing happens in the second in which a step was read */
		struct table *t = timeline_of(db, arg_null("agent"), k ? at_ms[k - 1] : begin,
		                              k < n_steps ? at_ms[k] - 1000 : end);
		n += t->n_rows;
		gaps += n_of(t, "gap");
		table_free(t);
	}
	ck_assert_uint_eq(n - gaps, all->n_rows - n_of(all, "gap"));
	ck_assert_uint_eq(gaps, n_of(all, "gap")); /* nor does a window's edge make a silence */
	table_free(all);
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}
END_TEST

START_TEST(a_timeline_keeps_to_its_agent_its_pool_its_client)
{
	static const char web1[] = "00000000-0000-4000-8000-0000000000a1",
	                  client[] = "00000000-0000-4000-8000-0000000000c1",
	                  web2[] = "00000000-0000-4000-8000-0000000000a2", pool[] = "m5.large.us-east-1b";
	struct db_conf conf;
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct db *db = link_up(&loop, &conf);
	struct table *t = timeline_of(db, arg_str("agent", web2), at_ms[0], clock_wall_ms());
	ck_assert_uint_eq(n_of(t, "switch") + n_of(t, "replica") + n_of(t, "alert"), 0);
	ck_assert_uint_eq(n_of(t, "command"), 2);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *agent = table_get(t, i, "agent_id");
		ck_assert_msg(!agent || strcmp(agent, web2) == 0, "a line of %s: %s", agent,
		              table_get(t, i, "what"));
	}
	ck_assert_uint_eq(n_of(t, "operator"), 1); /* the freeze of the fleet */
	table_free(t);
	t = timeline_of(db, arg_str("agent", web1), at_ms[0], clock_wall_ms());
	ck_assert_uint_eq(n_of(t, "operator"),
	                  5); /* and its alert acknowledged, snoozed, claimed and given back */
	table_free(t);
	t = timeline_of(db, arg_str("client", client), at_ms[0], clock_wall_ms());
	ck_assert_uint_eq(n_of(t, "operator"), 5);
	ck_assert_uint_ge(n_of(t, "price"), 1);
	table_free(t);
	t = timeline_of(db, arg_str("pool", pool), at_ms[0], clock_wall_ms());
	ck_assert_uint_eq(n_of(t, "switch"), 1);
	ck_assert_uint_eq(n_of(t, "operator"), 2); /* the freeze, the cordon */
	ck_assert_uint_ge(n_of(t, "price"), 1);    /* 0.019 to 0.06 */
	ck_assert_uint_eq(n_of(t, "alert"), 0);
	table_free(t);
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}
END_TEST

START_TEST(a_promoted_replica_is_said_to_be)
{
	struct db_conf conf;
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct db *db = link_up(&loop, &conf);
	struct err e;
	struct table *t;
	ck_assert_msg(db_call(db, &sql_queries_replicas, NULL, 0, NULL, &t, &e), "%s", e.text);
	ck_assert_uint_eq(t->n_rows, 1);
	ck_assert_str_eq(table_get(t, 0, "cloud_instance_id"), "i-3");
	ck_assert_str_eq(table_get(t, 0, "status"), "promoted");
	table_free(t);
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}
END_TEST

Suite *suite_past(void)
{
	Suite *s = suite_create("past");
	TCase *tc = tcase_create("as it was");
	tcase_add_unchecked_fixture(tc, live, stop);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, the_past_told_is_the_present_that_was_read, 0, (int)n_probes);
	tcase_add_test(tc, a_promoted_replica_is_said_to_be);
	tcase_add_test(tc, health_is_told_only_where_it_is_known);
	tcase_add_test(tc, the_timeline_tells_every_source_and_its_windows_make_the_whole);
	tcase_add_test(tc, a_timeline_keeps_to_its_agent_its_pool_its_client);
	tcase_add_test(tc, steps_lead_from_event_to_event_and_back);
	suite_add_tcase(s, tc);
	return s;
}
