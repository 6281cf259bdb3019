/* page.c - pages of every list: whatever the order and the filter, walked forwards and backwards they give
 * each row once, in the order of the whole; and the parts of a default order hold each row in one part. */
#include "views/model/page.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/sim/sim.h"
#include "sql.h"
#include "tests/support/loop.h"
#include "tests/support/server.h"
#include "views/registry.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

Suite *suite_page(void);
static struct server *server;

static struct db *link_to(enum db_role role, uv_loop_t *loop, struct db_conf *conf)
{
	server_conf(server, conf);
	free(conf->database);
	conf->database = mem_dup("spot_optimizer");
	return db_open(loop, conf, role, "test");
}

static long long seeded_s; /* the fleet is as it was then */

static void start(void)
{
	views_are(all_views);
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
	struct db *db = db_open(&loop, &conf, DB_WRITE, "test");
	struct sim_seed_opts o = {
		.n_agents = 60, .n_pools = 6, .days = 3, .seed = 7, .now_s = clock_wall_ms() / 1000
	};
	seeded_s = o.now_s;
	bool ok = schema_install(db, "spot_optimizer", NULL, &e) && sim_seed(db, &o, NULL, NULL, &e);
	/* as the database could hold them: no time of launch, the same time for many, notices, no agent */
	static const char *const odd[] = {
		"UPDATE instances SET launch_requested_at = NULL WHERE id LIKE 'i-0%7'",
		"UPDATE commands SET created_at = '2026-01-01 00:00:00' WHERE CAST(id AS CHAR) LIKE '%5'",
		"UPDATE agents SET notice_status = IF(logical_agent_id LIKE '%3', 'rebalance', "
		"notice_status), heartbeat_interval_seconds = IF(logical_agent_id LIKE '%2', 10, "
		"heartbeat_interval_seconds)",
		"UPDATE commands SET created_at = NOW() + INTERVAL 1 DAY WHERE CAST(id AS CHAR) LIKE '%a'",
		"UPDATE switches SET switched_at = NOW() + INTERVAL 1 DAY WHERE CAST(id AS CHAR) LIKE '%a'",
		"UPDATE notifications SET created_at = NOW() + INTERVAL 1 DAY WHERE CAST(id AS CHAR) LIKE "
		"'%a'",
	};
	for (size_t i = 0; ok && i < ARRAY_LEN(odd); i++)
		ok = db_call_text(db, odd[i], strlen(odd[i]), &(struct db_opts){ .is_write = true }, NULL,
		                  &e);
	if (!ok) fprintf(stderr, "%s\n", e.text);
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
	if (!ok) exit(1);
}

static void stop(void) { server_stop(server); }

/* One moment for all questions: ages do not move, and however slow the machine, no agent has fallen silent since. */
static void stand_still(struct db *db, long long in_s)
{
	struct err e = { 0 };
	char text[64];
	snprintf(text, sizeof text, "SET timestamp = %lld", seeded_s + in_s);
	ck_assert_msg(db_call_text(db, text, strlen(text), NULL, NULL, &e), "%s", e.text);
}

static struct db *still_link(struct db_conf *conf)
{
	struct db *db = link_to(DB_READ, uv_default_loop(), conf);
	stand_still(db, 0);
	return db;
}

static struct table *ask(struct db *db, const struct view *v, const struct page *p)
{
	struct err e = { 0 };
	struct buf sql = BUF_EMPTY;
	struct table *t = NULL;
	struct view_args none = { 0 };
	struct db_opts o = { .max_rows = 100000 };
	ck_assert_msg(page_select(&sql, v, &none, p, &e), "%s: %s", v->name, e.text);
	ck_assert_msg(db_call_text(db, sql.s, sql.len, &o, &t, &e), "%s: %s\n%s", v->name, e.text, sql.s);
	buf_free(&sql);
	return t;
}

static void walk(struct db *db, const struct view *v, const struct table *all, struct page p)
{
	struct table *page = NULL;
	size_t seen = 0;
	p.limit = 17;
	for (;;) {
		struct table *next = ask(db, v, &p);
		for (size_t i = 0; i < next->n_rows; i++, seen++) {
			size_t at = p.is_backward ? all->n_rows - 1 - seen : seen;
			ck_assert_msg(seen < all->n_rows, "%s by %s: more than all", v->name, p.sort);
			ck_assert_msg(strcmp(table_get(next, i, v->row_key),
			                     table_get(all, at, v->row_key)) == 0,
			              "%s by %s%s%s: row %zu is %s, not %s", v->name, p.sort,
			              p.is_desc ? " desc" : "", p.is_backward ? " backwards" : "", at,
			              table_get(next, i, v->row_key), table_get(all, at, v->row_key));
		}
		table_free(page);
		page = next;
		if (next->n_rows < p.limit) break;
		p.after = next;
		p.after_row = next->n_rows - 1;
	}
	table_free(page);
	ck_assert_uint_eq(seen, all->n_rows);
}

