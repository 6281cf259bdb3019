/* overview_dying.c - the overview's panels of what is dying: storms, deadlines, the unhealthy, what is under way. */
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "views/screens/overview_paint.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- storms: zones in which a quarter of the agents is under notice --- */

/* What there is room for, the gravest first: half a word says nothing. */
__attribute__((format(printf, 3, 4))) static void add_part(struct buf *b, int room, const char *fmt, ...)
{
	char part[64];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(part, sizeof part, fmt, ap);
	va_end(ap);
	if ((int)(b->len + strlen(part)) <= room) buf_adds(b, part);
}

static void storm_row(struct grid *g, struct rect r, int y, const struct table *t, size_t i, const char *more)
{
	char next[32];
	struct buf b = BUF_EMPTY;
	const char *client = table_get(t, i, "client"), *left = table_get(t, i, "seconds_left");
	long long missed = table_int(t, i, "missed", 0), at_risk = table_int(t, i, "at_risk", 0);
	bool is_narrow = r.w < 60;
	int x = r.x + 1 + grid_text(g, y, r.x + 1, 5, ST_CRIT, "STORM") + 2 - is_narrow,
	    w = (int)strlen(more);
	buf_adds(&b, text_or_na(table_get(t, i, "az")));
	if (client && !is_narrow) buf_addf(&b, " of %s", client);
	buf_addf(&b, ": %s of %s%s", text_or_na(table_get(t, i, "noticed")),
	         text_or_na(table_get(t, i, "agents")), is_narrow ? "" : " under notice");
	x += grid_text(g, y, x, r.x + r.w - x - 1 - w, ST_STRONG, buf_str(&b));
	buf_cut(&b, 0);
	double s = left ? overview_aged(t, strtod(left, NULL), -1) : -1;
	int room = r.x + r.w - x - 1 - w;
	if (missed) add_part(&b, room, ", %lld missed", missed);
	if (at_risk) add_part(&b, room, ", %lld at risk", at_risk);
	if (s >= 0) add_part(&b, room, ", next %s", fmt_clock(next, sizeof next, (int64_t)(s * 1000)));
	grid_text(g, y, x, r.x + r.w - x - 1 - w, missed + at_risk ? ST_CRIT : ST_TEXT, buf_str(&b));
	grid_right(g, y, r.x + r.w - 1 - w, w, ST_WARN, more);
	buf_free(&b);
}

void overview_storm(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	(void)o;
	int first = overview_first_row(r, cursor), hidden = (int)t->n_rows - r.h;
	for (int i = 0; i < r.h && first + i < (int)t->n_rows; i++) {
		char more[24] = "";
		if (i == r.h - 1 && hidden > 0)
			snprintf(more, sizeof more, r.w < 60 ? " +%d" : "  +%d more", hidden);
		storm_row(g, r, r.y + i, t, (size_t)first + (size_t)i, more);
		if (first + i == cursor) overview_point_at(g, r, i);
	}
}

/* --- the unhealthy, and what is under way --- */

/* Who, why and for how long. A narrow panel leaves out the word for the health, which the cause and its colour tell. */
static void stale_row(struct grid *g, struct rect r, int y, const struct table *t, size_t i)
{
	char age[32] = "n/a";
	const char *health = text_or_na(table_get(t, i, "health")), *since = table_get(t, i, "cause_seconds");
	enum style st = style_of_state(health);
	int x = r.x + 1, end = r.x + r.w - 7, who = r.w < 48 ? 11 : 15;
	if (r.w >= 48) grid_text(g, y, x, 7, st, health), x += 8;
	grid_text(g, y, x, who - 1, ST_TEXT, text_or_na(table_get(t, i, "agent")));
	x += who;
	grid_text(g, y, x, end - x, r.w < 48 ? st : ST_DIM, text_or_na(table_get(t, i, "cause_in_words")));
	if (since) fmt_age(age, sizeof age, (int64_t)(overview_aged(t, strtod(since, NULL), 1) * 1000));
	grid_right(g, y, end, 6, ST_DIM, age);
}

