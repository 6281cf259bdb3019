/* app.c - the console's life: terminal first, then links; a stack of screens; one paint a turn. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/fleet/verb.h"
#include "sql.h"
#include "views/actions/leftovers.h"
#include "views/actions/many.h"
#include "views/actions/watch.h"
#include "views/app/console.h"
#include "views/app/notice.h"
#include "views/app/palette.h"
#include "views/cli/cli.h"
#include "views/nav/app_int.h"
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TICK_MS = 100, FRAME_MS = 100, SLOW_FRAME_MS = 5000, HEAD_MS = 5000, PAST_MS = 60000 };

struct screen *app_top(const struct app *a) { return a->depth ? a->stack[a->depth - 1] : NULL; }

struct sheet *app_top_sheet(struct app *a) { return app_sheet(a); }

struct sheet *app_sheet(const struct app *a)
{
	struct screen *s = app_top(a);
	return s && s->ops->sheet ? s->ops->sheet(s) : NULL;
}

/* --- what screens may ask of the app --- */

bool app_is_past(const struct app *a) { return a->at_ms != TIME_NONE; }
int64_t app_now_ms(const struct app *a) { return clock_wall_ms() + a->read_status.clock_skew_ms; }
bool app_is_stale(const struct app *a) { return a->read_status.phase != DB_UP; }
bool app_is_armed(const struct app *a) { return a->is_armed && a->at_ms == TIME_NONE; }
struct db *app_read_link(struct app *a) { return a->read; }
struct cli *app_cli(struct app *a) { return a->cli; }
const struct keymap *app_keymap(const struct app *a) { return a->keymap; }
bool app_is_ascii(const struct app *a) { return a->grid.is_ascii; }
bool app_is_wide(const struct app *a) { return a->is_wide; }
void app_dirty(struct app *a) { a->is_dirty = true; }

static int64_t utc_offset_ms(int64_t at_ms)
{
	time_t t = (time_t)(at_ms / 1000);
	struct tm tm;
	return localtime_r(&t, &tm) ? (int64_t)tm.tm_gmtoff * 1000 : 0;
}

struct cell_env app_env(const struct app *a)
{
	int64_t now = a->at_ms != TIME_NONE ? a->at_ms : app_now_ms(a);
	return (struct cell_env){ .now_ms = now,
		                  .utc_offset_ms = a->is_local ? utc_offset_ms(now) : 0,
		                  .is_ascii = a->grid.is_ascii };
}

void app_say(struct app *a, enum style st, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(a->message, sizeof a->message, fmt, ap);
	va_end(ap);
	a->message_style = st;
	a->message_until_ms = clock_mono_ms() + 6000;
	a->is_dirty = true;
}

void app_bell(struct app *a, const char *why)
{
	term_bell(a->term);
	term_notify(a->term, why);
}

void app_copy_said(struct app *a, const char *said, const char *text)
{
	term_copy(a->term, text, strlen(text));
	app_say(a, ST_INFO, "%s", said);
}

size_t app_outages(const struct app *a, int64_t (*out)[2], size_t max)
{
	size_t n = a->n_outages < max ? a->n_outages : max;
	memcpy(out, a->outages + a->n_outages - n, n * sizeof *out);
	return n;
}

static void note_outage(struct app *a)
{
	int64_t now = app_now_ms(a);
	if (a->n_outages == ARRAY_LEN(a->outages))
		memmove(a->outages, a->outages + 1, sizeof a->outages[0] * --a->n_outages);
	a->outages[a->n_outages][0] = now - (clock_mono_ms() - a->lost_since_ms);
	a->outages[a->n_outages++][1] = now;
}

void app_copy(struct app *a, const char *what, const char *text)
{
	term_copy(a->term, text, strlen(text));
	app_say(a, ST_INFO, "copied %s: %s", what, text);
}

static void link_closed(void *ctx)
{
	struct app *a = ctx;
	a->links_open--;
}

static void write_changed(void *ctx, const struct db_status *st)
{
	(void)st;
	app_dirty(ctx);
}

struct db *app_write_link(struct app *a)
{
	if (!a->write) {
		a->write = db_open(a->loop, &a->cli->conf, DB_WRITE, "act");
		db_on_change(a->write, write_changed, a);
		a->links_open++;
	}
	return a->write;
}

