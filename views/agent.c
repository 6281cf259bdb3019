/* agent.c - one agent: its facts above, and below what it runs, was told, switched and reported. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/registry.h"
#include "views/sheet.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_PARTS = 4 };
static const struct view *const parts[N_PARTS] = { &view_instances, &view_commands, &view_switches,
	                                           &view_events };
struct agent_screen {
	struct screen base;
	struct ask *ask;
	struct table *facts;
	struct err error;
	struct sheet *part[N_PARTS];
	int focus;
};

static void got_facts(void *owner, struct table *t, const struct err *e)
{
	struct agent_screen *x = owner;
	if (e) {
		x->error = *e;
		return;
	}
	err_clear(&x->error);
	table_free(x->facts);
	x->facts = t;
}

static struct screen *open_agent(struct app *a, const struct view *v, const struct view_args *args)
{
	struct agent_screen *x = mem_alloc(sizeof *x);
	(void)v;
	x->ask = ask_new(a, x, got_facts);
	for (int i = 0; i < N_PARTS; i++) x->part[i] = sheet_new(a, parts[i], args);
	return &x->base;
}

static void close_agent(struct screen *s)
{
	struct agent_screen *x = (struct agent_screen *)s;
	ask_free(x->ask);
	table_free(x->facts);
	for (int i = 0; i < N_PARTS; i++) sheet_free(x->part[i]);
	free(x);
}

static void fetch_agent(struct screen *s)
{
	struct agent_screen *x = (struct agent_screen *)s;
	ask_query(x->ask, view_query(s->view, &s->args), &s->args);
	for (int i = 0; i < N_PARTS; i++) sheet_fetch(x->part[i]);
}

static void retime_agent(struct screen *s)
{
	struct agent_screen *x = (struct agent_screen *)s;
	ask_free(x->ask); /* an answer under way is of another time */
	x->ask = ask_new(s->app, x, got_facts);
	ask_query(x->ask, view_query(s->view, &s->args), &s->args);
	for (int i = 0; i < N_PARTS; i++) sheet_retime(x->part[i], &s->args);
}

// clang-format off
static const struct fact { const char *name, *col; enum cell_as as; bool is_state; } facts[] = {
	{ "health", "health", AS_TEXT, true },         { "silent", "seconds_since_heartbeat", AS_SECONDS, false },
	{ "cause", "cause", AS_TEXT, false },          { "every s", "heartbeat_interval_seconds", AS_INT, false },
	{ "says", "status", AS_TEXT, true },           { "client", "client", AS_TEXT, false },
	{ "pool", "current_pool_id", AS_POOL, false }, { "mode", "current_mode", AS_TEXT, false },
	{ "spot $/h", "spot_price", AS_USD4, false },  { "od $/h", "ondemand_price", AS_USD4, false },
	{ "notice", "notice_status", AS_TEXT, true },  { "deadline", "notice_deadline", AS_UNTIL, false },
	{ "primaries", "primary_count", AS_INT, false }, { "replicas", "replica_count", AS_INT, false },
	{ "zombies", "zombie_count", AS_INT, false },  { "this week", "switches_this_week", AS_INT, false },
	{ "auto switch", "auto_switch_enabled", AS_YESNO, false }, { "auto terminate", "auto_terminate_enabled", AS_YESNO, false },
	{ "auto replica", "replica_enabled", AS_YESNO, false }, { "manual replica", "manual_replica_enabled", AS_YESNO, false },
	{ "host", "hostname", AS_TEXT, false },        { "version", "agent_version", AS_TEXT, false },
};
// clang-format on

