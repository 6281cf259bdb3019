/* verb_print.c - a target's object, printed as JSON or as a line. */
#include "views/cli/verb_print.h"
#include "core/base/buf.h"
#include "core/base/output.h"
#include "core/base/text.h"
#include "sql.h"
#include "views/cli/command.h"
#include "views/cli/verb_say.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_of(const char *s) { return s ? json_string(s) : json_null(); }

static json_t *json_of(const char *s)
{
	json_t *j = s ? json_loads(s, JSON_DECODE_ANY, NULL) : NULL;
	return j ? j : json_null();
}

json_t *run_object(const struct verb_run *r, const struct verb_result *res)
{
	json_t *j = json_object();
	json_object_set_new(j, "verb", json_string(r->verb->name));
	json_object_set_new(j, "request_id", json_string(res->request_id));
	json_object_set_new(j, "command_id", text_of(res->command_id));
	json_object_set_new(j, "target", text_of(res->target));
	json_object_set_new(j, "status", json_string(verb_status_name(res->status)));
	json_object_set_new(j, "message", text_of(res->message));
	json_object_set_new(j, "gtid", text_of(res->gtid));
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

/* Whatever becomes of stdout, what became of the action is said. */
void run_print_object(const struct verb_run *r, const json_t *j)
{
	print_object(r, j);
	if (output_flush() != OUTPUT_FAILED) return;
	const char *command = member(j, "command_id");
	fprintf(stderr, "spotop %s: %s: %s (request %s%s%s): %s\n", r->c->command->name, member(j, "target"),
	        member(j, "status"), member(j, "request_id"), *command ? ", command " : "", command,
	        member(j, "message"));
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

json_t *run_rows(const struct table *t)
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
	json_t *j = run_object(r, res);
	struct table *targets = NULL;
	if (r->dry_run && r->verb->call == &sql_verbs_switch) {
		targets = ranked(r, res);
		json_object_set_new(j, "targets", run_rows(targets));
	}
	bool is_followed = r->has_wait && res->command_id && verb_is_ok(res) && !r->dry_run;
	if (is_followed) {
		if (!r->waiting) r->waiting = json_array();
		json_array_append(r->waiting, j);
	} else
		run_print_object(r, j);
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
	run_print_object(r, j);
	json_decref(j);
	return cli_fail(r->c, e);
}
