/* rng.c - the generator and the distributions drawn from it. */
#include "core/sim/rng.h"
#include <math.h>
#include <stdio.h>

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = (*x += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

struct rng rng_make(uint64_t seed, uint64_t stream)
{
	struct rng r;
	uint64_t x = seed;
	x = splitmix(&x) ^ (stream * 0xd1342543de82ef95u);
	for (int i = 0; i < 4; i++) r.s[i] = splitmix(&x);
	return r;
}

static uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

uint64_t rng_u64(struct rng *r)
{
	uint64_t *s = r->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

/* 0 <= x < 1 */
static double unit(struct rng *r) { return (double)(rng_u64(r) >> 11) * 0x1.0p-53; }

double rng_range(struct rng *r, double lo, double hi) { return lo + (hi - lo) * unit(r); }

int rng_int(struct rng *r, int lo, int hi)
{
	if (hi <= lo) return lo;
	return lo + (int)(rng_u64(r) % (uint64_t)(hi - lo + 1));
}

bool rng_chance(struct rng *r, double p) { return unit(r) < p; }

double rng_normal(struct rng *r)
{
	double u = 1.0 - unit(r), v = unit(r); /* u > 0 for the logarithm */
	return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

double rng_lognormal(struct rng *r, double median, double sigma)
{
	return median * exp(sigma * rng_normal(r));
}

int rng_pick(struct rng *r, const double *weights, int n)
{
	double total = 0;
	for (int i = 0; i < n; i++) total += weights[i];
	double x = unit(r) * total;
	for (int i = 0; i < n; i++) {
		if (x < weights[i]) return i;
		x -= weights[i];
	}
	return n - 1;
}

void rng_uuid(struct rng *r, char out[37])
{
	uint64_t a = rng_u64(r), b = rng_u64(r);
	snprintf(out, 37, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff,
	         (unsigned)a & 0xfff, (unsigned)((b >> 48) & 0x3fff) | 0x8000,
	         (unsigned long long)(b & 0xffffffffffffu));
}

void rng_instance_id(struct rng *r, char out[20])
{
	uint64_t a = rng_u64(r);
	snprintf(out, 20, "i-0%016llx", (unsigned long long)a);
}
