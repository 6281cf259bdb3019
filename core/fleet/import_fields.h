/* import_fields.h - the names under which a column or key goes, and the texts of a row to a row. */
#ifndef SPOTOP_FLEET_IMPORT_FIELDS_H
#define SPOTOP_FLEET_IMPORT_FIELDS_H
#include "core/fleet/import_read.h"

enum price_field {
	F_TIME, F_TYPE, F_REGION, F_ZONE, F_POOL, F_SPOT, F_ONDEMAND, F_PRICE, F_PRODUCT,
	/* of our exports */
	F_DUPLICATE, F_ROLE, F_INSTANCE, F_INTERPOLATED, F_SOURCES, F_CONFIDENCE, F_VOLATILITY,
	/* of the Price List */
	F_SKU, F_TERM, F_TENANCY, F_SOFTWARE, F_CAPACITY, F_MARKET, F_UNIT, F_CURRENCY, F_FAMILY,
	N_FIELDS
};
/* N_FIELDS: nobody asked for it. */
enum price_field fields_of(const char *name, size_t n);

/* Texts (NULL: not there) to a row; row->line is the caller's. False: the wrong kind of price for what was
 * asked, *e names the other; that ends the reading. */
bool fields_row(const struct price_want *want, const char *const f[N_FIELDS], struct price_row *row, struct err *e);
/* What a table has to have and has not, as a list of words in out; "" when it will do. */
void fields_missing(const struct price_want *want, const bool has[N_FIELDS], char *out, size_t n);
/* False, *e set: only prices of the other kind. */
bool fields_kind(const struct price_want *want, const bool has[N_FIELDS], struct err *e);
void fields_bad(struct price_row *row, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#endif
