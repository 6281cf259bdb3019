/* import_emit.c - a row that was read from JSON goes to whoever asked for prices. */
#include "core/fleet/import_json_int.h"
#include <stdio.h>

bool json_emit(struct json *j, struct price_row *row)
{
	if (row->got == PRICE_BAD && !j->first_bad_line) {
		j->first_bad_line = row->line;
		snprintf(j->first_bad, sizeof j->first_bad, "%s", row->why);
	}
	return j->sink(j->ctx, row);
}

bool json_emit_fields(struct json *j, const char *const f[N_FIELDS], unsigned long line)
{
	struct price_row row = { .line = line };
	j->has_price = true;
	return fields_row(j->want, f, &row, j->e) && json_emit(j, &row);
}
