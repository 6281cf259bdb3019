/* frame.c - the frame around every screen: header, tabs or banner, title with the data's age, footer. */
#include "views/app/frame.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/db/conf.h"
#include "views/app/app.h"
#include "views/app/here.h"
#include "views/app/prompt.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/session.h"
#include "views/nav/trail.h"
#include "views/table/sheet_paint.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static enum style env_style(const char *color)
{
	if (!color) return ST_STRONG;
	if (strcmp(color, "red") == 0) return ST_ENV_RED;
	if (strcmp(color, "yellow") == 0) return ST_ENV_YELLOW;
	if (strcmp(color, "green") == 0) return ST_ENV_GREEN;
	return ST_ENV_BLUE;
}

static void clock_text(const struct app *a, char *out, size_t n)
{
	struct cell_env env = nav_env(a->nav);
	struct tm tm;
	time_parts(env.now_ms, env.is_local, &tm);
	snprintf(out, n, "%02d:%02d:%02d%s", tm.tm_hour, tm.tm_min, tm.tm_sec,
	         nav_has(a->nav, NAV_LOCAL) ? "" : "Z");
}

/* A figure that is looked at, not read: it moves when it has become another one. */
static double steady_rtt_ms(struct app *a)
{
	double now = clock_is_frozen() ? 0 : nav_status(a->nav)->last_rtt_ms;
	a->mean_rtt_ms = a->mean_rtt_ms > 0 ? a->mean_rtt_ms + (now - a->mean_rtt_ms) / 8 : now;
	if (a->mean_rtt_ms > a->shown_rtt_ms * 1.5 || a->mean_rtt_ms < a->shown_rtt_ms / 1.5)
		a->shown_rtt_ms = a->mean_rtt_ms;
	return a->shown_rtt_ms;
}

enum { BEHIND_MS = 10000 }; /* a replica server further behind than that is no picture of now */

/* "db2:3306"; of a socket the folder it is in, as a private server has it, or its own name. */
static const char *short_name(const char *where, char *out, size_t n)
{
	snprintf(out, n, "%s", where);
	char *end = strstr(out, "/run/sock");
	if (end && !end[9]) *end = 0;
	const char *slash = strrchr(out, '/');
	return slash ? slash + 1 : out;
}

static bool is_behind(const struct db_status *st)
{
	return st->phase == DB_UP && st->is_replica && (st->lag_ms < 0 || st->lag_ms > BEHIND_MS);
}

static void link_text(struct app *a, char *out, size_t n)
{
	const struct db_status *st = nav_status(a->nav);
	char where[256], lag[32];
	if (st->phase == DB_UP && st->is_replica && st->lag_ms < 0)
		snprintf(out, n, "replica %.20s", short_name(st->where, where, sizeof where));
	else if (st->phase == DB_UP && st->is_replica)
		snprintf(out, n, "replica %.20s %s", short_name(st->where, where, sizeof where),
		         fmt_age(lag, sizeof lag, st->lag_ms));
	else if (st->phase == DB_UP && st->last_rtt_ms > 0)
		snprintf(out, n, "db %.1f ms%s", steady_rtt_ms(a), st->is_tls ? " tls" : "");
	else if (st->phase == DB_UP)
		snprintf(out, n, "db up");
	else if (st->phase == DB_CONNECTING)
		snprintf(out, n, "connecting");
	else
		snprintf(out, n, "db LOST");
}

/* Which fleet this is and whether it can be touched: never out of sight. */
static int paint_where(const struct app *a, struct grid *g, int y, int x)
{
	const struct db_conf *conf = nav_session(a->nav)->conf;
	x += grid_text(g, y, x, 20, env_style(conf->env_color),
	               conf->env_name              ? conf->env_name
	               : conf->host && *conf->host ? conf->host
	                                           : "local") +
	     2;
	x += grid_text(g, y, x, 4, nav_is_armed(a->nav) ? ST_WARN : ST_TITLE,
	               nav_is_armed(a->nav) ? "RW" : "RO") +
	     2;
	enum conf_risk risk = conf_risk(conf);
	if (risk != RISK_NONE) x += grid_text(g, y, x, 20, ST_CRIT, conf_risk_word(risk)) + 2;
	return x;
}

enum { COUNTS_SHORT, COUNTS_FULL, COUNTS_WITH_OFF };

