/* bulk.c - a bulk is a queue of targets and a window of K of them in flight. A target is sent, then
 * awaited until ready; the next batch starts when the whole one is. The first failure ends it. */
#include "core/fleet/bulk.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "core/db/db.h"
#include "core/fleet/verb_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct bulk {
	struct verb_engine *v;
	uv_loop_t *loop;
	struct db *read;
	struct verb_request like;
	struct arena arena;
	struct bulk_options opts;
	struct bulk_target *targets;
	size_t n, next;   /* targets before `next` were sent */
	size_t batch_end; /* the batch under way is up to here */
	size_t n_asked;   /* answers still to come */
	char id[37];
	const char *journal;
	struct verb_watch *watch;
	int64_t batch_since_mono_ms;
	bool is_stopping, is_over, is_broken, is_abandoned, is_broken_off;
	const char **seen; /* one for each target, or NULL */
	uv_timer_t timer;
	void (*on_change)(void *ctx, const struct bulk *b, size_t i);
	void (*on_end)(void *ctx, const struct bulk *b);
	void *ctx;
};
struct bulk_slot {
	struct bulk *b;
	size_t i;
};

static const char *const fate_names[] = {
	[BULK_WAITING] = "not_sent", [BULK_SENT] = "sent",       [BULK_READY] = "ready",
	[BULK_FAILED] = "failed",    [BULK_UNKNOWN] = "unknown",
};

const char *bulk_fate_name(enum bulk_fate f) { return fate_names[f]; }

const struct bulk_target *bulk_targets(const struct bulk *b, size_t *n)
{
	*n = b->n;
	return b->targets;
}

const char *bulk_id(const struct bulk *b) { return b->id; }

static size_t count(const struct bulk *b, enum bulk_fate f)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++) n += b->targets[i].fate == f;
	return n;
}

static int target_code(const struct bulk_target *t)
{
	if (t->result && !verb_is_ok(t->result)) return verb_exit_code(t->result);
	if (!t->result && t->err.code) return err_exit_code(t->err.code);
	return 1;
}

int bulk_exit_code(const struct bulk *b)
{
	if (count(b, BULK_READY) == b->n) return 0;
	if (count(b, BULK_READY) || count(b, BULK_SENT)) return 1;
	for (size_t i = 0; i < b->n; i++)
		if (b->targets[i].fate == BULK_FAILED || b->targets[i].fate == BULK_UNKNOWN ||
		    b->targets[i].err.code)
			return target_code(&b->targets[i]);
	return 1;
}

bool bulk_is_broken(const struct bulk *b) { return b->is_broken; }

static void set_fate(struct bulk *b, size_t i, enum bulk_fate fate)
{
	b->targets[i].fate = fate;
	if (fate == BULK_FAILED || fate == BULK_UNKNOWN) b->is_stopping = true;
	if (fate == BULK_UNKNOWN) b->is_broken = true;
	if (b->on_change) b->on_change(b->ctx, b, i);
}

static void on_end_turn(uv_timer_t *t)
{
	struct bulk *b = t->data;
	b->on_end(b->ctx, b);
}

/* A link that failed keeps the plan open: it can be resumed. */
static void bulk_finish(struct bulk *b)
{
	if (b->is_over) return;
	b->is_over = true;
	char text[160];
	snprintf(text, sizeof text, "%zu ready, %zu sent, %zu failed, %zu not sent, %zu unknown",
	         count(b, BULK_READY), count(b, BULK_SENT), count(b, BULK_FAILED), count(b, BULK_WAITING),
	         count(b, BULK_UNKNOWN));
	if (!b->is_broken) intent_resolve(b->journal, b->id, "left", text, NULL, NULL);
	uv_timer_start(&b->timer, on_end_turn, 0, 0);
}

static void send_batch(struct bulk *b);

/* --- waiting for ready --- */
static size_t find_command(const struct bulk *b, const char *command_id)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->targets[i].result && b->targets[i].result->command_id &&
		    strcmp(b->targets[i].result->command_id, command_id) == 0)
			return i;
	return b->n;
}

