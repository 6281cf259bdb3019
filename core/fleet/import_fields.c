/* import_fields.c - the names under which a column or key goes, and the texts of a row to a row. */
#include "core/fleet/import_fields.h"
#include "core/base/mem.h"
#include "core/fleet/import_walk.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum price_field fields_of(const char *name, size_t n)
{
	static const struct {
		const char *name;
		enum price_field field;
	} known[] = {
		{ "timestamp", F_TIME },
		{ "observedat", F_TIME },
		{ "recordedat", F_TIME },
		{ "datetime", F_TIME },
		{ "date", F_TIME },
		{ "time", F_TIME },
		{ "effectivedate", F_TIME },
		{ "instancetype", F_TYPE },
		{ "apiname", F_TYPE },
		{ "region", F_REGION },
		{ "regioncode", F_REGION },
		{ "availabilityzone", F_ZONE },
		{ "az", F_ZONE },
		{ "zone", F_ZONE },
		{ "pool", F_POOL },
		{ "poolid", F_POOL },
		{ "spotprice", F_SPOT },
		{ "usdperhour", F_SPOT },
		{ "ondemandprice", F_ONDEMAND },
		{ "ondemand", F_ONDEMAND },
		{ "linuxondemandcost", F_ONDEMAND },
		{ "priceperunit", F_ONDEMAND },
		{ "price", F_PRICE },
		{ "productdescription", F_PRODUCT },
		{ "product", F_PRODUCT },
		{ "operatingsystem", F_PRODUCT },
		{ "os", F_PRODUCT },
		{ "isduplicate", F_DUPLICATE },
		{ "role", F_ROLE },
		{ "instanceid", F_INSTANCE },
		{ "isinterpolated", F_INTERPOLATED },
		{ "sourcecount", F_SOURCES },
		{ "confidencescore", F_CONFIDENCE },
		{ "volatilityindex", F_VOLATILITY },
		{ "sku", F_SKU },
		{ "termtype", F_TERM },
		{ "tenancy", F_TENANCY },
		{ "preinstalledsw", F_SOFTWARE },
		{ "capacitystatus", F_CAPACITY },
		{ "marketoption", F_MARKET },
		{ "unit", F_UNIT },
		{ "currency", F_CURRENCY },
		{ "productfamily", F_FAMILY },
	};
	char plain[WALK_KEY];
	if (n >= WALK_KEY) return N_FIELDS;
	walk_plain(name, n, plain);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, plain) == 0) return known[i].field;
	return N_FIELDS;
}

static void say(struct price_row *row, enum price_got got, const char *fmt, va_list ap)
{
	price_say(row->why, sizeof row->why, fmt, ap);
	row->got = got;
}

