/* wait.c - the queue before the streams. */
#include "core/serve/wait.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/serve/door.h"
#include "core/serve/feed.h"
#include "core/serve/serve_int.h"
#include "core/serve/sse.h"
#include "core/serve/sub.h"
#include <stdio.h>
#include <stdlib.h>

/* New streams a second, with room for all to come back at once after a restart. */
static bool take_token(struct serve *s)
{
	double rate = s->o.max_rate ? s->o.max_rate : 500, most = rate * 4;
	int64_t now = clock_mono_ms();
	s->tokens = s->tokens_ms ? s->tokens + (double)(now - s->tokens_ms) * rate / 1000 : most;
	if (s->tokens > most) s->tokens = most;
	s->tokens_ms = now;
	if (s->tokens < 1) return false;
	s->tokens--;
	return true;
}

static unsigned most(const struct serve *s) { return s->o.max_subscribers ? s->o.max_subscribers : 2000; }

bool wait_may_open(struct serve *s, struct why_not *why)
{
	if (s->has_stopped)
		*why = (struct why_not){ s->why, "30" };
	else if (db_status(s->read).phase != DB_UP)
		*why = (struct why_not){ "no database now", "5" };
	else if (!s->is_placed || !s->has_clients)
		*why = (struct why_not){ "not ready yet", "1" };
	else if (s->n_subs >= most(s))
		*why = (struct why_not){ "too many subscribers", "30" };
	else if (!take_token(s))
		*why = (struct why_not){ "too many at once", "1" };
	else
		return true;
	return false;
}

struct sub *wait_new(struct serve *s, const char *name, const char *token_hash, const char *last_event_id,
                     const char *why)
{
	struct sub *sub = feed_new(s), **at = &s->waiting;
	bool has_place = s->n_waiting < most(s);
	while (*at) at = &(*at)->next;
	*at = sub;
	sub->prev = at;
	sub->is_waiting = true;
	sub->is_over = !has_place;
	sub->name = mem_dup(name);
	sub->last_id = last_event_id ? mem_dup(last_event_id) : NULL;
	snprintf(sub->token_hash, sizeof sub->token_hash, "%s", token_hash);
	s->n_refused += sub->is_over;
	sse_retry(&sub->out, has_place ? RETRY_MS : AWAY_MS + s->n_refused % 100 * 100);
	sse_comment(&sub->out, why);
	s->n_waiting++;
	return sub;
}

/* The token is compared again: the clients may not have been known when it came, or may have changed since. One that is
 * refused now ends; it comes again, and is told why. */
static void admit(struct serve *s, struct sub *sub)
{
	const struct client *c = door_client(s, sub->name, sub->token_hash);
	*sub->prev = sub->next;
	if (sub->next) sub->next->prev = sub->prev;
	s->n_waiting--;
	sub->is_waiting = false;
	feed_begin(sub, c && c->is_active ? c : NULL, sub->last_id);
	sub_resume(sub);
}

void wait_admit(struct serve *s)
{
	struct why_not why;
	struct sub *next;
	for (struct sub *sub = s->waiting; sub; sub = next) {
		next = sub->next;
		if (sub->is_over) continue;
		if (!wait_may_open(s, &why)) return;
		admit(s, sub);
	}
}
