/* catchup.c - a subscriber who is behind the ring, or comes back with a cursor, reads on from the table: what
 * its cursor misses and the tail has seen. What the tail had not seen comes by the ring, from where it stood. */
#include "core/serve/catchup.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/serve/ring.h"
#include "core/serve/serve_int.h"
#include "core/serve/sse.h"
#include "core/serve/sub.h"
#include "sql.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void catch_up_from_cursor(struct sub *sub);

/* Everything up to id is sent, but for what it missed already and what the tail had not seen. */
static void advance(struct sub *sub, uint64_t id)
{
	uint64_t from = sub->cursor.high + 1;
	if (id < from) return;
	sub->cursor.high = id;
	sub->cursor.sign = id == sub->upto.high ? sub->upto.sign : 0;
	for (size_t i = 0; i < sub->upto.n && sub->upto.gaps[i].lo < id; i++) {
		const struct cursor_gap *g = &sub->upto.gaps[i];
		if (g->hi >= from)
			cursor_miss(&sub->cursor, g->lo > from ? g->lo : from, g->hi < id ? g->hi : id - 1,
			            0);
	}
}

static void send_row(struct sub *sub, const struct table *t, size_t row, struct buf *cursor,
                     struct buf *frame)
{
	uint64_t id = strtoull(table_get(t, row, "id"), NULL, 10);
	struct buf data = BUF_EMPTY;
	bool is_late;
	if (cursor_misses(&sub->upto, id)) return; /* the tail has yet to see it: by the ring */
	if (id > sub->cursor.high) {
		advance(sub, id);
		sub->cursor.sign = tail_sign(t, row);
	} else if (!cursor_take(&sub->cursor, id, 0, &is_late))
		return;
	buf_cut(cursor, 0);
	buf_cut(frame, 0);
	cursor_format(&sub->cursor, true, cursor);
	const char *json = table_get(t, row, "event_data");
	text_json_line(&data, json, strlen(json));
	sse_event(frame, buf_str(cursor), table_get(t, row, "event_type"), buf_str(&data));
	sub_put(sub, id, buf_str(frame), frame->len);
	buf_free(&data);
}

static void end(struct sub *sub)
{
	sub->is_catching_up = false;
	place_drop(sub->after);
	sub->after = sub->upto_place;
	sub->upto_place = NULL;
	cursor_free(&sub->upto);
	cursor_free(&sub->cursor);
	sub->s->n_caught_up++;
}

/* Does its cursor miss what the tail does not? Rows of others, or such that were in flight when the tail began
 * elsewhere, as after a restart. */
static bool misses_more(const struct sub *sub)
{
	const struct cursor *all = tail_place(sub->s->tail);
	for (size_t i = 0, k = 0; i < sub->cursor.n; i++) {
		const struct cursor_gap *g = &sub->cursor.gaps[i];
		while (k < all->n && all->gaps[k].hi < g->lo) k++;
		if (k == all->n || all->gaps[k].lo > g->lo || all->gaps[k].hi < g->hi) return true;
	}
	return false;
}

/* Its rows are sent. What is still missed is looked for in the whole table before it ends. */
static void finish(struct sub *sub)
{
	advance(sub, sub->upto.high);
	if (!misses_more(sub)) {
		end(sub);
		return;
	}
	sub->must_look = true;
	catch_up_go_on(sub);
}

/* The missed ids that are there. Those of other clients are nothing to it; what is not there may be in flight:
 * the tail watches for it from now on. Then once more: own rows that have come since they were asked for. */
static void looked(struct sub *sub, const struct table *t)
{
	struct cursor absent = { 0 };
	bool is_late, is_cut = t->n_rows >= LOOK;
	uint64_t last = UINT64_MAX;
	cursor_copy(&absent, &sub->cursor);
	for (size_t i = 0; i < t->n_rows; i++) {
		uint64_t id = strtoull(table_get(t, i, "id"), NULL, 10);
		cursor_take(&absent, id, 0, &is_late);
		if (!table_int(t, i, "is_own", 0)) cursor_take(&sub->cursor, id, 0, &is_late);
		if (is_cut) last = id;
	}
	for (size_t i = 0; i < absent.n && absent.gaps[i].hi <= last; i++)
		tail_watch(sub->s->tail, absent.gaps[i].lo, absent.gaps[i].hi);
	cursor_free(&absent);
	sub->must_look = false;
	catch_up_from_cursor(sub);
}

/* From sub->cursor to where the tail is now: what is asked is asked by catch_up_go_on. */
static void catch_up_place(struct sub *sub)
{
	struct buf text = BUF_EMPTY;
	cursor_copy(&sub->upto, tail_place(sub->s->tail));
	tail_cursor_short(sub->s->tail, &text);
	place_drop(sub->upto_place);
	sub->upto_place = place_new(buf_str(&text), text.len);
	buf_free(&text);
	sub->is_catching_up = true;
	sub->seen = 0;
	sub->at = sub->s->head;
}

