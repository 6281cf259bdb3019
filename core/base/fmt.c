/* fmt.c - values to the text of a cell. */
#include "core/base/fmt.h"
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *fmt_age(char *out, size_t n, int64_t ms)
{
	const char *sign = ms < 0 ? "-" : "";
	if (ms < 0) ms = -ms;
	if (ms < 1000)
		snprintf(out, n, "%s%.1f s", sign, (double)ms / 1000);
	else if (ms < 120 * 1000)
		snprintf(out, n, "%s%lld s", sign, (long long)(ms / 1000));
	else if (ms < 120LL * 60000)
		snprintf(out, n, "%s%lld m", sign, (long long)(ms / 60000));
	else if (ms < 72LL * 3600000)
		snprintf(out, n, "%s%lld h", sign, (long long)(ms / 3600000));
	else
		snprintf(out, n, "%s%lld d", sign, (long long)(ms / 86400000));
	return out;
}

char *fmt_clock(char *out, size_t n, int64_t ms)
{
	const char *sign = ms < 0 ? "-" : "";
	int64_t s = (ms < 0 ? -ms : ms) / 1000;
	if (s < 3600)
		snprintf(out, n, "%s%02lld:%02lld", sign, (long long)(s / 60), (long long)(s % 60));
	else
		snprintf(out, n, "%s%lld:%02lld:%02lld", sign, (long long)(s / 3600),
		         (long long)(s / 60 % 60), (long long)(s % 60));
	return out;
}

/* Digits with a comma every three, from a plain number's text. */
static void group(char *out, size_t n, const char *digits)
{
	size_t o = 0;
	if (*digits == '-' && o + 1 < n) out[o++] = *digits++;
	size_t whole = strcspn(digits, ".");
	for (size_t i = 0; digits[i] && o + 2 < n; i++) {
		if (i && i < whole && (whole - i) % 3 == 0) out[o++] = ',';
		out[o++] = digits[i];
	}
	out[o] = 0;
}

char *fmt_count(char *out, size_t n, int64_t v)
{
	char plain[32];
	snprintf(plain, sizeof plain, "%lld", (long long)v);
	group(out, n, plain);
	return out;
}

char *fmt_counted(char *out, size_t n, int64_t v, const char *one, const char *several)
{
	char number[32];
	snprintf(out, n, "%s %s", fmt_count(number, sizeof number, v), v == 1 ? one : several);
	return out;
}

char *fmt_usd(char *out, size_t n, double v, int decimals)
{
	char plain[64];
	if (!isfinite(v)) {
		snprintf(out, n, "n/a");
		return out;
	}
	if (fabs(v) < 0.5 * pow(10, -decimals)) v = 0; /* no "-0.00" */
	snprintf(plain, sizeof plain, "%.*f", decimals, v);
	group(out, n, plain);
	return out;
}

/* A price with its sign before the unit; 4 decimals are what prices differ by. */
static char *dollars(char *out, size_t n, double v, const char *plus)
{
	char digits[64];
	bool is_small = fabs(v) < 0.00005;
	if (!isfinite(v)) return fmt_usd(out, n, v, 4);
	snprintf(out, n, "%s$%s",
	         is_small ? ""
	         : v < 0  ? "-"
	                  : plus,
	         fmt_usd(digits, sizeof digits, fabs(v), 4));
	return out;
}

char *fmt_price(char *out, size_t n, double v) { return dollars(out, n, v, ""); }

char *fmt_price_change(char *out, size_t n, double v) { return dollars(out, n, v, "+"); }

char *fmt_bytes(char *out, size_t n, double v)
{
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
	size_t u = 0;
	for (; v >= 1000 && u < 4; u++) v /= 1000;
	snprintf(out, n, u == 0 || v >= 100 ? "%.0f %s" : "%.1f %s", v, units[u]);
	return out;
}

char *fmt_percent(char *out, size_t n, double fraction)
{
	if (isfinite(fraction))
		snprintf(out, n, "%.1f %%", fraction * 100);
	else
		snprintf(out, n, "n/a");
	return out;
}
