/* schema.c - making the schema, script by script, and saying plainly what could not be made. */
#include "core/fleet/schema.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/db.h"
#include "core/fleet/schema_int.h"
#include "core/fleet/schema_objects.h"
#include "sql.h"
#include "version.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_MAJOR = 10, MIN_MINOR = 7, DDL_DEADLINE_MS = 3600000, LOCK_TRIES = 12 };
#define UPGRADE "schema/upgrade/"

bool schema_server_ok(const char *version, const char *comment, struct err *e)
{
	int major = 0, minor = 0;
	bool is_maria =
	        strstr(version, "MariaDB") || strstr(comment, "mariadb") || strstr(comment, "MariaDB");
	if (!is_maria)
		return err_set(e, ERR_SCHEMA,
		               "the server is %s (%s), not MariaDB, which the schema needs (10.7 or newer)",
		               version, comment);
	if (strncmp(version, "5.5.5-", 6) == 0)
		version += 6; /* what replication-minded servers put in front */
	if (sscanf(version, "%d.%d", &major, &minor) != 2)
		return err_set(e, ERR_SCHEMA, "the server's version '%s' cannot be read", version);
	if (major < MIN_MAJOR || (major == MIN_MAJOR && minor < MIN_MINOR))
		return err_set(e, ERR_SCHEMA, "the server is MariaDB %s; the schema needs %d.%d or newer",
		               version, MIN_MAJOR, MIN_MINOR);
	return true;
}

/* Without its events the schema works all the same: the worker does what they do. */
static bool is_optional(const struct query *script) { return strcmp(script->name, "schema/80-events") == 0; }

/* A change of a table waits for whoever reads it, and everybody else waits behind it: it gives way after a
 * few seconds (lock_wait_timeout) and tries again. */
static bool run_patiently(struct install *in, const char *stmt, size_t n, struct err *e)
{
	struct db_opts o = { .is_write = true, .deadline_ms = DDL_DEADLINE_MS };
	for (int tries = 1;; tries++) {
		if (db_call_text(in->w, stmt, n, &o, NULL, e)) return true;
		if (!db_lost_to_another(e) || tries == LOCK_TRIES) return false;
	}
}

/* The statement with its owner, where it makes something that runs as one. */
static void add_owner(struct buf *out, const struct install *in, const char *stmt, size_t n)
{
	struct schema_source s;
	size_t at = *in->owner && schema_source_of(stmt, n, &s) ? s.at : 0;
	buf_add(out, stmt, at);
	if (at) buf_addf(out, " %s", in->owner);
	buf_add(out, stmt + at, n - at);
}

static bool run_owned(struct install *in, const char *stmt, size_t n, int line, struct err *e)
{
	struct err mine = { 0 };
	if (run_patiently(in, stmt, n, &mine)) return true;
	if (mine.sql_errno == 1577) return true; /* CREATE EVENT without a scheduler; note_settings says so */
	if (schema_lacks_right(&mine) && is_optional(in->script)) {
		schema_note_statement(in, stmt, n);
		return true;
	}
	if (e) *e = mine;
	if (mine.sql_errno == 1419)
		return err_set(e, ERR_REFUSED,
		               "the server writes a binary log and lets only SUPER make triggers; an "
		               "administrator may say SET GLOBAL log_bin_trust_function_creators = ON");
	return err_prefix(e, "sql/%s.sql line %d", in->script->name, line);
}

/* Making a partitioned table is not one step of the server's: where it died in between, parts lie there without their
 * table, and "IF NOT EXISTS" meets error 1050 for each. */
static bool clear_orphan(struct install *in, const struct err *why)
{
	char table[65], part[65];
	const char *name = why->sql_errno == 1050 ? strstr(why->text, ".`") : NULL;
	if (!name || sscanf(name, ".`%64[a-z0-9_]` /* Partition `%64[a-z0-9_]`", table, part) != 2)
		return false;
	struct arg args[] = { arg_str("table", table), arg_str("part", part) };
	struct db_opts o = { .is_write = true, .deadline_ms = DDL_DEADLINE_MS };
	return db_call(in->w, &sql_queries_schema_drop_part, args, ARRAY_LEN(args), &o, NULL, NULL);
}

