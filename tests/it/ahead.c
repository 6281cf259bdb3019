/* ahead.c - the clock was put back, and rows of every kind are dated a day ahead: no list has one of them above what
 * happened, each says what it is, no figure of what is newest is of one, no age is below nothing. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/sim/sim.h"
#include "sql.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include "views/model/page.h"
#include "views/registry.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_ahead(void);
static struct server *server;
static uv_loop_t loop;
static struct db *db;

static struct table *ask_text(const char *sql)
{
	struct db_opts o = { .is_write = true, .max_rows = 100000 };
	struct err e = { 0 };
	struct table *t = NULL;
	ck_assert_msg(db_call_text(db, sql, strlen(sql), &o, &t, &e), "%.400s: %s", sql, e.text);
	return t;
}
static void run(const char *sql) { table_free(ask_text(sql)); }

static struct db *link_to(const char *database)
{
	struct err e = { 0 };
	struct db_conf conf;
	server_conf(server, &conf);
	bool ok = !database || conf_set(&conf, "database", database, "test", &e);
	struct db *link = ok ? db_open(&loop, &conf, DB_WRITE, "test") : NULL;
	conf_free(&conf);
	return link;
}

static void start(void)
{
	views_are(all_views);
	struct err e = { 0 };
	server = server_start(NULL, &e);
	if (!server) {
		fprintf(stderr, "%s\n", e.text);
		exit(1);
	}
	struct sim_seed_opts o = {
		.n_agents = 40, .n_pools = 6, .days = 2, .seed = 7, .now_s = clock_wall_ms() / 1000
	};
	uv_loop_init(&loop);
	struct db *first = link_to(NULL);
	bool ok = schema_install(first, "spot_optimizer", NULL, &e) && sim_seed(first, &o, NULL, NULL, &e);
	db_close_wait(first);
	loop_end(&loop);
	if (ok) return;
	fprintf(stderr, "%s\n", e.text);
	server_stop(server);
	exit(1);
}
static void stop(void) { server_stop(server); }

/* A link has threads, which no fork takes along: each test has its own. */
static void begin(void)
{
	uv_loop_init(&loop);
	db = link_to("spot_optimizer");
}
static void end(void)
{
	db_close_wait(db);
	loop_end(&loop);
}

/* --- rows of a time to come --- */
/* The newest rows of a table once more, all their times a day later. */
static const struct {
	const char *table, *by;
	int days;
} kinds[] = {
	{ "commands", "created_at", 1 },
	{ "switches", "switched_at", 1 },
	{ "replica_instances", "launch_requested_at", 1 },
	{ "ml_decisions", "decided_at", 1 },
	{ "system_events", "created_at", 1 },
	{ "notifications", "created_at", 1 },
	{ "alerts", "opened_at", 1 },
	{ "consolidation_jobs", "started_at", 1 },
	{ "ondemand_prices", "recorded_at", 400 },
	{ "spot_price_snapshots", "observed_at", 1 },
	{ "pricing_consolidated", "observed_at", 1 },
	{ "pricing_canonical", "observed_at", 1 },
	{ "pool_price_hourly", "hour_at", 1 },
	{ "client_savings_daily", "date", 2 },
	{ "sse_events", "created_at", 1 },
	{ "automation_freezes", "created_at", 1 },
};

static void plant(const char *table, const char *by, int days)
{
	char *sql = mem_printf(
	        "SELECT GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION) AS cols, GROUP_CONCAT(CASE "
	        "WHEN DATA_TYPE IN ('timestamp', 'datetime', 'date') THEN CONCAT(COLUMN_NAME, ' + INTERVAL "
	        "%d "
	        "DAY') WHEN COLUMN_NAME = 'id' THEN 'UUID()' WHEN COLUMN_KEY = 'UNI' THEN IF(IS_NULLABLE = "
	        "'YES', 'NULL', 'UUID()') ELSE COLUMN_NAME END ORDER BY ORDINAL_POSITION) AS vals FROM "
	        "information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = '%s' AND EXTRA "
	        "NOT LIKE '%%GENERATED%%' AND NOT (COLUMN_NAME = 'id' AND DATA_TYPE <> 'uuid')",
	        days, table);
	struct table *t = ask_text(sql);
	free(sql);
	sql = mem_printf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s <= NOW() ORDER BY %s DESC LIMIT 3",
	                 table, table_get(t, 0, "cols"), table_get(t, 0, "vals"), table, by, by);
	run(sql);
	table_free(t);
	free(sql);
	sql = mem_printf("SELECT COUNT(*) AS n FROM %s WHERE %s > NOW()", table, by);
	t = ask_text(sql);
	ck_assert_msg(table_int(t, 0, "n", 0) > 0, "nothing of %s is ahead", table);
	table_free(t);
	free(sql);
}