/* What there is: the agents that are not off; where there is room the clients, and how many agents are off. */
static void counts_text(const struct app *a, bool is_ascii, int form, char *out, size_t n)
{
	char number[32], off[48] = "", clients[64] = "";
	const char *dot = is_ascii ? "-" : "·";
	int64_t n_off = table_int(a->head, 0, "agents_off", 0);
	if (form == COUNTS_WITH_OFF && n_off > 0)
		snprintf(off, sizeof off, " (%s off)", fmt_count(number, sizeof number, n_off));
	if (form != COUNTS_SHORT)
		snprintf(clients, sizeof clients, "%s %s ",
		         COUNTED(table_int(a->head, 0, "clients", 0), "client", "clients"), dot);
	snprintf(out, n, "%s%s%s %s %s", clients,
	         COUNTED(table_int(a->head, 0, "agents", 0), "agent", "agents"), off, dot,
	         COUNTED(table_int(a->head, 0, "instances", 0), "instance", "instances"));
}

static void paint_header(struct app *a, struct grid *g)
{
	char clock[16], link[40], counts[160] = "";
	clock_text(a, clock, sizeof clock);
	link_text(a, link, sizeof link);
	int x = 1 + grid_text(g, 0, 1, 10, ST_ACCENT, "spotop");
	x = paint_where(a, g, 0, x + 2);
	int right = (int)strlen(clock) + (int)strlen(link) + 5, room = g->cols - right - x, n = 0;
	for (int form = COUNTS_WITH_OFF; a->head && form >= COUNTS_SHORT && (n == 0 || n >= room); form--) {
		counts_text(a, g->is_ascii, form, counts, sizeof counts);
		n = (int)text_width(counts, strlen(counts));
	}
	if (room > n) grid_text(g, 0, x + (room - n) / 2, n, ST_TITLE, counts);
	grid_textf(g, 0, g->cols - (int)strlen(clock) - 1, (int)strlen(clock), ST_TEXT, "%s",
	           clock);                            /* sent each second: no attributes beside it */
	if (g->cols >= 50 && x < g->cols - right + 1) /* what the connection leaves open goes first */
		grid_text(g, 0, g->cols - right + 1, (int)strlen(link),
		          nav_is_stale(a->nav)            ? ST_CRIT
		          : is_behind(nav_status(a->nav)) ? ST_AMBER
		                                          : ST_TITLE,
		          link);
}

static void paint_tabs(struct app *a, struct grid *g, int y)
{
	int room = 1, x = 1;
	for (int i = 0; views[i]; i++)
		if (views[i]->digit) room += 4 + (int)strlen(views[i]->name);
	bool is_short = room > g->cols;
	for (int i = 0; views[i] && x < g->cols; i++) {
		const struct view *v = views[i];
		if (!v->digit) continue;
		bool is_here = nav_depth(a->nav) && nav_screen(a->nav, 0)->view == v;
		int from = x;
		x += grid_textf(g, y, x, 1, ST_KEY, "%c", v->digit) + 1;
		x += grid_text(g, y, x, g->cols - x, is_here ? ST_ACCENT : ST_DIM,
		               is_short && v->tab ? v->tab : v->name) +
		     (is_short ? 1 : 2);
		if (a->n_tabs == (int)ARRAY_LEN(a->tabs)) continue;
		a->tabs[a->n_tabs].x = from;
		a->tabs[a->n_tabs].w = x - from;
		a->tabs[a->n_tabs++].digit = v->digit;
	}
	a->tabs_y = y;
}

enum { COPY_STALE_S = 15 }; /* a lag that nobody has said for that long is no lag */

