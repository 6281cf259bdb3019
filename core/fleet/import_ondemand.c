/* import_ondemand.c - on-demand prices in nested JSON: AWS's Price List (the bulk file and what
 * `get-products` prints) and instances.json.
 *
 * The Price List says in one place what a product is and in another what it costs; of the first only the
 * products that are ours are kept, by their key: a few hundred a region, however large the file. */
#include "core/base/mem.h"
#include "core/fleet/import_json_int.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_REGIONS = 256, MAX_SKUS = 200000 };
struct sku {
	char sku[24], type[33], region[21];
};
struct ondemand {
	struct sku *skus;
	size_t n, cap;
	unsigned *slots; /* index + 1 */
	size_t n_slots;
	/* of an object of instances.json */
	struct {
		char region[21], price[24];
	} regions[MAX_REGIONS];
	int n_regions;
};

static struct ondemand *state(struct json *j)
{
	if (!j->ondemand) j->ondemand = mem_alloc(sizeof *j->ondemand);
	return j->ondemand;
}

void ondemand_free(struct ondemand *o)
{
	if (!o) return;
	free(o->skus);
	free(o->slots);
	free(o);
}

/* --- products by their key --- */

static unsigned *slot_of(const struct ondemand *o, const char *sku)
{
	uint64_t h = 14695981039346656037u;
	for (const char *p = sku; *p; p++) h = (h ^ (unsigned char)*p) * 1099511628211u;
	for (size_t i = (size_t)(h ^ h >> 32);; i++) {
		unsigned *slot = &o->slots[i & (o->n_slots - 1)];
		if (!*slot || strcmp(o->skus[*slot - 1].sku, sku) == 0) return slot;
	}
}

static const struct sku *find(const struct ondemand *o, const char *sku)
{
	unsigned slot = o->n ? *slot_of(o, sku) : 0;
	return slot ? &o->skus[slot - 1] : NULL;
}

static void add(struct ondemand *o, const char *sku, const char *type, const char *region)
{
	if (o->n == o->cap) {
		o->cap = o->cap ? o->cap * 2 : 256;
		o->skus = mem_grow(o->skus, o->cap * sizeof *o->skus);
		free(o->slots);
		o->n_slots = o->cap * 2;
		o->slots = mem_alloc(o->n_slots * sizeof *o->slots);
		for (size_t i = 0; i < o->n; i++) *slot_of(o, o->skus[i].sku) = (unsigned)i + 1;
	}
	unsigned *slot = slot_of(o, sku);
	if (*slot) return;
	struct sku *s = &o->skus[o->n++];
	*slot = (unsigned)o->n;
	*s = (struct sku){ 0 };
	snprintf(s->sku, sizeof s->sku, "%.23s", sku);
	snprintf(s->type, sizeof s->type, "%.32s", type);
	snprintf(s->region, sizeof s->region, "%.20s", region);
}

/* What a product is, without a price yet: a row is tried with one to see whether it would be ours. */
static bool product(struct json *j, const struct walk *w, struct level *l)
{
	const char *f[N_FIELDS], *sku = walk_field(w, l, F_SKU);
	struct price_row row = { .line = l->line };
	for (int i = 0; i < N_FIELDS; i++) f[i] = walk_field(w, l, i);
	f[F_ONDEMAND] = "0";
	f[F_TIME] = NULL;
	l->has_rows = true;
	j->has_price = true;
	if (!f[F_TYPE] || !sku || strlen(sku) >= 24)
		return true; /* a disk, a balancer, a product of another kind */
	if (!fields_row(j->want, f, &row, j->e)) return false;
	if (row.got != PRICE_ROW) return json_emit(j, &row);
	struct ondemand *o = state(j);
	if (o->n == MAX_SKUS) {
		err_set(j->e, ERR_USAGE, "more than %d products of the Price List; give it region by region",
		        MAX_SKUS);
		return false;
	}
	add(o, sku, row.type, row.region);
	return true;
}

static bool is_within(const struct walk *w, const char *plain)
{
	for (int i = w->depth - 1; i >= 0; i--)
		if (strcmp(w->levels[i].plain, plain) == 0) return true;
	return false;
}

/* What it costs: under terms.OnDemand. */
static bool term(struct json *j, const struct walk *w, const struct level *l)
{
	const char *f[N_FIELDS] = { 0 };
	const struct sku *s = j->ondemand ? find(j->ondemand, walk_field(w, l, F_SKU)) : NULL;
	if (!s || !is_within(w, "ondemand")) return true;
	static const enum price_field of_term[] = { F_TIME, F_ONDEMAND, F_UNIT, F_CURRENCY };
	for (size_t i = 0; i < ARRAY_LEN(of_term); i++) f[of_term[i]] = walk_field(w, l, of_term[i]);
	f[F_TYPE] = s->type;
	f[F_REGION] = s->region;
	return json_emit_fields(j, f, l->line);
}

/* --- instances.json: pricing.REGION.linux.ondemand --- */

static void note_region(struct json *j, const struct walk *w, const struct level *l, const char *region)
{
	struct ondemand *o = state(j);
	if (o->n_regions == MAX_REGIONS || !l->at[F_ONDEMAND]) return;
	snprintf(o->regions[o->n_regions].region, sizeof o->regions->region, "%.20s", region);
	snprintf(o->regions[o->n_regions++].price, sizeof o->regions->price, "%.23s",
	         walk_field(w, l, F_ONDEMAND));
}

static bool instance_type(struct json *j, const struct walk *w, struct level *l)
{
	struct ondemand *o = state(j);
	bool go_on = true;
	l->has_rows = true;
	for (int i = 0; i < o->n_regions && go_on; i++) {
		const char *f[N_FIELDS] = { [F_TYPE] = walk_field(w, l, F_TYPE),
			                    [F_REGION] = o->regions[i].region,
			                    [F_ONDEMAND] = o->regions[i].price };
		go_on = json_emit_fields(j, f, l->line);
	}
	o->n_regions = 0;
	return go_on;
}

bool ondemand_object(struct json *j, struct walk *w, struct level *l, bool *go_on)
{
	struct level *up = w->depth > 1 ? l - 1 : NULL, *above = w->depth > 2 ? l - 2 : NULL;
	*go_on = true;
	if (strcmp(l->plain, "priceperunit") == 0 || strcmp(l->plain, "pricedimensions") == 0 ||
	    strcmp(l->plain, "attributes") == 0 || (up && strcmp(up->plain, "pricedimensions") == 0)) {
		walk_lift(w, l);
		return true;
	}
	if (strcmp(l->plain, "product") == 0 || (up && strcmp(up->plain, "products") == 0))
		return *go_on = product(j, w, l), true;
	if (l->at[F_SKU] && l->at[F_ONDEMAND] && is_within(w, "terms")) return *go_on = term(j, w, l), true;
	if (above && strcmp(above->plain, "pricing") == 0) {
		if (strcmp(l->plain, "linux") == 0) note_region(j, w, l, up->key);
		return true;
	}
	if (strcmp(l->plain, "pricing") == 0) {
		if (up) up->has_pricing = true;
		return true;
	}
	if (l->has_pricing) return *go_on = instance_type(j, w, l), true;
	return false;
}
