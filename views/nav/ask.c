/* ask.c - one question at a time for an owner that may go away before the answer comes. */
#include "views/nav/ask.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/nav/links.h"
#include "views/nav/nav_int.h"
#include <stdlib.h>

struct ask {
	struct nav *nav;
	void *owner;
	ask_cb got;
	uint64_t id;
	int64_t since_ms;
	bool is_patient;
	bool is_by_hand; /* a key waits for the answer */
};
enum { PATIENCE_MS = 60000 };

struct ask *ask_new(struct nav *nav, void *owner, ask_cb got)
{
	struct ask *k = mem_alloc(sizeof *k);
	k->nav = nav;
	k->owner = owner;
	k->got = got;
	return k;
}

static void answered(void *ctx, struct table *rows, const struct err *e)
{
	struct ask *k = ctx;
	bool is_by_hand = k->is_by_hand;
	k->id = 0;
	k->since_ms = 0;
	k->is_by_hand = false;
	if (!k->owner) {
		table_free(rows);
		free(k);
		return;
	}
	struct nav *nav = k->nav;
	if (is_by_hand)
		nav_urgent(nav);
	else
		nav_dirty(nav);
	const struct err *old = nav_old_schema(nav);
	if (old && (!e || e->sql_errno)) { /* its tables may have our names: they are not ours for that */
		table_free(rows);
		rows = NULL;
		e = old;
	}
	bool was = nav_by_hand(nav, is_by_hand); /* so are the questions that follow from it */
	k->got(k->owner, rows, e);
	nav_by_hand(nav, was);
}

void ask_free(struct ask *k)
{
	if (!k) return;
	if (!k->id) {
		free(k);
		return;
	}
	k->owner = NULL;
	db_cancel(nav_read_link(k->nav), k->id);
}

bool ask_is_busy(const struct ask *k) { return k->id != 0; }
int64_t ask_since(const struct ask *k) { return k->since_ms; }

void ask_hurry(struct ask *k) { k->is_by_hand |= k->nav->is_by_hand; }

void ask_be_patient(struct ask *k, bool is_patient) { k->is_patient = is_patient; }

static struct db_opts opts_of(const struct ask *k, size_t max_rows)
{
	bool is_patient = k->is_patient || nav_is_past(k->nav);
	return (struct db_opts){ .max_rows = max_rows, .deadline_ms = is_patient ? PATIENCE_MS : 0 };
}

bool ask_query(struct ask *k, const struct query *q, const struct view_args *args)
{
	ask_hurry(k);
	if (k->id) return false;
	struct arg bound[8];
	size_t n = args ? view_args_bind(args, q, bound, ARRAY_LEN(bound)) : 0;
	struct db_opts o = opts_of(k, 0);
	k->since_ms = clock_mono_ms();
	k->id = db_submit(nav_read_link(k->nav), q, bound, n, &o, answered, k);
	return true;
}

bool ask_text(struct ask *k, const char *name, const char *text, size_t len, size_t max_rows)
{
	ask_hurry(k);
	if (k->id) return false;
	struct db_opts o = opts_of(k, max_rows);
	k->since_ms = clock_mono_ms();
	k->id = db_submit_text(nav_read_link(k->nav), name, text, len, &o, answered, k);
	return true;
}

/* Its answer is ERR_CANCELLED, in a later loop turn; until then the ask is busy. */
void ask_cancel(struct ask *k)
{
	if (k->id) db_cancel(nav_read_link(k->nav), k->id);
}
