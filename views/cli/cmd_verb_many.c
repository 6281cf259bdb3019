/* cmd_verb_many.c - what a run prints, and the runs that have many targets or wait for the end. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/db/filter.h"
#include "sql.h"
#include "views/cli/cmd_verb_int.h"
#include "views/model/verbs.h"
#include "views/model/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { MAX_TARGETS = 10000 };

void run_add_target(struct verb_run *r, const char *target, const char *request_id)
{
	r->targets = mem_grow(r->targets, (r->n_targets + 1) * sizeof *r->targets);
	r->targets[r->n_targets++] = (struct intent_target){ mem_dup(target), mem_dup(request_id) };
}

void run_request(const struct verb_run *r, struct verb_request *req, const char *target)
{
	*req = (struct verb_request){
		.verb = r->verb,
		.target = target,
		.args = r->args_text,
		.override = r->override_text,
		.reason = r->reason,
		.seen = r->seen,
	};
}

void run_free(struct verb_run *r)
{
	for (size_t i = 0; i < r->n_targets; i++) {
		free((char *)r->targets[i].target);
		free((char *)r->targets[i].request_id);
	}
	free(r->targets);
	free(r->args_text);
	free(r->override_text);
	free(r->seen);
	free(r->plan_reason);
	json_decref(r->args);
	json_decref(r->override);
	json_decref(r->waiting);
}

/* --- printing --- */
static json_t *text_of(const char *s) { return s ? json_string(s) : json_null(); }

static json_t *json_of(const char *s)
{
	json_t *j = s ? json_loads(s, JSON_DECODE_ANY, NULL) : NULL;
	return j ? j : json_null();
}

static json_t *object_of(const struct verb_run *r, const struct verb_result *res)
{
	json_t *j = json_object();
	json_object_set_new(j, "verb", json_string(r->verb->name));
	json_object_set_new(j, "request_id", json_string(res->request_id));
	json_object_set_new(j, "command_id", text_of(res->command_id));
	json_object_set_new(j, "target", text_of(res->target));
	json_object_set_new(j, "status", json_string(verb_status_name(res->status)));
	json_object_set_new(j, "message", text_of(res->message));
	json_object_set_new(j, "version", res->version >= 0 ? json_integer(res->version) : json_null());
	json_object_set_new(j, "guardrails", json_of(res->guardrails));
	json_object_set_new(j, "before_state", json_of(res->before_state));
	json_object_set_new(j, "after_state", json_of(res->after_state));
	return j;
}

static const char *member(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return s ? s : "";
}

/* What was expected of a command that ended, beside what came. */
static void print_outcome(const json_t *j)
{
	const json_t *expected = json_object_get(j, "expected_usd_per_hour"),
	             *real = json_object_get(j, "real_usd_per_hour"),
	             *down = json_object_get(j, "downtime_seconds");
	if (json_is_number(expected)) printf("; expected %+.4f $/h", json_number_value(expected));
	if (json_is_number(real)) printf(", came %+.4f $/h", json_number_value(real));
	if (json_is_number(down)) printf(", down %.0f s", json_number_value(down));
}

