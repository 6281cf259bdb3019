/* import_pools.c - the pools of a file: a hash of their names. */
#include "core/base/mem.h"
#include "core/fleet/import_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t hash_of(const char *type, const char *az)
{
	uint64_t h = 14695981039346656037u;
	for (; *type; type++) h = (h ^ (unsigned char)*type) * 1099511628211u;
	h = (h ^ '.') * 1099511628211u;
	for (; *az; az++) h = (h ^ (unsigned char)*az) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* The slot where it is or would be. */
static unsigned *slot_of(const struct import_pools *p, const char *type, const char *az)
{
	for (size_t i = hash_of(type, az);; i++) {
		unsigned *slot = &p->slots[i & (p->n_slots - 1)];
		if (!*slot) return slot;
		const struct import_pool *pool = &p->at[*slot - 1];
		if (strcmp(pool->type, type) == 0 && strcmp(pool->az, az) == 0) return slot;
	}
}

static void grow(struct import_pools *p)
{
	p->cap = p->cap ? p->cap * 2 : 64;
	p->at = mem_grow(p->at, p->cap * sizeof *p->at);
	free(p->slots);
	p->n_slots = p->cap * 2;
	p->slots = mem_alloc(p->n_slots * sizeof *p->slots);
	for (size_t i = 0; i < p->n; i++) *slot_of(p, p->at[i].type, p->at[i].az) = (unsigned)i + 1;
}

struct import_pool *import_pools_find(struct import_pools *p, const struct price_row *row)
{
	if (p->n == p->cap) grow(p);
	unsigned *slot = slot_of(p, row->type, row->az);
	if (*slot) return &p->at[*slot - 1];
	struct import_pool *pool = &p->at[p->n++];
	*slot = (unsigned)p->n;
	*pool = (struct import_pool){ .line = row->line };
	for (int i = 0; i < N_PRODUCTS; i++)
		pool->of[i].first_s = pool->of[i].last_s = pool->of[i].newest_s = PRICE_NO_TIME;
	memcpy(pool->type, row->type, sizeof pool->type);
	memcpy(pool->region, row->region, sizeof pool->region);
	memcpy(pool->az, row->az, sizeof pool->az);
	snprintf(pool->id, sizeof pool->id, "%s.%s", row->type, row->az);
	return pool;
}

void import_pools_free(struct import_pools *p)
{
	free(p->at);
	free(p->slots);
	*p = (struct import_pools){ 0 };
}