static bool run_statement(void *ctx, const char *text, size_t len, int line, struct err *e)
{
	struct install *in = ctx;
	struct err mine = { 0 };
	struct buf sql = BUF_EMPTY;
	add_owner(&sql, in, text, len);
	bool ok = run_owned(in, sql.s, sql.len, line, &mine);
	while (!ok && clear_orphan(in, &mine)) {
		mine = (struct err){ 0 };
		ok = run_owned(in, sql.s, sql.len, line, &mine);
	}
	buf_free(&sql);
	if (!ok && e) *e = mine;
	return ok;
}

/* Tables first, then the steps that older ones lack, then all that is made anew each time (routines, views,
 * triggers), then what a step does with these. A step changes nothing where it was done before. */
enum phase { PHASE_TABLES, PHASE_STEPS, PHASE_REST, PHASE_AFTER, N_PHASES, NO_PHASE };

static enum phase phase_of(const struct query *script)
{
	const char *name = script->name;
	size_t n = strlen(name), after = strlen("_after");
	if (strncmp(name, "schema/", 7) != 0) return NO_PHASE;
	if (strncmp(name, UPGRADE, strlen(UPGRADE)) == 0)
		return n > after && strcmp(name + n - after, "_after") == 0 ? PHASE_AFTER : PHASE_STEPS;
	return name[7] < '2' ? PHASE_TABLES : PHASE_REST;
}

static int step_number(const struct query *script) { return atoi(script->name + strlen(UPGRADE)); }

int schema_revision(void)
{
	int last = 0;
	for (size_t i = 0; sql_all[i]; i++)
		if (strncmp(sql_all[i]->name, UPGRADE, strlen(UPGRADE)) == 0 &&
		    step_number(sql_all[i]) > last)
			last = step_number(sql_all[i]);
	return last;
}

static bool run_script(struct install *in, enum phase phase, struct err *e)
{
	bool is_step = phase == PHASE_STEPS || phase == PHASE_AFTER;
	if (in->is_scratch && is_optional(in->script)) return true;
	if (is_step && step_number(in->script) <= in->revision) return true;
	int64_t began = clock_mono_ms();
	if (!script_each(in->script->text, run_statement, in, e)) return false;
	if (is_step && in->o->step)
		in->o->step(in->o->ctx, in->script->name + strlen(UPGRADE), clock_mono_ms() - began);
	return true;
}

static const struct schema_options no_options;

/* Views read with the rights of who reads them: a role gets its rights on a new table or view before one names it, not
 * when the last step is done. What could not be granted is told at the end. */
static bool grant_early(const struct install *in, struct err *e)
{
	struct install quiet = *in;
	quiet.o = &no_options;
	quiet.had_plain_roles = false;
	return schema_make_roles(&quiet, e);
}

static bool run_scripts(struct install *in, struct err *e)
{
	bool is_worked_with = in->revision > 0 && in->revision < schema_revision() && !in->is_scratch;
	for (enum phase phase = 0; phase < N_PHASES; phase++) {
		if (is_worked_with && (phase == PHASE_STEPS || phase == PHASE_AFTER) && !grant_early(in, e))
			return false;
		if (phase == PHASE_REST && in->is_mending && !schema_mend_structure(in, e)) return false;
		if (phase == PHASE_REST && !in->is_scratch && !schema_choose_owner(in, e)) return false;
		for (size_t i = 0; sql_all[i]; i++) {
			if (phase_of(sql_all[i]) != phase) continue;
			in->script = sql_all[i];
			if (is_worked_with && phase == PHASE_REST && strstr(in->script->name, "-views") &&
			    !grant_early(in, e))
				return false;
			if (!run_script(in, phase, e)) return false;
		}
	}
	return true;
}

