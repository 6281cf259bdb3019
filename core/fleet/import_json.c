/* import_json.c - prices in JSON, as events of a streaming parser: a history of gigabytes needs no memory.
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
#include <yajl/yajl_parse.h>

enum { MAX_TOKEN = 1 << 20 };

static const char too_deep[] = "objects within objects more than 64 deep";

static int stop(struct json *j) { return j->is_stopped = true, 0; }

const char *json_field(const struct json *j, const struct level *l, enum price_field f)
{
	return l->at[f] ? j->text + l->at[f] : NULL;
}

bool json_emit(struct json *j, struct price_row *row)
{
	if (row->got == PRICE_BAD && !j->first_bad_line) {
		j->first_bad_line = row->line;
		snprintf(j->first_bad, sizeof j->first_bad, "%s", row->why);
	}
	if (!j->sink(j->ctx, row)) return stop(j);
	return true;
}

bool json_emit_fields(struct json *j, const char *const f[N_FIELDS], unsigned long line)
{
	struct price_row row = { .line = line };
	j->has_price = true;
	return fields_row(j->want, f, &row, j->e) ? json_emit(j, &row) : stop(j);
}

static void add_text(struct json *j, struct level *l, enum price_field f, const char *s, size_t n)
{
	if (l->at[f]) {
		l->is_twice = true;
		return;
	}
	if (n >= MAX_VALUE) n = MAX_VALUE - 1; /* too long to be any of the values; the row says so */
	if (j->len + n + 1 > sizeof j->text) return;
	l->at[f] = (unsigned short)j->len;
	memcpy(j->text + j->len, s, n);
	for (char *p = j->text + j->len; (p = memchr(p, '\0', (size_t)(j->text + j->len + n - p)));) *p = '?';
	j->text[j->len + n] = '\0';
	j->len += n + 1;
}

void json_lift(struct json *j, struct level *l)
{
	char copy[N_FIELDS][64];
	if (j->depth < 2) return;
	struct level *up = &j->levels[j->depth - 2];
	for (int f = 0; f < N_FIELDS; f++)
		if (l->at[f]) snprintf(copy[f], sizeof copy[f], "%s", j->text + l->at[f]);
	j->len = l->mark;
	for (int f = 0; f < N_FIELDS; f++)
		if (l->at[f] && !up->at[f]) add_text(j, up, (enum price_field)f, copy[f], strlen(copy[f]));
	l->mark = j->len;
}

/* --- what an object is --- */

static bool is_list(const struct level *l)
{
	return strcmp(l->plain, "spotpricehistory") == 0 || strcmp(l->plain, "rows") == 0;
}

/* An object where a price is expected. */
static bool is_listed(const struct json *j)
{
	const struct level *up = j->depth > 1 ? &j->levels[j->depth - 2] : NULL;
	return !up || (up->is_array && (j->depth == 2 || is_list(up)));
}

static bool is_row(const struct json *j, const struct level *l)
{
	if (l->at[F_SPOT] || l->at[F_ONDEMAND] || l->at[F_PRICE]) return true;
	return is_listed(j) && (l->at[F_TYPE] || l->at[F_ZONE] || l->at[F_POOL] || l->at[F_TIME]) &&
	       !l->has_rows;
}

static bool object_row(struct json *j, struct level *l)
{
	const char *fields[N_FIELDS];
	struct price_row row = { .line = l->line };
	l->has_rows = true;
	if (l->is_twice) {
		j->has_price = true;
		fields_bad(&row, "a name stands there twice");
		return json_emit(j, &row);
	}
	for (int f = 0; f < N_FIELDS; f++) fields[f] = json_field(j, l, (enum price_field)f);
	if (l->at[F_SPOT] || l->at[F_ONDEMAND] || l->at[F_PRICE]) return json_emit_fields(j, fields, l->line);
	if (!fields_row(j->want, fields, &row, j->e)) return stop(j);
	return json_emit(j, &row);
}

