/* import_rows.c - good rows into their tables, a batch at a time, and what a batch found there already. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/import_int.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void import_usd_text(int64_t micro_usd, char out[24])
{
	char whole[24];
	int64_t left = micro_usd / 1000000;
	int n = 0, digits = 0;
	do whole[digits++] = (char)('0' + left % 10);
	while ((left /= 10));
	while (digits) out[n++] = whole[--digits];
	out[n] = '.';
	for (int i = 6, of = (int)(micro_usd % 1000000); i; i--, of /= 10) out[n + i] = (char)('0' + of % 10);
	out[n + 7] = '\0';
}

/* Triggers keep the pools' prices row by row unless the session says that somebody else does. */
static bool set_session(struct import_rows *b, struct err *e)
{
	if (b->session && db_status(b->w).n_connects == b->session) return true;
	if (!db_call(b->w, &sql_import_session, NULL, 0, NULL, NULL, e)) return false;
	b->session = db_status(b->w).n_connects;
	return true;
}

static void tell(const struct import_rows *b)
{
	struct import_progress p = { b->done, b->r->rows, b->r->added, clock_mono_ms() - b->began_ms };
	if (b->o->progress) b->o->progress(b->o->ctx, &p);
}

static void empty(struct import_rows *b)
{
	b->rows = 0;
	b->from_s = INT64_MAX;
	b->to_s = INT64_MIN;
	buf_cut(&b->text, b->head);
	buf_cut(&b->own, 0);
	buf_addc(&b->own, '[');
}

bool import_rows_begin(struct import_rows *b, struct err *e)
{
	b->max = b->o->batch ? b->o->batch : 2000;
	b->began_ms = clock_mono_ms();
	if (!query_bind(&b->text, &sql_import_snapshots, NULL, 0, e)) return false;
	b->head = b->text.len;
	empty(b);
	return true;
}

void import_rows_free(struct import_rows *b)
{
	buf_free(&b->text);
	buf_free(&b->own);
}

/* --- a batch --- */

/* Rows as JSON, and the times between which they lie, which spare the other partitions. */
static bool ask_with_rows(struct import_rows *b, const struct query *q, const struct buf *json,
                          int64_t from_s, int64_t to_s, struct table **rows, uint64_t *affected,
                          struct err *e)
{
	char from[32], to[32];
	price_time_text(from_s, true, from);
	price_time_text(to_s, true, to);
	const struct arg args[] = { arg_strn("rows", json->s, json->len), arg_str("from", from),
		                    arg_str("to", to) };
	return import_ask(b->w, q, args, ARRAY_LEN(args), rows, affected, e);
}

bool import_rows_conflicts(struct import_rows *b, const struct query *q, const struct buf *json,
                           int64_t from_s, int64_t to_s, void (*told)(void *ctx, const char *at), void *ctx,
                           struct err *e)
{
	struct table *t = NULL;
	if (!ask_with_rows(b, q, json, from_s, to_s, &t, NULL, e)) return false;
	for (size_t i = 0; t && i < t->n_rows; i++) {
		b->r->conflicts++;
		import_fault(b->r, (unsigned long)table_int(t, i, "line", 0),
		             "conflict: %s has a price of %s already, %s; this one is left out: %s",
		             table_get(t, i, "pool"), table_get(t, i, "at"), table_get(t, i, "kept"),
		             table_get(t, i, "left_out"));
		if (told) told(ctx, table_get(t, i, "at"));
	}
	table_free(t);
	return true;
}

void import_rows_did(struct import_rows *b, unsigned rows)
{
	b->done += rows; /* a day that is read again was counted */
	if (b->done > b->r->rows) b->done = b->r->rows;
	tell(b);
}

/* Fewer were new than came: were the others there with this price, or with another? */
static bool find_conflicts(struct import_rows *b, struct err *e)
{
	static const struct query *const of[] = { &sql_import_conflicts, NULL,
		                                  &sql_import_conflicts_consolidated,
		                                  &sql_import_conflicts_canonical };
	return !of[b->into] ||
	       import_rows_conflicts(b, of[b->into], &b->own, b->from_s, b->to_s, NULL, NULL, e);
}

static bool flush(struct import_rows *b, struct err *e)
{
	static const struct query *const inserts[] = { NULL, &sql_import_own_snapshots,
		                                       &sql_import_consolidated, &sql_import_canonical };
	struct table *t = NULL;
	uint64_t added = 0;
	if (b->rows == 0) return true;
	b->own.s[b->own.len - 1] = ']';
	if (!set_session(b, e)) return false;
	if (b->into != INTO_SNAPSHOTS) {
		if (!ask_with_rows(b, inserts[b->into], &b->own, b->from_s, b->to_s, NULL, &added, e))
			return false;
	} else {
		if (!import_send(b->w, b->text.s, b->text.len - 1, &t, e)) return false;
		added = t ? t->affected_rows : 0;
		table_free(t);
	}
	if (added < b->rows && !find_conflicts(b, e)) return false;
	b->r->added += added;
	unsigned rows = b->rows;
	empty(b);
	import_rows_did(b, rows);
	return true;
}

