/* migrate_follow.c - the source followed by its change log: triggers made, one pass over what was there before
 * them, then what the log says is taken over for as long as wanted; and the last pass, which is what waits. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/migrate.h"
#include "core/fleet/migrate_int.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	ROWS = 2000,       /* of the log at a time */
	MOST_ROWS = 20000, /* when many wait: a step reads some tables whole, however few it takes over */
	IDLE_MS = 100,
	REST_MS = 2000,
	LOOK_US = 1200000, /* the server knows to the second when a table was written to */
	CHECK_MS = 5000,   /* between two looks at whether the log is whole */
	TELL_MS = 1000,
};

bool migrate_read_log(struct db *w, struct migrate_log *log, struct err *e)
{
	static const char *const names[] = { "none", "making", "open", "whole" };
	struct table *t;
	*log = (struct migrate_log){ 0 };
	if (!migrate_call(w, &sql_migrations_log_state, NULL, 0, &t, e)) return false;
	const char *state = t->n_rows ? table_get(t, 0, "log_state") : NULL;
	const char *fault = t->n_rows ? table_get(t, 0, "fault") : NULL;
	for (size_t i = 0; state && i < ARRAY_LEN(names); i++)
		if (strcmp(state, names[i]) == 0) log->state = (enum migrate_log_state)i;
	log->is_begun = t->n_rows > 0;
	log->is_done = t->n_rows && table_int(t, 0, "is_done", 0);
	log->is_from_start = t->n_rows && table_int(t, 0, "log_from_start", 0);
	snprintf(log->fault, sizeof log->fault, "%s", fault ? fault : "");
	table_free(t);
	return true;
}

bool migrate_now(struct db *w, char *out, size_t n, struct err *e)
{
	struct table *t;
	if (!migrate_call(w, &sql_migrations_now, NULL, 0, &t, e)) return false;
	snprintf(out, n, "%s", table_get(t, 0, "now"));
	table_free(t);
	return true;
}

bool migrate_writers(struct db *w, const char *from, const char *since, bool waits, struct err *e)
{
	struct table *t;
	struct arg a = arg_str("since", since);
	if (waits) usleep(LOOK_US);
	if (!migrate_call(w, &sql_migrations_writers, &a, 1, &t, e)) return false;
	const char *tables = t->n_rows ? table_get(t, 0, "tables_written") : NULL;
	const char *who = t->n_rows ? table_get(t, 0, "who") : NULL;
	bool ok = !tables ||
	          err_set(e, ERR_REFUSED,
	                  "%s is still written to (%s)%s%s: stop them, or let the source refuse them with "
	                  "--fence; nothing was switched over",
	                  from, tables, who ? "; connected: " : "", who ? who : "");
	table_free(t);
	return ok;
}

bool migrate_log_step(struct db *w, const struct query *q, struct migrate_step *row, struct err *e)
{
	struct table *t;
	struct err mine = { 0 };
	int64_t waits = row->n_waiting;
	struct arg rows = arg_int("rows", waits < ROWS ? ROWS : waits > MOST_ROWS ? MOST_ROWS : waits);
	while (!migrate_call(w, q, &rows, 1, &t, &mine)) {
		if (db_lost_to_another(&mine) || (migrate_is_link(&mine) && migrate_take_up(w, &mine)))
			continue;
		if (e) *e = mine;
		return false;
	}
	*row = (struct migrate_step){ table_int(t, 0, "n", 0), table_int(t, 0, "n_waiting", 0),
		                      table_int(t, 0, "lag_ms", 0), table_int(t, 0, "has_children", 0) };
	table_free(t);
	return true;
}

bool migrate_has_come_to(const struct migrate_step *row, int64_t start_ms)
{
	return !row->n_waiting || (!row->has_children && row->lag_ms < clock_mono_ms() - start_ms);
}

static bool step(struct db *w, struct migrate_step *row, struct err *e)
{
	return migrate_log_step(w, &sql_migrations_follow_step, row, e);
}

static bool is_whole(const struct migrate_log *log, struct err *e)
{
	if (log->state == LOG_WHOLE && !*log->fault) return true;
	return err_set(e, ERR_REFUSED, "the change log is not whole: %s; db migrate --follow makes it anew",
	               *log->fault ? log->fault : "a pass over what was written before it has not ended");
}

/* Triggers first, so that nothing is written between the copy and the log. */
static bool make_whole(struct db *w, const struct migrate_opts *o, struct migrate_log *log, struct err *e)
{
	if (!migrate_begin(w, o, log->is_begun ? "log" : "", e)) return false;
	if (log->state < LOG_OPEN || *log->fault)
		if (!migrate_call(w, &sql_migrations_log_make, NULL, 0, NULL, e) ||
		    !migrate_read_log(w, log, e))
			return false;
	if (log->state == LOG_WHOLE) return true;
	if (!migrate_copy(w, o, e)) return false;
	if (!log->is_from_start && !migrate_pass(w, o, "final", e)) return false;
	return (log->is_from_start ? migrate_pass(w, o, "", e) : true) &&
	       migrate_end_pass(w, false, true, e) && migrate_read_log(w, log, e);
}

