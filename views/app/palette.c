/* palette.c - what may be typed after `:`: views, verbs, settings and every action of the key table, found by
 * the letters typed in their order, each shown with its key; anything else is looked for as an id of the fleet. */
#include "views/app/palette.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "sql.h"
#include "views/cli/cli.h"
#include "views/model/verbs.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// clang-format off
static const struct setting { const char *name, *action, *args, *about; } settings[] = {
	{ "at",       NULL,       "WHEN",           "the fleet as it was: 02:41, -8h, now" },
	{ "bulk",     NULL,       NULL,             "the act on many rows that is under way or was broken off" },
	{ "columns",  "columns",  "[a,b,c]",        "which columns, in which order; alone: choose" },
	{ "copy",     "copy",     "[COLUMN]",       "a cell of the row; alone: the chosen cell or the id" },
	{ "env",      NULL,       "NAME",           "another environment: the option groups that end in _NAME" },
	{ "every",    NULL,       "5s|data",        "reads and paints so often, for bad links; data: as it comes" },
	{ "filter",   "filter",   "EXPR",           "col:val col>n col~re !x a|b" },
	{ "find",     NULL,       "EXPR",           "goes to the next row that matches; n and p go on" },
	{ "help",     "help",     NULL,             "keys and columns of this view" },
	{ "local",    "timezone", NULL,             "local times" },
	{ "mark",     NULL,       "EXPR",           "marks every row here that matches, as a filter would" },
	{ "quit",     "quit",     NULL,             "leave" },
	{ "q",        "quit",     NULL,             "leave" },
	{ "readonly", NULL,       NULL,             "nothing may be issued any more" },
	{ "save",     "save",     "FILE",           "the rows shown, as FILE.csv or FILE.json" },
	{ "sort",     "sort.next", "COLUMN [desc]", "order of the rows" },
	{ "theme",    NULL,       "NAME",           "dark light contrast colorblind mono" },
	{ "utc",      "timezone", NULL,             "times in UTC" },
	{ "view",     NULL,       "[save] NAME",    "a view with its filter, order and columns, kept by name" },
	{ "write",    NULL,       NULL,             "arm: commands may be issued from the action menu" },
};
// clang-format on

static const struct setting *setting_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		if (strcmp(settings[i].name, name) == 0) return &settings[i];
	return NULL;
}

bool palette_wants_argument(const char *name)
{
	const struct setting *s = setting_find(name);
	return s && s->args && s->args[0] != '[';
}

/* 4: the same, 3: begins with it, 2: contains it, 1: its letters in this order, 0: no. */
static int fuzzy(const char *name, const char *typed)
{
	size_t n = strlen(typed);
	if (strcmp(name, typed) == 0) return 4;
	if (strncmp(name, typed, n) == 0) return 3;
	if (text_contains(name, typed)) return 2;
	for (; *name && *typed; name++)
		if (tolower((unsigned char)*name) == tolower((unsigned char)*typed)) typed++;
	return *typed ? 0 : 1;
}

void candidate_offer(struct candidates *l, const char *typed, const char *before, const char *name,
                     const char *key, const char *args, const char *about)
{
	int score = fuzzy(name, typed);
	if (!score && about && strlen(typed) >= 3 && text_contains(about, typed)) score = 1;
	if (!score || l->n == l->max) return;
	size_t at = l->n;
	while (at && l->out[at - 1].score < score) at--;
	memmove(&l->out[at + 1], &l->out[at], sizeof l->out[0] * (l->n - at));
	struct candidate *c = &l->out[at];
	*c = (struct candidate){ .score = score, .args = args };
	snprintf(c->line, sizeof c->line, "%s%s", before, name);
	snprintf(c->show, sizeof c->show, "%s", name);
	snprintf(c->about, sizeof c->about, "%s", about ? about : "");
	snprintf(c->key, sizeof c->key, "%s", key ? key : "");
	l->n++;
}

