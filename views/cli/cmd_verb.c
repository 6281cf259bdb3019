/* cmd_verb.c - a verb on the command line: options to a request, then the same engine as the console's.
 * Data (one JSON object a target) goes to stdout, everything said to a person to stderr. */
#include "views/cli/cmd_verb.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/uuid.h"
#include "core/fleet/verb.h"
#include "sql.h"
#include "views/cli/cmd_verb_int.h"
#include "views/model/verbs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- options --- */
static bool is_option(const char *word, const char *name, const char **value)
{
	size_t n = strlen(name);
	if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, name, n) != 0) return false;
	if (word[2 + n] && word[2 + n] != '=') return false;
	*value = word[2 + n] ? word + 3 + n : NULL;
	return true;
}

/* --wait may stand alone, --override may come several times: they are taken out before the others. */
static bool take_special(struct verb_run *r, struct err *e)
{
	struct cli *c = r->c;
	int kept = 0;
	bool ok = true;
	for (int i = 0; i < c->argc && ok; i++) {
		const char *value;
		if (is_option(c->argv[i], "wait", &value)) {
			r->has_wait = true;
			if (value && !duration_parse(value, &r->wait_ms, e)) ok = err_prefix(e, "--wait");
		} else if (is_option(c->argv[i], "override", &value)) {
			if (!value && i + 1 < c->argc) value = c->argv[++i];
			if (!value || !*value || *value == '-')
				ok = err_set(e, ERR_USAGE, "--override needs the name of a guardrail");
			else
				json_array_append_new(r->override, json_string(value));
		} else
			c->argv[kept++] = c->argv[i];
	}
	c->argc = kept;
	c->argv[kept] = NULL;
	return ok;
}

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

enum { MAX_ARGS = 16 };
static bool read_options(struct verb_run *r, struct err *e)
{
	const struct verb_arg *args = r->verb->args;
	const char *text[MAX_ARGS] = { 0 };
	bool flag[MAX_ARGS] = { 0 };
	int64_t if_version = -1;
	struct opt opts[MAX_ARGS + 8] = {
		{ "dry-run", OPT_FLAG, &r->dry_run },      { "reason", OPT_STR, &r->reason },
		{ "request-id", OPT_STR, &r->request_id }, { "if-version", OPT_INT, &if_version },
		{ "filter", OPT_STR, &r->filter },         { "batch", OPT_INT, &r->batch },
		{ "resume", OPT_STR, &r->resume },
	};
	size_t n = 7;
	for (size_t i = 0; i < MAX_ARGS && args[i].key; i++)
		if (args[i].option)
			opts[n++] = args[i].kind == VERB_FLAG
			                    ? (struct opt){ args[i].option, OPT_FLAG, &flag[i] }
			                    : (struct opt){ args[i].option, OPT_STR, &text[i] };
	if (!take_special(r, e) || !cli_options(r->c, opts, n, e)) return false;
	for (size_t i = 0; i < MAX_ARGS && args[i].key; i++)
		if ((text[i] || flag[i]) && !set_arg(r, &args[i], text[i], e)) return false;
	if (if_version >= 0) r->seen = mem_printf("{\"version\":%lld}", (long long)if_version);
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
			run_add_target(r, word, NULL);
		}
	}
	if (rest->key && rest->is_required && !json_object_get(r->args, rest->key) && !r->resume)
		return err_set(e, ERR_USAGE, "%s is missing; usage: spotop %s %s", rest->name,
		               r->c->command->name, r->c->command->usage);
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
	return err_set(e, ERR_USAGE, "%s; usage: spotop %s %s",
	               n                              ? "only one of those in parentheses may be given"
	               : strchr(r->verb->one_of, ' ') ? "one of those in parentheses is needed"
	                                              : "--for is needed: how long",
	               r->c->command->name, r->c->command->usage);
}

static bool check_line(struct verb_run *r, struct err *e)
{
	bool is_many = r->n_targets > 1 || r->filter || r->resume;
	if (r->request_id && !uuid_is_valid(r->request_id))
		return err_set(e, ERR_USAGE, "--request-id takes a UUID, not '%s'", r->request_id);
	if (r->request_id && is_many)
		return err_set(e, ERR_USAGE,
		               "--request-id names one act; a bulk is taken up with --resume ID");
	if (r->resume && (r->n_targets || r->filter))
		return err_set(e, ERR_USAGE, "--resume knows its targets; give no others");
	if (!r->n_targets && !r->filter && !r->resume)
		return err_set(e, ERR_USAGE, "which %s? usage: spotop %s %s",
		               verb_target_name(r->verb->target), r->c->command->name, r->c->command->usage);
	if (r->filter && r->n_targets)
		return err_set(e, ERR_USAGE, "--filter and named targets exclude each other");
	if (r->batch < 0 || r->batch > 100) return err_set(e, ERR_USAGE, "--batch takes 1 to 100");
	if (json_array_size(r->override) && (!r->reason || !*r->reason))
		return err_set(e, ERR_USAGE, "--override needs a --reason; it is kept in the audit log");
	if (r->verb->needs_reason && (!r->reason || !*r->reason) && !r->resume)
		return err_set(e, ERR_USAGE, "%s needs a --reason", r->c->command->name);
	if (r->c->has_format && r->c->format == OUT_CSV)
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
 * the act goes on only if nothing moved. */
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

static void on_state(void *ctx, const char *request_id, enum verb_state s)
{
	(void)ctx;
	if (s == VERB_CHECKING)
		fprintf(stderr, "spotop: outcome unknown, checking (request %s)\n", request_id);
}

/* Sends it; after a link that was lost before anything happened, once more under the same id. */
static bool send(struct verb_run *r, struct verb_request *req, struct verb_result **res, struct err *e)
{
	if (!verb_issue_wait(r->engine, req, res, e)) return false;
	if ((*res)->status != VERB_ABSENT) return true;
	fprintf(stderr, "spotop: %s\n", (*res)->message);
	if (!cli_confirm(r->c, e, "Send it again (same request id)?")) return true;
	verb_result_free(*res);
	*res = NULL;
	req->seen_at_mono_ms = 0; /* what was seen is still compared, in the transaction */
	return verb_issue_wait(r->engine, req, res, e);
}

static int act_on_one(struct verb_run *r, const char *target, const char *request_id)
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
		ok = ok && send(r, &req, &done, &e);
		code = ok ? run_print(r, done) : run_print_error(r, &req, &e);
		free(seen);
	}
	verb_result_free(res);
	verb_result_free(done);
	return code;
}

