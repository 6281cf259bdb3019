/* dialog.c - an action's dialog: state and keys; dialog_paint.c draws it. */
#include "views/actions/dialog.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "sql.h"
#include "views/actions/bulk_action.h"
#include "views/actions/dialog_args.h"
#include "views/actions/dialog_form.h"
#include "views/actions/dialog_int.h"
#include "views/actions/dialog_paint.h"
#include "views/actions/dialog_state.h"
#include "views/actions/engine.h"
#include "views/actions/offer.h"
#include "views/actions/small.h"
#include "views/actions/watch.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALONE_MS = 200 };

/* An answer that is due: kept apart from the dialog, since an action goes on when its dialog is gone. */
struct pending {
	struct dialog *d;
	struct nav *nav;
	bool is_issue, is_refresh;
	char verb[32], target[200];
};

static struct pending *pending_new(struct dialog *d, bool is_issue)
{
	struct pending *b = mem_alloc(sizeof *b);
	if (d->pending) d->pending->d = NULL; /* an older answer is no longer wanted */
	*b = (struct pending){ .d = d, .nav = d->popup.nav, .is_issue = is_issue };
	snprintf(b->verb, sizeof b->verb, "%s", d->verb->name);
	snprintf(b->target, sizeof b->target, "%s", d->target.label);
	d->pending = b;
	return b;
}

/* A value of the state a preview shows, as a person reads it; free(). */
static char *state_value(const json_t *v)
{
	char usd[40];
	if (json_is_string(v)) return mem_dup(json_string_value(v));
	if (json_is_real(v)) return mem_dup(fmt_price(usd, sizeof usd, json_real_value(v)));
	return v ? json_dumps(v, JSON_ENCODE_ANY) : NULL;
}

/* A price may move by what the action itself bears with, from the one that the confirmation began with: many small steps
 * are a large one. Everything else that it binds to stands as it was seen. */
static bool is_moved(struct dialog *d, const char *key, const json_t *was, const json_t *is)
{
	if (json_equal((json_t *)was, (json_t *)is)) return false;
	if (strcmp(key, "price") != 0 || !json_is_number(was) || !json_is_number(is)) return true;
	if (d->bound_price <= 0) d->bound_price = json_number_value(was);
	double most = verb_price_tolerance(actions_engine(d->popup.nav)) * d->bound_price;
	return fabs(json_number_value(is) - d->bound_price) > most;
}

/* The preview was asked anew while the operator looked: what he sees is never older than some seconds,
 * and what moved is said and must be confirmed again. What is typed stays otherwise. */
static void refreshed(struct dialog *d, struct verb_result *r, const struct err *e)
{
	static const char *const watched[] = { "version", "instance_id", "notice_status", "status",
		                               "pool_id", "pool",        "price" };
	if (e || d->step != DIALOG_CONFIRM) {
		verb_result_free(r);
		return;
	}
	json_t *before = d->result->before_state ? json_loads(d->result->before_state, 0, NULL) : NULL,
	       *now = r->before_state ? json_loads(r->before_state, 0, NULL) : NULL;
	for (size_t i = 0; i < ARRAY_LEN(watched); i++) {
		const json_t *was = json_object_get(before, watched[i]),
		             *is = json_object_get(now, watched[i]);
		if (!was || !is || !is_moved(d, watched[i], was, is)) continue;
		char *then = state_value(was), *since = state_value(is);
		snprintf(d->note, sizeof d->note,
		         "it changed while you looked: %s was %.60s, is %.60s; confirm again", watched[i],
		         then, since);
		edit_set(&d->edit, "");
		d->issue_at_ms = 0;
		d->bound_price = 0;
		free(then);
		free(since);
	}
	json_decref(before);
	json_decref(now);
	verb_result_free(d->result);
	d->result = r;
	nav_dirty(d->popup.nav);
}

static void preview(struct dialog *d);

static void answered(void *ctx, struct verb_result *r, const struct err *e)
{
	struct pending *b = ctx;
	struct dialog *d = b->d;
	if (b->is_issue && !e && verb_is_ok(r)) watch_add(b->nav, r->command_id, r->gtid, r->message);
	if (!d) { /* the operator has left; the outcome is said all the same */
		const char *what = e ? e->text : r->message ? r->message : verb_status_name(r->status);
		if (b->is_issue && nav_is_quitting(b->nav, NULL))
			fprintf(stderr, "spotop: %s %s: %s\n", b->verb, b->target, what);
		else if (b->is_issue)
			nav_say(b->nav, e || !verb_is_ok(r) ? ST_CRIT : ST_OK, "%s %s: %s", b->verb,
			        b->target, what);
		verb_result_free(r);
		free(b);
		return;
	}
	d->pending = NULL;
	if (b->is_refresh) {
		refreshed(d, r, e);
		free(b);
		return;
	}
	verb_result_free(d->result);
	d->result = r;
	d->has_error = e != NULL;
	if (e) d->error = *e;
	if (b->is_issue && r && r->status == VERB_CONFLICT) { /* the same action, but as things are now */
		snprintf(d->moved, sizeof d->moved, "%s", r->message ? r->message : "it changed");
		nav_wrote(b->nav);
		preview(d);
	} else if (b->is_issue) {
		dialog_step(d, DIALOG_OUTCOME);
		nav_wrote(b->nav);
		if (r && verb_is_ok(r) && d->verb->makes_command)
			nav_say(b->nav, ST_OK, "issued: %s", r->message);
	} else
		dialog_step(d, DIALOG_CONFIRM);
	free(b);
}

