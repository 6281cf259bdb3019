/* import.c - prices into the database: look the file over, then insert in batches. */
#include "core/fleet/import.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/uuid.h"
#include "core/db/db.h"
#include "core/fleet/import_int.h"
#include "core/fleet/import_source.h"
#include "sql.h"
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUTURE_S 300 /* clocks differ; later than that is the future */

struct import {
	struct db *w;
	const struct import_opts *o;
	struct import_result *r;
	struct source *source;
	struct import_pools pools;
	bool has_day[N_DAYS], has_tier[3], has_others[N_DAYS];
	unsigned plain[N_DAYS]; /* rows of each day; 0 in the end where it has_others */
	EVP_MD_CTX *sha;
	int64_t latest_s;
	char fingerprint[65], run[37];
	struct import_rows rows;
	struct import_stage stage;
	struct err *e; /* of the second reading */
};

/* --- the first reading --- */

static void left_out(struct import_result *r, const char *product, uint64_t n)
{
	r->other += n;
	for (unsigned i = 0; i < IMPORT_OTHERS_KEPT; i++) {
		struct import_other *o = &r->others[i];
		if (i == r->n_others) {
			snprintf(o->product, sizeof o->product, "%s", product);
			r->n_others++;
		}
		if (strncmp(o->product, product, sizeof o->product - 1) != 0) continue;
		o->n += n;
		return;
	}
}

static void widen(int64_t *first_s, int64_t *last_s, int64_t from_s, int64_t to_s)
{
	if (*first_s == PRICE_NO_TIME || from_s < *first_s) *first_s = from_s;
	if (*last_s == PRICE_NO_TIME || to_s > *last_s) *last_s = to_s;
}

static void note_pool(struct import *im, const struct price_row *row)
{
	struct import_pool *p = import_pools_find(&im->pools, row);
	p->of[row->product].rows++;
	widen(&p->of[row->product].first_s, &p->of[row->product].last_s, row->at_s, row->at_s);
	/* of two prices of one second the first stays */
	if (row->is_interpolated || row->is_duplicate || row->at_s > im->latest_s ||
	    row->at_s <= p->of[row->product].newest_s)
		return;
	p->of[row->product].newest_s = row->at_s;
	p->of[row->product].newest_micro = row->micro_usd;
}

/* In decimal: each row of a file has two in its fingerprint. */
static char *put_number(char *to, int64_t n)
{
	char digits[24];
	int count = 0;
	uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
	if (n < 0) *to++ = '-';
	do digits[count++] = (char)('0' + left % 10);
	while ((left /= 10));
	while (count) *to++ = digits[--count];
	return to;
}

static void note_row(struct import *im, const struct price_row *row)
{
	char text[128];
	struct import_result *r = im->r;
	char *to = stpcpy(stpcpy(stpcpy(text, row->type), " "), row->az);
	*to++ = ' ';
	to = put_number(to, row->at_s);
	*to++ = ' ';
	to = put_number(to, row->micro_usd);
	*to++ = '\n';
	EVP_DigestUpdate(im->sha, text, (size_t)(to - text));
	r->rows++;
	if (row->at_s == PRICE_NO_TIME) return;
	if (im->o->kind != PRICE_SPOT) widen(&r->first_s, &r->last_s, row->at_s, row->at_s);
	if (im->o->kind != PRICE_SPOT) return;
	im->has_day[row->at_s / 86400] = true;
	im->plain[row->at_s / 86400]++;
	if (!import_is_plain(row)) im->has_others[row->at_s / 86400] = true;
	im->has_tier[row->tier] = true;
	note_pool(im, row);
}

static bool on_first(void *ctx, const struct price_row *row)
{
	struct import *im = ctx;
	if (row->got == PRICE_ROW) note_row(im, row);
	if (row->got == PRICE_OTHER) left_out(im->r, row->why, 1);
	if (row->got == PRICE_BAD) {
		im->r->bad++;
		import_fault(im->r, row->line, "%s", row->why);
	}
	return true;
}

