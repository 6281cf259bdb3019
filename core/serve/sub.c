/* sub.c - one subscriber: what is framed for it, and its end. */
#include "core/serve/sub.h"
#include "core/base/mem.h"
#include "core/serve/ring.h"
#include "core/serve/serve_int.h"
#include "core/serve/sse.h"
#include <stdlib.h>

void sub_put(struct sub *sub, uint64_t id, const char *frame, size_t n)
{
	buf_add(&sub->out, frame, n);
	if (sub->n_sent == sub->cap_sent)
		sub->sent =
		        mem_grow(sub->sent,
		                 sizeof *sub->sent * (sub->cap_sent = sub->cap_sent ? sub->cap_sent * 2 : 8));
	sub->sent[sub->n_sent++] = id;
	sub->s->n_sent++;
}

void sub_resume(struct sub *sub)
{
	if (!sub->is_suspended || sub->is_gone) return;
	sub->is_suspended = false;
	MHD_resume_connection(sub->connection);
}

void sub_forget_place(struct sub *sub)
{
	cursor_free(&sub->cursor);
	cursor_free(&sub->upto);
	place_drop(sub->after);
	place_drop(sub->upto_place);
	sub->upto_place = NULL;
	sub->is_catching_up = sub->must_check = sub->must_look = false;
	sub->must_rewind = sub->must_set_back = false;
	sub->n_sent = 0;
}

void sub_rewind(struct sub *sub)
{
	struct buf place = BUF_EMPTY;
	sub_forget_place(sub);
	tail_cursor_short(sub->s->tail, &place);
	sub->at = sub->s->head;
	sub->after = place_new(buf_str(&place), place.len);
	sse_event(&sub->out, buf_str(&place), "reset", "{\"reason\":\"history changed\"}");
	sub->s->n_reset++;
	buf_free(&place);
	sub_resume(sub);
}

bool sub_is_beyond(const struct sub *sub, uint64_t id)
{
	const struct serve *s = sub->s;
	return s->lost_to && id >= s->lost_from && id <= s->lost_to;
}

void sub_free(struct sub *sub)
{
	cursor_free(&sub->cursor);
	cursor_free(&sub->upto);
	place_drop(sub->after);
	place_drop(sub->upto_place);
	buf_free(&sub->out);
	free(sub->sent);
	free(sub->name);
	free(sub->last_id);
	free(sub);
}
