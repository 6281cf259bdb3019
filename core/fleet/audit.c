/* audit.c - walks the chain in steps that each stay well under the server's time limit for reads. */
#include "core/fleet/audit.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/fleet/anchor.h"
#include "sql.h"
#include <stdio.h>
#include <string.h>

#define STEP 10000

static bool read_head(struct db *read, struct audit_report *r, struct err *e)
{
	struct table *t = NULL;
	if (!db_call(read, &sql_queries_audit_head, NULL, 0, NULL, &t, e)) return false;
	bool ok = t->n_rows == 1 || err_set(e, ERR_NO, "the audit log is empty: even its first row is gone");
	if (ok) {
		r->head_id = table_int(t, 0, "id", 0);
		r->rows = table_int(t, 0, "n", 0);
		snprintf(r->head_hash, sizeof r->head_hash, "%s", table_get(t, 0, "hash"));
		snprintf(r->head_at, sizeof r->head_at, "%s", table_get(t, 0, "at"));
	}
	table_free(t);
	return ok;
}

bool audit_anchor(struct db *read, const char *server, const struct anchors *a, struct err *e)
{
	struct audit_report r = { 0 };
	return read_head(read, &r, e) && anchors_add(a, server, r.head_id, r.head_hash, e);
}

struct check {
	struct db *read;
	void (*fault)(void *ctx, int64_t id, const char *text);
	void *ctx;
	struct audit_report *r;
	struct err *e;
};

static void found(struct check *c, int64_t id, const char *text)
{
	c->r->n_faults++;
	c->fault(c->ctx, id, text);
}

static bool ask(struct check *c, const struct query *q, const struct arg *args, size_t n, struct err *e)
{
	struct db_opts opts = { .deadline_ms = 60000 };
	struct table *t = NULL;
	if (!db_call(c->read, q, args, n, &opts, &t, e)) return false;
	for (size_t i = 0; i < t->n_rows; i++) found(c, table_int(t, i, "id", 0), table_get(t, i, "fault"));
	table_free(t);
	return true;
}

static bool check_rows(struct check *c, int64_t from, int64_t to)
{
	struct arg args[] = { arg_int("from", from), arg_int("to", to) };
	return ask(c, &sql_queries_audit_faults, args, 2, c->e);
}

/* Only an administrator sees the head; nobody else can say whether the log ends with it. */
static bool check_head(struct check *c)
{
	struct err mine = { 0 };
	if (ask(c, &sql_queries_audit_head_kept, NULL, 0, &mine)) return true;
	if (mine.sql_errno != 1142 && c->e) *c->e = mine;
	return mine.sql_errno == 1142;
}

static void found_in_file(void *ctx, const char *text) { found(ctx, 0, text); }

static bool check_anchor(void *ctx, const struct anchor *a)
{
	struct check *c = ctx;
	struct arg args[] = { arg_int("id", a->id), arg_str("hash", a->hash) };
	struct table *t = NULL;
	char text[200];
	c->r->n_anchors++;
	c->r->n_signed += a->is_signed;
	if (!db_call(c->read, &sql_queries_audit_anchor, args, 2, NULL, &t, c->e)) return false;
	if (t->n_rows == 0) {
		snprintf(text, sizeof text,
		         "it was the newest row at %s and is gone: the chain's end was cut off",
		         a->at ? a->at : "?");
		found(c, a->id, text);
	} else if (!table_int(t, 0, "is_same", 0)) {
		snprintf(text, sizeof text,
		         "its hash is not the one anchored at %s: the chain was written anew",
		         a->at ? a->at : "?");
		found(c, a->id, text);
	}
	table_free(t);
	return true;
}

bool audit_verify(struct db *read, const char *server, const struct anchors *a,
                  void (*fault)(void *ctx, int64_t id, const char *text), void *ctx, struct audit_report *r,
                  struct err *e)
{
	*r = (struct audit_report){ 0 };
	struct check c = { read, fault, ctx, r, e };
	if (!read_head(read, r, e) || !check_rows(&c, 0, 0) || !check_head(&c)) return false;
	for (int64_t from = 1; from <= r->head_id; from += STEP)
		if (!check_rows(&c, from, from + STEP - 1)) return false;
	return anchors_each(a, server, check_anchor, found_in_file, &c, e);
}
