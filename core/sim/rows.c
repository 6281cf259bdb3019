/* rows.c - rows written as JSON and sent when they have grown. */
#include "core/sim/rows.h"
#include "core/base/err.h"
#include "core/db/db.h"
#include "core/db/query.h"
#include <string.h>

enum { SEND_AT = 1000000 };

static void cell(struct rows *r)
{
	if (r->in_row) buf_addc(&r->json, ',');
	r->in_row = true;
}

void rows_start(struct rows *r)
{
	buf_adds(&r->json, r->n == 0 ? "[[" : ",[");
	r->in_row = false;
}

void rows_end(struct rows *r)
{
	buf_addc(&r->json, ']');
	r->n++;
	r->total++;
	if (r->json.len > SEND_AT) rows_send(r);
}

void rows_str(struct rows *r, const char *s)
{
	cell(r);
	if (s == NULL) {
		buf_adds(&r->json, "null");
		return;
	}
	buf_addc(&r->json, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\') buf_addc(&r->json, '\\');
		buf_addc(&r->json, (unsigned char)*s < 32 ? ' ' : *s);
	}
	buf_addc(&r->json, '"');
}

void rows_int(struct rows *r, int64_t v)
{
	cell(r);
	buf_addf(&r->json, "%lld", (long long)v);
}

void rows_int_if(struct rows *r, bool known, int64_t v)
{
	if (known)
		rows_int(r, v);
	else
		rows_str(r, NULL);
}

void rows_dec(struct rows *r, double v, int decimals)
{
	cell(r);
	buf_addf(&r->json, "%.*f", decimals, v);
}

void rows_dec_if(struct rows *r, bool known, double v, int decimals)
{
	if (known)
		rows_dec(r, v, decimals);
	else
		rows_str(r, NULL);
}

bool rows_send(struct rows *r)
{
	if (r->n > 0 && *r->is_ok) {
		buf_addc(&r->json, ']');
		struct arg args[] = { arg_strn("rows", buf_str(&r->json), r->json.len) };
		struct db_opts opts = { .is_write = true, .deadline_ms = 120000 };
		*r->is_ok = db_call(r->db, r->query, args, 1, &opts, NULL, r->e);
		if (!*r->is_ok) err_prefix(r->e, "%s", r->query->name);
	}
	buf_cut(&r->json, 0);
	r->n = 0;
	return *r->is_ok;
}