/* --- screens --- */

void app_push(struct app *a, const struct view *v, const struct view_args *args, const char *crumb)
{
	struct view_args with = args ? *args : (struct view_args){ 0 };
	if (a->at_ms != TIME_NONE) {
		char at[32];
		time_to_sql(a->at_ms, at);
		view_args_set(&with, "at", at);
	} else
		view_args_set(&with, "at", NULL);
	const struct screen_ops *ops = v->screen ? v->screen : &sheet_screen;
	if (a->at_ms != TIME_NONE && !v->screen_has_past) ops = v->query_at ? &sheet_screen : &no_past_screen;
	struct screen *s = ops->open(a, v, &with);
	s->app = a;
	s->view = v;
	s->ops = ops;
	s->args = with;
	snprintf(s->crumb, sizeof s->crumb, "%s", crumb ? crumb : "");
	a->stack[a->depth++] = s;
	a->is_urgent = true;
}

/* Whoever closes a screen or a popup may have been called from it, so both live on until the loop's turn ends. */
static void pop(struct app *a)
{
	struct screen *s = a->stack[--a->depth];
	s->next_closed = a->closed;
	a->closed = s;
	a->is_urgent = true;
}

static void close_popup(struct app *a)
{
	struct popup *p = a->popup;
	if (!p) return;
	p->next_closed = a->closed_popups;
	a->closed_popups = p;
	a->popup = NULL;
	a->popup_closing = false;
	a->is_urgent = true;
}

void app_bury(struct app *a)
{
	while (a->closed_popups) {
		struct popup *p = a->closed_popups;
		a->closed_popups = p->next_closed;
		p->ops->close(p);
	}
	while (a->closed) {
		struct screen *s = a->closed;
		a->closed = s->next_closed;
		s->ops->close(s);
	}
}

bool app_open(struct app *a, const struct view *v, const struct view_args *args, const char *crumb)
{
	bool is_root = !crumb || !*crumb;
	if (a->depth == MAX_DEPTH && !is_root) {
		app_say(a, ST_WARN, "this deep it goes; Esc comes back");
		return false;
	}
	trail_note(a);
	if (is_root) app_clear(a);
	app_push(a, v, args, crumb);
	trail_add(a);
	return true;
}

/* The overview is the top, whichever key led to another list. */
void app_back(struct app *a)
{
	const struct view *home = view_find("overview");
	if (a->depth > 1) {
		trail_note(a);
		pop(a);
		trail_add(a);
	} else if (a->depth && home && a->stack[0]->view != home)
		app_open(a, home, NULL, NULL);
	else
		app_quit(a, 0);
}

void app_clear(struct app *a)
{
	while (a->depth) pop(a);
}

/* --- popups: help, menus, dialogs --- */

void app_popup(struct app *a, struct popup *p)
{
	close_popup(a);
	p->app = a;
	a->popup = p;
	a->is_urgent = true;
}

void app_popup_close(struct app *a)
{
	a->popup_closing = true;
	a->is_urgent = true;
}

/* --- the loop's callbacks --- */

static void got_head(void *owner, struct table *t, const struct err *e)
{
	struct app *a = owner;
	if (e) return;
	table_free(a->head);
	a->head = t;
	if (a->at_ms == TIME_NONE) notice_head(a, t);
}

static void read_changed(void *ctx, const struct db_status *st)
{
	struct app *a = ctx;
	bool was_up = a->read_status.phase == DB_UP, is_up = st->phase == DB_UP;
	if (was_up && !is_up) a->lost_since_ms = clock_mono_ms();
	if (!was_up && is_up) {
		if (a->lost_since_ms)
			app_say(a, ST_OK, "connected again after %.0f s",
			        (double)(clock_mono_ms() - a->lost_since_ms) / 1000);
		if (a->lost_since_ms) note_outage(a);
		a->lost_since_ms = 0;
		a->next_head_ms = 0;
		for (int i = 0; i < a->depth; i++) a->stack[i]->next_fetch_ms = 0;
		if (!a->has_settled) leftovers_settle(a);
		a->has_settled = true;
	}
	a->read_status = *st;
	a->is_dirty = true;
}

