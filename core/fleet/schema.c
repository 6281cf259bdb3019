/* schema.c - making the schema, script by script, and saying plainly what could not be made. */
#include "core/fleet/schema.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/db.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_MAJOR = 10, MIN_MINOR = 7, DDL_DEADLINE_MS = 600000 };

struct install {
	struct db *w;
	struct buf *notes;
	const struct query *script;
	bool is_scratch; /* no events */
};

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

/* Errors that mean "this login may not", after which the rest can still be made. */
static bool is_missing_right(const struct err *e)
{
	switch (e->sql_errno) {
	case 1044: /* no right on the database */
	case 1142: /* nor on the table */
	case 1227: /* nor to do that at all */
	case 1370: /* nor on the routine */
	case 1410: /* nor to make users by granting */
	case 1698:
	case 1045:
	case 1959: /* nor the role to hand on */ return true;
	default: return false;
	}
}

/* Without its events the schema works all the same: the worker does what they do. */
static bool is_optional(const struct query *script) { return strcmp(script->name, "schema/80-events") == 0; }

static void note(struct install *in, const char *text)
{
	if (in->notes) buf_addf(in->notes, "%s\n", text);
}

/* For an administrator to run. */
static void note_statement(struct install *in, const char *stmt, size_t n)
{
	if (in->notes) buf_addf(in->notes, "%.*s;\n", (int)n, stmt);
}

static bool run_statement(void *ctx, const char *stmt, size_t n, int line, struct err *e)
{
	struct install *in = ctx;
	struct db_opts o = { .is_write = true, .deadline_ms = DDL_DEADLINE_MS };
	struct err mine = { 0 };
	if (db_call_text(in->w, stmt, n, &o, NULL, &mine)) return true;
	if (mine.sql_errno == 1577) return true; /* CREATE EVENT without a scheduler; note_settings says so */
	if (is_missing_right(&mine) && is_optional(in->script)) {
		note_statement(in, stmt, n);
		return true;
	}
	if (e) *e = mine;
	if (mine.sql_errno == 1419)
		return err_set(e, ERR_REFUSED,
		               "the server writes a binary log and lets only SUPER make triggers; an "
		               "administrator may say SET GLOBAL log_bin_trust_function_creators = ON");
	return err_prefix(e, "sql/%s.sql line %d", in->script->name, line);
}

static bool run_scripts(struct install *in, struct err *e)
{
	for (size_t i = 0; sql_all[i]; i++) {
		if (strncmp(sql_all[i]->name, "schema/", 7) != 0) continue;
		in->script = sql_all[i];
		if (in->is_scratch && is_optional(in->script)) continue;
		if (!script_each(in->script->text, run_statement, in, e)) return false;
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
	    !is_missing_right(&mine)) {
		if (e) *e = mine;
		return false;
	}
	if (db_call(w, &sql_queries_schema_use_database, &a, 1, &o, NULL, e)) return true;
	return err_prefix(e, "database %s", database);
}

static bool refuse_other_schema(struct db *w, struct err *e)
{
	struct table *t;
	bool ok = true;
	if (!db_call(w, &sql_queries_schema_present, NULL, 0, NULL, &t, e)) return false;
	if (table_int(t, 0, "n_field_tables", 0) > 0 && !table_int(t, 0, "is_ours", 0))
		ok = err_set(e, ERR_SCHEMA,
		             "database %s holds an older schema (%lld tables): spotop db migrate moves it",
		             table_get(t, 0, "name"), (long long)table_int(t, 0, "n_tables", 0));
	table_free(t);
	return ok;
}

static bool make_roles(struct install *in, struct err *e)
{
	struct table *t;
	struct db_opts o = { .is_write = true };
	bool ok = true;
	if (!db_call(in->w, &sql_queries_schema_grants, NULL, 0, NULL, &t, e)) return false;
	for (size_t i = 0; ok && i < t->n_rows; i++) {
		const char *stmt = table_get(t, i, "statement");
		struct err mine = { 0 };
		if (db_call_text(in->w, stmt, strlen(stmt), &o, NULL, &mine)) continue;
		/* 1133, 1959: no such role, because making it was refused a moment ago */
		if (is_missing_right(&mine) || mine.sql_errno == 1133 || mine.sql_errno == 1396)
			note_statement(in, stmt, strlen(stmt));
		else {
			if (e) *e = mine;
			ok = err_prefix(e, "%.120s", stmt);
		}
	}
	table_free(t);
	return ok;
}

