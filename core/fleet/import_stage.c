/* import_stage.c - the days of a file that the table holds no rows of: they are filled aside, without a trigger for each row, and
 * take the empty days' places when they are whole. Whatever stands in the way, the days go row by row instead. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/import_int.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A day's exchange costs as much as some hundred rows. Rows of which agents may still write others, and those that the
 * table's trigger refuses, go row by row. The jobs find new rows by the time at which they were written, and look ten minutes back for
 * those that were seen late: rows wait here for less. */
enum { DAY_MIN = 2000, BATCH = 50000, RECENT_DAYS = 2, WAIT_MS = 240000, FIRST_DAY = 13149 /* 2006 */ };
enum { TURN = 250 }; /* rows after which the server gets more of those that were sent */
enum { DAY_ROWS, DAY_EMPTY, DAY_FILLED, DAY_LEFT };

struct stage_rows {
	unsigned n;
	struct stage_row {
		const char *pool; /* its name, which stays where it is: all pools are known by now */
		unsigned n_pool;
		unsigned long line;
		int64_t micro_usd, at_s;
	} at[BATCH];
};

static int day_of(const struct price_row *row) { return (int)(row->at_s / 86400); }

bool import_stage_takes(const struct import_stage *s, const struct price_row *row)
{
	unsigned char is = s->is_on && row->at_s >= 0 ? s->day[day_of(row)] : DAY_ROWS;
	return is == DAY_EMPTY || is == DAY_FILLED;
}

bool import_stage_left(const struct import_stage *s, const struct price_row *row)
{
	return row->at_s >= 0 && s->day[day_of(row)] == DAY_LEFT;
}

void import_stage_free(struct import_stage *s)
{
	buf_free(&s->text);
	free(s->rows);
	free(s->sent);
}

/* --- which days --- */

static bool look_at_day(struct import_stage *s, int day, struct err *e)
{
	char from[32], to[32];
	struct table *t = NULL;
	price_time_text(day * (int64_t)86400, true, from);
	price_time_text((day + 1) * (int64_t)86400, true, to);
	const struct arg args[] = { arg_str("from", from), arg_str("to", to) };
	if (!import_ask(s->b->w, &sql_import_stage_day, args, ARRAY_LEN(args), &t, NULL, e)) return false;
	s->day[day] = table_int(t, 0, "is_empty", 0) ? DAY_EMPTY : DAY_ROWS;
	table_free(t);
	return true;
}

bool import_stage_begin(struct import_stage *s, struct import_rows *b, const unsigned plain[N_DAYS],
                        struct err *e)
{
	struct table *t = NULL;
	struct err why = { 0 };
	int last = (int)(clock_wall_ms() / 86400000) - RECENT_DAYS, n = 0;
	s->b = b;
	if (b->o->shift_to_now || b->o->kind != PRICE_SPOT || !db_status(b->w).serves_rows) return true;
	for (int day = FIRST_DAY; day < last && day < N_DAYS; day++) {
		if (plain[day] < DAY_MIN) continue;
		if (!look_at_day(s, day, e)) return false;
		n += s->day[day] == DAY_EMPTY;
	}
	/* an exchange would stop a cluster's every node */
	if (!n || db_status(b->w).is_node) return true;
	if (!import_ask(b->w, &sql_import_stage_begin, NULL, 0, &t, NULL, &why)) {
		if (e) *e = why;
		return !import_is_link_fault(&why); /* no right to make tables, no room: row by row */
	}
	s->is_on = table_int(t, 0, "may", 0) != 0;
	s->session = db_status(b->w).n_connects;
	s->began_ms = clock_mono_ms();
	s->max = b->o->batch && b->o->batch < BATCH ? b->o->batch : BATCH;
	s->rows = mem_alloc(sizeof *s->rows);
	s->sent = mem_alloc(sizeof *s->sent);
	s->rows->n = s->sent->n = 0;
	table_free(t);
	return true;
}

/* --- filling --- */