bool import_rows_end(struct import_rows *b, struct err *e)
{
	bool ok = flush(b, e);
	b->r->elapsed_ms = clock_mono_ms() - b->began_ms;
	return ok;
}

bool import_is_plain(const struct price_row *row)
{
	return row->tier == TIER_RAW && !row->role[0] && !row->instance[0] && !row->is_duplicate;
}

static enum import_into table_of(const struct price_row *row)
{
	if (row->tier == TIER_CANONICAL) return INTO_CANONICAL;
	if (row->tier == TIER_CONSOLIDATED) return INTO_CONSOLIDATED;
	return import_is_plain(row) ? INTO_SNAPSHOTS : INTO_OWN;
}

/* A row of an agent has an id; ours is made of what it says, so that it is the same one again. */
static uint32_t id_of(const struct price_row *row)
{
	char text[96];
	uint32_t h = 2166136261u;
	snprintf(text, sizeof text, "%s %s %lld", row->role, row->instance, (long long)row->micro_usd);
	for (const char *p = text; *p; p++) h = (h ^ (unsigned char)*p) * 16777619u;
	return h ? h : 1;
}

static void add_json(struct import_rows *b, const struct price_row *row, const char *pool, const char *usd,
                     const char *at)
{
	buf_addf(&b->own, "{\"line\":%lu,\"pool\":\"%s\",\"usd\":\"%s\",\"at\":\"%s\"", row->line, pool, usd,
	         at);
	if (b->into == INTO_OWN) {
		buf_addf(&b->own, ",\"id\":%lu,\"duplicate\":%d", (unsigned long)id_of(row),
		         row->is_duplicate);
		if (row->role[0]) buf_addf(&b->own, ",\"role\":\"%s\"", row->role);
		if (row->instance[0]) buf_addf(&b->own, ",\"instance\":\"%s\"", row->instance);
	}
	if (b->into == INTO_CONSOLIDATED || b->into == INTO_CANONICAL)
		buf_addf(&b->own, ",\"interpolated\":%d,\"sources\":%u", row->is_interpolated, row->sources);
	if (row->confidence[0]) buf_addf(&b->own, ",\"confidence\":\"%s\"", row->confidence);
	if (row->volatility[0]) buf_addf(&b->own, ",\"volatility\":\"%s\"", row->volatility);
	buf_adds(&b->own, "},");
}

/* The names are of harmless characters only: the reader saw to it. */
bool import_rows_add(struct import_rows *b, const struct price_row *row, const char *pool, struct err *e)
{
	char usd[24], at[32];
	int64_t at_s = row->at_s + b->r->shift_s;
	enum import_into into = table_of(row);
	if (into != b->into && !flush(b, e)) return false;
	b->into = into;
	import_usd_text(row->micro_usd, usd);
	price_time_text(at_s, true, at);
	if (at_s < b->from_s) b->from_s = at_s;
	if (at_s > b->to_s) b->to_s = at_s;
	if (into == INTO_SNAPSHOTS) buf_addf(&b->text, "(0,'%s',%s,'%s'),", pool, usd, at);
	add_json(b, row, pool, usd, at);
	return ++b->rows < b->max || flush(b, e);
}

/* It was not new: was it there with this price? */
static bool find_ondemand_conflict(struct import_rows *b, const struct price_row *row, const char *usd,
                                   const char *at, struct err *e)
{
	struct table *t = NULL;
	const struct arg args[] = { arg_str("type", row->type), arg_str("region", row->region),
		                    arg_str("at", at) };
	if (!import_ask(b->w, &sql_import_ondemand_kept, args, ARRAY_LEN(args), &t, NULL, e)) return false;
	const char *kept = t && t->n_rows ? table_get(t, 0, "kept") : NULL;
	if (kept && strcmp(kept, usd) != 0) {
		b->r->conflicts++;
		import_fault(b->r, row->line,
		             "conflict: %s in %s has a price of %.19s already, %s; this one is left out: %s",
		             row->type, row->region, table_get(t, 0, "at"), kept, usd);
	}
	table_free(t);
	return true;
}

bool import_rows_add_ondemand(struct import_rows *b, const struct price_row *row, struct err *e)
{
	char usd[24], at[32];
	uint64_t added = 0;
	import_usd_text(row->micro_usd, usd);
	if (row->at_s != PRICE_NO_TIME) price_time_text(row->at_s + b->r->shift_s, true, at);
	const struct arg args[] = { arg_str("type", row->type), arg_str("region", row->region),
		                    arg_dec("price", usd),
		                    arg_str("at", row->at_s == PRICE_NO_TIME ? NULL : at) };
	if (!import_ask(b->w, &sql_import_ondemand, args, ARRAY_LEN(args), NULL, &added, e)) return false;
	if (!added && !find_ondemand_conflict(b, row, usd, row->at_s == PRICE_NO_TIME ? NULL : at, e))
		return false;
	b->r->added += added;
	b->done++;
	tell(b);
	return true;
}