/* When what others look at was brought up to date: the lag each second; counts and newest prices as often, or so
 * seldom that it takes no more than a fifth of the time. */
struct telling {
	int64_t told_ms, counted_ms, pause_ms;
};

static void tell_now(struct db *w, const struct migrate_opts *o, struct telling *t,
                     const struct migrate_step *row, int64_t n_taken, bool is_last)
{
	struct err ignored = { 0 }; /* the next second does it again */
	int64_t now = clock_mono_ms();
	if (is_last || now - t->counted_ms >= t->pause_ms) {
		migrate_call(w, &sql_migrations_refresh, NULL, 0, NULL, &ignored);
		t->counted_ms = clock_mono_ms();
		t->pause_ms = 5 * (t->counted_ms - now) > TELL_MS ? 5 * (t->counted_ms - now) : TELL_MS;
	}
	if (!is_last && now - t->told_ms < TELL_MS) return;
	struct arg lag = arg_int("lag_ms", row->lag_ms);
	migrate_call(w, &sql_migrations_say_copy, &lag, 1, NULL, &ignored);
	if (o->lag) o->lag(o->ctx, row->lag_ms, row->n_waiting, n_taken);
	t->told_ms = now;
}

/* Who keeps up takes a fifth of the time: a step costs little more for more rows, and the source's own statements run on
 * the same server. */
void migrate_rest(int64_t n_taken, int64_t took_ms)
{
	int64_t ms = n_taken ? took_ms * 4 : IDLE_MS;
	if (n_taken < ROWS) usleep((unsigned)(ms < IDLE_MS ? IDLE_MS : ms > REST_MS ? REST_MS : ms) * 1000);
}

bool migrate_follow(struct db *w, const struct migrate_opts *o, struct err *e)
{
	struct migrate_log log;
	struct migrate_step row = { 0 };
	if (!migrate_lock(w, e) || !migrate_scripts(w, e) || !migrate_read_log(w, &log, e) ||
	    !make_whole(w, o, &log, e))
		return false;
	int64_t start_ms = clock_mono_ms(), checked_ms = start_ms, n_taken = 0;
	struct telling tell = { 0 };
	bool is_last;
	do {
		int64_t now = clock_mono_ms();
		if (!migrate_wait_for_source(w, o, e) || !step(w, &row, e)) return false;
		n_taken += row.n;
		is_last = o->once && migrate_has_come_to(&row, start_ms);
		tell_now(w, o, &tell, &row, n_taken, is_last);
		if (now - checked_ms >= CHECK_MS) {
			if (!migrate_read_log(w, &log, e) || !is_whole(&log, e)) return false;
			checked_ms = now;
		}
		if (!is_last && !o->once) migrate_rest(row.n, clock_mono_ms() - now);
	} while (!is_last);
	return migrate_read_log(w, &log, e) && is_whole(&log, e);
}

/* to_the_end: until nothing waits; else what had been written when it was called. */
static bool drain(struct db *w, bool to_the_end, struct err *e)
{
	struct migrate_step row = { 0 };
	int64_t start_ms = clock_mono_ms();
	do
		if (!step(w, &row, e)) return false;
	while (to_the_end ? row.n || row.n_waiting : !migrate_has_come_to(&row, start_ms));
	return true;
}

bool migrate_drop_log(struct db *w, struct err *e)
{
	struct arg kind = arg_str("kind", "log");
	return migrate_call(w, &sql_migrations_drop_triggers, &kind, 1, NULL, e);
}

/* Drained once before it is looked whether anybody writes, and once after: what he wrote until then is here too. */
bool migrate_final_by_log(struct db *w, const struct migrate_opts *o, const struct migrate_log *log,
                          struct err *e)
{
	char since[32];
	struct migrate_log now;
	return is_whole(log, e) && migrate_begin(w, o, "log", e) && drain(w, false, e) &&
	       migrate_now(w, since, sizeof since, e) && migrate_writers(w, o->from, since, !o->fence, e) &&
	       drain(w, true, e) && migrate_writers(w, o->from, since, false, e) &&
	       migrate_read_log(w, &now, e) && is_whole(&now, e) && migrate_end_pass(w, true, false, e) &&
	       migrate_drop_log(w, e);
}

bool migrate_unfence(struct db *w, struct err *e)
{
	return migrate_lock(w, e) && migrate_call(w, &sql_migrations_unfence, NULL, 0, NULL, e);
}