static char *args_json(const struct dialog *d)
{
	json_t *o = d->args ? json_deep_copy(d->args) : json_object();
	char *s = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return s;
}

static char *overrides_json(const struct dialog *d)
{
	json_t *list = json_array();
	for (size_t i = 0; d->result && i < d->result->n_guards && d->is_overriding; i++)
		if (!d->result->guards[i].is_ok)
			json_array_append_new(list, json_string(d->result->guards[i].name));
	char *s = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	return s;
}

static void preview(struct dialog *d)
{
	if (d->bulk) { /* the list goes on to the next window, which takes this one's place */
		struct bulk_action_target *list = d->bulk;
		char *with = args_json(d), why[sizeof d->reason];
		const struct verb *v = d->verb;
		struct nav *nav = d->popup.nav;
		size_t n = d->n_bulk;
		memcpy(why, d->reason, sizeof why);
		d->bulk = NULL;
		bulk_action_open(nav, v, list, n, with, *why ? why : NULL, NULL);
		free(with);
		return;
	}
	char *args = args_json(d), *over = overrides_json(d);
	struct verb_request r = { .verb = d->verb,
		                  .target = d->target.id,
		                  .args = args,
		                  .override = over,
		                  .reason = d->reason[0] ? d->reason : NULL };
	snprintf(r.request_id, sizeof r.request_id, "%s", d->request_id);
	d->bound_price = 0;
	dialog_step(d, DIALOG_PREVIEW);
	verb_preview(actions_engine(d->popup.nav), &r, answered, pending_new(d, false));
	snprintf(d->request_id, sizeof d->request_id, "%s", r.request_id);
	free(args);
	free(over);
}

static void refresh(struct dialog *d)
{
	char *args = args_json(d), *over = overrides_json(d);
	struct verb_request r = { .verb = d->verb,
		                  .target = d->target.id,
		                  .args = args,
		                  .override = over,
		                  .reason = d->reason[0] ? d->reason : NULL };
	snprintf(r.request_id, sizeof r.request_id, "%s", d->request_id);
	struct pending *b = pending_new(d, false);
	b->is_refresh = true;
	verb_preview(actions_engine(d->popup.nav), &r, answered, b);
	free(args);
	free(over);
}

static void issue(struct dialog *d)
{
	char *args = args_json(d), *over = overrides_json(d), *seen = verb_seen(d->result);
	struct verb_request r = { .verb = d->verb,
		                  .target = d->target.id,
		                  .args = args,
		                  .override = over,
		                  .seen = seen,
		                  .seen_at_mono_ms = d->result->read_at_mono_ms,
		                  .reason = d->reason[0] ? d->reason : NULL };
	snprintf(r.request_id, sizeof r.request_id, "%s", d->request_id);
	dialog_step(d, DIALOG_SENDING);
	verb_issue(actions_engine(d->popup.nav), &r, answered, pending_new(d, true));
	free(args);
	free(over);
	free(seen);
}

/* --- the wizard's targets --- */

/* The cheapest of those that the fewest guardrails forbid: what stands against the agent itself stands
 * against every target, and must not put the cursor on a cordoned one. */
static size_t first_usable(const struct dialog *d)
{
	char s[300];
	size_t best = 0, fewest = SIZE_MAX;
	for (size_t i = 0; i < d->targets->n_rows; i++) {
		const char *bad = dialog_failing(d, i, s, sizeof s);
		size_t n = bad ? 1 : 0;
		for (; bad && *bad; bad++) n += *bad == ' ';
		if (n < fewest) fewest = n, best = i;
	}
	return best;
}

static void got_targets(void *owner, struct table *t, const struct err *e)
{
	struct dialog *d = owner;
	if (e) {
		snprintf(d->note, sizeof d->note, "%s", e->text);
		return;
	}
	bool is_first = !d->targets;
	table_free(d->targets);
	d->targets = t;
	if (!is_first) return;
	d->cursor = first_usable(d);
	/* what an agent that has no primary needs is one; a replica of nothing helps nobody */
	if (dialog_is_launch(d) && t->n_rows && !table_get(t, 0, "old_instance_id")) d->is_other_way = true;
}

