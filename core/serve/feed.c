/* feed.c - from the tail to the subscribers: a ring for who keeps up, the table for who does not. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/serve/serve_int.h"
#include "core/serve/sse.h"
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* --- the ring --- */

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

static void note_lag(struct serve *s, const struct tail_event *ev)
{
	int64_t at;
	if (ev->created_at && time_from_sql(ev->created_at, &at))
		s->lag_ms = (double)(clock_wall_ms() + db_status(s->read).clock_skew_ms - at);
}

/* The tail has taken the event already, so its cursor says exactly what has been seen with it. */
void feed_event(void *ctx, const struct tail_event *ev)
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
	s->ring_bytes += x->len;
	while (s->ring_bytes > RING_BYTES && s->head - s->first > 1) drop_oldest(s);
	note_lag(s, ev);
	buf_free(&cursor);
	buf_free(&data);
}

/* --- one subscriber --- */

void feed_put(struct sub *sub, uint64_t id, const char *frame, size_t n)
{
	buf_add(&sub->out, frame, n);
	if (sub->n_sent == sub->cap_sent)
		sub->sent =
		        mem_grow(sub->sent,
		                 sizeof *sub->sent * (sub->cap_sent = sub->cap_sent ? sub->cap_sent * 2 : 8));
	sub->sent[sub->n_sent++] = id;
	sub->s->n_sent++;
}

void feed_resume(struct sub *sub)
{
	if (!sub->is_suspended || sub->is_gone) return;
	sub->is_suspended = false;
	MHD_resume_connection(sub->connection);
}

void feed_free(struct sub *sub)
{
	cursor_free(&sub->cursor);
	cursor_free(&sub->upto);
	place_drop(sub->after);
	place_drop(sub->upto_place);
	buf_free(&sub->out);
	free(sub->sent);
	free(sub);
}

static void read_ring(struct sub *sub)
{
	struct serve *s = sub->s;
	if (sub->at < s->first) { /* the ring went on without it: from the table */
		catch_up_begin(sub);
		return;
	}
	uint64_t from = sub->at;
	while (sub->at < s->head && sub->out.len < MAX_OUT) {
		const struct entry *x = &s->ring[sub->at++ % RING];
		if (strcmp(x->client_id, sub->client_id) == 0) feed_put(sub, x->id, x->frame, x->len);
	}
	if (sub->at == from) return;
	place_drop(sub->after);
	sub->after = place_hold(s->ring[(sub->at - 1) % RING].after);
}

/* All was taken. A large buffer goes back, so that a burst does not stay in memory. */
static void refill(struct sub *sub)
{
	if (sub->out.cap > KEPT_OUT)
		buf_free(&sub->out);
	else
		buf_cut(&sub->out, 0);
	sub->taken = 0;
	mark_sent(sub);
	if (sub->is_over) return;
	if (sub->is_catching_up)
		catch_up_go_on(sub);
	else
		read_ring(sub);
}

/* HTTP asks for more: so what it was given before is on the wire. */
ssize_t feed_read(void *cls, uint64_t pos, char *bytes, size_t max)
{
	struct sub *sub = cls;
	(void)pos;
	if (sub->taken == sub->out.len) refill(sub);
	size_t n = sub->out.len - sub->taken;
	if (!n && sub->is_over) return MHD_CONTENT_READER_END_OF_STREAM;
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
			catch_up_go_on(sub);
			continue;
		}
		read_ring(sub);
		if (sub->out.len > sub->taken) feed_resume(sub);
	}
}

static int socket_of(const struct sub *sub)
{
	const union MHD_ConnectionInfo *info =
	        MHD_get_connection_info(sub->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	return info ? info->connect_fd : -1;
}

/* Has the reader hung up, or did it not acknowledge for long? A suspended connection would not notice before
 * its next write. */
static bool has_left(const struct sub *sub)
{
	char byte;
	ssize_t n = recv(socket_of(sub), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

void feed_comments(struct serve *s)
{
	int64_t now = clock_mono_ms();
	for (struct sub *sub = s->subs; sub; sub = sub->next) {
		if (!sub->is_suspended) continue;
		bool is_gone = has_left(sub);
		if (now - sub->last_ms < COMMENT_MS && !is_gone) continue;
		s->n_reaped += is_gone;
		sse_comment(&sub->out, "still here");
		sub->last_ms = now;
		feed_resume(sub);
	}
}

void feed_revoke(struct serve *s)
{
	for (struct sub *sub = s->subs; sub; sub = sub->next) {
		bool is_good = false;
		for (size_t i = 0; i < s->n_clients && !is_good; i++)
			is_good = s->clients[i].is_active && strcmp(s->clients[i].id, sub->client_id) == 0 &&
			          strcmp(s->clients[i].token_hash, sub->token_hash) == 0;
		if (is_good) continue;
		sub->is_over = true;
		feed_resume(sub);
	}
}

/* --- coming and going --- */

void feed_set_socket(const struct sub *sub)
{
	int ms = USER_TIMEOUT_MS, bytes = 32 << 10;
	setsockopt(socket_of(sub), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
	setsockopt(socket_of(sub), SOL_SOCKET, SO_SNDBUF, &bytes,
	           sizeof bytes); /* a slow reader costs that */
}

static void link_in(struct serve *s, struct sub *sub)
{
	sub->next = s->subs;
	sub->prev = &s->subs;
	if (s->subs) s->subs->prev = &sub->next;
	s->subs = sub;
	s->n_subs++;
}

struct sub *feed_subscribe(struct serve *s, const struct client *c, const char *last_event_id, struct err *e)
{
	struct cursor at = { 0 };
	bool has_place = last_event_id && *last_event_id;
	if (has_place && !cursor_parse(&at, last_event_id, 0, e)) return NULL;
	struct sub *sub = mem_alloc(sizeof *sub);
	sub->s = s;
	sub->last_ms = clock_mono_ms();
	sub->at = s->head;
	snprintf(sub->client_id, sizeof sub->client_id, "%s", c->id);
	snprintf(sub->token_hash, sizeof sub->token_hash, "%s", c->token_hash);
	sse_retry(&sub->out, 2000);
	link_in(s, sub);
	if (has_place && at.high <= tail_high(s->tail)) {
		sub->cursor = at;
		sub->must_check = true;
		catch_up_begin(sub);
		return sub;
	}
	cursor_free(&at);
	struct buf text = BUF_EMPTY;
	tail_cursor_short(s->tail, &text);
	sub->after = place_new(buf_str(&text), text.len);
	if (has_place) { /* ids went back since: there is no such place */
		sse_event(&sub->out, buf_str(&text), "reset", "{\"reason\":\"history changed\"}");
		s->n_reset++;
	} else
		sse_place(&sub->out, buf_str(&text)); /* cut before the first event, it comes back to here */
	buf_free(&text);
	return sub;
}

void feed_unsubscribe(struct sub *sub)
{
	*sub->prev = sub->next;
	if (sub->next) sub->next->prev = sub->prev;
	sub->s->n_subs--;
	sub->is_gone = true;
	if (!sub->is_asking) feed_free(sub);
}
