/* import_int.h - what the files of the import share. */
#ifndef SPOTOP_FLEET_IMPORT_INT_H
#define SPOTOP_FLEET_IMPORT_INT_H
#include "core/db/query.h"
#include "core/fleet/import.h"

/* import_source.c: a file that can be read twice. */
struct source;
struct source *source_open(const char *path, struct err *e);     /* NULL: *e; close with source_close */
bool source_rewind(struct source *s, struct err *e);
ssize_t source_bytes(void *source, char *buf, size_t n, struct err *e);    /* a price_bytes */
void source_close(struct source *s);

/* import_pools.c: the pools of a file, found by type and zone. */
struct import_pool {
	char id[80], type[33], region[21], az[33];
	int64_t newest_s, newest_micro; /* PRICE_NO_TIME: none that counts */
};
struct import_pools {
	struct import_pool *at;
	size_t n, cap;
	unsigned *slots; /* index + 1 */
	size_t n_slots;
};
struct import_pool *import_pools_find(struct import_pools *p, const struct price_row *row);    /* made when new */
void import_pools_free(struct import_pools *p);

void import_usd_text(int64_t micro_usd, char out[24]);
#endif