void fields_bad(struct price_row *row, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(row, PRICE_BAD, fmt, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void other(struct price_row *row, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	say(row, PRICE_OTHER, fmt, ap);
	va_end(ap);
}

/* --- what a table has to have --- */

static bool has_price(const struct price_want *want, const bool has[N_FIELDS])
{
	return has[F_PRICE] || has[want->kind == PRICE_SPOT ? F_SPOT : F_ONDEMAND];
}

bool fields_kind(const struct price_want *want, const bool has[N_FIELDS], struct err *e)
{
	bool is_spot = want->kind == PRICE_SPOT;
	if (has_price(want, has) || !has[is_spot ? F_ONDEMAND : F_SPOT]) return true;
	return err_set(e, ERR_USAGE,
	               is_spot ? "it holds on-demand prices and none of spot: give --ondemand"
	                       : "it holds spot prices and none of on-demand: leave out --ondemand");
}

void fields_missing(const struct price_want *want, const bool has[N_FIELDS], char *out, size_t n)
{
	bool is_spot = want->kind == PRICE_SPOT;
	const struct {
		const char *name;
		bool is_there;
	} need[] = {
		{ "timestamp", has[F_TIME] || !is_spot },
		{ "instance_type", has[F_TYPE] || has[F_POOL] },
		{ "availability_zone", has[F_ZONE] || has[F_POOL] || has[F_REGION] || !is_spot },
		{ "region (or --region REGION)", has[F_REGION] || want->region || is_spot },
		{ is_spot ? "spot_price" : "price", has_price(want, has) },
	};
	size_t at = 0;
	*out = '\0';
	for (size_t i = 0; i < ARRAY_LEN(need); i++)
		if (!need[i].is_there && at < n)
			at += (size_t)snprintf(out + at, n - at, "%s%s", at ? ", " : "", need[i].name);
}

/* --- texts to a row --- */

static bool is_there(const char *s) { return s && *s; }

/* "r3.large.us-east-1e": a type has one dot. */
static bool split_pool(const char *pool, char type[33], char az[33])
{
	const char *dot = strrchr(pool, '.');
	if (!dot || (size_t)(dot - pool) >= 33 || strlen(dot + 1) >= 33) return false;
	memcpy(type, pool, (size_t)(dot - pool));
	type[dot - pool] = '\0';
	snprintf(az, 33, "%s", dot + 1);
	return true;
}

static bool set_place(const struct price_want *want, const char *const f[N_FIELDS], struct price_row *row)
{
	char type[33], az[33], derived[sizeof row->region];
	const char *t = f[F_TYPE], *z = f[F_ZONE], *region = f[F_REGION];
	bool is_spot = want->kind == PRICE_SPOT;
	if (is_there(f[F_POOL])) {
		if (!split_pool(f[F_POOL], type, az))
			return fields_bad(row, "not a pool (r3.large.us-east-1a): '%.60s'", f[F_POOL]), false;
		t = type, z = az;
	}
	/* Kaggle's tables call the zone a region. */
	if (is_spot && !is_there(z) && is_there(region) &&
	    price_region_of_zone(region, derived, sizeof derived))
		z = region, region = NULL;
	if (!is_there(t)) return fields_bad(row, "no instance type"), false;
	if (!price_parse_name(t, true, row->type, sizeof row->type))
		return fields_bad(row, "not an instance type: '%.60s'", t), false;
	if (!is_spot) {
		if (!is_there(region)) region = want->region;
		if (!is_there(region)) return fields_bad(row, "no region"), false;
		if (price_parse_name(region, false, row->region, sizeof row->region)) return true;
		return fields_bad(row, "not a region: '%.60s'", region), false;
	}
	if (!is_there(z)) return fields_bad(row, "no availability zone"), false;
	if (is_there(region) && !price_parse_name(region, false, row->region, sizeof row->region))
		return fields_bad(row, "not a region: '%.60s'", region), false;
	if (!price_parse_name(z, false, row->az, sizeof row->az))
		return fields_bad(row, "not an availability zone: '%.60s'", z), false;
	if (price_is_zone_id(z)) return true;
	if (!price_region_of_zone(z, derived, sizeof derived))
		return fields_bad(row, "not an availability zone (us-east-1a): '%.60s'", z), false;
	if (row->region[0] && strcmp(row->region, derived) != 0)
		return fields_bad(row, "the region %s and the zone %s disagree", row->region, row->az), false;
	memcpy(row->region, derived, sizeof row->region);
	return true;
}

/* Only Linux, told from what else a table holds. False: row->why names it. */
static bool is_ours(const struct price_want *want, const char *const f[N_FIELDS], struct price_row *row)
{
	static const struct {
		enum price_field field;
		const char *only;
	} price_list[] = { { F_FAMILY, "Compute Instance" },
		           { F_TERM, "OnDemand" },
		           { F_TENANCY, "Shared" },
		           { F_SOFTWARE, "NA" },
		           { F_CAPACITY, "Used" },
		           { F_MARKET, "OnDemand" },
		           { F_UNIT, "Hrs" },
		           { F_CURRENCY, "USD" } };
	const char *p = f[F_PRODUCT];
	row->product = PRODUCT_UNIX;
	if (want->kind == PRICE_ONDEMAND)
		for (size_t i = 0; i < ARRAY_LEN(price_list); i++) {
			const char *v = f[price_list[i].field], *only = price_list[i].only;
			if (is_there(v) && strncasecmp(v, only, strlen(only)) != 0)
				return other(row, "%.40s", v), false;
		}
	if (!is_there(p) || strcasecmp(p, "Linux") == 0 || strcasecmp(p, "Linux/UNIX") == 0) return true;
	row->product = PRODUCT_VPC;
	if (strcasecmp(p, "Linux/UNIX (Amazon VPC)") == 0) return true;
	return other(row, "%.60s", p), false;
}

static bool is_true(const char *s)
{
	return is_there(s) && strcmp(s, "0") != 0 && strcasecmp(s, "false") != 0;
}

/* A figure below or at max, in millionths. */
static bool set_decimal(const char *s, const char *name, int64_t max, char out[9], struct price_row *row)
{
	int64_t micro;
	if (!is_there(s)) return true;
	if (strlen(s) > 8 || !price_parse_usd(s, &micro) || micro > max)
		return fields_bad(row, "not a %s: '%.60s'", name, s), false;
	snprintf(out, 9, "%s", s);
	return true;
}

static bool set_sources(const char *s, struct price_row *row)
{
	row->sources = is_there(s) && strlen(s) < 6 ? (unsigned)strtoul(s, NULL, 10) : 1;
	if (!is_there(s) || (strlen(s) < 6 && !s[strspn(s, "0123456789")] && row->sources <= 65535))
		return true;
	return fields_bad(row, "not a source_count: '%.60s'", s), false;
}

/* What only our own exports have. */
static bool set_tier(const char *const f[N_FIELDS], struct price_row *row)
{
	row->tier = f[F_CONFIDENCE] ? TIER_CANONICAL : f[F_SOURCES] ? TIER_CONSOLIDATED : TIER_RAW;
	row->is_duplicate = is_true(f[F_DUPLICATE]);
	row->is_interpolated = is_true(f[F_INTERPOLATED]);
	if (!set_sources(f[F_SOURCES], row)) return false;
	if (row->tier == TIER_RAW && row->is_interpolated)
		return other(row, "interpolated, of no tier"), false;
	if (!set_decimal(f[F_CONFIDENCE], "confidence_score", 1000000, row->confidence, row) ||
	    !set_decimal(f[F_VOLATILITY], "volatility_index", 9999900, row->volatility, row))
		return false;
	if (row->tier == TIER_CANONICAL && !row->confidence[0])
		return fields_bad(row, "no confidence_score"), false;
	if (!f[F_DUPLICATE]) return true;
	if (is_there(f[F_ROLE])) {
		if (strcmp(f[F_ROLE], "primary") != 0 && strcmp(f[F_ROLE], "replica") != 0 &&
		    strcmp(f[F_ROLE], "zombie") != 0)
			return fields_bad(row, "not a role: '%.60s'", f[F_ROLE]), false;
		snprintf(row->role, sizeof row->role, "%s", f[F_ROLE]);
	}
	if (!is_there(f[F_INSTANCE])) return true;
	if (strlen(f[F_INSTANCE]) >= sizeof row->instance || strncmp(f[F_INSTANCE], "i-", 2) != 0 ||
	    f[F_INSTANCE][2 + strspn(f[F_INSTANCE] + 2, "0123456789abcdef")])
		return fields_bad(row, "not an instance: '%.60s'", f[F_INSTANCE]), false;
	snprintf(row->instance, sizeof row->instance, "%s", f[F_INSTANCE]);
	return true;
}

/* Vantage writes "$0.170 hourly", and "unavailable". */
static bool set_price(const struct price_want *want, const char *s, struct price_row *row)
{
	char text[32];
	if (!is_there(s)) return fields_bad(row, "no price"), false;
	if (want->kind == PRICE_ONDEMAND && strcasecmp(s, "unavailable") == 0)
		return other(row, "unavailable"), false;
	const char *digits = want->kind == PRICE_ONDEMAND && *s == '$' ? s + 1 : s;
	size_t n = strlen(digits);
	if (digits != s && n > 7 && strcasecmp(digits + n - 7, " hourly") == 0) n -= 7;
	snprintf(text, sizeof text, "%.*s", n < sizeof text ? (int)n : 0, digits);
	if (price_parse_usd(text, &row->micro_usd)) return true;
	fields_bad(row, "not a price from 0 to 9999.999999, with at most six decimals: '%.60s'", s);
	return false;
}

bool fields_row(const struct price_want *want, const char *const f[N_FIELDS], struct price_row *row,
                struct err *e)
{
	unsigned long line = row->line;
	bool is_spot = want->kind == PRICE_SPOT, has[N_FIELDS];
	const char *price = f[is_spot ? F_SPOT : F_ONDEMAND];
	for (int i = 0; i < N_FIELDS; i++) has[i] = f[i];
	*row = (struct price_row){ .line = line, .at_s = PRICE_NO_TIME };
	if (!fields_kind(want, has, e)) return false;
	if (!price) price = f[F_PRICE];
	if (!is_ours(want, f, row)) return true;
	if (is_spot && !is_there(f[F_TIME])) return fields_bad(row, "no timestamp"), true;
	if (is_there(f[F_TIME]) && !price_parse_time(f[F_TIME], &row->at_s))
		return fields_bad(row,
		                  "not a time between 1970 and 2037 written as 2026-11-20T04:11:09Z: '%.60s'",
		                  f[F_TIME]),
		       true;
	(void)(set_place(want, f, row) && set_price(want, price, row) && set_tier(f, row));
	return true;
}
