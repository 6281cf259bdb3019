/* prompt.c - the footer as a line to type in: filter (live), palette (views, verbs, settings), save. */
#include "views/app/prompt.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "views/actions/menu.h"
#include "views/app/complete.h"
#include "views/app/jump.h"
#include "views/app/palette.h"
#include "views/app/run.h"
#include "views/app/save.h"
#include "views/model/verbs.h"
#include "views/nav/layers.h"
#include "views/nav/trail.h"
#include "views/table/sheet.h"
#include "views/table/sheet_data.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void prompt_open(struct app *a, enum prompt_kind kind)
{
	struct sheet *s = nav_sheet(a->nav);
	if (kind != PROMPT_PALETTE && !s) {
		nav_say(a->nav, ST_DIM, "this screen has no table");
		return;
	}
	a->prompt.kind = kind;
	a->prompt.choice = -1;
	a->prompt.error[0] = 0;
	edit_set(&a->prompt.edit, kind == PROMPT_FILTER ? s->filter_text : "");
	if (kind != PROMPT_FILTER) return;
	snprintf(a->prompt.before, sizeof a->prompt.before, "%s", s->filter_text);
	snprintf(a->prompt.stood_on, sizeof a->prompt.stood_on, "%s", s->rows.key);
	a->prompt.top = s->rows.top;
}

/* Letter by letter the rows come and go; the cursor is where the prompt found it, whenever that row is shown. */
static bool filter_from(struct app *a, struct sheet *s, const char *text, struct err *e)
{
	if (!sheet_filter(s, text, e)) return false;
	sheet_stand(s, a->prompt.stood_on, a->prompt.top);
	return true;
}

static void prompt_close(struct app *a, bool keep)
{
	if (a->prompt.kind == PROMPT_PALETTE) palette_leave(a);
	if (a->prompt.kind == PROMPT_FILTER && !keep && nav_sheet(a->nav))
		filter_from(a, nav_sheet(a->nav), a->prompt.before, NULL);
	a->prompt.kind = PROMPT_NONE;
}

static void filter_live(struct app *a)
{
	struct err e;
	struct sheet *s = nav_sheet(a->nav);
	a->prompt.error[0] = 0;
	if (s && !filter_from(a, s, buf_str(&a->prompt.edit.text), &e))
		snprintf(a->prompt.error, sizeof a->prompt.error, "the last valid one stays: %.480s", e.text);
}

/* --- the palette --- */

/* What running a line came to. */
enum ran {
	RAN,
	RAN_NOT /* why stands in the prompt's error */,
	RAN_ACTION /* the action in `then` is to be done */
};

static enum ran said(struct app *a, bool ok, const struct err *e)
{
	if (!ok) snprintf(a->prompt.error, sizeof a->prompt.error, "%s", e->text);
	return ok ? RAN : RAN_NOT;
}

static enum ran name_action(const char *action, char then[64])
{
	snprintf(then, 64, "%s", action);
	return RAN_ACTION;
}

static enum ran run_line(struct app *a, const char *line, char then[64]);

/* No name of anything: the best guess if it is a good one, else an id of the fleet. */
static enum ran run_guess(struct app *a, const char *word, bool is_alone, char then[64])
{
	struct candidate c[PALETTE_MAX];
	struct err e;
	size_t n = is_alone ? palette_candidates(a, c, PALETTE_MAX) : 0;
	if (!n || c[0].score < 3 || strcmp(c[0].line, word) == 0) return said(a, jump_to(a, word, &e), &e);
	if (!palette_wants_argument(a, c[0].line)) return run_line(a, c[0].line, then);
	snprintf(a->prompt.error, sizeof a->prompt.error, "%s needs %s", c[0].line, c[0].args);
	return RAN_NOT;
}

/* An action is on the row under the cursor: a name behind it would be read and not heeded. */
static enum ran refuse_name(struct app *a, const struct verb *v, const char *word)
{
	static const char *const of[] = {
		[VERB_AGENT] = "agent",     [VERB_INSTANCE] = "instance", [VERB_POOL] = "pool",
		[VERB_COMMAND] = "command", [VERB_ALERT] = "alert",       [VERB_INCIDENT] = "alert",
		[VERB_JOB] = "job",         [VERB_PLAN] = "plan",         [VERB_PLACE] = "zone or pool"
	};
	struct err e;
	if (v->target == VERB_SCOPE)
		err_set(&e, ERR_USAGE, "':%s' takes no words: it asks for its scope", word);
	else
		err_set(&e, ERR_USAGE, "':%s' takes no name: put the cursor on the %s", word, of[v->target]);
	return said(a, false, &e);
}

static enum ran refuse_words(struct app *a, const char *word, const char *rest)
{
	struct err e;
	err_set(&e, ERR_USAGE, "':%s' takes no words, so '%s' is not understood", word, rest);
	return said(a, false, &e);
}