static void write_fingerprint(struct import *im)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	EVP_DigestFinal_ex(im->sha, sum, &n);
	for (unsigned i = 0; i < n && i < 32; i++) snprintf(im->fingerprint + 2 * i, 3, "%02x", sum[i]);
}

static bool read_all(struct import *im, price_sink sink, struct err *e)
{
	struct price_want want = { im->o->kind, im->o->region };
	if (price_read(source_bytes, im->source, &want, sink, im, e)) return true;
	if (!source_is_cut(im->source)) return false;
	im->r->is_cut = true;
	snprintf(im->r->cut, sizeof im->r->cut, "%.150s", e->text);
	return true;
}

static bool look_over(struct import *im, struct err *e)
{
	struct err why = { 0 };
	im->latest_s = im->o->shift_to_now ? INT64_MAX : clock_wall_ms() / 1000 + FUTURE_S;
	im->sha = EVP_MD_CTX_new();
	bool ok = im->sha && EVP_DigestInit_ex(im->sha, EVP_sha256(), NULL);
	if (!ok) return err_set(e, ERR_INTERNAL, "no SHA-256 in the cryptography library");
	ok = read_all(im, on_first, &why);
	if (ok && im->r->is_cut && !im->r->rows) ok = false;
	if (!ok && e) *e = why;
	write_fingerprint(im);
	return ok;
}

/* --- one product a pool --- */

static void choose_product(struct import *im, struct import_pool *p)
{
	static const char *const names[N_PRODUCTS] = { "Linux/UNIX", "Linux/UNIX (Amazon VPC)" };
	uint64_t plain = p->of[PRODUCT_UNIX].rows, vpc = p->of[PRODUCT_VPC].rows;
	p->product = plain > vpc ? PRODUCT_UNIX : PRODUCT_VPC;
	uint64_t others = plain > vpc ? vpc : plain;
	if (!others) return;
	im->r->rows -= others;
	left_out(im->r, names[p->product == PRODUCT_UNIX ? PRODUCT_VPC : PRODUCT_UNIX], others);
}

/* A zone id does not tell its region and is no account's name for a zone: a pool of it has to be there. */
static bool know_zone_id(struct import *im, struct import_pool *p, struct err *e)
{
	const struct arg args[] = { arg_str("pool", p->id) };
	struct table *t = NULL;
	if (!import_ask(im->w, &sql_queries_price_pool, args, 1, &t, NULL, e)) return false;
	p->is_unknown = !t || !t->n_rows;
	table_free(t);
	if (!p->is_unknown) return true;
	im->r->rows -= p->of[p->product].rows;
	im->r->bad += p->of[p->product].rows;
	import_fault(im->r, p->line,
	             "%s is a zone id, and there is no pool %s; give the zone's name (us-east-1a)", p->az,
	             p->id);
	return true;
}

static bool choose(struct import *im, struct err *e)
{
	for (size_t i = 0; i < im->pools.n; i++) {
		struct import_pool *p = &im->pools.at[i];
		choose_product(im, p);
		if (price_is_zone_id(p->az) && !know_zone_id(im, p, e)) return false;
		if (p->is_unknown) continue;
		im->r->pools++;
		widen(&im->r->first_s, &im->r->last_s, p->of[p->product].first_s, p->of[p->product].last_s);
	}
	return true;
}

/* --- before the rows: the shift, the run, pools, partitions --- */

static bool find_shift(struct import *im, struct err *e)
{
	struct arg arg = arg_str("fingerprint", im->fingerprint);
	struct table *t = NULL;
	if (!im->o->shift_to_now) return true;
	if (!import_ask(im->w, &sql_import_shift, &arg, 1, &t, NULL, e)) return false;
	int64_t old = table_int(t, 0, "shift_s", 0), now = table_int(t, 0, "now_s", 0);
	im->r->shift_is_old = old != 0;
	im->r->shift_s = old ? old : now - im->r->last_s;
	im->r->first_s += im->r->shift_s;
	im->r->last_s += im->r->shift_s;
	table_free(t);
	return im->r->first_s >= 172800 ||
	       err_set(e, ERR_USAGE, "shifted to now the series would begin before 1970");
}