static void print_object(const struct verb_run *r, const json_t *j)
{
	if (run_is_for_people(r)) {
		struct buf b = BUF_EMPTY;
		const char *end = member(j, "command_status"), *status = member(j, "status");
		bool is_issued = r->verb->makes_command && strcmp(status, "done") == 0;
		text_safe(&b, member(j, "message"), strlen(member(j, "message")));
		printf("%-10s %-20s %s%s%s%s%s", is_issued ? "issued" : status, member(j, "target"),
		       buf_str(&b), *member(j, "command_id") ? "; command " : "", member(j, "command_id"),
		       *end ? " " : "", end);
		if (json_is_number(json_object_get(j, "elapsed_seconds")))
			printf(" after %.0f s", json_number_value(json_object_get(j, "elapsed_seconds")));
		if (*end) print_outcome(j);
		puts("");
		buf_free(&b);
		return;
	}
	char *text = json_dumps(j, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
	puts(text);
	free(text);
}

/* The ranked targets of a switch, in its dry run: what the wizard shows. NULL after a message. */
static struct table *ranked(struct verb_run *r, const struct verb_result *res)
{
	json_t *before = json_of(res->before_state);
	struct arg agent = arg_str("agent", json_string_value(json_object_get(before, "agent_id")));
	struct table *t = NULL;
	struct err e = { 0 };
	if (!db_call(run_read_link(r), &sql_queries_switch_targets, &agent, 1, NULL, &t, &e))
		fprintf(stderr, "spotop: the targets could not be ranked: %s\n", e.text);
	json_decref(before);
	return t;
}

static json_t *rows_of(const struct table *t)
{
	json_t *list = json_array();
	for (size_t i = 0; t && i < t->n_rows; i++) {
		json_t *row = json_object();
		for (size_t k = 0; k < t->n_cols; k++) {
			const struct cell *c = &t->cells[i * t->n_cols + k];
			bool is_text = t->types[k] == CELL_TEXT || t->types[k] == CELL_TIME;
			json_object_set_new(row, t->names[k], is_text ? text_of(c->s) : json_of(c->s));
		}
		json_array_append_new(list, row);
	}
	return list;
}

/* A dry run for people: the line, what would change, the guardrails, the targets. */
static void say_dry_run(struct verb_run *r, const struct verb_result *res, const struct table *targets)
{
	if (r->n_targets > 1) return;
	run_say(stdout, r->verb->name, res->before_state, res->after_state, res->guards, res->n_guards);
	if (targets) run_say_targets(targets);
}

int run_print(struct verb_run *r, const struct verb_result *res)
{
	json_t *j = object_of(r, res);
	struct table *targets = NULL;
	if (r->dry_run && r->verb->call == &sql_verbs_switch) {
		targets = ranked(r, res);
		json_object_set_new(j, "targets", rows_of(targets));
	}
	bool is_followed = r->has_wait && res->command_id && verb_is_ok(res) && !r->dry_run;
	if (is_followed) {
		if (!r->waiting) r->waiting = json_array();
		json_array_append(r->waiting, j);
	} else
		print_object(r, j);
	if (r->dry_run && run_is_for_people(r)) say_dry_run(r, res, targets);
	table_free(targets);
	json_decref(j);
	if (!verb_is_ok(res))
		fprintf(stderr, "spotop %s: %s: %s\n", r->c->command->name, res->target ? res->target : "?",
		        res->message);
	return verb_exit_code(res);
}

int run_print_error(struct verb_run *r, const struct verb_request *req, const struct err *e)
{
	const char *status = e->code == ERR_UNKNOWN    ? "unknown"
	                     : e->code == ERR_CONFLICT ? "conflict"
	                     : e->code == ERR_REFUSED  ? "refused"
	                                               : "error";
	json_t *j = json_object();
	json_object_set_new(j, "verb", json_string(r->verb->name));
	json_object_set_new(j, "request_id", json_string(req->request_id));
	json_object_set_new(j, "command_id", json_null());
	json_object_set_new(j, "target", text_of(req->target));
	json_object_set_new(j, "status", json_string(status));
	json_object_set_new(j, "message", json_string(e->text));
	print_object(r, j);
	json_decref(j);
	return cli_fail(r->c, e);
}

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
	for (size_t i = 0; ok && i < t->n_rows; i++) run_add_target(r, table_get(t, i, v->target_col), NULL);
	table_free(t);
	buf_free(&sql);
	filter_free(f);
	return ok;
}

/* --- --wait --- */
struct waiting {
	struct verb_run *r;
	bool is_over, is_failed;
	uv_timer_t timer;
};

static json_t *waiting_find(const struct verb_run *r, const char *command_id)
{
	size_t i;
	json_t *j;
	json_array_foreach(r->waiting, i, j)
	{
		if (strcmp(member(j, "command_id"), command_id) == 0) return j;
	}
	return NULL;
}

static bool on_wait(void *ctx, const struct verb_progress *p, size_t n, const struct err *e)
{
	struct waiting *w = ctx;
	size_t n_over = 0;
	(void)e;
	for (size_t i = 0; i < n; i++) {
		json_t *j = p[i].command_id ? waiting_find(w->r, p[i].command_id) : NULL;
		n_over += p[i].is_over;
		if (!j) continue;
		if (strcmp(member(j, "stage"), p[i].stage) != 0)
			fprintf(stderr, "spotop: %s %s (%.0f s)\n", p[i].target, p[i].stage, p[i].elapsed_s);
		json_object_set_new(j, "command_status", text_of(p[i].status));
		json_object_set_new(j, "stage", text_of(p[i].stage));
		json_object_set_new(j, "elapsed_seconds", json_real(p[i].elapsed_s));
		json_object_set_new(j, "expected_usd_per_hour",
		                    p[i].has_expected ? json_real(p[i].expected_usd_per_hour) : json_null());
		json_object_set_new(j, "real_usd_per_hour",
		                    p[i].has_real ? json_real(p[i].real_usd_per_hour) : json_null());
		json_object_set_new(j, "downtime_seconds",
		                    p[i].downtime_s >= 0 ? json_real(p[i].downtime_s) : json_null());
		if (p[i].is_over && p[i].message)
			json_object_set_new(j, "command_message", text_of(p[i].message));
		w->is_failed = w->is_failed || p[i].is_failed;
	}
	w->is_over = n && n_over == n;
	return !w->is_over;
}

