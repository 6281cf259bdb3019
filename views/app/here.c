/* here.c - whether an action does something on the screen that is seen. */
#include "views/app/here.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "views/nav/action.h"
#include "views/nav/layers.h"
#include "views/table/sheet_actions.h"
#include <string.h>

static bool is_in(const struct action *table, const char *name)
{
	for (; table && table->name; table++)
		if (table->run && strcmp(table->name, name) == 0) return true;
	return false;
}

/* What asks for more than a screen: its table, a row of it, a row that tells of an agent, several panels. */
enum need { A_TABLE, A_ROW, AN_AGENT, PANELS };
static const struct {
	const char *name;
	enum need need;
} needs[] = {
	{ "filter", A_TABLE },    { "columns", A_TABLE },   { "wide", A_TABLE }, { "save", A_TABLE },
	{ "open", A_ROW },        { "describe", A_ROW },    { "copy", A_ROW },   { "copy.menu", A_ROW },
	{ "copy.row", A_ROW },    { "raw", A_ROW },         { "why", AN_AGENT }, { "related", AN_AGENT },
	{ "focus.next", PANELS }, { "focus.prev", PANELS },
};

/* Does the row under the cursor, or the screen, tell of an agent? Before there is a row the view's declaration says so. */
static bool has_agent(const struct nav *nav, const struct screen *s)
{
	size_t row;
	const struct view *v = s->view;
	struct table *t = nav_row(nav, &row, &v);
	if (t) return table_get(t, row, "agent_id") || view_args_get(&s->args, "agent");
	return s->view->target == TARGET_AGENT || view_args_get(&s->args, "agent");
}

bool action_is_here(const struct nav *nav, const char *name)
{
	const struct screen *s = nav_top(nav);
	const struct sheet *sh = nav_sheet(nav);
	if (!s) return false;
	if (is_in(s->ops->actions, name)) return true;
	if (nav_is_past(nav) && strncmp(name, "sort.", 5) == 0 && !sh) /* < and > step in time */
		return strcmp(name, "sort.next") == 0 || strcmp(name, "sort.prev") == 0;
	if (is_in(sheet_actions, name)) return sh && sheet_can(sh, name);
	for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
		if (strcmp(needs[i].name, name) != 0) continue;
		switch (needs[i].need) {
		case A_TABLE: return sh != NULL;
		case A_ROW: return s->ops->row != NULL;
		case AN_AGENT: return has_agent(nav, s);
		case PANELS: return s->ops->focus != NULL;
		}
	}
	return true;
}

enum action_group action_group(const struct nav *nav, const char *name)
{
	static const char *const of_rows[] = { "filter",   "columns",   "wide", "save",     "open",
		                               "describe", "raw",       "copy", "copy.row", "why",
		                               "related",  "copy.menu", "act" };
	const struct screen *s = nav_top(nav);
	if (strncmp(name, "move.", 5) == 0 || strncmp(name, "focus.", 6) == 0) return OF_MOTION;
	if ((s && is_in(s->ops->actions, name)) || is_in(sheet_actions, name)) return OF_SCREEN;
	for (size_t i = 0; i < ARRAY_LEN(of_rows); i++)
		if (strcmp(of_rows[i], name) == 0) return OF_SCREEN;
	return OF_CONSOLE;
}
