/* cmd_timeline.c - `spotop timeline WORD`: which agent, pool or client the word means. */
#include "core/db/db.h"
#include "sql.h"
#include "views/cli.h"
#include "views/registry.h"
#include <string.h>

bool timeline_resolve(struct cli *c, const char *word, struct view_args *args, struct err *e)
{
	struct arg of[] = { arg_str("of", word) };
	struct table *t = NULL;
	struct db *db = cli_db(c, DB_READ);
	bool ok = db_call(db, &sql_queries_timeline_scope, of, 1, NULL, &t, e);
	if (ok && t->n_rows != 1)
		ok = err_set(e, ERR_NO,
		             t->n_rows ? "'%s' is several: give its id, or CLIENT/AGENT"
		                       : "no agent, pool or client is called '%s'",
		             word);
	if (ok) view_args_set(args, table_get(t, 0, "kind"), table_get(t, 0, "id"));
	table_free(t);
	db_close_wait(db);
	return ok;
}
