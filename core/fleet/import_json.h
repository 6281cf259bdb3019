/* import_json.h - prices in JSON: documents, pages, lists, one object a line, the Price List, instances.json. */
#ifndef SPOTOP_FLEET_IMPORT_JSON_H
#define SPOTOP_FLEET_IMPORT_JSON_H
#include "core/fleet/import_window.h"

/* Rows to the sink. False: *e set, or the sink stopped it. */
bool json_read(struct window *w, const struct price_want *want, price_sink sink, void *ctx, struct err *e);
#endif
