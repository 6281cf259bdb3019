/* why.c - why an agent is unhealthy: the evidence in order, each with its age, its remedy and what not to do. */
#include "views/screens/why.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "sql.h"
#include "views/actions/dialog.h"
#include "views/actions/small.h"
#include "views/model/verbs.h"
#include "views/nav/action.h"
#include "views/nav/ask.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/table/sheet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NARROW = 60 };
struct why {
	struct screen base;
	struct ask *ask;
	struct table *t;
	struct err error;
	size_t from, to,
	        top;   /* narrow: the lines of the cause under the cursor, and the first that is shown */
	size_t cursor; /* the cause whose remedy Enter prepares */
};

static void got(void *owner, struct table *t, const struct err *e)
{
	struct why *w = owner;
	if (e) {
		w->error = *e;
		return;
	}
	err_clear(&w->error);
	table_free(w->t);
	w->t = t;
	if (w->cursor >= t->n_rows) w->cursor = t->n_rows ? t->n_rows - 1 : 0;
}

static struct screen *open_why(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct why *w = mem_alloc(sizeof *w);
	(void)v, (void)args;
	w->ask = ask_new(nav, w, got);
	return &w->base;
}

static void close_why(struct screen *s)
{
	struct why *w = (struct why *)s;
	ask_free(w->ask);
	table_free(w->t);
	free(w);
}

static void fetch_why(struct screen *s) { ask_query(((struct why *)s)->ask, s->view->query, &s->args); }

static int paint_cause(struct why *w, struct grid *g, struct rect r, int y, size_t i)
{
	const struct table *t = w->t;
	const char *severity = table_get(t, i, "severity"), *age = table_get(t, i, "age_seconds"),
	           *source = table_get(t, i, "source");
	const char *remedy = table_get(t, i, "remedy"), *not = table_get(t, i, "do_not");
	char when[64] = "", a[32];
	int bottom = r.y + r.h, x = r.x + 6, right = r.w >= 70 ? 24 : 0, from = y;
	if (age) /* as it was when all was read: the seconds in the sentences do not go on either */
		snprintf(when, sizeof when, "%s ago  ",
		         fmt_age(a, sizeof a, (int64_t)(strtod(age, NULL) * 1000)));
	enum style st = style_of_state(severity);
	if (st == ST_DEAD) st = ST_CRIT; /* a bar of red is for a word, not for a sentence */
	if (i == w->cursor) {
		grid_text(g, y, r.x, 1, ST_ACCENT, ">");
		g->cur_y = y;
		g->cur_x = r.x;
	}
	grid_textf(g, y, r.x + 2, 3, ST_KEY, "%s", table_get(t, i, "n"));
	if (right) {
		char text[100];
		snprintf(text, sizeof text, "%s%s", when, source ? source : "");
		grid_right(g, y, r.x + r.w - right - 1, right, ST_DIM, text);
	}
	y += grid_wrap(g, y, x, r.w - 8 - right, bottom - y, st,
	               table_get(t, i, "evidence") ? table_get(t, i, "evidence") : "");
	if (remedy && y < bottom) {
		bool is_ready = i == w->cursor && table_get(t, i, "verb");
		grid_text(g, y, x, 7, is_ready ? ST_KEY : ST_ACCENT, is_ready ? "Enter" : "do");
		y += grid_wrap(g, y, x + 8, r.w - 16, bottom - y, ST_TEXT, remedy);
	}
	if (not &&y < bottom) {
		const char *rest = strncmp(not, "do not ", 7) == 0 ? not +7 : not ;
		grid_text(g, y, x, 7, ST_WARN, "do not");
		y += grid_wrap(g, y, x + 8, r.w - 16, bottom - y, ST_TEXT, rest);
	}
	const char *runbook = table_get(t, i, "runbook");
	if (i == w->cursor && runbook && y < bottom) {
		grid_text(g, y, x, 7, ST_DIM, "more in");
		grid_text(g, y++, x + 8, r.w - 16, ST_DIM, runbook);
	}
	return y - from + (r.h > 16);
}