/* What is there is not used: its days are read again. */
static void give_up(struct import_stage *s)
{
	for (int day = 0; day < N_DAYS; day++) {
		if (s->day[day] != DAY_FILLED) continue;
		s->day[day] = DAY_LEFT;
		s->b->r->conflicts -= s->conflicts[day]; /* they are met again */
		s->conflicts[day] = 0;
	}
	s->is_on = false;
	s->rows->n = 0;
}

/* The tables are ours as long as the session holds their lock; a new one takes it again if nobody was faster. */
static bool is_ours(struct import_stage *s)
{
	struct table *t = NULL;
	if (db_status(s->b->w).n_connects == s->session) return true;
	if (!import_ask(s->b->w, &sql_import_stage_lock, NULL, 0, &t, NULL, NULL)) return false;
	bool is = table_int(t, 0, "is_held", 0) != 0;
	s->session = db_status(s->b->w).n_connects;
	table_free(t);
	return is;
}

static void count_conflict(void *ctx, const char *at)
{
	struct import_stage *s = ctx;
	int64_t at_s;
	if (price_parse_time(at, &at_s)) s->conflicts[at_s / 86400]++;
}

/* As JSON: they are looked at only when some of them met others. */
static bool find_conflicts(struct import_stage *s, struct err *e)
{
	struct buf json = BUF_EMPTY;
	char usd[24], at[32];
	int64_t from_s = INT64_MAX, to_s = INT64_MIN;
	for (unsigned i = 0; i < s->sent->n; i++) {
		const struct stage_row *row = &s->sent->at[i];
		import_usd_text(row->micro_usd, usd);
		price_time_text(row->at_s, true, at);
		buf_addf(&json, "%c{\"line\":%lu,\"pool\":\"%s\",\"usd\":\"%s\",\"at\":\"%s\"}",
		         i ? ',' : '[', row->line, row->pool, usd, at);
		if (row->at_s < from_s) from_s = row->at_s;
		if (row->at_s > to_s) to_s = row->at_s;
	}
	buf_addc(&json, ']');
	bool ok = import_rows_conflicts(s->b, &sql_import_conflicts_staged, &json, from_s, to_s,
	                                count_conflict, s, e);
	buf_free(&json);
	return ok;
}

static bool swap_filled(struct import_stage *s, struct err *e);

/* What was sent is there. */
static bool took(struct import_stage *s, struct err *e)
{
	struct table *t = NULL;
	struct err why = { 0 };
	unsigned rows = s->sent->n;
	if (!s->sending.is_under_way) return true;
	if (!import_sent(&s->sending, &t, &why)) {
		give_up(s);
		if (e) *e = why;
		return !import_is_link_fault(&why);
	}
	uint64_t met = rows - (t ? t->affected_rows : 0);
	bool is_other = t && t->warnings > (int)met; /* a value became another one */
	table_free(t);
	if (is_other)
		give_up(s);
	else if (met && !find_conflicts(s, e))
		return false;
	import_rows_did(s->b, rows);
	return clock_mono_ms() - s->began_ms < WAIT_MS || !s->is_on || swap_filled(s, e);
}

