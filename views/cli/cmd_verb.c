/* cmd_verb.c - a verb on the command line: options to a request, then the same engine as the console's.
 * Data (one JSON object a target) goes to stdout, everything said to a person to stderr. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "core/fleet/schema.h"
#include "core/fleet/verb.h"
#include "views/cli/cmd.h"
#include "views/cli/command.h"
#include "views/cli/verb_bulk.h"
#include "views/cli/verb_fate.h"
#include "views/cli/verb_print.h"
#include "views/cli/verb_say.h"
#include "views/cli/verb_wait.h"
#include "views/model/verbs.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

/* --- options --- */
/* One value of the verb's own options into the JSON arguments. */
static bool set_arg(struct verb_run *r, const struct verb_arg *a, const char *text, struct err *e)
{
	int64_t ms;
	if (json_object_get(r->args, a->key))
		return err_set(e, ERR_USAGE, "--%s and another option set the same thing", a->option);
	switch (a->kind) {
	case VERB_FLAG:
		json_object_set_new(r->args, a->key,
		                    json_loads(a->value ? a->value : "true", JSON_DECODE_ANY, NULL));
		break;
	case VERB_DURATION:
		if (!duration_parse(text, &ms, e)) return err_prefix(e, "--%s", a->option);
		json_object_set_new(r->args, a->key, json_integer((ms + 999) / 1000));
		break;
	case VERB_INT: json_object_set_new(r->args, a->key, json_integer(atoll(text ? text : "0"))); break;
	default: json_object_set_new(r->args, a->key, json_string(text));
	}
	return true;
}

static bool read_options(struct verb_run *r, struct err *e)
{
	const struct cli *c = r->c;
	const char *name;
	r->dry_run = cli_has(c, "dry-run");
	r->reason = cli_text(c, "reason");
	r->request_id = cli_text(c, "request-id");
	r->filter = cli_text(c, "filter");
	r->batch = cli_number(c, "batch");
	r->resume = cli_text(c, "resume");
	r->has_wait = cli_has(c, "wait");
	r->wait_ms = cli_number(c, "wait");
	for (size_t i = 0; (name = cli_nth(c, "override", i)); i++) {
		if (!*name || *name == '-')
			return err_set(e, ERR_USAGE, "--override needs the name of a guardrail");
		json_array_append_new(r->override, json_string(name));
	}
	for (const struct verb_arg *a = r->verb->args; a->key; a++)
		if (a->option && cli_has(c, a->option) && !set_arg(r, a, cli_text(c, a->option), e))
			return false;
	if (cli_has(c, "if-version"))
		r->seen = mem_printf("{\"version\":%lld}", (long long)cli_number(c, "if-version"));
	return true;
}

static bool set_keyvalue(struct verb_run *r, const char *key, const char *word, struct err *e)
{
	const char *eq = strchr(word, '=');
	json_t *set = json_object_get(r->args, key);
	if (!set) {
		set = json_object();
		json_object_set_new(r->args, key, set);
	}
	char *name = mem_printf("%.*s", (int)(eq - word), word);
	bool is_twice = json_object_get(set, name) != NULL;
	json_object_set_new(set, name, json_string(eq + 1));
	free(name);
	return !is_twice || err_set(e, ERR_USAGE, "%.*s is given twice", (int)(eq - word), word);
}

/* What is left are targets, and what the verb takes beside them (key=value, or a text). */
static bool read_words(struct verb_run *r, struct err *e)
{
	const struct verb_arg *rest = r->verb->args;
	while (rest->key && rest->option) rest++;
	for (int i = 0; i < r->c->argc; i++) {
		const char *word = r->c->argv[i];
		if (rest->key && rest->kind == VERB_KEYVALUE && strchr(word, '=')) {
			if (!set_keyvalue(r, rest->key, word, e)) return false;
		} else if (rest->key && rest->kind == VERB_STR && r->n_targets == 1) {
			const char *had = json_string_value(json_object_get(r->args, rest->key));
			char *text = had ? mem_printf("%s %s", had, word) : mem_dup(word);
			json_object_set_new(r->args, rest->key, json_string(text));
			free(text);
		} else {
			for (size_t k = 0; k < r->n_targets; k++)
				if (strcmp(r->targets[k].target, word) == 0)
					return err_set(e, ERR_USAGE, "%s is named twice", word);
			run_add_target(r, word, NULL, NULL);
		}
	}
	if (rest->key && rest->is_required && !json_object_get(r->args, rest->key) && !r->resume)
		return err_set(e, ERR_USAGE, "%s is missing", rest->name);
	return true;
}

