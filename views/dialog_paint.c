/* dialog_paint.c - an act's dialog on the grid: targets ranked, guardrails as lines, what to type. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "views/dialog_int.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void head(struct dialog *d, struct grid *g, struct rect r, const char *right)
{
	int n = right ? (int)strlen(right) : 0;
	bool both = r.w > n + 50; /* a narrow screen names the act and leaves the note out */
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	grid_textf(g, r.y, r.x + 2, r.w - 4 - (both ? n : 0), ST_HEADER, "%s %s%s%s", d->verb->name,
	           d->target.label, d->target.instance_id[0] ? " on " : "", d->target.instance_id);
	if (right && both) grid_right(g, r.y, r.x, r.w - 2, ST_HEADER, right);
}

/* --- the wizard --- */

static const char *num(const struct table *t, size_t i, const char *col, const char *fmt, char *out, size_t n)
{
	const char *v = table_get(t, i, col);
	if (!v)
		snprintf(out, n, "n/a");
	else if (strcmp(fmt, "usd4") == 0)
		fmt_usd(out, n, strtod(v, NULL), 4);
	else if (strcmp(fmt, "save") == 0) /* what it saves: the negative of what it adds */
		snprintf(out, n, "%+.2f", -strtod(v, NULL));
	else if (strcmp(fmt, "s") == 0)
		snprintf(out, n, "%.0f s", strtod(v, NULL));
	else
		snprintf(out, n, "%.2f", strtod(v, NULL));
	return out;
}

static void with_n(const struct table *t, size_t i, const char *col, const char *n_col, const char *fmt,
                   char *out, size_t size)
{
	char v[32];
	snprintf(out, size, "%s n=%s", num(t, i, col, fmt, v, sizeof v),
	         table_get(t, i, n_col) ? table_get(t, i, n_col) : "0");
}

static void paint_band(struct grid *g, int y, int x, const struct table *t, size_t i)
{
	char lo[24], hi[24];
	double v[8];
	int n = 0;
	json_t *list = table_get(t, i, "points")
	                       ? json_loads(table_get(t, i, "points"), JSON_DECODE_ANY, NULL)
	                       : NULL;
	size_t k;
	json_t *item;
	json_array_foreach(list, k, item)
	{
		if (n < 8) v[n++] = json_is_number(item) ? json_number_value(item) : NAN;
	}
	json_decref(list);
	grid_right(g, y, x, 7, ST_DIM, num(t, i, "band_low", "usd4", lo, sizeof lo));
	grid_spark(g, y, x + 8, v, n, ST_CHART1);
	grid_text(g, y, x + 17, 8, ST_DIM, num(t, i, "band_high", "usd4", hi, sizeof hi));
}

static void paint_target(struct dialog *d, struct grid *g, struct rect r, int y, size_t i)
{
	const struct table *t = d->targets;
	char s[48];
	const char *pool = table_get(t, i, "pool"), *save = table_get(t, i, "usd_per_month_vs_current");
	const char *flags = table_get(t, i, "guardrails_failing");
	bool is_here = table_int(t, i, "is_current", 0);
	int x = r.x + 3, room = is_here ? 19 : 24;
	grid_text(g, y, x, room, flags ? ST_DIM : ST_TEXT, pool ? pool : "on-demand");
	if (is_here) grid_text(g, y, x + 20, 4, ST_DIM, "here");
	grid_right(g, y, x + 25, 8, ST_TEXT, num(t, i, "usd_per_hour", "usd4", s, sizeof s));
	grid_right(g, y, x + 34, 10, save && save[0] != '-' && strtod(save, NULL) > 0 ? ST_WARN : ST_OK,
	           num(t, i, "usd_per_month_vs_current", "save", s, sizeof s));
	if (r.w < 76) return;
	with_n(t, i, "boot_p95_s", "boot_n", "s", s, sizeof s);
	grid_right(g, y, x + 46, 13, ST_TEXT, s);
	with_n(t, i, "downtime_p95_s", "downtime_n", "s", s, sizeof s);
	grid_right(g, y, x + 60, 12, ST_TEXT, s);
	if (r.w >= 120) paint_band(g, y, x + 75, t, i);
	if (r.w >= 135) {
		with_n(t, i, "notices_per_instance_day", "instance_days_n", "f", s, sizeof s);
		grid_right(g, y, x + 101, 13, ST_TEXT, s);
		grid_right(g, y, x + 115, 8, ST_TEXT,
		           table_get(t, i, "siblings") ? table_get(t, i, "siblings") : "n/a");
	}
	if (r.w >= 150 && flags) grid_text(g, y, x + 125, r.w - 130, ST_WARN, flags);
}

