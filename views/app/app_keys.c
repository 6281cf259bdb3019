/* app_keys.c - from a key to what it means: popup, prompt, keymap, then the screen. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/actions/undo.h"
#include "views/app/palette.h"
#include "views/cli/cli.h"
#include "views/nav/app_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The row under the cursor and the view it belongs to. */
static struct table *row_here(struct app *a, size_t *row, const struct view **v)
{
	struct screen *s = app_top(a);
	if (!s || !s->ops->row) return NULL;
	*v = s->ops->target_view ? s->ops->target_view(s) : s->view;
	return *v ? s->ops->row(s, row) : NULL;
}

static enum reaction open_row(struct app *a)
{
	size_t row;
	const struct view *v;
	struct table *t = row_here(a, &row, &v);
	if (!t) return R_NONE;
	const struct view *to = v->opens ? view_find(v->opens) : NULL;
	const char *value = to ? table_get(t, row, v->opens_from) : NULL;
	if (!to || !value) {
		describe_open(a, false);
		return R_DRAW;
	}
	struct view_args args = { 0 };
	view_args_set(&args, v->opens_param, value);
	const char *label = v->label ? table_get(t, row, v->label) : NULL;
	app_open(a, to, &args, label ? label : value);
	return R_DRAW;
}

static enum reaction go_out(struct app *a)
{
	struct sheet *s = app_sheet(a);
	if (save_stop(a) || (s && sheet_stop(s))) return R_DRAW;
	if (s && s->filter) {
		sheet_filter(s, "", NULL);
		return R_DRAW;
	}
	if (s && (s->rows.n_marks || s->rows.has_range)) {
		rows_clear_marks(&s->rows);
		s->rows.has_range = false;
		return R_DRAW;
	}
	if (s && s->faults_only) return sheet_act(s, "faults");
	if (s && (s->follow[0] || s->col_at[0])) {
		s->follow[0] = s->col_at[0] = 0;
		return R_DRAW;
	}
	if (a->is_full) {
		a->is_full = false;
		return R_DRAW;
	}
	if (a->depth > 1)
		app_back(a);
	else
		app_say(a, ST_DIM, "this is the top; q quits");
	return R_DRAW;
}

static enum reaction interrupt(struct app *a)
{
	int64_t now = clock_mono_ms();
	if (now - a->last_c_c_ms < 1000) {
		app_quit(a, 0);
		return R_NONE;
	}
	a->last_c_c_ms = now;
	struct sheet *s = app_sheet(a);
	if (s && ask_is_busy(s->ask)) {
		ask_cancel(s->ask);
		app_say(a, ST_INFO, "stopped; C-c again quits");
	} else
		app_say(a, ST_INFO, "nothing is running; C-c again quits");
	return R_DRAW;
}

static enum reaction go_view(struct app *a, char digit)
{
	const struct view *v = view_by_digit(digit);
	if (v) app_open(a, v, NULL, NULL);
	return R_DRAW;
}

/* Every column that was read, in the query's order. */
static enum reaction copy_row(struct app *a)
{
	size_t row;
	const struct view *v;
	struct table *t = row_here(a, &row, &v);
	struct buf line = { .max = 65536 };
	if (!t) return R_NONE;
	for (size_t c = 0; c < t->n_cols; c++) {
		const char *value = t->cells[row * t->n_cols + c].s;
		if (c) buf_addc(&line, '\t');
		for (; value && *value; value++)
			buf_addc(&line, *value == '\t' || *value == '\n' ? ' ' : *value);
	}
	app_copy(a, "row", buf_str(&line));
	buf_free(&line);
	return R_DRAW;
}

static enum reaction copy_cell(struct app *a)
{
	size_t row;
	const struct view *v;
	struct table *t = row_here(a, &row, &v);
	struct sheet *s = app_sheet(a);
	if (t && s && s->col_at[0] && table_col(t, s->col_at) >= 0) {
		const char *cell = table_get(t, row, s->col_at);
		if (cell)
			app_copy(a, s->col_at, cell);
		else
			app_say(a, ST_DIM, "%s is not known here: nothing copied", s->col_at);
		return R_DRAW;
	}
	const char *id = t ? table_get(t, row, v->target_col ? v->target_col : v->row_key) : NULL;
	if (id) app_copy(a, v->target_col ? v->target_col : v->row_key, id);
	return R_DRAW;
}

/* The agent that the row under the cursor speaks of, whatever the view. */
static const char *agent_here(struct app *a)
{
	size_t row;
	const struct view *v;
	struct table *t = row_here(a, &row, &v);
	const char *id = t ? table_get(t, row, "agent_id") : NULL;
	if (!id && app_top(a)) id = view_args_get(&app_top(a)->args, "agent");
	return id;
}