/* By pool, as the table lies; of one pool as they came, since of two of a second the first stays. */
static int by_pool(const void *a, const void *b)
{
	const struct stage_row *x = a, *y = b;
	if (x->pool != y->pool) return x->pool < y->pool ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static void write_rows(struct import_stage *s)
{
	char line[160], usd[24], at[32];
	buf_cut(&s->text, 0);
	for (unsigned i = 0; i < s->sent->n; i++) {
		const struct stage_row *row = &s->sent->at[i];
		size_t n = row->n_pool;
		import_usd_text(row->micro_usd, usd);
		price_time_text(row->at_s, true, at);
		line[0] = '0'; /* the id of an import */
		line[1] = '\t';
		memcpy(line + 2, row->pool, n);
		n += 2;
		line[n++] = '\t';
		for (const char *p = usd; *p; p++) line[n++] = *p;
		line[n++] = '\t';
		for (const char *p = at; *p; p++) line[n++] = *p;
		line[n++] = '\n';
		buf_add(&s->text, line, n);
	}
}

static bool flush(struct import_stage *s, struct err *e)
{
	struct stage_rows *rows = s->rows;
	if (!took(s, e)) return false;
	if (!s->is_on || !rows->n) return true;
	if (!is_ours(s)) {
		give_up(s);
		return true;
	}
	s->rows = s->sent;
	s->rows->n = 0;
	s->sent = rows;
	qsort(rows->at, rows->n, sizeof *rows->at, by_pool);
	write_rows(s);
	import_send_local(&s->sending, s->b->w, &sql_import_stage_load, s->text.s, s->text.len);
	return true;
}

/* The names are of harmless characters only: the reader saw to it. */
bool import_stage_add(struct import_stage *s, const struct price_row *row, const struct import_pool *pool,
                      struct err *e)
{
	s->rows->at[s->rows->n++] = (struct stage_row){ pool->id, (unsigned)strlen(pool->id), row->line,
		                                        row->micro_usd, row->at_s };
	s->day[day_of(row)] = DAY_FILLED;
	if (s->sending.is_under_way && s->rows->n % TURN == 0) uv_run(db_loop(s->b->w), UV_RUN_NOWAIT);
	return s->rows->n < s->max || flush(s, e);
}

/* --- taking the day's place --- */

static bool swap(struct import_stage *s, int day, struct err *e)
{
	char text[32], part[32];
	if (clock_mono_ms() - s->began_ms >
	    2 * WAIT_MS) { /* the exchanges before it waited for readers, each */
		give_up(s);
		return true;
	}
	struct db_opts opts = { .is_write = true, .deadline_ms = 600000 };
	struct table *t = NULL;
	struct err why = { 0 };
	price_time_text(day * (int64_t)86400, false, text);
	snprintf(part, sizeof part, "p_%.4s_%.2s_%.2s", text, text + 5, text + 8);
	const struct arg arg = arg_str("part", part);
	/* asked once: whether it was done is not known when the link was lost, and then the day is read again */
	if (!db_call(s->b->w, &sql_import_stage_swap, &arg, 1, &opts, &t, &why)) {
		give_up(s);
		if (e) *e = why;
		return why.code != ERR_NO; /* a pool that is there no more */
	}
	bool is_done = table_int(t, 0, "is_done", 0) != 0;
	int64_t met = table_int(t, 0, "met", 0);
	s->day[day] = is_done ? DAY_ROWS : DAY_LEFT;
	if (is_done)
		s->b->r->added += (uint64_t)table_int(t, 0, "rows", 0);
	else
		s->b->r->conflicts -= s->conflicts[day];
	if (met)
		import_fault(s->b->r, 0,
		             "%lld prices of %s that another import brought meanwhile gave way to this "
		             "file's",
		             (long long)met, text);
	s->b->r->conflicts += (uint64_t)met;
	s->conflicts[day] = 0;
	table_free(t);
	return true;
}

static bool swap_filled(struct import_stage *s, struct err *e)
{
	for (int day = 0; day < N_DAYS; day++)
		if (s->day[day] == DAY_FILLED && !swap(s, day, e)) return false;
	s->began_ms = clock_mono_ms();
	return true;
}

bool import_stage_end(struct import_stage *s, bool *is_left, struct err *e)
{
	bool was_on = s->is_on,
	     ok = !was_on || (flush(s, e) && took(s, e) && (!s->is_on || swap_filled(s, e)));
	struct err why = { 0 };
	if (was_on && !import_ask(s->b->w, &sql_import_stage_end, NULL, 0, NULL, NULL, &why) && ok)
		ok = !import_is_link_fault(&why) || (e && (*e = why, false));
	s->is_on = false;
	*is_left = false;
	for (int day = 0; day < N_DAYS; day++) *is_left = *is_left || s->day[day] == DAY_LEFT;
	return ok;
}
