/* cmd_evacuate.c - `spotop evacuate`: a plan is made and shown, and exactly that one is run, paused, resumed or cancelled by its
 * id. The leading worker releases it; this program may end at any time. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "core/fleet/schema.h"
#include "sql.h"
#include "views/cli/cmd.h"
#include "views/cli/command.h"
#include "views/cli/fit.h"
#include "views/cli/verb_bulk.h"
#include "views/cli/verb_fate.h"
#include "views/cli/verb_print.h"
#include "views/cli/verb_say.h"
#include "views/lists/tables_plans.h"
#include "views/model/verbs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

/* What is done with a plan that there is, by its option. */
static const struct {
	const char *option, *verb;
} with_plan[] = { { "run", "run_plan" },
	          { "pause", "pause_plan" },
	          { "resume", "resume_plan" },
	          { "cancel", "cancel_plan" } };

/* --- the line --- */
static bool check_line(struct verb_run *r, struct err *e)
{
	const struct cli *c = r->c;
	int n = (c->argc > 0) + cli_has(c, "filter");
	for (size_t i = 0; i < ARRAY_LEN(with_plan); i++) n += cli_has(c, with_plan[i].option);
	if (!cli_words(c, 1, e)) return false;
	if (n != 1)
		return err_set(e, ERR_USAGE, "%s",
		               n ? "one of a zone, a pool, --filter, --run, --pause, --resume and --cancel "
		                   "at a time"
		                 : "which zone or pool? or --filter EXPR, or a plan: --run, --pause, "
		                   "--resume, --cancel");
	r->reason = cli_text(c, "reason");
	r->dry_run = cli_has(c, "dry-run");
	r->filter = cli_text(c, "filter");
	r->request_id = cli_text(c, "request-id");
	if (r->request_id && !uuid_is_valid(r->request_id))
		return err_set(e, ERR_USAGE, "--request-id takes a UUID, not '%s'", r->request_id);
	r->has_wait = cli_has(c, "wait");
	r->wait_ms = cli_number(c, "wait");
	const char *name;
	for (size_t i = 0; (name = cli_nth(c, "override", i)); i++)
		json_array_append_new(r->override, json_string(name));
	if (json_array_size(r->override) && (!r->reason || !*r->reason))
		return err_set(e, ERR_USAGE, "--override needs a --reason; it is kept in the audit log");
	if (!r->dry_run && !c->yes && !isatty(STDIN_FILENO))
		return err_set(e, ERR_USAGE, "not a terminal: pass --yes (or --dry-run)");
	return true;
}

static bool find_place(struct verb_run *r, const char *word, struct err *e)
{
	struct arg a = arg_str("word", word);
	struct table *t;
	if (!db_call(run_read_link(r), &sql_queries_plan_place, &a, 1, NULL, &t, e)) return false;
	const char *scope = table_int(t, 0, "is_pool", 0)   ? "pool"
	                    : table_int(t, 0, "is_zone", 0) ? "az"
	                                                    : NULL;
	table_free(t);
	if (!scope) return err_set(e, ERR_NO, "no zone or pool '%s'; spotop pools lists them", word);
	json_object_set_new(r->args, "scope", json_string(scope));
	return true;
}

/* The agents that the filter finds are the plan's, whatever it would find later. */
static bool find_agents(struct verb_run *r, struct err *e)
{
	const struct verb *mine = r->verb;
	r->verb = verb_find("switch"); /* a verb on agents: the filter is one of their view */
	bool ok = run_find_targets(r, e);
	r->verb = mine;
	json_t *list = json_array();
	for (size_t i = 0; ok && i < r->n_targets; i++)
		json_array_append_new(list, json_string(r->targets[i].target));
	json_object_set_new(r->args, "scope", json_string("agents"));
	json_object_set_new(r->args, "agents", list);
	return ok;
}

static bool find_scope(struct verb_run *r, struct err *e)
{
	if (cli_has(r->c, "client"))
		json_object_set_new(r->args, "client", json_string(cli_text(r->c, "client")));
	if (cli_has(r->c, "in-flight"))
		json_object_set_new(r->args, "in_flight", json_integer(cli_number(r->c, "in-flight")));
	return r->filter ? find_agents(r, e) : find_place(r, r->c->argv[0], e);
}

static bool open_links(struct verb_run *r, struct err *e)
{
	r->write = cli_db(r->c, DB_WRITE);
	if (!schema_not_old(r->write, e)) return false;
	struct verb_options opts = { .unknown_ms = 60000, .sends_again = true, .verbs = verbs };
	conf_describe(&r->c->conf, r->server, sizeof r->server);
	opts.server = r->server;
	r->engine = verb_open(cli_loop(r->c), r->write, &opts);
	verb_on_state(r->engine, run_say_state, NULL);
	run_tell_leftovers(r);
	return true;
}

