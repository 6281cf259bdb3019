/* database.c - the server beneath: its state in two lines, and below one table at a time: sizes, statement
 * times, index use, partitions, scheduled events. Tab goes from one to the next. */
#include "views/screens/database.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/nav/ask.h"
#include "views/nav/links.h"
#include "views/table/sheet.h"
#include "views/table/sheet_paint.h"
#include "views/table/sheet_rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_PARTS = 5 };
static const struct view *const parts[N_PARTS] = { &view_database, &view_statements, &view_indexes,
	                                           &view_partitions, &view_dbevents };
struct database {
	struct screen base;
	struct ask *ask;
	struct table *facts;
	struct err error;
	struct sheet *part[N_PARTS];
	int focus;
};

static void got_facts(void *owner, struct table *t, const struct err *e)
{
	struct database *x = owner;
	if (e) {
		x->error = *e;
		return;
	}
	err_clear(&x->error);
	table_free(x->facts);
	x->facts = t;
}

static struct screen *db_screen_open(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct database *x = mem_alloc(sizeof *x);
	(void)v;
	x->ask = ask_new(nav, x, got_facts);
	for (int i = 0; i < N_PARTS; i++) x->part[i] = sheet_new(nav, parts[i], args);
	return &x->base;
}

static void db_screen_close(struct screen *s)
{
	struct database *x = (struct database *)s;
	ask_free(x->ask);
	table_free(x->facts);
	for (int i = 0; i < N_PARTS; i++) sheet_free(x->part[i]);
	free(x);
}

static void db_screen_fetch(struct screen *s)
{
	struct database *x = (struct database *)s;
	ask_query(x->ask, &sql_queries_database_facts, &s->args);
	sheet_fetch(x->part[x->focus]);
}

/* --- painting --- */

static const char *fact(const struct database *x, const char *col)
{
	const char *v = x->facts ? table_get(x->facts, 0, col) : NULL;
	return v ? v : "n/a";
}

/* A name and its value; what is wrong stands out. Returns the cells used. */
static int pair(struct grid *g, int y, int x, int end, const char *name, const char *value, bool is_bad)
{
	int from = x;
	if (x + (int)strlen(name) + (int)strlen(value) + 1 > end) return 0;
	x += grid_text(g, y, x, end - x, ST_DIM, name) + 1;
	x += grid_text(g, y, x, end - x, is_bad ? ST_CRIT : ST_TEXT, value) + 3;
	return x - from;
}

static void paint_facts(struct database *x, struct grid *g, struct rect r)
{
	char up[32], pool[32], line[80];
	int end = r.x + r.w - 1, px = r.x + 1;
	if (!x->facts) {
		grid_text(g, r.y, px, r.w - 2, x->error.code ? ST_WARN : ST_DIM,
		          x->error.code ? x->error.text : "reading");
		return;
	}
	const char *rep = fact(x, "replication"), *cluster = fact(x, "cluster"),
	           *events = fact(x, "event_scheduler");
	px += grid_text(g, r.y, px, end - px, ST_STRONG, fact(x, "version")) + 3;
	fmt_age(up, sizeof up, table_int(x->facts, 0, "uptime_seconds", 0) * 1000);
	px += pair(g, r.y, px, end, "up", up, false);
	snprintf(line, sizeof line, "%s of %s", fact(x, "connections"), fact(x, "max_connections"));
	px += pair(g, r.y, px, end, "connections", line,
	           table_dec(x->facts, 0, "connections", 0) >
	                   0.9 * table_dec(x->facts, 0, "max_connections", 1e9));
	snprintf(line, sizeof line, "%.0f", table_dec(x->facts, 0, "queries_per_second", 0));
	px += pair(g, r.y, px, end, "queries/s", line, false);
	px += pair(g, r.y, px, end, "slow", fact(x, "slow_queries"), false);
	fmt_bytes(pool, sizeof pool, table_dec(x->facts, 0, "buffer_pool_bytes", 0));
	snprintf(line, sizeof line, "%s, hit %.2f %%", pool,
	         100 * table_dec(x->facts, 0, "buffer_pool_hit", 0));
	pair(g, r.y, px, end, "buffer pool", line, false);
	if (r.h < 2) return;
	px = r.x + 1;
	px += pair(g, r.y + 1, px, end, "replication", rep, strstr(rep, "STOPPED") != NULL);
	px += pair(g, r.y + 1, px, end, "cluster", cluster,
	           strstr(cluster, "NOT READY") || strncmp(cluster, "non", 3) == 0);
	px += pair(g, r.y + 1, px, end, "events", events, strcmp(events, "ON") != 0);
	px += pair(g, r.y + 1, px, end, "statements counted", fact(x, "performance_schema"), false);
	px += pair(g, r.y + 1, px, end, "deadlocks", fact(x, "deadlocks"), false);
	pair(g, r.y + 1, px, end, "undo history", fact(x, "undo_history"), false);
}

