/* command.c - commands found and walked: the table's rows, with every verb and every view in their places. */
#include "views/cli/command.h"
#include "core/fleet/verb.h"
#include "views/model/verbs.h"
#include "views/model/view.h"
#include <stdio.h>
#include <string.h>

static bool view_is_command(const struct view *v)
{
	return v->query && v->n_cols && v->row_key && !v->is_hidden;
}

/* Not the caller's to give: a general option, and what tells the parts of a list's order apart. */
bool view_has_option(const struct view *v, const char *param)
{
	for (size_t i = 0; i < v->n_parts; i++)
		if (v->parts[i].param && strcmp(param, v->parts[i].param) == 0) return false;
	char word[40];
	snprintf(word, sizeof word, " %s ", param);
	if (v->unasked && strstr(v->unasked, word)) return false;
	return strcmp(param, "at") != 0 && strcmp(param, "limit") != 0;
}

bool view_takes_client(const struct view *v)
{
	for (size_t i = 0; i < v->query->n_params; i++)
		if (strcmp(v->query->params[i].name, "client") == 0) return false;
	return view_col(v, "client") != NULL;
}

static struct command of_verb(const struct command *row, const struct verb *v)
{
	struct command c = *row;
	c.all = ONE;
	c.name = v->command;
	c.help = v->about;
	c.verb = v;
	return c;
}

static struct command of_view(const struct command *row, const struct view *v)
{
	struct command c = *row;
	c.all = ONE;
	c.name = v->name;
	c.help = v->about;
	c.view = v;
	return c;
}

/* A row of the table; its view, if its name is one's: `prices` and `audit` are both. */
static struct command of_row(const struct command *row)
{
	struct command c = *row;
	const struct view *v = view_find(row->name);
	if (!c.sub && v && view_is_command(v)) c.view = v;
	return c;
}

static const struct command *row_of(const struct command *table, const char *name, const char *sub)
{
	for (const struct command *r = table; r->help || r->all; r++)
		if (!r->all && strcmp(r->name, name) == 0 &&
		    (sub ? r->sub && strcmp(r->sub, sub) == 0 : !r->sub))
			return r;
	return NULL;
}

bool command_find(const struct command *table, const char *name, const char *sub, struct command *out)
{
	const struct command *row = row_of(table, name, sub);
	if (row) {
		*out = of_row(row);
		return true;
	}
	const struct verb *verb = verb_find(name);
	const struct view *view = view_find(name);
	if (sub) return false;
	for (const struct command *r = table; r->help || r->all; r++) {
		if (r->all == ALL_VERBS && verb && verb->command) {
			*out = of_verb(r, verb);
			return true;
		}
		if (r->all == ALL_VIEWS && view && view_is_command(view)) {
			*out = of_view(r, view);
			return true;
		}
	}
	return false;
}

void command_each(const struct command *table, bool (*put)(void *ctx, const struct command *c), void *ctx)
{
	struct command c;
	for (const struct command *r = table; r->help || r->all; r++) {
		if (r->all == ONE && !r->sub) {
			c = of_row(r);
			if (!put(ctx, &c)) return;
		}
		for (size_t i = 0; r->all == ALL_VERBS && verbs[i]; i++) {
			if (!verbs[i]->command) continue;
			c = of_verb(r, verbs[i]);
			if (!put(ctx, &c)) return;
		}
		for (size_t i = 0; r->all == ALL_VIEWS && views[i]; i++) {
			if (!view_is_command(views[i]) || row_of(table, views[i]->name, NULL)) continue;
			c = of_view(r, views[i]);
			if (!put(ctx, &c)) return;
		}
	}
}

const struct command *command_sub(const struct command *table, const char *name, size_t i)
{
	for (const struct command *r = table; r->help || r->all; r++)
		if (!r->all && r->sub && strcmp(r->name, name) == 0 && i-- == 0) return r;
	return NULL;
}
