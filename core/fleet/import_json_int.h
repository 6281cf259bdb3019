/* import_json_int.h - what the reader of JSON and the shapes of on-demand prices share. */
#ifndef SPOTOP_FLEET_IMPORT_JSON_INT_H
#define SPOTOP_FLEET_IMPORT_JSON_INT_H
#include "core/fleet/import_fields.h"
#include "core/fleet/import_json.h"
#include "core/fleet/import_walk.h"

struct ondemand;
struct json {
	const struct price_want *want;
	price_sink sink;
	void *ctx;
	struct err *e;
	bool has_price, has_list;      /* it is about prices */
	char first_bad[160];
	unsigned long first_bad_line;
	struct ondemand *ondemand;
};
/* Gives a row to the sink; false stops the reading. */
bool json_emit(struct json *j, struct price_row *row);
bool json_emit_fields(struct json *j, const char *const f[N_FIELDS], unsigned long line);

/* import_ondemand.c: the Price List and instances.json. True: the object was one of their parts and is done
 * with; *go_on is false when the reading has to stop. */
bool ondemand_object(struct json *j, struct walk *w, struct level *l, bool *go_on);
void ondemand_free(struct ondemand *o);
#endif
