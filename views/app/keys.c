/* keys.c - the rows of all actions as one keymap, and over it the operator's own: `bind = VIEW KEY ACTION` in the
 * group [keys] of the settings file. Only actions can be bound, and of these none writes: `act` opens the menu,
 * whose dialogs read their own keys. So no binding can take the guard off a write. */
#include "views/app/keys.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "tui/keymap.h"
#include "views/app/actions.h"
#include "views/table/sheet_actions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct list {
	struct binding *b;
	size_t n, cap;
};

enum which { ALL, MOVES, ALL_BUT_MOVES };

static void add(struct list *r, const char *scope, const struct action *a, enum which w)
{
	for (; a && a->name; a++) {
		bool is_move = strncmp(a->name, "move.", 5) == 0;
		if (!a->keys || (w != ALL && is_move != (w == MOVES))) continue;
		if (r->n == r->cap) r->b = mem_grow(r->b, sizeof *r->b * (r->cap = r->cap ? r->cap * 2 : 64));
		r->b[r->n++] = (struct binding){ scope, a->keys, a->name, a->help };
	}
}

static bool bind_line(struct keymap *m, const char *value, struct err *e)
{
	char scope[32], key[24], action[48], more[2];
	if (sscanf(value, " %31s %23s %47s %1s", scope, key, action, more) != 3)
		return err_set(e, ERR_USAGE,
		               "bind: write VIEW KEY ACTION, as in `bind = * C-n move.down`, not '%s'",
		               value);
	if (strcmp(scope, "*") != 0 && !view_find(scope))
		return err_set(e, ERR_USAGE, "bind: no view is called '%s'; * means all", scope);
	bool is_old = strcmp(action, "screen.freeze") == 0; /* as settings of before call it */
	return keymap_bind(m, scope, key, is_old ? "screen.pause" : action, e);
}

static bool remap(struct keymap *m, struct err *e)
{
	const struct conf_item *it;
	for (size_t i = 0; (it = settings_each("keys", i)); i++) {
		struct err one = { 0 };
		if (strcmp(it->name, "bind") != 0)
			return err_set(e, ERR_USAGE,
			               "%s: [keys] holds lines `bind = VIEW KEY ACTION`, not '%s'",
			               it->origin, it->name);
		if (!bind_line(m, it->value ? it->value : "", &one))
			return err_set(e, ERR_USAGE, "%s: %s", it->origin, one.text);
	}
	return true;
}

struct keymap *keys_new(struct err *e)
{
	struct list r = { 0 };
	add(&r, "*", sheet_actions, MOVES); /* in help, what everybody looks for comes first */
	add(&r, "*", console_actions, ALL);
	add(&r, "*", sheet_actions, ALL_BUT_MOVES);
	for (size_t i = 0; views[i]; i++)
		if (views[i]->screen) add(&r, views[i]->name, views[i]->screen->actions, ALL);
	struct keymap *m = keymap_new(r.b, r.n);
	free(r.b);
	if (remap(m, e)) return m;
	keymap_free(m);
	return NULL;
}
