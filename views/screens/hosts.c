/* hosts.c - the servers that the options name: role, state, lag, and which is used for what; asked of each by itself, so
 * that it is known when none of them will do. */
#include "views/screens/hosts.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/db/servers.h"
#include "core/db/table.h"
#include "sql.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/nav/screen.h"
#include "views/nav/session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hosts_screen {
	struct screen base;
	struct servers *look; /* under way */
	struct table *t;
	int64_t read_at_ms;
};

static void got(void *ctx, struct table *t)
{
	struct hosts_screen *x = ctx;
	x->look = NULL;
	table_free(x->t);
	x->t = t;
	x->read_at_ms = clock_mono_ms();
	nav_dirty(x->base.nav);
}

static struct screen *hosts_open(struct nav *nav, const struct view *v, const struct view_args *args)
{
	struct hosts_screen *x = mem_alloc(sizeof *x);
	(void)nav, (void)v, (void)args;
	x->read_at_ms = TIME_NONE;
	return &x->base;
}

static void hosts_close(struct screen *s)
{
	struct hosts_screen *x = (struct hosts_screen *)s;
	servers_forget(x->look);
	table_free(x->t);
	free(x);
}

static void hosts_fetch(struct screen *s)
{
	struct hosts_screen *x = (struct hosts_screen *)s;
	const struct session *session = nav_session(s->nav);
	if (!x->look) x->look = servers_look(session->loop, session->conf, got, x);
}

static int64_t hosts_read_at(struct screen *s) { return ((struct hosts_screen *)s)->read_at_ms; }

/* --- painting --- */

static const struct {
	const char *col, *head;
	int width, from; /* shown from that many cells on */
} cols[] = {
	{ "server", "server", 26, 0 },     { "role", "role", 21, 0 },           { "state", "state", 20, 0 },
	{ "lag_s", "lag", 7, 60 },         { "used_for", "used for", 14, 100 }, { "answer_ms", "ms", 7, 110 },
	{ "version", "version", 24, 130 },
};

static enum style style_of(const struct table *t, size_t row, const char *col)
{
	const char *state = table_get(t, row, "state"), *role = table_get(t, row, "role");
	if (strcmp(col, "state") == 0)
		return !state || strcmp(state, "up") == 0 ? ST_OK
		       : strcmp(state, "down") == 0       ? ST_CRIT
		                                          : ST_WARN;
	if (strcmp(col, "role") == 0 && role && strstr(role, "writes")) return ST_WARN;
	if (strcmp(col, "lag_s") == 0) return table_dec(t, row, "lag_s", 0) > 10 ? ST_AMBER : ST_TEXT;
	return ST_TEXT;
}

/* The end of a long path tells more than its beginning, which gives way to a sign that it was there. */
static void paint_cell(struct grid *g, int y, int x, int width, enum style st, const char *s)
{
	size_t n = strlen(s), from = 0;
	if (*s != '/' || text_width(s, n) <= (size_t)width) {
		grid_text(g, y, x, width, st, s);
		return;
	}
	for (size_t len; text_width(s + from, n - from) > (size_t)width - 1; from += len)
		text_decode(s + from, n - from, &len);
	grid_textf(g, y, x, width, st, "%s%s", g->is_ascii ? "~" : "…", s + from);
}

/* At 80 columns what a server is used for stands under it, with what it answered when it will not do. */
static int paint_server(const struct table *t, size_t row, struct grid *g, int y, struct rect r)
{
	char text[64];
	int x = r.x + 1, end = r.x + r.w - 1, from = y;
	for (size_t i = 0; i < ARRAY_LEN(cols); i++) {
		if (r.w < cols[i].from) continue;
		const char *v = table_get(t, row, cols[i].col);
		if (strcmp(cols[i].col, "lag_s") == 0 && v)
			v = fmt_age(text, sizeof text, (int64_t)(table_dec(t, row, "lag_s", 0) * 1000));
		int width = cols[i].width < end - x ? cols[i].width : end - x;
		if (width > 0) paint_cell(g, y, x, width, style_of(t, row, cols[i].col), v ? v : "");
		x += cols[i].width + 1;
	}
	y++;
	const char *used = table_get(t, row, "used_for"), *why = table_get(t, row, "message");
	if (r.w < 100 && used) grid_textf(g, y++, r.x + 3, r.w - 4, ST_DIM, "used for %s", used);
	if (why) y += grid_wrap(g, y, r.x + 3, r.w - 4, 3, ST_DIM, why);
	return y - from;
}

static void hosts_paint(struct screen *s, struct grid *g, struct rect r)
{
	struct hosts_screen *x = (struct hosts_screen *)s;
	int y = r.y, px = r.x + 1;
	if (!x->t) {
		grid_text(g, y, px, r.w - 2, ST_DIM, "asking each server");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(cols); i++) {
		if (r.w < cols[i].from) continue;
		grid_text(g, y, px, r.x + r.w - px, ST_HEADER, cols[i].head);
		px += cols[i].width + 1;
	}
	y++;
	for (size_t i = 0; i < x->t->n_rows && y < r.y + r.h; i++) y += paint_server(x->t, i, g, y, r);
}

static const struct screen_ops hosts_ops = {
	.open = hosts_open,
	.close = hosts_close,
	.paint = hosts_paint,
	.fetch = hosts_fetch,
	.read_at = hosts_read_at,
};

// clang-format off
const struct view view_hosts = {
	.name = "hosts", .about = "The servers that the options name: role, state, replication lag, and which is used for what.",
	.query = &sql_queries_hosts, .screen = &hosts_ops, .note_at = "which servers there were then is not kept",
};
// clang-format on