static bool check_one_of(const struct verb_run *r, struct err *e)
{
	char keys[64];
	int n = 0;
	if (!r->verb->one_of || r->resume) return true;
	snprintf(keys, sizeof keys, "%s", r->verb->one_of);
	for (char *save = NULL, *k = strtok_r(keys, " ", &save); k; k = strtok_r(NULL, " ", &save))
		n += json_object_get(r->args, k) != NULL;
	if (n == 1) return true;
	return err_set(e, ERR_USAGE, "%s",
	               n                              ? "only one of those in parentheses may be given"
	               : strchr(r->verb->one_of, ' ') ? "one of those in parentheses is needed"
	                                              : "--for is needed: how long");
}

static bool check_line(struct verb_run *r, struct err *e)
{
	bool is_bulk = r->n_targets > 1 || r->filter || r->resume;
	if (r->request_id && !uuid_is_valid(r->request_id))
		return err_set(e, ERR_USAGE, "--request-id takes a UUID, not '%s'", r->request_id);
	if (r->request_id && is_bulk)
		return err_set(e, ERR_USAGE,
		               "--request-id names one action; a bulk action is resumed with --resume ID");
	if (r->resume && (r->n_targets || r->filter))
		return err_set(e, ERR_USAGE, "--resume knows its targets; give no others");
	if (!r->n_targets && !r->filter && !r->resume)
		return err_set(e, ERR_USAGE, "which %s?", verb_target_name(r->verb->target));
	if (r->filter && r->n_targets)
		return err_set(e, ERR_USAGE, "--filter and named targets exclude each other");
	if (json_array_size(r->override) && (!r->reason || !*r->reason))
		return err_set(e, ERR_USAGE, "--override needs a --reason; it is kept in the audit log");
	if (r->verb->needs_reason && (!r->reason || !*r->reason) && !r->resume)
		return err_set(e, ERR_USAGE, "%s needs a --reason", r->c->command->name);
	if (r->c->has_format && cli_is_csv(r->c))
		return err_set(e, ERR_USAGE, "a verb answers in json or table, not in csv");
	return check_one_of(r, e);
}

/* --- one target --- */
static bool look(struct verb_run *r, struct verb_request *req, struct verb_result **res, struct err *e)
{
	*res = NULL;
	return verb_preview_wait(r->engine, req, res, e);
}

/* A person takes longer over a question than what was seen may be old: then it is looked at again, and
 * the action goes on only if nothing moved. */
static bool look_again(struct verb_run *r, struct verb_request *req, struct verb_result **preview,
                       struct err *e)
{
	if (clock_mono_ms() - (*preview)->read_at_mono_ms < 9000) return true;
	struct verb_result *now;
	if (!look(r, req, &now, e)) return false;
	char *a = verb_seen(*preview), *b = verb_seen(now);
	bool is_same = strcmp(a, b) == 0;
	verb_result_free(*preview);
	*preview = now;
	if (!is_same)
		err_set(e, ERR_CONFLICT, "%s changed while you were asked: it was %s, it is %s", now->target,
		        a, b);
	free(a);
	free(b);
	return is_same;
}

