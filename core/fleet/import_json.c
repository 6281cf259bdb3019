/* import_json.c - prices in JSON.
 *
 * An object with a price in it is a row, wherever it stands: AWS's documents and pages, boto3's lists, one
 * object a line and our own exports need no code of their own. Where a price is expected (at the top, in a
 * list at the top or under SpotPriceHistory) an object without one is a fault. */
#include "core/fleet/import_json.h"
#include "core/base/mem.h"
#include "core/fleet/import_json_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)N_FIELDS <= (int)WALK_FIELDS, "a level has room for the fields");

/* --- what an object is --- */

static bool is_list(const struct level *l)
{
	return strcmp(l->plain, "spotpricehistory") == 0 || strcmp(l->plain, "rows") == 0;
}

/* An object where a price is expected. */
static bool is_listed(const struct walk *w)
{
	const struct level *up = w->depth > 1 ? &w->levels[w->depth - 2] : NULL;
	return !up || (up->is_array && (w->depth == 2 || is_list(up)));
}

static bool has_price(const struct level *l) { return l->at[F_SPOT] || l->at[F_ONDEMAND] || l->at[F_PRICE]; }

static bool is_row(const struct walk *w, const struct level *l)
{
	if (has_price(l)) return true;
	return is_listed(w) && (l->at[F_TYPE] || l->at[F_ZONE] || l->at[F_POOL] || l->at[F_TIME]) &&
	       !l->has_rows;
}

static bool object_row(struct walk *w, struct level *l)
{
	struct json *j = w->ctx;
	const char *fields[N_FIELDS];
	struct price_row row = { .line = l->line };
	l->has_rows = true;
	if (l->is_twice) {
		j->has_price = true;
		fields_bad(&row, "a name stands there twice");
		return json_emit(j, &row);
	}
	for (int f = 0; f < N_FIELDS; f++) fields[f] = walk_field(w, l, f);
	if (has_price(l)) return json_emit_fields(j, fields, l->line);
	return fields_row(j->want, fields, &row, j->e) && json_emit(j, &row);
}

static bool fault(struct walk *w, unsigned long line, const char *why)
{
	struct price_row row = { .line = line };
	fields_bad(&row, "%s", why);
	return json_emit(w->ctx, &row);
}

static bool on_object(struct walk *w, struct level *l)
{
	struct json *j = w->ctx;
	bool go_on = true;
	if (j->want->kind == PRICE_ONDEMAND && ondemand_object(j, w, l, &go_on)) return go_on;
	if (is_row(w, l)) return object_row(w, l);
	return !is_listed(w) || l->has_rows || fault(w, l->line, "no price in this object");
}

static bool on_list(struct walk *w, struct level *l)
{
	struct json *j = w->ctx;
	if (is_list(l)) j->has_list = l->has_rows = true;
	return true;
}

/* Keys that tell of another kind of file. */
static bool on_key(struct walk *w, const char *key)
{
	const struct json *j = w->ctx;
	if (strcmp(key, "detail-type") == 0 || strcmp(key, "instance-action") == 0 ||
	    strcmp(key, "noticeTime") == 0)
		return err_set(w->e, ERR_USAGE,
		               "it holds events of EC2, not prices; `spotop import notices FILE` takes "
		               "interruption warnings and rebalance recommendations");
	if (strcmp(key, "spot_advisor") == 0)
		return err_set(w->e, ERR_USAGE,
		               "it is the Spot Instance Advisor's data: rates of interruption and savings, "
		               "no "
		               "prices");
	if (j->want->kind == PRICE_SPOT && strcmp(key, "PriceList") == 0)
		return err_set(w->e, ERR_USAGE,
		               "it is AWS's Price List, of on-demand prices: give --ondemand");
	return true;
}

static bool on_value(struct walk *w, struct level *l, const char *s, size_t n, bool *is_done)
{
	/* get-products writes each product as a text that is JSON. */
	if (l->is_array && n && *s == '{' && strcmp(l->plain, "pricelist") == 0) return walk_nested(w, s, n);
	/* {"pricePerUnit": {"USD": "0.17"}} */
	if (strcmp(l->plain, "priceperunit") != 0) return true;
	walk_keep(w, l, F_CURRENCY, w->key, strlen(w->key));
	walk_keep(w, l, F_ONDEMAND, s, n);
	return *is_done = true;
}

static int field(const char *key)
{
	enum price_field f = fields_of(key, strlen(key));
	return f == N_FIELDS ? -1 : (int)f;
}

bool json_read(struct window *window, const struct price_want *want, price_sink sink, void *ctx,
               struct err *e)
{
	static const struct walk_reader reader = { field, on_key, on_value, on_list, on_object, fault };
	struct json j = { .want = want, .sink = sink, .ctx = ctx, .e = e };
	struct walk *w = walk_new(window, &reader, &j, e);
	bool ok = walk_read(w);
	if (ok && !j.has_price && !j.has_list) {
		ok = false;
		if (j.first_bad_line)
			err_set(e, ERR_USAGE, "there is no price in it (line %lu: %s)", j.first_bad_line,
			        j.first_bad);
		else
			err_set(e, ERR_USAGE, "there is no price in it");
	}
	ondemand_free(j.ondemand);
	free(w);
	return ok;
}