/* --- a plan, shown --- */
static struct table *read_plan(struct verb_run *r, const char *plan, struct err *e)
{
	struct arg a = arg_str("plan", plan);
	struct table *t = NULL;
	return db_call(run_read_link(r), &sql_queries_plan, &a, 1, NULL, &t, e) ? t : NULL;
}

static void print_rows(const struct cli *c, const struct table *t, enum out_format f, const char *schema)
{
	static const char *const cols[] = { "place",
		                            "agent",
		                            "what",
		                            "target",
		                            "deadline",
		                            "verdict",
		                            "stage",
		                            "seconds",
		                            "evidence",
		                            "usd_per_hour_before",
		                            "usd_per_hour_after",
		                            "message" };
	bool is_some = f == OUT_TABLE && !c->is_wide;
	struct out *o = out_begin(stdout, f, schema, is_some ? cols : NULL, is_some ? ARRAY_LEN(cols) : 0);
	struct fit fit = { .view = &view_plan };
	cli_shows(o, &view_plan);
	if (f == OUT_TABLE) cli_fit(c, &fit), fit_out(&fit, o);
	out_rows(o, t);
	out_end(o);
	fit_end(&fit);
}

/* For programs: the verb's object with the plan's rows in it, or with csv the rows alone. */
static bool print_plan(struct verb_run *r, const struct verb_result *res, const char *plan, struct err *e)
{
	struct table *t = read_plan(r, plan, e);
	if (!t) { /* it is made all the same, and that is said */
		run_print(r, res);
		return false;
	}
	if (r->c->has_format && r->c->format != OUT_JSON && r->c->format != OUT_JSONL &&
	    r->c->format != OUT_TABLE) {
		print_rows(r->c, t, r->c->format, "spotop.plan/1");
	} else if (run_is_for_people(r)) {
		puts(res->message);
		run_say(stdout, "evacuate", NULL, res->after_state, NULL, 0);
		print_rows(r->c, t, OUT_TABLE, NULL);
	} else {
		json_t *j = run_object(r, res);
		json_object_set_new(j, "plan_id", json_string(plan));
		json_object_set_new(j, "rows", run_rows(t));
		run_print_object(r, j);
		json_decref(j);
	}
	table_free(t);
	return true;
}

/* --- acting --- */
static bool issue(struct verb_run *r, const char *verb, const char *target, struct verb_result **res,
                  struct err *e)
{
	struct verb_request req;
	r->verb = verb_find(verb);
	run_request(r, &req, target);
	if (strcmp(verb, "evacuate") != 0) req.args = NULL;
	if (strcmp(verb, "run_plan") == 0 && !cli_has(r->c, "run")) req.override = NULL; /* the plan has it */
	/* Of a plan that is made and then run the id is the making's. */
	if (r->request_id) snprintf(req.request_id, sizeof req.request_id, "%s", r->request_id);
	r->request_id = NULL;
	return run_issue(r, &req, res, e);
}

static int refused(struct verb_run *r, const struct verb_result *res)
{
	if (!run_is_for_people(r)) return run_print(r, res);
	struct err e;
	err_set(&e, ERR_REFUSED, "%s", res->message);
	cli_fail(r->c, &e);
	return verb_exit_code(res);
}

/* Nothing is held and nothing under way: it is done, or somebody ended it. */
static int was_cancelled(struct verb_run *r, const char *plan)
{
	struct err e = { 0 };
	struct arg a = arg_str("plan", plan);
	struct table *t = NULL;
	if (!db_call(run_read_link(r), &sql_queries_plan_find, &a, 1, NULL, &t, &e))
		return cli_fail(r->c, &e);
	const char *state = table_get(t, 0, "state"), *by = table_get(t, 0, "state_by");
	bool is_cancelled = state && strcmp(state, "cancelled") == 0;
	if (is_cancelled) err_set(&e, ERR_NO, "plan %.8s was cancelled by %s", plan, by ? by : "somebody");
	table_free(t);
	return is_cancelled ? cli_fail(r->c, &e) : 0;
}

