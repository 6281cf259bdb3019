/* clock.c - now, and times as text. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool is_frozen;
static int64_t frozen_wall_ms;

int64_t clock_mono_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
	if (is_frozen) return frozen_wall_ms;
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool clock_is_frozen(void) { return is_frozen; }

int64_t clock_age_ms(int64_t mono_ms)
{
	return is_frozen || mono_ms == TIME_NONE ? 0 : clock_mono_ms() - mono_ms;
}

static void split(int64_t wall_ms, struct tm *tm, int *ms)
{
	int64_t s = wall_ms / 1000;
	*ms = (int)(wall_ms % 1000);
	if (*ms < 0) *ms += 1000, s--;
	time_t t = (time_t)s;
	gmtime_r(&t, tm);
}

void time_iso(int64_t wall_ms, char out[32])
{
	struct tm tm;
	int ms;
	split(wall_ms, &tm, &ms);
	char text[96];
	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
	         tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
	snprintf(out, 32, "%.31s", text);
}

void time_to_sql(int64_t wall_ms, char out[32])
{
	time_iso(wall_ms, out);
	out[10] = ' ';
	out[strlen(out) - 1] = 0;
}

static bool digits(const char **s, int n, int *v)
{
	*v = 0;
	for (int i = 0; i < n; i++, (*s)++) {
		if (!isdigit((unsigned char)**s)) return false;
		*v = *v * 10 + (**s - '0');
	}
	return true;
}

static bool take(const char **s, char c)
{
	if (**s != c) return false;
	(*s)++;
	return true;
}

static bool is_local; /* what is typed without a zone */

void time_use_local(bool is) { is_local = is; }

/* A calendar date and time of day to milliseconds; days that do not exist are refused. In the local zone an
 * hour that a clock skips in spring is the one after it. */
static bool make(int y, int mo, int d, int h, int mi, int s, int ms, bool local, int64_t *out)
{
	struct tm tm = { .tm_year = y - 1900,
		         .tm_mon = mo - 1,
		         .tm_mday = d,
		         .tm_hour = h,
		         .tm_min = mi,
		         .tm_sec = s,
		         .tm_isdst = -1 },
	          day = { .tm_year = y - 1900, .tm_mon = mo - 1, .tm_mday = d };
	if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60) return false;
	timegm(&day);
	if (day.tm_mday != d) return false;
	time_t t = local ? mktime(&tm) : timegm(&tm);
	*out = (int64_t)t * 1000 + ms;
	return true;
}

void time_parts(int64_t wall_ms, bool in_zone, struct tm *out)
{
	time_t t = (time_t)((wall_ms - (wall_ms < 0 ? 999 : 0)) / 1000);
	if (!(in_zone ? localtime_r(&t, out) : gmtime_r(&t, out))) memset(out, 0, sizeof *out);
}

static void fraction(const char **s, int *ms)
{
	*ms = 0;
	if (**s != '.' && **s != ',') return;
	(*s)++;
	for (int scale = 100; isdigit((unsigned char)**s); scale /= 10, (*s)++) *ms += (**s - '0') * scale;
}

/* Without a zone behind it is UTC, or the local one when what is typed is. */
static bool date_time(const char **s, bool may_be_local, int64_t *out)
{
	int y, mo, d, h = 0, mi = 0, sec = 0, ms = 0;
	if (!digits(s, 4, &y) || !take(s, '-') || !digits(s, 2, &mo) || !take(s, '-') || !digits(s, 2, &d))
		return false;
	if (**s == 'T' || **s == 't' || (**s == ' ' && isdigit((unsigned char)(*s)[1]))) {
		(*s)++;
		if (!digits(s, 2, &h) || !take(s, ':') || !digits(s, 2, &mi)) return false;
		if (take(s, ':')) {
			if (!digits(s, 2, &sec)) return false;
			fraction(s, &ms);
		}
	}
	return make(y, mo, d, h, mi, sec, ms, may_be_local && !**s, out);
}

bool time_from_sql(const char *s, int64_t *wall_ms) { return date_time(&s, false, wall_ms) && !*s; }

