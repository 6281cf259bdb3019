/* run.c - what is typed after `:` and is neither a view, nor an action on the fleet, nor a key's action: one row each. */
#include "views/app/run.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/actions/bulk_action.h"
#include "views/app/app.h"
#include "views/app/copy.h"
#include "views/app/env.h"
#include "views/app/save.h"
#include "views/app/saved.h"
#include "views/nav/layers.h"
#include "views/nav/past.h"
#include "views/nav/session.h"
#include "views/table/sheet.h"
#include "views/table/sheet_actions.h"
#include "views/table/sheet_paint.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool run_at(struct app *a, const char *when, struct err *e)
{
	(void)e;
	nav_switch_at(a->nav, *when ? when : "now");
	return true;
}

static bool run_bulk(struct app *a, const char *rest, struct err *e)
{
	(void)rest, (void)e;
	bulk_action_show(a->nav);
	return true;
}

/* The table that the line speaks of, and what of it. */
static struct sheet *table_for(struct app *a, const char *what, const char *rest, struct err *e)
{
	struct sheet *s = nav_sheet(a->nav);
	if (!s)
		err_set(e, ERR_USAGE, "this screen has no table");
	else if (!*rest)
		err_set(e, ERR_USAGE, "%s needs %s", what, line_command_find(a, what)->args);
	else
		return s;
	return NULL;
}

static bool run_columns(struct app *a, const char *list, struct err *e)
{
	struct sheet *s = table_for(a, "columns", list, e);
	return s && sheet_columns(s, list, e);
}

static bool run_copy(struct app *a, const char *name, struct err *e) { return copy_column(a->nav, name, e); }

static bool run_every(struct app *a, const char *value, struct err *e)
{
	int64_t ms = 0;
	bool as_it_comes = strcmp(value, "data") == 0 || strcmp(value, "1s") == 0;
	if (strcmp(value, "slow") == 0) value = "5s";
	if (!as_it_comes && (!duration_parse(value, &ms, NULL) || ms > 600000))
		return err_set(e, ERR_USAGE, "every 2s, 5s, 1m, up to 10m; data: as it comes");
	a->every_ms = ms;
	if (as_it_comes)
		nav_say(a->nav, ST_INFO, "reads and paints as data comes");
	else
		nav_say(a->nav, ST_INFO, "reads and paints every %s; keys are answered at once", value);
	return true;
}

static bool run_filter(struct app *a, const char *text, struct err *e)
{
	struct sheet *s = nav_sheet(a->nav);
	return s ? sheet_filter(s, text, e) : err_set(e, ERR_USAGE, "this screen has no table");
}

static bool run_find(struct app *a, const char *text, struct err *e)
{
	struct sheet *s = table_for(a, "find", text, e);
	return s && sheet_seek_text(s, text, e) && sheet_action(s, "find.next") != R_UNKNOWN;
}

static bool run_mark(struct app *a, const char *text, struct err *e)
{
	struct sheet *s = table_for(a, "mark", text, e);
	return s && sheet_mark(s, text, e);
}

static bool run_local(struct app *a, const char *rest, struct err *e)
{
	(void)rest, (void)e;
	nav_set(a->nav, NAV_LOCAL, true);
	return true;
}

static bool run_utc(struct app *a, const char *rest, struct err *e)
{
	(void)rest, (void)e;
	nav_set(a->nav, NAV_LOCAL, false);
	return true;
}

static bool run_readonly(struct app *a, const char *rest, struct err *e)
{
	(void)rest, (void)e;
	nav_arm(a->nav, false);
	nav_say(a->nav, ST_INFO, "read-only");
	return true;
}

static bool run_write(struct app *a, const char *rest, struct err *e)
{
	(void)rest, (void)e;
	nav_arm(a->nav, true);
	nav_say(a->nav, ST_WARN, "armed: commands may be issued from the action menu (a)");
	return true;
}

