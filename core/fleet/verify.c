/* verify.c - a list of questions, each a statement of sql/queries; the answers of all in one table. */
#include "core/fleet/verify.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/rights.h"
#include "core/db/table.h"
#include "core/fleet/schema.h"
#include "core/fleet/schema_objects.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>

enum { LONG_MS = 600000 };

static const struct query *const checks[] = {
	&sql_queries_verify_partitions,   &sql_queries_verify_scheduler, &sql_queries_verify_primaries,
	&sql_queries_verify_durations,    &sql_queries_verify_counts,    &sql_queries_verify_health_view,
	&sql_queries_verify_savings_view, &sql_queries_verify_orphans,   &sql_queries_verify_audit,
	&sql_queries_verify_expired,
};
static const char *const check_cols[] = { "name", "ok", "evidence" };

static const struct {
	const char *section;
	const struct query *query;
	bool needs_performance_schema;
} facts[] = {
	{ "server", &sql_queries_status_server, false },
	{ "table", &sql_queries_status_tables, false },
	{ "partition", &sql_queries_status_partitions, false },
	{ "event", &sql_queries_status_events, false },
	{ "backlog", &sql_queries_status_backlog, false },
	{ "statement", &sql_queries_status_statements, true },
	{ "index", &sql_queries_status_indexes, true },
};
static const char *const fact_cols[] = { "section", "name", "row_count", "bytes", "value", "detail" };

static struct table *shape(const char *const *cols, const enum cell_type *types, size_t n)
{
	struct table *t = table_new(n);
	for (size_t i = 0; i < n; i++) {
		t->names[i] = arena_str(&t->arena, cols[i]);
		t->types[i] = types[i];
	}
	return t;
}

static void put(struct table *t, struct cell *c, const char *s)
{
	if (s) *c = (struct cell){ arena_str(&t->arena, s), strlen(s) };
}

static void copy_rows(struct table *to, const struct table *from)
{
	for (size_t i = 0; i < from->n_rows; i++) {
		struct cell *c = table_add_row(to);
		for (size_t k = 0; k < to->n_cols; k++) put(to, &c[k], table_get(from, i, to->names[k]));
	}
}

/* The server could not answer, but it is there: a thing is missing, or the login may not look. */
static bool is_about_the_schema(const struct err *e)
{
	return e->sql_errno >= 1000 && e->sql_errno < 2000 && e->code != ERR_DB_DOWN &&
	       e->code != ERR_TIMEOUT;
}

/* 1356 is said of a view whether what it is made of is missing or is not this login's. */
static bool may_not_know(struct db *db, const struct err *e)
{
	struct table *grants = NULL;
	if (rights_lacking(e)) return true;
	if (e->sql_errno != 1356 || !db_call(db, &sql_queries_doctor_grants, NULL, 0, NULL, &grants, NULL))
		return false;
	struct schema_state s;
	schema_read(db, &s, NULL);
	bool calls_all = rights_allow(grants, "EXECUTE", "TABLE", s.database, NULL);
	table_free(grants);
	return !calls_all;
}

static bool ask(struct db *db, const struct query *q, struct table **t, struct err *e)
{
	struct db_opts o = { .deadline_ms = LONG_MS };
	return db_call(db, q, NULL, 0, &o, t, e);
}

static void add_promise(void *ctx, const char *name, enum schema_verdict v, const char *evidence)
{
	struct table *all = ctx;
	struct cell *c = table_add_row(all);
	put(all, &c[0], name);
	if (v != SCHEMA_UNSEEN) put(all, &c[1], v == SCHEMA_KEPT ? "1" : "0");
	put(all, &c[2], evidence);
}

