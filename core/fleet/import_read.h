/* import_read.h - prices out of a text, row by row, nothing kept: what AWS, pandas, Kaggle and we write.
 *
 * The first bytes tell the format: JSON (a document, pages, a list, one object a line, documents one after
 * the other), CSV with ',' ';' '|' or tabs, the AWS CLI's `--output text`. Anything else is named, with the
 * command that makes it readable. Names of columns and keys are AWS's, pandas', Kaggle's and our own
 * exports', in any case and order, with or without '_' and blanks; unknown ones are left alone.
 *
 * Strict: a row is good or it is a fault with its line and a reason; nothing is guessed or repaired.
 *   time     2026-11-20T04:11:09Z; date alone is 00:00, seconds and zone may be missing (UTC), an offset is
 *            taken into account, a fraction is dropped
 *   price    digits, at most 6 decimals that are not zero, below 10,000; no sign, no exponent
 *   names    lower-case letters, digits, '-' (and '.' in types), as AWS writes them
 *   region   derived from the zone's name; where it is given too the two must agree
 *   product  Linux/UNIX and Linux/UNIX (Amazon VPC) are told apart, others are PRICE_OTHER with their name
 * On-demand prices also come from the Price List (its JSON and CSV, `get-products`), Vantage's table and
 * instances.json: those of Linux, shared tenancy, no other software, in USD an hour.
 * Our own exports carry their tier: prices --tier T comes in where it came from. */
#ifndef SPOTOP_FLEET_IMPORT_READ_H
#define SPOTOP_FLEET_IMPORT_READ_H
#include "core/base/err.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum price_kind { PRICE_SPOT, PRICE_ONDEMAND };
enum price_got { PRICE_ROW, PRICE_BAD, PRICE_OTHER };
enum price_product { PRODUCT_UNIX, PRODUCT_VPC, N_PRODUCTS };
enum price_tier { TIER_RAW, TIER_CONSOLIDATED, TIER_CANONICAL };
#define PRICE_NO_TIME INT64_MIN
struct price_row {
	enum price_got got;
	unsigned long line;        /* where it is, from 1 */
	char why[160];             /* of PRICE_BAD: safe text; of PRICE_OTHER: the product */
	int64_t at_s;              /* seconds from 1970, UTC; PRICE_NO_TIME: an on-demand price without one */
	int64_t micro_usd;
	char type[33], region[21], az[33];    /* region "": of a zone id, which does not tell it */
	enum price_product product;
	/* of an export of ours */
	enum price_tier tier;
	bool is_duplicate, is_interpolated;
	char role[9], instance[21];
	unsigned sources;
	char confidence[9], volatility[9];    /* decimals; "": none */
};
/* Bytes into buf; 0 at the end, -1 with *e set. */
typedef ssize_t (*price_bytes)(void *source, char *buf, size_t n, struct err *e);
/* False stops the reading. */
typedef bool (*price_sink)(void *ctx, const struct price_row *row);
struct price_want {
	enum price_kind kind;
	const char *region;        /* of on-demand prices whose file names none; NULL: it must */
};
/* True: read to the end, and it was about prices. False: *e set, or the sink stopped it (then *e is as it was).
 * When the bytes fail, the rows before that were given and half a row was not. */
bool price_read(price_bytes bytes, void *source, const struct price_want *want, price_sink sink, void *ctx, struct err *e);

/* The strict values, each false when it is not one. */
bool price_parse_time(const char *s, int64_t *at_s);
bool price_parse_usd(const char *s, int64_t *micro_usd);
bool price_parse_name(const char *s, bool is_type, char *out, size_t n);
bool price_region_of_zone(const char *az, char *out, size_t n);
bool price_is_zone_id(const char *s);             /* use1-az4 */
/* A sentence about what was read, safe to print, cut to fit. */
void price_say(char *out, size_t n, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));
/* "YYYY-MM-DD[ HH:MM:SS]" of seconds since 1970. */
void price_time_text(int64_t at_s, bool with_clock, char out[32]);
#endif
