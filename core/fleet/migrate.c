/* migrate.c - what one run of db migrate is made of: the copy, a further pass, the last one, a sample. */
#include "core/fleet/migrate.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/db/db.h"
#include "core/fleet/migrate_int.h"
#include "sql.h"
#include <string.h>

bool migrate_check_source(struct db *db, const char *from, const char *into, struct err *e)
{
	struct arg a = arg_str("from", from);
	struct table *t;
	bool ok = false;
	if (!migrate_call(db, &sql_migrations_sources, &a, 1, &t, e)) return false;
	if (!from) {
		struct buf names = BUF_EMPTY;
		for (size_t i = 0; i < t->n_rows; i++)
			buf_addf(&names, "%s%s", i ? ", " : "", table_get(t, i, "name"));
		err_set(e, ERR_USAGE,
		        "say which database is to be migrated with --from; those that hold an older fleet: "
		        "%s",
		        names.len ? buf_str(&names) : "none");
		buf_free(&names);
	} else if (into && strcmp(from, into) == 0)
		err_set(e, ERR_USAGE,
		        "the source is only read, so the new schema needs a database of its own: give its "
		        "name with -D (-D %s_v7 --from %s)",
		        from, from);
	else if (!t->n_rows)
		err_set(e, ERR_SCHEMA, "there is no database %s here, or it is empty, or not yours to read",
		        from);
	else if (!table_int(t, 0, "is_fleet", 0))
		err_set(e, ERR_SCHEMA, "database %s holds no fleet: it has no tables clients and agents",
		        from);
	else if (table_int(t, 0, "is_ours", 0))
		err_set(e, ERR_SCHEMA, "database %s is of this schema already", from);
	else
		ok = true;
	table_free(t);
	return ok;
}

static bool read_result(struct db *w, struct migrate_result *r, struct err *e)
{
	bool ignore;
	return migrate_read_state(w, r, &ignore, e) &&
	       migrate_call(w, &sql_migrations_result, NULL, 0, &r->rows, e);
}

/* Whoever writes to the source while its last pass runs would leave something behind. */
static bool run_final(struct db *w, const struct migrate_opts *o, struct err *e)
{
	char since[32];
	return migrate_now(w, since, sizeof since, e) && migrate_writers(w, o->from, since, true, e) &&
	       migrate_pass(w, o, "final", e) && migrate_writers(w, o->from, since, false, e) &&
	       migrate_end_pass(w, true, true, e);
}

bool migrate_run(struct db *w, const struct migrate_opts *o, struct migrate_result *r, struct err *e)
{
	struct migrate_log log;
	*r = (struct migrate_result){ 0 };
	if (!migrate_lock(w, e) || !migrate_scripts(w, e) || !migrate_read_log(w, &log, e)) return false;
	if (o->fence && !log.is_begun)
		return err_set(e, ERR_REFUSED,
		               "nothing has been copied yet: run it without --final and --fence first");
	if (o->fence && !migrate_call(w, &sql_migrations_fence, NULL, 0, NULL, e)) return false;
	if (o->final && log.is_done && log.state != LOG_NONE &&
	    !o->again) /* killed when that alone was missing */
		return migrate_drop_log(w, e) && read_result(w, r, e);
	if (o->final && log.state != LOG_NONE)
		return migrate_final_by_log(w, o, &log, e) && read_result(w, r, e);
	if (!migrate_copy(w, o, e)) return false;
	if (!(o->final ? run_final(w, o, e)
	               : migrate_pass(w, o, "", e) && migrate_end_pass(w, false, false, e)))
		return false;
	return read_result(w, r, e);
}

bool migrate_sample(struct db *w, const struct migrate_opts *o, struct migrate_result *r, struct err *e)
{
	*r = (struct migrate_result){ 0 };
	bool ignore;
	return migrate_scripts(w, e) && migrate_pass(w, o, "sample", e) &&
	       migrate_read_state(w, r, &ignore, e) &&
	       migrate_call(w, &sql_migrations_plan, NULL, 0, &r->rows, e);
}

bool migrate_scratch_drop(struct db *w, const char *scratch, struct err *e)
{
	struct arg a = arg_str("database", scratch);
	return migrate_call(w, &sql_migrations_drop_scratch, &a, 1, NULL, e);
}

bool migrate_as60(struct db *w, const char *name, struct table **rows, struct err *e)
{
	struct arg a = arg_str("name", name);
	*rows = NULL;
	return migrate_lock(w, e) && migrate_scripts(w, e) &&
	       migrate_call(w, &sql_migrations_as60, &a, 1, rows, e);
}

bool migrate_clean(struct db *w, struct err *e) { return db_call_script(w, &sql_migrations_clean, e); }
