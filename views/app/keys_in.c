/* keys_in.c - from a key to what it means: the window over the screen, the prompt, else an action by the keymap. */
#include "views/app/keys_in.h"
#include "views/actions/watch.h"
#include "views/app/actions.h"
#include "views/app/app.h"
#include "views/app/frame.h"
#include "views/app/here.h"
#include "views/app/prompt.h"
#include "views/nav/layers.h"
#include "views/nav/past.h"
#include "views/nav/trail.h"
#include "views/table/sheet_paint.h"
#include <stdio.h>
#include <string.h>

/* From the past the way back is to now, not out of the console. */
static void go_back(struct app *a)
{
	if (!nav_is_past(a->nav) || !nav_is_home(a->nav)) {
		nav_back(a->nav);
		return;
	}
	nav_switch_at(a->nav, "now");
	nav_say(a->nav, ST_INFO, "back to now; q again quits");
}

static void react(struct app *a, enum reaction r)
{
	if (r == R_FETCH) nav_refetch(a->nav);
	bool is_end = r == R_QUIT || (r == R_BACK && nav_is_home(a->nav) && !nav_is_past(a->nav));
	if (is_end && !watch_may_leave(a->nav)) return;
	if (r == R_BACK) go_back(a);
	if (r == R_QUIT) nav_quit(a->nav, 0);
}

/* An action that was chosen by its name. */
static void do_named(struct app *a, const char *name)
{
	enum reaction r = action_do(a, name);
	if (r == R_UNKNOWN) nav_say(a->nav, ST_DIM, "%s: not on this screen", name);
	react(a, r);
}

/* A click goes to what it is on; on what the cursor is on already, it opens it. Nothing is ever done to the
 * fleet by it. */
static void clicked(struct app *a)
{
	struct mouse m = term_mouse(a->term);
	struct screen *s = nav_top(a->nav);
	struct sheet *sheet = nav_sheet(a->nav);
	if (m.button != 0 || !s) return;
	for (int i = 0; i < a->n_tabs && m.y == a->tabs_y; i++)
		if (m.x >= a->tabs[i].x && m.x < a->tabs[i].x + a->tabs[i].w) {
			char name[] = { 'v', 'i', 'e', 'w', '.', a->tabs[i].digit, 0 };
			do_named(a, name);
			return;
		}
	int hit = s->ops->click ? s->ops->click(s, m.y, m.x) : sheet ? sheet_click(sheet, m.y, m.x) : 0;
	if (hit == 2) react(a, action_do(a, "open"));
}

static void say_unknown(struct app *a, int key)
{
	char name[24], guess_key[24];
	const char *scope = nav_top(a->nav) ? nav_top(a->nav)->view->name : "*";
	const char *guess = keymap_guess(a->keymap, scope, key);
	key_name(key, name, sizeof name);
	if (guess) {
		keymap_key_of(a->keymap, scope, guess, guess_key, sizeof guess_key);
		nav_say(a->nav, ST_DIM, "%s does nothing here; did you mean %s (%s)? ? lists all keys", name,
		        guess_key, guess);
	} else
		nav_say(a->nav, ST_DIM, "%s does nothing here; ? lists all keys", name);
}

/* What a prompt or a dialog reads as text, or as its end. */
static bool is_of_editing(int key)
{
	bool is_function = key >= KEY_F1_ && key <= KEY_F12_, is_control = key > 0 && key < ' ';
	return key == KEY_ENTER_ || key == KEY_ESC_ || key == KEY_TAB_ || (!is_function && !is_control);
}

/* False: the key is not the window's, which is closed: it is for the screen below it. */
static bool window_key(struct app *a, struct popup *p, int key)
{
	char then[sizeof p->then];
	if (!frame_has_room(a, p) && key != KEY_ESC_) return true; /* what cannot be read is not answered */
	enum reaction r = p->ops->key(p, key, key == KEY_PASTE_ ? term_paste(a->term) : NULL);
	if (r != R_BACK && r != R_THEN && r != R_UNKNOWN) {
		react(a, r);
		return true;
	}
	snprintf(then, sizeof then, "%s", p->then);
	nav_popup_close(a->nav);
	if (r == R_THEN) do_named(a, then);
	return r != R_UNKNOWN;
}

void keys_in(struct app *a, int key)
{
	struct popup *p = nav_window(a->nav);
	if (key == KEY_PASTE_ && !a->prompt.kind && !p) {
		nav_say(a->nav, ST_WARN, "a paste is text, never keys: ignored (%zu bytes)",
		        strlen(term_paste(a->term)));
		return;
	}
	const char *scope = nav_top(a->nav) ? nav_top(a->nav)->view->name : "*",
	           *action = keymap_find(a->keymap, scope, key);
	/* A broken picture is drawn anew wherever one is. */
	if (action && strcmp(action, "redraw") == 0 && !is_of_editing(key)) {
		do_named(a, action);
		return;
	}
	if (p && window_key(a, p, key)) return;
	if (a->prompt.kind) {
		char then[64];
		if (prompt_key(a, key, then) == R_THEN) do_named(a, then);
		return;
	}
	nav_hush(a->nav);
	if (key == KEY_MOUSE_)
		clicked(a);
	else if (action && action_is_here(a->nav, action))
		do_named(a, action);
	else
		say_unknown(a, key);
}
