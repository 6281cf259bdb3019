/* console.c - the console's life: terminal first, then links; the loop, its timers, one paint a turn. */
#include "views/app/console.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "views/actions/bulk_action.h"
#include "views/actions/engine.h"
#include "views/actions/leftovers.h"
#include "views/actions/watch.h"
#include "views/app/app.h"
#include "views/app/frame.h"
#include "views/app/head.h"
#include "views/app/jump.h"
#include "views/app/keys.h"
#include "views/app/keys_in.h"
#include "views/app/notice.h"
#include "views/app/save.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/past.h"
#include "views/nav/session.h"
#include "views/nav/trail.h"
#include "views/table/sheet_screen.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 100, FRAME_MS = 100, SLOW_FRAME_MS = 5000, PAST_MS = 60000 };

/* --- the loop's callbacks --- */

static void fetch_due(struct app *a)
{
	int64_t now = clock_mono_ms();
	struct screen *s = nav_top(a->nav);
	if (!s || nav_has(a->nav, NAV_PAUSED) || nav_is_stale(a->nav)) return;
	head_due(a);
	if (now < s->next_fetch_ms) return;
	int every = s->view->refresh_ms ? s->view->refresh_ms : 2000;
	bool is_by_hand = s->next_fetch_ms == 0;                     /* just opened, or a key asked for it */
	if (nav_is_past(a->nav) && every < PAST_MS) every = PAST_MS; /* it does not change any more */
	s->next_fetch_ms = now + (every < a->every_ms ? a->every_ms : every);
	nav_by_hand(a->nav, is_by_hand);
	if (s->ops->fetch) s->ops->fetch(s);
	nav_by_hand(a->nav, false);
}

static void on_tick(uv_timer_t *t)
{
	struct app *a = t->data;
	int64_t now = clock_mono_ms();
	struct screen *s = nav_top(a->nav);
	struct popup *p = nav_window(a->nav);
	fetch_due(a);
	nav_by_hand(
	        a->nav,
	        true); /* a screen asks in its tick for what the eye came to, never for what is only newer */
	if (s && s->ops->tick && !nav_has(a->nav, NAV_PAUSED)) s->ops->tick(s);
	nav_by_hand(a->nav, false);
	if (p && p->ops->tick) p->ops->tick(p);
	if (now - a->last_tick_ms >=
	    (a->every_ms > 1000 ? a->every_ms : 1000)) { /* ages and clocks count on */
		a->last_tick_ms = now;
		nav_dirty(a->nav);
	}
	links_look(a->nav);
}

static void on_paint_later(uv_timer_t *t) { (void)t; } /* waking the loop is enough: prepare paints */

/* What the turn that ends here asked for. */
static void settle(struct app *a)
{
	if (nav_take_refetch(a->nav)) head_soon(a);
	if (!nav_is_stale(a->nav)) leftovers_look(a->nav);
	layers_end_turn(a->nav);
}

static void on_prepare(uv_prepare_t *p)
{
	struct app *a = p->data;
	bool is_urgent;
	settle(a);
	if (nav_is_quitting(a->nav, NULL) || !nav_wants_paint(a->nav, &is_urgent)) return;
	int64_t now = clock_mono_ms(), frame = a->every_ms > FRAME_MS ? a->every_ms : FRAME_MS;
	if (!is_urgent && now - a->last_paint_ms < frame) {
		uv_timer_start(&a->paint_later, on_paint_later, (uint64_t)(frame - (now - a->last_paint_ms)),
		               0);
		return;
	}
	frame_paint(a);
	a->last_paint_ms = now;
	if (term_push(a->term, &a->grid))
		nav_painted(a->nav);
	else /* the terminal takes nothing now: one repaint when it does */
		uv_timer_start(&a->paint_later, on_paint_later, 200, 0);
}

static void on_esc_later(uv_timer_t *t);

static void read_keys(struct app *a)
{
	int wait_ms = -1, key;
	while (!nav_is_quitting(a->nav, NULL) && (key = term_key(a->term, &wait_ms)) != KEY_NONE_) {
		if (key == KEY_EOF_) {
			nav_quit(a->nav, 0);
			return;
		}
		nav_by_hand(a->nav, true);
		keys_in(a, key);
		nav_by_hand(a->nav, false);
		nav_urgent(a->nav);
	}
	if (wait_ms >= 0) uv_timer_start(&a->esc_later, on_esc_later, (uint64_t)wait_ms, 0);
}

static void on_input(uv_poll_t *p, int status, int events)
{
	(void)events;
	struct app *a = p->data;
	if (status < 0)
		nav_quit(a->nav, 0);
	else
		read_keys(a);
}

static void on_esc_later(uv_timer_t *t) { read_keys(t->data); }

static void on_winch(uv_signal_t *s, int signo)
{
	(void)signo;
	struct app *a = s->data;
	int rows, cols;
	term_resize(a->term);
	term_size(a->term, &rows, &cols);
	grid_resize(&a->grid, rows, cols);
	nav_urgent(a->nav);
}

static void on_end_signal(uv_signal_t *s, int signo)
{
	struct app *a = s->data;
	nav_quit(a->nav, 128 + signo);
}

/* --- start and end --- */

static void watch_signal(struct app *a, uv_signal_t *s, int signo, uv_signal_cb cb)
{
	uv_signal_init(nav_session(a->nav)->loop, s);
	s->data = a;
	uv_signal_start(s, cb, signo);
	uv_unref((uv_handle_t *)s);
}