void overview_stale(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	(void)o;
	if (t->n_rows == 0) grid_text(g, r.y, r.x + 1, r.w - 2, ST_OK, "no agent is unhealthy");
	int first = overview_first_row(r, cursor);
	for (int i = 0; i < r.h && first + i < (int)t->n_rows; i++) {
		stale_row(g, r, r.y + i, t, (size_t)first + (size_t)i);
		if (first + i == cursor) overview_point_at(g, r, i);
	}
}

void overview_flight(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	char age[32], limit[64];
	(void)o;
	if (t->n_rows == 0)
		grid_text(g, r.y, r.x + 1, r.w - 2, ST_DIM, "no launch or termination is under way");
	int first = overview_first_row(r, cursor);
	for (int i = 0; i < r.h && first + i < (int)t->n_rows; i++) {
		size_t k = (size_t)first + (size_t)i;
		double s = overview_aged(t, table_dec(t, k, "seconds", 0), 1),
		       p95 = table_dec(t, k, "p95_seconds", 0), most = table_dec(t, k, "limit_seconds", 0);
		enum style st = s > most ? ST_CRIT : p95 > 0 && s > p95 ? ST_WARN : ST_INFO;
		const char *state = text_or_na(table_get(t, k, "state"));
		grid_text(g, r.y + i, r.x + 1, 6, st, strcmp(state, "launching") == 0 ? "launch" : "term");
		grid_text(g, r.y + i, r.x + 8, 14, ST_TEXT, text_or_na(table_get(t, k, "agent")));
		int x = r.x + 23, right = r.x + r.w - 1;
		fmt_age(age, sizeof age, (int64_t)(s * 1000));
		if (p95 > 0)
			snprintf(limit, sizeof limit, "%s, p95 %.0f s", age, p95);
		else
			snprintf(limit, sizeof limit, "%s, p95 n/a", age);
		if (s > most) snprintf(limit, sizeof limit, "%s, limit %.0f s", age, most);
		grid_right(g, r.y + i, right - 18, 18, st, limit);
		grid_text(g, r.y + i, x, right - 19 - x, ST_DIM, text_or_na(table_get(t, k, "pool")));
		if (first + i == cursor) overview_point_at(g, r, i);
	}
}

/* --- deadlines --- */

static void verdict(struct grid *g, int y, int right, struct table *t, size_t i)
{
	char text[64];
	bool is_narrow = right < 50;
	const char *margin = table_get(t, i, "margin_seconds"), *word = table_get(t, i, "verdict");
	if (!word) word = "NOT KNOWN";
	snprintf(text, sizeof text, "%s", word);
	bool makes = strcmp(word, "MAKES IT") == 0, misses = strcmp(word, "MISSES BY") == 0;
	double m = margin ? overview_aged(t, strtod(margin, NULL), -1) : 0;
	if (makes && m < 0) makes = false, misses = true; /* the time it had went by since */
	if (makes)
		snprintf(text, sizeof text, is_narrow ? "MAKES +%.0f" : "MAKES IT +%.0f s", m);
	else if (misses)
		snprintf(text, sizeof text, is_narrow ? "MISSES %.0f" : "MISSES BY %.0f s",
		         is_narrow ? m : -m);
	bool is_begun = table_get(t, i, "replica_id") || table_get(t, i, "launching_id");
	enum style st = strcmp(word, "RESCUED") == 0 || (makes && is_begun) ? ST_OK
	                : misses || strcmp(word, "MISSED") == 0             ? ST_CRIT
	                                                                    : ST_WARN;
	int w = is_narrow ? 11 : 18;
	grid_right(g, y, right - w, w, st, text);
}

/* What takes over when the instance is gone, in the words of the database: "replica r-1 is ready"; in a narrow panel its
 * figures, without a name where even that has no room. */
