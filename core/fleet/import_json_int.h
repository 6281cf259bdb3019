/* import_json_int.h - what the reader of JSON and the shapes of on-demand prices share. */
#ifndef SPOTOP_FLEET_IMPORT_JSON_INT_H
#define SPOTOP_FLEET_IMPORT_JSON_INT_H
#include "core/fleet/import_fields.h"
#include "core/fleet/import_json.h"

enum { MAX_DEPTH = 64, MAX_TEXT = 65536, MAX_VALUE = 512 };
/* An open object or array. Its texts lie in json.text behind `mark` and go with it. */
struct level {
	bool is_array, has_rows, has_pricing;
	char key[FIELDS_NAME];         /* as it stands; "": none */
	char plain[FIELDS_NAME];       /* as fields_plain has it */
	size_t mark;
	unsigned short at[N_FIELDS];   /* in json.text; 0: not there */
	bool is_twice;                 /* a field of it stands there twice */
	unsigned long line;
};
struct ondemand;
struct json {
	struct window *w;
	const struct price_want *want;
	price_sink sink;
	void *ctx;
	struct err *e;
	struct level levels[MAX_DEPTH];
	int depth;
	char text[MAX_TEXT];
	size_t len;
	char key[FIELDS_NAME];         /* the one whose value comes next */
	size_t since_token;            /* bytes given to the parser since it last gave something back */
	unsigned long line;
	bool is_stopped;               /* *e, or the sink */
	bool has_price, has_list;      /* it is about prices */
	char first_bad[160];
	unsigned long first_bad_line;
	struct ondemand *ondemand;
};
const char *json_field(const struct json *j, const struct level *l, enum price_field f);    /* NULL: not there */
/* Gives a row to the sink; false stops the parser. */
bool json_emit(struct json *j, struct price_row *row);
bool json_emit_fields(struct json *j, const char *const f[N_FIELDS], unsigned long line);
/* The fields of the object that just ended become its parent's, where that has none of its own. */
void json_lift(struct json *j, struct level *l);

/* import_ondemand.c: the Price List and instances.json. True: the object was one of their parts and is done
 * with; *go_on is false when the parser has to stop. */
bool ondemand_object(struct json *j, struct level *l, bool *go_on);
void ondemand_free(struct ondemand *o);
#endif