/* Counts as of then while in the past: the header must not speak of another time than the screen. */
static void head_fetch(struct app *a)
{
	struct view_args args = { 0 };
	char at[32];
	if (a->at_ms == TIME_NONE) {
		notice_ask(a, &args);
		ask_query(a->head_ask, &sql_queries_header, &args);
		return;
	}
	time_to_sql(a->at_ms, at);
	view_args_set(&args, "at", at);
	ask_query(a->head_ask, &sql_queries_header_at, &args);
}

static void fetch_due(struct app *a)
{
	int64_t now = clock_mono_ms();
	struct screen *s = app_top(a);
	if (!s || a->is_frozen || a->read_status.phase != DB_UP) return;
	if (now >= a->next_head_ms && !ask_is_busy(a->head_ask)) {
		a->next_head_ms = now + HEAD_MS;
		head_fetch(a);
	}
	if (now < s->next_fetch_ms) return;
	int every = s->view->refresh_ms ? s->view->refresh_ms : 2000;
	if (a->at_ms != TIME_NONE && every < PAST_MS) every = PAST_MS; /* it does not change any more */
	s->next_fetch_ms = now + (every < a->every_ms ? a->every_ms : every);
	if (s->ops->fetch) s->ops->fetch(s);
}

static void on_tick(uv_timer_t *t)
{
	struct app *a = t->data;
	int64_t now = clock_mono_ms();
	struct screen *s = app_top(a);
	fetch_due(a);
	if (s && s->ops->tick && !a->is_frozen) s->ops->tick(s);
	if (a->popup && a->popup->ops->tick) a->popup->ops->tick(a->popup);
	if (now - a->last_tick_ms >=
	    (a->every_ms > 1000 ? a->every_ms : 1000)) { /* ages and clocks count on */
		a->last_tick_ms = now;
		a->is_dirty = true;
	}
	a->read_status = db_status(a->read);
}

static void on_paint_later(uv_timer_t *t) { (void)t; } /* waking the loop is enough: prepare paints */

static void on_prepare(uv_prepare_t *p)
{
	struct app *a = p->data;
	if (a->popup_closing) close_popup(a);
	app_bury(a);
	if (a->is_quitting || (!a->is_dirty && !a->is_urgent)) return;
	int64_t now = clock_mono_ms(), frame = a->every_ms > FRAME_MS ? a->every_ms : FRAME_MS;
	if (!a->is_urgent && now - a->last_paint_ms < frame) {
		uv_timer_start(&a->paint_later, on_paint_later, (uint64_t)(frame - (now - a->last_paint_ms)),
		               0);
		return;
	}
	app_paint(a);
	if (!term_push(a->term, &a->grid)) { /* the terminal takes nothing now: one repaint when it does */
		uv_timer_start(&a->paint_later, on_paint_later, 200, 0);
		a->last_paint_ms = now;
		return;
	}
	a->is_dirty = a->is_urgent = false;
	a->last_paint_ms = now;
}

static void on_esc_later(uv_timer_t *t);

static void read_keys(struct app *a)
{
	int wait_ms = -1, key;
	while (!a->is_quitting && (key = term_key(a->term, &wait_ms)) != KEY_NONE_) {
		if (key == KEY_EOF_) {
			app_quit(a, 0);
			return;
		}
		app_key(a, key);
		a->is_urgent = true;
	}
	if (wait_ms >= 0) uv_timer_start(&a->esc_later, on_esc_later, (uint64_t)wait_ms, 0);
}

static void on_input(uv_poll_t *p, int status, int events)
{
	(void)events;
	struct app *a = p->data;
	if (status < 0)
		app_quit(a, 0);
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
	a->is_urgent = true;
}

static void on_end_signal(uv_signal_t *s, int signo) { app_quit(s->data, 128 + signo); }

void app_quit(struct app *a, int code)
{
	if (a->is_quitting) return;
	a->is_quitting = true;
	a->exit_code = code;
	uv_stop(a->loop);
}