/* One sentence under another, for a narrow screen. */
static void fill_narrow(struct small *s, void *of)
{
	struct why *w = of;
	const struct table *t = w->t;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *evidence = table_get(t, i, "evidence"), *remedy = table_get(t, i, "remedy"),
		           *not = table_get(t, i, "do_not"), *runbook = table_get(t, i, "runbook");
		enum style st = style_of_state(table_get(t, i, "severity"));
		bool is_here = i == w->cursor;
		char n[24];
		snprintf(n, sizeof n, "%s%s", is_here ? "> " : "", table_get(t, i, "n"));
		if (is_here) w->from = s->n;
		small_add(s, st == ST_DEAD ? ST_CRIT : st, n, evidence ? evidence : "");
		if (remedy)
			small_add(s, ST_TEXT, is_here && table_get(t, i, "verb") ? "Enter" : "do", remedy);
		if (not ) small_add(s, ST_WARN, "", not );
		if (is_here && runbook) small_add(s, ST_DIM, "more in", runbook);
		if (is_here) w->to = s->n;
	}
}

/* The cause under the cursor is seen whole, and as much before it as there is room for. */
static void paint_narrow(struct why *w, struct grid *g, struct rect r)
{
	struct rect text = { r.y, r.x + 1, r.h, r.w - 2 };
	struct small s = { .r = text };
	fill_narrow(&s, w);
	size_t room = r.h > 1 ? (size_t)r.h - 1 : 1; /* the last line tells how much there is more */
	if (w->to > w->top + room) w->top = w->to - room;
	if (w->from < w->top) w->top = w->from;
	small_paint(g, text, &w->top, fill_narrow, w);
	g->cur_y = r.y + (int)(w->from > w->top ? w->from - w->top : 0);
	g->cur_x = text.x;
}

static void paint_why(struct screen *s, struct grid *g, struct rect r)
{
	struct why *w = (struct why *)s;
	if (!w->t) {
		grid_text(g, r.y, r.x + 2, r.w - 4, w->error.code ? ST_WARN : ST_DIM,
		          w->error.code ? w->error.text : "gathering evidence");
		return;
	}
	if (!w->t->n_rows) grid_text(g, r.y, r.x + 2, r.w - 4, ST_DIM, "no such agent");
	int y = r.y;
	size_t top = w->cursor > 2 ? w->cursor - 2 : 0; /* what comes before it, and it, are seen */
	if (r.w < NARROW) paint_narrow(w, g, r);
	for (size_t i = top; i < w->t->n_rows && y < r.y + r.h && r.w >= NARROW; i++)
		y += paint_cause(w, g, r, y, i);
	if (nav_is_stale(s->nav)) grid_dim(g, r.y, r.y + r.h);
}

/* Opens the dialog of the cause's remedy with what it needs; all its checks and its confirmation stand. */
static void carry_out(struct why *w)
{
	struct nav *nav = w->base.nav;
	size_t i = w->cursor;
	if (!w->t || i >= w->t->n_rows) return;
	const char *name = table_get(w->t, i, "verb"), *id = table_get(w->t, i, "verb_target");
	const struct verb *v = name ? verb_find(name) : NULL;
	if (!v || !id) {
		nav_say(nav, ST_DIM, "no action of the console mends this: %s",
		        table_get(w->t, i, "remedy") ? table_get(w->t, i, "remedy") : "it is evidence only");
		return;
	}
	if (!nav_is_armed(nav)) {
		nav_say(nav, ST_WARN, "%s: read-only; :write arms it", v->title);
		return;
	}
	struct dialog_target d = { .read_at_mono_ms = w->t->read_at_mono_ms };
	const char *agent = table_get(w->t, i, "agent");
	bool is_agent = v->target == VERB_AGENT;
	snprintf(d.id, sizeof d.id, "%s", id);
	snprintf(d.agent_id, sizeof d.agent_id, "%s", table_get(w->t, i, "agent_id"));
	snprintf(d.label, sizeof d.label, "%s", is_agent && agent ? agent : id);
	if (v->target == VERB_INSTANCE) snprintf(d.instance_id, sizeof d.instance_id, "%s", id);
	dialog_open(nav, v, &d, table_get(w->t, i, "verb_args"));
}

