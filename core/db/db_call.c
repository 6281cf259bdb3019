/* db_call.c - asking and waiting: for processes that have nothing else to do. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

struct wait {
	bool is_done;
	bool ok;
	struct table **rows;
	struct err *e;
	uv_loop_t *loop;
};

static void answered(void *ctx, struct table *rows, const struct err *e)
{
	struct wait *w = ctx;
	w->is_done = true;
	uv_stop(w->loop); /* answered in a timer's turn: the loop must not go on to wait for the next event */
	w->ok = !e;
	if (e && w->e) *w->e = *e;
	if (w->rows && !e)
		*w->rows = rows;
	else
		table_free(rows);
}

static bool turn_until_done(struct wait *w)
{
	while (!w->is_done) uv_run(w->loop, UV_RUN_ONCE);
	return w->ok;
}

/* The server makes a routine anew in two steps, and a view that calls it is refused between them: while a schema comes
 * up, which nobody stops for. The same errors are also said for good (no right, not there), so it is asked a few times. */
enum { ANEW_TRIES = 10, ANEW_MS = 20 };
static bool may_be_made_anew(const struct wait *w, const struct db_opts *opts, int tries)
{
	unsigned n = w->e ? w->e->sql_errno : 0;
	return !w->ok && (n == 1305 || n == 1356) && !(opts && opts->is_write) && tries < ANEW_TRIES;
}

bool db_call(struct db *db, const struct query *q, const struct arg *args, size_t n_args,
             const struct db_opts *opts, struct table **rows, struct err *e)
{
	struct err mine = { 0 };
	struct wait w = { .rows = rows, .e = e ? e : &mine, .loop = db_loop(db) };
	if (rows) *rows = NULL;
	for (int tries = 0; tries == 0 || may_be_made_anew(&w, opts, tries); tries++) {
		if (tries) usleep(ANEW_MS * 1000);
		w.is_done = false;
		db_submit(db, q, args, n_args, opts, answered, &w);
		turn_until_done(&w);
	}
	return w.ok;
}

bool db_call_text(struct db *db, const char *text, size_t len, const struct db_opts *opts,
                  struct table **rows, struct err *e)
{
	struct err mine = { 0 };
	struct wait w = { .rows = rows, .e = e ? e : &mine, .loop = db_loop(db) };
	char name[48];
	if (rows) *rows = NULL;
	snprintf(name, sizeof name, "%.40s", text);
	for (int tries = 0; tries == 0 || may_be_made_anew(&w, opts, tries); tries++) {
		if (tries) usleep(ANEW_MS * 1000);
		w.is_done = false;
		db_submit_text(db, name, text, len, opts, answered, &w);
		turn_until_done(&w);
	}
	return w.ok;
}

static bool each_statement(void *ctx, const char *stmt, size_t n, int line, struct err *e)
{
	struct db_opts o = { .is_write = true, .deadline_ms = 600000 };
	return db_call_text(ctx, stmt, n, &o, NULL, e) || err_prefix(e, "line %d", line);
}

bool db_call_script(struct db *db, const struct query *script, struct err *e)
{
	return script_each(script->text, each_statement, db, e) || err_prefix(e, "sql/%s.sql", script->name);
}

bool db_lost_to_another(const struct err *e)
{
	return e->sql_errno == 1213 || e->sql_errno == 1205 || e->sql_errno == 1020;
}

bool db_broke_trigger(const struct err *e, char *name)
{
	enum { PARSE_ERROR = 1064, NO_SUCH_ROUTINE = 1305 };
	*name = 0;
	if (e->sql_errno == NO_SUCH_ROUTINE) return true;
	if (e->sql_errno != PARSE_ERROR || !strstr(e->text, "has an error in its body")) return false;
	const char *named = strstr(e->text, "Trigger '");
	if (named) sscanf(named, "Trigger '%64[^']", name);
	return true;
}

bool db_is_away(const struct err *e)
{
	static const unsigned passing[] = { 1040, 1047, 1053, 1158, 1159, 1160, 1161, 1203, 1226, 1927 };
	if (e->code == ERR_TIMEOUT) return true;
	if (e->code != ERR_DB_DOWN) return false;
	for (size_t i = 0; i < ARRAY_LEN(passing); i++)
		if (e->sql_errno == passing[i]) return true;
	return e->sql_errno == 0 ||
	       (e->sql_errno >= 2000 && e->sql_errno < 2100 && e->sql_errno != 2026 && e->sql_errno != 2059);
}

static void on_closed(void *ctx) { *(bool *)ctx = true; }

void db_close_wait(struct db *db)
{
	bool is_closed = false;
	uv_loop_t *loop = db_loop(db);
	db_close(db, on_closed, &is_closed);
	while (!is_closed) uv_run(loop, UV_RUN_ONCE);
	for (int i = 0; i < 3; i++)
		uv_run(loop, UV_RUN_NOWAIT); /* what is below the link closes its own handles */
}