static bool zone(const char **s, int64_t *t)
{
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		return true;
	}
	if (**s != '+' && **s != '-') return true;
	int sign = *(*s)++ == '+' ? 1 : -1, h, m = 0;
	if (!digits(s, 2, &h)) return false;
	take(s, ':');
	if (isdigit((unsigned char)**s) && !digits(s, 2, &m)) return false;
	*t -= sign * ((int64_t)h * 60 + m) * 60000;
	return h < 24 && m < 60;
}

/* "02:41" or "02:41:07": the last such time of day that has passed. */
static bool time_of_day(const char *s, int64_t now, int64_t *out)
{
	int h, m, sec = 0;
	bool local = is_local;
	time_t t = (time_t)(now / 1000);
	struct tm tm;
	if (!digits(&s, 2, &h) || !take(&s, ':') || !digits(&s, 2, &m)) return false;
	if (take(&s, ':') && !digits(&s, 2, &sec)) return false;
	if (*s == 'Z') s++, local = false;
	if (*s || h > 23 || m > 59 || sec > 59) return false;
	if (!(local ? localtime_r(&t, &tm) : gmtime_r(&t, &tm))) return false;
	for (int back = 0; back < 2; back++) {
		struct tm at = { .tm_year = tm.tm_year,
			         .tm_mon = tm.tm_mon,
			         .tm_mday = tm.tm_mday - back,
			         .tm_hour = h,
			         .tm_min = m,
			         .tm_sec = sec,
			         .tm_isdst = -1 };
		*out = (int64_t)(local ? mktime(&at) : timegm(&at)) * 1000;
		if (*out <= now) return true;
	}
	return true;
}

bool time_parse(const char *s, int64_t now_wall_ms, int64_t *wall_ms, struct err *e)
{
	const char *p = s;
	if (strcmp(s, "now") == 0) {
		*wall_ms = now_wall_ms;
		return true;
	}
	if (strcmp(s, "yesterday") == 0) {
		*wall_ms = now_wall_ms - 86400000;
		return true;
	}
	if (s[0] == '-' && isdigit((unsigned char)s[1])) {
		int64_t ms = 0;
		if (!duration_parse(s + 1, &ms, e)) return false;
		*wall_ms = now_wall_ms - ms;
		return true;
	}
	if (time_of_day(s, now_wall_ms, wall_ms)) return true;
	if (date_time(&p, is_local, wall_ms) && zone(&p, wall_ms) && !*p) return true;
	return err_set(e, ERR_USAGE, "'%s' is not a time; write 2026-11-22T02:41:00Z, 02:41 or -8h", s);
}

bool clock_from_env(struct err *e)
{
	const char *at = getenv("SPOTOP_CLOCK");
	int64_t ms = 0;
	if (!at || !*at) return true;
	if (!time_parse(at, clock_wall_ms(), &ms, e)) return err_prefix(e, "SPOTOP_CLOCK");
	is_frozen = true;
	frozen_wall_ms = ms;
	return true;
}

bool duration_parse(const char *s, int64_t *ms, struct err *e)
{
	int64_t total = 0;
	const char *p = s;
	if (!*p) return err_set(e, ERR_USAGE, "a duration is missing; write 90s, 5m, 2h, 7d or 1h30m");
	while (*p) {
		char *end;
		if (!isdigit((unsigned char)*p)) goto bad;
		long long v = strtoll(p, &end, 10);
		int64_t unit = 1000;
		if (*end == 'm' && end[1] == 's')
			unit = 1, end += 2;
		else if (*end == 's')
			end++;
		else if (*end == 'm')
			unit = 60000, end++;
		else if (*end == 'h')
			unit = 3600000, end++;
		else if (*end == 'd')
			unit = 86400000, end++;
		else if (*end)
			goto bad;
		if (v > 3650LL * 86400000 / unit) goto bad;
		total += v * unit;
		p = end;
	}
	if (total <= 0) goto bad;
	*ms = total;
	return true;
bad:
	return err_set(e, ERR_USAGE, "'%s' is not a duration; write 90s, 5m, 2h, 7d or 1h30m", s);
}