/* ":agents", ":at 02:41", ":sort age desc", ":theme light". */
static enum ran run_line(struct app *a, const char *line, char then[64])
{
	char word[64] = "", rest[200] = "";
	struct err e = { 0 };
	sscanf(line, " %63s %199[^\n]", word, rest);
	if (!*word) return RAN;
	for (size_t n = strlen(rest); n && rest[n - 1] == ' ';) rest[--n] = 0;
	const struct line_command *c = line_command_find(a, word);
	if (c && !c->args && *rest) return refuse_words(a, word, rest);
	if (c && c->action && (!c->run || (!*rest && c->args && c->args[0] == '[')))
		return name_action(c->action, then);
	if (c) return said(a, c->run(a, rest, &e), &e);
	const struct verb *verb = verb_find(word);
	if (verb && *rest) return refuse_name(a, verb, word);
	if (verb) {
		menu_open(a->nav, verb->key);
		return RAN;
	}
	const struct view *v = palette_view(word);
	bool is_view = v && !v->is_hidden && !(v->param_is_needed && !*rest);
	bool is_action = !is_view && palette_is_action(a, word);
	if (*rest && (is_action || (is_view && !v->param))) return refuse_words(a, word, rest);
	if (is_action) return name_action(word, then);
	if (!is_view && *rest)
		return said(a, err_set(&e, ERR_USAGE, "no view or command '%s'; an id stands alone", word),
		            &e);
	if (!is_view) return run_guess(a, word, !*rest, then);
	struct view_args args = { 0 };
	if (*rest) view_args_set(&args, v->param, rest);
	nav_open(a->nav, v, &args, *rest ? rest : NULL);
	return RAN;
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

static enum reaction prompt_enter(struct app *a, char then[64])
{
	enum ran ran = RAN;
	struct err e;
	char line[300];
	snprintf(line, sizeof line, "%s", buf_str(&a->prompt.edit.text));
	enum prompt_kind kind = a->prompt.kind;
	struct candidate c[PALETTE_MAX];
	if (kind == PROMPT_FILTER && a->prompt.choice >= 0) {
		complete(a);
		return R_DRAW;
	}
	if (kind == PROMPT_FILTER && a->prompt.error[0]) return R_DRAW; /* to be mended, or left by Esc */
	a->prompt.error[0] = 0;
	if (kind == PROMPT_PALETTE && a->prompt.choice >= 0 &&
	    a->prompt.choice < (int)palette_candidates(a, c, PALETTE_MAX)) {
		const struct candidate *k = &c[a->prompt.choice];
		if (palette_wants_argument(a, k->line)) {
			complete(a);
			return R_DRAW;
		}
		snprintf(line, sizeof line, "%s", k->line);
	}
	if (kind == PROMPT_SAVE) ran = said(a, save_to(a, line, &e), &e);
	if (kind == PROMPT_PALETTE) ran = run_line(a, line, then);
	if (ran != RAN_NOT) a->prompt.kind = PROMPT_NONE;
	return ran == RAN_ACTION ? R_THEN : R_DRAW;
}

enum reaction prompt_key(struct app *a, int key, char then[64])
{
	if (key == KEY_PASTE_) {
		edit_insert(&a->prompt.edit, term_paste(a->term));
		if (a->prompt.kind == PROMPT_FILTER) filter_live(a);
		return R_DRAW;
	}
	if (key == KEY_CTRL('c')) {
		prompt_close(a, false);
		return R_DRAW;
	}
	if (a->prompt.kind != PROMPT_SAVE && (key == KEY_UP_ || key == KEY_DOWN_)) {
		palette_choose(a, key == KEY_DOWN_ ? 1 : -1);
		return R_DRAW;
	}
	switch (edit_key(&a->prompt.edit, key)) {
	case EDIT_DONE: return prompt_enter(a, then);
	case EDIT_LEFT: prompt_close(a, false); break;
	case EDIT_COMPLETE:
		complete(a);
		complete_ask(a);
		break;
	case EDIT_CHANGED:
		a->prompt.error[0] = 0;
		a->prompt.choice = -1;
		if (a->prompt.kind == PROMPT_FILTER) filter_live(a);
		complete_ask(a);
		break;
	default: break;
	}
	return R_DRAW;
}

void prompt_paint(struct app *a, struct grid *g, int y)
{
	static const char *const heads[] = { "", "/", ":", "save as " };
	int x = 1 + grid_text(g, y, 1, 10, ST_KEY, heads[a->prompt.kind]);
	char right[600] = "";
	int64_t n;
	struct sheet *s = nav_sheet(a->nav);
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
		snprintf(right, sizeof right, "Down chooses  Tab completes  Esc back");
	int w = (int)text_width(right, strlen(right)), room = g->cols - x - 2;
	int typed = (int)text_width(buf_str(&a->prompt.edit.text), a->prompt.edit.text.len),
	    most = a->prompt.error[0] ? room * 2 / 3 : room / 2;
	if (a->prompt.error[0] && most < room - typed - 2) most = room - typed - 2;
	if (w > most) w = most;
	if (a->prompt.kind != PROMPT_SAVE) palette_paint(a, g, y);
	grid_text(g, y, g->cols - 1 - w, w, st, right);
	edit_paint(&a->prompt.edit, g, y, x, room - w - 1, ST_INPUT);
}
