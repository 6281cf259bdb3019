/* feed.c - from the tail to the subscribers: a ring for who keeps up, the table for who does not. */
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/serve/serve_int.h"
#include "core/serve/sse.h"
#include "sql.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_OUT = 64 * 1024 };

static void tail_cursor_of(struct serve *s, struct cursor *c)
{
	struct buf text = BUF_EMPTY;
	struct err e;
	tail_cursor(s->tail, &text);
	cursor_parse(c, buf_str(&text), 0, &e);
	buf_free(&text);
}

/* The tail has taken the event already, so its cursor says exactly what has been seen with it. */
void feed_event(void *ctx, const struct tail_event *ev)
{
	struct serve *s = ctx;
	struct entry *x = &s->ring[s->head++ % RING];
	struct buf cursor = BUF_EMPTY;
	free(x->data);
	free(x->cursor);
	tail_cursor(s->tail, &cursor);
	x->id = ev->id;
	x->data = mem_dup(ev->event_data);
	x->cursor = buf_detach(&cursor);
	snprintf(x->client_id, sizeof x->client_id, "%s", ev->client_id);
	snprintf(x->type, sizeof x->type, "%s", ev->event_type);
}

/* --- one subscriber --- */

static void note_sent(struct sub *sub, uint64_t id)
{
	if (sub->n_sent == sub->cap_sent)
		sub->sent =
		        mem_grow(sub->sent, sizeof *sub->sent *
		                                    (sub->cap_sent = sub->cap_sent ? sub->cap_sent * 2 : 32));
	sub->sent[sub->n_sent++] = id;
}

static void put(struct sub *sub, const char *cursor, uint64_t id, const char *type, const char *data)
{
	sse_event(&sub->out, cursor, type, data);
	note_sent(sub, id);
	sub->s->n_sent++;
}

static void resume(struct sub *sub)
{
	if (!sub->is_suspended || sub->is_gone) return;
	sub->is_suspended = false;
	MHD_resume_connection(sub->connection);
}

static void free_sub(struct sub *sub)
{
	cursor_free(&sub->cursor);
	cursor_free(&sub->upto);
	buf_free(&sub->out);
	free(sub->sent);
	free(sub);
}

/* The cursor after a row of the table: what the tail had not seen below it, then or now, is still missing. */
static void cursor_after(const struct sub *sub, uint64_t id, struct buf *out)
{
	struct cursor c = { .high = id };
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
	cursor_free(&c);
}

static void got_rows(void *ctx, struct table *t, const struct err *e)
{
	struct sub *sub = ctx;
	bool is_late;
	sub->is_asking = false;
	if (sub->is_gone) {
		table_free(t);
		free_sub(sub);
		return;
	}
	if (e) {
		table_free(t); /* asked again with the next wake */
		return;
	}
	struct buf cursor = BUF_EMPTY;
	for (size_t i = 0; i < t->n_rows; i++) {
		uint64_t id = strtoull(table_get(t, i, "id"), NULL, 10);
		buf_cut(&cursor, 0);
		bool is_fill = id <= sub->cursor.high;
		if (is_fill) cursor_take(&sub->cursor, id, 0, &is_late);
		cursor_after(sub, id, &cursor);
		put(sub, buf_str(&cursor), id, table_get(t, i, "event_type"), table_get(t, i, "event_data"));
		if (is_fill) continue;
		struct err ignored;
		cursor_parse(&sub->cursor, buf_str(&cursor), 0, &ignored);
	}
	buf_free(&cursor);
	if (t->n_rows < CATCH_UP) {
		sub->is_catching_up = false;
		cursor_free(&sub->upto);
	}
	table_free(t);
	resume(sub);
}

/* Rows of this client that the cursor has not seen and the tail had, oldest first, gaps before news. What the
 * tail had not seen comes by the ring, from the place noted here. */
static void ask_table(struct sub *sub)
{
	struct serve *s = sub->s;
	struct buf gaps = BUF_EMPTY, skip = BUF_EMPTY;
	if (sub->is_asking) return;
	cursor_json(&sub->cursor, 2000, &gaps);
	cursor_json(&sub->upto, 2000, &skip);
	struct arg args[] = {
		arg_str("client", sub->client_id),          arg_int("after", (int64_t)sub->cursor.high),
		arg_int("upto", (int64_t)sub->upto.high),   arg_strn("gaps", buf_str(&gaps), gaps.len),
		arg_strn("skip", buf_str(&skip), skip.len), arg_int("batch", CATCH_UP),
	};
	sub->is_asking = true;
	db_submit(s->read, &sql_queries_serve_catch_up, args, ARRAY_LEN(args), NULL, got_rows, sub);
	buf_free(&gaps);
	buf_free(&skip);
}

static void begin_catch_up(struct sub *sub)
{
	sub->is_catching_up = true;
	sub->place = sub->s->head;
	tail_cursor_of(sub->s, &sub->upto);
	ask_table(sub);
}

