/* prompt.c - the footer as a line to type in: filter (live), palette (views, verbs, settings), save. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "views/actions/many.h"
#include "views/app/palette.h"
#include "views/model/verbs.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void prompt_open(struct app *a, enum prompt_kind kind)
{
	struct sheet *s = app_sheet(a);
	if (kind != PROMPT_PALETTE && !s) {
		app_say(a, ST_DIM, "this screen has no table");
		return;
	}
	a->prompt.kind = kind;
	a->prompt.choice = -1;
	a->prompt.error[0] = 0;
	edit_set(&a->prompt.edit, kind == PROMPT_FILTER ? s->filter_text : "");
	if (kind == PROMPT_FILTER) snprintf(a->prompt.before, sizeof a->prompt.before, "%s", s->filter_text);
}

void prompt_close(struct app *a, bool keep)
{
	if (a->prompt.kind == PROMPT_PALETTE) palette_leave(a);
	if (a->prompt.kind == PROMPT_FILTER && !keep && app_sheet(a))
		sheet_filter(app_sheet(a), a->prompt.before, NULL);
	a->prompt.kind = PROMPT_NONE;
}

static void filter_live(struct app *a)
{
	struct err e;
	struct sheet *s = app_sheet(a);
	a->prompt.error[0] = 0;
	if (s && !sheet_filter(s, buf_str(&a->prompt.edit.text), &e))
		snprintf(a->prompt.error, sizeof a->prompt.error, "%s", e.text);
}

/* --- the palette --- */

static bool set_every(struct app *a, const char *value)
{
	int64_t ms = 0;
	struct err e;
	bool as_it_comes = strcmp(value, "data") == 0 || strcmp(value, "1s") == 0;
	if (strcmp(value, "slow") == 0) value = "5s";
	if (!as_it_comes && (!duration_parse(value, &ms, &e) || ms > 600000)) {
		snprintf(a->prompt.error, sizeof a->prompt.error,
		         "every 2s, 5s, 1m, up to 10m; data: as it comes");
		return false;
	}
	a->every_ms = ms;
	if (as_it_comes)
		app_say(a, ST_INFO, "reads and paints as data comes");
	else
		app_say(a, ST_INFO, "reads and paints every %s; keys are answered at once", value);
	return true;
}

static bool save(struct app *a, const char *path)
{
	struct err e;
	bool ok = save_to(a, path, &e);
	if (!ok) snprintf(a->prompt.error, sizeof a->prompt.error, "%s", e.text);
	return ok;
}

static bool copy_column(struct app *a, const char *name, struct err *e)
{
	struct screen *s = app_top(a);
	size_t row;
	if (!*name) {
		app_do(a, "copy", KEY_ENTER_);
		return true;
	}
	struct table *t = s && s->ops->row ? s->ops->row(s, &row) : NULL;
	if (!t || table_col(t, name) < 0) return err_set(e, ERR_USAGE, "no column '%s' here", name);
	const char *value = table_get(t, row, name);
	if (value)
		app_copy(a, name, value);
	else
		app_say(a, ST_DIM, "%s is not known here: nothing copied", name);
	return true;
}

