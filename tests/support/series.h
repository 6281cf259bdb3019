/* series.h - prices of a pool by chance, and the tiers that a plain reading of them gives. */
#ifndef SPOTOP_TESTS_SERIES_H
#define SPOTOP_TESTS_SERIES_H
#include "tests/support/rig.h"
#include <stdint.h>

struct snap {
	int64_t at; /* seconds from 1970 */
	long price; /* millionths */
	int role;   /* 0 primary, 1 replica, 2 zombie, 4 import */
	int64_t id;
};
struct point {
	int64_t at;
	long price;
	bool filled;
	int sources;
	double confidence, volatility;
};
enum { MAX = 6000 };
struct series {
	struct snap s[MAX];
	size_t n;
	struct point p[MAX];
	size_t n_points;
	bool is_import;
};

void series_seed(unsigned seed);
long series_random(long below);
/* Days of snapshots from a moment on, reported or imported; *id: the next row's; free(). */
struct series *series_new(int64_t from, int64_t days, bool is_import, int64_t *id);
void series_insert(const struct rig *rig, const char *pool, const struct snap *s);
void series_insert_all(const struct rig *rig, const char *pool, const struct snap *s, size_t n);
/* The tiers of the pool against the reference; a difference fails the test. */
void series_compare(const struct rig *rig, const char *pool, struct series *r);
#endif