static void start_handles(struct app *a)
{
	uv_loop_t *loop = nav_session(a->nav)->loop;
	uv_poll_init(loop, &a->input, term_input_fd(a->term));
	a->input.data = a;
	uv_poll_start(&a->input, UV_READABLE | UV_DISCONNECT, on_input);
	uv_timer_init(loop, &a->tick);
	a->tick.data = a;
	uv_timer_start(&a->tick, on_tick, 0, TICK_MS);
	uv_timer_init(loop, &a->paint_later);
	a->paint_later.data = a;
	uv_timer_init(loop, &a->esc_later);
	a->esc_later.data = a;
	uv_prepare_init(loop, &a->prepare);
	a->prepare.data = a;
	uv_prepare_start(&a->prepare, on_prepare);
	watch_signal(a, &a->winch, SIGWINCH, on_winch);
	watch_signal(a, &a->hup, SIGHUP, on_end_signal);
	watch_signal(a, &a->term_sig, SIGTERM, on_end_signal);
	watch_signal(a, &a->intr, SIGINT, on_end_signal);
}

static void stop_handles(struct app *a)
{
	uv_handle_t *all[] = { (uv_handle_t *)&a->input,       (uv_handle_t *)&a->tick,
		               (uv_handle_t *)&a->paint_later, (uv_handle_t *)&a->esc_later,
		               (uv_handle_t *)&a->prepare,     (uv_handle_t *)&a->winch,
		               (uv_handle_t *)&a->hup,         (uv_handle_t *)&a->term_sig,
		               (uv_handle_t *)&a->intr };
	for (size_t i = 0; i < ARRAY_LEN(all); i++) uv_close(all[i], NULL);
}

/* What some terminals say of themselves, "15;0": text, then ground. Nothing is asked of the terminal. */
static const char *usual_theme(void)
{
	const char *said = getenv("COLORFGBG"), *ground = said ? strrchr(said, ';') : NULL;
	return ground && (strcmp(ground, ";7") == 0 || strcmp(ground, ";15") == 0) ? "light" : "dark";
}

static bool open_terminal(struct app *a, const struct session *s, struct err *e)
{
	struct term_opts o = { .color = COLOR_AUTO, .theme = s->theme, .mouse = s->has_mouse };
	const char *color = s->color;
	if (!o.theme) o.theme = settings_get("spotop", "theme");
	if (!o.theme) o.theme = usual_theme();
	if (color && strcmp(color, "never") == 0)
		o.color = COLOR_NEVER;
	else if (color && strcmp(color, "8") == 0)
		o.color = COLOR_8;
	else if (color && strcmp(color, "16") == 0)
		o.color = COLOR_16;
	else if (color && strcmp(color, "256") == 0)
		o.color = COLOR_256;
	else if (color && strcmp(color, "auto") != 0)
		return err_set(e, ERR_USAGE, "--color takes auto, never, 8, 16 or 256, not '%s'", color);
	snprintf(a->theme, sizeof a->theme, "%s", o.theme);
	a->term = term_open(&o, e);
	if (!a->term) return false;
	int rows, cols;
	term_size(a->term, &rows, &cols);
	grid_init(&a->grid, rows, cols);
	a->grid.is_ascii = !term_is_utf8(a->term);
	return true;
}

static struct app *start(const struct session *s, struct err *e)
{
	struct app *a = mem_alloc(sizeof *a);
	a->every_ms = s->is_slow ? SLOW_FRAME_MS : 0;
	a->keymap = keys_new(e);
	if (!a->keymap || !open_terminal(a, s, e)) {
		keymap_free(a->keymap);
		free(a);
		return NULL;
	}
	char log_path[512];
	if (state_path(log_path, sizeof log_path, "log", true, NULL)) log_open(log_path, LOG_INFO_);
	a->nav = nav_new(s, &sheet_screen_kind);
	nav_attach(a->nav, a->term);
	actions_begin(a->nav);
	links_open(a->nav);
	head_open(a);
	return a;
}

static int finish(struct app *a)
{
	int code;
	term_close(a->term);
	layers_end_turn(a->nav); /* the window first, then the screens */
	save_abandon(a);
	layers_clear(a->nav);
	layers_bury(a->nav);
	trail_clear(a->nav);
	head_close(a);
	jump_drop(a);
	past_close(a->nav);
	stop_handles(a);
	leftovers_close(a->nav);
	bulk_action_abandon(a->nav);
	watch_close(a->nav);
	actions_end(a->nav);
	bulk_action_free(a->nav);
	actions_free(a->nav);
	links_close(a->nav);
	nav_is_quitting(a->nav, &code);
	keymap_free(a->keymap);
	edit_free(&a->prompt.edit);
	ask_free(a->names_ask);
	table_free(a->names);
	grid_free(&a->grid);
	log_close();
	nav_free(a->nav);
	free(a);
	return code;
}

bool console_run(const struct session *s, int *code, struct err *e)
{
	const struct view *first = view_find(s->view ? s->view : "overview");
	if (!first)
		return err_set(e, ERR_USAGE, "no view '%s'; the views are listed by spotop --help", s->view);
	struct app *a = start(s, e);
	if (!a) return false;
	nav_open(a->nav, first, NULL, NULL);
	notice_first_run(a);
	start_handles(a);
	uv_run(s->loop, UV_RUN_DEFAULT);
	*code = finish(a);
	return true;
}
