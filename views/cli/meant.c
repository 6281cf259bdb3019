/* meant.c - what was likely meant by a name that nothing has. The sentences are of many places, also of the server's procedures: "no agent
 * agnt-017", "no client is called 'acme'", "no zone or pool 'x'; ...". */
#include "views/cli/meant.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/near.h"
#include "core/db/db.h"
#include "core/jobs/job.h"
#include "sql.h"
#include "views/model/names.h"
#include <stdio.h>
#include <string.h>

enum { MOST = 20000 };

/* The kinds named behind "no", "agent,pool,client", and where the sentence goes on. NULL: it names none. */
static const char *kinds_of(const char *s, struct buf *kinds)
{
	static const char *const known[] = { "agent", "pool", "client",  "zone", "region", "instance",
		                             "alert", "plan", "command", "job",  "setting" };
	for (;;) {
		size_t i = 0, n = 0;
		while (i < ARRAY_LEN(known) && (n = strlen(known[i]), strncmp(s, known[i], n) != 0)) i++;
		if (i == ARRAY_LEN(known)) return kinds->len ? s : NULL;
		s += n;
		buf_addf(kinds, "%s%s", kinds->len ? "," : "", known[i]);
		if (strncmp(s, ", ", 2) == 0)
			s += 2;
		else if (strncmp(s, " or ", 4) == 0)
			s += 4;
		else
			return *s == ' ' ? s : NULL;
	}
}

/* The name itself: in quotes, or up to a blank or a mark. */
static bool name_of(const char *s, char *out, size_t size)
{
	s += strspn(s, " ");
	if (strncmp(s, "is called ", 10) == 0) s += 10;
	size_t n = *s == '\'' ? strcspn(++s, "'") : strcspn(s, " ,;");
	snprintf(out, size, "%.*s", (int)n, s);
	return n > 0 && n < size;
}

static void offer_known(struct near *like, const char *kinds)
{
	if (strstr(kinds, "job"))
		for (size_t i = 0; jobs[i]; i++) near_offer(like, jobs[i]->name);
	if (strstr(kinds, "setting"))
		for (const struct setting *s = settings_of_agent; s->name; s++) near_offer(like, s->name);
}

static void offer_read(struct db *db, struct near *like, const char *kinds)
{
	struct arg a[3];
	struct table *t = NULL;
	struct err ignored;
	struct db_opts o = { .deadline_ms = 2000 };
	if (db_call(db, &sql_queries_names, a, names_args(a, kinds, "", MOST), &o, &t, &ignored))
		for (size_t i = 0; i < t->n_rows; i++) near_offer(like, table_get(t, i, "name"));
	table_free(t);
}

static const char *no_what(const struct err *e)
{
	const char *no = strncmp(e->text, "no ", 3) == 0 ? e->text : strstr(e->text, " no ");
	return !no || strstr(e->text, "did you mean") ? NULL : no + (*no == ' ' ? 4 : 3);
}

bool meant_may_be(const struct err *e)
{
	struct buf kinds = BUF_EMPTY;
	const char *what = no_what(e);
	bool may = what && kinds_of(what, &kinds);
	buf_free(&kinds);
	return may;
}

void meant_hint(struct db *db, struct err *e)
{
	struct buf kinds = BUF_EMPTY;
	struct near like;
	char name[64], hint[100];
	const char *what = no_what(e), *rest = what ? kinds_of(what, &kinds) : NULL;
	if (rest && name_of(rest, name, sizeof name)) {
		/* of client:NAME only the name is looked for */
		const char *colon = strchr(name, ':');
		const char *word = colon ? colon + 1 : name;
		near_begin(&like, word, strlen(word));
		offer_known(&like, buf_str(&kinds));
		if (!strstr(buf_str(&kinds), "job") && !strstr(buf_str(&kinds), "setting"))
			offer_read(db, &like, buf_str(&kinds));
		near_hint(&like, hint, sizeof hint);
		size_t n = strlen(e->text);
		if (*hint) snprintf(e->text + n, sizeof e->text - n, "%s", hint);
	}
	buf_free(&kinds);
}
