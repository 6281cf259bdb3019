/* migrate_back.c - the way back: after the last pass the old database is kept current from the new one, by a log of
 * the new one's changes, so that turning back loses nothing. */
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
	CHECK_MS = 5000, /* between two looks at whether the log is whole */
	QUIET_US =
	        1200000, /* an action that was under way when the new database refused any more ends in this */
	LOOKS = 10,
};

static bool call(struct db *w, const struct query *q, struct err *e)
{
	return migrate_call(w, q, NULL, 0, NULL, e);
}

struct back_state {
	bool is_whole, is_fenced, is_done;
	char fault[420];
};

static bool read_state(struct db *w, const char *from, struct back_state *s, struct err *e)
{
	struct table *t;
	*s = (struct back_state){ 0 };
	if (!migrate_call(w, &sql_migrations_back_state, NULL, 0, &t, e)) return false;
	const char *state = t->n_rows ? table_get(t, 0, "back_state") : NULL;
	const char *fault = t->n_rows ? table_get(t, 0, "fault") : NULL;
	s->is_whole = state && strcmp(state, "whole") == 0;
	s->is_fenced = t->n_rows && table_int(t, 0, "is_fenced", 0);
	s->is_done = t->n_rows && table_int(t, 0, "is_done", 0);
	snprintf(s->fault, sizeof s->fault, "%s", fault ? fault : "");
	const char *source = t->n_rows ? table_get(t, 0, "source_db") : NULL;
	bool ok = source && strcmp(source, from) == 0;
	if (!ok)
		err_set(e, ERR_REFUSED, "this database was not migrated from %s%s%s: there is no way back",
		        from, source ? ", but from " : "", source ? source : "");
	table_free(t);
	return ok;
}

/* The fence first: two who write to the old database would undo each other. Triggers next, so that nothing is written
 * between the comparison and the log. A way back of which the log is not whole is begun anew. */
static bool make_whole(struct db *w, const struct migrate_opts *o, struct err *e)
{
	struct back_state s;
	struct migrate_opts all = *o;
	all.changed = false;
	if (!read_state(w, o->from, &s, e)) return false;
	if (s.is_whole && !*s.fault) return call(w, &sql_migrations_resume, e);
	return call(w, &sql_migrations_back_make, e) && (s.is_fenced || call(w, &sql_migrations_fence, e)) &&
	       migrate_compare_ranges(w, &all, e) && call(w, &sql_migrations_back_whole, e);
}

static bool is_whole(struct db *w, const struct migrate_opts *o, struct err *e)
{
	struct back_state s;
	if (!read_state(w, o->from, &s, e)) return false;
	if (s.is_whole && !*s.fault) return true;
	return err_set(e, ERR_REFUSED,
	               "the log of the way back is not whole: %s; db migrate --back makes it anew",
	               *s.fault ? s.fault : "its first comparison has not ended");
}

static bool follow(struct db *w, const struct migrate_opts *o, struct err *e)
{
	struct migrate_step row;
	int64_t start_ms = clock_mono_ms(), checked_ms = start_ms, told_ms = 0, n_taken = 0;
	bool is_last;
	do {
		int64_t now = clock_mono_ms();
		if (!migrate_log_step(w, &sql_migrations_back_step, &row, e)) return false;
		n_taken += row.n;
		is_last = o->once && migrate_has_come_to(&row, start_ms);
		if (o->lag && (is_last || now - told_ms >= 1000)) {
			o->lag(o->ctx, row.lag_ms, row.n_waiting, n_taken);
			told_ms = now;
		}
		if (now - checked_ms >= CHECK_MS) {
			if (!is_whole(w, o, e)) return false;
			checked_ms = now;
		}
		if (!is_last && !o->once) migrate_rest(row.n, clock_mono_ms() - now);
	} while (!is_last);
	return is_whole(w, o, e);
}

/* Drained, and again until for a moment nobody wrote: whoever does not ask the procedures may still write here. */
static bool drain_until_quiet(struct db *w, struct err *e)
{
	struct migrate_step row;
	for (int i = 0; i < LOOKS; i++) {
		int64_t n_taken = 0;
		do {
			if (!migrate_log_step(w, &sql_migrations_back_step, &row, e)) return false;
			n_taken += row.n;
		} while (row.n || row.n_waiting);
		if (i && !n_taken) return true;
		usleep(QUIET_US);
	}
	return err_set(e, ERR_REFUSED,
	               "the new database is still written to, by somebody who does not ask its procedures: "
	               "stop "
	               "him and run it again; it takes no actions meanwhile, and the old one stays fenced");
}

static bool turn(struct db *w, bool is_done, struct err *e)
{
	struct arg done = arg_bool("is_done", is_done);
	return migrate_call(w, &sql_migrations_back_turn, &done, 1, NULL, e);
}

static bool turn_back(struct db *w, const struct migrate_opts *o, struct err *e)
{
	struct arg back = arg_str("kind", "back"), fence = arg_str("kind", "fence");
	return is_whole(w, o, e) && turn(w, false, e) && drain_until_quiet(w, e) && is_whole(w, o, e) &&
	       migrate_call(w, &sql_migrations_drop_triggers, &back, 1, NULL, e) && turn(w, true, e) &&
	       migrate_call(w, &sql_migrations_drop_triggers, &fence, 1, NULL, e);
}

bool migrate_back(struct db *w, const struct migrate_opts *o, struct table **rows, struct err *e)
{
	struct back_state s;
	*rows = NULL;
	if (!migrate_lock(w, e) || !migrate_scripts(w, e) || !read_state(w, o->from, &s, e)) return false;
	/* Killed while it turned: the log goes on where it was, without the rules being made anew. */
	bool is_turning = s.is_whole && !s.is_done;
	if (is_turning ? !call(w, &sql_migrations_resume, e) : !make_whole(w, o, e)) return false;
	if (is_turning && !o->final)
		return err_set(e, ERR_REFUSED,
		               "turning back has begun and has not ended: run it again with --back --final");
	if (!(o->final ? turn_back(w, o, e) : follow(w, o, e))) return false;
	return migrate_call(w, &sql_migrations_back_result, NULL, 0, rows, e);
}
