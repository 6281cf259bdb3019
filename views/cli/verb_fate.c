/* verb_fate.c - what a run says of actions while their fate is not known: its own, whose answer was lost or is broken off,
 * and those of earlier runs. */
#include "views/cli/verb_fate.h"
#include "core/base/clock.h"
#include "core/base/uuid.h"
#include "core/fleet/lost.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

void run_say_state(void *ctx, const char *request_id, enum verb_state s, int64_t lost_ms)
{
	(void)ctx;
	if (s == VERB_CHECKING)
		fprintf(stderr, "spotop: outcome unknown, checking (request %s)\n", request_id);
	if (s == VERB_RUNNING)
		fprintf(stderr, "spotop: still running on the server, %lld s (request %s)\n",
		        (long long)lost_ms / 1000, request_id);
}

/* Ctrl-C while the answer is waited for: what becomes of it is not known, and the journal has it. */
static void on_broken_off(uv_signal_t *s, int signo)
{
	const char *request_id = s->data;
	(void)signo;
	fprintf(stderr,
	        "spotop: interrupted while the answer was waited for; it may still happen. Request %s: the "
	        "next spotop that acts tells what became of it\n",
	        request_id);
	fflush(NULL);
	_exit(5);
}

bool run_issue(struct verb_run *r, struct verb_request *req, struct verb_result **res, struct err *e)
{
	static const int signals[] = { SIGINT, SIGTERM };
	uv_signal_t on[ARRAY_LEN(signals)];
	uv_loop_t *loop = cli_loop(r->c);
	if (!*req->request_id) uuid_make(req->request_id);
	for (size_t i = 0; i < ARRAY_LEN(on); i++) {
		uv_signal_init(loop, &on[i]);
		on[i].data = req->request_id;
		uv_signal_start(&on[i], on_broken_off, signals[i]);
	}
	bool ok = verb_issue_wait(r->engine, req, res, e);
	for (size_t i = 0; i < ARRAY_LEN(on); i++) uv_close((uv_handle_t *)&on[i], NULL);
	uv_run(loop, UV_RUN_NOWAIT); /* they are gone before what they stand in */
	return ok;
}

/* --- what an earlier run left, or did and a failover lost --- */
static void say_lost(void *ctx, const struct lost_action *list, size_t n, bool is_known)
{
	(void)ctx;
	(void)is_known; /* the next run asks again */
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "spotop: %s %s (request %s): %s\n", list[i].verb, list[i].target,
		        list[i].request_id, list[i].is_void ? lost_void_text : lost_text);
}

void run_tell_leftovers(struct verb_run *r)
{
	struct intent_list left;
	struct err e = { 0 };
	if (!verb_pending_intents(r->engine, &left, &e)) {
		fprintf(stderr, "spotop: %s\n", e.text);
		return;
	}
	for (size_t i = 0; i < left.n; i++) {
		const struct intent *in = &left.items[i].in;
		struct verb_result *res;
		char at[32];
		if (r->request_id && strcmp(r->request_id, in->request_id) == 0) continue;
		time_iso(in->at_wall_ms, at);
		fprintf(stderr, "spotop: unresolved since %s: %s %s (request %s)\n", at, in->verb, in->target,
		        in->request_id);
		if (verb_settle_wait(r->engine, in, &res, &e)) {
			fprintf(stderr, "spotop: it %s\n",
			        res->status == VERB_VOID       ? "was voided: it never happens"
			        : res->status == VERB_REPLAYED ? "was done"
			                                       : "was refused");
			verb_result_free(res);
		} else
			fprintf(stderr, "spotop: %s\n", e.text);
	}
	for (size_t i = 0; i < left.n_plans; i++)
		if (!r->resume || strcmp(r->resume, left.plans[i].bulk_id) != 0)
			fprintf(stderr, "spotop: a bulk of %zu (%s) was interrupted: spotop %s --resume %s\n",
			        left.plans[i].n, left.plans[i].verb, left.plans[i].verb,
			        left.plans[i].bulk_id);
	if (left.n_done) lost_find_wait(cli_loop(r->c), r->write, &left, r->server, say_lost, NULL);
	intent_list_free(&left);
}