static enum reaction move(void *on, int by)
{
	struct why *w = on;
	size_t n = w->t ? w->t->n_rows : 0;
	if (by > 0 ? w->cursor + 1 < n : w->cursor > 0) w->cursor += (size_t)by;
	return R_DRAW;
}

static enum reaction open(void *on, int arg)
{
	(void)arg;
	carry_out(on);
	return R_DRAW;
}

static const struct action actions[] = {
	{ "move.down", NULL, NULL, move, 1 },
	{ "move.up", NULL, NULL, move, -1 },
	{ "open", NULL, NULL, open, 0 },
	{ 0 },
};

static struct table *row_why(struct screen *s, size_t *row)
{
	struct why *w = (struct why *)s;
	*row = w->cursor;
	return w->t && w->t->n_rows ? w->t : NULL;
}

static int64_t read_at_why(struct screen *s)
{
	struct why *w = (struct why *)s;
	return w->t ? w->t->read_at_mono_ms : TIME_NONE;
}

// clang-format off
static const struct col why_cols[] = {
	{ "n",           "n",        AS_INT, .min = 2 },
	{ "severity",    "severity", AS_TEXT, .min = 8, .style = style_of_state },
	{ "cause",       "cause",    AS_TEXT, .min = 12, .want = 20 },
	{ "evidence",    "evidence", AS_TEXT, .min = 30, .want = 60, .flex = 1 },
	{ "age_seconds", "age",      AS_SECONDS, .min = 5 },
	{ "source",      "source",   AS_TEXT, .min = 8 },
	{ "remedy",      "remedy",   AS_TEXT, .min = 12, .want = 30 },
	{ "do_not",      "do not",   AS_TEXT, .min = 12, .want = 30 },
	{ "verb",        "verb",     AS_TEXT, .min = 9, .is_hidden = true, .about = "the action that mends it and passes its guardrails now: Enter on the screen" },
	{ "verb_target", "of",       AS_TEXT, .min = 12, .is_hidden = true },
	{ "verb_args",   "with",     AS_TEXT, .min = 12, .is_hidden = true },
	{ "runbook",     "runbook",  AS_TEXT, .min = 12, .want = 34, .is_hidden = true, .about = "the section that says more" },
	{ "at",          "at",       AS_TIME, .min = 11, .is_hidden = true },
	{ "agent",       "agent",    AS_TEXT, .min = 10, .is_hidden = true },
	{ "health",      "health",   AS_TEXT, .min = 7, .is_hidden = true },
};
// clang-format on

static const struct screen_ops why_screen = {
	.open = open_why,
	.close = close_why,
	.paint = paint_why,
	.actions = actions,
	.fetch = fetch_why,
	.row = row_why,
	.read_at = read_at_why,
};
const struct view view_why = {
	.name = "why",
	.about = "The evidence for an agent's health, the gravest first, with the remedy and what not to do.",
	.query = &sql_queries_why,
	.row_key = "n",
	.label = "agent",
	.cols = why_cols,
	.n_cols = ARRAY_LEN(why_cols),
	.sort = "n",
	.screen = &why_screen,
	.refresh_ms = 2000,
	.target = TARGET_AGENT,
	.target_col = "agent_id",
	.param = "agent",
	.param_help = "AGENT",
	.param_is_needed = true,
	.note_at = "the agent as it was is in :agents, and what happened to it in :timeline.",
};