static bool end_object(struct json *j)
{
	struct level *l = &j->levels[j->depth - 1];
	bool go_on = true;
	if (j->want->kind == PRICE_ONDEMAND && ondemand_object(j, l, &go_on)) return go_on;
	if (is_row(j, l)) return object_row(j, l);
	if (!is_listed(j) || l->has_rows) return true;
	struct price_row row = { .line = l->line };
	fields_bad(&row, "no price in this object");
	return json_emit(j, &row);
}

/* --- the parser's events --- */

static bool open_level(struct json *j, bool is_array)
{
	j->since_token = 0;
	if (j->depth == MAX_DEPTH) {
		err_set(j->e, ERR_USAGE, "line %lu: %s", j->line, too_deep);
		return stop(j);
	}
	struct level *l = &j->levels[j->depth++];
	*l = (struct level){ .is_array = is_array, .mark = j->len, .line = j->line };
	bool has_key = j->depth > 1 && !j->levels[j->depth - 2].is_array;
	if (has_key) memcpy(l->key, j->key, sizeof l->key);
	fields_plain(l->key, strlen(l->key), l->plain);
	if (is_array && is_list(l)) j->has_list = l->has_rows = true;
	return true;
}

static int close_level(struct json *j)
{
	struct level *l = &j->levels[--j->depth];
	j->since_token = 0;
	j->len = l->mark;
	if (j->depth) j->levels[j->depth - 1].has_rows |= l->has_rows;
	return 1;
}

static int on_open_object(void *ctx) { return open_level(ctx, false); }
static int on_open_array(void *ctx) { return open_level(ctx, true); }
static int on_close_array(void *ctx) { return close_level(ctx); }
static int on_close_object(void *ctx)
{
	struct json *j = ctx;
	return end_object(j) && close_level(j);
}

static bool is_key(const unsigned char *key, size_t n, const char *name)
{
	return strlen(name) == n && memcmp(key, name, n) == 0;
}

/* Keys that tell of another kind of file. */
static int on_key(void *ctx, const unsigned char *key, size_t n)
{
	struct json *j = ctx;
	size_t fits = n < sizeof j->key ? n : sizeof j->key - 1;
	j->since_token = 0;
	memcpy(j->key, key, fits);
	j->key[fits] = '\0';
	if (is_key(key, n, "detail-type") || is_key(key, n, "instance-action") ||
	    is_key(key, n, "noticeTime"))
		err_set(j->e, ERR_USAGE,
		        "it holds events of EC2, not prices; `spotop import notices FILE` takes interruption "
		        "warnings and rebalance recommendations");
	else if (is_key(key, n, "spot_advisor"))
		err_set(j->e, ERR_USAGE,
		        "it is the Spot Instance Advisor's data: rates of interruption and savings, no "
		        "prices");
	else if (j->want->kind == PRICE_SPOT && is_key(key, n, "PriceList"))
		err_set(j->e, ERR_USAGE, "it is AWS's Price List, of on-demand prices: give --ondemand");
	else
		return 1;
	return stop(j);
}

static void nested(struct json *j, const unsigned char *s, size_t n);

static int value(struct json *j, const char *s, size_t n)
{
	j->since_token = 0;
	if (!j->depth) return 1;
	struct level *l = &j->levels[j->depth - 1];
	if (l->is_array) {
		if (n && *s == '{' && strcmp(l->plain, "pricelist") == 0)
			nested(j, (const unsigned char *)s, n);
		return !j->is_stopped;
	}
	enum price_field f = fields_of(j->key, strlen(j->key));
	/* {"pricePerUnit": {"USD": "0.17"}} */
	if (strcmp(l->plain, "priceperunit") == 0) {
		add_text(j, l, F_CURRENCY, j->key, strlen(j->key));
		f = F_ONDEMAND;
	}
	if (f != N_FIELDS) add_text(j, l, f, s, n);
	return 1;
}

static int on_string(void *ctx, const unsigned char *s, size_t n) { return value(ctx, (const char *)s, n); }
static int on_number(void *ctx, const char *s, size_t n) { return value(ctx, s, n); }
static int on_boolean(void *ctx, int is_true)
{
	return is_true ? value(ctx, "true", 4) : value(ctx, "false", 5);
}
static int on_null(void *ctx)
{
	((struct json *)ctx)->since_token = 0;
	return 1;
}

