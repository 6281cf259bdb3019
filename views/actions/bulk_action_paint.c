/* bulk_action_paint.c - a bulk on the grid: what it touches, what it would do to each, how far each has come. */
#include "views/actions/bulk_action_paint.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "views/model/verbs.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {
	[VERB_AGENT] = "agents",     [VERB_INSTANCE] = "instances", [VERB_POOL] = "pools",
	[VERB_COMMAND] = "commands", [VERB_SCOPE] = "scopes",       [VERB_ALERT] = "alerts",
	[VERB_INCIDENT] = "alerts",  [VERB_JOB] = "jobs",           [VERB_PLAN] = "plans",
	[VERB_PLACE] = "places"
};

const char *bulk_action_password(const struct bulk_action *m, char *out, size_t n)
{
	snprintf(out, n, "%s %zu", m->verb->name, m->n_in);
	return out;
}

static void head(const struct bulk_action *m, struct grid *g, struct rect r, const char *right)
{
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	/* once it runs it is of those that were confirmed */
	size_t n = m->step < BULK_RUNNING ? m->n : m->n_in_shown;
	grid_textf(g, r.y, r.x + 2, r.w - 4, ST_HEADER, "%s %zu %s", m->verb->name, n,
	           kinds[m->verb->target]);
	if (right) grid_right(g, r.y, r.x, r.w - 2, ST_HEADER, right);
}

static void blast_row(const struct table *t, size_t i, struct grid *g, struct rect r, int y)
{
	double share = table_dec(t, i, "share_percent", 0);
	bool is_bare = table_int(t, i, "without_replica", 0) > 0, is_narrow = r.w < 60;
	const char *touched = table_get(t, i, "touched"), *total = table_get(t, i, "total");
	char text[60];
	grid_text(g, y, r.x + 2, 7, ST_DIM, table_get(t, i, "kind"));
	grid_text(g, y, r.x + 10, is_narrow ? r.w - 29 : 24, ST_TEXT, table_get(t, i, "name"));
	if (is_narrow) {
		snprintf(text, sizeof text, "%s of %s %3.0f %%", touched, total, share);
		grid_right(g, y, r.x, r.w - 2, share > 25 ? ST_WARN : ST_TEXT, text);
		return;
	}
	grid_textf(g, y, r.x + 35, 22, share > 25 ? ST_WARN : ST_TEXT, "%4s of %5s  %5.1f %%", touched, total,
	           share);
	grid_textf(g, y, r.x + 58, r.w - 60, is_bare ? ST_WARN : ST_DIM, "%s without replica",
	           table_get(t, i, "without_replica"));
}

/* Zone, pool, client: how much of each, and how much of that has nothing to fall back on. The gravest come
 * first; with room for one or two these are enough. */
static int paint_blast(const struct bulk_action *m, struct grid *g, struct rect r, int y, int room)
{
	const struct table *t = m->blast;
	size_t n = t ? t->n_rows : 0;
	for (size_t i = 0; i < n && (int)i < room; i++) {
		if (room > 2 && (int)i == room - 1 && i + 1 < n) {
			grid_textf(g, y++, r.x + 2, r.w - 4, ST_DIM, "and %s",
			           COUNTED(n - i, "more zone, pool or client", "more zones, pools, clients"));
			break;
		}
		blast_row(t, i, g, r, y++);
	}
	return y;
}

static void outcome_text(const struct bulk_action_row *row, struct buf *b)
{
	const struct verb_result *p = row->preview;
	if (!p) {
		buf_addf(b, "%s", row->err.code ? row->err.text : "not read yet");
		return;
	}
	buf_addf(b, "%s", p->status == VERB_REPLAYED ? "was done before: " : "");
	buf_addf(b, "%s", p->message);
	json_t *after =
	        verb_is_ok(p) && p->after_state ? json_loads(p->after_state, JSON_DECODE_ANY, NULL) : NULL;
	const json_t *month = json_object_get(after, "usd_per_month_change");
	if (json_is_number(month)) buf_addf(b, "  %+.2f $/month", json_number_value(month));
	json_decref(after);
}

/* Those that would be refused come first: they are what one has to look at. */
static void paint_previews(const struct bulk_action *m, struct grid *g, struct rect r, int y, int bottom,
                           size_t top)
{
	size_t at = 0;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < m->n_read && i < m->n; i++) {
			const struct bulk_action_row *row = &m->rows[i];
			if (row->is_in != (pass == 1)) continue;
			if (at++ < top) continue;
			if (y > bottom) return;
			struct buf b = { .max = 500 };
			outcome_text(row, &b);
			grid_text(g, y, r.x + 2, 8, row->is_in ? ST_OK : ST_CRIT,
			          row->is_in ? "ok" : "LEFT OUT");
			grid_text(g, y, r.x + 11, 20, ST_TEXT, row->target.label);
			grid_text(g, y++, r.x + 32, r.w - 34, row->is_in ? ST_DIM : ST_TEXT, buf_str(&b));
			buf_free(&b);
		}
}

