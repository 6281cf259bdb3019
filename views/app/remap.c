/* remap.c - the operator's own keys: `bind = VIEW KEY ACTION` in the group [keys] of the settings file.
 * Only actions of the key table can be bound, and of these none writes: `act` opens the menu, whose
 * dialogs read their own keys. So no binding can take the guard off a write. */
#include "core/base/err.h"
#include "core/db/conf.h"
#include "views/nav/app_int.h"
#include <stdio.h>
#include <string.h>

static bool is_scope(const char *name)
{
	if (strcmp(name, "*") == 0 || view_find(name)) return true;
	for (size_t i = 0; i < n_default_keys; i++)
		if (strcmp(default_keys[i].scope, name) == 0) return true;
	return false;
}

static bool bind_line(struct keymap *m, const char *value, struct err *e)
{
	char scope[32], key[24], action[48], more[2];
	if (sscanf(value, " %31s %23s %47s %1s", scope, key, action, more) != 3)
		return err_set(e, ERR_USAGE,
		               "bind: write VIEW KEY ACTION, as in `bind = * C-n move.down`, not '%s'",
		               value);
	if (!is_scope(scope))
		return err_set(e, ERR_USAGE, "bind: no view is called '%s'; * means all", scope);
	return keymap_bind(m, scope, key, action, e);
}

bool keys_remap(struct keymap *m, struct err *e)
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