/* My commands; from there all my acts, those that make no command too, as the audit log has them. */
static enum reaction open_mine(struct app *a)
{
	const struct screen *top = app_top(a);
	struct view_args args = { 0 };
	bool is_tracker = top && top->view && strcmp(top->view->name, "tracker") == 0;
	const struct view *v = view_find(is_tracker ? "audit" : "tracker");
	if (is_tracker) view_args_set(&args, "mine", "1");
	if (v) app_open(a, v, &args, is_tracker ? "mine" : NULL);
	return R_DRAW;
}

static enum reaction open_for_agent(struct app *a, const char *view)
{
	const char *id = agent_here(a);
	const struct view *v = view_find(view);
	if (!id || !v) {
		size_t row;
		const struct view *here;
		bool is_read = row_here(a, &row, &here) != NULL;
		app_say(a, ST_WARN, is_read ? "this row belongs to no agent" : "no row is here yet");
		return R_DRAW;
	}
	char agent[64];
	snprintf(agent, sizeof agent, "%s", id);
	struct view_args args = { 0 };
	view_args_set(&args, "agent", agent);
	size_t row;
	const struct view *from;
	struct table *t = row_here(a, &row, &from);
	const char *name = t ? table_get(t, row, "agent") : NULL;
	if (!name) name = app_top(a)->crumb[0] ? app_top(a)->crumb : agent;
	char crumb[80];
	snprintf(crumb, sizeof crumb, "%s", name);
	app_open(a, v, &args, crumb);
	return R_DRAW;
}

/* What happened to what the row speaks of: its agent, else its pool, else its client. */
static enum reaction open_related(struct app *a)
{
	static const struct {
		const char *view, *col, *param, *name;
	} known[] = { { "pools", "pool", "pool", "pool" },
		      { "prices", "pool", "pool", "pool" },
		      { "clients", "client_id", "client", "client" } };
	size_t row;
	const struct view *v;
	struct table *t = row_here(a, &row, &v);
	for (size_t i = 0; t && i < ARRAY_LEN(known); i++) {
		const char *id = strcmp(v->name, known[i].view) == 0 ? table_get(t, row, known[i].col) : NULL;
		if (!id) continue;
		struct view_args args = { 0 };
		char name[80];
		view_args_set(&args, known[i].param, id);
		snprintf(name, sizeof name, "%s", table_get(t, row, known[i].name));
		app_open(a, view_find("timeline"), &args, name);
		return R_DRAW;
	}
	return open_for_agent(a, "timeline");
}

static enum reaction toggle(struct app *a, bool *flag, const char *on, const char *off)
{
	*flag = !*flag;
	if (on) app_say(a, ST_INFO, "%s", *flag ? on : off);
	return R_DRAW;
}

enum reaction app_do(struct app *a, const char *action, int key)
{
	struct screen *s = app_top(a);
	(void)key;
	if (app_is_past(a) && (strcmp(action, "sort.next") == 0 || strcmp(action, "sort.prev") == 0)) {
		app_step(a, strcmp(action, "sort.next") == 0 ? 1 : -1);
		return R_DRAW;
	}
	if (s && s->ops->act) {
		enum reaction r = s->ops->act(s, action);
		if (r != R_UNKNOWN) return r;
	}
	if (strncmp(action, "view.", 5) == 0) return go_view(a, action[5]);
	if (strcmp(action, "open") == 0) return open_row(a);
	if (strcmp(action, "out") == 0) return go_out(a);
	if (strcmp(action, "back") == 0) return R_BACK;
	if (strcmp(action, "quit") == 0) return R_QUIT;
	if (strcmp(action, "interrupt") == 0) return interrupt(a);
	if (strcmp(action, "palette") == 0) {
		prompt_open(a, PROMPT_PALETTE);
		return R_DRAW;
	}
	if (strcmp(action, "filter") == 0) {
		prompt_open(a, PROMPT_FILTER);
		return R_DRAW;
	}
	if (strcmp(action, "save") == 0) {
		prompt_open(a, PROMPT_SAVE);
		return R_DRAW;
	}
	if (strcmp(action, "help") == 0) {
		help_open(a);
		return R_DRAW;
	}
	if (strcmp(action, "describe") == 0) {
		describe_open(a, false);
		return R_DRAW;
	}
	if (strcmp(action, "raw") == 0) {
		describe_open(a, true);
		return R_DRAW;
	}
	if (strcmp(action, "act") == 0) {
		menu_open(a, NULL);
		return R_DRAW;
	}
	if (strcmp(action, "why") == 0) return open_for_agent(a, "why");
	if (strcmp(action, "related") == 0) return open_related(a);
	if (strcmp(action, "undo") == 0) {
		undo_open(a);
		return R_DRAW;
	}
	if (strcmp(action, "mine") == 0) return open_mine(a);
	if (strcmp(action, "history.back") == 0) {
		app_history(a, -1);
		return R_DRAW;
	}
	if (strcmp(action, "history.last") == 0) {
		app_history_last(a);
		return R_DRAW;
	}
	if (strcmp(action, "history.forward") == 0) {
		app_history(a, 1);
		return R_DRAW;
	}
	if (strcmp(action, "screen.freeze") == 0) return toggle(a, &a->is_frozen, NULL, NULL);
	if (strcmp(action, "full") == 0) return toggle(a, &a->is_full, NULL, NULL);
	if (strcmp(action, "header") == 0) return toggle(a, &a->is_bare, NULL, NULL);
	if (strcmp(action, "wide") == 0) return toggle(a, &a->is_wide, "all columns", "the usual columns");
	if (strcmp(action, "timezone") == 0)
		return toggle(a, &a->is_local, "times are local", "times are UTC");
	if (strcmp(action, "copy") == 0) return copy_cell(a);
	if (strcmp(action, "copy.row") == 0) return copy_row(a);
	if (strcmp(action, "columns") == 0) {
		columns_open(a);
		return R_DRAW;
	}
	if (strcmp(action, "refresh") == 0) {
		db_retry_now(a->read);
		return R_FETCH;
	}
	if (strcmp(action, "redraw") == 0) {
		term_redraw(a->term);
		return R_DRAW;
	}
	if (strcmp(action, "suspend") == 0) {
		term_suspend(a->term);
		return R_DRAW;
	}
	return R_UNKNOWN;
}

