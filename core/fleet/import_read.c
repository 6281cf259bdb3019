/* import_read.c - prices out of a text: what it is, and the reader for that. */
#include "core/fleet/import_read.h"
#include "core/base/mem.h"
#include "core/fleet/import_csv.h"
#include "core/fleet/import_format.h"
#include "core/fleet/import_json.h"
#include <stdlib.h>

bool price_read(price_bytes bytes, void *source, const struct price_want *want, price_sink sink, void *ctx,
                struct err *e)
{
	struct window *w = mem_alloc(sizeof *w);
	enum format is;
	bool ok = window_open(w, bytes, source, e) && format_tell(w->in + w->at, w->end - w->at, &is, e);
	if (ok) ok = is == FORMAT_JSON ? json_read(w, want, sink, ctx, e) : csv_read(w, want, sink, ctx, e);
	window_close(w);
	free(w);
	return ok;
}
