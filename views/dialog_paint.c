/* dialog_paint.c - an act's dialog on the grid: targets ranked, guardrails as lines, what to type. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "views/dialog_int.h"
#include "views/watch.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void head(struct dialog *d, struct grid *g, struct rect r, const char *right)
{
	int n = right ? (int)strlen(right) : 0;
	bool both = r.w > n + 50; /* a narrow screen names the act and leaves the note out */
	bool is_on = d->target.instance_id[0] && strcmp(d->target.instance_id, d->target.label) != 0;
	grid_fill(g, r.y, r.x, r.w, ST_HEADER, ' ');
	if (d->many)
		grid_textf(g, r.y, r.x + 2, r.w - 4, ST_HEADER, "%s %zu marked rows", d->verb->name,
		           d->n_many);
	else
		grid_textf(g, r.y, r.x + 2, r.w - 4 - (both ? n : 0), ST_HEADER, "%s %s%s%s", d->verb->name,
		           d->target.label, is_on ? " on " : "", is_on ? d->target.instance_id : "");
	if (right && both) grid_right(g, r.y, r.x, r.w - 2, ST_HEADER, right);
}

/* Over as many lines as it needs, at most three; the line after it. */
static int paint_wrapped(struct grid *g, struct rect r, int y, enum style st, const char *text)
{
	int room = r.w - 4;
	for (int lines = 0; *text && lines < 3 && room > 8; lines++) {
		size_t n = strlen(text);
		if (n > (size_t)room) {
			n = (size_t)room;
			while (n > (size_t)room / 2 && text[n] != ' ') n--;
		}
		grid_textf(g, y++, r.x + 2, room, st, "%.*s", (int)n, text);
		text += n;
		while (*text == ' ') text++;
	}
	return y;
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
	else if (strcmp(fmt, "cost") == 0)
		snprintf(out, n, "%+.2f", strtod(v, NULL));
	else if (strcmp(fmt, "cost4") == 0)
		snprintf(out, n, "%+.4f", strtod(v, NULL));
	else if (strcmp(fmt, "int") == 0)
		snprintf(out, n, "%.0f", strtod(v, NULL));
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

/* A switch saves against what runs now; a launch costs what it costs. */
static void month_text(struct dialog *d, size_t i, char *out, size_t n)
{
	const char *v = table_get(d->targets, i, "usd_per_hour");
	if (!dialog_is_launch(d))
		num(d->targets, i, "usd_per_month_vs_current", "save", out, n);
	else if (v)
		snprintf(out, n, "%.2f", strtod(v, NULL) * 730);
	else
		snprintf(out, n, "n/a");
}

static void paint_target(struct dialog *d, struct grid *g, struct rect r, int y, size_t i)
{
	const struct table *t = d->targets;
	char s[48], failing[300];
	const char *pool = table_get(t, i, "pool"), *save = table_get(t, i, "usd_per_month_vs_current");
	const char *flags = dialog_failing(d, i, failing, sizeof failing);
	bool is_here = table_int(t, i, "is_current", 0), is_dearer = save && strtod(save, NULL) > 0;
	int x = r.x + 3, room = is_here ? 19 : 24;
	struct buf name = BUF_EMPTY;
	buf_adds(&name, pool ? pool : "on-demand");
	cell_narrow(&name, &(const struct col){ .as = AS_POOL }, (size_t)room, g->is_ascii);
	grid_text(g, y, x, room, flags ? ST_DIM : ST_TEXT, buf_str(&name));
	buf_free(&name);
	if (is_here) grid_text(g, y, x + 20, 4, ST_DIM, "here");
	grid_right(g, y, x + 25, 8, ST_TEXT, num(t, i, "usd_per_hour", "usd4", s, sizeof s));
	month_text(d, i, s, sizeof s);
	grid_right(g, y, x + 34, 10, dialog_is_launch(d) ? ST_TEXT : is_dearer ? ST_WARN : ST_OK, s);
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

static void paint_heads(struct dialog *d, struct grid *g, struct rect r, int y)
{
	int x = r.x + 3;
	grid_text(g, y, x, 10, ST_HEADER, "target");
	grid_right(g, y, x + 25, 8, ST_HEADER, "$/h");
	grid_right(g, y, x + 34, 10, ST_HEADER, dialog_is_launch(d) ? "$/month" : "save/month");
	if (r.w >= 76)
		grid_right(g, y, x + 46, 13, ST_HEADER, "boot p95"),
		        grid_right(g, y, x + 60, 12, ST_HEADER, "down p95");
	if (r.w >= 120) grid_text(g, y, x + 75, 24, ST_HEADER, "24 h low to high");
	if (r.w >= 135)
		grid_right(g, y, x + 101, 13, ST_HEADER, "breaks/day"),
		        grid_right(g, y, x + 115, 8, ST_HEADER, "siblings");
}

/* What becomes of the box that runs now; kept ones cost on, in red. */
static enum style old_box_text(int64_t wait_s, double usd_per_day, char *out, size_t n)
{
	if (wait_s > 0)
		snprintf(out, n, "terminated %lld s after the new one is primary", (long long)wait_s);
	else if (usd_per_day > 0)
		snprintf(out, n, "KEPT, +$%.2f/day", usd_per_day);
	else
		snprintf(out, n, "KEPT, its cost is not known");
	return wait_s > 0 ? ST_TEXT : ST_CRIT;
}

static int paint_pair(struct grid *g, struct rect r, int y, const char *title, enum style st,
                      const char *text)
{
	grid_text(g, y, r.x + 3, 12, ST_DIM, title);
	grid_text(g, y, r.x + 16, r.w - 18, st, text);
	return y + 1;
}

/* All that is known of the target under the cursor, in words: what the columns have no room for. */
static int paint_detail(struct dialog *d, struct grid *g, struct rect r, int y)
{
	const struct table *t = d->targets;
	size_t i = d->cursor;
	char a[24], b[24], c[24], e[24], line[300], failing[300];
	const char *age = table_get(t, i, "price_age_s"), *tier = table_get(t, i, "price_tier");
	if (age)
		fmt_age(a, sizeof a, strtol(age, NULL, 10) * 1000);
	else
		snprintf(a, sizeof a, "no age");
	snprintf(line, sizeof line, "$%s/h, %s old, tier %s; 24 h %s to %s, volatility %s",
	         num(t, i, "usd_per_hour", "usd4", b, sizeof b), a, tier ? tier : "n/a",
	         num(t, i, "band_low", "usd4", c, sizeof c), num(t, i, "band_high", "usd4", e, sizeof e),
	         table_get(t, i, "volatility") ? table_get(t, i, "volatility") : "n/a (n=0)");
	y = paint_pair(g, r, y, "price", ST_TEXT, line);
	snprintf(line, sizeof line, "against %s %s $/h, %s $/month; against on-demand %s $/h, %s $/month",
	         dialog_is_launch(d) ? "its primary" : "now",
	         num(t, i, "usd_per_hour_vs_current", "cost4", a, sizeof a),
	         num(t, i, "usd_per_month_vs_current", "cost", b, sizeof b),
	         num(t, i, "usd_per_hour_vs_ondemand", "cost4", c, sizeof c),
	         num(t, i, "usd_per_month_vs_ondemand", "cost", e, sizeof e));
	y = paint_pair(g, r, y, "cost", ST_TEXT, line);
	snprintf(line, sizeof line,
	         "p50 %s, p95 %s (n=%s of %s switches, %s failed); boot %s on average, p95 %s (n=%s)",
	         num(t, i, "downtime_p50_s", "s", a, sizeof a), num(t, i, "downtime_p95_s", "s", b, sizeof b),
	         table_get(t, i, "downtime_n"), table_get(t, i, "switches_n"),
	         table_get(t, i, "switches_failed"), num(t, i, "boot_avg_s", "s", c, sizeof c),
	         num(t, i, "boot_p95_s", "s", e, sizeof e), table_get(t, i, "boot_n"));
	y = paint_pair(g, r, y, "downtime", ST_TEXT, line);
	snprintf(line, sizeof line, "%s breaks a day (n=%s days); siblings already there: %s",
	         num(t, i, "notices_per_instance_day", "f", a, sizeof a), table_get(t, i, "instance_days_n"),
	         num(t, i, "siblings", "int", b, sizeof b));
	y = paint_pair(g, r, y, "risk", ST_TEXT, line);
	const char *bad = dialog_failing(d, i, failing, sizeof failing);
	snprintf(line, sizeof line, "%s%s", bad ? "FAIL " : "nothing known stands against it",
	         bad ? bad : "");
	return paint_pair(g, r, y, "guardrails", bad ? ST_WARN : ST_OK, line);
}

static int paint_turn(struct dialog *d, struct grid *g, struct rect r, int y)
{
	char line[160];
	if (dialog_is_launch(d))
		return paint_pair(g, r, y, "role", ST_TEXT,
		                  d->is_other_way ? "the primary  (r: as a replica)"
		                                  : "a replica  (r: as the primary)");
	const char *old = table_get(d->targets, d->cursor, "old_instance_id");
	if (!old) return paint_pair(g, r, y, "old box", ST_DIM, "there is none");
	enum style st =
	        old_box_text(dialog_old_wait(d, d->cursor),
	                     table_dec(d->targets, d->cursor, "old_box_usd_per_day", 0), line, sizeof line);
	size_t n = strlen(line);
	snprintf(line + n, sizeof line - n, "  (o: %s)", st == ST_CRIT ? "terminate it" : "keep it");
	return paint_pair(g, r, y, "old box", st, line);
}

static void paint_targets(struct dialog *d, struct grid *g, struct rect r)
{
	char age[64] = "reading";
	size_t n = d->targets ? d->targets->n_rows : 0;
	if (d->targets) {
		char a[32];
		snprintf(age, sizeof age, "read %s ago",
		         fmt_age(a, sizeof a, clock_age_ms(d->targets->read_at_mono_ms)));
	}
	head(d, g, r, age);
	bool has_detail = n && r.h >= 13;
	int y = r.y + 1, x = r.x + 3, room = r.h - 3 - (has_detail ? 7 : n ? 1 : 0);
	paint_heads(d, g, r, y);
	size_t first = d->cursor >= (size_t)room && room > 0 ? d->cursor - (size_t)room + 1 : 0;
	for (size_t i = first; i < n && (int)(i - first) < room; i++) {
		int row = y + 1 + (int)(i - first);
		paint_target(d, g, r, row, i);
		if (i == d->cursor) grid_cursor_row(g, row, r.x, r.w), g->cur_y = row, g->cur_x = r.x;
	}
	int below = y + 1 + ((int)n < room ? (int)n : room) + (has_detail && (int)n < room);
	if (has_detail) below = paint_detail(d, g, r, below);
	if (n) paint_turn(d, g, r, below);
	if (d->targets && !n)
		grid_text(g, y + 1, x, r.w - 4, ST_WARN,
		          "no pool is known; `spotop import prices` makes them");
	grid_text(g, r.y + r.h - 1, r.x + 2, r.w - 4, ST_DIM,
	          d->note[0] ? d->note : "j k choose  Enter previews it (sends nothing)  Esc leaves");
}

/* --- preview, confirmation, outcome --- */

/* What the head or the line below says already, or nobody reads. */
static bool is_noise(const char *key)
{
	static const char *const keys[] = { "agent_id",
		                            "agent",
		                            "enabled",
		                            "version",
		                            "instance_version",
		                            "region",
		                            "price_at",
		                            "terminate_wait_seconds",
		                            "old_instance",
		                            "old_instance_fate",
		                            "old_instance_usd_per_day" };
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i], key) == 0) return true;
	return false;
}

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
		if (!json_is_null(v) && !json_is_object(v) && !json_is_array(v) && !is_noise(key))
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

