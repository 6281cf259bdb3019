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
	bool is_there;  /* turning back: all is in the old database, and not yet in use */
	bool is_turned; /* and that has ended */
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
	s->is_there = state && strcmp(state, "turned") == 0;
	s->is_turned = t->n_rows && table_int(t, 0, "is_turned", 0);
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
	struct migrate_step row = { 0 };
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
	struct migrate_step row = { 0 };
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
	               "stop him and run it again; it takes no actions meanwhile, and the old one stays "
	               "fenced (--back without --final takes that back)");
}

static bool turn(struct db *w, const char *to, struct err *e)
{
	struct arg a = arg_str("to", to);
	return migrate_call(w, &sql_migrations_back_turn, &a, 1, NULL, e);
}

static bool drop(struct db *w, const char *kind, struct err *e)
{
	struct arg a = arg_str("kind", kind);
	return migrate_call(w, &sql_migrations_drop_triggers, &a, 1, NULL, e);
}

/* From here on nothing is looked at that the triggers keep: killed between any two of these, it goes on. */
static bool let_in(struct db *w, struct err *e)
{
	return drop(w, "back", e) && drop(w, "fence", e) && turn(w, "ended", e);
}

static bool turn_back(struct db *w, const struct migrate_opts *o, struct err *e)
{
	return is_whole(w, o, e) && turn(w, "copy", e) && drain_until_quiet(w, e) && is_whole(w, o, e) &&
	       turn(w, "turned", e) && let_in(w, e);
}

/* What a run does that finds turning back begun and not ended: with --final it goes on, else that is taken back and
 * the new database is in use as before, as long as the old one has not got all. */
static bool take_up_turning(struct db *w, const struct migrate_opts *o, const struct back_state *s,
                            struct err *e)
{
	if (s->is_there && !o->final)
		return err_set(e, ERR_REFUSED,
		               "turning back has not ended, though all is in the old database: run it again "
		               "with "
		               "--back --final");
	if (s->is_there) return call(w, &sql_migrations_resume, e) && let_in(w, e);
	if (!o->final) return turn(w, "undone", e) && make_whole(w, o, e) && follow(w, o, e);
	return call(w, &sql_migrations_resume, e) && turn_back(w, o, e);
}

bool migrate_back(struct db *w, const struct migrate_opts *o, struct table **rows, struct err *e)
{
	struct back_state s;
	bool ok;
	*rows = NULL;
	if (!migrate_lock(w, e) || !migrate_scripts(w, e) || !read_state(w, o->from, &s, e)) return false;
	if (s.is_there || (s.is_whole && !s.is_done))
		ok = take_up_turning(w, o, &s, e);
	else if (s.is_turned && o->final)
		ok = true; /* killed when only its last word was missing */
	else
		ok = make_whole(w, o, e) && (o->final ? turn_back(w, o, e) : follow(w, o, e));
	return ok && migrate_call(w, &sql_migrations_back_result, NULL, 0, rows, e);
}
