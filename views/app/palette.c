/* palette.c - the list behind `:`: views, actions on the fleet, what run.c knows and every action of the keymap, found
 * by the letters typed in their order, each shown with its key. */
#include "views/app/palette.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "views/app/complete.h"
#include "views/app/run.h"
#include "views/model/verbs.h"
#include "views/nav/layers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool palette_wants_argument(const struct app *a, const char *name)
{
	const struct line_command *s = line_command_find(a, name);
	return s && s->args && s->args[0] != '[';
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
	const char *scope = nav_top(a->nav) ? nav_top(a->nav)->view->name : "*", *action, *help;
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
		    line_command_find(a, action) || view_find(action) || verb_find(action) ||
		    strcmp(action, "palette") == 0)
			continue;
		candidate_offer(l, typed, "", action,
		                keymap_key_of(a->keymap, scope, action, key, sizeof key), NULL, help);
	}
}

size_t palette_candidates(struct app *a, struct candidate *out, size_t max)
{
	const char *typed = buf_str(&a->prompt.edit.text), *blank = strchr(typed, ' ');
	const char *scope = nav_top(a->nav) ? nav_top(a->nav)->view->name : "*";
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
	for (const struct line_command *c = line_commands; *typed && c->name; c++) {
		if (!line_command_is_here(a, c)) continue;
		key[0] = 0;
		if (c->action) keymap_key_of(a->keymap, scope, c->action, key, sizeof key);
		candidate_offer(&l, typed, "", c->name, key, c->args, c->about);
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