/* --- what an earlier run left --- */
static void settle_leftovers(struct verb_run *r)
{
	struct intent_list left;
	struct err e = { 0 };
	if (!verb_pending_intents(r->engine, &left, &e)) {
		fprintf(stderr, "spotop: %s\n", e.text);
		return;
	}
	for (size_t i = 0; i < left.n; i++) {
		const struct intent *in = &left.items[i].in;
		struct verb_result *res;
		char at[32];
		if (r->request_id && strcmp(r->request_id, in->request_id) == 0) continue;
		time_iso(in->at_wall_ms, at);
		fprintf(stderr, "spotop: unresolved since %s: %s %s (request %s)\n", at, in->verb, in->target,
		        in->request_id);
		if (verb_settle_wait(r->engine, in, &res, &e)) {
			fprintf(stderr, "spotop: it %s\n",
			        res->status == VERB_ABSENT     ? "never happened"
			        : res->status == VERB_REPLAYED ? "was done"
			                                       : "was refused");
			verb_result_free(res);
		} else
			fprintf(stderr, "spotop: %s\n", e.text);
	}
	for (size_t i = 0; i < left.n_plans; i++)
		if (!r->resume || strcmp(r->resume, left.plans[i].bulk_id) != 0)
			fprintf(stderr, "spotop: a bulk of %zu (%s) was broken off: spotop %s --resume %s\n",
			        left.plans[i].n, left.plans[i].verb, left.plans[i].verb,
			        left.plans[i].bulk_id);
	intent_list_free(&left);
}

/* --- the run --- */
static bool open_links(struct verb_run *r, struct err *e)
{
	r->write = cli_db(r->c, DB_WRITE);
	if (!db_call(r->write, &sql_queries_ping, NULL, 0, NULL, NULL, e)) return false;
	struct verb_options opts = { .server = r->server, .unknown_ms = 60000, .verbs = verbs };
	conf_describe(&r->c->conf, r->server, sizeof r->server);
	const char *age = settings_get("spotop", "max-age-ms"),
	           *tolerance = settings_get("spotop", "price-tolerance");
	if (age) opts.max_age_ms = (unsigned)atoi(age);
	if (tolerance) opts.price_tolerance = atof(tolerance);
	r->engine = verb_open(cli_loop(r->c), r->write, &opts);
	verb_on_state(r->engine, on_state, r);
	return true;
}

struct db *run_read_link(struct verb_run *r)
{
	if (!r->read) r->read = cli_db(r->c, DB_READ);
	return r->read;
}

static int run(struct verb_run *r)
{
	struct err e = { 0 };
	if (!read_options(r, &e) || !read_words(r, &e) || !check_line(r, &e)) return cli_fail(r->c, &e);
	r->args_text = json_dumps(r->args, JSON_COMPACT);
	r->override_text = json_dumps(r->override, JSON_COMPACT);
	if (!r->dry_run && !r->c->yes && !isatty(STDIN_FILENO)) {
		err_set(&e, ERR_USAGE, "without a terminal to ask on this needs --yes (or --dry-run)");
		return cli_fail(r->c, &e);
	}
	if (!open_links(r, &e)) return cli_fail(r->c, &e);
	settle_leftovers(r);
	if (r->filter && !run_find_targets(r, &e)) return cli_fail(r->c, &e);
	if (r->resume || ((r->n_targets > 1 || r->filter) && !r->dry_run)) return run_bulk(r);
	if (r->n_targets > 1 && r->verb->target == VERB_AGENT && !run_blast_radius(r, &e))
		return cli_fail(r->c, &e);
	int code = 0;
	for (size_t i = 0; i < r->n_targets; i++) {
		int one = act_on_one(r, r->targets[i].target, r->request_id);
		if (one && !code) code = one;
	}
	if (r->has_wait && !code && !r->dry_run) code = run_wait(r);
	return code;
}

int cmd_verb_run(struct cli *c)
{
	struct verb_run r = { .c = c, .verb = verb_find(c->command->name), .wait_ms = 300 * 1000 };
	r.args = json_object();
	r.override = json_array();
	int code = run(&r);
	if (r.engine) verb_close_wait(r.engine);
	if (r.read) db_close_wait(r.read);
	if (r.write) db_close_wait(r.write);
	run_free(&r);
	return code;
}
