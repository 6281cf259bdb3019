/* catchup.c - a subscriber who is behind the ring, or comes back with a cursor, reads on from the table: what
 * its cursor misses and the tail has seen. What the tail had not seen comes by the ring, from where it stood. */
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/serve/serve_int.h"
#include "core/serve/sse.h"
#include "sql.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The cursor after a row of the table: what the tail had not seen below it, then or now, is still missing. */
static void cursor_after(const struct sub *sub, uint64_t id, struct buf *out)
{
	bool is_new = id > sub->cursor.high;
	const struct cursor *gaps = is_new ? &sub->upto : &sub->cursor;
	buf_addf(out, "%" PRIu64, is_new ? id : sub->cursor.high);
	char before = '/';
	for (size_t i = 0; i < gaps->n; i++) {
		uint64_t lo = gaps->gaps[i].lo, hi = gaps->gaps[i].hi;
		if (is_new && lo >= id) break;
		if (is_new && hi >= id) hi = id - 1;
		buf_addf(out, "%c%" PRIu64, before, lo);
		if (hi > lo) buf_addf(out, "-%" PRIu64, hi);
		before = ',';
	}
}

static void send_row(struct sub *sub, const struct table *t, size_t row, struct buf *cursor,
                     struct buf *frame)
{
	uint64_t id = strtoull(table_get(t, row, "id"), NULL, 10);
	struct buf data = BUF_EMPTY;
	struct err ignored;
	bool is_late, is_fill = id <= sub->cursor.high;
	if (cursor_misses(&sub->upto, id)) return; /* the tail has yet to see it: by the ring */
	if (is_fill && !cursor_take(&sub->cursor, id, 0, &is_late)) return;
	buf_cut(cursor, 0);
	buf_cut(frame, 0);
	cursor_after(sub, id, cursor);
	const char *json = table_get(t, row, "event_data");
	text_json_line(&data, json, strlen(json));
	sse_event(frame, buf_str(cursor), table_get(t, row, "event_type"), buf_str(&data));
	feed_put(sub, id, buf_str(frame), frame->len);
	buf_free(&data);
	if (!is_fill) cursor_parse(&sub->cursor, buf_str(cursor), 0, &ignored);
}

static void finish(struct sub *sub)
{
	sub->is_catching_up = false;
	place_drop(sub->after);
	sub->after = sub->upto_place;
	sub->upto_place = NULL;
	cursor_free(&sub->upto);
	cursor_free(&sub->cursor);
	sub->s->n_caught_up++;
}

/* Rows of this client may have been purged since: it is told, and goes on with what is kept. */
static void checked(struct sub *sub, const struct table *t)
{
	const char *oldest = table_get(t, 0, "oldest");
	sub->must_check = false;
	if (table_int(t, 0, "is_there", 0)) return;
	char data[120];
	snprintf(data, sizeof data, "{\"reason\":\"purged\",\"oldest\":%s}", oldest ? oldest : "null");
	sse_event(&sub->out, NULL, "reset", data);
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
		feed_free(sub);
	else if (!e && sub->must_check) {
		checked(sub, t);
		catch_up_go_on(sub);
	} else if (!e) {
		send_rows(sub, t);
		feed_resume(sub);
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
	struct arg args[] = {
		arg_str("client", sub->client_id),        arg_int("after", (int64_t)sub->cursor.high),
		arg_int("upto", (int64_t)sub->upto.high), arg_strn("gaps", buf_str(&gaps), gaps.len),
		arg_int("seen", (int64_t)sub->seen),      arg_int("batch", CATCH_UP),
	};
	db_submit(s->read, &sql_queries_serve_catch_up, args, ARRAY_LEN(args), NULL, got, sub);
	buf_free(&gaps);
}

/* From sub->after (or, when there is none, from sub->cursor) to where the tail is now. */
void catch_up_begin(struct sub *sub)
{
	struct buf text = BUF_EMPTY;
	struct err ignored;
	if (sub->after) cursor_parse(&sub->cursor, sub->after->text, 0, &ignored);
	tail_cursor(sub->s->tail, &text);
	cursor_parse(&sub->upto, buf_str(&text), 0, &ignored);
	place_drop(sub->upto_place);
	sub->upto_place = place_new(buf_str(&text), text.len);
	buf_free(&text);
	sub->is_catching_up = true;
	sub->seen = 0;
	sub->at = sub->s->head;
	catch_up_go_on(sub);
}