void catch_up_set_back(struct sub *sub)
{
	const struct serve *s = sub->s;
	struct cursor own = { 0 };
	struct buf place = BUF_EMPTY;
	struct err ignored;
	if (sub->is_catching_up)
		cursor_copy(&own, &sub->cursor);
	else if (sub->after)
		cursor_parse(&own, sub->after->text, 0, &ignored);
	bool is_told = own.high > s->kept.high;
	cursor_cut(&own, s->kept.high, s->kept.sign);
	sub_forget_place(sub);
	if (is_told) {
		cursor_format(&own, true, &place);
		char data[160];
		snprintf(data, sizeof data,
		         "{\"reason\":\"history changed\",\"lost\":{\"from\":%" PRIu64 ",\"to\":%" PRIu64
		         "}}",
		         s->lost_from, s->lost_to);
		sse_event(&sub->out, buf_str(&place), "reset", data);
		sub->s->n_reset++;
		buf_free(&place);
	}
	sub->after = NULL;
	sub->cursor = own;
	catch_up_place(sub);
	sub_resume(sub);
}

/* Rows of this client may have been purged since: it is told, and goes on with what is kept. */
static void checked(struct sub *sub, const struct table *t)
{
	const char *oldest = table_get(t, 0, "oldest");
	bool is_there = table_int(t, 0, "is_there", 0) != 0;
	bool is_other = is_there && sub->cursor.sign && tail_sign(t, 0) != sub->cursor.sign;
	sub->must_check = false;
	/* an id of before a failover, which may have been handed out again since */
	if (sub_is_beyond(sub, sub->cursor.high) && (is_other || !is_there || !sub->cursor.sign)) {
		catch_up_set_back(sub);
		return;
	}
	if (is_other) {
		sub_rewind(sub);
		return;
	}
	if (is_there) return;
	char data[120];
	snprintf(data, sizeof data, "{\"reason\":\"purged\",\"oldest\":%s}", oldest ? oldest : "null");
	struct buf place = BUF_EMPTY;
	cursor_format(&sub->cursor, true, &place);
	sse_event(&sub->out, buf_str(&place), "reset", data);
	buf_free(&place);
	sub->s->n_reset++;
}

static void send_rows(struct sub *sub, const struct table *t)
{
	struct buf cursor = BUF_EMPTY, frame = BUF_EMPTY;
	for (size_t i = 0; i < t->n_rows; i++) send_row(sub, t, i, &cursor, &frame);
	if (t->n_rows) sub->seen = strtoull(table_get(t, t->n_rows - 1, "id"), NULL, 10);
	buf_free(&cursor);
	buf_free(&frame);
	int64_t all = table_int(t, 0, "n_all", 0);
	if (t->n_rows == 0 || (all < CATCH_UP && (size_t)all == t->n_rows)) finish(sub);
}

static void got(void *ctx, struct table *t, const struct err *e)
{
	struct sub *sub = ctx;
	sub->is_asking = false;
	if (sub->is_gone)
		sub_free(sub);
	else if (sub->must_rewind) { /* asked of the ids of before */
		if (!sub->s->is_rewinding) sub_rewind(sub);
	} else if (sub->must_set_back) {
		catch_up_set_back(sub);
		catch_up_go_on(sub);
	} else if (!e && sub->must_check) {
		checked(sub, t);
		if (sub->is_catching_up) catch_up_go_on(sub);
	} else if (!e && sub->must_look) {
		looked(sub, t);
	} else if (!e) {
		send_rows(sub, t);
		sub_resume(sub);
	} /* else: asked again with the next wake */
	table_free(t);
}

void catch_up_go_on(struct sub *sub)
{
	struct serve *s = sub->s;
	if (sub->is_asking) return;
	sub->is_asking = true;
	if (sub->must_check) {
		struct arg args[] = { arg_str("client", sub->client_id),
			              arg_int("id", (int64_t)sub->cursor.high) };
		db_submit(s->read, &sql_queries_serve_place, args, ARRAY_LEN(args), NULL, got, sub);
		return;
	}
	struct buf gaps = BUF_EMPTY;
	cursor_json(&sub->cursor, SIZE_MAX, &gaps);
	if (sub->must_look) {
		struct arg look[] = { arg_strn("gaps", buf_str(&gaps), gaps.len),
			              arg_str("client", sub->client_id), arg_int("batch", LOOK) };
		struct db_opts o = { .max_rows = LOOK + 1 };
		db_submit(s->read, &sql_queries_serve_look, look, ARRAY_LEN(look), &o, got, sub);
		buf_free(&gaps);
		return;
	}
	struct arg args[] = {
		arg_str("client", sub->client_id),        arg_int("after", (int64_t)sub->cursor.high),
		arg_int("upto", (int64_t)sub->upto.high), arg_strn("gaps", buf_str(&gaps), gaps.len),
		arg_int("seen", (int64_t)sub->seen),      arg_int("batch", CATCH_UP),
	};
	db_submit(s->read, &sql_queries_serve_catch_up, args, ARRAY_LEN(args), NULL, got, sub);
	buf_free(&gaps);
}

static void catch_up_from_cursor(struct sub *sub)
{
	catch_up_place(sub);
	catch_up_go_on(sub);
}

/* From sub->after (or, when there is none, from sub->cursor) to where the tail is now. */
void catch_up_begin(struct sub *sub)
{
	struct err ignored;
	if (sub->after) cursor_parse(&sub->cursor, sub->after->text, 0, &ignored);
	catch_up_from_cursor(sub);
}
