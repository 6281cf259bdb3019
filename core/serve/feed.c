/* feed.c - from the ring to the subscribers, and from the table to those who fell behind; their coming and going. */
#include "core/serve/feed.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/serve/catchup.h"
#include "core/serve/mark.h"
#include "core/serve/ring.h"
#include "core/serve/serve_int.h"
#include "core/serve/sse.h"
#include "core/serve/sub.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void read_ring(struct sub *sub)
{
	struct serve *s = sub->s;
	uint64_t from = sub->at;
	if (sub->bucket->end <= sub->at) /* nothing has come for its client */
		sub->at = s->head;
	else if (sub->at < s->first) { /* the ring went on without it: from the table */
		catch_up_begin(sub);
		return;
	}
	while (sub->at < s->head && sub->out.len < MAX_OUT) {
		const struct entry *x = &s->ring[sub->at++ % RING];
		if (strcmp(x->client_id, sub->client_id) == 0) sub_put(sub, x->id, x->frame, x->len);
	}
	if (sub->at == from || s->first == s->head) return;
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
	if (sub->is_over || sub->is_waiting || sub->must_rewind) return;
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

static void wake(struct sub *sub)
{
	if (!sub->is_suspended || sub->must_rewind) return;
	if (sub->is_catching_up) {
		catch_up_go_on(sub);
		return;
	}
	read_ring(sub);
	if (sub->out.len > sub->taken) sub_resume(sub);
}

void feed_wake(struct serve *s)
{
	for (size_t i = 0; i < s->n_news; i++)
		for (struct sub *sub = s->news[i]->subs; sub; sub = sub->next_there) wake(sub);
	s->n_news = 0;
	s->woken = s->head;
}

void feed_wake_all(struct serve *s)
{
	for (struct sub *sub = s->subs; sub; sub = sub->next) wake(sub);
}

void feed_stop(struct serve *s)
{
	for (struct sub *sub = s->subs; sub; sub = sub->next) {
		if (!sub->is_catching_up && sub->out.len < MAX_OUT) read_ring(sub);
		sub->must_rewind = true;
	}
}

void feed_rewind(struct serve *s)
{
	for (struct sub *sub = s->subs; sub; sub = sub->next)
		if (sub->must_rewind && !sub->is_asking) sub_rewind(sub); /* else once it is answered */
}

void feed_set_back(struct serve *s)
{
	ring_clear(s);
	for (struct sub *sub = s->subs; sub; sub = sub->next) {
		sub->must_set_back = sub->is_asking;
		if (sub->is_over || sub->is_asking) continue;
		catch_up_set_back(sub);
		catch_up_go_on(sub);
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

static void comment(struct serve *s, struct sub *list, const char *text)
{
	int64_t now = clock_mono_ms();
	for (struct sub *sub = list; sub; sub = sub->next) {
		if (!sub->is_suspended) continue;
		bool is_gone = has_left(sub);
		if (now - sub->last_ms < COMMENT_MS && !is_gone) continue;
		s->n_reaped += is_gone;
		sse_comment(&sub->out, text);
		sub->last_ms = now;
		sub_resume(sub);
	}
}

void feed_comments(struct serve *s)
{
	comment(s, s->subs, "still here");
	comment(s, s->waiting, "still waiting");
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
		sub_resume(sub);
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

struct sub *feed_new(struct serve *s)
{
	struct sub *sub = mem_alloc(sizeof *sub);
	sub->s = s;
	sub->last_ms = clock_mono_ms();
	return sub;
}

static void link_in(struct serve *s, struct sub *sub)
{
	sub->next = s->subs;
	sub->prev = &s->subs;
	if (s->subs) s->subs->prev = &sub->next;
	s->subs = sub;
	s->n_subs++;
}

static void link_there(struct bucket *b, struct sub *sub)
{
	sub->bucket = b;
	sub->next_there = b->subs;
	sub->prev_there = &b->subs;
	if (b->subs) b->subs->prev_there = &sub->next_there;
	b->subs = sub;
}

void feed_begin(struct sub *sub, const struct client *c, const char *last_event_id)
{
	struct serve *s = sub->s;
	struct cursor at = { 0 };
	struct err e;
	bool has_place = last_event_id && *last_event_id && c && cursor_parse(&at, last_event_id, 0, &e);
	link_in(s, sub);
	snprintf(sub->client_id, sizeof sub->client_id, "%s", c ? c->id : "");
	link_there(ring_bucket(s, sub->client_id), sub);
	if (!c) {
		sub->is_over = true;
		return;
	}
	sub->at = s->head;
	snprintf(sub->token_hash, sizeof sub->token_hash, "%s", c->token_hash);
	sse_retry(&sub->out, RETRY_MS);
	bool is_here = has_place && at.high <= tail_high(s->tail);
	if (is_here || (has_place && sub_is_beyond(sub, at.high))) {
		sub->cursor = at;
		sub->must_check = true; /* beyond: it is set back by what is found there */
		catch_up_begin(sub);
		return;
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
}

void feed_unsubscribe(struct sub *sub)
{
	*sub->prev = sub->next;
	if (sub->next) sub->next->prev = sub->prev;
	if (sub->prev_there) *sub->prev_there = sub->next_there;
	if (sub->prev_there && sub->next_there) sub->next_there->prev_there = sub->prev_there;
	if (sub->is_waiting)
		sub->s->n_waiting--;
	else
		sub->s->n_subs--;
	sub->is_gone = true;
	if (!sub->is_asking) sub_free(sub);
}