/* A plan's end, looked for each half second. The plan goes on whatever becomes of this program. */
static int wait_for(struct verb_run *r, const char *plan)
{
	int64_t until = clock_mono_ms() + r->wait_ms;
	for (;;) {
		struct err e = { 0 };
		struct table *t = read_plan(r, plan, &e);
		size_t open = 0, bad = 0;
		if (!t) return cli_fail(r->c, &e);
		for (size_t i = 0; i < t->n_rows; i++) {
			const char *s = table_get(t, i, "state");
			open += strcmp(s, "held") == 0 || strcmp(s, "released") == 0;
			bad += strcmp(s, "failed") == 0;
		}
		bool is_late = open && clock_mono_ms() > until;
		if (!open || is_late)
			print_rows(r->c, t,
			           r->c->has_format       ? r->c->format
			           : run_is_for_people(r) ? OUT_TABLE
			                                  : OUT_JSON,
			           "spotop.plan/1");
		table_free(t);
		if (is_late) {
			err_set(&e, ERR_NO, "timed out; still running: spotop plan %.8s", plan);
			return cli_fail(r->c, &e);
		}
		if (!open) return bad ? 1 : was_cancelled(r, plan);
		uv_sleep(500);
	}
}

static int issue_of(struct verb_run *r, const char *verb, const char *plan, bool is_shown)
{
	struct err e = { 0 };
	struct verb_result *res = NULL;
	struct verb_request req;
	r->verb = verb_find(verb);
	run_request(r, &req, plan);
	req.args = NULL;
	if (is_shown) req.override = NULL;
	if (r->request_id) snprintf(req.request_id, sizeof req.request_id, "%s", r->request_id);
	bool ok = verb_preview_wait(r->engine, &req, &res, &e);
	if (ok && (r->dry_run || (!verb_is_ok(res) && !r->c->yes))) {
		int code = verb_is_ok(res) ? run_print(r, res) : refused(r, res);
		verb_result_free(res);
		return code;
	}
	ok = ok && cli_confirm(r->c, &e, "%s?", res->message);
	verb_result_free(res);
	res = NULL;
	ok = ok && issue(r, verb, plan, &res, &e);
	int code = !ok ? cli_fail(r->c, &e) : verb_is_ok(res) ? 0 : refused(r, res);
	json_t *before = res && res->before_state ? json_loads(res->before_state, 0, NULL) : NULL;
	const char *id = json_string_value(json_object_get(before, "plan_id"));
	if (!code && !(r->has_wait && !run_is_for_people(r))) run_print(r, res);
	if (!code && r->has_wait && id && (strcmp(verb, "run_plan") == 0 || strcmp(verb, "resume_plan") == 0))
		code = wait_for(r, id);
	json_decref(before);
	verb_result_free(res);
	return code;
}

static int make_plan(struct verb_run *r)
{
	struct err e = { 0 };
	struct verb_result *res = NULL;
	if (!find_scope(r, &e)) return cli_fail(r->c, &e);
	r->args_text = json_dumps(r->args, JSON_COMPACT);
	char *target = mem_printf("%.120s", r->filter ? r->filter : r->c->argv[0]);
	bool ok = issue(r, "evacuate", target, &res, &e), is_dry = r->dry_run;
	free(target);
	if (!ok) return cli_fail(r->c, &e);
	if (!verb_is_ok(res)) {
		int code = refused(r, res);
		verb_result_free(res);
		return code;
	}
	json_t *after = json_loads(res->after_state, 0, NULL);
	char plan[40];
	snprintf(plan, sizeof plan, "%s", json_string_value(json_object_get(after, "plan_id")));
	ok = print_plan(r, res, plan, &e);
	json_decref(after);
	verb_result_free(res);
	if (!ok) return cli_fail(r->c, &e);
	if (is_dry && run_is_for_people(r)) printf("run it with: spotop evacuate --run %.8s\n", plan);
	return is_dry ? 0 : issue_of(r, "run_plan", plan, true);
}

static int run(struct verb_run *r)
{
	struct err e = { 0 };
	if (!check_line(r, &e)) return cli_usage(r->c, "%s", e.text);
	r->override_text = json_dumps(r->override, JSON_COMPACT);
	if (!open_links(r, &e)) return cli_fail(r->c, &e);
	for (size_t i = 0; i < ARRAY_LEN(with_plan); i++)
		if (cli_has(r->c, with_plan[i].option))
			return issue_of(r, with_plan[i].verb, cli_text(r->c, with_plan[i].option), false);
	return make_plan(r);
}

int cmd_evacuate(struct cli *c)
{
	struct verb_run r = {
		.c = c, .verb = verb_find("evacuate"), .args = json_object(), .override = json_array()
	};
	int code = run(&r);
	run_free(&r);
	return code;
}