static void takeover_text(struct table *t, size_t i, int room, char *out, size_t n)
{
	const char *boot = table_get(t, i, "boot_seconds"), *launching = table_get(t, i, "launching_seconds"),
	           *word = text_or_na(table_get(t, i, "verdict"));
	snprintf(out, n, "%s", text_or_na(table_get(t, i, "basis")));
	if ((int)strlen(out) <= room || strcmp(word, "RESCUED") == 0 || strcmp(word, "MISSED") == 0) return;
	const char *replica = table_get(t, i, "replica_id"), *pool = text_or_na(table_get(t, i, "boot_pool")),
	           *instance = text_or_na(table_get(t, i, "launching_id"));
	for (int is_short = 0; is_short < 3 && (int)strlen(out) > room; is_short++) {
		const char *who = is_short ? "" : launching ? instance : pool, *gap = is_short ? "" : " ";
		if (replica)
			snprintf(out, n, "replica %s", replica);
		else if (launching)
			snprintf(out, n, "%s%sboots %.0f/%s s", who, gap,
			         overview_aged(t, strtod(launching, NULL), 1), boot ? boot : "n/a");
		else if (boot)
			snprintf(out, n,
			         is_short > 1 ? "not launched"
			         : is_short   ? "not launched, %s%sp95 %s s"
			                      : "not launched, %s%sboots %s s n=%s",
			         who, gap, boot, text_or_na(table_get(t, i, "boot_samples")));
	}
}

/* A rebalance is a risk: how often one of the fleet's became a termination, never a countdown. */
static void risk_text(struct table *t, size_t i, bool is_narrow, char *out, size_t n)
{
	char age[32] = "n/a";
	const char *ago = table_get(t, i, "received_seconds_ago");
	long long all = table_int(t, i, "rebalances_30d", 0),
	          ended = table_int(t, i, "became_terminations_30d", 0);
	if (ago) fmt_age(age, sizeof age, (int64_t)(overview_aged(t, strtod(ago, NULL), 1) * 1000));
	if (all <= 0)
		snprintf(out, n,
		         is_narrow ? "%s ago; a risk (n=0)" : "rebalance %s ago; a risk, not a countdown",
		         age);
	else
		snprintf(out, n,
		         is_narrow ? "%s ago; %lld of %lld terminated"
		                   : "rebalance %s ago; %lld of %lld of the fleet's terminated",
		         age, ended, all);
}

static void deadline_row(struct grid *g, struct rect r, int y, struct table *t, size_t i)
{
	char clock[32] = "", why[240];
	bool is_term = strcmp(text_or_na(table_get(t, i, "notice_status")), "termination") == 0,
	     is_rescued = strcmp(text_or_na(table_get(t, i, "verdict")), "RESCUED") == 0;
	const char *left = table_get(t, i, "seconds_left");
	int x = r.x + 1;
	x += grid_text(g, y, x, 5,
	               is_term      ? ST_CRIT
	               : is_rescued ? ST_DIM
	                            : ST_WARN,
	               is_term      ? "TERM"
	               : is_rescued ? "REBAL"
	                            : "RISK") +
	     2;
	grid_text(g, y, x, 14, ST_TEXT, text_or_na(table_get(t, i, "agent")));
	x += 15;
	if (r.w >= 70) grid_text(g, y, x, 12, ST_DIM, text_or_na(table_get(t, i, "az"))), x += 13;
	if (left && is_term) {
		int64_t ms = (int64_t)(overview_aged(t, strtod(left, NULL), -1) * 1000);
		(ms <= -3600000 ? fmt_age : fmt_clock)(clock, sizeof clock, ms);
	}
	grid_right(g, y, x, 6, is_term ? ST_CRIT : ST_DIM, clock);
	x += 8;
	int room = r.x + r.w - x - (is_term || is_rescued ? 19 : 1);
	if (is_term || is_rescued)
		takeover_text(t, i, room, why, sizeof why);
	else
		risk_text(t, i, room < 52, why, sizeof why);
	grid_text(g, y, x, room, ST_TEXT, why);
	if (is_term || is_rescued) verdict(g, y, r.x + r.w - 1, t, i);
}

void overview_deadlines(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor)
{
	(void)o;
	if (t->n_rows == 0) {
		grid_text(g, r.y, r.x + 1, r.w - 2, ST_OK, "no notice: nothing is about to be taken away");
		return;
	}
	int first = overview_first_row(r, cursor);
	for (int i = 0; i < r.h && first + i < (int)t->n_rows; i++) {
		size_t row = (size_t)first + (size_t)i;
		deadline_row(g, r, r.y + i, t, row);
		if (first + i == cursor) overview_point_at(g, r, i);
	}
}
