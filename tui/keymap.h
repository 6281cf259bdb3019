/* keymap.h - one table of bindings: what a key does where, and the help made from it.
 * A binding's action is a name ("move.down", "act.menu"); the view layer gives names their meaning.
 * Users remap with `bind VIEW KEY ACTION` ("bind * C-n move.down"); an action whose declaration says
 * is_write can only ever be reached through the action menu and its confirmation, whatever is bound. */
#ifndef SPOTOP_TUI_KEYMAP_H
#define SPOTOP_TUI_KEYMAP_H
#include "tui/key.h"
struct err;
struct keymap;

struct binding { const char *scope; const char *keys; const char *action; const char *help; };
/*                "*" or view name   "j Down"          "move.down"         "down"            */
struct keymap *keymap_new(const struct binding *defaults, size_t n);
void keymap_free(struct keymap *m);
/* The action for a key in a scope (the scope's own first, then "*"); NULL when there is none. */
const char *keymap_find(const struct keymap *m, const char *scope, int key);
/* First key bound to an action in a scope, by name; "" when none. */
const char *keymap_key_of(const struct keymap *m, const char *scope, const char *action, char *out, size_t n);
bool keymap_bind(struct keymap *m, const char *scope, const char *key, const char *action, struct err *e);
/* Every live line for a scope: i from 0; false past the end. Keys joined with blanks. */
bool keymap_line(const struct keymap *m, const char *scope, size_t i, char *keys, size_t n, const char **action,
                 const char **help);
/* What an unknown key might have meant: another case, a neighbour's key ("dd" hands). NULL: no idea. */
const char *keymap_guess(const struct keymap *m, const char *scope, int key);
#endif
