/* actions.c - what the console does by name; and what any name means here: the screen's own action, its table's,
 * the console's. */
#include "views/app/actions.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/actions/menu.h"
#include "views/actions/undo.h"
#include "views/app/app.h"
#include "views/app/columns.h"
#include "views/app/copy.h"
#include "views/app/pages.h"
#include "views/app/prompt.h"
#include "views/app/save.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/past.h"
#include "views/nav/trail.h"
#include "views/table/sheet.h"
#include "views/table/sheet_actions.h"
#include "views/table/sheet_screen.h"
#include <stdio.h>
#include <string.h>

/* --- going --- */

static enum reaction no_row(struct app *a)
{
	nav_say(a->nav, ST_DIM, "no row here");
	return R_DRAW;
}

static enum reaction open_row(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	size_t row;
	const struct view *v;
	struct table *t = nav_row(a->nav, &row, &v);
	if (!t) return no_row(a);
	const struct view *to = v->opens ? view_find(v->opens) : NULL;
	if (to && v->opens_where) {
		struct buf where = BUF_EMPTY;
		view_where(v->opens_where, t, row, &where);
		struct table_place at = { .filter = buf_str(&where) };
		sheet_screen_open(a->nav, to, NULL, table_get(t, row, v->label), &at);
		buf_free(&where);
		return R_DRAW;
	}
	const char *value = to ? table_get(t, row, v->opens_from) : NULL;
	if (!to || !value) {
		describe_open(a->nav, false);
		return R_DRAW;
	}
	struct view_args args = { 0 };
	view_args_set(&args, v->opens_param, value);
	const char *label = v->label ? table_get(t, row, v->label) : NULL;
	nav_open(a->nav, to, &args, label ? label : value);
	return R_DRAW;
}

static enum reaction go_out(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	struct sheet *s = nav_sheet(a->nav);
	if (save_stop(a) || (s && sheet_stop(s))) return R_DRAW;
	if (s && s->filter) {
		char key[sizeof s->rows.key];
		memcpy(key, s->rows.key, sizeof key);
		sheet_filter(s, "", NULL);
		sheet_stand(s, key, 0);
		return R_DRAW;
	}
	if (s && (s->rows.n_marks || s->rows.has_range)) {
		rows_clear_marks(&s->rows);
		s->rows.has_range = false;
		return R_DRAW;
	}
	if (s && s->faults_only) return sheet_action(s, "faults");
	if (s && (s->follow[0] || s->col_at[0])) {
		s->follow[0] = s->col_at[0] = 0;
		return R_DRAW;
	}
	if (a->is_full) {
		a->is_full = false;
		return R_DRAW;
	}
	if (nav_depth(a->nav) > 1)
		nav_back(a->nav);
	else
		nav_say(a->nav, ST_DIM, "this is the top; q %s",
		        !nav_is_home(a->nav)  ? "goes to the overview"
		        : nav_is_past(a->nav) ? "comes back to now"
		                              : "quits");
	return R_DRAW;
}

static enum reaction interrupt(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	int64_t now = clock_mono_ms();
	if (now - a->last_c_c_ms < 1000) return R_QUIT;
	a->last_c_c_ms = now;
	struct sheet *s = nav_sheet(a->nav);
	if (s && ask_is_busy(s->ask)) {
		ask_cancel(s->ask);
		nav_say(a->nav, ST_INFO, "stopped; C-c again quits");
	} else
		nav_say(a->nav, ST_INFO, "nothing is running; C-c again quits");
	return R_DRAW;
}

static enum reaction go_view(void *on, int digit)
{
	struct app *a = on;
	const struct view *v = view_by_digit((char)digit);
	if (v) nav_open(a->nav, v, NULL, NULL);
	return R_DRAW;
}

/* The agent that the row under the cursor speaks of, whatever the view. */
static const char *agent_here(struct app *a)
{
	size_t row;
	const struct view *v;
	struct table *t = nav_row(a->nav, &row, &v);
	const char *id = t ? table_get(t, row, "agent_id") : NULL;
	if (!id && nav_top(a->nav)) id = view_args_get(&nav_top(a->nav)->args, "agent");
	return id;
}

/* My commands; from there all my actions, those that make no command too, as the audit log has them. */
static enum reaction open_mine(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	const struct screen *top = nav_top(a->nav);
	struct view_args args = { 0 };
	bool is_tracker = top && top->view && strcmp(top->view->name, "tracker") == 0;
	const struct view *v = view_find(is_tracker ? "audit" : "tracker");
	if (is_tracker) view_args_set(&args, "mine", "1");
	if (v) nav_open(a->nav, v, &args, is_tracker ? "mine" : NULL);
	return R_DRAW;
}

