/* verb_bulk.c - a run of many targets: one first, then some at a time, each waited for. */
#include "views/cli/verb_bulk.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/db/filter.h"
#include "core/fleet/bulk.h"
#include "sql.h"
#include "views/cli/command.h"
#include "views/cli/verb_print.h"
#include "views/cli/verb_wait.h"
#include "views/model/view.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { MAX_TARGETS = 10000 };

/* --- --filter: the targets that a view's filter finds --- */
bool run_find_targets(struct verb_run *r, struct err *e)
{
	static const char *const names[] = { [VERB_AGENT] = "agents",
		                             [VERB_INSTANCE] = "instances",
		                             [VERB_POOL] = "pools",
		                             [VERB_COMMAND] = "commands" };
	const struct view *v = r->verb->target <= VERB_COMMAND ? view_find(names[r->verb->target]) : NULL;
	if (!v) return err_set(e, ERR_USAGE, "%s takes no --filter; name its targets", r->c->command->name);
	size_t n;
	struct filter_col *cols = view_filter_cols(v, &n);
	struct filter *f = filter_parse(r->filter, cols, n, e);
	free(cols);
	if (!f) return err_prefix(e, "--filter");
	struct compose c = { .query = v->query, .filter = f, .key = v->row_key, .limit = MAX_TARGETS + 1 };
	struct buf sql = BUF_EMPTY;
	struct table *t = NULL;
	struct db_opts opts = { .max_rows = MAX_TARGETS + 1 };
	bool ok = !filter_is_empty(f) || err_set(e, ERR_USAGE, "an empty --filter would mean everything");
	ok = ok && compose_select(&sql, &c, e) &&
	     db_call_text(run_read_link(r), sql.s, sql.len, &opts, &t, e);
	if (ok && t->n_rows > MAX_TARGETS)
		ok = err_set(e, ERR_USAGE, "the filter finds more than %d", MAX_TARGETS);
	if (ok && t->n_rows == 0) ok = err_set(e, ERR_NO, "the filter finds nothing");
	for (size_t i = 0; ok && i < t->n_rows; i++)
		run_add_target(r, table_get(t, i, v->target_col), NULL, NULL);
	table_free(t);
	buf_free(&sql);
	filter_free(f);
	return ok;
}

bool run_blast_radius(struct verb_run *r, struct err *e)
{
	json_t *list = json_array();
	for (size_t i = 0; i < r->n_targets; i++)
		json_array_append_new(list, json_string(r->targets[i].target));
	char *text = json_dumps(list, JSON_COMPACT);
	struct arg agents = arg_str("agents", text);
	struct table *t = NULL;
	bool ok = db_call(run_read_link(r), &sql_queries_blast_radius, &agents, 1, NULL, &t, e);
	for (size_t i = 0; ok && i < t->n_rows; i++)
		fprintf(stderr, "  %-7s %-28s %6s of %6s (%s %%), %s without a ready replica\n",
		        table_get(t, i, "kind"), table_get(t, i, "name"), table_get(t, i, "touched"),
		        table_get(t, i, "total"), table_get(t, i, "share_percent"),
		        table_get(t, i, "without_replica"));
	table_free(t);
	free(text);
	json_decref(list);
	return ok;
}

static void on_change(void *ctx, const struct bulk *b, size_t i)
{
	size_t n;
	const struct bulk_target *t = &bulk_targets(b, &n)[i];
	(void)ctx;
	const char *name = t->result && t->result->target ? t->result->target : t->target;
	const char *why = t->fate == BULK_FAILED && t->result && !verb_is_ok(t->result) ? t->result->message
	                  : t->fate == BULK_FAILED || t->fate == BULK_UNKNOWN           ? t->err.text
	                                                                                : t->stage;
	fprintf(stderr, "spotop: %zu/%zu %s %s%s%s\n", i + 1, n, name, bulk_fate_name(t->fate),
	        *why ? ": " : "", why);
}

/* A bulk under way, and the two signals that break it off: nothing more is sent, what was asked is answered, what was
 * sent goes on. */
struct under_way {
	struct bulk *b;
	bool is_over, is_broken_off;
	uv_signal_t on[2];
};

static void on_end(void *ctx, const struct bulk *b)
{
	(void)b;
	((struct under_way *)ctx)->is_over = true;
}

static void on_broken_off(uv_signal_t *s, int signo)
{
	struct under_way *w = s->data;
	size_t n, n_asked = bulk_n_asked(w->b);
	const struct bulk_target *t = bulk_targets(w->b, &n);
	(void)signo;
	if (!w->is_broken_off) {
		w->is_broken_off = true;
		fprintf(stderr, "spotop: interrupted: nothing more is sent%s\n",
		        n_asked ? "; what is under way is waited for (Ctrl-C again does not)" : "");
		bulk_break_off(w->b);
		return;
	}
	for (size_t i = 0; i < bulk_n_begun(w->b); i++)
		if (!t[i].result && !t[i].err.code)
			fprintf(stderr, "spotop: %s: not known whether it was done (request %s)\n",
			        t[i].target, t[i].request_id);
	fprintf(stderr, "spotop: the next spotop that acts tells what became of what was sent\n");
	fflush(NULL);
	_exit(5);
}

