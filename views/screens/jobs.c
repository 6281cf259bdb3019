/* jobs.c - the scheduled jobs; below them what the price tiers hold, and the runs of the job under the cursor. */
#include "views/screens/jobs.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/lists/ranks.h"
#include "views/nav/nav.h"
#include "views/table/sheet.h"
#include "views/table/sheet_actions.h"
#include "views/table/sheet_rows.h"
#include "views/table/stack.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { P_JOBS, P_TIERS, P_RUNS };
struct jobs_screen {
	struct screen base;
	struct stack parts;
	char job[64]; /* whose runs are shown */
};

// clang-format off
static const struct col job_cols[] = {
	{ "name",                 "job",      AS_TEXT, .min = 12, .want = 18 },
	{ "state",                "state",    AS_TEXT, .min = 7, .ranks = RANKS_JOB, .style = style_of_state, .about = "ok running late failed never off; dead: no worker holds the lease" },
	{ "last_ok_at",           "last ok",  AS_AGE, .min = 7, .about = "age of the last run that ended well" },
	{ "next_run_at",          "next in",  AS_UNTIL, .min = 8, .rank = 2 },
	{ "progress",             "done %",   AS_PERCENT, .min = 6, .rank = 2, .about = "of the run under way" },
	{ "rows_per_second",      "rows/s",   AS_INT, .min = 6, .rank = 3, .about = "of the run under way" },
	{ "every_seconds",        "every",    AS_DURATION, .min = 6, .rank = 4 },
	{ "last_duration_ms",     "took ms",  AS_INT, .min = 7, .rank = 3 },
	{ "consecutive_failures", "fails",    AS_INT, .min = 5, .rank = 4 },
	{ "holder",               "worker",   AS_TEXT, .min = 10, .want = 22, .rank = 5 },
	{ "last_error",           "error",    AS_TEXT, .min = 12, .want = 30, .rank = 3, .is_message = true },
	{ "about",                "about",    AS_TEXT, .min = 20, .want = 40, .flex = 1, .rank = 6 },
	{ "last_run_at",          "last run", AS_TIME, .min = 11, .is_hidden = true },
	{ "lease_until",          "lease",    AS_UNTIL, .min = 8, .is_hidden = true },
	{ "fence",                "fence",    AS_INT, .min = 5, .is_hidden = true },
	{ "led_since",            "since",    AS_TEXT, .min = 10, .is_hidden = true, .about = "leader: since when this worker leads" },
};
// clang-format on
/* The jobs alone, as a part of the screen. */
static const struct view jobs_part = {
	.name = "jobs",
	.query = &sql_queries_jobs,
	.query_at = &sql_queries_jobs_at,
	.row_key = "name",
	.label = "name",
	.cols = job_cols,
	.n_cols = ARRAY_LEN(job_cols),
	.sort = "name",
	.target = TARGET_JOB,
	.target_col = "name",
	.empty = "no job is scheduled: start `spotop worker`",
};
static const struct view *const parts[] = {
	[P_JOBS] = &jobs_part, [P_TIERS] = &view_tiers, [P_RUNS] = &view_runs
};

static struct screen *open_jobs(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct jobs_screen *x = mem_alloc(sizeof *x);
	(void)v;
	stack_init(&x->parts, nav, parts, ARRAY_LEN(parts), args);
	return &x->base;
}

static void close_jobs(struct screen *s)
{
	stack_free(&((struct jobs_screen *)s)->parts);
	free(s);
}

static void fetch_jobs(struct screen *s) { stack_fetch(&((struct jobs_screen *)s)->parts); }
static void retime_jobs(struct screen *s) { stack_retime(&((struct jobs_screen *)s)->parts, &s->args); }