static void paint_confirm(struct bulk_action_window *w, struct grid *g, struct rect r)
{
	const struct bulk_action *m = w->m;
	char want[64], line[200];
	int y = r.y + 1, bottom = r.y + r.h - 2;
	head(m, g, r, m->step == BULK_READING ? "reading; nothing is sent" : "nothing is sent yet");
	size_t n_out = m->n_read - m->n_in;
	if (m->step == BULK_READING)
		grid_textf(g, y++, r.x + 2, r.w - 4, ST_DIM, "previewed %zu of %zu", m->n_read, m->n);
	else
		grid_textf(g, y++, r.x + 2, r.w - 4, n_out ? ST_WARN : ST_STRONG, "%s%zu would be done%s",
		           m->resume_id[0] ? "resumed: " : "", m->n_in,
		           !n_out     ? ""
		           : r.w < 60 ? "; the rest is left out"
		                      : "; what would be refused is left out");
	if (m->n_in > 1)
		grid_textf(g, y++, r.x + 2, r.w - 4, ST_DIM,
		           r.w < 60 ? "one, then %zu at a time (+ -)"
		                    : "one first, then %zu at a time (+ -), each until ready; a failure "
		                      "stops it",
		           m->batch);
	int room = (bottom - y) / 2;
	y = paint_blast(m, g, r, y, room > 9 ? 9 : room);
	paint_previews(m, g, r, y + (r.h > 14), bottom - 2, w->top);
	if (m->step == BULK_READING) return;
	if (!m->n_in) {
		grid_text(g, bottom, r.x + 2, r.w - 4, ST_WARN, "nothing is left to do; Esc leaves");
		return;
	}
	snprintf(line, sizeof line, r.w < 60 ? "type %s:" : "type %s to issue, Esc leaves:",
	         bulk_action_password(m, want, sizeof want));
	int x = r.x + 2 + grid_text(g, bottom, r.x + 2, r.w - 20, ST_STRONG, line) + 1;
	edit_paint(&w->edit, g, bottom, x, r.x + r.w - x - 2, ST_INPUT);
	if (w->note[0]) grid_text(g, bottom + 1, r.x + 2, r.w - 4, ST_WARN, w->note);
}

static void paint_running(struct bulk_action_window *w, struct grid *g, struct rect r)
{
	static const enum style styles[] = { [BULK_WAITING] = ST_DIM,
		                             [BULK_SENT] = ST_ACCENT,
		                             [BULK_READY] = ST_OK,
		                             [BULK_FAILED] = ST_CRIT,
		                             [BULK_UNKNOWN] = ST_WARN };
	static const char *const words[] = { [BULK_WAITING] = "to come",
		                             [BULK_SENT] = "sent",
		                             [BULK_READY] = "ready",
		                             [BULK_FAILED] = "FAILED",
		                             [BULK_UNKNOWN] = "UNKNOWN" };
	const struct bulk_action *m = w->m;
	size_t n, count[5] = { 0 };
	const struct bulk_target *t = bulk_targets(m->bulk, &n);
	char right[80];
	snprintf(right, sizeof right, "bulk %.8s", bulk_id(m->bulk));
	head(m, g, r, right);
	for (size_t i = 0; i < n; i++) count[t[i].fate]++;
	grid_textf(g, r.y + 1, r.x + 2, r.w - 4,
	           count[BULK_FAILED] + count[BULK_UNKNOWN] ? ST_CRIT : ST_STRONG,
	           "%zu ready, %zu under way, %zu failed, %zu unknown, %zu %s", count[BULK_READY],
	           count[BULK_SENT], count[BULK_FAILED], count[BULK_UNKNOWN], count[BULK_WAITING],
	           m->step == BULK_OVER ? "never sent" : "to come");
	int y = r.y + 2, bottom = r.y + r.h - 2;
	size_t room = bottom > y ? (size_t)(bottom - y) : 1, last = n > room ? n - room : 0;
	if (w->top > last) w->top = last;
	for (size_t i = w->top; i < n && y < bottom; i++, y++) {
		const struct bulk_action_row *row = &m->rows[m->sent_rows[i]];
		const char *why = t[i].err.code ? t[i].err.text : t[i].result ? t[i].result->message : "";
		grid_text(g, y, r.x + 2, 8, styles[t[i].fate], words[t[i].fate]);
		grid_text(g, y, r.x + 11, 20, ST_TEXT, row->target.label);
		grid_text(g, y, r.x + 32, 10, ST_DIM, t[i].stage);
		grid_text(g, y, r.x + 43, r.w - 45, t[i].err.code ? ST_WARN : ST_DIM, why);
	}
	bool may_resume = m->step == BULK_OVER && bulk_is_broken(m->bulk);
	grid_text(g, r.y + r.h - 1, r.x + 2, r.w - 4, w->note[0] ? ST_WARN : ST_DIM,
	          w->note[0]   ? w->note
	          : may_resume ? "r resumes it under the same ids, Esc closes"
	          : m->step == BULK_RUNNING
	                  ? "j k scroll  s sends no more  Esc closes this, it goes on (:bulk)"
	                  : "j k scroll  Esc closes");
}

void bulk_action_paint(struct popup *pp, struct grid *g, struct rect r)
{
	struct bulk_action_window *w = (struct bulk_action_window *)pp;
	if (w->m->step == BULK_READING || w->m->step == BULK_CONFIRM)
		paint_confirm(w, g, r);
	else
		paint_running(w, g, r);
}
