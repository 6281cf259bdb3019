/* agent.c - one agent: its facts above, and below what it runs, was told, switched and reported. */
#include "views/screens/agent.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "sql.h"
#include "views/lists/tables.h"
#include "views/nav/ask.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/screens/events.h"
#include "views/table/stack.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct view *const parts[] = { &view_instances, &view_commands, &view_switches, &view_events };
struct agent_screen {
	struct screen base;
	struct ask *ask;
	struct table *facts;
	struct err error;
	int64_t other_since_ms; /* not 0: the facts are of another time than the screen, since then */
	struct stack parts;
};

static void got_facts(void *owner, struct table *t, const struct err *e)
{
	struct agent_screen *x = owner;
	if (e) {
		x->error = *e;
		return;
	}
	err_clear(&x->error);
	x->other_since_ms = 0;
	table_free(x->facts);
	x->facts = t;
}

static struct screen *open_agent(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct agent_screen *x = mem_alloc(sizeof *x);
	(void)v;
	x->ask = ask_new(nav, x, got_facts);
	stack_init(&x->parts, nav, parts, ARRAY_LEN(parts), args);
	return &x->base;
}

static void close_agent(struct screen *s)
{
	struct agent_screen *x = (struct agent_screen *)s;
	ask_free(x->ask);
	table_free(x->facts);
	stack_free(&x->parts);
	free(x);
}

static void fetch_agent(struct screen *s)
{
	struct agent_screen *x = (struct agent_screen *)s;
	ask_query(x->ask, view_query(s->view, &s->args), &s->args);
	stack_fetch(&x->parts);
}

static void retime_agent(struct screen *s)
{
	struct agent_screen *x = (struct agent_screen *)s;
	ask_free(x->ask); /* an answer under way is of another time */
	x->ask = ask_new(s->nav, x, got_facts);
	if (x->facts && !x->other_since_ms) x->other_since_ms = clock_mono_ms();
	ask_query(x->ask, view_query(s->view, &s->args), &s->args);
	stack_retime(&x->parts, &s->args);
}

// clang-format off
static const struct fact { const char *name, *col; enum cell_as as; bool is_state; } facts[] = {
	{ "health", "health", AS_TEXT, true },         { "silent", "seconds_since_heartbeat", AS_SECONDS, false },
	{ "cause", "cause", AS_TEXT, false },          { "every", "heartbeat_interval_seconds", AS_DURATION, false },
	{ "reported", "status", AS_TEXT, true },           { "client", "client", AS_TEXT, false },
	{ "pool", "current_pool_id", AS_POOL, false }, { "mode", "current_mode", AS_TEXT, false },
	{ "spot $/h", "spot_price", AS_USD4, false },  { "od $/h", "ondemand_price", AS_USD4, false },
	{ "priced", "spot_price_at", AS_AGE, false },
	{ "notice", "notice_status", AS_TEXT, true },  { "deadline", "notice_deadline", AS_UNTIL, false },
	{ "primaries", "primary_count", AS_INT, false }, { "replicas", "replica_count", AS_INT, false },
	{ "zombies", "zombie_count", AS_INT, false },  { "this week", "switches_this_week", AS_INT, false },
	{ "auto switch", "auto_switch_enabled", AS_YESNO, false }, { "auto terminate", "auto_terminate_enabled", AS_YESNO, false },
	{ "auto replica", "replica_enabled", AS_YESNO, false }, { "manual replica", "manual_replica_enabled", AS_YESNO, false },
	{ "outages 30 d", "outages_30d", AS_INT, false }, { "they took", "outage_seconds_30d", AS_SECONDS, false },
	{ "host", "hostname", AS_TEXT, false },        { "version", "agent_version", AS_TEXT, false },
};
// clang-format on

static void fact_text(struct agent_screen *x, const struct fact *f, const char *v, struct buf *out)
{
	struct cell_env env = nav_env(x->base.nav);
	struct col c = { .name = f->col, .as = f->as };
	char aged[32];
	if (f->as == AS_SECONDS && v && !nav_is_past(x->base.nav)) {
		snprintf(aged, sizeof aged, "%.0f",
		         strtod(v, NULL) + (double)(clock_age_ms(x->facts->read_at_mono_ms)) / 1000);
		v = aged;
	}
	cell_text(out, &c, CELL_TEXT, v, &env);
}

enum { LABEL = 12, BETWEEN = 2 }; /* a label's cells, and the blanks between two facts */