/* The server's settings that the schema lives better with; none of them stops the installation. */
static bool note_settings(struct install *in, struct err *e)
{
	struct table *t;
	struct db_opts o = { .is_write = true };
	if (!db_call(in->w, &sql_queries_schema_server, NULL, 0, NULL, &t, e)) return false;
	const char *scheduler = table_get(t, 0, "event_scheduler");
	if (scheduler && strcmp(scheduler, "DISABLED") == 0)
		note(in, "the event scheduler is disabled in the server's configuration: the worker does its "
		         "work");
	else if (scheduler && strcmp(scheduler, "ON") != 0) {
		struct err mine = { 0 };
		if (!db_call(in->w, &sql_queries_schema_scheduler_on, NULL, 0, &o, NULL, &mine))
			note(in, "SET GLOBAL event_scheduler = ON;");
	}
	const char *per_table = table_get(t, 0, "file_per_table");
	if (per_table && strcmp(per_table, "1") != 0)
		note(in,
		     "innodb_file_per_table is off: dropping a day of prices will not give its space back");
	if (table_int(t, 0, "open_files_limit", 100000) < 2000)
		note(in, "open_files_limit is under 2000: months of price partitions may not all be open at "
		         "once");
	table_free(t);
	return true;
}

bool schema_install_noting(struct db *w, const char *database, struct buf *notes, struct err *e)
{
	struct install in = { .w = w, .notes = notes };
	return check_server(w, e) && use_database(w, database, e) && refuse_other_schema(w, e) &&
	       run_scripts(&in, e) && make_roles(&in, e) && note_settings(&in, e);
}

bool schema_install(struct db *w, const char *database, struct err *e)
{
	return schema_install_noting(w, database, NULL, e);
}

bool schema_install_scratch(struct db *w, const char *database, struct err *e)
{
	struct install in = { .w = w, .is_scratch = true };
	return check_server(w, e) && use_database(w, database, e) && refuse_other_schema(w, e) &&
	       run_scripts(&in, e);
}

static bool check_version(struct db *db, const char *name, struct err *e)
{
	struct table *t;
	if (!db_call(db, &sql_queries_schema_installed_version, NULL, 0, NULL, &t, e)) return false;
	const char *v = table_get(t, 0, "version");
	bool ok = v && strcmp(v, SCHEMA_VERSION) == 0;
	if (!ok && !v)
		err_set(e, ERR_SCHEMA, "database %s is half made: run spotop db init again", name);
	else if (!ok)
		err_set(e, ERR_SCHEMA,
		        "database %s holds schema %s, this program needs %s: spotop db migrate", name, v,
		        SCHEMA_VERSION);
	table_free(t);
	return ok;
}

bool schema_check(struct db *db, struct err *e)
{
	struct table *t;
	bool ok;
	if (!db_call(db, &sql_queries_schema_present, NULL, 0, NULL, &t, e)) return false;
	const char *name = table_get(t, 0, "name");
	if (!name)
		ok = err_set(e, ERR_SCHEMA, "no database is chosen: give one with -D");
	else if (table_int(t, 0, "is_ours", 0) && table_int(t, 0, "has_version", 0))
		ok = check_version(db, name, e);
	else if (table_int(t, 0, "n_field_tables", 0))
		ok = err_set(e, ERR_SCHEMA,
		             "database %s holds an older schema; this program needs %s: spotop db migrate",
		             name, SCHEMA_VERSION);
	else
		ok = err_set(e, ERR_SCHEMA, "database %s has no spot fleet in it: spotop db init makes one",
		             name);
	table_free(t);
	return ok;
}
