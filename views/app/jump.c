/* jump.c - an id or a name of the fleet, typed after `:`: looked for by index, then through every id; opened when
 * the answer comes, unless a window stands over the screen by then. */
#include "views/app/jump.h"
#include "core/base/err.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/app/app.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/trail.h"
#include "views/table/sheet.h"
#include <stdio.h>
#include <string.h>

static void open_agent(struct app *a, const char *id, const char *label)
{
	struct view_args args = { 0 };
	view_args_set(&args, "agent", id);
	nav_open(a->nav, view_find("agents"), NULL, NULL);
	nav_open(a->nav, view_find("agent"), &args, label);
}

static void open_filtered(struct app *a, const char *view, const char *col, const char *id)
{
	char filter[120];
	struct err e;
	const struct view *v = view_find(view);
	nav_open(a->nav, v, NULL, NULL);
	snprintf(filter, sizeof filter, "%s=%s", col, id);
	if (nav_sheet(a->nav) && !sheet_filter(nav_sheet(a->nav), filter, &e))
		nav_say(a->nav, ST_WARN, "%s", e.text);
}

/* What an index tells comes at once; only when that is nothing every id is looked at. */
static void ask_jump(struct app *a)
{
	struct view_args args = { 0 };
	view_args_set(&args, "text", a->jump_for);
	ask_query(a->jump_ask, a->jump_is_scan ? &sql_queries_jump_scan : &sql_queries_jump, &args);
}

static void got_jump(void *owner, struct table *t, const struct err *e)
{
	struct app *a = owner;
	if (e) {
		nav_say(a->nav, ST_WARN, "%s", e->text);
		return;
	}
	if (t->n_rows && nav_window(a->nav)) { /* what stands over the screen belongs to it */
		nav_say(a->nav, ST_INFO, "%s is found; :%s opens it when this is closed",
		        table_get(t, 0, "label"), a->jump_for);
		table_free(t);
		return;
	}
	if (!t->n_rows && !a->jump_is_scan) {
		table_free(t);
		a->jump_is_scan = true;
		nav_say(a->nav, ST_INFO, "looking through every id for '%s'", a->jump_for);
		ask_jump(a);
		return;
	}
	if (!t->n_rows) {
		nav_say(a->nav, ST_WARN, "no view, command, agent or id '%s'", a->jump_for);
		table_free(t);
		return;
	}
	const char *kind = table_get(t, 0, "kind"), *id = table_get(t, 0, "id"),
	           *label = table_get(t, 0, "label");
	if (strcmp(kind, "agent") == 0)
		open_agent(a, id, label);
	else if (strcmp(kind, "instance") == 0)
		open_filtered(a, "instances", "instance_id", id);
	else if (strcmp(kind, "pool") == 0)
		open_filtered(a, "pools", "pool", id);
	else if (strcmp(kind, "client") == 0)
		open_filtered(a, "clients", "client_id", id);
	else
		open_filtered(a, "commands", "command_id", id);
	if (t->n_rows > 1)
		nav_say(a->nav, ST_INFO, "%s; %s so", label,
		        COUNTED(t->n_rows - 1, "other begins", "others begin"));
	table_free(t);
}

bool jump_to(struct app *a, const char *text, struct err *e)
{
	if (nav_is_stale(a->nav))
		return err_set(e, ERR_NO, "no view or command '%s', and no database to ask", text);
	if (!a->jump_ask) a->jump_ask = ask_new(a->nav, a, got_jump);
	if (ask_is_busy(a->jump_ask)) return err_set(e, ERR_NO, "'%s' is still looked for", a->jump_for);
	snprintf(a->jump_for, sizeof a->jump_for, "%s", text);
	a->jump_is_scan = false;
	ask_jump(a);
	return true;
}

void jump_drop(struct app *a)
{
	ask_free(a->jump_ask);
	a->jump_ask = NULL;
}