static void paint_targets(struct dialog *d, struct grid *g, struct rect r)
{
	char age[64] = "reading";
	if (d->targets) {
		char a[32];
		snprintf(age, sizeof age, "read %s ago",
		         fmt_age(a, sizeof a, clock_age_ms(d->targets->read_at_mono_ms)));
	}
	head(d, g, r, age);
	int y = r.y + 1, x = r.x + 3, room = r.h - 4;
	grid_text(g, y, x, 10, ST_HEADER, "target");
	grid_right(g, y, x + 25, 8, ST_HEADER, "$/h");
	grid_right(g, y, x + 34, 10, ST_HEADER, "save/month");
	if (r.w >= 76)
		grid_right(g, y, x + 46, 13, ST_HEADER, "boot p95"),
		        grid_right(g, y, x + 60, 12, ST_HEADER, "down p95");
	if (r.w >= 120) grid_text(g, y, x + 75, 24, ST_HEADER, "24 h low to high");
	if (r.w >= 135)
		grid_right(g, y, x + 101, 13, ST_HEADER, "breaks/day"),
		        grid_right(g, y, x + 115, 8, ST_HEADER, "siblings");
	size_t n = d->targets ? d->targets->n_rows : 0,
	       first = d->cursor >= (size_t)room && room > 0 ? d->cursor - (size_t)room + 1 : 0;
	for (size_t i = first; i < n && (int)(i - first) < room; i++) {
		int row = y + 1 + (int)(i - first);
		paint_target(d, g, r, row, i);
		if (i == d->cursor) grid_cursor_row(g, row, r.x, r.w), g->cur_y = row, g->cur_x = r.x;
	}
	if (d->targets && !n)
		grid_text(g, y + 1, x, r.w - 4, ST_WARN,
		          "no pool is known; `spotop import prices` makes them");
	grid_text(g, r.y + r.h - 1, r.x + 2, r.w - 4, ST_DIM,
	          d->note[0] ? d->note : "j k choose  Enter previews it (sends nothing)  Esc leaves");
}

/* --- preview, confirmation, outcome --- */

static int paint_json(struct grid *g, struct rect r, int y, const char *title, const char *text)
{
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;
	const char *key;
	json_t *v;
	struct buf b = { .max = 600 };
	json_object_foreach(o, key, v)
	{
		char *s = json_is_string(v)
		                  ? mem_dup(json_string_value(v))
		                  : json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
		if (!json_is_null(v) && !json_is_object(v) && !json_is_array(v))
			buf_addf(&b, "%s%s %s", b.len ? "  " : "", key, s);
		free(s);
	}
	json_decref(o);
	if (b.len && y < r.y + r.h - 2) {
		grid_text(g, y, r.x + 2, 8, ST_DIM, title);
		grid_text(g, y, r.x + 10, r.w - 12, ST_TEXT, buf_str(&b));
		y++;
	}
	buf_free(&b);
	return y;
}

static int paint_guards(struct dialog *d, struct grid *g, struct rect r, int y)
{
	const struct verb_result *res = d->result;
	for (size_t i = 0; res && i < res->n_guards && y < r.y + r.h - 3; i++) {
		const struct verb_guard *q = &res->guards[i];
		grid_text(g, y, r.x + 2, 6,
		          q->is_ok           ? ST_OK
		          : q->is_overridden ? ST_WARN
		                             : ST_CRIT,
		          q->is_ok           ? "ok"
		          : q->is_overridden ? "OVER"
		                             : "FAIL");
		grid_text(g, y, r.x + 8, 26, ST_TEXT, q->name);
		grid_text(g, y, r.x + 35, r.w - 37, q->is_ok ? ST_DIM : ST_TEXT, q->detail ? q->detail : "");
		y++;
	}
	return y;
}

static void paint_typed(struct dialog *d, struct grid *g, struct rect r, int y, const char *prompt)
{
	int x = r.x + 2 + grid_text(g, y, r.x + 2, r.w - 30, ST_STRONG, prompt) + 1;
	edit_paint(&d->edit, g, y, x, r.x + r.w - x - 2, ST_INPUT);
	if (d->note[0]) grid_text(g, y + 1, r.x + 2, r.w - 4, ST_WARN, d->note);
}