/* ":agents", ":at 02:41", ":sort age desc", ":theme light". True when the prompt may close. */
static bool run_palette(struct app *a, const char *line)
{
	char word[64] = "", rest[200] = "";
	sscanf(line, " %63s %199[^\n]", word, rest);
	if (!*word) return true;
	if (strcmp(word, "q") == 0 || strcmp(word, "quit") == 0) {
		app_quit(a, 0);
		return true;
	}
	if (strcmp(word, "at") == 0) {
		app_switch_at(a, *rest ? rest : "now");
		return true;
	}
	if (strcmp(word, "write") == 0) {
		a->is_armed = true;
		app_say(a, ST_WARN, "armed: commands may be issued from the action menu (a)");
		return true;
	}
	if (strcmp(word, "readonly") == 0) {
		a->is_armed = false;
		app_say(a, ST_INFO, "read-only");
		return true;
	}
	if (strcmp(word, "bulk") == 0) {
		many_show(a);
		return true;
	}
	if (strcmp(word, "help") == 0) {
		help_open(a);
		return true;
	}
	if (strcmp(word, "local") == 0 || strcmp(word, "utc") == 0) {
		a->is_local = word[0] == 'l';
		return true;
	}
	if (strcmp(word, "every") == 0) return set_every(a, rest);
	if (strcmp(word, "save") == 0) return save(a, rest);
	if (strcmp(word, "theme") == 0) {
		if (term_set_theme(a->term, rest)) {
			snprintf(a->theme, sizeof a->theme, "%.23s", rest);
			return true;
		}
		snprintf(a->prompt.error, sizeof a->prompt.error,
		         "themes: dark light contrast colorblind mono");
		return false;
	}
	struct err why = { 0 };
	struct sheet *s = app_sheet(a);
	bool is_mine = true, ok = true;
	if (strcmp(word, "mark") == 0 && s && *rest)
		ok = sheet_mark(s, rest, &why);
	else if (strcmp(word, "find") == 0 && s && *rest)
		ok = sheet_seek_text(s, rest, &why) && sheet_act(s, "find.next") != R_UNKNOWN;
	else if (strcmp(word, "copy") == 0)
		ok = copy_column(a, rest, &why);
	else if (strcmp(word, "env") == 0)
		ok = env_switch(a, rest, &why);
	else if (strcmp(word, "view") == 0 && strncmp(rest, "save ", 5) == 0)
		ok = saved_put(a, rest + 5, &why);
	else if (strcmp(word, "view") == 0)
		ok = saved_open(a, rest, &why);
	else if (strcmp(word, "columns") == 0 && *rest && s)
		ok = sheet_columns(s, rest, &why);
	else if (strcmp(word, "columns") == 0)
		columns_open(a);
	else
		is_mine = false;
	if (!ok) snprintf(a->prompt.error, sizeof a->prompt.error, "%s", why.text);
	if (is_mine) return ok;
	if (strcmp(word, "filter") == 0 && s) {
		struct err e;
		if (sheet_filter(s, rest, &e)) return true;
		snprintf(a->prompt.error, sizeof a->prompt.error, "%s", e.text);
		return false;
	}
	if (strcmp(word, "sort") == 0 && s) {
		char col[64] = "", dir[16] = "";
		sscanf(rest, "%63s %15s", col, dir);
		if (sheet_sort(s, col, dir[0] == 'd')) return true;
		snprintf(a->prompt.error, sizeof a->prompt.error, "no column '%s' here", col);
		return false;
	}
	const struct verb *verb = verb_find(word);
	if (verb) {
		a->prompt.kind = PROMPT_NONE;
		menu_open(a, verb->key);
		return true;
	}
	const struct view *v = palette_view(word);
	bool is_view = v && !v->is_hidden && !(v->param_is_needed && !*rest);
	if (!is_view && !*rest && palette_is_action(a, word)) {
		a->prompt.kind = PROMPT_NONE;
		enum reaction r = app_do(a, word, KEY_ENTER_);
		if (r == R_UNKNOWN) app_say(a, ST_DIM, "%s: not on this screen", word);
		if (r != R_UNKNOWN) app_react(a, r);
		return true;
	}
	if (!v || v->is_hidden || (v->param_is_needed && !*rest)) {
		struct candidate c[PALETTE_MAX];
		size_t n = *rest ? 0 : palette_candidates(a, c, PALETTE_MAX);
		if (!n || c[0].score < 3) return palette_jump(a, word);
		if (palette_wants_argument(c[0].line)) {
			snprintf(a->prompt.error, sizeof a->prompt.error, "%s needs %s", c[0].line,
			         c[0].args);
			return false;
		}
		return strcmp(c[0].line, word) != 0 ? run_palette(a, c[0].line) : palette_jump(a, word);
	}
	struct view_args args = { 0 };
	if (*rest && v->param) view_args_set(&args, v->param, rest);
	app_open(a, v, &args, *rest && v->param ? rest : NULL);
	return true;
}