static enum reaction open_for_agent(struct app *a, const char *view)
{
	const char *id = agent_here(a);
	const struct view *v = view_find(view);
	if (!id || !v) {
		size_t row;
		const struct view *here;
		bool is_read = nav_row(a->nav, &row, &here) != NULL;
		nav_say(a->nav, ST_WARN, is_read ? "this row belongs to no agent" : "no row is here yet");
		return R_DRAW;
	}
	char agent[64];
	snprintf(agent, sizeof agent, "%s", id);
	struct view_args args = { 0 };
	view_args_set(&args, "agent", agent);
	size_t row;
	const struct view *from;
	struct table *t = nav_row(a->nav, &row, &from);
	const char *name = t ? table_get(t, row, "agent") : NULL;
	if (!name) name = nav_top(a->nav)->crumb[0] ? nav_top(a->nav)->crumb : agent;
	char crumb[80];
	snprintf(crumb, sizeof crumb, "%s", name);
	nav_open(a->nav, v, &args, crumb);
	return R_DRAW;
}

/* What happened to what the row speaks of: its agent, else its pool, else its client. */
static enum reaction open_related(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	static const struct {
		const char *view, *col, *param, *name;
	} known[] = { { "pools", "pool", "pool", "pool" },
		      { "prices", "pool", "pool", "pool" },
		      { "clients", "client_id", "client", "client" } };
	size_t row;
	const struct view *v;
	struct table *t = nav_row(a->nav, &row, &v);
	for (size_t i = 0; t && i < ARRAY_LEN(known); i++) {
		const char *id = strcmp(v->name, known[i].view) == 0 ? table_get(t, row, known[i].col) : NULL;
		if (!id) continue;
		struct view_args args = { 0 };
		char name[80];
		view_args_set(&args, known[i].param, id);
		snprintf(name, sizeof name, "%s", table_get(t, row, known[i].name));
		nav_open(a->nav, view_find("timeline"), &args, name);
		return R_DRAW;
	}
	return open_for_agent(a, "timeline");
}

static enum reaction open_why(void *on, int arg)
{
	(void)arg;
	return open_for_agent(on, "why");
}

static enum reaction history(void *on, int by)
{
	struct app *a = on;
	if (by)
		nav_history(a->nav, by);
	else
		nav_history_last(a->nav);
	return R_DRAW;
}

static enum reaction react(void *on, int r)
{
	(void)on;
	return (enum reaction)r;
}

static enum reaction focus(void *on, int by)
{
	struct screen *s = nav_top(((struct app *)on)->nav);
	if (!s || !s->ops->focus) return R_UNKNOWN;
	s->ops->focus(s, by);
	return R_DRAW;
}

/* --- windows and prompts --- */

static enum reaction prompt(void *on, int kind)
{
	prompt_open(on, (enum prompt_kind)kind);
	return R_DRAW;
}

static enum reaction help(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	help_open(a->nav, a->keymap);
	return R_DRAW;
}

static enum reaction describe(void *on, int is_raw)
{
	describe_open(((struct app *)on)->nav, is_raw);
	return R_DRAW;
}

static enum reaction columns(void *on, int arg)
{
	(void)arg;
	columns_open(((struct app *)on)->nav);
	return R_DRAW;
}

static enum reaction menu(void *on, int arg)
{
	(void)arg;
	menu_open(((struct app *)on)->nav, NULL);
	return R_DRAW;
}

static enum reaction undo(void *on, int arg)
{
	(void)arg;
	undo_open(((struct app *)on)->nav);
	return R_DRAW;
}

/* --- how it is shown --- */

static enum reaction toggle_flag(void *on, int f)
{
	static const char *const said[NAV_FLAGS][2] = {
		[NAV_WIDE] = { "the usual columns", "all columns; Left and Right scroll them" },
		[NAV_LOCAL] = { "times are UTC", "times are local" }
	};
	struct app *a = on;
	bool is_on = !nav_has(a->nav, (enum nav_flag)f);
	nav_set(a->nav, (enum nav_flag)f, is_on);
	struct sheet *s = f == NAV_WIDE && !is_on ? nav_sheet(a->nav) : NULL;
	if (s) s->skip_cols = 0; /* what was scrolled to is gone */
	if (said[f][is_on]) nav_say(a->nav, ST_INFO, "%s", said[f][is_on]);
	return R_DRAW;
}

static enum reaction toggle_full(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	a->is_full = !a->is_full;
	return R_DRAW;
}

static enum reaction toggle_header(void *on, int arg)
{
	struct app *a = on;
	(void)arg;
	a->is_bare = !a->is_bare;
	return R_DRAW;
}

static enum reaction refresh(void *on, int arg)
{
	struct app *a = on;
	struct sheet *s = nav_sheet(a->nav);
	(void)arg;
	if (s) sheet_again(s);
	db_retry_now(nav_read_link(a->nav));
	return R_FETCH;
}

