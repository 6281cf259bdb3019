/* ring.c - the newest events, each framed once for all, and the places that point between them. */
#include "core/serve/ring.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/serve/serve_int.h"
#include "core/serve/sse.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place *place_new(const char *text, size_t n)
{
	struct place *p = mem_alloc(sizeof *p + n + 1);
	memcpy(p->text, text, n + 1);
	p->refs = 1;
	return p;
}
struct place *place_hold(struct place *p)
{
	p->refs++;
	return p;
}
void place_drop(struct place *p)
{
	if (p && !--p->refs) free(p);
}

static void drop_oldest(struct serve *s)
{
	struct entry *x = &s->ring[s->first++ % RING];
	s->ring_bytes -= x->len;
	free(x->frame);
	place_drop(x->after);
	*x = (struct entry){ 0 };
}

struct bucket *ring_bucket(struct serve *s, const char *client_id)
{
	unsigned hash = 5381;
	while (*client_id) hash = hash * 33 + (unsigned char)*client_id++;
	return &s->buckets[hash % BUCKETS];
}

static void note_news(struct serve *s, const char *client_id)
{
	struct bucket *b = ring_bucket(s, client_id);
	if (b->end <= s->woken) s->news[s->n_news++] = b;
	b->end = s->head;
}

static void note_lag(struct serve *s, const struct tail_event *ev)
{
	int64_t at;
	if (ev->created_at && time_from_sql(ev->created_at, &at))
		s->lag_ms = (double)(clock_wall_ms() + db_status(s->read).clock_skew_ms - at);
}

/* The tail has taken the event already, so its cursor says exactly what has been seen with it. */
void ring_event(void *ctx, const struct tail_event *ev)
{
	struct serve *s = ctx;
	struct buf cursor = BUF_EMPTY, frame = BUF_EMPTY, data = BUF_EMPTY;
	if (s->head - s->first == RING) drop_oldest(s);
	struct entry *x = &s->ring[s->head % RING];
	tail_cursor_short(s->tail, &cursor);
	text_json_line(&data, ev->event_data, strlen(ev->event_data));
	sse_event(&frame, buf_str(&cursor), ev->event_type, buf_str(&data));
	x->id = ev->id;
	x->len = frame.len;
	x->frame = buf_detach(&frame);
	x->after = place_new(buf_str(&cursor), cursor.len);
	snprintf(x->client_id, sizeof x->client_id, "%s", ev->client_id);
	s->head++;
	note_news(s, x->client_id);
	s->ring_bytes += x->len;
	while (s->ring_bytes > RING_BYTES && s->head - s->first > 1) drop_oldest(s);
	note_lag(s, ev);
	buf_free(&cursor);
	buf_free(&data);
}

void ring_clear(struct serve *s)
{
	while (s->first < s->head) drop_oldest(s);
}

void ring_free(struct serve *s)
{
	for (int i = 0; i < RING; i++) {
		free(s->ring[i].frame);
		place_drop(s->ring[i].after);
	}
}
