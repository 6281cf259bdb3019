/* verb_result.c - the row a verb answers with, as a struct; and the names of things. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "core/fleet/verb.h"
#include "core/fleet/verb_int.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {
	[VERB_DONE] = "done",         [VERB_DRY_RUN] = "dry_run",   [VERB_REFUSED] = "refused",
	[VERB_CONFLICT] = "conflict", [VERB_REPLAYED] = "replayed", [VERB_VOID] = "void",
};

const char *verb_status_name(enum verb_status s) { return status_names[s]; }

const char *verb_target_name(enum verb_target t)
{
	static const char *const names[] = {
		[VERB_AGENT] = "AGENT",       [VERB_INSTANCE] = "INSTANCE", [VERB_POOL] = "POOL",
		[VERB_COMMAND] = "COMMAND",   [VERB_SCOPE] = "SCOPE",       [VERB_ALERT] = "ALERT",
		[VERB_INCIDENT] = "INCIDENT", [VERB_JOB] = "JOB",           [VERB_PLAN] = "PLAN",
		[VERB_PLACE] = "ZONE|POOL",
	};
	return names[t];
}

static bool status_parse(const char *s, enum verb_status *out)
{
	for (size_t i = 0; s && i < ARRAY_LEN(status_names); i++)
		if (strcmp(status_names[i], s) == 0) {
			*out = (enum verb_status)i;
			return true;
		}
	return false;
}

static bool is_true(const json_t *j, const char *key)
{
	const json_t *v = json_object_get(j, key);
	return json_is_true(v) || (json_is_integer(v) && json_integer_value(v));
}

static void read_guards(struct verb_result *r)
{
	json_t *list = r->guardrails ? json_loads(r->guardrails, 0, NULL) : NULL;
	size_t n = json_array_size(list);
	r->guards = arena_alloc(&r->table->arena, (n ? n : 1) * sizeof *r->guards);
	for (size_t i = 0; i < n; i++) {
		const json_t *g = json_array_get(list, i);
		const char *name = json_string_value(json_object_get(g, "name"));
		const char *detail = json_string_value(json_object_get(g, "detail"));
		r->guards[r->n_guards++] = (struct verb_guard){
			.name = arena_str(&r->table->arena, name ? name : "?"),
			.detail = arena_str(&r->table->arena, detail ? detail : ""),
			.is_ok = is_true(g, "ok"),
			.is_overridden = is_true(g, "overridden"),
			.may_override = is_true(g, "may_override"),
		};
	}
	json_decref(list);
}

struct verb_result *verb_result_from_table(struct table *t, struct err *e)
{
	enum verb_status status;
	if (t->n_rows != 1 || !status_parse(table_get(t, 0, "status"), &status)) {
		table_free(t);
		err_set(e, ERR_INTERNAL, "the verb's procedure answered in a way this program does not know");
		return NULL;
	}
	struct verb_result *r = mem_alloc(sizeof *r);
	const char *id = table_get(t, 0, "request_id"), *text = table_get(t, 0, "message");
	*r = (struct verb_result){
		.command_id = table_get(t, 0, "command_id"),
		.target = table_get(t, 0, "target"),
		.status = status,
		.message = text ? text : "",
		.guardrails = table_get(t, 0, "guardrails"),
		.before_state = table_get(t, 0, "before_state"),
		.after_state = table_get(t, 0, "after_state"),
		.gtid = table_get(t, 0, "gtid"),
		.version = table_int(t, 0, "version", -1),
		.read_at_mono_ms = clock_mono_ms(),
		.table = t,
	};
	if (id) strncpy(r->request_id, id, sizeof r->request_id - 1);
	read_guards(r);
	return r;
}

void verb_result_free(struct verb_result *r)
{
	if (!r) return;
	table_free(r->table);
	free(r);
}

bool verb_is_ok(const struct verb_result *r)
{
	return r->status == VERB_DONE || r->status == VERB_DRY_RUN || r->status == VERB_REPLAYED;
}

int verb_exit_code(const struct verb_result *r)
{
	switch (r->status) {
	case VERB_DONE:
	case VERB_DRY_RUN:
	case VERB_REPLAYED: return 0;
	case VERB_REFUSED:
	case VERB_VOID: return err_exit_code(ERR_REFUSED);
	case VERB_CONFLICT: return err_exit_code(ERR_CONFLICT);
	}
	return err_exit_code(ERR_INTERNAL);
}

/* Keys that verb_moved (sql/schema) compares. Not the instance's version: its price moves that. */
char *verb_seen(const struct verb_result *preview)
{
	static const char *const keys[] = { "version", "instance_id",   "instance_status",
		                            "role",    "notice_status", "status",
		                            "pool",    "price",         "target_pool" };
	json_t *before =
	        preview->before_state ? json_loads(preview->before_state, JSON_DECODE_ANY, NULL) : NULL;
	json_t *seen = json_object();
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *v = json_object_get(before, keys[i]);
		if (v && !json_is_null(v)) json_object_set(seen, keys[i], v);
	}
	char *text = json_dumps(seen, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(seen);
	json_decref(before);
	return text;
}

void verb_request_copy(struct verb_request *to, const struct verb_request *from, struct arena *a)
{
	*to = *from;
	to->target = arena_str(a, from->target);
	to->args = arena_str(a, from->args ? from->args : "{}");
	to->seen = arena_str(a, from->seen);
	to->override = arena_str(a, from->override ? from->override : "[]");
	to->reason = arena_str(a, from->reason);
	to->bulk_id = arena_str(a, from->bulk_id);
}