void app_react(struct app *a, enum reaction r)
{
	switch (r) {
	case R_FETCH:
		a->next_head_ms = 0;
		if (app_top(a)) app_top(a)->next_fetch_ms = 0;
		break;
	case R_BACK: app_back(a); break;
	case R_QUIT: app_quit(a, 0); break;
	default: break;
	}
}

/* A click goes to what it is on; on what the cursor is on already, it opens it. Nothing is ever done to the
 * fleet by it. */
static enum reaction clicked(struct app *a)
{
	struct mouse m = term_mouse(a->term);
	struct screen *s = app_top(a);
	if (m.button != 0 || !s) return R_NONE;
	for (int i = 0; i < a->n_tabs && m.y == a->tabs_y; i++)
		if (m.x >= a->tabs[i].x && m.x < a->tabs[i].x + a->tabs[i].w)
			return go_view(a, a->tabs[i].digit);
	int hit = s->ops->click  ? s->ops->click(s, m.y, m.x)
	          : app_sheet(a) ? sheet_click(app_sheet(a), m.y, m.x)
	                         : 0;
	return hit == 2 ? app_do(a, "open", KEY_MOUSE_) : R_DRAW;
}

static void say_unknown(struct app *a, int key)
{
	char name[24], guess_key[24];
	const char *scope = app_top(a) ? app_top(a)->view->name : "*";
	const char *guess = keymap_guess(a->keymap, scope, key);
	key_name(key, name, sizeof name);
	if (guess) {
		keymap_key_of(a->keymap, scope, guess, guess_key, sizeof guess_key);
		app_say(a, ST_DIM, "%s does nothing here; did you mean %s (%s)? ? lists all keys", name,
		        guess_key, guess);
	} else
		app_say(a, ST_DIM, "%s does nothing here; ? lists all keys", name);
}

/* What a prompt or a dialog reads as text, or as its end. */
static bool is_of_editing(int key)
{
	bool is_function = key >= KEY_F1_ && key <= KEY_F12_, is_control = key > 0 && key < ' ';
	return key == KEY_ENTER_ || key == KEY_ESC_ || key == KEY_TAB_ || (!is_function && !is_control);
}

void app_key(struct app *a, int key)
{
	if (key == KEY_PASTE_ && !a->prompt.kind && !a->popup) {
		app_say(a, ST_WARN, "a paste is text, never keys: ignored (%zu bytes)",
		        strlen(term_paste(a->term)));
		return;
	}
	const char *action = keymap_find(a->keymap, app_top(a) ? app_top(a)->view->name : "*", key);
	/* A broken picture is drawn anew wherever one is. */
	if (action && strcmp(action, "redraw") == 0 && !is_of_editing(key)) {
		app_do(a, action, key);
		return;
	}
	if (a->popup && !a->popup_closing) {
		enum reaction r =
		        a->popup->ops->key(a->popup, key, key == KEY_PASTE_ ? term_paste(a->term) : NULL);
		if (r == R_BACK || r == R_UNKNOWN)
			app_popup_close(a);
		else
			app_react(a, r);
		if (r != R_UNKNOWN) return; /* what is not the popup's is for the screen below it */
	}
	if (a->prompt.kind) {
		prompt_key(a, key);
		return;
	}
	a->message_until_ms = 0;
	if (key == KEY_MOUSE_) {
		app_react(a, clicked(a));
		return;
	}
	enum reaction r = action ? app_do(a, action, key) : R_UNKNOWN;
	if (r == R_UNKNOWN) {
		if (action)
			app_say(a, ST_DIM, "%s: not on this screen", action);
		else
			say_unknown(a, key);
	} else
		app_react(a, r);
}