/* Which automation stands still, until when and why: "FROZEN client acme-video until 14:00:00, 2 more: why". */
static void paint_freeze(const struct app *a, struct grid *g, int y)
{
	static const struct col until = { .name = "freeze_until", .as = AS_TIME };
	const char *why = table_get(a->head, 0, "freeze_reason"),
	           *scope = table_get(a->head, 0, "freeze_scope");
	const char *end = table_get(a->head, 0, "freeze_until");
	int64_t more = table_int(a->head, 0, "freezes", 0) - 1;
	struct cell_env env = nav_env(a->nav);
	struct buf b = BUF_EMPTY;
	bool is_narrow = g->cols < 60; /* how long comes before what */
	if (is_narrow)
		buf_adds(&b, " FROZEN until ");
	else
		buf_addf(&b, " AUTOMATION FROZEN %s until ", scope ? scope : "n/a");
	cell_text(&b, &until, CELL_TIME, end, &env);
	if (is_narrow) buf_addf(&b, " %s", scope ? scope : "n/a");
	if (more > 0) buf_addf(&b, ", %lld more in :freezes", (long long)more);
	buf_addf(&b, ": %s", why ? why : "no reason given");
	grid_text(g, y, 0, g->cols, ST_AMBER, buf_str(&b));
	buf_free(&b);
}

/* Until a migration's last pass the old fleet is looked at through a copy; who follows it says so each second. */
static void paint_copy(const struct app *a, struct grid *g, int y)
{
	int64_t lag_ms = table_int(a->head, 0, "copy_lag_ms", -1),
	        age_s = table_int(a->head, 0, "copy_age_s", -1);
	char age[32];
	struct buf b = BUF_EMPTY;
	buf_addf(&b, " copy of %s, ", table_get(a->head, 0, "copy_of"));
	if (lag_ms >= 0 && age_s >= 0 && age_s < COPY_STALE_S)
		buf_addf(&b, "lag %lld.%lld s", (long long)lag_ms / 1000, (long long)lag_ms % 1000 / 100);
	else if (age_s >= 0)
		buf_addf(&b, "%s %s ago", lag_ms >= 0 ? "last followed" : "as of",
		         fmt_clock(age, sizeof age, age_s * 1000));
	else
		buf_adds(&b, "being filled");
	buf_adds(&b, "; it takes no actions");
	grid_text(g, y, 0, g->cols, ST_AMBER, buf_str(&b));
	buf_free(&b);
}

/* All that is shown is of then: nothing of it is a fault of the fleet. */
static void paint_behind(const struct app *a, struct grid *g, int y)
{
	const struct db_status *st = nav_status(a->nav);
	char age[32], at[32], where[256];
	const char *name = short_name(st->where, where, sizeof where);
	grid_fill(g, y, 0, g->cols, ST_AMBER, ' ');
	if (st->lag_ms < 0) {
		grid_textf(g, y, 0, g->cols, ST_AMBER,
		           " replica server %s: how far behind is not known, nothing tells its time", name);
		return;
	}
	time_iso(nav_now_ms(a->nav), at);
	grid_textf(g, y, 0, g->cols, ST_AMBER,
	           " replica server %s behind (%s): ages, health and alerts are of %.8sZ",
	           fmt_age(age, sizeof age, st->lag_ms), name, at + 11);
}

/* Something that everyone must know takes the tabs' line. */
static bool paint_banner(struct app *a, struct grid *g, int y)
{
	const struct db_status *st = nav_status(a->nav);
	char text[1000], since[32], when[40] = "";
	if (st->phase != DB_UP && (nav_lost_since_ms(a->nav) || st->last_error[0])) {
		int64_t from = nav_lost_since_ms(a->nav) ? nav_lost_since_ms(a->nav) : st->down_since_mono_ms;
		struct screen *s = nav_top(a->nav);
		int64_t read_at = s && s->ops->read_at ? s->ops->read_at(s) : TIME_NONE;
		if (read_at != TIME_NONE) {
			struct cell_env env = nav_env(a->nav);
			struct tm tm;
			time_parts(env.now_ms - clock_age_ms(read_at), env.is_local, &tm);
			snprintf(when, sizeof when, ", data from %02d:%02d:%02d", tm.tm_hour, tm.tm_min,
			         tm.tm_sec);
		}
		fmt_clock(since, sizeof since, clock_mono_ms() - from);
		if (st->phase == DB_CONNECTING)
			snprintf(text, sizeof text, " NO DATABASE %s, trying now%s: %s", since, when,
			         st->last_error);
		else
			snprintf(text, sizeof text, " NO DATABASE %s, next try in %lld s%s: %s", since,
			         (long long)((st->retry_in_ms + 999) / 1000), when, st->last_error);
		grid_fill(g, y, 0, g->cols, ST_BANNER, ' ');
		grid_text(g, y, 0, g->cols, ST_BANNER, text);
		return true;
	}
	if (nav_is_past(a->nav)) {
		char iso[32];
		time_iso(nav_at_ms(a->nav), iso);
		grid_fill(g, y, 0, g->cols, ST_AMBER, ' ');
		grid_textf(g, y, 0, g->cols, ST_AMBER,
		           " AS IT WAS %.10s %.8sZ, read-only; < > step by event; :at now ends it", iso,
		           iso + 11);
		return true;
	}
	if (is_behind(st)) {
		paint_behind(a, g, y);
		return true;
	}
	if (nav_has(a->nav, NAV_PAUSED)) {
		grid_fill(g, y, 0, g->cols, ST_AMBER, ' ');
		grid_text(g, y, 0, g->cols, ST_AMBER, " SCREEN PAUSED, ages go on; Z resumes");
		return true;
	}
	if (a->head && table_get(a->head, 0, "copy_of")) {
		grid_fill(g, y, 0, g->cols, ST_AMBER, ' ');
		paint_copy(a, g, y);
		return true;
	}
	if (a->head && table_int(a->head, 0, "freezes", 0) > 0) {
		grid_fill(g, y, 0, g->cols, ST_AMBER, ' ');
		paint_freeze(a, g, y);
		return true;
	}
	return false;
}