static void on_wait_timer(uv_timer_t *t) { (void)t; /* it only wakes the loop, which looks at the clock */ }

static void closed(uv_handle_t *h) { *(bool *)h->data = true; }

int run_wait(struct verb_run *r)
{
	size_t n = json_array_size(r->waiting), i;
	const char **ids = mem_alloc((n ? n : 1) * sizeof *ids);
	struct waiting w = { .r = r, .is_over = n == 0 };
	bool is_closed = false;
	json_t *j;
	json_array_foreach(r->waiting, i, j) ids[i] = member(j, "command_id");
	uv_loop_t *loop = cli_loop(r->c);
	uv_timer_init(loop, &w.timer);
	uv_timer_start(&w.timer, on_wait_timer, 200, 200);
	struct verb_watch *watch = n ? verb_follow(loop, run_read_link(r), ids, n, 300, on_wait, &w) : NULL;
	int64_t until = clock_mono_ms() + r->wait_ms;
	while (!w.is_over && clock_mono_ms() < until) uv_run(loop, UV_RUN_ONCE);
	if (watch && !w.is_over) verb_watch_stop(watch);
	w.timer.data = &is_closed;
	uv_close((uv_handle_t *)&w.timer, closed);
	while (!is_closed) uv_run(loop, UV_RUN_ONCE);
	json_array_foreach(r->waiting, i, j) print_object(r, j);
	free(ids);
	if (!w.is_over)
		fprintf(stderr, "spotop: not ended within %lld s; it goes on\n",
		        (long long)(r->wait_ms / 1000));
	return w.is_over && !w.is_failed ? 0 : 1;
}

/* --- a bulk --- */
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

static void on_end(void *ctx, const struct bulk *b)
{
	(void)b;
	*(bool *)ctx = true;
}

static void print_fate(struct verb_run *r, const struct bulk *b, const struct bulk_target *t,
                       bool is_followed)
{
	json_t *j = t->result ? object_of(r, t->result) : json_object();
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
		print_object(r, j);
	json_decref(j);
}

/* A bulk taken up again: its targets, arguments and ids are those of the plan. */
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
			run_add_target(r, p->targets[i].target, p->targets[i].request_id);
	}
	intent_list_free(&list);
	return ok;
}

int run_bulk(struct verb_run *r)
{
	struct err e = { 0 };
	struct verb_request like;
	bool is_over = false;
	if (r->resume && !read_plan(r, &e)) return cli_fail(r->c, &e);
	fprintf(stderr, "%s, %zu targets: first one, then %lld at a time\n", r->verb->title, r->n_targets,
	        (long long)(r->batch ? r->batch : 1));
	if (r->verb->target == VERB_AGENT && !run_blast_radius(r, &e)) return cli_fail(r->c, &e);
	if (!cli_confirm(r->c, &e, "%s for %zu targets?", r->verb->title, r->n_targets))
		return cli_fail(r->c, &e);
	run_request(r, &like, NULL);
	struct bulk_options opts = { .batch = (size_t)r->batch, .bulk_id = r->resume };
	struct bulk *b = bulk_start(r->engine, cli_loop(r->c), run_read_link(r), &like, r->targets,
	                            r->n_targets, &opts, on_change, on_end, &is_over, &e);
	if (!b) return cli_fail(r->c, &e);
	while (!is_over) uv_run(cli_loop(r->c), UV_RUN_ONCE);
	size_t n;
	const struct bulk_target *t = bulk_targets(b, &n);
	int code = bulk_exit_code(b);
	for (size_t i = 0; i < n; i++)
		print_fate(r, b, &t[i], r->has_wait && !code && t[i].result && t[i].result->command_id);
	bulk_free(b);
	if (r->has_wait && !code && r->waiting) code = run_wait(r);
	return code;
}