/* Is it this program's revision? False: it is no schema of ours, or cannot be asked; told as a broken promise. */
static void check_revision(struct db *db, struct table *all)
{
	struct schema_state s;
	struct err mine = { 0 };
	char text[120];
	if (!schema_read(db, &s, &mine)) {
		add_promise(all, "revision", mine.code == ERR_REFUSED ? SCHEMA_UNSEEN : SCHEMA_BROKEN,
		            mine.text);
		return;
	}
	bool same = s.revision == schema_revision();
	snprintf(text, sizeof text, same ? "%d" : "%d, this program makes %d: spotop db upgrade", s.revision,
	         schema_revision());
	add_promise(all, "revision", same ? SCHEMA_KEPT : SCHEMA_BROKEN, text);
}

struct table *verify_run(struct db *db, size_t *n_failed, struct err *e)
{
	static const enum cell_type types[] = { CELL_TEXT, CELL_BOOL, CELL_TEXT };
	struct table *all = shape(check_cols, types, ARRAY_LEN(check_cols));
	check_revision(db, all);
	if (!schema_compare(db, add_promise, all, e) || !schema_check_rights(db, add_promise, all, e)) {
		table_free(all);
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct table *t = NULL;
		struct err mine = { 0 };
		if (ask(db, checks[i], &t, &mine)) {
			copy_rows(all, t);
			table_free(t);
			continue;
		}
		if (!is_about_the_schema(&mine)) {
			if (e) *e = mine;
			table_free(all);
			return NULL;
		}
		char about[200];
		struct cell *c = table_add_row(all);
		put(all, &c[0], query_about(checks[i], about, sizeof about));
		if (!may_not_know(db, &mine)) put(all, &c[1], "0");
		snprintf(about, sizeof about, "cannot be asked here: %.160s", mine.text);
		put(all, &c[2], about);
	}
	if (n_failed) {
		*n_failed = 0;
		for (size_t i = 0; i < all->n_rows; i++) *n_failed += table_int(all, i, "ok", 1) == 0;
	}
	return all;
}

/* Who may not change tables can still have the counts made anew. */
bool verify_repair(struct db *w, struct buf *notes, struct err *e)
{
	struct db_opts o = { .is_write = true, .deadline_ms = LONG_MS };
	struct schema_options made = { .notes = notes };
	struct err mine = { 0 };
	if (!schema_repair(w, &made, &mine)) {
		if (mine.code != ERR_REFUSED && !rights_lacking(&mine)) {
			if (e) *e = mine;
			return false;
		}
		buf_addf(notes, "-- only counts and partitions are repaired: %s\n", mine.text);
	}
	return db_call(w, &sql_queries_verify_repair_partitions, NULL, 0, &o, NULL, e) &&
	       db_call(w, &sql_queries_verify_repair_counts, NULL, 0, &o, NULL, e);
}

static void tell_missing(struct table *all, const char *section, const char *why)
{
	struct cell *c = table_add_row(all);
	put(all, &c[0], section);
	put(all, &c[1], "cannot be asked here");
	put(all, &c[5], why);
}

static bool says_on(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *n = table_get(t, i, "name"), *v = table_get(t, i, "value");
		if (n && v && strcmp(n, name) == 0) return strcmp(v, "on") == 0;
	}
	return false;
}

struct table *verify_status(struct db *db, struct err *e)
{
	static const enum cell_type types[] = {
		CELL_TEXT, CELL_TEXT, CELL_INT, CELL_INT, CELL_TEXT, CELL_TEXT
	};
	struct table *all = shape(fact_cols, types, ARRAY_LEN(fact_cols));
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		struct table *t = NULL;
		struct err mine = { 0 };
		if (facts[i].needs_performance_schema && !says_on(all, "performance_schema")) {
			tell_missing(all, facts[i].section, "off: performance_schema is not running");
		} else if (ask(db, facts[i].query, &t, &mine)) {
			copy_rows(all, t);
			table_free(t);
		} else if (is_about_the_schema(&mine)) {
			tell_missing(all, facts[i].section, mine.text);
		} else {
			if (e) *e = mine;
			table_free(all);
			return NULL;
		}
	}
	return all;
}