static void paint_title(struct app *a, struct grid *g, int y)
{
	struct screen *s = nav_top(a->nav);
	struct buf left = BUF_EMPTY;
	for (int i = 0; i < nav_depth(a->nav); i++) {
		const struct screen *p = nav_screen(a->nav, i);
		if (i) buf_adds(&left, g->is_ascii ? " > " : " › ");
		buf_adds(&left, *p->crumb ? p->crumb : p->view->title ? p->view->title : p->view->name);
		if (*p->crumb && i == nav_depth(a->nav) - 1 && !p->view->is_hidden)
			buf_addf(&left, " %s", p->view->name);
	}
	struct sheet *sh = nav_sheet(a->nav);
	int x = 1;
	if (a->is_bare || a->is_full) x = paint_where(a, g, y, x);
	x += grid_text(g, y, x, g->cols - 16, ST_STRONG, buf_str(&left));
	buf_cut(&left, 0);
	if (sh) sheet_describe(sh, &left);
	if (left.len) grid_text(g, y, x + 2, g->cols - x - 18, ST_DIM, buf_str(&left));
	if (s->ops->read_at) nav_paint_age(g, y, g->cols - 1, a->nav, s->ops->read_at(s));
	buf_free(&left);
}

/* What the key beside the word does where one is; NULL: nothing. */
static const char *way_out(const struct app *a, bool is_esc)
{
	const struct sheet *sh = nav_sheet(a->nav);
	if (!is_esc) return nav_is_home(a->nav) ? nav_is_past(a->nav) ? "now" : "quit" : "back";
	if (sh && sh->filter) return "shows all";
	if (sh && (sh->rows.n_marks || sh->rows.has_range)) return "unmarks";
	return nav_depth(a->nav) > 1 ? "back" : NULL;
}

/* The keys that matter now; where there is little room those that one knows go first. */
static void paint_hints(struct app *a, struct grid *g, int y)
{
	static const struct {
		const char *action, *word;
		bool needs_row;
		int rank;
	} hints[] = {
		{ "act", "actions", true, 1 },      { "open", "open", true, 5 },
		{ "panel.list", "list", false, 7 }, { "why", "why", true, 4 },
		{ "filter", "filter", false, 2 },   { "palette", "go", false, 3 },
		{ "help", "help", false, 0 },       { "out", NULL, false, 6 },
		{ "back", NULL, false, 8 },
	};
	enum { N = ARRAY_LEN(hints) };
	struct screen *s = nav_top(a->nav);
	size_t row;
	bool has_row = s && s->ops->row && s->ops->row(s, &row);
	const char *word[N];
	char key[N][24];
	int w[N], room = g->cols - 1, x = 1;
	for (size_t i = 0; i < N; i++) {
		w[i] = 0;
		word[i] = hints[i].word ? hints[i].word : way_out(a, strcmp(hints[i].action, "out") == 0);
		if (!word[i] || (hints[i].needs_row && !has_row) || !action_is_here(a->nav, hints[i].action))
			continue;
		keymap_key_of(a->keymap, s ? s->view->name : "*", hints[i].action, key[i], sizeof key[i]);
		if (*key[i]) w[i] = (int)(text_width(key[i], strlen(key[i])) + strlen(word[i])) + 3;
	}
	for (int rank = 0; rank < (int)N; rank++)
		for (size_t i = 0; i < N; i++) {
			if (hints[i].rank != rank) continue;
			if (w[i] > room) w[i] = 0;
			room -= w[i];
		}
	for (size_t i = 0; i < N; i++) {
		if (!w[i]) continue;
		x += grid_text(g, y, x, 10, ST_KEY, key[i]) + 1;
		x += grid_text(g, y, x, 12, ST_DIM, word[i]) + 2;
	}
}