static void wait_for(struct under_way *w, uv_loop_t *loop)
{
	static const int signals[] = { SIGINT, SIGTERM };
	for (size_t i = 0; i < ARRAY_LEN(w->on); i++) {
		uv_signal_init(loop, &w->on[i]);
		w->on[i].data = w;
		uv_signal_start(&w->on[i], on_broken_off, signals[i]);
	}
	while (!w->is_over) uv_run(loop, UV_RUN_ONCE);
	for (size_t i = 0; i < ARRAY_LEN(w->on); i++) uv_close((uv_handle_t *)&w->on[i], NULL);
	uv_run(loop, UV_RUN_NOWAIT); /* they are gone before what they stand in */
}

static void say_what_was_done(const struct bulk *b)
{
	size_t n, by_fate[BULK_UNKNOWN + 1] = { 0 };
	const struct bulk_target *t = bulk_targets(b, &n);
	for (size_t i = 0; i < n; i++) by_fate[t[i].fate]++;
	fprintf(stderr,
	        "spotop: interrupted: %zu done, %zu sent and going on, %zu failed, %zu not sent, %zu "
	        "unknown\n",
	        by_fate[BULK_READY], by_fate[BULK_SENT], by_fate[BULK_FAILED], by_fate[BULK_WAITING],
	        by_fate[BULK_UNKNOWN]);
}

static void print_fate(struct verb_run *r, const struct bulk *b, const struct bulk_target *t,
                       bool is_followed)
{
	json_t *j = t->result ? run_object(r, t->result) : json_object();
	if (!t->result) {
		json_object_set_new(j, "verb", json_string(r->verb->name));
		json_object_set_new(j, "request_id", json_string(t->request_id));
		json_object_set_new(j, "command_id", json_null());
		json_object_set_new(j, "target", json_string(t->target));
		json_object_set_new(j, "status",
		                    json_string(t->fate == BULK_UNKNOWN ? "unknown"
		                                : t->err.code           ? "error"
		                                                        : "not_sent"));
		json_object_set_new(j, "message",
		                    json_string(t->err.code ? t->err.text
		                                            : "not sent: the bulk stopped before it"));
	} else if (t->err.code)
		json_object_set_new(j, "command_message", json_string(t->err.text));
	json_object_set_new(j, "fate", json_string(bulk_fate_name(t->fate)));
	json_object_set_new(j, "bulk_id", json_string(bulk_id(b)));
	if (*t->command_status) json_object_set_new(j, "command_status", json_string(t->command_status));
	if (*t->stage) json_object_set_new(j, "stage", json_string(t->stage));
	if (is_followed) {
		if (!r->waiting) r->waiting = json_array();
		json_array_append(r->waiting, j);
	} else
		run_print_object(r, j);
	json_decref(j);
}

/* A bulk resumed: its targets, arguments and ids are those of the plan. */
static bool read_plan(struct verb_run *r, struct err *e)
{
	struct intent_list list;
	if (!verb_pending_intents(r->engine, &list, e)) return false;
	const struct intent_plan *p = NULL;
	for (size_t i = 0; i < list.n_plans; i++)
		if (strcmp(list.plans[i].bulk_id, r->resume) == 0) p = &list.plans[i];
	bool ok = p && strcmp(p->verb, r->verb->name) == 0;
	if (!ok) err_set(e, ERR_USAGE, "no broken-off %s has the id %s", r->verb->name, r->resume);
	if (ok) {
		free(r->args_text), r->args_text = mem_dup(p->args);
		free(r->override_text), r->override_text = mem_dup(p->override);
		if (!r->reason && p->reason) r->reason = r->plan_reason = mem_dup(p->reason);
		if (!r->batch) r->batch = (int64_t)p->batch;
		for (size_t i = 0; i < p->n; i++)
			run_add_target(r, p->targets[i].target, p->targets[i].request_id, p->targets[i].args);
	}
	intent_list_free(&list);
	return ok;
}

int run_bulk(struct verb_run *r)
{
	struct err e = { 0 };
	struct verb_request like;
	struct under_way w = { 0 };
	if (r->resume && !read_plan(r, &e)) return cli_fail(r->c, &e);
	fprintf(stderr, "%s, %s: first one, then %lld at a time\n", r->verb->title,
	        COUNTED(r->n_targets, "target", "targets"), (long long)(r->batch ? r->batch : 1));
	if (r->verb->target == VERB_AGENT && !run_blast_radius(r, &e)) return cli_fail(r->c, &e);
	if (!cli_confirm(r->c, &e, "%s for %s?", r->verb->title, COUNTED(r->n_targets, "target", "targets")))
		return cli_fail(r->c, &e);
	run_request(r, &like, NULL);
	struct bulk_options opts = { .batch = (size_t)r->batch, .bulk_id = r->resume };
	struct bulk *b = bulk_start(r->engine, cli_loop(r->c), run_read_link(r), &like, r->targets,
	                            r->n_targets, &opts, on_change, on_end, &w, &e);
	if (!b) return cli_fail(r->c, &e);
	w.b = b;
	wait_for(&w, cli_loop(r->c));
	size_t n;
	const struct bulk_target *t = bulk_targets(b, &n);
	int code = bulk_exit_code(b);
	for (size_t i = 0; i < n; i++)
		print_fate(r, b, &t[i], r->has_wait && !code && t[i].result && t[i].result->command_id);
	if (w.is_broken_off) say_what_was_done(b);
	bulk_free(b);
	if (r->has_wait && !code && r->waiting) code = run_wait(r);
	return code;
}
