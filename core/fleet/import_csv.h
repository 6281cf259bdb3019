/* import_csv.h - tables: CSV, TSV and the AWS CLI's `--output text`. */
#ifndef SPOTOP_FLEET_IMPORT_CSV_H
#define SPOTOP_FLEET_IMPORT_CSV_H
#include "core/fleet/import_window.h"

/* Rows to the sink. False: *e set, or the sink stopped it. */
bool csv_read(struct window *w, const struct price_want *want, price_sink sink, void *ctx, struct err *e);
#endif