/* Why the use of no index is known; NULL: it is of some. */
static const char *uncounted(const struct database *x)
{
	const struct table *t = parts[x->focus] == &view_indexes ? x->part[x->focus]->t : NULL;
	for (size_t i = 0; t && i < t->n_rows; i++)
		if (table_get(t, i, "uses")) return NULL;
	return t && t->n_rows ? table_get(t, 0, "reason") : NULL;
}

static void db_screen_paint(struct screen *s, struct grid *g, struct rect r)
{
	static const char *const names[N_PARTS] = { "tables", "statements", "indexes", "partitions",
		                                    "events" };
	struct database *x = (struct database *)s;
	int y = r.y, px = r.x + 1;
	paint_facts(x, g, r);
	y += 2 + (r.h > 14);
	for (int i = 0; i < N_PARTS; i++)
		px += grid_text(g, y, px, r.x + r.w - px, i == x->focus ? ST_ACCENT : ST_DIM, names[i]) + 3;
	y++;
	const char *why = uncounted(x);
	if (why) grid_textf(g, y++, r.x + 1, r.w - 2, ST_WARN, "use is not counted: %s", why);
	if (nav_is_stale(s->nav)) grid_dim(g, r.y, y);
	sheet_paint(x->part[x->focus], g, (struct rect){ y, r.x, r.y + r.h - y, r.w }, true);
}

static void db_screen_focus(struct screen *s, int by)
{
	struct database *x = (struct database *)s;
	x->focus = (x->focus + N_PARTS + by) % N_PARTS;
	s->next_fetch_ms = 0;
}

static struct table *db_screen_row(struct screen *s, size_t *row)
{
	struct database *x = (struct database *)s;
	return sheet_row(x->part[x->focus], row);
}
static struct sheet *db_screen_sheet(struct screen *s)
{
	struct database *x = (struct database *)s;
	return x->part[x->focus];
}
static const struct view *db_screen_target(struct screen *s) { return parts[((struct database *)s)->focus]; }
static int64_t db_screen_read_at(struct screen *s)
{
	const struct sheet *sh = db_screen_sheet(s);
	return sh->t ? sh->t->read_at_mono_ms : TIME_NONE;
}

static const struct screen_ops database_screen = {
	.open = db_screen_open,
	.close = db_screen_close,
	.paint = db_screen_paint,
	.focus = db_screen_focus,
	.fetch = db_screen_fetch,
	.row = db_screen_row,
	.sheet = db_screen_sheet,
	.target_view = db_screen_target,
	.read_at = db_screen_read_at,
};

// clang-format off
static enum style style_of_some(const char *v) { return v[0] == '0' && !v[1] ? ST_DIM : ST_WARN; }
static enum style style_of_use(const char *v) { return v[0] == '0' && !v[1] ? ST_WARN : ST_TEXT; }
static enum style style_of_part(const char *v) { return strcmp(v, "ok") == 0 ? ST_OK : ST_CRIT; }

static const struct col table_cols[] = {
	{ "table_name",  "table",    AS_TEXT, .min = 20, .want = 24, .flex = 1 },
	{ "row_count",   "rows (about)", AS_INT, .min = 12, .about = "the engine's estimate" },
	{ "data_bytes",  "data",     AS_BYTES, .min = 8 },
	{ "index_bytes", "indexes",  AS_BYTES, .min = 8 },
	{ "total_bytes", "total",    AS_BYTES, .min = 8 },
	{ "partitions",  "parts",    AS_INT, .min = 5 },
	{ "avg_row_bytes", "row B",  AS_INT, .min = 6 },
	{ "engine",      "engine",   AS_TEXT, .min = 8, .is_hidden = true },
};
const struct view view_database = {
	.name = "database", .about = "The server: sizes, statement times, index use, partitions, events, replication or cluster.",
	.query = &sql_queries_database_tables, .row_key = "table_name", .label = "table_name", .cols = table_cols, .n_cols = ARRAY_LEN(table_cols),
	.sort = "total_bytes", .is_desc = true, .refresh_ms = 10000, .empty = "no tables: `spotop db init` makes them", .screen = &database_screen,
	.note_at = "sizes, rows and statement times are of now only.",
};

static const struct col statement_cols[] = {
	{ "total_seconds", "total",    AS_DURATION, .min = 9, .about = "all executions together, since the server started" },
	{ "executions",    "times",    AS_INT, .min = 8 },
	{ "avg_ms",        "avg ms",   AS_MS, .min = 8 },
	{ "max_ms",        "max ms",   AS_MS, .min = 8 },
	{ "rows_examined", "rows read", AS_INT, .min = 10, .rank = 3 },
	{ "rows_sent",     "rows sent", AS_INT, .min = 9, .rank = 4 },
	{ "without_index", "no index", AS_INT, .min = 8, .rank = 3, .style = style_of_some, .about = "executions that used none" },
	{ "errors",        "errors",   AS_INT, .min = 6, .rank = 4, .style = style_of_some },
	{ "statement",     "statement", AS_TEXT, .min = 24, .want = 60, .flex = 1, .is_message = true },
	{ "last_seen",     "last",     AS_AGE, .min = 6, .rank = 5 },
	{ "digest",        "digest",   AS_TEXT, .min = 8, .is_hidden = true },
};
const struct view view_statements = {
	.name = "statements", .about = "What the statements on this database took, by their shape, the most costly first.",
	.query = &sql_queries_database_statements, .row_key = "digest", .label = "statement", .cols = statement_cols, .n_cols = ARRAY_LEN(statement_cols),
	.sort = "total_seconds", .is_desc = true, .refresh_ms = 5000, .empty = "none was counted: performance_schema is off; performance_schema=ON in the server's my.cnf turns it on",
	.note_at = "statement times are of now only.",
	.needs = "GRANT SELECT ON performance_schema.events_statements_summary_by_digest",
};