static bool check_server(struct db *db, struct err *e)
{
	struct table *t;
	if (!db_call(db, &sql_queries_schema_version, NULL, 0, NULL, &t, e)) return false;
	const char *version = table_get(t, 0, "version"), *comment = table_get(t, 0, "comment");
	bool ok = schema_server_ok(version ? version : "", comment ? comment : "", e);
	table_free(t);
	return ok;
}

static bool use_database(struct db *w, const char *database, struct err *e)
{
	struct db_opts o = { .is_write = true };
	struct arg a = arg_str("database", database);
	struct err mine = { 0 };
	/* Without the right to create it, it may be there all the same. */
	if (!db_call(w, &sql_queries_schema_create_database, &a, 1, &o, NULL, &mine) &&
	    !schema_lacks_right(&mine)) {
		if (e) *e = mine;
		return false;
	}
	if (db_call(w, &sql_queries_schema_use_database, &a, 1, &o, NULL, e)) return true;
	return err_prefix(e, "database %s", database);
}

/* What schema_present says. */
static bool take_present(const struct table *t, struct schema_state *s)
{
	*s = (struct schema_state){ 0 };
	const char *name = table_get(t, 0, "name");
	snprintf(s->database, sizeof s->database, "%s", name ? name : "");
	s->n_tables = (long)table_int(t, 0, "n_tables", 0);
	s->is_ours = table_int(t, 0, "is_ours", 0) != 0;
	s->is_other = !s->is_ours && table_int(t, 0, "n_field_tables", 0) > 0;
	s->is_hidden = !s->is_ours && !s->is_other && table_int(t, 0, "n_routines", 0) > 0;
	const char *field = table_get(t, 0, "version_of_field");
	snprintf(s->field, sizeof s->field, "%s", field ? field : "");
	return s->is_ours && table_int(t, 0, "has_version", 0) != 0;
}

static bool read_state(struct db *db, struct schema_state *s, struct err *e)
{
	struct table *t;
	*s = (struct schema_state){ 0 };
	if (!db_call(db, &sql_queries_schema_present, NULL, 0, NULL, &t, e)) return false;
	bool has_version = take_present(t, s);
	table_free(t);
	if (!has_version) return true;
	if (!db_call(db, &sql_queries_schema_installed_version, NULL, 0, NULL, &t, e)) return false;
	s->is_whole = table_get(t, 0, "version") != NULL;
	s->revision = (int)table_int(t, 0, "revision", 0);
	table_free(t);
	return true;
}

static bool newer_than_program(int revision, struct err *e)
{
	return err_set(e, ERR_SCHEMA,
	               "the database is at revision %d, this program is made for %d: use the newer spotop "
	               "that "
	               "made it",
	               revision, schema_revision());
}

static bool is_older(const struct schema_state *s, struct err *e)
{
	if (!*s->field)
		return err_set(e, ERR_SCHEMA,
		               "database %s holds tables of such names and no spot fleet: choose another "
		               "with -D",
		               s->database);
	return err_set(e, ERR_SCHEMA,
	               "database %s holds an older schema (%s, %ld tables), this program needs its own %s: "
	               "spotop -D %.55s_v7 db migrate --from %s copies it there and only reads it",
	               s->database, s->field, s->n_tables, SCHEMA_VERSION, s->database, s->database);
}

static bool not_to_be_seen(const struct schema_state *s, struct err *e)
{
	return err_set(e, ERR_REFUSED,
	               "database %s holds a spot fleet whose tables this login may not see; an administrator "
	               "grants "
	               "it the role spotop_viewer",
	               s->database);
}

/* What may be run into this database? Nothing, or half of ours, or all of it; a lower revision is for upgrade. */
static bool refuse_other(const struct schema_state *s, bool is_upgrade, struct err *e)
{
	if (s->is_other) return is_older(s, e);
	if (s->is_hidden) return not_to_be_seen(s, e);
	if (s->is_whole && s->revision > schema_revision()) return newer_than_program(s->revision, e);
	if (is_upgrade && !s->is_whole)
		return err_set(e, ERR_SCHEMA,
		               "database %s has no whole schema to upgrade: run spotop db init", s->database);
	if (!is_upgrade && s->is_whole && s->revision < schema_revision())
		return err_set(e, ERR_SCHEMA,
		               "database %s is at revision %d, this program makes %d: run spotop db upgrade",
		               s->database, s->revision, schema_revision());
	return true;
}