static void put_the_clock_back(void)
{
	run("CALL bulk_begin()");
	run("CALL partitions_ahead()");
	run("UPDATE commands SET trigger_type = 'manual', created_by = LEFT(USER(), 50) WHERE created_at > "
	    "NOW() - "
	    "INTERVAL 1 DAY"); /* the tracker shows those of who looks */
	run("INSERT INTO audit_log (id, at, actor, action, request_id, result, prev_hash, hash) SELECT id + "
	    "1, at + "
	    "INTERVAL 1 DAY, actor, action, UUID(), result, hash, SHA2(hash, 256) FROM audit_log ORDER BY id "
	    "DESC LIMIT "
	    "1");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) plant(kinds[i].table, kinds[i].by, kinds[i].days);
	run("UPDATE spot_pools SET last_price_at = NOW() + INTERVAL 1 DAY ORDER BY last_price_at, id LIMIT "
	    "1");
	run("UPDATE job_schedules SET last_ok_at = last_ok_at + INTERVAL 1 DAY, updated_at = updated_at + "
	    "INTERVAL 1 DAY");
	run("UPDATE agents SET notice_received_at = NOW() + INTERVAL 1 DAY WHERE notice_status <> 'none' "
	    "LIMIT 1");
	run("UPDATE instances SET launch_requested_at = launch_requested_at + INTERVAL 1 DAY WHERE "
	    "instance_status = 'launching' AND launch_requested_at > NOW() - INTERVAL 300 SECOND LIMIT 1");
}

/* --- what is said of them --- */
static struct table *list(const struct view *v)
{
	struct buf sql = BUF_EMPTY;
	struct view_args none = { 0 };
	struct page p = { .sort = v->sort, .is_desc = v->is_desc, .limit = 100000 };
	struct err e = { 0 };
	ck_assert_msg(page_select(&sql, v, &none, &p, &e), "%s: %s", v->name, e.text);
	struct table *t = ask_text(buf_str(&sql));
	buf_free(&sql);
	return t;
}

static const struct col *col_of(const struct view *v, const char *name)
{
	for (size_t i = 0; i < v->n_cols; i++)
		if (strcmp(v->cols[i].name, name) == 0) return &v->cols[i];
	return NULL;
}

/* Lists by time: what is ahead stands last and says so. */
static int in_order(const struct view *v, const struct table *t, const char *now)
{
	const struct col *c = v->sort ? col_of(v, v->sort) : NULL;
	if (!c || !v->is_desc || (c->as != AS_TIME && c->as != AS_AGE)) return 0;
	size_t n_ahead = 0;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *at = table_get(t, i, v->sort);
		bool is_ahead = at && strcmp(at, now) > 0;
		ck_assert_msg(is_ahead || !n_ahead, "%s: row %zu stands below what is ahead", v->name, i);
		ck_assert_msg(strcmp(table_get(t, i, "dated"), is_ahead ? "ahead" : "past") == 0,
		              "%s: %s is not %s", v->name, at, table_get(t, i, "dated"));
		n_ahead += is_ahead;
	}
	ck_assert_msg(n_ahead && n_ahead < t->n_rows, "%s: %zu of %zu are ahead", v->name, n_ahead,
	              t->n_rows);
	return 1;
}

/* The audit log stands as it was written: the rows of a time to come say so. */
static int says_what_is_ahead(const struct view *v, const struct table *t, const char *now)
{
	size_t n_ahead = 0;
	if (strcmp(v->name, "audit") != 0) return 0;
	for (size_t i = 0; i < t->n_rows; i++) {
		bool is_ahead = strcmp(table_get(t, i, "at"), now) > 0;
		ck_assert_str_eq(table_get(t, i, "dated"), is_ahead ? "ahead" : "past");
		n_ahead += is_ahead;
	}
	ck_assert_msg(n_ahead && n_ahead < t->n_rows, "%zu of %zu are ahead", n_ahead, t->n_rows);
	return 1;
}

/* What ends: whatever a clock dated it, the first to end stands first, and it is in force while the list has it. */
static int ends_in_order(const struct view *v, const struct table *t, const char *now)
{
	if (strcmp(v->name, "freezes") != 0) return 0;
	ck_assert_uint_ge(t->n_rows, 2);
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *end = table_get(t, i, "expires_at");
		ck_assert_str_gt(end, i ? table_get(t, i - 1, "expires_at") : now);
	}
	return 1;
}

static void no_age_is_below_nothing(const char *name, const struct table *t)
{
	for (size_t k = 0; k < t->n_cols; k++) {
		if (!strstr(t->names[k], "seconds") || strstr(t->names[k], "margin") ||
		    strstr(t->names[k], "left"))
			continue;
		for (size_t i = 0; i < t->n_rows; i++) {
			const char *s = table_get(t, i, t->names[k]);
			ck_assert_msg(!s || *s != '-', "%s: %s of %s is %s", name, t->names[k],
			              table_get(t, i, t->names[0]), s);
		}
	}
}