static const struct col index_cols[] = {
	{ "index_name",    "index",    AS_TEXT, .min = 24, .want = 44, .flex = 1 },
	{ "uses",          "uses",     AS_INT, .min = 10, .style = style_of_use, .about = "since the server started; 0: never; n/a: not counted, and beside it why" },
	{ "read_count",       "reads",    AS_INT, .min = 10 },
	{ "insert_count",     "inserts",  AS_INT, .min = 9, .rank = 3 },
	{ "update_count",     "updates",  AS_INT, .min = 9, .rank = 3 },
	{ "delete_count",     "deletes",  AS_INT, .min = 8, .rank = 4 },
	{ "total_seconds", "total",    AS_DURATION, .min = 8, .rank = 4 },
	{ "reason",        "not counted", AS_TEXT, .min = 25, .rank = 2, .about = "why nothing is known of it" },
	{ "columns",       "columns",  AS_TEXT, .min = 16, .want = 40, .rank = 5 },
	{ "table_name",    "table",    AS_TEXT, .min = 12, .is_hidden = true },
};
const struct view view_indexes = {
	.name = "indexes", .about = "How much each index was used; those that never were too.",
	.query = &sql_queries_database_indexes, .row_key = "index_name", .label = "index_name", .cols = index_cols, .n_cols = ARRAY_LEN(index_cols),
	.sort = "uses", .is_desc = true, .refresh_ms = 10000, .empty = "no index", .note_at = "index use is of now only.",
	.needs = "GRANT SELECT ON performance_schema.table_io_waits_summary_by_index_usage",
};

static const struct col partition_cols[] = {
	{ "table_name",     "table",    AS_TEXT, .min = 20, .want = 24, .flex = 1 },
	{ "state",          "state",    AS_TEXT, .min = 8, .want = 20, .style = style_of_part, .about = "late: less than a day ahead; rows in a catch-all: CALL partitions_ahead()" },
	{ "partitions",     "parts",    AS_INT, .min = 5 },
	{ "first_ends_at",  "first until", AS_TIME, .min = 11, .rank = 3 },
	{ "last_ends_at",   "last until", AS_TIME, .min = 11 },
	{ "hours_ahead",    "h ahead",  AS_INT, .min = 7 },
	{ "row_count",      "rows (about)", AS_INT, .min = 12, .rank = 2 },
	{ "total_bytes",    "total",    AS_BYTES, .min = 8, .rank = 2 },
	{ "catch_all_rows", "astray",   AS_INT, .min = 6, .style = style_of_some, .about = "rows in partitions that stand for days nobody made" },
};
const struct view view_partitions = {
	.name = "partitions", .about = "The partitions of each table by time: how many, of which range, how far ahead.",
	.query = &sql_queries_database_partitions, .row_key = "table_name", .label = "table_name", .cols = partition_cols, .n_cols = ARRAY_LEN(partition_cols),
	.sort = "table_name", .refresh_ms = 10000, .empty = "no table is partitioned", .note_at = "partitions are of now only.",
};

static const struct col event_cols[] = {
	{ "event_name",         "event",    AS_TEXT, .min = 20, .want = 28 },
	{ "state",              "state",    AS_TEXT, .min = 6, .style = style_of_state, .about = "off: it or the event scheduler; never: it has not run yet" },
	{ "every",              "every",    AS_TEXT, .min = 9 },
	{ "last_run_at",        "last run", AS_AGE, .min = 8 },
	{ "status",             "status",   AS_TEXT, .min = 9, .rank = 3 },
	{ "about",              "about",    AS_TEXT, .min = 20, .want = 40, .flex = 1, .rank = 4 },
	{ "seconds_since_last", "seconds",  AS_SECONDS, .min = 7, .is_hidden = true },
};
const struct view view_dbevents = {
	.name = "dbevents", .about = "The database's own scheduled events and when they last ran.",
	.query = &sql_queries_database_events, .row_key = "event_name", .label = "event_name", .cols = event_cols, .n_cols = ARRAY_LEN(event_cols),
	.sort = "event_name", .refresh_ms = 10000, .empty = "the database has no event of its own", .note_at = "the last run is of now only.",
};
// clang-format on