static void read_ring(struct sub *sub)
{
	struct serve *s = sub->s;
	if (s->head - sub->place > RING) { /* the ring went round: on from the table */
		begin_catch_up(sub);
		return;
	}
	while (sub->place < s->head && sub->out.len < MAX_OUT) {
		struct entry *x = &s->ring[sub->place++ % RING];
		struct err e;
		if (strcmp(x->client_id, sub->client_id) == 0) put(sub, x->cursor, x->id, x->type, x->data);
		if (sub->place == s->head || sub->out.len >= MAX_OUT)
			cursor_parse(&sub->cursor, x->cursor, 0, &e);
	}
}

static void mark_sent(struct sub *sub)
{
	struct serve *s = sub->s;
	for (size_t i = 0; i < sub->n_sent; i++)
		buf_addf(&s->marks, "%c%" PRIu64, s->marks.len ? ',' : '[', sub->sent[i]);
	sub->n_sent = 0;
}

/* HTTP asks for more: so what it was given before is on the wire. */
ssize_t feed_read(void *cls, uint64_t pos, char *bytes, size_t max)
{
	struct sub *sub = cls;
	(void)pos;
	if (sub->taken == sub->out.len) {
		buf_cut(&sub->out, 0);
		sub->taken = 0;
		mark_sent(sub);
		if (!sub->is_catching_up)
			read_ring(sub);
		else
			ask_table(sub);
	}
	size_t n = sub->out.len - sub->taken;
	if (!n) {
		sub->is_suspended = true;
		MHD_suspend_connection(sub->connection);
		return 0;
	}
	if (n > max) n = max;
	memcpy(bytes, sub->out.s + sub->taken, n);
	sub->taken += n;
	sub->last_ms = clock_mono_ms();
	return (ssize_t)n;
}

void feed_wake(struct serve *s)
{
	for (struct sub *sub = s->subs; sub; sub = sub->next) {
		if (!sub->is_suspended) continue;
		if (sub->is_catching_up) {
			ask_table(sub);
			continue;
		}
		read_ring(sub);
		if (sub->out.len > sub->taken) resume(sub);
	}
}

/* Has the reader hung up? A suspended connection would not notice before its next write. */
static bool has_left(const struct sub *sub)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(sub->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	char byte;
	return info && recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void feed_comments(struct serve *s)
{
	int64_t now = clock_mono_ms();
	for (struct sub *sub = s->subs; sub; sub = sub->next) {
		if (!sub->is_suspended || (now - sub->last_ms < COMMENT_MS && !has_left(sub))) continue;
		sse_comment(&sub->out, "still here");
		sub->last_ms = now;
		resume(sub);
	}
}

/* --- coming and going --- */

struct sub *feed_subscribe(struct serve *s, const struct client *c, const char *last_event_id, struct err *e)
{
	struct cursor at = { 0 };
	struct cursor tail = { 0 };
	if (last_event_id && *last_event_id && !cursor_parse(&at, last_event_id, 0, e)) return NULL;
	struct sub *sub = mem_alloc(sizeof *sub);
	sub->s = s;
	sub->last_ms = clock_mono_ms();
	sub->place = s->head;
	snprintf(sub->client_id, sizeof sub->client_id, "%s", c->id);
	sse_retry(&sub->out, 2000);
	tail_cursor_of(s, &tail);
	if (!at.high)
		sub->cursor = tail;
	else if (at.high > tail.high) { /* ids went back since: there is no such place */
		sse_event(&sub->out, NULL, "reset", "{\"reason\":\"history changed\"}");
		cursor_free(&at);
		sub->cursor = tail;
	} else {
		cursor_free(&tail);
		sub->cursor = at;
		begin_catch_up(sub);
	}
	sub->next = s->subs;
	sub->prev = &s->subs;
	if (s->subs) s->subs->prev = &sub->next;
	s->subs = sub;
	s->n_subs++;
	return sub;
}

void feed_unsubscribe(struct sub *sub)
{
	*sub->prev = sub->next;
	if (sub->next) sub->next->prev = sub->prev;
	sub->s->n_subs--;
	sub->is_gone = true;
	if (!sub->is_asking) free_sub(sub);
}

/* --- delivered --- */

static void marked(void *ctx, struct table *t, const struct err *e)
{
	struct serve *s = ctx;
	s->asking_mark = false;
	if (e && !s->is_closing) log_line(LOG_WARN_, "serve: delivered could not be noted: %s", e->text);
	table_free(t);
}

void feed_mark(struct serve *s)
{
	if (s->asking_mark || !s->marks.len) return;
	buf_addc(&s->marks, ']');
	struct arg ids = arg_strn("ids", buf_str(&s->marks), s->marks.len);
	struct db_opts o = { .is_write = true };
	s->asking_mark = true;
	db_submit(s->write, &sql_queries_serve_mark, &ids, 1, &o, marked, s);
	buf_cut(&s->marks, 0);
}