/* The old box's fate, where the act has one. */
static int paint_fate(struct grid *g, struct rect r, int y, const char *after)
{
	char line[160];
	json_t *o = after ? json_loads(after, 0, NULL) : NULL;
	const char *fate = json_string_value(json_object_get(o, "old_instance_fate")),
	           *id = json_string_value(json_object_get(o, "old_instance"));
	if (fate && id) {
		enum style st =
		        old_box_text(strcmp(fate, "kept") == 0
		                             ? 0
		                             : json_integer_value(
		                                       json_object_get(o, "terminate_wait_seconds")),
		                     json_number_value(json_object_get(o, "old_instance_usd_per_day")), line,
		                     sizeof line);
		grid_text(g, y, r.x + 2, 8, ST_DIM, "old box");
		grid_textf(g, y++, r.x + 10, r.w - 12, st, "%s %s", id, line);
	}
	json_decref(o);
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
	y = paint_wrapped(g, r, y, verb_is_ok(d->result) ? ST_STRONG : ST_CRIT,
	                  d->result->message ? d->result->message : "");
	y = paint_json(g, r, y, "now", d->result->before_state);
	y = paint_json(g, r, y, "then", d->result->after_state);
	y = paint_fate(g, r, y, d->result->after_state);
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

/* The command lives on: its stage is told here as long as one looks, and everywhere when it ends. */
static int paint_stage(struct dialog *d, struct grid *g, struct rect r, int y, const char *command_id)
{
	const struct watched *w = watch_find(d->popup.app, command_id);
	struct buf b = BUF_EMPTY;
	grid_textf(g, y++, r.x + 2, r.w - 4, ST_DIM, "command %s; @ shows it among mine", command_id);
	if (w) {
		watch_text(w, &b);
		grid_text(g, y++, r.x + 2, r.w - 4,
		          w->is_failed    ? ST_CRIT
		          : w->is_over    ? ST_OK
		          : w->is_overrun ? ST_WARN
		                          : ST_ACCENT,
		          buf_str(&b));
	}
	buf_free(&b);
	return y;
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
		if (q->command_id) y = paint_stage(d, g, r, y, q->command_id);
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
	int y;
	switch (d->step) {
	case DIALOG_TARGETS: paint_targets(d, g, r); break;
	case DIALOG_SCOPE:
		head(d, g, r, NULL);
		paint_wrapped(g, r, r.y + 2, ST_DIM,
		              "fleet, client:NAME, agent:NAME, agent:CLIENT/NAME, pool:ID, az:NAME or "
		              "region:NAME");
		paint_typed(d, g, r, r.y + 4, "what:");
		break;
	case DIALOG_ARGS:
		head(d, g, r, NULL);
		a = &d->verb->args[d->arg_at];
		y = paint_wrapped(g, r, r.y + 2, ST_DIM, a->about ? a->about : "");
		if (a->kind == VERB_FLAG)
			snprintf(prompt, sizeof prompt, "%s? y or n:", a->option);
		else if (strcmp(a->key, "pool") == 0)
			snprintf(prompt, sizeof prompt, "to a pool by its name, best, or on-demand:");
		else
			snprintf(prompt, sizeof prompt, "%s%s:", a->name ? a->name : a->key,
			         a->is_required || (d->verb->one_of && strcmp(d->verb->one_of, a->key) == 0)
			                 ? ""
			                 : " (Enter leaves it out)");
		paint_typed(d, g, r, y, prompt);
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
