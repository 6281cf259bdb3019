/* import.c - prices into the database: look the file over, then insert in batches. */
#include "core/fleet/import.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/uuid.h"
#include "core/db/db.h"
#include "core/fleet/import_int.h"
#include "sql.h"
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_DAYS   25000 /* from 1970 to beyond what a TIMESTAMP holds */
#define TRIES    6
#define FUTURE_S 300 /* clocks differ; later than that is the future */

struct import {
	struct db *w;
	const struct import_opts *o;
	struct import_result *r;
	struct source *source;
	struct import_pools pools;
	bool has_day[N_DAYS];
	char fingerprint[65], run[37];
	unsigned session; /* the link's, in which the session was set */
};

void import_usd_text(int64_t micro_usd, char out[24])
{
	snprintf(out, 24, "%lld.%06lld", (long long)(micro_usd / 1000000), (long long)(micro_usd % 1000000));
}

/* --- statements, sent again when the link was lost: each of them may run twice --- */

static bool is_worth_a_retry(const struct err *e)
{
	return e->code == ERR_DB_DOWN || e->code == ERR_UNKNOWN || e->code == ERR_TIMEOUT ||
	       e->sql_errno == 1205 || e->sql_errno == 1213;
}

static bool send(struct import *im, const char *text, size_t len, uint64_t *affected, struct err *e)
{
	struct db_opts opts = { .is_write = true, .deadline_ms = 600000 };
	struct err why = { 0 };
	for (int i = 0; i < TRIES; i++) {
		struct table *t = NULL;
		struct timespec pause = { i / 2, i % 2 * 500000000L };
		if (i) nanosleep(&pause, NULL);
		if (db_call_text(im->w, text, len, &opts, &t, &why)) {
			if (affected) *affected = t ? t->affected_rows : 0;
			table_free(t);
			return true;
		}
		if (!is_worth_a_retry(&why)) break;
	}
	if (e) *e = why;
	return false;
}

/* Triggers keep the pools' prices row by row unless the session says that somebody else does. */
static bool set_session(struct import *im, struct err *e)
{
	if (im->session && db_status(im->w).n_connects == im->session) return true;
	if (!db_call(im->w, &sql_import_session, NULL, 0, NULL, NULL, e)) return false;
	im->session = db_status(im->w).n_connects;
	return true;
}

static bool ask(struct import *im, const struct query *q, const struct arg *args, size_t n,
                uint64_t *affected, struct err *e)
{
	struct buf b = BUF_EMPTY;
	bool ok = query_bind(&b, q, args, n, e) && send(im, buf_str(&b), b.len, affected, e);
	buf_free(&b);
	return ok;
}

/* --- the first reading --- */

static void keep_fault(struct import_result *r, const struct price_row *row)
{
	r->bad++;
	if (r->n_faults == IMPORT_FAULTS_KEPT) return;
	struct import_fault *f = &r->faults[r->n_faults++];
	f->line = row->line;
	memcpy(f->why, row->why, sizeof f->why);
}

static void note_pool(struct import *im, const struct price_row *row, int64_t latest_s)
{
	struct import_pool *p = import_pools_find(&im->pools, row);
	if (row->at_s > latest_s || row->at_s < p->newest_s) return;
	p->newest_s = row->at_s;
	p->newest_micro = row->micro_usd;
}

static void note_row(struct import *im, const struct price_row *row, EVP_MD_CTX *sha, int64_t latest_s)
{
	char text[128];
	struct import_result *r = im->r;
	int n = snprintf(text, sizeof text, "%s %s %lld %lld\n", row->type, row->az, (long long)row->at_s,
	                 (long long)row->micro_usd);
	EVP_DigestUpdate(sha, text, (size_t)n);
	r->rows++;
	if (row->at_s == PRICE_NO_TIME) return;
	if (r->first_s == PRICE_NO_TIME || row->at_s < r->first_s) r->first_s = row->at_s;
	if (r->last_s == PRICE_NO_TIME || row->at_s > r->last_s) r->last_s = row->at_s;
	if (im->o->kind != PRICE_SPOT) return;
	im->has_day[row->at_s / 86400] = true;
	note_pool(im, row, latest_s);
}

static void write_fingerprint(struct import *im, EVP_MD_CTX *sha)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	EVP_DigestFinal_ex(sha, sum, &n);
	for (unsigned i = 0; i < n && i < 32; i++) snprintf(im->fingerprint + 2 * i, 3, "%02x", sum[i]);
}

static bool look_over(struct import *im, struct err *e)
{
	int64_t latest_s = im->o->shift_to_now ? INT64_MAX : clock_wall_ms() / 1000 + FUTURE_S;
	struct price_reader *reader = price_reader_open(source_bytes, im->source, im->o->kind);
	EVP_MD_CTX *sha = EVP_MD_CTX_new();
	struct price_row row;
	enum price_got got;
	if (!sha || !EVP_DigestInit_ex(sha, EVP_sha256(), NULL)) {
		got = PRICE_FAIL;
		err_set(e, ERR_INTERNAL, "no SHA-256 in the cryptography library");
		goto out;
	}
	while ((got = price_reader_next(reader, &row, e)) != PRICE_END && got != PRICE_FAIL) {
		if (got == PRICE_ROW) note_row(im, &row, sha, latest_s);
		if (got == PRICE_BAD) keep_fault(im->r, &row);
		if (got == PRICE_OTHER) im->r->other++;
	}
	write_fingerprint(im, sha);
	im->r->pools = (unsigned)im->pools.n;
out:
	EVP_MD_CTX_free(sha);
	price_reader_close(reader);
	return got == PRICE_END;
}