/* Short names that other consoles taught, or that are typed a hundred times a day. */
static const struct {
	const char *word, *view;
} aliases[] = { { "cmds", "commands" }, { "cmd", "commands" }, { "tl", "timeline" },
	        { "time", "timeline" }, { "db", "database" },  { "ov", "overview" },
	        { "home", "overview" }, { "pr", "prices" },    { "notes", "notifications" } };

const struct view *palette_view(const char *word)
{
	const struct view *v = view_find(word);
	for (size_t i = 0; !v && i < ARRAY_LEN(aliases); i++)
		if (strcmp(aliases[i].word, word) == 0) v = view_find(aliases[i].view);
	return v;
}

bool palette_is_action(struct app *a, const char *word)
{
	const char *scope = app_top(a) ? app_top(a)->view->name : "*", *action, *help;
	char keys[80];
	for (size_t i = 0; keymap_line(a->keymap, scope, i, keys, sizeof keys, &action, &help); i++)
		if (strcmp(action, word) == 0) return true;
	return false;
}

static void offer_actions(struct app *a, struct candidates *l, const char *scope, const char *typed)
{
	const char *action, *help;
	char keys[80], key[24];
	for (size_t i = 0; keymap_line(a->keymap, scope, i, keys, sizeof keys, &action, &help); i++) {
		if (strncmp(action, "view.", 5) == 0 || strncmp(action, "move.", 5) == 0 ||
		    setting_find(action) || view_find(action) || verb_find(action) ||
		    strcmp(action, "palette") == 0)
			continue;
		candidate_offer(l, typed, "", action,
		                keymap_key_of(a->keymap, scope, action, key, sizeof key), NULL, help);
	}
}

size_t palette_candidates(struct app *a, struct candidate *out, size_t max)
{
	const char *typed = buf_str(&a->prompt.edit.text), *blank = strchr(typed, ' ');
	const char *scope = app_top(a) ? app_top(a)->view->name : "*";
	char key[24], action[16], word[64];
	struct candidates l = { out, 0, max };
	if (a->prompt.kind == PROMPT_FILTER) {
		complete_filter(a, &l, "", typed);
		return l.n;
	}
	if (blank) {
		snprintf(word, sizeof word, "%.*s", (int)(blank - typed), typed);
		complete_arguments(a, &l, word, blank + 1);
		return l.n;
	}
	for (size_t i = 0; views[i]; i++) {
		if (views[i]->is_hidden || views[i]->param_is_needed) continue;
		snprintf(action, sizeof action, "view.%c", views[i]->digit);
		if (views[i]->digit)
			keymap_key_of(a->keymap, scope, action, key, sizeof key);
		else
			key[0] = 0;
		candidate_offer(&l, typed, "", views[i]->name, key, NULL, views[i]->about);
	}
	for (size_t i = 0; *typed && verbs[i]; i++) {
		keymap_key_of(a->keymap, scope, "act", action, sizeof action);
		snprintf(key, sizeof key, "%s %s", action, verbs[i]->key ? verbs[i]->key : "");
		candidate_offer(&l, typed, "", verbs[i]->name, key, NULL, verbs[i]->about);
	}
	for (size_t i = 0; *typed && i < ARRAY_LEN(settings); i++) {
		key[0] = 0;
		if (settings[i].action) keymap_key_of(a->keymap, scope, settings[i].action, key, sizeof key);
		candidate_offer(&l, typed, "", settings[i].name, key, settings[i].args, settings[i].about);
	}
	if (*typed) offer_actions(a, &l, scope, typed);
	return l.n;
}

/* Up and Down go through the list; a theme is tried on as it is passed. */
void palette_choose(struct app *a, int by)
{
	struct candidate c[PALETTE_MAX];
	int n = (int)palette_candidates(a, c, PALETTE_MAX), to = a->prompt.choice + by;
	if (!n) return;
	a->prompt.choice = to < 0 ? n - 1 : to >= n ? 0 : to;
	if (strncmp(c[a->prompt.choice].line, "theme ", 6) == 0)
		term_set_theme(a->term, c[a->prompt.choice].line + 6);
}