/* The server's settings that the schema lives better with; none of them stops the installation. */
static bool note_settings(struct install *in, struct err *e)
{
	struct table *t;
	struct db_opts o = { .is_write = true };
	if (!db_call(in->w, &sql_queries_schema_server, NULL, 0, NULL, &t, e)) return false;
	const char *scheduler = table_get(t, 0, "event_scheduler");
	if (scheduler && strcmp(scheduler, "DISABLED") == 0)
		schema_note(in, "the event scheduler is disabled in the server's configuration: the worker "
		                "does its "
		                "work");
	else if (scheduler && strcmp(scheduler, "ON") != 0) {
		struct err mine = { 0 };
		if (!db_call(in->w, &sql_queries_schema_scheduler_on, NULL, 0, &o, NULL, &mine))
			schema_note(in, "the event scheduler is off: an administrator with SUPER turns it on "
			                "(SET GLOBAL "
			                "event_scheduler = ON), or a worker does its work");
	}
	const char *per_table = table_get(t, 0, "file_per_table");
	if (per_table && strcmp(per_table, "1") != 0)
		schema_note(in, "innodb_file_per_table is off: dropping a day of prices will not give its "
		                "space back");
	if (table_int(t, 0, "open_files_limit", 100000) < 2000)
		schema_note(in, "open_files_limit is under 2000: months of price partitions may not all be "
		                "open at "
		                "once");
	table_free(t);
	return true;
}

/* From here on the schema is whole, and of this revision. */
static bool mark(struct install *in, int64_t took_ms, struct err *e)
{
	struct buf details = BUF_EMPTY;
	struct db_opts o = { .is_write = true };
	bool ok = schema_record(in->w, &details, e);
	struct arg a[] = { arg_int("revision", schema_revision()), arg_str("program", SPOTOP_VERSION),
		           arg_int("duration_ms", took_ms),
		           arg_strn("details", buf_str(&details), details.len) };
	ok = ok && db_call(in->w, &sql_queries_schema_mark, a, 4, &o, NULL, e);
	buf_free(&details);
	return ok;
}

static bool take_turn(struct db *w, struct err *e)
{
	struct table *t;
	struct db_opts o = { .is_write = true, .deadline_ms = 10000 };
	if (!db_call(w, &sql_queries_schema_lock, NULL, 0, &o, &t, e)) return false;
	bool ok = table_int(t, 0, "is_mine", 0) == 1;
	if (!ok)
		err_set(e, ERR_REFUSED,
		        "another session (%lld; SHOW PROCESSLIST tells whose it is) is making or upgrading "
		        "the schema of "
		        "this database, or holds the lock for it",
		        (long long)table_int(t, 0, "holder", 0));
	table_free(t);
	return ok;
}

static bool make_all(struct install *in, bool is_upgrade, struct err *e)
{
	struct schema_state s;
	int64_t began = clock_mono_ms();
	if (!take_turn(in->w, e)) return false;
	bool ok = read_state(in->w, &s, e) && refuse_other(&s, is_upgrade, e);
	in->revision = ok && s.is_whole ? s.revision : 0;
	snprintf(in->database, sizeof in->database, "%s", s.database);
	in->had_plain_roles = s.is_whole && s.revision < 3 && strcmp(s.database, "spot_optimizer") != 0;
	ok = ok && run_scripts(in, e) &&
	     (in->is_scratch || (schema_make_roles(in, e) && schema_note_unbound(in, e))) &&
	     mark(in, clock_mono_ms() - began, e) && (in->is_scratch || note_settings(in, e));
	struct db_opts o = { .is_write = true };
	db_call(in->w, &sql_queries_schema_unlock, NULL, 0, &o, NULL, NULL);
	return ok;
}