enum { LEAST_ROWS = 12, LEAST_COLS = 40 };

bool frame_has_room(const struct app *a, const struct popup *p)
{
	return !p->ops->is_dialog || (a->grid.rows >= LEAST_ROWS && a->grid.cols >= LEAST_COLS);
}

/* A window's keys, two blanks between them: those that one knows come last and are left away first. */
static void paint_hint(struct grid *g, int y, const char *hint)
{
	size_t n = strlen(hint);
	while (n && text_width(hint, n) > (size_t)g->cols - 2) {
		do n--;
		while (n && !(hint[n] == ' ' && hint[n - 1] == ' '));
		while (n && hint[n - 1] == ' ') n--;
	}
	grid_textf(g, y, 1, g->cols - 2, ST_DIM, "%.*s", (int)n, hint);
}

static void paint_footer(struct app *a, struct grid *g, int y)
{
	enum style st;
	const char *said = nav_message(a->nav, &st);
	const struct popup *p = nav_window(a->nav);
	if (a->prompt.kind)
		prompt_paint(a, g, y);
	else if (said)
		grid_text(g, y, 1, g->cols - 2, st, said);
	else if (p) /* its keys, not those of what it covers */
		paint_hint(g, y, p->hint && frame_has_room(a, p) ? p->hint : "Esc leaves");
	else
		paint_hints(a, g, y);
}

/* On a screen that would cut what is asked, nothing is asked. */
static void paint_no_room(struct grid *g, struct rect r)
{
	char line[120];
	snprintf(line, sizeof line, "%dx%d is too small for what is asked here: make it %dx%d", g->cols,
	         g->rows, LEAST_COLS, LEAST_ROWS);
	grid_wrap(g, r.y, r.x + (r.w > 12), r.w - (r.w > 12), r.h, ST_WARN, line);
}

void frame_paint(struct app *a)
{
	struct grid *g = &a->grid;
	struct screen *s = nav_top(a->nav);
	grid_clear(g);
	g->cur_y = g->cur_x = -1;
	int y = 0;
	bool is_bare = a->is_bare || a->is_full, is_small = g->rows < 16 || is_bare;
	if (!is_bare || g->rows < 8) paint_header(a, g), y = 1;
	a->n_tabs = 0;
	if (!is_small) paint_tabs(a, g, y++);
	if (paint_banner(a, g, y) || !is_small) y++; /* the banner has the blank line under the tabs */
	if (s && g->rows >= 8) paint_title(a, g, y++);
	if (nav_is_past(a->nav) && s && s->view->note_at && view_has_past(s->view) && g->rows >= 12)
		grid_text(g, y++, 1, g->cols - 2, ST_DIM, s->view->note_at);
	if (!is_small && s && s->view->screen) y++;
	struct rect body = { y, 0, g->rows - y - 1, g->cols };
	if (s && body.h > 0) s->ops->paint(s, g, body);
	struct popup *p = nav_window(a->nav);
	if (p) {
		int h = p->ops->height;
		struct rect r = body;
		if (p->ops->is_dialog && is_small && y > 1) r.y--, r.h++; /* what is asked names itself */
		if (h > 0 && h < body.h) r = (struct rect){ body.y + body.h - h, body.x, h, body.w };
		for (int k = r.y; k < r.y + r.h; k++) grid_fill(g, k, 0, g->cols, ST_TEXT, ' ');
		if (frame_has_room(a, p))
			p->ops->paint(p, g, r);
		else
			paint_no_room(g, r);
	}
	paint_footer(a, g, g->rows - 1);
}