/* The old link answers its last questions to screens that no longer listen, then closes. */
void app_relink(struct app *a)
{
	const struct view *v = app_top(a) ? a->stack[0]->view : view_find("overview");
	save_abandon(a);
	app_clear(a);
	app_bury(a); /* their questions are the old link's */
	ask_free(a->head_ask);
	ask_free(a->jump_ask);
	ask_free(a->step_ask);
	a->jump_ask = a->step_ask = NULL;
	table_free(a->head);
	a->head = NULL;
	db_on_change(a->read, NULL, NULL);
	db_close(a->read, link_closed, a);
	a->read = db_open(a->loop, &a->cli->conf, DB_READ, "read");
	a->links_open++;
	a->head_ask = ask_new(a, a, got_head);
	a->next_head_ms = a->lost_since_ms = 0;
	a->read_status = db_status(a->read);
	db_on_change(a->read, read_changed, a);
	trail_clear(a);
	app_open(a, v, NULL, NULL);
}

/* --- start and end --- */

static void watch_signal(struct app *a, uv_signal_t *s, int signo, uv_signal_cb cb)
{
	uv_signal_init(a->loop, s);
	s->data = a;
	uv_signal_start(s, cb, signo);
	uv_unref((uv_handle_t *)s);
}

static void start_handles(struct app *a)
{
	uv_poll_init(a->loop, &a->input, term_input_fd(a->term));
	a->input.data = a;
	uv_poll_start(&a->input, UV_READABLE | UV_DISCONNECT, on_input);
	uv_timer_init(a->loop, &a->tick);
	a->tick.data = a;
	uv_timer_start(&a->tick, on_tick, 0, TICK_MS);
	uv_timer_init(a->loop, &a->paint_later);
	a->paint_later.data = a;
	uv_timer_init(a->loop, &a->esc_later);
	a->esc_later.data = a;
	uv_prepare_init(a->loop, &a->prepare);
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

static bool open_terminal(struct app *a, struct err *e)
{
	struct term_opts o = { .color = COLOR_AUTO, .theme = a->cli->theme, .mouse = a->cli->mouse };
	const char *color = a->cli->color;
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

static struct app *start(struct cli *c, struct err *e)
{
	struct app *a = mem_alloc(sizeof *a);
	a->cli = c;
	a->loop = cli_loop(c);
	a->at_ms = c->at_ms;
	a->is_armed = c->write;
	a->is_local = c->local_time;
	a->every_ms = c->slow ? SLOW_FRAME_MS : 0;
	a->keymap = keymap_new(default_keys, n_default_keys);
	if (!keys_remap(a->keymap, e) || !open_terminal(a, e)) {
		keymap_free(a->keymap);
		free(a);
		return NULL;
	}
	char log_path[512];
	if (state_path(log_path, sizeof log_path, "log", true, NULL)) log_open(log_path, LOG_INFO_);
	a->head_ask = ask_new(a, a, got_head);
	a->read = db_open(a->loop, &c->conf, DB_READ, "read");
	a->links_open = 1;
	a->read_status = db_status(a->read);
	db_on_change(a->read, read_changed, a);
	return a;
}

static int finish(struct app *a)
{
	term_close(a->term);
	close_popup(a);
	save_abandon(a);
	app_clear(a);
	app_bury(a);
	trail_clear(a);
	ask_free(a->head_ask);
	ask_free(a->jump_ask);
	ask_free(a->step_ask);
	stop_handles(a);
	many_abandon(a);
	watch_close(a);
	if (a->engine) verb_close_wait(a->engine); /* what was sent is answered first, on stderr by now */
	many_free(a);
	db_close(a->read, link_closed, a);
	if (a->write) db_close(a->write, link_closed, a);
	while (a->links_open) uv_run(a->loop, UV_RUN_ONCE);
	uv_run(a->loop, UV_RUN_NOWAIT);
	int code = a->exit_code;
	table_free(a->head);
	keymap_free(a->keymap);
	edit_free(&a->prompt.edit);
	grid_free(&a->grid);
	log_close();
	free(a);
	return code;
}

int console_run(struct cli *c)
{
	struct err e;
	const struct view *first = view_find(c->view ? c->view : "overview");
	if (!first) {
		err_set(&e, ERR_USAGE, "no view '%s'; the views are listed by spotop --help", c->view);
		return cli_fail(c, &e);
	}
	struct app *a = start(c, &e);
	if (!a) return cli_fail(c, &e);
	app_open(a, first, NULL, NULL);
	notice_first_run(a);
	start_handles(a);
	uv_run(a->loop, UV_RUN_DEFAULT);
	return finish(a);
}
