/* schema_rights.c - the roles' rights held against what sql/queries/schema_grants.sql gives and takes. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/db/rights.h"
#include "core/fleet/schema_objects.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>

enum { LONG_MS = 60000, MAX_STATEMENTS = 20000 };

static const char *const roles[] = { "spotop_viewer", "spotop_operator", "spotop_agent", "spotop_worker",
	                             "spotop_admin" };

/* The role a statement is about, in its backticks: what stands behind TO or FROM. */
static bool role_of(const char *statement, char out[160])
{
	const char *grant = strstr(statement, " TO `"), *revoke = strstr(statement, " FROM `"), *next;
	bool is_revoke = strncmp(statement, "REVOKE ", 7) == 0;
	const char *s = is_revoke ? revoke : grant;
	if (!s || (!is_revoke && strncmp(statement, "GRANT ", 6) != 0)) return false;
	while (!is_revoke && (next = strstr(s + 1, " TO `"))) s = next;
	s = strchr(s, '`');
	snprintf(out, 160, "%.*s`", (int)(1 + strcspn(s + 1, "`")), s);
	return true;
}

static bool is_role(const char *quoted, const char *role)
{
	size_t n = strlen(role);
	return strncmp(quoted + 1, role, n) == 0 && strchr("`_", quoted[1 + n]);
}

/* "GRANT a ON b TO `c`" without its last part, for a person. */
static void add_right(struct buf *out, const char *statement)
{
	bool is_grant = strncmp(statement, "GRANT ", 6) == 0;
	const char *s = statement + (is_grant ? 6 : 7), *end = strstr(s, is_grant ? " TO `" : " FROM `");
	buf_addf(out, "%.*s", (int)(end - s > 120 ? 120 : end - s), s);
}

/* Is it as this statement leaves it? */
static bool is_kept(const struct table *have, const char *statement)
{
	struct buf grant = BUF_EMPTY;
	const char *from = strstr(statement, " FROM `");
	if (strncmp(statement, "REVOKE ", 7) != 0) return rights_hold(have, statement);
	buf_addf(&grant, "GRANT %.*s TO `x`", (int)(from - statement - 7), statement + 7);
	bool kept = !rights_hold(have, buf_str(&grant));
	buf_free(&grant);
	return kept;
}

static void compare(const struct table *want, const struct table *have, const char *role, size_t *n,
                    size_t *n_bad, struct buf *text)
{
	char quoted[160];
	*n = *n_bad = 0;
	for (size_t i = 0; i < want->n_rows; i++) {
		const char *stmt = table_get(want, i, "statement");
		if (table_int(want, i, "is_optional", 0) || !role_of(stmt, quoted) || !is_role(quoted, role))
			continue;
		++*n;
		if (is_kept(have, stmt)) continue;
		if ((*n_bad)++ == 0) {
			buf_adds(text, strncmp(stmt, "GRANT ", 6) == 0 ? "lacks " : "has ");
			add_right(text, stmt);
		}
	}
}

static bool name_of(const struct table *want, const char *role, char out[160])
{
	for (size_t i = 0; i < want->n_rows; i++)
		if (role_of(table_get(want, i, "statement"), out) && is_role(out, role)) return true;
	return false;
}

static bool check_role(struct db *db, const struct table *want, const char *role, schema_promise promise,
                       void *ctx, struct err *e)
{
	char quoted[160], about[200];
	struct table *have = NULL;
	struct err mine = { 0 };
	struct db_opts o = { .deadline_ms = LONG_MS, .max_rows = MAX_STATEMENTS };
	if (!name_of(want, role, quoted)) return true;
	struct arg a = arg_str("role", quoted);
	snprintf(about, sizeof about, "rights of %.*s", (int)strlen(quoted) - 2, quoted + 1);
	if (!db_call(db, &sql_queries_schema_role_grants, &a, 1, &o, &have, &mine)) {
		bool is_missing = mine.sql_errno == 1141 || mine.sql_errno == 1133; /* told to who may know */
		if (!is_missing && !rights_lacking(&mine)) {
			if (e) *e = mine;
			return false;
		}
		promise(ctx, about, is_missing ? SCHEMA_BROKEN : SCHEMA_UNSEEN,
		        is_missing ? "there is no such role" : "not visible to you");
		return true;
	}
	size_t n, n_bad;
	struct buf text = BUF_EMPTY;
	compare(want, have, role, &n, &n_bad, &text);
	table_free(have);
	if (!n_bad) buf_addf(&text, "%zu as they were given", n);
	if (n_bad > 1) buf_addf(&text, ", and %zu more are not as they were given", n_bad - 1);
	if (n_bad) buf_adds(&text, ": spotop db init gives them again");
	promise(ctx, about, n_bad ? SCHEMA_BROKEN : SCHEMA_KEPT, buf_str(&text));
	buf_free(&text);
	return true;
}

bool schema_check_rights(struct db *db, schema_promise promise, void *ctx, struct err *e)
{
	struct table *want = NULL;
	struct db_opts o = { .deadline_ms = LONG_MS, .max_rows = MAX_STATEMENTS };
	bool ok = db_call(db, &sql_queries_schema_grants, NULL, 0, &o, &want, e);
	for (size_t i = 0; ok && i < ARRAY_LEN(roles); i++)
		ok = check_role(db, want, roles[i], promise, ctx, e);
	table_free(want);
	return ok;
}