static const struct {
	const char *view, *sort, *filter;
} orders[] = {
	{ "agents", "urgency", NULL },
	{ "agents", "urgency", "health=ok" },
	{ "agents", "urgency", "!health=ok" },
	{ "agents", "urgency", "health=dead|health=off" },
	{ "agents", "agent", NULL },
	{ "agents", "seconds_since_heartbeat", NULL },
	{ "agents", "notice_status", NULL },
	{ "agents", "spot_usd_per_hour", NULL },
	{ "instances", "state_rank", NULL },
	{ "instances", "state_rank", "instance_status:running" },
	{ "instances", "state_rank", "mode=spot" },
	{ "instances", "instance_status", NULL },
	{ "instances", "launch_requested_at", NULL },
	{ "instances", "created_at", NULL },
	{ "commands", "created_at", NULL },
	{ "commands", "status", NULL },
	{ "commands", "stage", "command_type=switch" },
	{ "switches", "switched_at", NULL },
	{ "decisions", "decided_at", NULL },
	{ "replicas", "launch_requested_at", NULL },
	{ "notifications", "created_at", NULL },
	{ "pools", "spot_usd_per_hour", NULL },
};

START_TEST(pages_give_each_row_once)
{
	struct err e = { 0 };
	struct db_conf conf;
	struct db *db = still_link(&conf);
	const struct view *v = view_find(orders[_i].view);
	struct page p = { .sort = orders[_i].sort };
	struct filter *f = NULL;
	if (orders[_i].filter) {
		size_t n;
		struct filter_col *cols = view_filter_cols(v, &n);
		f = filter_parse(orders[_i].filter, cols, n, &e);
		ck_assert_msg(f != NULL, "%s", e.text);
		free(cols);
	}
	p.filter = f;
	for (int turn = 0; turn < 2; turn++) {
		p.is_desc = turn;
		p.is_backward = false;
		struct table *all = ask(db, v, &p);
		ck_assert_msg(all->n_rows > 0, "%s %s: nothing to page", v->name, orders[_i].filter);
		walk(db, v, all, p);
		p.is_backward = true;
		walk(db, v, all, p);
		table_free(all);
	}
	filter_free(f);
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

static bool has_key(const struct table *t, const struct view *v, const char *key)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (strcmp(table_get(t, i, v->row_key), key) == 0) return true;
	return false;
}

