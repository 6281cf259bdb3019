/* leftovers.c - the journal is read without the database; the write link is opened only if need be. */
#include "views/actions/leftovers.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/fleet/intent.h"
#include "core/fleet/verb.h"
#include "views/actions/engine.h"
#include "views/nav/nav.h"
#include <stdlib.h>
#include <string.h>

struct leftovers {
	struct nav *nav;
	size_t due, n_done, n_void, n_open, n_other;
	struct buf last; /* the sentence when there is only one */
};

static void say(struct leftovers *l)
{
	size_t n = l->n_done + l->n_void + l->n_open + l->n_other;
	if (n == 1)
		nav_say(l->nav, l->n_done ? ST_OK : ST_WARN, "left open by an earlier run: %s",
		        buf_str(&l->last));
	else
		nav_say(l->nav, ST_WARN,
		        "%zu acts left open by an earlier run: %zu done, %zu void, %zu refused or failed; "
		        "%zu may yet "
		        "happen: spotop void ID",
		        n, l->n_done, l->n_void, l->n_other, l->n_open);
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

void leftovers_settle(struct nav *nav)
{
	struct intent_list list;
	struct err e = { 0 };
	if (!intent_read(NULL, false, &list, &e)) {
		nav_say(nav, ST_WARN, "the journal of acts: %s", e.text);
		return;
	}
	bool is_empty = list.n == 0 && list.n_plans == 0;
	intent_list_free(&list);
	if (is_empty || !verb_pending_intents(actions_engine(nav), &list, &e)) return;
	if (list.n_plans)
		nav_say(nav, ST_WARN,
		        "a %s of %zu was broken off; :bulk takes it up again (armed with :write)",
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