static bool begin_run(struct import *im, struct err *e)
{
	char from[32] = "", to[32] = "";
	struct buf file = BUF_EMPTY;
	uuid_make(im->run);
	text_safe(&file, im->o->path, strlen(im->o->path));
	json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "file", buf_str(&file), "kind",
	                      im->o->kind == PRICE_SPOT ? "spot" : "ondemand", "rows",
	                      (json_int_t)im->r->rows, "bad", (json_int_t)im->r->bad, "other_product",
	                      (json_int_t)im->r->other, "shift_seconds", (json_int_t)im->r->shift_s);
	char *details = json_dumps(o, JSON_COMPACT);
	if (im->r->first_s != PRICE_NO_TIME) price_time_text(im->r->first_s, true, from);
	if (im->r->last_s != PRICE_NO_TIME) price_time_text(im->r->last_s, true, to);
	const struct arg args[] = { arg_str("id", im->run), arg_str("fingerprint", im->fingerprint),
		                    arg_str("from", from[0] ? from : NULL), arg_str("to", to[0] ? to : NULL),
		                    arg_str("details", details) };
	bool ok = import_ask(im->w, &sql_import_run_begin, args, ARRAY_LEN(args), NULL, NULL, e);
	free(details);
	json_decref(o);
	buf_free(&file);
	return ok;
}

static bool make_pools(struct import *im, struct err *e)
{
	for (size_t i = 0; i < im->pools.n; i++) {
		const struct import_pool *p = &im->pools.at[i];
		const struct arg args[] = { arg_str("id", p->id), arg_str("type", p->type),
			                    arg_str("region", p->region), arg_str("az", p->az) };
		uint64_t made = 0;
		if (p->is_unknown || price_is_zone_id(p->az)) continue;
		if (!import_ask(im->w, &sql_import_pool, args, ARRAY_LEN(args), NULL, &made, e)) return false;
		im->r->pools_made += made > 0;
	}
	return true;
}

static bool make_days(struct import *im, int64_t from, int64_t to, struct err *e)
{
	static const char *const tables[] = { "spot_price_snapshots", "pricing_consolidated",
		                              "pricing_canonical" };
	char a[32], b[32];
	price_time_text(from * 86400, false, a);
	price_time_text(to * 86400, false, b);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		const struct arg args[] = { arg_str("table", tables[i]), arg_str("from", a),
			                    arg_str("to", b) };
		if (im->has_tier[i] &&
		    !import_ask(im->w, &sql_import_partitions, args, ARRAY_LEN(args), NULL, NULL, e))
			return false;
	}
	return true;
}

/* A day shifted by part of a day lies in two. */
static bool is_day_wanted(const struct import *im, int64_t day)
{
	int64_t shift = im->r->shift_s, whole = shift / 86400 - (shift % 86400 < 0), from = day - whole;
	if (day * 86400 > im->r->last_s) return false;
	return (from >= 0 && from < N_DAYS && im->has_day[from]) ||
	       (shift % 86400 && from >= 1 && from <= N_DAYS && im->has_day[from - 1]);
}

static bool make_partitions(struct import *im, struct err *e)
{
	int64_t run = -1;
	for (int64_t day = 0; day <= N_DAYS; day++) {
		bool is_wanted = day < N_DAYS && is_day_wanted(im, day);
		if (is_wanted && run < 0) run = day;
		if (is_wanted || run < 0) continue;
		if (!make_days(im, run, day - 1, e)) return false;
		run = -1;
	}
	return true;
}

/* --- the rows --- */

