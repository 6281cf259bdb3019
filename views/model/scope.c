/* scope.c - which agent, pool or client the words of a command line mean. */
#include "views/model/scope.h"
#include "core/db/db.h"
#include "sql.h"
#include "views/model/view.h"
#include <stdio.h>
#include <string.h>

bool scope_find(struct db *db, const char *kind, const char *word, struct scope *out, struct err *e)
{
	struct arg of[] = { arg_str("of", word) };
	struct table *t = NULL;
	size_t n = 0;
	if (!db_call(db, &sql_queries_scope, of, 1, NULL, &t, e)) return false;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *its = table_get(t, i, "kind");
		if ((kind && strcmp(its, kind) != 0) || n++ > 0) continue;
		snprintf(out->kind, sizeof out->kind, "%s", its);
		snprintf(out->id, sizeof out->id, "%s", table_get(t, i, "id"));
		snprintf(out->name, sizeof out->name, "%s", table_get(t, i, "name"));
	}
	table_free(t);
	if (n > 1)
		return err_set(e, ERR_NO, "'%s' is several%s%s: give its id%s", word, kind ? " " : "",
		               kind ? kind : "",
		               kind && strcmp(kind, "agent") != 0 ? "" : ", or CLIENT/AGENT");
	return n == 1 ||
	       err_set(e, ERR_NO, "no %s is called '%s'", kind ? kind : "agent, pool or client", word);
}

bool plan_resolve(struct db *db, const char *word, struct view_args *args, struct err *e)
{
	struct arg a[] = { arg_str("plan", word) };
	struct table *t = NULL;
	if (!db_call(db, &sql_queries_plan_find, a, 1, NULL, &t, e)) return false;
	size_t n = t->n_rows;
	if (n == 1) view_args_set(args, "plan", table_get(t, 0, "plan_id"));
	table_free(t);
	return n == 1 ||
	       err_set(e, ERR_NO,
	               n ? "several plans begin with '%s'" : "no plan '%s'; spotop plans lists them", word);
}

bool scope_resolve(struct db *db, const char *word, struct view_args *args, struct err *e)
{
	struct scope s;
	if (!scope_find(db, NULL, word, &s, e)) return false;
	view_args_set(args, s.kind, s.id);
	return true;
}