static void complete(struct app *a)
{
	struct candidate c[PALETTE_MAX];
	size_t n = a->prompt.kind != PROMPT_SAVE ? palette_candidates(a, c, PALETTE_MAX) : 0;
	if (n) {
		const struct candidate *k =
		        &c[a->prompt.choice > 0 && a->prompt.choice < (int)n ? a->prompt.choice : 0];
		char line[300];
		snprintf(line, sizeof line, "%.255s%s", k->line, k->args ? " " : "");
		edit_set(&a->prompt.edit, line);
		a->prompt.choice = -1;
	}
	if (n && a->prompt.kind == PROMPT_FILTER) filter_live(a);
}

static void prompt_enter(struct app *a)
{
	char line[300];
	snprintf(line, sizeof line, "%s", buf_str(&a->prompt.edit.text));
	enum prompt_kind kind = a->prompt.kind;
	a->prompt.error[0] = 0;
	struct candidate c[PALETTE_MAX];
	if (kind == PROMPT_FILTER && a->prompt.choice >= 0) {
		complete(a);
		return;
	}
	if (kind == PROMPT_PALETTE && a->prompt.choice >= 0 &&
	    a->prompt.choice < (int)palette_candidates(a, c, PALETTE_MAX)) {
		const struct candidate *k = &c[a->prompt.choice];
		if (palette_wants_argument(k->line)) {
			complete(a);
			return;
		}
		snprintf(line, sizeof line, "%s", k->line);
	}
	bool ok = kind == PROMPT_FILTER ? true : kind == PROMPT_SAVE ? save(a, line) : run_palette(a, line);
	if (ok && a->prompt.kind == kind) a->prompt.kind = PROMPT_NONE;
}

void prompt_key(struct app *a, int key)
{
	if (key == KEY_PASTE_) {
		edit_insert(&a->prompt.edit, term_paste(a->term));
		if (a->prompt.kind == PROMPT_FILTER) filter_live(a);
		return;
	}
	if (key == KEY_CTRL('c')) {
		prompt_close(a, false);
		return;
	}
	if (a->prompt.kind != PROMPT_SAVE && (key == KEY_UP_ || key == KEY_DOWN_)) {
		palette_choose(a, key == KEY_DOWN_ ? 1 : -1);
		return;
	}
	switch (edit_key(&a->prompt.edit, key)) {
	case EDIT_DONE: prompt_enter(a); break;
	case EDIT_LEFT: prompt_close(a, false); break;
	case EDIT_COMPLETE: complete(a); break;
	case EDIT_CHANGED:
		a->prompt.error[0] = 0;
		a->prompt.choice = -1;
		if (a->prompt.kind == PROMPT_FILTER) filter_live(a);
		break;
	default: break;
	}
}

void prompt_paint(struct app *a, struct grid *g, int y)
{
	static const char *const heads[] = { "", "/", ":", "save as " };
	int x = 1 + grid_text(g, y, 1, 10, ST_KEY, heads[a->prompt.kind]);
	char right[600] = "";
	int64_t n;
	struct sheet *s = app_sheet(a);
	enum style st = ST_DIM;
	if (a->prompt.error[0]) {
		snprintf(right, sizeof right, "%s", a->prompt.error);
		st = ST_WARN;
	} else if (a->prompt.kind == PROMPT_FILTER && s) {
		if (s->is_paged && sheet_matches(s, &n))
			snprintf(right, sizeof right, "%lld match", (long long)n);
		else if (s->is_paged)
			snprintf(right, sizeof right, s->is_uncounted ? "too many to count" : "counting");
		else
			snprintf(right, sizeof right, "%zu of %zu", s->n, s->t ? s->t->n_rows : 0);
	} else if (a->prompt.kind == PROMPT_PALETTE)
		snprintf(right, sizeof right, "Down chooses, Tab completes");
	int w = (int)text_width(right, strlen(right)), room = g->cols - x - 2;
	int most = a->prompt.error[0] ? room * 2 / 3 : room / 2;
	if (w > most) w = most;
	if (a->prompt.kind != PROMPT_SAVE) palette_paint(a, g, y);
	grid_text(g, y, g->cols - 1 - w, w, st, right);
	edit_paint(&a->prompt.edit, g, y, x, room - w - 1, ST_INPUT);
}