/* How far right of its label a value stands; `cells`: how many cells of width w it takes to be whole. A long value moves
 * up to its label, then takes the next cell as well. */
static int value_at(const struct fact *f, int value, int w, int *cells)
{
	int label = (int)strlen(f->name) + 1, usual = label > LABEL ? label : LABEL;
	*cells = 1;
	if (usual + value + BETWEEN <= w) return usual;
	while (label + value + BETWEEN > *cells * w) ++*cells;
	return *cells > 1 && usual + value + BETWEEN <= *cells * w ? usual : label;
}

/* Pairs in as many columns as fit, no value cut as long as a line holds it; returns the rows used. */
static int paint_facts(struct agent_screen *x, struct grid *g, struct rect r)
{
	struct buf b = BUF_EMPTY;
	int per_row = r.w >= 120 ? 4 : r.w >= 72 ? 3 : r.w >= 48 ? 2 : 1, w = (r.w - 1) / per_row;
	int most = r.h / 3 > 2 ? r.h / 3 : 2, cell = 0, cells;
	bool is_other = nav_is_of_other_time(x->other_since_ms);
	if (!x->facts || !x->facts->n_rows || is_other) {
		grid_text(g, r.y, r.x + 2, r.w - 4, x->error.code ? ST_WARN : ST_DIM,
		          x->error.code           ? x->error.text
		          : x->facts && !is_other ? "no such agent: it was removed"
		                                  : "reading");
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		const char *v = table_get(x->facts, 0, facts[i].col);
		buf_cut(&b, 0);
		fact_text(x, &facts[i], v, &b);
		int at = value_at(&facts[i], (int)text_width(buf_str(&b), b.len), w, &cells);
		if (cells > per_row) cells = per_row;
		if (cell % per_row + cells > per_row) cell += per_row - cell % per_row; /* on the next line */
		int y = r.y + cell / per_row, left = r.x + 1 + cell % per_row * w;
		if (y >= r.y + most) break;
		grid_text(g, y, left, at - 1, ST_DIM, facts[i].name);
		grid_text(g, y, left + at, cells * w - at - (cells < per_row),
		          facts[i].is_state ? style_of_state(v)
		          : v               ? ST_TEXT
		                            : ST_DIM,
		          buf_str(&b));
		cell += cells;
	}
	buf_free(&b);
	return (cell + per_row - 1) / per_row < most ? (cell + per_row - 1) / per_row : most;
}

static void paint_agent(struct screen *s, struct grid *g, struct rect r)
{
	struct agent_screen *x = (struct agent_screen *)s;
	int y = r.y + paint_facts(x, g, r) + (r.h > 16);
	if (nav_is_stale(s->nav)) grid_dim(g, r.y, y);
	stack_paint(&x->parts, g, (struct rect){ y, r.x, r.y + r.h - y, r.w });
}

static void focus_agent(struct screen *s, int by) { stack_step(&((struct agent_screen *)s)->parts, by); }

/* Actions mean the agent itself, whichever of its tables is in focus; describe and copy, the row. */
static struct table *row_agent(struct screen *s, size_t *row)
{
	struct agent_screen *x = (struct agent_screen *)s;
	*row = 0;
	return x->facts && x->facts->n_rows ? x->facts : NULL;
}
static struct sheet *sheet_agent(struct screen *s)
{
	struct agent_screen *x = (struct agent_screen *)s;
	return stack_focus(&x->parts);
}
static int64_t read_at_agent(struct screen *s)
{
	struct agent_screen *x = (struct agent_screen *)s;
	return x->facts ? x->facts->read_at_mono_ms : TIME_NONE;
}

static const struct screen_ops agent_screen_ops = {
	.open = open_agent,
	.close = close_agent,
	.paint = paint_agent,
	.focus = focus_agent,
	.fetch = fetch_agent,
	.retime = retime_agent,
	.row = row_agent,
	.sheet = sheet_agent,
	.read_at = read_at_agent,
};
const struct view view_agent = {
	.name = "agent",
	.about = "One agent: facts, instances, commands, switches, events.",
	.query = &sql_queries_agent,
	.row_key = "agent_id",
	.label = "agent",
	.screen = &agent_screen_ops,
	.query_at = &sql_queries_agent_at,
	.screen_has_past = true,
	.note_at = "not kept: heartbeats, settings and prices that changed since (the pool's)",
	.refresh_ms = 1000,
	.target = TARGET_AGENT,
	.target_col = "agent_id",
	.param = "agent",
	.param_help = "AGENT",
	.is_hidden = true,
};