static const yajl_callbacks events = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close_object,
	.yajl_start_array = on_open_array,
	.yajl_end_array = on_close_array,
};

/* --- feeding it --- */

static yajl_handle parser_new(struct json *j)
{
	yajl_handle h = yajl_alloc(&events, NULL, j);
	if (h) yajl_config(h, yajl_allow_multiple_values, 1);
	return h;
}

/* A fault of the text itself, in the parser's words. */
static bool tell_broken(struct json *j, yajl_handle h, const char *after)
{
	struct price_row row = { .line = j->line };
	char *why = (char *)yajl_get_error(h, 0, NULL, 0);
	if (why) why[strcspn(why, "\n")] = '\0';
	fields_bad(&row, "not JSON (%s)%s", why ? why : "", after);
	yajl_free_error(h, (unsigned char *)why);
	return json_emit(j, &row);
}

/* get-products writes each product as a text that is JSON. */
static void nested(struct json *j, const unsigned char *s, size_t n)
{
	int depth = j->depth;
	yajl_handle h = parser_new(j);
	if (yajl_parse(h, s, n) == yajl_status_error ||
	    (!j->is_stopped && yajl_complete_parse(h) == yajl_status_error))
		tell_broken(j, h, "");
	while (j->depth > depth) close_level(j);
	yajl_free(h);
}

static bool tell_cut(struct json *j)
{
	struct price_row row = { .line = j->line };
	fields_bad(&row, "the file ends in the middle of its JSON");
	return json_emit(j, &row);
}

/* One object a line: the line is lost, not the rest. */
static bool begins_on_this_line(const struct json *j) { return !j->depth || j->levels[0].line == j->line; }

static bool is_white(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r' || s[i] == '\n')) i++;
	return i == n;
}

static bool feed(struct json *j, yajl_handle *h)
{
	const char *s;
	size_t n;
	bool is_skipping = false, is_fresh = true; /* nothing but blanks was given to the parser */
	while (j->line = j->w->line, (s = window_piece(j->w, &n))) {
		is_fresh = is_fresh && (is_skipping || is_white(s, n));
		if (!is_skipping && yajl_parse(*h, (const unsigned char *)s, n) != yajl_status_ok) {
			if (j->is_stopped) return false;
			bool is_line = begins_on_this_line(j);
			if (!tell_broken(j, *h, is_line ? "" : "; the rest is not read")) return false;
			while (j->depth) close_level(j);
			if (!is_line) return true;
			yajl_free(*h);
			if (!(*h = parser_new(j))) return err_set(j->e, ERR_INTERNAL, "out of memory");
			is_skipping = is_fresh = true;
		}
		if (is_skipping) is_skipping = s[n - 1] != '\n';
		j->since_token += n;
		if (j->since_token > MAX_TOKEN)
			return err_set(j->e, ERR_USAGE, "line %lu: a text longer than 1 MB", j->line);
	}
	if (j->w->is_failed) return false;
	if (is_fresh) return true;
	if (j->depth || yajl_complete_parse(*h) == yajl_status_error) return tell_cut(j);
	return !j->is_stopped;
}

bool json_read(struct window *w, const struct price_want *want, price_sink sink, void *ctx, struct err *e)
{
	struct json *j = mem_alloc(sizeof *j);
	*j = (struct json){ .w = w, .want = want, .sink = sink, .ctx = ctx, .e = e, .len = 1 };
	yajl_handle h = parser_new(j);
	bool ok = h ? feed(j, &h) : err_set(e, ERR_INTERNAL, "out of memory");
	if (ok && !j->has_price && !j->has_list) {
		ok = false;
		if (j->first_bad_line)
			err_set(e, ERR_USAGE, "there is no price in it (line %lu: %s)", j->first_bad_line,
			        j->first_bad);
		else
			err_set(e, ERR_USAGE, "there is no price in it");
	}
	if (h) yajl_free(h);
	ondemand_free(j->ondemand);
	free(j);
	return ok;
}