/* --- before the rows: the shift, the run, pools, partitions --- */

static bool find_shift(struct import *im, struct err *e)
{
	struct arg arg = arg_str("fingerprint", im->fingerprint);
	struct table *t = NULL;
	if (!im->o->shift_to_now) return true;
	if (!db_call(im->w, &sql_import_shift, &arg, 1, NULL, &t, e)) return false;
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
	bool ok = ask(im, &sql_import_run_begin, args, ARRAY_LEN(args), NULL, e);
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
		if (!ask(im, &sql_import_pool, args, ARRAY_LEN(args), &made, e)) return false;
		im->r->pools_made += made > 0;
	}
	return true;
}

static bool make_days(struct import *im, int64_t from, int64_t to, struct err *e)
{
	char a[32], b[32];
	price_time_text(from * 86400, false, a);
	price_time_text(to * 86400, false, b);
	const struct arg args[] = { arg_str("from", a), arg_str("to", b) };
	return ask(im, &sql_import_partitions, args, 2, NULL, e);
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

struct batch {
	struct buf text;
	size_t head;
	unsigned rows, max;
	uint64_t done;
	int64_t began_ms;
};

static void tell(const struct import *im, const struct batch *b)
{
	struct import_progress p = { b->done, im->r->rows, im->r->added, clock_mono_ms() - b->began_ms };
	if (im->o->progress) im->o->progress(im->o->ctx, &p);
}

static bool flush_batch(struct import *im, struct batch *b, struct err *e)
{
	uint64_t added = 0;
	if (b->rows == 0) return true;
	if (!set_session(im, e) || !send(im, b->text.s, b->text.len - 1, &added, e)) return false;
	im->r->added += added;
	b->done += b->rows;
	b->rows = 0;
	buf_cut(&b->text, b->head);
	tell(im, b);
	return true;
}

/* The names are of harmless characters only: the reader saw to it. */
static bool add_snapshot(struct import *im, struct batch *b, const struct price_row *row, struct err *e)
{
	char usd[24], at[32];
	import_usd_text(row->micro_usd, usd);
	price_time_text(row->at_s + im->r->shift_s, true, at);
	buf_addf(&b->text, "(0,'%s.%s',%s,'%s'),", row->type, row->az, usd, at);
	return ++b->rows < b->max || flush_batch(im, b, e);
}

static bool add_ondemand(struct import *im, struct batch *b, const struct price_row *row, struct err *e)
{
	char usd[24], at[32];
	uint64_t added = 0;
	import_usd_text(row->micro_usd, usd);
	if (row->at_s != PRICE_NO_TIME) price_time_text(row->at_s + im->r->shift_s, true, at);
	const struct arg args[] = { arg_str("type", row->type), arg_str("region", row->region),
		                    arg_dec("price", usd),
		                    arg_str("at", row->at_s == PRICE_NO_TIME ? NULL : at) };
	if (!ask(im, &sql_import_ondemand, args, ARRAY_LEN(args), &added, e)) return false;
	im->r->added += added;
	b->done++;
	tell(im, b);
	return true;
}

static bool insert_rows(struct import *im, struct err *e)
{
	struct batch b = { .max = im->o->batch ? im->o->batch : 2000, .began_ms = clock_mono_ms() };
	struct price_reader *reader = NULL;
	struct price_row row;
	enum price_got got = PRICE_FAIL;
	bool ok = query_bind(&b.text, &sql_import_snapshots, NULL, 0, e) && source_rewind(im->source, e);
	b.head = b.text.len;
	if (ok) reader = price_reader_open(source_bytes, im->source, im->o->kind);
	while (ok && (got = price_reader_next(reader, &row, e)) != PRICE_END) {
		if (got == PRICE_FAIL) ok = false;
		if (got != PRICE_ROW) continue;
		ok = im->o->kind == PRICE_SPOT ? add_snapshot(im, &b, &row, e)
		                               : add_ondemand(im, &b, &row, e);
	}
	if (ok) ok = flush_batch(im, &b, e);
	im->r->elapsed_ms = clock_mono_ms() - b.began_ms;
	price_reader_close(reader);
	buf_free(&b.text);
	return ok;
}

/* --- after the rows --- */

static bool set_pool_prices(struct import *im, struct err *e)
{
	for (size_t i = 0; i < im->pools.n; i++) {
		const struct import_pool *p = &im->pools.at[i];
		char usd[24], at[32];
		if (p->newest_s == PRICE_NO_TIME) continue;
		import_usd_text(p->newest_micro, usd);
		price_time_text(p->newest_s + im->r->shift_s, true, at);
		const struct arg args[] = { arg_str("pool", p->id), arg_dec("price", usd),
			                    arg_str("at", at) };
		if (!ask(im, &sql_import_pool_price, args, ARRAY_LEN(args), NULL, e)) return false;
	}
	return true;
}

static bool end_run(struct import *im, struct err *e)
{
	const struct arg args[] = { arg_str("id", im->run), arg_int("rows", (int64_t)im->r->added),
		                    arg_int("faults", (int64_t)im->r->bad) };
	return ask(im, &sql_import_run_end, args, ARRAY_LEN(args), NULL, e);
}

static bool import_all(struct import *im, struct err *e)
{
	if (!look_over(im, e)) return false;
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
	import_pools_free(&im->pools);
	free(im);
	return ok;
}