static void lists_have_none_above_what_happened(void)
{
	struct table *clock = ask_text("SELECT NOW() AS now");
	int n = 0, by_time = 0, others = 0;
	for (const struct view *const *v = all_views; *v; v++) {
		if (!(*v)->query || (*v)->param_is_needed || strcmp((*v)->name, "events") == 0 ||
		    strcmp((*v)->name, "timeline") == 0)
			continue; /* these stand in the order in which they were written */
		struct table *t = list(*v);
		by_time += in_order(*v, t, table_get(clock, 0, "now"));
		others += says_what_is_ahead(*v, t, table_get(clock, 0, "now")) +
		          ends_in_order(*v, t, table_get(clock, 0, "now"));
		no_age_is_below_nothing((*v)->name, t);
		table_free(t);
		n++;
	}
	ck_assert_int_ge(n, 20);
	ck_assert_int_ge(by_time, 7);
	ck_assert_int_eq(others, 2);
	table_free(clock);
}

/* --- figures of what is newest --- */
static const struct {
	const struct query *query;
	const char *cols;
} figures[] = {
	{ &sql_queries_tiers, "newest_at lag_seconds" },
	{ &sql_queries_overview_jobs, "state" },
	{ &sql_queries_price_provenance, "raw_lag_seconds consolidated_lag_seconds canonical_lag_seconds" },
	{ &sql_queries_overview_health, "agents" },
	{ &sql_queries_check,
	  "unhealthy cost_usd_per_hour saved_usd_per_hour zombie_usd_per_hour unpriced is_led" },
	{ &sql_queries_clients, "cost_usd_per_hour saved_usd_per_hour zombie_usd_per_hour" },
	{ &sql_queries_pools, "spot_usd_per_hour ondemand_usd_per_hour volatility outages_30d" },
	{ &sql_queries_switch_targets, "usd_per_hour price_tier" },
	{ &sql_queries_backlog, "waiting_seconds last_delivered_at expired" },
};

static char *told(size_t k)
{
	struct db_opts o = { .is_write = true };
	struct err e = { 0 };
	struct table *t = NULL;
	struct table *first =
	        ask_text("SELECT (SELECT id FROM spot_pools ORDER BY id LIMIT 1) AS pool, (SELECT "
	                 "id FROM agents ORDER BY id LIMIT 1) AS agent");
	struct arg args[4];
	size_t n = 0;
	const struct query *q = figures[k].query;
	for (size_t i = 0; i < q->n_params; i++) {
		const char *name = q->params[i].name;
		if (table_col(first, name) >= 0) args[n++] = arg_str(name, table_get(first, 0, name));
	}
	ck_assert_msg(db_call(db, q, args, n, &o, &t, &e), "%s: %s", q->name, e.text);
	struct buf b = BUF_EMPTY;
	no_age_is_below_nothing(q->name, t);
	for (size_t i = 0; i < t->n_rows; i++) {
		char word[60];
		for (const char *s = figures[k].cols; sscanf(s, "%59s", word) == 1;) {
			if (table_col(t, word) >= 0)
				buf_addf(&b, "%s=%s ", word,
				         table_get(t, i, word) ? table_get(t, i, word) : "");
			s = strstr(s, word) + strlen(word);
		}
		buf_adds(&b, "\n");
	}
	ck_assert_msg(strchr(buf_str(&b), '=') != NULL, "%s tells none of %s", q->name, figures[k].cols);
	table_free(t);
	table_free(first);
	return buf_detach(&b);
}

START_TEST(what_is_of_a_time_to_come_outranks_nothing)
{
	char *before[ARRAY_LEN(figures)];
	struct table *clock = ask_text("SELECT CONCAT('SET timestamp = ', UNIX_TIMESTAMP()) AS held");
	run(table_get(clock, 0, "held"));
	table_free(clock);
	run("INSERT INTO sse_events (client_id, event_type, event_data, delivered, expires_at) SELECT id, "
	    "'HEARTBEAT', '{}', seq = 1, NOW() + INTERVAL 1 HOUR FROM clients, seq_1_to_2");
	run("INSERT INTO automation_freezes (scope_type, reason, created_by, expires_at) VALUES ('all', "
	    "'storm', "
	    "'ann', NOW() + INTERVAL 1 HOUR)");
	for (size_t k = 0; k < ARRAY_LEN(figures); k++) before[k] = told(k);
	put_the_clock_back();
	lists_have_none_above_what_happened();
	for (size_t k = 0; k < ARRAY_LEN(figures); k++) {
		char *after = told(k);
		ck_assert_msg(strcmp(before[k], after) == 0, "%s\n%s\nbefore\n%s", figures[k].query->name,
		              after, before[k]);
		free(after);
		free(before[k]);
	}
}
END_TEST

Suite *suite_ahead(void)
{
	Suite *s = suite_create("ahead");
	TCase *t = tcase_create("ahead");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_is_of_a_time_to_come_outranks_nothing);
	suite_add_tcase(s, t);
	return s;
}
