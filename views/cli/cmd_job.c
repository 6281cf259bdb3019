/* cmd_job.c - `spotop job list|run NAME|history`. */
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/rights.h"
#include "core/fleet/schema.h"
#include "core/jobs/job.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/cli/cmd.h"
#include "views/cli/fit.h"
#include "views/cli/job_verb.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static int print_rows(struct cli *c, const struct query *q, const struct arg *args, size_t n,
                      const char *schema, const char *const *cols, size_t n_cols, int max_words)
{
	struct err e = { 0 };
	struct table *t = NULL;
	if (!cli_words(c, max_words, &e)) return cli_fail(c, &e);
	struct db *db = cli_db(c, DB_READ);
	bool ok = db_call(db, q, args, n, NULL, &t, &e);
	db_close_wait(db);
	if (!ok) return cli_fail(c, &e);
	bool all = (c->has_format && c->format != OUT_TABLE) || c->is_wide;
	struct fit fit = { 0 };
	struct out *o = out_begin(stdout, c->format, schema, all ? NULL : cols, all ? 0 : n_cols);
	cli_shows(o, NULL);
	cli_fit(c, &fit);
	fit_out(&fit, o);
	out_rows(o, t);
	out_end(o);
	fit_end(&fit);
	int code = c->fail_empty && !t->n_rows ? 1 : 0;
	table_free(t);
	return code;
}

int cmd_job_list(struct cli *c)
{
	static const char *const cols[] = {
		"name",       "state",       "last_ok_at",      "next_run_at",          "last_duration_ms",
		"steps_done", "steps_total", "rows_per_second", "consecutive_failures", "holder"
	};
	return print_rows(c, &sql_queries_jobs, NULL, 0, "spotop.jobs/1", cols, ARRAY_LEN(cols), 0);
}

int cmd_job_tiers(struct cli *c)
{
	return print_rows(c, &sql_queries_tiers, NULL, 0, "spotop.tiers/1", NULL, 0, 0);
}

/* The run notices at its next step. */
int cmd_job_cancel(struct cli *c)
{
	struct err e = { 0 };
	struct table *t = NULL;
	struct db_opts o = { .is_write = true };
	if (c->argc != 1 || !job_find(c->argv[0]))
		return cli_usage(c, "give one job's name: job list has them");
	const char *by = getenv("USER");
	struct arg a[] = { arg_str("job", c->argv[0]), arg_str("by", by ? by : "an operator") };
	struct db *db = cli_db(c, DB_WRITE);
	bool ok = db_call(db, &sql_jobs_run_cancel, a, 2, &o, &t, &e);
	if (!ok && rights_lacking(&e)) {
		db_close_wait(db);
		return job_by_verb(c, "stop_job", c->argv[0]);
	}
	if (ok && !t->affected_rows) ok = err_set(&e, ERR_NO, "%s is not running", c->argv[0]);
	table_free(t);
	db_close_wait(db);
	if (ok) printf("%s ends at its next step\n", c->argv[0]);
	return ok ? 0 : cli_fail(c, &e);
}

int cmd_job_history(struct cli *c)
{
	static const char *const cols[] = { "job",        "status",       "started_at",   "duration_seconds",
		                            "steps_done", "rows_changed", "error_message" };
	struct arg job = arg_str("job", c->argc ? c->argv[0] : NULL);
	if (c->argc && !job_find(c->argv[0])) return cli_usage(c, "no job '%s'", c->argv[0]);
	return print_rows(c, &sql_queries_job_history_page, &job, 1, "spotop.job-history/1", cols,
	                  ARRAY_LEN(cols), 1);
}

/* --- run --- */

struct hand {
	struct cli *c;
	bool is_stopping, is_tty;
	uv_signal_t in, term;
	int64_t shown_mono_ms;
};

static void on_signal(uv_signal_t *s, int signum)
{
	(void)signum;
	((struct hand *)s->data)->is_stopping = true;
}

static bool is_stopping(void *ctx)
{
	struct hand *h = ctx;
	uv_run(cli_loop(h->c), UV_RUN_NOWAIT);
	return h->is_stopping;
}

static void bar(char out[32], int64_t done, int64_t total)
{
	int n = total > 0 ? (int)(24 * done / total) : 0;
	for (int i = 0; i < 24; i++) out[i] = i < n ? '#' : '.';
	out[24] = 0;
}

static void show(void *ctx, const struct job_run *r)
{
	struct hand *h = ctx;
	char b[32], rows[32], rate[32];
	int64_t now = clock_mono_ms(), ms = now - r->started_mono_ms;
	int64_t total = r->total > r->done ? r->total : r->done;
	if (!h->is_tty || (now - h->shown_mono_ms < 100 && r->done < total)) return;
	h->shown_mono_ms = now;
	bar(b, r->done, total);
	fprintf(stderr, "\r%s [%s] %lld of %lld  %s rows  %s rows/s  ", r->job->name, b, (long long)r->done,
	        (long long)total, fmt_count(rows, sizeof rows, r->rows),
	        fmt_count(rate, sizeof rate, ms > 0 ? r->rows * 1000 / ms : 0));
}

