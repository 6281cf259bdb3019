/* dialog_args.c - a verb's arguments asked for, one line after the other, and taken into its JSON. */
#include "views/actions/dialog_args.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/actions/dialog_form.h"
#include "views/actions/dialog_state.h"
#include "views/model/names.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct verb_arg *arg_now(const struct dialog *d)
{
	const struct verb_arg *a = d->verb->args;
	return a && (a[d->arg_at].key) ? &a[d->arg_at] : NULL;
}

/* "pool mode": one argument for both; the other ways to say it are words in its answer. */
static bool is_place(const struct dialog *d, const struct verb_arg *a)
{
	return d->verb->one_of && strncmp(d->verb->one_of, "pool", 4) == 0 && strcmp(a->key, "pool") == 0;
}

/* A flag is asked for when it is no other way to say another argument. */
static bool is_wanted(const struct dialog *d, const struct verb_arg *a)
{
	if (json_object_get(d->args, a->key)) return false;
	if (a->kind != VERB_FLAG) return true;
	if (d->verb->one_of && strstr(d->verb->one_of, a->key)) return false;
	for (const struct verb_arg *o = d->verb->args; o->key; o++)
		if (o != a && strcmp(o->key, a->key) == 0) return false;
	return true;
}

bool dialog_next_arg(struct dialog *d)
{
	while (arg_now(d) && !is_wanted(d, arg_now(d))) d->arg_at++;
	if (arg_now(d)) {
		dialog_step(d, DIALOG_ARGS);
		if (dialog_has_form(d)) dialog_form_begin(d);
		if (is_place(d, arg_now(d))) edit_set(&d->edit, "best");
	} else if (d->verb->needs_reason && !d->reason[0])
		dialog_step(d, DIALOG_REASON);
	else
		return true;
	return false;
}

/* "auto_switch=on replica_count=2", as on the command line. */
static bool take_keyvalues(struct dialog *d, const char *key, const char *text)
{
	json_t *set = json_object();
	char all[400];
	bool ok = true;
	snprintf(all, sizeof all, "%s", text);
	for (char *save = NULL, *w = strtok_r(all, " ", &save); w && ok; w = strtok_r(NULL, " ", &save)) {
		char *eq = strchr(w, '=');
		ok = eq && eq != w;
		if (!ok) break;
		*eq = 0;
		if (!dialog_form_is_now(d, w, eq + 1)) json_object_set_new(set, w, json_string(eq + 1));
	}
	if (ok && *text && !json_object_size(set))
		snprintf(d->note, sizeof d->note, "that is what it is already: nothing would change");
	else if (ok && json_object_size(set))
		json_object_set(d->args, key, set);
	else
		ok = false,
		snprintf(d->note, sizeof d->note, "write it as key=value, several separated by blanks");
	ok = ok && json_object_size(set);
	json_decref(set);
	return ok;
}

static bool take_flag(struct dialog *d, const struct verb_arg *a, const char *text)
{
	bool is_yes = strcmp(text, "y") == 0 || strcmp(text, "yes") == 0,
	     is_no = !*text || strcmp(text, "n") == 0 || strcmp(text, "no") == 0;
	if (is_yes)
		json_object_set_new(d->args, a->key,
		                    json_loads(a->value ? a->value : "true", JSON_DECODE_ANY, NULL));
	else if (!is_no)
		snprintf(d->note, sizeof d->note, "y or n");
	return is_yes || is_no;
}

static bool take_text(struct dialog *d, const struct verb_arg *a, const char *text)
{
	struct err e;
	int64_t ms;
	bool is_needed =
	        a->is_required || is_place(d, a) || (d->verb->one_of && strcmp(d->verb->one_of, a->key) == 0);
	if (a->kind == VERB_FLAG) return take_flag(d, a, text);
	if (!*text && is_needed && a->kind == VERB_DURATION && a->name) text = a->name; /* as it is shown */
	if (!*text) {
		if (is_needed) snprintf(d->note, sizeof d->note, "%s is needed", a->name ? a->name : a->key);
		return !is_needed;
	}
	if (is_place(d, a) && (strcmp(text, "on-demand") == 0 || strcmp(text, "ondemand") == 0))
		return json_object_set_new(d->args, "mode", json_string("ondemand")) == 0;
	if (a->kind == VERB_KEYVALUE) return take_keyvalues(d, a->key, text);
	if (a->kind == VERB_DURATION) {
		if (!duration_parse(text, &ms, &e)) {
			snprintf(d->note, sizeof d->note, "%s", e.text);
			return false;
		}
		json_object_set_new(d->args, a->key, json_integer((ms + 999) / 1000));
	} else if (a->kind == VERB_INT)
		json_object_set_new(d->args, a->key, json_integer(atoll(text)));
	else
		json_object_set_new(d->args, a->key, json_string(text));
	return true;
}

bool dialog_take_arg(struct dialog *d)
{
	if (!take_text(d, arg_now(d), buf_str(&d->edit.text))) return false;
	d->arg_at++;
	return dialog_next_arg(d);
}

/* A freeze or thaw is of what is typed, not of the row it was opened on. */
bool dialog_take_scope(struct dialog *d)
{
	if (edit_is_blank(&d->edit)) return false;
	snprintf(d->target.id, sizeof d->target.id, "%s", buf_str(&d->edit.text));
	snprintf(d->target.label, sizeof d->target.label, "%s", d->target.id);
	d->target.instance_id[0] = d->target.agent_id[0] = 0;
	return dialog_next_arg(d);
}

static const char scope_words[] = "fleet client: agent: pool: az: region:";

void dialog_complete(struct dialog *d)
{
	struct nav *nav = d->popup.nav;
	const struct verb_arg *a = arg_now(d);
	const char *line = buf_str(&d->edit.text);
	size_t prefix;
	const char *kinds = names_of_scope(line, &prefix);
	if (d->step == DIALOG_SCOPE)
		offer_tab(&d->offer, nav, &d->edit, prefix ? ":" : "", prefix ? NULL : scope_words,
		          *line ? kinds : "");
	else if (d->step == DIALOG_REASON)
		offer_tab(&d->offer, nav, &d->edit, "", NULL, "reason");
	else if (dialog_has_form(d))
		dialog_form_tab(d);
	else if (a && is_place(d, a))
		offer_tab(&d->offer, nav, &d->edit, "", "best on-demand", "pool");
	else if (a && a->kind == VERB_DURATION)
		offer_tab(&d->offer, nav, &d->edit, "", "15m 1h 2h 8h 24h", "");
	else if (a && a->kind == VERB_FLAG)
		offer_tab(&d->offer, nav, &d->edit, "", "y n", "");
	else
		snprintf(d->note, sizeof d->note, "a text of your own: there is nothing to complete");
}
