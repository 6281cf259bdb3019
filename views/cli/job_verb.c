/* job_verb.c - an operator's `spotop job run`: the verb makes the job due at once, the leading worker runs it, and the
 * command waits for the run's end as if it were its own. */
#include "views/cli/job_verb.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/fleet/schema.h"
#include "core/fleet/verb.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/model/verbs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BEGINS_WITHIN_MS = 60000, LOOK_MS = 300 };

/* The job's row of the schedule, and how often it was run: each run takes the next fence. */
static const char *row_of(const struct table *t, const char *job, const char *col)
{
	for (size_t i = 0; i < t->n_rows; i++)
		if (strcmp(table_get(t, i, "name"), job) == 0) return table_get(t, i, col);
	return NULL;
}

static bool look(struct db *db, const char *job, int64_t *fence, struct table **t, struct err *e)
{
	if (!db_call(db, &sql_queries_jobs, NULL, 0, NULL, t, e)) return false;
	const char *f = row_of(*t, job, "fence");
	*fence = f ? atoll(f) : -1;
	return true;
}

static int told(const struct cli *c, const char *job, const struct table *t)
{
	const char *fault = row_of(t, job, "last_error"), *ms = row_of(t, job, "last_duration_ms");
	if (fault && *fault) {
		struct err e;
		err_set(&e, ERR_NO, "%s failed on the worker: %s", job, fault);
		return cli_fail(c, &e);
	}
	if (c->has_format && c->format != OUT_TABLE)
		printf("{\"job\":\"%s\",\"by\":\"worker\",\"ms\":%s}\n", job, ms ? ms : "null");
	else
		printf("%s: done by the worker in %.1f s\n", job, ms ? atof(ms) / 1000 : 0);
	return 0;
}

/* Until a run after the one of this fence has ended. */
static int wait_for_run(struct cli *c, struct db *db, const char *job, int64_t before)
{
	struct err e = { 0 };
	struct table *t;
	int64_t until = clock_mono_ms() + BEGINS_WITHIN_MS, fence;
	for (;;) {
		if (!look(db, job, &fence, &t, &e)) return cli_fail(c, &e);
		bool is_new = fence > before, is_over = is_new && !row_of(t, job, "holder");
		int code = is_over ? told(c, job, t) : 0;
		table_free(t);
		if (is_over) return code;
		if (!is_new && clock_mono_ms() > until) {
			err_set(&e, ERR_NO,
			        "%s was made due and no worker has begun it within 60 s; it runs when one "
			        "leads",
			        job);
			return cli_fail(c, &e);
		}
		nanosleep(&(struct timespec){ 0, LOOK_MS * 1000000L }, NULL);
	}
}

int job_by_verb(struct cli *c, const char *verb, const char *job)
{
	struct err e = { 0 };
	struct table *t = NULL;
	struct verb_result *r = NULL;
	char server[CONF_SAID];
	int64_t before = 0;
	struct verb_options o = { .server = conf_describe(&c->conf, server, sizeof server),
		                  .unknown_ms = 60000,
		                  .sends_again = true,
		                  .verbs = verbs };
	struct verb_request req = { .verb = verb_find(verb), .target = job };
	struct db *db = cli_db(c, DB_WRITE);
	struct verb_engine *v = verb_open(cli_loop(c), db, &o);
	bool ok =
	        schema_not_old(db, &e) && look(db, job, &before, &t, &e) && verb_issue_wait(v, &req, &r, &e);
	table_free(t);
	int code = ok ? verb_exit_code(r) : cli_fail(c, &e);
	if (ok && code) {
		err_set(&e, ERR_REFUSED, "%s", r->message);
		cli_fail(c, &e);
	} else if (ok && strcmp(verb, "run_job") == 0)
		code = wait_for_run(c, db, job, before);
	else if (ok)
		printf("%s ends at its next step\n", job);
	verb_result_free(r);
	verb_close_wait(v);
	db_close_wait(db);
	return code;
}
