/* import_read.h - prices out of a file: CSV with a header, or the JSON of the AWS CLI's
 * `describe-spot-price-history` (one document or several, or a bare array of its objects).
 *
 * Pure: bytes come from a function of the caller's, rows go out one by one, nothing is kept. Strict:
 * a row is good or it is a fault with its line number and a reason; nothing is guessed or repaired.
 *   time    2015-03-11T10:34:42Z; a fraction is dropped, an offset taken into account, none is UTC
 *   price   digits with at most 6 after the point, below 10,000; no sign, no exponent
 *   names   lower-case letters, digits, '-' (and '.' in types), as AWS writes them
 * CSV: a UTF-8 mark, CRLF, empty lines, quotes and columns in any order are fine; columns nobody
 * asked for are ignored. JSON names no region: it is what the zone's name begins with.
 * Prices of another product than Linux are left out (a pool has one price): PRICE_OTHER. */
#ifndef SPOTOP_FLEET_IMPORT_READ_H
#define SPOTOP_FLEET_IMPORT_READ_H
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum price_kind { PRICE_SPOT, PRICE_ONDEMAND };    /* on-demand: instance_type, region, price[, timestamp] */
enum price_got { PRICE_ROW, PRICE_BAD, PRICE_OTHER, PRICE_END, PRICE_FAIL };
#define PRICE_NO_TIME INT64_MIN
struct price_row {
	int64_t at_s;              /* seconds from 1970, UTC; PRICE_NO_TIME: an on-demand price without one */
	int64_t micro_usd;
	char type[33], region[21], az[33];
	unsigned long line;        /* where it is, from 1; set for faults too */
	char why[160];             /* of PRICE_BAD: safe text */
};
/* Bytes into buf; 0 at the end, -1 with *e set. */
typedef ssize_t (*price_bytes)(void *ctx, char *buf, size_t n, struct err *e);

struct price_reader *price_reader_open(price_bytes bytes, void *ctx, enum price_kind kind);
/* PRICE_FAIL (the source, or a header that will not do) has *e set and ends the reading. */
enum price_got price_reader_next(struct price_reader *r, struct price_row *row, struct err *e);
void price_reader_close(struct price_reader *r);

/* The strict values, each false when it is not one. */
bool price_parse_time(const char *s, int64_t *at_s);
bool price_parse_usd(const char *s, int64_t *micro_usd);
bool price_parse_name(const char *s, bool is_type, char *out, size_t n);
bool price_region_of_zone(const char *az, char *out, size_t n);
/* Days since 1970 of a date, and "YYYY-MM-DD[ HH:MM:SS]" of seconds. */
int64_t price_day(int year, int month, int day);
void price_time_text(int64_t at_s, bool with_clock, char out[32]);
#endif