/* The runs follow the cursor. */
static void follow(struct jobs_screen *x)
{
	size_t row;
	struct table *t = sheet_row(x->parts.part[P_JOBS], &row);
	const char *name = t ? table_get(t, row, "name") : NULL;
	if (!name || strcmp(name, x->job) == 0) return;
	snprintf(x->job, sizeof x->job, "%s", name);
	struct view_args args = x->base.args;
	view_args_set(&args, "job", x->job);
	sheet_retime(x->parts.part[P_RUNS], &args);
}

/* Who leads and since when, or that nobody does. */
static void paint_leader(struct jobs_screen *x, struct grid *g, int y, struct rect r)
{
	const struct table *t = x->parts.part[P_JOBS]->t;
	struct cell_env env = nav_env(x->base.nav);
	static const struct col since = { .as = AS_TIME };
	for (size_t i = 0; t && i < t->n_rows; i++) {
		const char *name = table_get(t, i, "name"), *state = table_get(t, i, "state");
		const char *holder = table_get(t, i, "holder"), *from = table_get(t, i, "led_since");
		if (!name || strcmp(name, "leader") != 0) continue;
		if (!state || strcmp(state, "ok") != 0) {
			grid_text(g, y, r.x + 1, r.w - 2, ST_CRIT,
			          "NO WORKER LEADS: no job runs; start `spotop worker`");
			return;
		}
		struct buf b = BUF_EMPTY;
		buf_addf(&b, "led by %s since ", holder ? holder : "n/a");
		cell_text(&b, &since, CELL_TIME, from, &env);
		grid_text(g, y, r.x + 1, r.w - 2, ST_DIM, buf_str(&b));
		buf_free(&b);
	}
}

static void paint_jobs(struct screen *s, struct grid *g, struct rect r)
{
	struct jobs_screen *x = (struct jobs_screen *)s;
	follow(x);
	if (nav_is_past(s->nav)) {
		stack_paint(&x->parts, g, r);
		return;
	}
	paint_leader(x, g, r.y, r);
	stack_paint(&x->parts, g, (struct rect){ r.y + 1, r.x, r.h - 1, r.w });
}

static struct sheet *sheet_jobs(struct screen *s) { return stack_focus(&((struct jobs_screen *)s)->parts); }

static enum reaction jobs_action(struct screen *s, const char *action)
{
	enum reaction did = sheet_action(sheet_jobs(s), action);
	follow((struct jobs_screen *)s);
	return did;
}

static void focus_jobs(struct screen *s, int by) { stack_step(&((struct jobs_screen *)s)->parts, by); }

static struct table *row_jobs(struct screen *s, size_t *row) { return sheet_row(sheet_jobs(s), row); }

static const struct view *target_of(struct screen *s) { return sheet_jobs(s)->view; }

static int64_t read_at_jobs(struct screen *s)
{
	const struct table *t = ((struct jobs_screen *)s)->parts.part[P_JOBS]->t;
	return t ? t->read_at_mono_ms : TIME_NONE;
}

static const struct screen_ops jobs_screen_ops = {
	.open = open_jobs,
	.close = close_jobs,
	.paint = paint_jobs,
	.action = jobs_action,
	.focus = focus_jobs,
	.fetch = fetch_jobs,
	.retime = retime_jobs,
	.row = row_jobs,
	.sheet = sheet_jobs,
	.target_view = target_of,
	.read_at = read_at_jobs,
};
const struct view view_jobs = {
	.name = "jobs",
	.digit = '8',
	.about = "The scheduled jobs: last and next run, duration, errors, who leads; the price tiers; each "
	         "job's runs.",
	.query = &sql_queries_jobs,
	.query_at = &sql_queries_jobs_at,
	.note_at = "leader, schedule and progress are not kept, nor runs that had nothing to do",
	.screen = &jobs_screen_ops,
	.screen_has_past = true,
	.refresh_ms = 1000,
	.row_key = "name",
	.label = "name",
	.cols = job_cols,
	.n_cols = ARRAY_LEN(job_cols),
	.sort = "name",
	.target = TARGET_JOB,
	.target_col = "name",
	.empty = "no job is scheduled: start `spotop worker`",
};