/* The parts together are the whole: what is in no index of trouble is not in trouble. */
START_TEST(parts_are_the_whole)
{
	struct db_conf conf;
	struct db *db = still_link(&conf);
	const struct view *v = view_find(_i ? "instances" : "agents");
	struct table *parts = ask(db, v, &(struct page){ .sort = v->sort });
	struct table *plain = ask(db, v, &(struct page){ .sort = v->row_key });
	ck_assert_uint_eq(parts->n_rows, plain->n_rows);
	ck_assert_uint_eq(parts->n_cols, plain->n_cols);
	for (size_t i = 0; i < plain->n_rows; i++)
		ck_assert_msg(has_key(parts, v, table_get(plain, i, v->row_key)), "%s is in no part",
		              table_get(plain, i, v->row_key));
	for (size_t c = 0; c < plain->n_cols; c++) {
		ck_assert_str_eq(parts->names[c], plain->names[c]);
		ck_assert_msg(parts->types[c] == plain->types[c], "%s has another type in parts",
		              plain->names[c]);
	}
	/* the gravest first: places never fall from one row to the next */
	const char *rank = _i ? "state_rank" : "impact";
	for (size_t i = 1; i < parts->n_rows; i++)
		ck_assert_int_ge(table_int(parts, i, rank, -1), table_int(parts, i - 1, rank, -1));
	table_free(parts);
	table_free(plain);
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

/* The counts by health are those of the rows. */
static void compare_counts(struct db *db, const struct table *agents)
{
	struct err e = { 0 };
	struct table *counts = NULL;
	int64_t counted = 0;
	ck_assert_msg(db_call(db, &sql_queries_overview_health, NULL, 0, NULL, &counts, &e), "%s", e.text);
	for (size_t i = 0; i < counts->n_rows; i++) {
		const char *health = table_get(counts, i, "health");
		int64_t n = 0;
		for (size_t k = 0; k < agents->n_rows; k++)
			n += strcmp(table_get(agents, k, "health"), health) == 0;
		ck_assert_msg(n == table_int(counts, i, "agents", -1), "%s: %lld rows, %s counted", health,
		              (long long)n, table_get(counts, i, "agents"));
		counted += n;
	}
	ck_assert_int_eq(counted, (int64_t)agents->n_rows);
	table_free(counts);
}

/* From how many on the silent ones are many is a view, so that a fleet of a few is read the other way too. */
static void silence_is_wide(bool is_wide)
{
	struct err e = { 0 };
	struct db_conf conf;
	uv_loop_t loop;
	uv_loop_init(&loop);
	struct db *db = link_to(DB_WRITE, &loop, &conf);
	const char *text = is_wide ? "CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silence_is_wide AS "
	                             "SELECT TRUE AS is_wide"
	                           : "CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_silence_is_wide AS "
	                             "SELECT FALSE AS is_wide";
	ck_assert_msg(db_call_text(db, text, strlen(text), &(struct db_opts){ .is_write = true }, NULL, &e),
	              "%s", e.text);
	db_close_wait(db);
	conf_free(&conf);
	loop_end(&loop);
}

static const int after_s[] = { 0, 60, 120, 3600 };

/* A fleet that falls silent: who only is silent is counted, put in order and paged by an index, beside those who are in
 * other trouble. At the start, when heartbeats are missed, when it is critical, when all are dead; as few that are
 * silent are read, and as many. */
START_TEST(a_fleet_that_falls_silent_is_paged_and_counted)
{
	struct db_conf conf;
	struct db *db = still_link(&conf);
	silence_is_wide(_i >= (int)ARRAY_LEN(after_s));
	const struct view *v = view_find("agents");
	struct page p = { .sort = v->sort };
	stand_still(db, after_s[_i % (int)ARRAY_LEN(after_s)]);
	for (int turn = 0; turn < 2; turn++) {
		p.is_desc = turn;
		p.is_backward = false;
		struct table *all = ask(db, v, &p);
		compare_counts(db, all);
		walk(db, v, all, p);
		p.is_backward = true;
		walk(db, v, all, p);
		table_free(all);
	}
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

static const struct {
	const char *view, *sort, *words;
} lives[] = {
	{ "commands", "status", "pending executing completed failed cancelled expired" },
	{ "commands", "stage", "queued claimed launching ready promoted cleanup done" },
	{ "instances", "instance_status",
	  "launching running_replica promoting running_primary terminating zombie terminated" },
	{ "agents", "notice_status", "none rebalance termination" },
	{ "agents", "status", "online offline error" },
};

/* By the alphabet "completed" would stand before "pending". */
START_TEST(words_with_a_rank_sort_by_it)
{
	struct db_conf conf;
	struct db *db = still_link(&conf);
	const struct view *v = view_find(lives[_i].view);
	for (int is_desc = 0; is_desc < 2; is_desc++) {
		struct table *t = ask(db, v, &(struct page){ .sort = lives[_i].sort, .is_desc = is_desc });
		const char *was = NULL;
		int kinds = 0;
		for (size_t i = 0; i < t->n_rows; i++) {
			const char *word = table_get(t, i, lives[_i].sort),
			           *at = strstr(lives[_i].words, word);
			ck_assert_msg(at != NULL, "'%s'", word);
			if (was) ck_assert_msg(is_desc ? at <= was : at >= was, "row %zu: %s", i, word);
			kinds += at != was;
			was = at;
		}
		ck_assert_int_ge(kinds, 2);
		table_free(t);
	}
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

/* The clock was put back: what is dated after it stands last, and took no time that is known. */
static const char *const by_time[] = { "commands", "switches", "notifications" };
START_TEST(what_is_ahead_of_the_clock_outranks_nothing)
{
	struct db_conf conf;
	struct db *db = still_link(&conf);
	const struct view *v = view_find(by_time[_i]);
	struct page p = { .sort = v->sort, .is_desc = true, .limit = 100000 };
	struct table *t = ask(db, v, &p);
	size_t n_ahead = 0;
	for (size_t i = 0; i < t->n_rows; i++) {
		bool is_ahead = strcmp(table_get(t, i, "dated"), "ahead") == 0;
		ck_assert_msg(is_ahead || !n_ahead, "%s: row %zu stands below what is ahead", v->name, i);
		n_ahead += is_ahead;
		if (_i == 0) ck_assert_int_ge(table_int(t, i, "elapsed_seconds", 0), 0);
	}
	ck_assert_msg(n_ahead && n_ahead < t->n_rows, "%zu of %zu", n_ahead, t->n_rows);
	table_free(t);
	db_close_wait(db);
	conf_free(&conf);
}
END_TEST

/* --- a table is for eyes, the rest for programs --- */

static char *printed(const char *view, const char *format, const char *columns)
{
	static char out[400000];
	char cmd[1200];
	snprintf(cmd, sizeof cmd, "%s --no-defaults -S '%s' -u root %s -o %s --columns %s 2>&1",
	         getenv("SPOTOP_BIN"), server_socket(server), view, format, columns);
	FILE *p = popen(cmd, "r");
	out[fread(out, 1, sizeof out - 1, p)] = 0;
	ck_assert_msg(pclose(p) == 0, "%s: %s", cmd, out);
	return out;
}

/* "$0.0376", "-$12.30"; "41 s", "-4 m", "12 h"; "n/a" */
static bool is_for_eyes(const char *cell, bool is_money)
{
	size_t n = strlen(cell);
	if (strcmp(cell, "n/a") == 0) return true;
	if (*cell == '-') cell++, n--;
	if (is_money) return *cell == '$' && strchr(cell, '.');
	return n > 2 && cell[n - 2] == ' ' && strchr("smhd", cell[n - 1]) && *cell >= '0' && *cell <= '9';
}

static void hold_column(const struct view *v, const struct col *c, int *n)
{
	bool is_money = c->as == AS_USD4 || c->as == AS_USD2;
	char *save = NULL, *line;
	strtok_r(printed(v->name, "table", c->name), "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save))) {
		while (*line == ' ') line++;
		ck_assert_msg(is_for_eyes(line, is_money), "%s %s: '%s'", v->name, c->name, line);
		*n += strcmp(line, "n/a") != 0;
	}
	strtok_r(printed(v->name, "csv", c->name), "\r\n", &save);
	while ((line = strtok_r(NULL, "\r\n", &save))) {
		char *end;
		strtod(line, &end);
		ck_assert_msg(*end == 0, "%s %s: '%s'", v->name, c->name, line);
	}
}

/* A count is no money, nor is a share: what gets a dollar sign is called a price, a cost, a saving or USD. */
START_TEST(only_money_has_a_dollar_sign)
{
	static const char *const words[] = { "usd", "price", "cost", "sav" };
	int n = 0;
	for (const struct view *const *v = views; *v; v++)
		for (size_t k = 0; k < (*v)->n_cols; k++) {
			const struct col *c = &(*v)->cols[k];
			bool is_said = false;
			if (c->as != AS_USD4 && c->as != AS_USD2) continue;
			for (size_t i = 0; i < ARRAY_LEN(words); i++)
				is_said |= strstr(c->name, words[i]) != NULL;
			ck_assert_msg(is_said, "%s %s", (*v)->name, c->name);
			n++;
		}
	ck_assert_int_gt(n, 20);
}
END_TEST

START_TEST(eyes_get_words_and_programs_get_numbers)
{
	static const char *const shown[] = { "agents", "instances", "commands", "switches",
		                             "pools",  "clients",   "deadlines" };
	int n_money = 0, n_time = 0;
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		const struct view *v = view_find(shown[i]);
		for (size_t k = 0; k < v->n_cols; k++) {
			enum cell_as as = v->cols[k].as;
			if (as == AS_USD4 || as == AS_USD2) hold_column(v, &v->cols[k], &n_money);
			if (as == AS_SECONDS || as == AS_DURATION) hold_column(v, &v->cols[k], &n_time);
			/* what is called seconds is declared as such */
			size_t len = strlen(v->cols[k].name);
			if (len > 8 && strcmp(v->cols[k].name + len - 8, "_seconds") == 0)
				ck_assert_msg(as == AS_SECONDS || as == AS_DURATION, "%s", v->cols[k].name);
		}
	}
	ck_assert_int_gt(n_money, 100);
	ck_assert_int_gt(n_time, 100);
}
END_TEST

Suite *suite_page(void)
{
	Suite *s = suite_create("page");
	TCase *t = tcase_create("page");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, pages_give_each_row_once, 0, (int)ARRAY_LEN(orders));
	tcase_add_loop_test(t, parts_are_the_whole, 0, 2);
	tcase_add_loop_test(t, a_fleet_that_falls_silent_is_paged_and_counted, 0,
	                    2 * (int)ARRAY_LEN(after_s));
	tcase_add_loop_test(t, words_with_a_rank_sort_by_it, 0, (int)ARRAY_LEN(lives));
	tcase_add_loop_test(t, what_is_ahead_of_the_clock_outranks_nothing, 0, (int)ARRAY_LEN(by_time));
	tcase_add_test(t, only_money_has_a_dollar_sign);
	tcase_add_test(t, eyes_get_words_and_programs_get_numbers);
	suite_add_tcase(s, t);
	return s;
}