static bool on_second(void *ctx, const struct price_row *row)
{
	struct import *im = ctx;
	if (row->got != PRICE_ROW) return true;
	if (im->o->kind != PRICE_SPOT) return import_rows_add_ondemand(&im->rows, row, im->e);
	const struct import_pool *p = import_pools_find(&im->pools, row);
	if (p->is_unknown || p->product != row->product) return true;
	return import_stage_takes(&im->stage, row) ? import_stage_add(&im->stage, row, p, im->e)
	                                           : import_rows_add(&im->rows, row, p->id, im->e);
}

static bool on_left(void *ctx, const struct price_row *row)
{
	struct import *im = ctx;
	return row->got != PRICE_ROW || !import_stage_left(&im->stage, row) || on_second(ctx, row);
}

static bool fill_days(struct import *im, struct err *e)
{
	bool is_left = false;
	for (int day = 0; day < N_DAYS; day++)
		if (im->has_others[day]) im->plain[day] = 0;
	if (!import_stage_begin(&im->stage, &im->rows, im->plain, e)) return false;
	bool ok = read_all(im, on_second, e);
	ok = import_stage_end(&im->stage, &is_left, ok ? e : NULL) && ok;
	return ok && (!is_left || (source_rewind(im->source, e) && read_all(im, on_left, e)));
}

static bool insert_rows(struct import *im, struct err *e)
{
	struct err why = { 0 };
	im->rows = (struct import_rows){ .w = im->w, .o = im->o, .r = im->r };
	im->e = &why;
	bool ok = source_rewind(im->source, &why) && import_rows_begin(&im->rows, &why) &&
	          fill_days(im, &why) && import_rows_end(&im->rows, &why);
	import_rows_free(&im->rows);
	import_stage_free(&im->stage);
	im->e = NULL;
	if (!ok && e) *e = why;
	return ok;
}

/* --- after the rows --- */

static bool set_pool_prices(struct import *im, struct err *e)
{
	for (size_t i = 0; i < im->pools.n; i++) {
		const struct import_pool *p = &im->pools.at[i];
		char usd[24], at[32];
		if (p->is_unknown || p->of[p->product].newest_s == PRICE_NO_TIME) continue;
		import_usd_text(p->of[p->product].newest_micro, usd);
		price_time_text(p->of[p->product].newest_s + im->r->shift_s, true, at);
		const struct arg args[] = { arg_str("pool", p->id), arg_dec("price", usd),
			                    arg_str("at", at) };
		if (!import_ask(im->w, &sql_import_pool_price, args, ARRAY_LEN(args), NULL, NULL, e))
			return false;
	}
	return true;
}

static bool end_run(struct import *im, struct err *e)
{
	const struct arg args[] = { arg_str("id", im->run), arg_int("rows", (int64_t)im->r->added),
		                    arg_int("faults", (int64_t)im->r->bad) };
	return import_ask(im->w, &sql_import_run_end, args, ARRAY_LEN(args), NULL, NULL, e);
}

static bool import_all(struct import *im, struct err *e)
{
	if (!look_over(im, e) || !choose(im, e)) return false;
	if (im->r->rows == 0) return true;
	if (im->o->shift_to_now && im->r->last_s == PRICE_NO_TIME)
		return err_set(e, ERR_USAGE, "there are no times to shift");
	if (!find_shift(im, e) || !begin_run(im, e)) return false;
	return make_pools(im, e) && make_partitions(im, e) && insert_rows(im, e) && set_pool_prices(im, e) &&
	       end_run(im, e);
}

bool import_prices(struct db *w, const struct import_opts *o, struct import_result *r, struct err *e)
{
	struct import *im = mem_alloc(sizeof *im);
	*im = (struct import){ .w = w, .o = o, .r = r };
	*r = (struct import_result){ .first_s = PRICE_NO_TIME, .last_s = PRICE_NO_TIME };
	im->source = source_open(o->path, e);
	bool ok = im->source && import_all(im, e);
	source_close(im->source);
	EVP_MD_CTX_free(im->sha);
	import_pools_free(&im->pools);
	free(im);
	return ok;
}