/* Pairs in as many columns as fit; returns the rows used. */
static int paint_facts(struct agent_screen *x, struct grid *g, struct rect r)
{
	struct cell_env env = app_env(x->base.app);
	struct buf b = BUF_EMPTY;
	int per_row = r.w >= 120 ? 4 : r.w >= 72 ? 3 : r.w >= 48 ? 2 : 1, w = r.w / per_row;
	int most = r.h / 3 > 2 ? r.h / 3 : 2, rows = 0;
	if (!x->facts || !x->facts->n_rows) {
		grid_text(g, r.y, r.x + 2, r.w - 4, x->error.code ? ST_WARN : ST_DIM,
		          x->error.code ? x->error.text
		          : x->facts    ? "no such agent: it was removed"
		                        : "reading");
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
		int y = r.y + (int)i / per_row, at = r.x + 1 + (int)i % per_row * w;
		if (y >= r.y + most) break;
		const char *v = table_get(x->facts, 0, facts[i].col);
		struct col c = { .name = facts[i].col, .as = facts[i].as };
		char aged[32];
		buf_cut(&b, 0);
		if (facts[i].as == AS_SECONDS && v && !app_is_past(x->base.app)) {
			snprintf(aged, sizeof aged, "%.0f",
			         strtod(v, NULL) + (double)(clock_age_ms(x->facts->read_at_mono_ms)) / 1000);
			v = aged;
		}
		cell_text(&b, &c, CELL_TEXT, v, &env);
		cell_narrow(&b, &c, w > 16 ? (size_t)w - 16 : 0, g->is_ascii);
		grid_text(g, y, at, 14, ST_DIM, facts[i].name);
		grid_text(g, y, at + 15, w - 16,
		          facts[i].is_state ? style_of_state(v)
		          : v               ? ST_TEXT
		                            : ST_DIM,
		          buf_str(&b));
		rows = y - r.y + 1;
	}
	buf_free(&b);
	return rows;
}

/* Which parts have room, and how many rows each: four at least (title, heads, two rows), what is left goes
 * to the one in focus first, then to who needs it. */
static int share_rows(const struct agent_screen *x, int left, int h[N_PARTS])
{
	int fit = left / 4 < 1         ? 1
	          : left / 4 > N_PARTS ? N_PARTS
	                               : left / 4,
	    first = fit == N_PARTS ? 0 : x->focus;
	memset(h, 0, sizeof(int) * N_PARTS);
	for (int i = 0; i < fit; i++) h[(first + i) % N_PARTS] = fit == 1 ? left : 4;
	int spare = fit == 1 ? 0 : left - 4 * fit;
	for (int i = 0; i < N_PARTS; i++) {
		int k = (x->focus + i) % N_PARTS, need = x->part[k]->t ? (int)x->part[k]->n + 2 - h[k] : 0;
		if (!h[k] || need <= 0) continue;
		int more = need < spare ? need : spare;
		h[k] += more;
		spare -= more;
	}
	return first;
}

static void paint_agent(struct screen *s, struct grid *g, struct rect r)
{
	struct agent_screen *x = (struct agent_screen *)s;
	int y = r.y + paint_facts(x, g, r) + (r.h > 16), h[N_PARTS];
	if (app_is_stale(s->app)) grid_dim(g, r.y, y);
	int first = share_rows(x, r.y + r.h - y, h);
	for (int i = 0; i < N_PARTS; i++) {
		int k = (first + i) % N_PARTS;
		struct buf about = BUF_EMPTY;
		if (!h[k]) continue;
		sheet_describe(x->part[k], &about);
		int w = grid_text(g, y, r.x + 1, 16, k == x->focus ? ST_ACCENT : ST_STRONG,
		                  x->part[k]->view->name);
		grid_text(g, y, r.x + w + 3, r.w - w - 4, ST_DIM, buf_str(&about));
		buf_free(&about);
		sheet_paint(x->part[k], g, (struct rect){ y + 1, r.x, h[k] - 1, r.w }, k == x->focus);
		y += h[k];
	}
}

static enum reaction act_agent(struct screen *s, const char *action)
{
	struct agent_screen *x = (struct agent_screen *)s;
	if (strcmp(action, "focus.next") == 0)
		x->focus = (x->focus + 1) % N_PARTS;
	else if (strcmp(action, "focus.prev") == 0)
		x->focus = (x->focus + N_PARTS - 1) % N_PARTS;
	else if (strcmp(action, "open") == 0)
		return R_UNKNOWN;
	else
		return sheet_act(x->part[x->focus], action);
	return R_DRAW;
}

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
	return x->part[x->focus];
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
	.act = act_agent,
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
	.note_at = "heartbeats are not kept; settings: known if they have not changed since",
	.refresh_ms = 1000,
	.target = TARGET_AGENT,
	.target_col = "agent_id",
	.param = "agent",
	.param_help = "AGENT",
	.is_hidden = true,
};