static enum reaction redraw(void *on, int arg)
{
	(void)arg;
	term_redraw(((struct app *)on)->term);
	return R_DRAW;
}

static enum reaction suspend(void *on, int arg)
{
	(void)arg;
	term_suspend(((struct app *)on)->term);
	return R_DRAW;
}

// clang-format off
const struct action console_actions[] = {
	{ "open",           "Enter",   "open the row", open_row, 0 },
	{ "out",            "Esc",     "clear prompt, filter, marks; then back", go_out, 0 },
	{ "back",           "q",       "back; in the overview quit", react, R_BACK },
	{ "quit",           "Q",       "quit", react, R_QUIT },
	{ "interrupt",      "C-c",     "stop the running query; twice quits", interrupt, 0 },
	{ "palette",        ":",       "go to a view, do anything by name", prompt, PROMPT_PALETTE },
	{ "filter",         "/",       "filter: col:val col>n col~re !x a|b", prompt, PROMPT_FILTER },
	{ "help",           "? F1",   "this help", help, 0 },
	{ "view.1",         "1",       "overview", go_view, '1' },
	{ "view.2",         "2",       "agents", go_view, '2' },
	{ "view.3",         "3",       "instances", go_view, '3' },
	{ "view.4",         "4",       "events", go_view, '4' },
	{ "view.5",         "5",       "commands", go_view, '5' },
	{ "view.6",         "6",       "switches", go_view, '6' },
	{ "view.7",         "7",       "prices", go_view, '7' },
	{ "view.8",         "8",       "jobs", go_view, '8' },
	{ "view.9",         "9",       "timeline", go_view, '9' },
	{ "focus.next",     "Tab",     "next panel", focus, 1 },
	{ "focus.prev",     "S-Tab",   "previous panel", focus, -1 },
	{ "history.back",   "[",       "view before", history, -1 },
	{ "history.forward","]",       "view after", history, 1 },
	{ "history.last",   "-",       "last view", history, 0 },
	{ "describe",       "d",       "all of the row", describe, false },
	{ "raw",            "J",       "the row as JSON", describe, true },
	{ "related",        "l",       "events and commands of this row", open_related, 0 },
	{ "why",            "W",       "why is it unhealthy", open_why, 0 },
	{ "full",           "f",       "full screen", toggle_full, 0 },
	{ "screen.pause",   "Z =",     "pause the screen; ages go on", toggle_flag, NAV_PAUSED },
	{ "copy",           "c",       "copy what the chosen cell shows, else the row's id", copy_cell, 0 },
	{ "copy.menu",      "y",       "copy something else of the row: asks what", copy_ask, 0 },
	{ "copy.row",       "C",       "copy the row, tab-separated columns", copy_row, 0 },
	{ "columns",        "o",       "choose the columns", columns, 0 },
	{ "save",           "C-s",     "save the view as CSV or JSON", prompt, PROMPT_SAVE },
	{ "refresh",        "R C-r",   "refresh now", refresh, 0 },
	{ "redraw",         "C-l",     "redraw the screen", redraw, 0 },
	{ "wide",           "C-w",     "all columns, as many as fit: Left and Right scroll them; or the usual ones", toggle_flag, NAV_WIDE },
	{ "header",         "C-e",     "header and tabs away or back", toggle_header, 0 },
	{ "timezone",       "t",       "UTC or local time", toggle_flag, NAV_LOCAL },
	{ "suspend",        "C-z",     "to the shell; fg comes back", suspend, 0 },
	{ "act",            "a F9",    "action menu: the only door to commands", menu, 0 },
	{ "undo",           "u",       "prepare the inverse of my last action, a bulk whole (tracker: of this)", undo, 0 },
	{ "mine",           "@",       "my commands; again: all my actions, from the audit log", open_mine, 0 },
	{ 0 },
};
// clang-format on

enum reaction action_do(struct app *a, const char *name)
{
	struct screen *s = nav_top(a->nav);
	enum reaction r = R_UNKNOWN;
	if (nav_is_past(a->nav) && (strcmp(name, "sort.next") == 0 || strcmp(name, "sort.prev") == 0)) {
		nav_step(a->nav, strcmp(name, "sort.next") == 0 ? 1 : -1);
		return R_DRAW;
	}
	if (s) r = action_run(s->ops->actions, name, s);
	if (r == R_UNKNOWN && s && s->ops->action)
		r = s->ops->action(s, name);
	else if (r == R_UNKNOWN && nav_sheet(a->nav))
		r = sheet_action(nav_sheet(a->nav), name);
	if (r == R_UNKNOWN) r = action_run(console_actions, name, a);
	return r == R_UNKNOWN ? action_run(copy_choices, name, a) : r;
}
