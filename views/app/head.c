/* head.c - the header's data: counts, freezes, what is new; in the past as it was then. */
#include "views/app/head.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "sql.h"
#include "views/app/app.h"
#include "views/app/notice.h"
#include "views/nav/ask.h"

enum { HEAD_MS = 5000 };

static void got_head(void *owner, struct table *t, const struct err *e)
{
	struct app *a = owner;
	if (e) return;
	table_free(a->head);
	a->head = t;
	if (!nav_is_past(a->nav)) notice_head(a, t);
}

void head_open(struct app *a)
{
	a->head_ask = ask_new(a->nav, a, got_head);
	a->next_head_ms = 0;
}

void head_close(struct app *a)
{
	ask_free(a->head_ask);
	table_free(a->head);
	a->head_ask = NULL;
	a->head = NULL;
}

void head_soon(struct app *a) { a->next_head_ms = 0; }

/* Counts as of then while in the past: the header must not speak of another time than the screen. */
void head_due(struct app *a)
{
	struct view_args args = { 0 };
	char at[32];
	int64_t now = clock_mono_ms();
	if (now < a->next_head_ms || ask_is_busy(a->head_ask)) return;
	a->next_head_ms = now + HEAD_MS;
	if (!nav_is_past(a->nav)) {
		notice_ask(a, &args);
		ask_query(a->head_ask, &sql_queries_header, &args);
		return;
	}
	time_to_sql(nav_at_ms(a->nav), at);
	view_args_set(&args, "at", at);
	ask_query(a->head_ask, &sql_queries_header_at, &args);
}
