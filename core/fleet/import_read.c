/* import_read.c - the reader: which format it is, and fields to rows. */
#include "core/fleet/import_read.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/fleet/import_read_int.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fill(struct price_reader *r)
{
	if (r->at < r->end) return true;
	if (r->is_eof || r->is_failed) return false;
	ssize_t n = r->bytes(r->ctx, r->in, sizeof r->in, r->e);
	r->at = r->end = 0;
	if (n < 0) r->is_failed = true;
	if (n == 0) r->is_eof = true;
	if (n > 0) r->end = (size_t)n;
	return n > 0;
}

int reader_peek(struct price_reader *r) { return fill(r) ? (unsigned char)r->in[r->at] : -1; }

int reader_get(struct price_reader *r)
{
	if (!fill(r)) return -1;
	int c = (unsigned char)r->in[r->at++];
	if (c == '\n') r->line++;
	return c;
}

enum price_got reader_bad(struct price_row *row, const char *fmt, ...)
{
	char raw[400];
	struct buf safe = BUF_EMPTY;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof raw, fmt, ap);
	va_end(ap);
	text_safe(&safe, raw, strlen(raw));
	size_t fits = text_fit(buf_str(&safe), safe.len < sizeof row->why ? safe.len : sizeof row->why - 1,
	                       120, NULL);
	memcpy(row->why, buf_str(&safe), fits);
	row->why[fits] = '\0';
	buf_free(&safe);
	return PRICE_BAD;
}

static bool is_linux(const char *product)
{
	return !product || !product[0] || strncmp(product, "Linux", 5) == 0;
}

enum price_got reader_row(const struct price_reader *r, const char *const f[N_FIELDS], struct price_row *row)
{
	static const char *const names[N_FIELDS] = { "timestamp", "instance type", "region",
		                                     "zone",      "price",         "" };
	bool is_spot = r->kind == PRICE_SPOT;
	for (int i = F_TIME; i <= F_PRICE; i++) {
		bool is_needed = i == F_AZ ? is_spot : i == F_REGION ? !is_spot : i != F_TIME || is_spot;
		if (is_needed && (!f[i] || !f[i][0])) return reader_bad(row, "no %s", names[i]);
	}
	row->at_s = PRICE_NO_TIME;
	row->az[0] = '\0';
	if (f[F_TIME] && f[F_TIME][0] && !price_parse_time(f[F_TIME], &row->at_s))
		return reader_bad(row, "not a time between 1970 and 2037: '%.60s'", f[F_TIME]);
	if (!price_parse_name(f[F_TYPE], true, row->type, sizeof row->type))
		return reader_bad(row, "not an instance type: '%.60s'", f[F_TYPE]);
	if (is_spot && !price_parse_name(f[F_AZ], false, row->az, sizeof row->az))
		return reader_bad(row, "not an availability zone: '%.60s'", f[F_AZ]);
	if (f[F_REGION] && f[F_REGION][0]) {
		if (!price_parse_name(f[F_REGION], false, row->region, sizeof row->region))
			return reader_bad(row, "not a region: '%.60s'", f[F_REGION]);
	} else if (!price_region_of_zone(row->az, row->region, sizeof row->region)) {
		return reader_bad(row, "no region can be read from the zone '%.60s'", f[F_AZ]);
	}
	if (!price_parse_usd(f[F_PRICE], &row->micro_usd))
		return reader_bad(row, "not a price from 0 to 9999.999999: '%.60s'", f[F_PRICE]);
	return is_linux(f[F_PRODUCT]) ? PRICE_ROW : PRICE_OTHER;
}

struct price_reader *price_reader_open(price_bytes bytes, void *ctx, enum price_kind kind)
{
	struct price_reader *r = mem_alloc(sizeof *r);
	r->bytes = bytes;
	r->ctx = ctx;
	r->kind = kind;
	r->line = 1;
	return r;
}

/* Over the UTF-8 mark and white space to the first byte that tells the format. */
static bool begin(struct price_reader *r, struct err *e)
{
	static const unsigned char mark[] = { 0xEF, 0xBB, 0xBF };
	int c;
	for (size_t i = 0; i < sizeof mark && reader_peek(r) == mark[i]; i++) reader_get(r);
	while ((c = reader_peek(r)) == ' ' || c == '\t' || c == '\r' || c == '\n') reader_get(r);
	if (r->is_failed) return false;
	r->is_begun = true;
	r->is_json = c == '{' || c == '[';
	if (r->is_json && r->kind == PRICE_ONDEMAND)
		return err_set(e, ERR_USAGE, "on-demand prices are read from CSV, not from JSON");
	return r->is_json || csv_header(r, e);
}

enum price_got price_reader_next(struct price_reader *r, struct price_row *row, struct err *e)
{
	r->e = e;
	if (r->is_failed) return PRICE_FAIL;
	if (!r->is_begun && !begin(r, e)) {
		r->is_failed = true;
		return PRICE_FAIL;
	}
	row->why[0] = '\0';
	enum price_got got = r->is_json ? json_next(r, row) : csv_next(r, row);
	return r->is_failed ? PRICE_FAIL : got;
}

void price_reader_close(struct price_reader *r) { free(r); }