void palette_leave(struct app *a) { term_set_theme(a->term, a->theme); }

void palette_paint(struct app *a, struct grid *g, int bottom)
{
	struct candidate c[PALETTE_MAX];
	size_t n = palette_candidates(a, c, PALETTE_MAX);
	bool blank = a->prompt.kind == PROMPT_FILTER;
	int most = a->prompt.kind == PROMPT_FILTER ? 6 : 10; /* the rows that match are to be seen */
	int room = bottom - 2 < most ? bottom - 2 : most, from = 0;
	if (g->rows < 16 && room > 4) room = 4;
	if (room < 1) return;
	if (a->prompt.choice >= room) from = a->prompt.choice - room + 1;
	int rows = (int)n - from < room ? (int)n - from : room;
	for (int i = 0; i < rows; i++) {
		const struct candidate *k = &c[from + i];
		int y = bottom - rows + i, x = 2;
		grid_fill(g, y, 0, g->cols, ST_TEXT, ' ');
		grid_text(g, y, x, 6, ST_KEY, k->key);
		x += 7;
		x += grid_text(g, y, x, 28, ST_STRONG, blank ? k->show : k->line) + 1;
		if (k->args) x += grid_text(g, y, x, 16, ST_ACCENT, k->args) + 1;
		if (x < 26) x = 26;
		grid_text(g, y, x, g->cols - x - 1, ST_DIM, k->about);
		if (from + i == a->prompt.choice) grid_cursor_row(g, y, 0, g->cols);
	}
}

/* --- an id of the fleet --- */

static void open_agent(struct app *a, const char *id, const char *label)
{
	struct view_args args = { 0 };
	view_args_set(&args, "agent", id);
	app_open(a, view_find("agents"), NULL, NULL);
	app_open(a, view_find("agent"), &args, label);
}

static void open_filtered(struct app *a, const char *view, const char *col, const char *id)
{
	char filter[120];
	struct err e;
	const struct view *v = view_find(view);
	app_open(a, v, NULL, NULL);
	snprintf(filter, sizeof filter, "%s=%s", col, id);
	if (app_sheet(a) && !sheet_filter(app_sheet(a), filter, &e)) app_say(a, ST_WARN, "%s", e.text);
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
		app_say(a, ST_WARN, "%s", e->text);
		return;
	}
	if (t->n_rows && a->popup) { /* what stands over the screen belongs to it */
		app_say(a, ST_INFO, "%s is found; :%s opens it when this is closed", table_get(t, 0, "label"),
		        a->jump_for);
		table_free(t);
		return;
	}
	if (!t->n_rows && !a->jump_is_scan) {
		table_free(t);
		a->jump_is_scan = true;
		app_say(a, ST_INFO, "looking through every id for '%s'", a->jump_for);
		ask_jump(a);
		return;
	}
	if (!t->n_rows) {
		app_say(a, ST_WARN, "no view, command, agent or id '%s'", a->jump_for);
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
	if (t->n_rows > 1) app_say(a, ST_INFO, "%s; %zu others begin so", label, t->n_rows - 1);
	table_free(t);
}

bool palette_jump(struct app *a, const char *text)
{
	if (a->read_status.phase != DB_UP) {
		snprintf(a->prompt.error, sizeof a->prompt.error,
		         "no view or command '%s', and no database to ask", text);
		return false;
	}
	if (!a->jump_ask) a->jump_ask = ask_new(a, a, got_jump);
	if (ask_is_busy(a->jump_ask)) return false;
	snprintf(a->jump_for, sizeof a->jump_for, "%s", text);
	a->jump_is_scan = false;
	ask_jump(a);
	return true;
}