static void note_progress(struct bulk *b, const struct verb_progress *p)
{
	size_t i = p->command_id ? find_command(b, p->command_id) : b->n;
	if (i == b->n || b->targets[i].fate != BULK_SENT) return;
	struct bulk_target *t = &b->targets[i];
	enum bulk_fate fate = p->is_failed ? BULK_FAILED : p->is_ready ? BULK_READY : BULK_SENT;
	if (fate == t->fate && p->stage && strcmp(t->stage, p->stage) == 0) return;
	snprintf(t->stage, sizeof t->stage, "%s", p->stage ? p->stage : "");
	snprintf(t->command_status, sizeof t->command_status, "%s", p->status ? p->status : "");
	if (p->is_failed)
		err_set(&t->err, ERR_NO, "%s: %s", p->status, p->message ? p->message : "no reason given");
	set_fate(b, i, fate);
}

static bool batch_is_late(const struct bulk *b)
{
	unsigned limit = b->opts.ready_timeout_ms ? b->opts.ready_timeout_ms : 15 * 60 * 1000;
	return clock_mono_ms() - b->batch_since_mono_ms > (int64_t)limit;
}

static void fail_late(struct bulk *b)
{
	for (size_t i = 0; i < b->batch_end; i++)
		if (b->targets[i].fate == BULK_SENT) {
			err_set(&b->targets[i].err, ERR_NO, "not ready in time (stage %s)",
			        b->targets[i].stage);
			set_fate(b, i, BULK_FAILED);
		}
}

static void on_next(uv_timer_t *t) { send_batch(t->data); }

static bool on_progress(void *ctx, const struct verb_progress *p, size_t n, const struct err *e)
{
	struct bulk *b = ctx;
	if (b->is_abandoned) return false;
	(void)e; /* the read link is down: the deadline below still holds */
	for (size_t i = 0; i < n; i++) note_progress(b, &p[i]);
	if (batch_is_late(b)) fail_late(b);
	if (count(b, BULK_SENT)) return true;
	b->watch = NULL;
	uv_timer_start(&b->timer, on_next, 0, 0);
	return false;
}

static void on_late_check(uv_timer_t *t)
{
	struct bulk *b = t->data;
	if (!b->watch || !batch_is_late(b)) return;
	verb_watch_stop(b->watch);
	b->watch = NULL;
	fail_late(b);
	send_batch(b);
}

/* All of the batch is answered: follow the commands it made. */
static void await_batch(struct bulk *b)
{
	struct verb_followed *sent = mem_alloc((b->n ? b->n : 1) * sizeof *sent);
	size_t n = 0;
	for (size_t i = 0; i < b->batch_end; i++)
		if (b->targets[i].fate == BULK_SENT && !b->is_broken_off)
			sent[n++] = (struct verb_followed){ b->targets[i].result->command_id,
				                            b->targets[i].result->gtid };
	if (n) {
		unsigned limit = b->opts.ready_timeout_ms ? b->opts.ready_timeout_ms : 15 * 60 * 1000;
		b->batch_since_mono_ms = clock_mono_ms();
		b->watch = verb_follow(b->loop, b->read, verb_info(b->v).write, sent, n,
		                       b->opts.poll_ms ? b->opts.poll_ms : 500, on_progress, b);
		uv_timer_start(&b->timer, on_late_check, limit + 50, 0);
	} else
		send_batch(b);
	free(sent);
}

/* --- sending --- */
static void on_answer(void *ctx, struct verb_result *r, const struct err *e)
{
	struct bulk_slot *slot = ctx;
	struct bulk *b = slot->b;
	struct bulk_target *t = &b->targets[slot->i];
	free(slot);
	b->n_asked--;
	if (b->is_abandoned) {
		verb_result_free(r);
		return;
	}
	t->result = r;
	if (e) t->err = *e;
	size_t i = (size_t)(t - b->targets);
	if (r && verb_is_ok(r))
		set_fate(b, i, r->command_id && b->like.verb->makes_command ? BULK_SENT : BULK_READY);
	else if (e && (e->code == ERR_DB_DOWN || e->code == ERR_CANCELLED)) {
		b->is_stopping = b->is_broken = true; /* it was not sent */
		set_fate(b, i, BULK_WAITING);
	} else
		set_fate(b, i, e && e->code == ERR_UNKNOWN ? BULK_UNKNOWN : BULK_FAILED);
	if (b->n_asked == 0) await_batch(b);
}