static bool run_sort(struct app *a, const char *rest, struct err *e)
{
	struct sheet *s = table_for(a, "sort", rest, e);
	char col[64] = "", dir[64] = "";
	if (!s) return false;
	sscanf(rest, "%63s %63[^\n]", col, dir);
	if (*dir && strcmp(dir, "desc") != 0 && strcmp(dir, "asc") != 0)
		return err_set(e, ERR_USAGE, "'%s' is no order: desc, asc, or nothing behind the column",
		               dir);
	return sheet_sort(s, col, dir[0] == 'd') || err_set(e, ERR_USAGE, "no column '%s' here", col);
}

static bool run_theme(struct app *a, const char *name, struct err *e)
{
	if (!term_set_theme(a->term, name))
		return err_set(e, ERR_USAGE, "themes: dark light contrast colorblind mono");
	snprintf(a->theme, sizeof a->theme, "%.23s", name);
	return true;
}

static bool run_view(struct app *a, const char *rest, struct err *e)
{
	return strncmp(rest, "save ", 5) == 0 ? saved_put(a->nav, rest + 5, e) : saved_open(a->nav, rest, e);
}

static bool run_kill_node(struct app *a, const char *which, struct err *e)
{
	const struct demo_servers *demo = nav_session(a->nav)->demo;
	char *end, said[300];
	long i = strtol(which, &end, 10);
	if (end == which || *end || i < 1 || i > demo->n)
		return err_set(e, ERR_USAGE, "which of this demo's servers: 1 to %d; :hosts shows them",
		               demo->n);
	if (!demo->kill(demo->ctx, (int)i, said, sizeof said, e)) return false;
	nav_say(a->nav, ST_WARN, "killed: %s", said);
	return true;
}

// clang-format off
const struct line_command line_commands[] = {
	{ "at",       NULL,        "WHEN",          "the fleet as it was: 02:41, -8h, now", run_at },
	{ "bulk",     NULL,        NULL,            "the bulk action that is running or was interrupted", run_bulk },
	{ "columns",  "columns",   "[a,b,c]",       "which columns, in which order; alone: choose", run_columns },
	{ "copy",     "copy",      "[COLUMN]",      "a cell of the row; alone: the chosen cell or the id", run_copy },
	{ "env",      NULL,        "NAME",          "another environment: the option groups that end in _NAME", env_switch },
	{ "every",    NULL,        "5s|data",       "reads and paints so often, for bad links; data: as it comes", run_every },
	{ "filter",   "filter",    "EXPR",          "col:val col>n col~re !x a|b", run_filter },
	{ "find",     NULL,        "EXPR",          "goes to the next row that matches; n and p go on", run_find },
	{ "help",     "help",      NULL,            "keys and columns of this view", NULL },
	{ "kill-node", NULL,       "N",             "ends a server of this demo at once, as if its machine had died", run_kill_node },
	{ "local",    "timezone",  NULL,            "local times", run_local },
	{ "mark",     NULL,        "EXPR",          "marks every row here that matches, as a filter would", run_mark },
	{ "quit",     "quit",      NULL,            "leave", NULL },
	{ "q",        "quit",      NULL,            "leave", NULL },
	{ "readonly", NULL,        NULL,            "nothing may be issued any more", run_readonly },
	{ "save",     "save",      "FILE",          "the rows shown, as FILE.csv or FILE.json", save_to },
	{ "sort",     "sort.next", "COLUMN [desc]", "order of the rows", run_sort },
	{ "theme",    NULL,        "NAME",          "dark light contrast colorblind mono", run_theme },
	{ "utc",      "timezone",  NULL,            "times in UTC", run_utc },
	{ "view",     NULL,        "[save] NAME",   "a view with its filter, order and columns, kept by name", run_view },
	{ "write",    NULL,        NULL,            "arm: commands may be issued from the action menu", run_write },
	{ 0 },
};
// clang-format on

bool line_command_is_here(const struct app *a, const struct line_command *c)
{
	return c->run != run_kill_node || nav_session(a->nav)->demo;
}

const struct line_command *line_command_find(const struct app *a, const char *name)
{
	for (const struct line_command *c = line_commands; c->name; c++)
		if (strcmp(c->name, name) == 0 && line_command_is_here(a, c)) return c;
	return NULL;
}