static void pick_target(struct dialog *d)
{
	const char *pool = table_get(d->targets, d->cursor, "pool");
	json_object_clear(d->args);
	if (pool)
		json_object_set_new(d->args, "pool", json_string(pool));
	else
		json_object_set_new(d->args, "mode", json_string("ondemand"));
	if (dialog_is_launch(d)) {
		if (!d->is_other_way) json_object_set_new(d->args, "role", json_string("replica"));
	} else if (d->is_other_way)
		json_object_set_new(d->args, "terminate_wait_seconds",
		                    json_integer(dialog_old_wait(d, d->cursor)));
	preview(d);
}

/* --- keys --- */

static enum reaction key_confirm(struct dialog *d, int key)
{
	bool is_refused = d->result && !dialog_may_issue(d) && !d->has_error;
	if (key == KEY_ESC_) return R_BACK;
	if (d->has_error || (is_refused && key == 'r')) {
		preview(d);
		return R_DRAW;
	}
	if (is_refused && key == 'o') {
		d->is_overriding = true;
		dialog_step(d, DIALOG_REASON);
		return R_DRAW;
	}
	if (!dialog_may_issue(d)) {
		small_key(&d->top, key);
		return R_DRAW;
	}
	if (key == KEY_ENTER_) return R_DRAW; /* never confirms */
	if (d->issue_at_ms) { /* a hand that types stops there; a paste without its brackets goes on */
		d->issue_at_ms = 0;
		snprintf(d->note, sizeof d->note, "more keys came after it: nothing was sent; type it alone");
		edit_set(&d->edit, "");
		return R_DRAW;
	}
	if (small_key(&d->top, key)) return R_DRAW;
	edit_key(&d->edit, key);
	const char *want = dialog_password(d), *typed = buf_str(&d->edit.text);
	if (strcmp(typed, want) == 0)
		d->issue_at_ms = clock_mono_ms() + ALONE_MS;
	else if (strlen(typed) >= strlen(want)) {
		snprintf(d->note, sizeof d->note, "that is not %s; nothing was sent", want);
		edit_set(&d->edit, "");
	}
	return R_DRAW;
}

static enum reaction key_outcome(struct dialog *d, int key)
{
	if (key == 'r' &&
	    dialog_may_repeat(d)) { /* a new look, typed once more; what is void needs a new id */
		if (!d->has_error && d->result->status == VERB_VOID) d->request_id[0] = 0;
		preview(d);
		return R_DRAW;
	}
	/* Issued: the keys that go elsewhere do so at once. */
	if (!d->has_error && ((key >= '1' && key <= '9') || key == '@' || key == ':')) return R_UNKNOWN;
	if (small_key(&d->top, key)) return R_DRAW;
	return key == KEY_ESC_ || key == KEY_ENTER_ || key == 'q' ? R_BACK : R_NONE;
}

static enum reaction key_edit(struct dialog *d, int key)
{
	bool is_whole = false;
	if (dialog_has_form(d) && dialog_form_key(d, key)) {
		offer_drop(&d->offer);
		return R_DRAW;
	}
	enum edit_result did = edit_key(&d->edit, key);
	if (did != EDIT_COMPLETE) offer_drop(&d->offer);
	switch (did) {
	case EDIT_LEFT: return R_BACK;
	case EDIT_COMPLETE: dialog_complete(d); return R_DRAW;
	case EDIT_DONE:
		if (d->step == DIALOG_SCOPE)
			is_whole = dialog_take_scope(d);
		else if (d->step == DIALOG_ARGS)
			is_whole = dialog_take_arg(d);
		else if (!edit_is_blank(&d->edit)) {
			snprintf(d->reason, sizeof d->reason, "%s", buf_str(&d->edit.text));
			is_whole = true;
		} else
			snprintf(d->note, sizeof d->note, "a reason is needed; it goes into the audit");
		if (is_whole) preview(d);
		return R_DRAW;
	default: return R_DRAW;
	}
}

static enum reaction key_targets(struct dialog *d, int key)
{
	size_t n = d->targets ? d->targets->n_rows : 0;
	if (key == KEY_ESC_ || key == 'q') return R_BACK;
	if ((key == 'j' || key == KEY_DOWN_) && d->cursor + 1 < n)
		d->cursor++;
	else if ((key == 'k' || key == KEY_UP_) && d->cursor)
		d->cursor--;
	else if (key == 'g' || key == KEY_HOME_)
		d->cursor = 0;
	else if ((key == 'G' || key == KEY_END_) && n)
		d->cursor = n - 1;
	else if (key == (dialog_is_launch(d) ? 'r' : 'o'))
		d->is_other_way = !d->is_other_way;
	else if (key == KEY_ENTER_ && d->cursor < n)
		pick_target(d);
	return R_DRAW;
}

