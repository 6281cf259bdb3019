/* evacuate.c - a zone or a pool is planned, the plan is shown, and its dialog asks for the code. */
#include "views/actions/evacuate.h"
#include "core/base/mem.h"
#include "core/fleet/verb.h"
#include "views/actions/dialog.h"
#include "views/actions/engine.h"
#include "views/actions/target.h"
#include "views/model/verbs.h"
#include "views/nav/nav.h"
#include "views/table/sheet_screen.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show(struct nav *nav, const char *plan, const char *label, int64_t read_at)
{
	struct view_args args = { 0 };
	struct table_place at = { .filter = NULL };
	struct dialog_target t = { .read_at_mono_ms = read_at };
	snprintf(t.id, sizeof t.id, "%s", plan);
	snprintf(t.label, sizeof t.label, "%s", label);
	view_args_set(&args, "plan", plan);
	if (sheet_screen_open(nav, view_find("plan"), &args, label, &at))
		dialog_open(nav, verb_find("run_plan"), &t, NULL);
}

static void planned(void *ctx, struct verb_result *r, const struct err *e)
{
	struct nav *nav = ctx;
	json_t *after = r && r->after_state ? json_loads(r->after_state, 0, NULL) : NULL;
	const char *plan = json_string_value(json_object_get(after, "plan_id"));
	if (e || !r)
		nav_say(nav, ST_WARN, "evacuate: %s", e ? e->text : "no answer");
	else if (!verb_is_ok(r) || !plan)
		nav_say(nav, ST_WARN, "evacuate: %s", r->message);
	else
		show(nav, plan, r->message, r->read_at_mono_ms);
	json_decref(after);
	verb_result_free(r);
	nav_urgent(nav);
}

enum reaction evacuate_begin(struct nav *nav, const struct verb *v, const struct dialog_target *t)
{
	bool is_pool = strncmp(t->scope, "pool:", 5) == 0;
	json_t *args = json_pack("{s:s}", "scope", is_pool ? "pool" : "az");
	if (!is_pool && *t->client) json_object_set_new(args, "client", json_string(t->client));
	char *text = json_dumps(args, JSON_COMPACT);
	struct verb_request req = { .verb = v, .target = t->id, .args = text };
	nav_say(nav, ST_DIM, "planning the way out of %s", t->label);
	verb_issue(actions_engine(nav), &req, planned, nav);
	free(text);
	json_decref(args);
	return R_BACK;
}
