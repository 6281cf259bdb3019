/* mark.c - delivered: noted once for an event, when the first subscriber has it on the wire. */
#include "core/serve/mark.h"
#include "core/base/mem.h"
#include "core/serve/complain.h"
#include "core/serve/serve_int.h"
#include "sql.h"
#include <inttypes.h>
#include <string.h>

static bool was_noted(struct serve *s, uint64_t id)
{
	uint64_t *slot = &s->recent[id % RECENT];
	if (*slot == id) return true;
	*slot = id;
	return false;
}

/* While the database does not answer, the oldest are kept; of the others a later reader's copy, or nobody,
 * tells: `delivered` then says less than is true, never more. */
void mark_sent(struct sub *sub)
{
	struct serve *s = sub->s;
	if (!s->marks) s->marks = mem_alloc(sizeof *s->marks * MARKS);
	for (size_t i = 0; i < sub->n_sent; i++)
		if (s->n_marks < MARKS && !was_noted(s, sub->sent[i])) s->marks[s->n_marks++] = sub->sent[i];
	sub->n_sent = 0;
}

void mark_forget(struct serve *s)
{
	s->n_marks = s->n_marking = 0;
	memset(s->recent, 0, sizeof s->recent);
}

static void marked(void *ctx, struct table *t, const struct err *e)
{
	struct serve *s = ctx;
	s->asking_mark = false;
	table_free(t);
	if (e) { /* asked again: the statement may be repeated */
		if (!s->is_closing) serve_complain(s, "delivered could not be noted: ", e->text);
		return;
	}
	s->n_marks -= s->n_marking;
	memmove(s->marks, s->marks + s->n_marking, sizeof *s->marks * s->n_marks);
}

void mark_flush(struct serve *s)
{
	struct buf json = BUF_EMPTY;
	struct db_opts o = { .is_write = true };
	if (s->asking_mark || !s->n_marks) return;
	for (size_t i = 0; i < s->n_marks; i++) buf_addf(&json, "%c%" PRIu64, i ? ',' : '[', s->marks[i]);
	buf_addc(&json, ']');
	struct arg ids = arg_strn("ids", buf_str(&json), json.len);
	s->asking_mark = true;
	s->n_marking = s->n_marks;
	db_submit(s->write, &sql_queries_serve_mark, &ids, 1, &o, marked, s);
	buf_free(&json);
}