static int issue_one(struct verb_run *r, const char *target, const char *request_id)
{
	struct err e = { 0 };
	struct verb_result *res = NULL, *done = NULL;
	struct verb_request req;
	run_request(r, &req, target);
	if (request_id) snprintf(req.request_id, sizeof req.request_id, "%s", request_id);
	int code = 0;
	if (!look(r, &req, &res, &e)) {
		code = run_print_error(r, &req, &e);
	} else if (r->dry_run || res->status == VERB_REPLAYED ||
	           (res->status != VERB_DRY_RUN && !r->c->yes)) {
		code = run_print(r, res);
	} else {
		/* With --yes a refusal is asked for in earnest, so that the audit log has the attempt. */
		if (!r->c->yes) {
			fprintf(stderr, "%s (request %s)\n", res->message, req.request_id);
			run_say(stderr, r->verb->name, res->before_state, res->after_state, res->guards,
			        res->n_guards);
		}
		bool ok = cli_confirm(r->c, &e, "%s?", res->message) && look_again(r, &req, &res, &e);
		char *seen = ok ? (r->seen ? mem_dup(r->seen) : verb_seen(res)) : NULL;
		req.seen = seen;
		req.seen_at_mono_ms = ok ? res->read_at_mono_ms : 0;
		ok = ok && run_issue(r, &req, &done, &e);
		code = ok ? run_print(r, done) : run_print_error(r, &req, &e);
		free(seen);
	}
	verb_result_free(res);
	verb_result_free(done);
	return code;
}

/* Beside the connecting, so that a journal that nobody compacted for long costs a first action next to nothing; who
 * reads it meanwhile waits for the lock. */
static void compact_journal(void *unused)
{
	(void)unused;
	intent_compact(NULL, NULL); /* what hinders it is told by the reading */
}

/* --- the run --- */
static bool open_links(struct verb_run *r, struct err *e)
{
	r->write = cli_db(r->c, DB_WRITE);
	if (!schema_not_old(r->write, e)) return false;
	struct verb_options opts = {
		.server = r->server, .unknown_ms = 60000, .sends_again = true, .verbs = verbs
	};
	conf_describe(&r->c->conf, r->server, sizeof r->server);
	const char *age = settings_get("spotop", "max-age-ms"),
	           *tolerance = settings_get("spotop", "price-tolerance");
	if (age) opts.max_age_ms = (unsigned)atoi(age);
	if (tolerance) opts.price_tolerance = atof(tolerance);
	r->engine = verb_open(cli_loop(r->c), r->write, &opts);
	verb_on_state(r->engine, run_say_state, NULL);
	return true;
}

static int run(struct verb_run *r)
{
	struct err e = { 0 };
	if (!read_options(r, &e) || !read_words(r, &e) || !check_line(r, &e))
		return cli_usage(r->c, "%s", e.text);
	r->args_text = json_dumps(r->args, JSON_COMPACT);
	r->override_text = json_dumps(r->override, JSON_COMPACT);
	if (!r->dry_run && !r->c->yes && !isatty(STDIN_FILENO)) {
		err_set(&e, ERR_USAGE, "not a terminal: pass --yes (or --dry-run)");
		return cli_fail(r->c, &e);
	}
	if (!open_links(r, &e)) return cli_fail(r->c, &e);
	run_tell_leftovers(r);
	if (r->filter && !run_find_targets(r, &e)) return cli_fail(r->c, &e);
	if (r->resume || ((r->n_targets > 1 || r->filter) && !r->dry_run)) return run_bulk(r);
	if (r->n_targets > 1 && r->verb->target == VERB_AGENT && !run_blast_radius(r, &e))
		return cli_fail(r->c, &e);
	int code = 0;
	for (size_t i = 0; i < r->n_targets; i++) {
		int one = issue_one(r, r->targets[i].target, r->request_id);
		if (one && !code) code = one;
	}
	if (r->has_wait && !code && !r->dry_run) code = run_wait(r);
	return code;
}

int cmd_verb(struct cli *c)
{
	struct verb_run r = { .c = c, .verb = c->command->verb };
	r.args = json_object();
	r.override = json_array();
	uv_thread_t compacting;
	bool is_apart = uv_thread_create(&compacting, compact_journal, NULL) == 0;
	int code = run(&r);
	if (is_apart) uv_thread_join(&compacting);
	run_free(&r);
	return code;
}