static enum reaction dialog_key(struct popup *pp, int key, const char *paste)
{
	struct dialog *d = (struct dialog *)pp;
	if (paste) {
		if (d->step <= DIALOG_REASON && d->step != DIALOG_TARGETS)
			edit_insert(&d->edit, paste);
		else {
			d->issue_at_ms = 0;
			snprintf(d->note, sizeof d->note, "a paste confirms nothing");
		}
		return R_DRAW;
	}
	if (clock_mono_ms() < d->deaf_until_ms) { /* auto-repeat and type-ahead confirm nothing */
		d->deaf_until_ms = clock_mono_ms() + DIALOG_DEAF_MS;
		return R_NONE;
	}
	switch (d->step) {
	case DIALOG_TARGETS: return key_targets(d, key);
	case DIALOG_SCOPE:
	case DIALOG_ARGS:
	case DIALOG_REASON: return key_edit(d, key);
	case DIALOG_CONFIRM: return key_confirm(d, key);
	case DIALOG_PREVIEW:
	case DIALOG_SENDING: return key == KEY_ESC_ ? R_BACK : R_NONE;
	case DIALOG_OUTCOME: return key_outcome(d, key);
	}
	return R_NONE;
}

static void dialog_tick(struct popup *pp)
{
	struct dialog *d = (struct dialog *)pp;
	int64_t now = clock_mono_ms();
	if (d->step == DIALOG_CONFIRM && d->issue_at_ms) {
		if (now >= d->issue_at_ms && dialog_may_issue(d)) issue(d);
		return;
	}
	if (d->step == DIALOG_CONFIRM && !d->pending && d->result && !d->has_error &&
	    now - d->result->read_at_mono_ms > 3000)
		refresh(d);
	if (d->step == DIALOG_TARGETS && now >= d->next_targets_ms && !ask_is_busy(d->ask)) {
		struct view_args args = { 0 };
		view_args_set(&args, "agent", d->target.agent_id);
		nav_by_hand(pp->nav,
		            !d->targets); /* who opened it waits; after that they are only kept fresh */
		ask_query(d->ask, &sql_queries_switch_targets, &args);
		nav_by_hand(pp->nav, false);
		d->next_targets_ms = now + 3000;
	}
}

static void dialog_close(struct popup *pp)
{
	struct dialog *d = (struct dialog *)pp;
	if (d->pending) d->pending->d = NULL;
	ask_free(d->ask);
	free(d->bulk);
	table_free(d->targets);
	verb_result_free(d->result);
	json_decref(d->args);
	edit_free(&d->edit);
	offer_free(&d->offer);
	ask_free(d->settings_ask);
	table_free(d->settings);
	free(d);
}

static const struct popup_ops dialog_ops = { .paint = dialog_paint,
	                                     .key = dialog_key,
	                                     .tick = dialog_tick,
	                                     .close = dialog_close,
	                                     .is_dialog = true };

static struct dialog *dialog_new(struct nav *nav, const struct verb *v, const struct dialog_target *t,
                                 const char *args)
{
	struct dialog *d = mem_alloc(sizeof *d);
	d->popup.ops = &dialog_ops;
	d->verb = v;
	d->target = *t;
	/* the action's name says what it is: run-plan 5e57de3f */
	if (v->target == VERB_PLAN && strncmp(t->label, "plan ", 5) == 0)
		snprintf(d->target.label, sizeof d->target.label, "%s", t->label + 5);
	d->args = args ? json_loads(args, 0, NULL) : json_object();
	if (!d->args) d->args = json_object();
	d->ask = ask_new(nav, d, got_targets);
	nav_popup(nav, &d->popup);
	return d;
}

void dialog_open(struct nav *nav, const struct verb *v, const struct dialog_target *t, const char *args)
{
	struct dialog *d = dialog_new(nav, v, t, args);
	bool has_wizard = v->one_of && strncmp(v->one_of, "pool", 4) == 0;
	if (v->target == VERB_SCOPE) {
		dialog_step(d, DIALOG_SCOPE);
		edit_set(&d->edit, d->target.scope[0] ? d->target.scope : "fleet");
	} else if (has_wizard && !json_object_size(d->args) && d->target.agent_id[0])
		dialog_step(d, DIALOG_TARGETS);
	else if (json_object_size(d->args) || dialog_next_arg(d))
		preview(d); /* an inverse brings its arguments along */
}

void dialog_open_bulk(struct nav *nav, const struct verb *v, const struct dialog_target *t,
                      struct bulk_action_target *list, size_t n)
{
	struct dialog *d = dialog_new(nav, v, t, NULL);
	d->bulk = list;
	d->n_bulk = n;
	if (dialog_next_arg(d)) preview(d);
}
