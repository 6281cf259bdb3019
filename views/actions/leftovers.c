/* leftovers.c - the journal is read without the database; the write link is opened only if need be. */
#include "views/actions/leftovers.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/fleet/intent.h"
#include "core/fleet/lost.h"
#include "core/fleet/verb.h"
#include "views/actions/engine.h"
#include "views/actions/engine_int.h"
#include "views/actions/watch.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/nav/session.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct leftovers {
	struct nav *nav;
	size_t due, n_done, n_void, n_open, n_other;
	struct buf last; /* the sentence when there is only one */
};

static void say(struct leftovers *l)
{
	size_t n = l->n_done + l->n_void + l->n_open + l->n_other;
	if (n == 1)
		nav_say(l->nav, l->n_done ? ST_OK : ST_WARN, "from a previous session: %s",
		        buf_str(&l->last));
	else
		nav_say(l->nav, ST_WARN,
		        "%s from a previous session: %zu done, %zu void, %zu refused or failed; "
		        "%zu may yet "
		        "happen: spotop void ID",
		        COUNTED(n, "action", "actions"), l->n_done, l->n_void, l->n_other, l->n_open);
	buf_free(&l->last);
	free(l);
}

static void on_settled(void *ctx, struct verb_result *r, const struct err *e)
{
	struct leftovers *l = ctx;
	buf_cut(&l->last, 0);
	if (!r) {
		if (e->code == ERR_UNKNOWN)
			l->n_open++;
		else
			l->n_other++;
		buf_addf(&l->last, "%s", e->text);
	} else if (r->status == VERB_REPLAYED) {
		l->n_done++;
		buf_addf(&l->last, "%s was done", r->message);
	} else if (r->status == VERB_VOID) {
		l->n_void++;
		buf_addf(&l->last, "%s never happens: it was voided (request %.8s)", r->target,
		         r->request_id);
	} else {
		l->n_other++;
		buf_addf(&l->last, "%s: %s", verb_status_name(r->status), r->message);
	}
	verb_result_free(r);
	if (--l->due == 0) say(l);
}

static void settle(struct nav *nav)
{
	struct intent_list list;
	struct err e = { 0 };
	if (!verb_pending_intents(actions_engine(nav), &list, &e)) return;
	if (list.n_plans)
		nav_say(nav, ST_WARN, "a %s of %zu was interrupted; :bulk resumes it (armed with :write)",
		        list.plans[0].verb, list.plans[0].n);
	if (list.n) {
		struct leftovers *l = mem_alloc(sizeof *l);
		l->nav = nav;
		l->due = list.n;
		nav_say(nav, ST_WARN, "%zu unresolved: asking what became of %s %s", list.n,
		        list.items[0].in.verb, list.items[0].in.target);
		for (size_t i = 0; i < list.n; i++)
			verb_settle(actions_engine(nav), &list.items[i].in, on_settled, l);
	}
	intent_list_free(&list);
}

/* --- what a failover lost --- */
enum { LOOK_AGAIN_MS = 5000, NAMED = 3 };

static void say_lost(struct nav *nav, const struct lost_action *list, size_t n)
{
	struct buf b = { .max = 200 };
	for (size_t i = 0; i < n && i < NAMED; i++)
		buf_addf(&b, "%s%s%s %s", i ? ", " : "", list[i].is_void && n > 1 ? "the void of " : "",
		         list[i].verb, list[i].target);
	if (n > NAMED) buf_addf(&b, " and %zu more", n - NAMED);
	nav_say(nav, ST_CRIT, "%s: %s", buf_str(&b), n == 1 && list[0].is_void ? lost_void_text : lost_text);
	buf_free(&b);
}

static void on_lost(void *ctx, const struct lost_action *list, size_t n, bool is_known)
{
	struct nav *nav = ctx;
	if (nav_is_quitting(nav, NULL)) return;
	nav_actions(nav)->look_again_mono_ms = is_known ? 0 : clock_mono_ms() + LOOK_AGAIN_MS;
	if (!n) return;
	say_lost(nav, list, n);
	nav_refetch(nav);
}

static void find_lost(struct nav *nav, const struct intent_list *journal)
{
	char server[CONF_SAID];
	bool is_replica = nav_status(nav)->is_replica;
	conf_describe(nav_session(nav)->conf, server, sizeof server);
	lost_find(is_replica ? nav_write_link(nav) : nav_read_link(nav), NULL, journal, server, on_lost, nav);
}

/* --- the journal, read and compacted by a thread: what comes after on the loop is a small file --- */
struct leftovers_read {
	uv_work_t work;
	struct nav *nav;
	bool ok, is_first;
	struct intent_list list;
	struct err e;
};

static void read_journal(uv_work_t *w)
{
	struct leftovers_read *r = w->data;
	intent_compact(NULL, NULL); /* what hinders it is told by the reading */
	r->ok = intent_read(NULL, false, &r->list, &r->e);
}

static void on_read(uv_work_t *w, int status)
{
	struct leftovers_read *r = w->data;
	struct nav *nav = r->nav;
	(void)status;
	nav_actions(nav)->reading = NULL;
	if (!nav_is_quitting(nav, NULL)) {
		if (!r->ok && r->is_first) nav_say(nav, ST_WARN, "the journal of actions: %s", r->e.text);
		if (r->ok && r->is_first && (r->list.n || r->list.n_plans)) settle(nav);
		if (r->ok && r->list.n_done) find_lost(nav, &r->list);
		nav_dirty(nav);
	}
	intent_list_free(&r->list);
	free(r);
}

static void start_reading(struct nav *nav, bool is_first)
{
	struct leftovers_read *r = mem_alloc(sizeof *r);
	r->nav = nav;
	r->is_first = is_first;
	r->work.data = r;
	nav_actions(nav)->reading = r;
	if (uv_queue_work(nav_session(nav)->loop, &r->work, read_journal, on_read) == 0) return;
	nav_actions(nav)->reading = NULL;
	free(r);
	if (is_first) settle(nav);
}

void leftovers_look(struct nav *nav)
{
	struct actions *x = nav_actions(nav);
	unsigned sessions = nav_sessions(nav);
	bool is_due = x->look_again_mono_ms && clock_mono_ms() >= x->look_again_mono_ms;
	if (x->reading || (sessions == x->looked_sessions && !is_due)) return;
	bool is_first = x->looked_sessions == 0;
	x->looked_sessions = sessions;
	x->look_again_mono_ms = 0;
	if (is_first) watch_take_over(nav);
	start_reading(nav, is_first);
}

void leftovers_close(struct nav *nav)
{
	while (nav_actions(nav)->reading) uv_run(nav_session(nav)->loop, UV_RUN_ONCE);
}