// clang-format off
static const struct col tier_cols[] = {
	{ "tier",           "tier",     AS_TEXT, .min = 12 },
	{ "newest_at",      "behind",   AS_AGE, .min = 8, .about = "age of the newest point" },
	{ "rows_estimated", "rows ~",   AS_INT, .min = 10, .about = "as the server estimates them" },
	{ "bytes",          "size ~",   AS_BYTES, .min = 8, .about = "as the server estimates it" },
	{ "parts",          "parts",    AS_INT, .min = 5, .rank = 2, .about = "partitions with a range" },
	{ "first_part",     "first",    AS_TEXT, .min = 12, .rank = 3 },
	{ "last_part",      "last",     AS_TEXT, .min = 12, .rank = 3 },
	{ "table_name",     "table",    AS_TEXT, .min = 20, .rank = 4 },
	{ "lag_seconds",    "lag",      AS_DURATION, .min = 6, .is_hidden = true },
	{ "place",          "place",    AS_INT, .min = 5, .is_hidden = true },
};
const struct view view_tiers = {
	.name = "tiers", .about = "The price tiers: how far behind now, rows, size, partitions and their range.",
	.query = &sql_queries_tiers, .row_key = "tier", .label = "tier", .cols = tier_cols, .n_cols = ARRAY_LEN(tier_cols),
	.sort = "place", .refresh_ms = 5000, .empty = "no tier: the schema is not installed",
	.query_at = &sql_queries_tiers_at, .note_at = "how far the tiers after the raw one reached, and what they held, is not kept",
};

static const struct col run_cols[] = {
	{ "started_at",       "started",  AS_TIME, .min = 11 },
	{ "job",              "job",      AS_TEXT, .min = 12, .want = 18 },
	{ "status",           "status",   AS_TEXT, .min = 9, .style = style_of_state },
	{ "duration_seconds", "took",     AS_DURATION, .min = 6 },
	{ "rows_changed",     "rows",     AS_INT, .min = 9, .about = "rows it changed" },
	{ "steps_done",       "steps",    AS_INT, .min = 6, .rank = 2 },
	{ "steps_total",      "of",       AS_INT, .min = 6, .rank = 3 },
	{ "errors",           "errors",   AS_INT, .min = 6, .rank = 3 },
	{ "error_message",    "error",    AS_TEXT, .min = 16, .want = 40, .flex = 1, .rank = 2, .is_message = true },
	{ "holder",           "worker",   AS_TEXT, .min = 10, .want = 22, .rank = 4 },
	{ "window_start",     "from",     AS_TIME, .min = 11, .rank = 5 },
	{ "window_end",       "to",       AS_TIME, .min = 11, .rank = 5 },
	{ "run_id",           "id",       AS_SHORT_ID, .min = 8, .is_hidden = true },
	{ "dated",             "dated",   AS_TEXT, .min = 5, .is_hidden = true, .about = "ahead: of a time to come, since the clock was put back; those stand last" },
};
static const struct part run_parts[] = {
	{ .param = "dated", .value = "past", .sort = "started_at", .is_desc = true, .col = "dated", .holds = "past" },
	{ .param = "dated", .value = "ahead", .sort = "started_at", .is_desc = true, .col = "dated", .holds = "ahead" },
};
const struct view view_runs = {
	.name = "runs", .about = "The last 200 runs of the jobs, newest first.",
	.query = &sql_queries_job_history_page, .row_key = "run_id", .label = "job", .cols = run_cols, .n_cols = ARRAY_LEN(run_cols),
	.sort = "started_at", .is_desc = true, .parts = run_parts, .n_parts = ARRAY_LEN(run_parts), .param = "job", .param_help = "JOB", .empty = "no run that changed anything yet",
	.query_at = &sql_queries_job_history_at, .note_at = "how far a run under way had come is not kept, nor runs that had nothing to do",
};
// clang-format on