static void send_batch(struct bulk *b)
{
	if (b->is_over || b->n_asked) return;
	if (b->is_stopping || b->next == b->n) {
		bulk_finish(b);
		return;
	}
	bool is_canary = b->next == 0 && !b->opts.no_canary && b->n > 1;
	size_t batch = is_canary || !b->opts.batch ? 1 : b->opts.batch;
	b->batch_end = b->next + batch < b->n ? b->next + batch : b->n;
	b->n_asked = b->batch_end - b->next;
	while (b->next < b->batch_end) {
		struct bulk_slot *slot = mem_alloc(sizeof *slot);
		*slot = (struct bulk_slot){ b, b->next };
		struct verb_request req = b->like;
		memcpy(req.request_id, b->targets[b->next].request_id, sizeof req.request_id);
		req.target = b->targets[b->next].target;
		if (b->targets[b->next].args) req.args = b->targets[b->next].args;
		req.bulk_id = b->id;
		req.seen = b->seen ? b->seen[b->next] : NULL;
		b->next++;
		verb_issue(b->v, &req, on_answer, slot);
	}
}

static bool write_plan(struct bulk *b, const struct intent_target *targets, struct err *e)
{
	const struct verb_engine_info info = verb_info(b->v);
	struct intent_plan plan = {
		.bulk_id = b->id,
		.verb = b->like.verb->name,
		.args = b->like.args,
		.override = b->like.override,
		.reason = b->like.reason,
		.server = info.server,
		.batch = b->opts.batch,
		.targets = targets,
		.n = b->n,
	};
	b->journal = info.journal;
	return b->opts.bulk_id || intent_write_plan(info.journal, &plan, e);
}

static void bulk_gone(uv_handle_t *h)
{
	struct bulk *b = h->data;
	for (size_t i = 0; i < b->n; i++) verb_result_free(b->targets[i].result);
	free(b->targets);
	arena_free(&b->arena);
	free(b);
}

void bulk_free(struct bulk *b)
{
	if (b) uv_close((uv_handle_t *)&b->timer, bulk_gone);
}

void bulk_stop(struct bulk *b) { b->is_stopping = true; }

void bulk_break_off(struct bulk *b)
{
	b->is_stopping = b->is_broken_off = true;
	if (!b->watch) return;
	verb_watch_stop(b->watch);
	b->watch = NULL;
	bulk_finish(b);
}

size_t bulk_n_asked(const struct bulk *b) { return b->n_asked; }
size_t bulk_n_begun(const struct bulk *b) { return b->next; }

void bulk_abandon(struct bulk *b)
{
	b->is_abandoned = b->is_over = true;
	uv_timer_stop(&b->timer);
	if (b->watch) verb_watch_stop(b->watch);
	b->watch = NULL;
}

static void copy_seen(struct bulk *b, const char *const *seen)
{
	if (!seen) return;
	b->seen = arena_alloc(&b->arena, (b->n ? b->n : 1) * sizeof *b->seen);
	for (size_t i = 0; i < b->n; i++) b->seen[i] = arena_str(&b->arena, seen[i]);
}

struct bulk *bulk_start(struct verb_engine *v, struct uv_loop_s *loop, struct db *read,
                        const struct verb_request *like, const struct intent_target *targets, size_t n,
                        const struct bulk_options *opts,
                        void (*on_change)(void *ctx, const struct bulk *b, size_t i),
                        void (*on_end)(void *ctx, const struct bulk *b), void *ctx, struct err *e)
{
	struct bulk *b = mem_alloc(sizeof *b);
	if (opts) b->opts = *opts;
	b->v = v, b->loop = loop, b->read = read, b->n = n;
	b->on_change = on_change, b->on_end = on_end, b->ctx = ctx;
	verb_request_copy(&b->like, like, &b->arena);
	copy_seen(b, b->opts.seen);
	uv_timer_init(loop, &b->timer);
	b->timer.data = b;
	if (b->opts.bulk_id)
		snprintf(b->id, sizeof b->id, "%s", b->opts.bulk_id);
	else
		uuid_make(b->id);
	b->targets = mem_alloc((n ? n : 1) * sizeof *b->targets);
	struct intent_target *plan = arena_alloc(&b->arena, (n ? n : 1) * sizeof *plan);
	for (size_t i = 0; i < n; i++) {
		struct bulk_target *t = &b->targets[i];
		t->target = arena_str(&b->arena, targets[i].target);
		t->args = arena_str(&b->arena, targets[i].args);
		if (targets[i].request_id)
			snprintf(t->request_id, sizeof t->request_id, "%s", targets[i].request_id);
		else
			uuid_make(t->request_id);
		plan[i] = (struct intent_target){ t->target, t->request_id, t->args };
	}
	if (!write_plan(b, plan, e)) {
		bulk_free(b);
		return NULL;
	}
	uv_timer_start(&b->timer, on_next, 0, 0);
	return b;
}