bool schema_install(struct db *w, const char *database, const struct schema_options *o, struct err *e)
{
	struct install in = { .w = w, .o = o ? o : &no_options };
	return check_server(w, e) && use_database(w, database, e) && make_all(&in, false, e);
}

bool schema_install_scratch(struct db *w, const char *database, struct err *e)
{
	struct install in = { .w = w, .o = &no_options, .is_scratch = true };
	return check_server(w, e) && use_database(w, database, e) && make_all(&in, false, e);
}

bool schema_upgrade(struct db *w, const struct schema_options *o, struct err *e)
{
	struct install in = { .w = w, .o = o ? o : &no_options };
	return check_server(w, e) && make_all(&in, true, e);
}

bool schema_repair(struct db *w, const struct schema_options *o, struct err *e)
{
	struct install in = { .w = w, .o = o ? o : &no_options, .is_mending = true };
	struct schema_state s;
	if (!check_server(w, e) || !schema_read(w, &s, e)) return false;
	return make_all(&in, false, e);
}

/* --- does it fit? --- */
static bool is_there(const struct schema_state *s, struct err *e)
{
	if (!*s->database) return err_set(e, ERR_SCHEMA, "no database is chosen: give one with -D");
	if (s->is_other) return is_older(s, e);
	if (s->is_hidden) return not_to_be_seen(s, e);
	if (!s->is_ours)
		return err_set(e, ERR_SCHEMA, "database %s has no spot fleet in it: spotop db init makes one",
		               s->database);
	return s->is_whole ||
	       err_set(e, ERR_SCHEMA, "database %s is half made: run spotop db init again", s->database);
}

bool schema_read(struct db *db, struct schema_state *s, struct err *e)
{
	return read_state(db, s, e) && is_there(s, e);
}

bool schema_check(struct db *db, struct err *e)
{
	struct schema_state s;
	return schema_read(db, &s, e);
}

bool schema_not_old(struct db *db, struct err *e)
{
	struct table *t;
	struct schema_state s;
	if (!db_call(db, &sql_queries_schema_is_old, NULL, 0, NULL, &t, e)) return false;
	bool is_old = table_int(t, 0, "is_old", 0) != 0;
	table_free(t);
	return !is_old || (read_state(db, &s, e) && is_there(&s, e));
}

bool schema_says_old(const struct table *present, struct err *e)
{
	struct schema_state s;
	take_present(present, &s);
	return s.is_other && !is_there(&s, e);
}

bool schema_may_be_old(const struct err *e)
{
	return e->sql_errno == 1146 || e->sql_errno == 1054 || e->sql_errno == 1305;
}

void schema_explain(struct db *db, struct err *e)
{
	struct schema_state s;
	struct err mine = { 0 };
	if (!schema_may_be_old(e)) return;
	if (!read_state(db, &s, &mine)) return;
	if (!s.is_ours && !is_there(&s, &mine))
		*e = mine;
	else if (s.is_whole && s.revision > schema_revision())
		newer_than_program(s.revision, e);
}

bool schema_fits(int revision, struct err *e)
{
	if (revision > schema_revision() + 1) return newer_than_program(revision, e);
	return revision >= schema_revision() - 1 || err_set(e, ERR_SCHEMA,
	                                                    "the database is at revision %d, this program is "
	                                                    "made for %d and writes to none that is "
	                                                    "further than one away: run spotop db upgrade",
	                                                    revision, schema_revision());
}

bool schema_may_write(struct db *db, struct err *e)
{
	struct table *t = NULL;
	struct schema_state s;
	bool ok = db_call(db, &sql_queries_schema_installed_version, NULL, 0, NULL, &t, e);
	if (ok && table_get(t, 0, "version"))
		ok = schema_fits((int)table_int(t, 0, "revision", 0), e);
	else if (ok || (e && e->sql_errno == 1146))
		ok = schema_read(db, &s, e); /* which says what is there instead */
	table_free(t);
	return ok;
}