static void paint_confirm(struct dialog *d, struct grid *g, struct rect r)
{
	char request[80], line[200];
	snprintf(request, sizeof request, "request %.8s, kept if the link is lost", d->request_id);
	head(d, g, r, request);
	int y = r.y + 1;
	if (d->has_error) {
		grid_text(g, y, r.x + 2, r.w - 4, ST_CRIT, d->error.text);
		grid_text(g, y + 2, r.x + 2, r.w - 4, ST_DIM,
		          "any key tries the preview again, Esc leaves; nothing was sent");
		return;
	}
	grid_text(g, y++, r.x + 2, r.w - 4, verb_is_ok(d->result) ? ST_STRONG : ST_CRIT,
	          d->result->message ? d->result->message : "");
	y = paint_json(g, r, y, "now", d->result->before_state);
	y = paint_json(g, r, y, "then", d->result->after_state);
	paint_guards(d, g, r, y + (r.h > 14));
	int bottom = r.y + r.h - 2;
	if (!dialog_may_issue(d)) {
		grid_text(g, bottom, r.x + 2, r.w - 4, ST_WARN,
		          "refused; o overrides with a reason that is audited, r looks again, Esc leaves");
		return;
	}
	if (d->verb->risk == VERB_LOW)
		snprintf(line, sizeof line, "y issues it, Esc leaves");
	else
		snprintf(line, sizeof line, "type %s to issue, Esc leaves:", dialog_password(d));
	paint_typed(d, g, r, bottom, line);
}

static void paint_outcome(struct dialog *d, struct grid *g, struct rect r)
{
	head(d, g, r, d->request_id);
	int y = r.y + 1;
	if (d->has_error) {
		grid_text(g, y, r.x + 2, r.w - 4, ST_CRIT, d->error.text);
		grid_textf(g, y + 1, r.x + 2, r.w - 4, ST_TEXT,
		           d->error.code == ERR_UNKNOWN
		                   ? "its request id is %s: the same id can never act twice"
		                   : "nothing was changed (request %s)",
		           d->request_id);
	} else {
		const struct verb_result *q = d->result;
		grid_textf(g, y++, r.x + 2, r.w - 4, verb_is_ok(q) ? ST_OK : ST_CRIT, "%s: %s",
		           verb_status_name(q->status), q->message ? q->message : "");
		if (q->was_checked)
			grid_text(g, y++, r.x + 2, r.w - 4, ST_WARN,
			          "the answer was lost and found again by its request id");
		if (q->command_id)
			grid_textf(g, y++, r.x + 2, r.w - 4, ST_TEXT,
			           "command %s; its stages are on the overview and in commands (5)",
			           q->command_id);
		y = paint_json(g, r, y, "now", q->before_state);
		paint_guards(d, g, r, y);
	}
	grid_text(g, r.y + r.h - 1, r.x + 2, r.w - 4, ST_DIM, "Esc closes");
}

void dialog_paint(struct popup *pp, struct grid *g, struct rect r)
{
	struct dialog *d = (struct dialog *)pp;
	char prompt[160];
	const struct verb_arg *a;
	switch (d->step) {
	case DIALOG_TARGETS: paint_targets(d, g, r); break;
	case DIALOG_ARGS:
		head(d, g, r, NULL);
		a = &d->verb->args[d->arg_at];
		grid_text(g, r.y + 2, r.x + 2, r.w - 4, ST_DIM, a->about ? a->about : "");
		snprintf(prompt, sizeof prompt, "%s%s:", a->name ? a->name : a->key,
		         a->is_required ? "" : " (Enter leaves it out)");
		paint_typed(d, g, r, r.y + 3, prompt);
		break;
	case DIALOG_REASON:
		head(d, g, r, NULL);
		grid_text(g, r.y + 2, r.x + 2, r.w - 4, ST_DIM,
		          d->is_overriding ? "the overridden guardrails and this reason are audited"
		                           : "why: it is audited");
		paint_typed(d, g, r, r.y + 3, "reason:");
		break;
	case DIALOG_PREVIEW:
		head(d, g, r, NULL),
		        grid_text(g, r.y + 2, r.x + 2, r.w - 4, ST_DIM, "previewing; nothing is sent");
		break;
	case DIALOG_CONFIRM: paint_confirm(d, g, r); break;
	case DIALOG_SENDING:
		head(d, g, r, d->request_id),
		        grid_text(g, r.y + 2, r.x + 2, r.w - 4, ST_WARN,
		                  d->note[0] ? d->note : "sent; waiting for the answer");
		break;
	case DIALOG_OUTCOME: paint_outcome(d, g, r); break;
	}
}
