/* schema_owner.c - to whom belongs what runs in the database, and which roles may call it. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/fmt.h"
#include "core/db/db.h"
#include "core/db/rights.h"
#include "core/fleet/schema_int.h"
#include "core/fleet/schema_objects.h"
#include "sql.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct db_opts write_opts = { .is_write = true };

bool schema_lacks_right(const struct err *e)
{
	switch (e->sql_errno) {
	case 1044: /* no right on the database */
	case 1142: /* nor on the table */
	case 1143: /* nor on its columns */
	case 1227: /* nor to do that at all */
	case 1370: /* nor on the routine */
	case 1410: /* nor to make users by granting */
	case 1698:
	case 1045:
	case 1959: /* nor the role to hand on */ return true;
	default: return false;
	}
}

void schema_note(struct install *in, const char *fmt, ...)
{
	va_list ap;
	if (!in->o->notes) return;
	buf_adds(in->o->notes, "-- ");
	va_start(ap, fmt);
	buf_vaddf(in->o->notes, fmt, ap);
	va_end(ap);
	buf_addc(in->o->notes, '\n');
}

void schema_note_statement(struct install *in, const char *stmt, size_t n)
{
	if (in->o->notes) buf_addf(in->o->notes, "%.*s;\n", (int)n, stmt);
}

/* --- the owner --- */

/* Runs the statements of one step, or notes them; false at the first that does not go. */
static bool each(struct install *in, const struct table *t, const char *step, bool is_noted, struct err *e)
{
	bool ok = true;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *is = table_get(t, i, "step"), *stmt = table_get(t, i, "statement");
		if (strcmp(is, step) != 0) continue;
		if (is_noted)
			schema_note_statement(in, stmt, strlen(stmt));
		else
			ok = ok && db_call_text(in->w, stmt, strlen(stmt), &write_opts, NULL, e);
	}
	return ok;
}

static bool own_rights_suffice(struct install *in, bool *suffice, struct err *e)
{
	static const char *const needed[] = { "SELECT", "EXECUTE", "TRIGGER", "DROP" };
	struct table *t;
	if (!db_call(in->w, &sql_queries_schema_own_grants, NULL, 0, NULL, &t, e)) return false;
	*suffice = true;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		*suffice = *suffice && rights_allow(t, needed[i], "TABLE", in->database, NULL);
	table_free(t);
	return true;
}

/* For an administrator: the account, the right to give things to it, and the same command again. */
static bool tell_how(struct install *in, const struct table *t, struct err *e)
{
	struct table *me;
	if (!db_call(in->w, &sql_queries_schema_owned, NULL, 0, NULL, &me, e)) return false;
	schema_note(in, "as an administrator, who needs CREATE USER, SET USER, and all rights on this "
	                "database with "
	                "GRANT OPTION; then run spotop db init again as one who has SET USER:");
	each(in, t, "make", true, NULL);
	const char *grant = table_get(me, 0, "set_user");
	if (grant) schema_note_statement(in, grant, strlen(grant));
	table_free(me);
	return true;
}

static bool make_do(struct install *in, const struct table *t, struct err *e)
{
	struct table *me;
	bool suffice;
	if (!own_rights_suffice(in, &suffice, e) || !tell_how(in, t, e) ||
	    !db_call(in->w, &sql_queries_schema_owned, NULL, 0, NULL, &me, e))
		return false;
	bool is_owned = table_int(me, 0, "n_owned", 0) > 0;
	table_free(me);
	if (is_owned)
		return err_set(e, ERR_REFUSED,
		               "what runs in database %s belongs to its own account, and this login may not "
		               "give "
		               "it anything: it lacks SET USER",
		               in->database);
	if (!suffice)
		return err_set(e, ERR_REFUSED,
		               "this login has its rights on database %s from a role, which what it makes "
		               "could "
		               "not use: every agent and operator would be refused",
		               in->database);
	schema_note(in, "until then what runs belongs to this login, and fails for all when the login goes");
	return true;
}

bool schema_choose_owner(struct install *in, struct err *e)
{
	struct table *t;
	struct err made = { 0 }, mine = { 0 };
	if (!db_call(in->w, &sql_queries_schema_owner, NULL, 0, NULL, &t, e)) return false;
	each(in, t, "make", false, &made); /* an administrator may have done it: the probe tells */
	bool ok = each(in, t, "probe", false, &mine) && each(in, t, "ask", false, &mine);
	each(in, t, "drop", false, NULL);
	for (size_t i = 0; ok && i < t->n_rows; i++)
		if (strcmp(table_get(t, i, "step"), "clause") == 0)
			snprintf(in->owner, sizeof in->owner, "%s", table_get(t, i, "statement"));
	if (!ok && (schema_lacks_right(&mine) || mine.sql_errno == 1449))
		ok = make_do(in, t, e);
	else if (!ok && e)
		*e = mine;
	table_free(t);
	return ok;
}

