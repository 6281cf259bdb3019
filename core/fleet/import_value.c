/* import_value.c - the strict values of an import: times, prices, names. */
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/fleet/import_read.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A TIMESTAMP's range, less a day at each end for partitions. */
#define FIRST_S 172800
#define LAST_S  2145916800

static int64_t price_day(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year; /* years from March: the leap day comes last */
	int64_t era = y / 400, in_era = y - era * 400;
	int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static char *put(char *to, int n, int digits)
{
	for (int i = digits; i--; n /= 10) to[i] = (char)('0' + n % 10);
	return to + digits;
}

/* Written once and more for each row of a file. */
void price_time_text(int64_t at_s, bool with_clock, char out[32])
{
	int64_t days = at_s / 86400 + 719468, in_day = at_s % 86400;
	int64_t era = days / 146097, in_era = days - era * 146097;
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100), m = (5 * in_year + 2) / 153;
	int day = (int)(in_year - (153 * m + 2) / 5 + 1), month = (int)(m < 10 ? m + 3 : m - 9);
	int year = (int)(y + era * 400 + (month <= 2));
	const int clock[] = { (int)(in_day / 3600), (int)(in_day / 60 % 60), (int)(in_day % 60) };
	char *to = put(out, year, 4);
	*to++ = '-';
	to = put(to, month, 2);
	*to++ = '-';
	to = put(to, day, 2);
	for (int i = 0; with_clock && i < 3; i++) {
		*to++ = i ? ':' : ' ';
		to = put(to, clock[i], 2);
	}
	*to = '\0';
}

/* n digits from *s, which moves on. */
static bool digits(const char **s, int n, int *out)
{
	for (*out = 0; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9') return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

static bool is_date(int year, int month, int day)
{
	static const int in_month[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (month < 1 || month > 12 || day < 1) return false;
	bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return day <= in_month[month - 1] + (month == 2 && is_leap);
}

/* "Z", "UTC", "+02:00", "+0200", "+02" or nothing: seconds east of UTC. */
static bool parse_zone(const char *s, int64_t *east_s)
{
	int hours, minutes = 0;
	*east_s = 0;
	while (*s == ' ') s++;
	if (!*s || strcasecmp(s, "Z") == 0 || strcasecmp(s, "UTC") == 0) return true;
	int sign = *s == '+' ? 1 : *s == '-' ? -1 : 0;
	s++;
	if (!sign || !digits(&s, 2, &hours)) return false;
	if (*s == ':') s++;
	if (*s && !digits(&s, 2, &minutes)) return false;
	if (*s || s[-1] == ':' || hours > 14 || minutes > 59) return false;
	*east_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* "04:11", "04:11:09", "04:11:09.5"; *s moves behind it. */
static bool parse_clock(const char **at, int64_t *in_day)
{
	const char *s = *at;
	int hour, minute, second = 0;
	if (!digits(&s, 2, &hour) || *s++ != ':' || !digits(&s, 2, &minute)) return false;
	if (*s == ':') {
		s++;
		if (!digits(&s, 2, &second)) return false;
		if (*s == '.') {
			if (s[1] < '0' || s[1] > '9') return false;
			for (s++; *s >= '0' && *s <= '9'; s++) continue;
		}
	}
	*in_day = hour * 3600 + minute * 60 + second;
	*at = s;
	return hour <= 23 && minute <= 59 && second <= 59;
}

bool price_parse_time(const char *s, int64_t *at_s)
{
	int year, month, day;
	int64_t in_day = 0, east_s = 0;
	if (!digits(&s, 4, &year) || *s++ != '-' || !digits(&s, 2, &month) || *s++ != '-' ||
	    !digits(&s, 2, &day) || !is_date(year, month, day))
		return false;
	if (*s) {
		if (*s != 'T' && *s != 't' && *s != ' ') return false;
		s++;
		if (!parse_clock(&s, &in_day) || !parse_zone(s, &east_s)) return false;
	}
	*at_s = price_day(year, month, day) * 86400 + in_day - east_s;
	return *at_s >= FIRST_S && *at_s < LAST_S;
}

bool price_parse_usd(const char *s, int64_t *micro_usd)
{
	int64_t v = 0;
	int whole = 0, decimals = 0;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (++whole > 9) return false;
		v = v * 10 + (*s - '0');
	}
	if (whole == 0) return false;
	if (*s == '.') {
		for (s++; *s >= '0' && *s <= '9'; s++) {
			if (++decimals > 6 && *s != '0') return false; /* what the table cannot hold */
			if (decimals <= 6) v = v * 10 + (*s - '0');
		}
		if (decimals == 0) return false;
	}
	for (; decimals < 6; decimals++) v *= 10;
	*micro_usd = v;
	return *s == '\0' && v < 10000 * INT64_C(1000000);
}

bool price_parse_name(const char *s, bool is_type, char *out, size_t n)
{
	size_t len = strlen(s);
	if (len == 0 || len >= n || s[0] == '-' || s[0] == '.') return false;
	if (strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") != len) return false;
	if (!is_type && strchr(s, '.')) return false;
	if (is_type && (!strchr(s, '.') || s[len - 1] == '.')) return false;
	memcpy(out, s, len + 1);
	return true;
}

/* us-east-1a, us-gov-west-1b, us-west-2-lax-1a: up to and with the first number that follows a '-'. */
bool price_region_of_zone(const char *az, char *out, size_t n)
{
	const char *s = az;
	for (;;) {
		s = strchr(s, '-');
		if (!s) return false;
		s++;
		size_t d = strspn(s, "0123456789"), len = (size_t)(s - az) + d;
		if (!d) continue;
		if (len >= n || !s[d]) return false;
		memcpy(out, az, len);
		out[len] = '\0';
		return true;
	}
}

/* use1-az4, usw2-lax1-az1: ends in "-az" and a number. A zone's name begins with a region, this does not. */
bool price_is_zone_id(const char *s)
{
	const char *az = NULL;
	char region[21];
	for (const char *p = s; (p = strstr(p, "-az")); p += 3) az = p;
	return az && az > s && az[3] && az[3 + strspn(az + 3, "0123456789")] == '\0' &&
	       !price_region_of_zone(s, region, sizeof region);
}

void price_say(char *out, size_t n, const char *fmt, va_list ap)
{
	char raw[400];
	struct buf safe = BUF_EMPTY;
	vsnprintf(raw, sizeof raw, fmt, ap);
	text_safe(&safe, raw, strlen(raw));
	size_t len = text_fit(buf_str(&safe), safe.len < n ? safe.len : n - 1, n - 1, NULL);
	memcpy(out, buf_str(&safe), len);
	out[len] = '\0';
	buf_free(&safe);
}
