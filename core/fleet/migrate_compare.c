/* migrate_compare.c - the source beside the target: every range of keys read on both sides, and what was not
 * the same looked at again until it stands still. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/migrate.h"
#include "core/fleet/migrate_int.h"
#include "sql.h"
#include <unistd.h>

enum {
	ROWS = 10000, /* of a range */
	LOOKS = 5,    /* while somebody moves rows: he may be about to take over what differs */
	PAUSE_US = 1000000,
};

/* Both locks are this session's and go with it. */
static bool make_ready(struct db *w, bool *is_alone, struct err *e)
{
	struct table *t;
	if (!migrate_call(w, &sql_migrations_compare_lock, NULL, 0, &t, e)) return false;
	bool ok = table_int(t, 0, "ok", 0) == 1, is_begun = table_int(t, 0, "is_begun", 0) > 0;
	*is_alone = table_int(t, 0, "ours", 0) == 1;
	table_free(t);
	if (!ok) return err_set(e, ERR_REFUSED, "another comparison of this database is running");
	if (!is_begun)
		return err_set(e, ERR_REFUSED,
		               "no migration into this database has been begun, or its helpers "
		               "were cleaned away: there is nothing to compare it with");
	return !*is_alone ||
	       (migrate_scripts(w, e) && migrate_call(w, &sql_migrations_compare_compile, NULL, 0, NULL, e));
}

static bool read_ranges(struct db *w, const struct migrate_opts *o, struct err *e)
{
	struct migrate_progress p = { 0 };
	struct arg rows = arg_int("rows", o->batch ? o->batch : ROWS);
	int64_t t0 = clock_mono_ms();
	for (bool is_done = false; !is_done;) {
		struct table *t;
		if (!migrate_wait_for_source(w, o, e) ||
		    !migrate_call(w, &sql_migrations_compare_step, &rows, 1, &t, e))
			return false;
		is_done = !table_get(t, 0, "rule");
		p.source_table = table_get(t, 0, "source_table");
		p.total = table_int(t, 0, "total_rows", 0);
		p.done = p.done_here = table_int(t, 0, "done_rows", 0);
		p.elapsed_ms = clock_mono_ms() - t0;
		if (o->progress) o->progress(o->ctx, &p);
		table_free(t);
	}
	return true;
}

bool migrate_compare_ranges(struct db *w, const struct migrate_opts *o, struct err *e)
{
	struct arg changed = arg_bool("changed", o->changed);
	return migrate_call(w, &sql_migrations_compare_begin, &changed, 1, NULL, e) && read_ranges(w, o, e);
}

static int64_t sum_of(const struct table *t, const char *col)
{
	int64_t n = 0;
	for (size_t i = 0; i < t->n_rows; i++) n += table_int(t, i, col, 0);
	return n;
}

bool migrate_compare(struct db *w, const struct migrate_opts *o, struct migrate_comparison *r, struct err *e)
{
	bool is_alone = false;
	*r = (struct migrate_comparison){ 0 };
	if (!make_ready(w, &is_alone, e) || !migrate_compare_ranges(w, o, e)) return false;
	for (int i = 0; i < (is_alone ? 1 : LOOKS); i++) {
		if (i) usleep(PAUSE_US);
		table_free(r->rows);
		r->rows = NULL;
		if (!migrate_call(w, o->back ? &sql_migrations_back_recheck : &sql_migrations_compare_recheck,
		                  NULL, 0, NULL, e) ||
		    !migrate_call(w, &sql_migrations_compare_result, NULL, 0, &r->rows, e))
			return false;
		r->n_differ = sum_of(r->rows, "differ");
		r->n_rows = sum_of(r->rows, "rows_source");
		r->n_ranges = sum_of(r->rows, "ranges");
		if (!r->n_differ) break;
	}
	return true;
}