/* --- agents of no login --- */

bool schema_note_unbound(struct install *in, struct err *e)
{
	struct table *t;
	if (!in->o->notes) return true;
	if (!db_call(in->w, &sql_queries_agents_unbound, NULL, 0, NULL, &t, e)) return false;
	int64_t n = table_int(t, 0, "n", 0), n_clients = table_int(t, 0, "n_clients", 0);
	if (n > 0)
		schema_note(in,
		            "%s of %s, bound to no login: none obeys before it registers, or an "
		            "administrator says CALL "
		            "agent_bind(client, login), for each of their clients: %s%s",
		            COUNTED(n, "agent", "agents"), COUNTED(n_clients, "client", "clients"),
		            table_get(t, 0, "clients"), n_clients > 5 ? ", ..." : "");
	table_free(t);
	return true;
}

/* --- roles --- */

/* Refused to make them: are they there for this login all the same? What would give it all of them is noted. */
static bool has_roles(struct install *in, bool *has, struct err *e)
{
	struct table *t;
	if (!db_call(in->w, &sql_queries_schema_lacking_roles, NULL, 0, NULL, &t, e)) return false;
	const char *grant = table_get(t, 0, "grant_me");
	*has = table_int(t, 0, "n", 5) == 0;
	if (!*has && grant) schema_note_statement(in, grant, strlen(grant));
	table_free(t);
	return true;
}

static void note_lacking(void *ctx, const char *name, enum schema_verdict v, const char *evidence)
{
	bool *has = ctx;
	(void)name, (void)evidence;
	*has = *has && v == SCHEMA_KEPT;
}

/* Refused to give: have they it all the same? What cannot be seen counts as lacking. */
static bool have_rights(struct install *in, bool *has, struct err *e)
{
	bool all = true;
	if (!schema_check_rights(in->w, note_lacking, &all, e)) return false;
	*has = *has && all;
	return true;
}

/* A right on a database, a table or a routine that was to be taken away is not there. */
static bool has_nothing_to_take(const struct err *e)
{
	return e->sql_errno == 1141 || e->sql_errno == 1147 || e->sql_errno == 1403;
}

bool schema_make_roles(struct install *in, struct err *e)
{
	struct table *t;
	bool ok = true, has = true, is_refused = false, is_told = false, is_kept_back = false;
	struct buf optional = BUF_EMPTY;
	if (!db_call(in->w, &sql_queries_schema_grants, NULL, 0, NULL, &t, e)) return false;
	for (size_t i = 0; ok && i < t->n_rows; i++) {
		const char *stmt = table_get(t, i, "statement");
		struct err mine = { 0 };
		if (db_call_text(in->w, stmt, strlen(stmt), &write_opts, NULL, &mine)) continue;
		if (has_nothing_to_take(&mine)) continue;
		if (table_int(t, i, "is_optional", 0)) {
			buf_addf(&optional, "-- %s;\n", stmt);
			continue;
		}
		/* 1133, 1959: no such role, because making it was refused a moment ago */
		if (schema_lacks_right(&mine) || mine.sql_errno == 1133 || mine.sql_errno == 1396) {
			if (!is_told)
				schema_note(in, "the roles, as an administrator, who needs CREATE USER and "
				                "all rights "
				                "on this database with GRANT OPTION:");
			is_told = true;
			is_refused |= i == 0;
			is_kept_back |= strncmp(stmt, "CREATE ", 7) != 0;
			if (strncmp(stmt, "REVOKE ", 7) ==
			    0) /* which is an error where there is nothing to take */
				schema_note(in, "and, where it is there: %s", stmt);
			else
				schema_note_statement(in, stmt, strlen(stmt));
		} else {
			if (e) *e = mine;
			ok = err_prefix(e, "%.120s", stmt);
		}
	}
	table_free(t);
	if (ok && is_refused) ok = has_roles(in, &has, e);
	if (ok && has && is_kept_back) ok = have_rights(in, &has, e);
	if (optional.len && is_told) {
		schema_note(in, "and, by who has the right to say it, so that others than their maker hand "
		                "out the roles "
		                "and statistics of statements are seen:");
		if (in->o->notes) buf_adds(in->o->notes, buf_str(&optional));
	}
	buf_free(&optional);
	if (in->had_plain_roles)
		schema_note(in,
		            "the roles of database %s are its own now: grant its logins spotop_viewer_%s and "
		            "so on, then "
		            "take its rights from the plain ones, which are spot_optimizer's (REVOKE ALL "
		            "PRIVILEGES ON "
		            "`%s`.* FROM spotop_viewer, and so on)",
		            in->database, in->database, in->database);
	if (in->o->lacks_roles) *in->o->lacks_roles = !has;
	return ok;
}
