/* prices.h - what a reader of prices says of a text, as text. */
#ifndef SPOTOP_TESTS_PRICES_H
#define SPOTOP_TESTS_PRICES_H
#include "core/fleet/import_read.h"

/* "LINE type region az at micro[ VPC]", "LINE! why" or "LINE other: product", one a line, and "failed: why" at the
 * end; until the next call. */
const char *prices_told(price_bytes bytes, void *source, const struct price_want *want);

#endif