static bool window(const char *from, const char *to, char out_from[32], char out_to[32], struct err *e)
{
	int64_t a, b, now = clock_wall_ms();
	if (!from) return err_set(e, ERR_USAGE, "--to needs --from");
	if (!time_parse(from, now, &a, e)) return err_prefix(e, "--from");
	if (!to)
		b = now;
	else if (!time_parse(to, now, &b, e))
		return err_prefix(e, "--to");
	if (a >= b) return err_set(e, ERR_USAGE, "--from is not before --to");
	time_to_sql(a, out_from);
	time_to_sql(b, out_to);
	out_from[19] = out_to[19] = 0;
	return true;
}

static void summary(struct hand *h, const struct job_run *r)
{
	int64_t ms = clock_mono_ms() - r->started_mono_ms;
	if (h->is_tty) fputs("\n", stderr);
	if (h->c->has_format && h->c->format != OUT_TABLE)
		printf("{\"job\":\"%s\",\"run_id\":\"%s\",\"steps\":%lld,\"rows\":%lld,\"ms\":%lld,"
		       "\"resumed\":%s}\n",
		       r->job->name, r->id, (long long)r->done, (long long)r->rows, (long long)ms,
		       r->is_resumed ? "true" : "false");
	else
		printf("%s: done, %s, %s changed in %.1f s\n", r->job->name,
		       COUNTED(r->done, "step", "steps"), COUNTED(r->rows, "row", "rows"), (double)ms / 1000);
}

static bool run_by_hand(struct hand *h, const struct job *j, struct job_env *env, struct err *e)
{
	char holder[160], server[CONF_SAID];
	struct job_run r;
	conf_describe(&h->c->conf, server, sizeof server);
	lease_holder_name(holder);
	env->db = cli_db(h->c, DB_WRITE);
	env->holder = holder;
	env->server = server;
	env->hook = settings_get("worker", "alert-hook");
	env->stop = is_stopping;
	env->progress = show;
	env->ctx = h;
	bool ok = schema_may_write(env->db, e) && jobs_session(env->db, e) && jobs_schedule(env->db, e) &&
	          job_run(j, env, &r, e);
	if (ok) summary(h, &r);
	if (ok && r.n_left_out)
		ok = err_set(e, ERR_NO,
		             "%s did the rest and left out %s: `spotop alerts` names %s, drop-part or "
		             "accept-part settles it",
		             j->name, COUNTED(r.n_left_out, "part", "parts"),
		             r.n_left_out == 1 ? "it" : "each");
	db_close_wait(env->db);
	env->db = NULL;
	env->holder = env->server = NULL; /* they end with this function */
	return ok;
}

int cmd_job_run(struct cli *c)
{
	const char *from = cli_text(c, "from"), *to = cli_text(c, "to");
	struct hand h = { .c = c, .is_tty = isatty(STDERR_FILENO) };
	struct job_env env = { .include_imported = cli_has(c, "include-imported"),
		               .conf = &c->conf,
		               .links = (int)cli_number(c, "connections") };
	struct err e = { 0 };
	char a[32], b[32];
	if (c->argc != 1) return cli_usage(c, "give one job's name: %s", "job list has them");
	const struct job *j = job_find(c->argv[0]);
	if (!j) return cli_usage(c, "no job '%s'", c->argv[0]);
	if ((from || to) && !j->takes_window) return cli_usage(c, "%s takes no --from and --to", j->name);
	if ((from || to) && !window(from, to, a, b, &e)) return cli_fail(c, &e);
	if (from) env.from = a, env.to = b;
	log_open(NULL, LOG_WARN_);
	uv_signal_init(cli_loop(c), &h.in);
	uv_signal_init(cli_loop(c), &h.term);
	h.in.data = h.term.data = &h;
	uv_signal_start(&h.in, on_signal, SIGINT);
	uv_signal_start(&h.term, on_signal, SIGTERM);
	bool ok = run_by_hand(&h, j, &env, &e);
	uv_close((uv_handle_t *)&h.in, NULL);
	uv_close((uv_handle_t *)&h.term, NULL);
	for (int i = 0; i < 3; i++) uv_run(cli_loop(c), UV_RUN_NOWAIT);
	if (ok || !rights_lacking(&e)) return ok ? 0 : cli_fail(c, &e);
	if (from || env.include_imported || cli_has(c, "connections")) {
		err_set(&e, ERR_REFUSED,
		        "this login has jobs run by the leading worker, as they are; --from, --to, "
		        "--include-imported and --connections need the role spotop_worker");
		return cli_fail(c, &e);
	}
	return job_by_verb(c, "run_job", j->name);
}
