/* cell.c - from a value to the text and style of a cell. */
#include "views/model/cell.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool cell_is_right(const struct col *c)
{
	switch (c->as) {
	case AS_TEXT:
	case AS_TIME:
	case AS_YESNO:
	case AS_SHORT_ID:
	case AS_POOL:
	case AS_JSON: return false;
	default: return true;
	}
}

static void add_time(struct buf *out, int64_t ms, const struct cell_env *env)
{
	struct tm tm, today;
	time_parts(ms, env->is_local, &tm);
	time_parts(env->now_ms, env->is_local, &today);
	if (tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday)
		buf_addf(out, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
	else if (tm.tm_year == today.tm_year)
		buf_addf(out, "%02d-%02d %02d:%02d", tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
	else
		buf_addf(out, "%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
		         tm.tm_hour, tm.tm_min);
}

/* "i-07be…c1" and the first eight of a UUID: enough to tell rows apart; the whole is in describe. */
static void add_short_id(struct buf *out, const char *s, bool is_ascii)
{
	size_t n = strlen(s);
	const char *dots = is_ascii ? ".." : "…";
	if (n == 36 && s[8] == '-')
		buf_add(out, s, 8);
	else if (s[0] == 'i' && s[1] == '-' && n > 12)
		buf_addf(out, "%.6s%s%s", s, dots, s + n - 4);
	else
		buf_adds(out, s);
}

/* "us-east-1e" as "use1e", "ap-southeast-2a" as "apse2a": the letters that AWS's own zone ids begin with. */
static void add_short_zone(struct buf *out, const char *az)
{
	static const char *const winds[] = { "north", "south", "east", "west" };
	for (bool is_first = true; *az; is_first = false) {
		size_t n = strcspn(az, "-");
		const char *end = az + n;
		size_t before = out->len;
		for (const char *p = az; !is_first && p < end;) {
			size_t k = 0;
			while (k < ARRAY_LEN(winds) && strncmp(p, winds[k], strlen(winds[k])) != 0) k++;
			if (k == ARRAY_LEN(winds)) break;
			buf_addc(out, *p);
			p += strlen(winds[k]);
		}
		if (is_first || isdigit((unsigned char)*az))
			buf_add(out, az, n);
		else if (out->len == before)
			buf_addc(out, *az); /* central, gov, iso */
		az = *end ? end + 1 : end;
	}
}

/* "11-22 09:40" as "22 09:40": the day and the minute are what is looked for; of another year the date. */
static void narrow_time(struct buf *text, size_t width)
{
	char kept[40];
	const char *s = buf_str(text);
	if (text->len <= width) return;
	if (text->len == 11)
		snprintf(kept, sizeof kept, "%.8s", s + 3);
	else
		snprintf(kept, sizeof kept, "%.10s", s);
	buf_cut(text, 0);
	buf_adds(text, kept);
}

void cell_narrow(struct buf *text, const struct col *c, size_t width, bool is_ascii)
{
	if (c->as == AS_TIME) narrow_time(text, width);
	if (c->as != AS_POOL || text_width(buf_str(text), text->len) <= width) return;
	/* TYPE.SIZE.ZONE; anything else stays as it is */
	const char *s = buf_str(text), *dot = strrchr(s, '.');
	if (!dot || !memchr(s, '.', (size_t)(dot - s)) || !strchr(dot, '-')) return;
	struct buf b = BUF_EMPTY, zone = BUF_EMPTY;
	buf_addc(&zone, '/');
	add_short_zone(&zone, dot + 1);
	/* The zone stays whole: it is what tells a type's pools apart. */
	size_t type = (size_t)(dot - s), room = width > zone.len ? width - zone.len : 0;
	buf_addf(&b, "%.*s%s%s", (int)(type > room && room ? room - 1 : type), s,
	         type > room && room ? is_ascii ? "~" : "…" : "", buf_str(&zone));
	buf_free(&zone);
	buf_cut(text, 0);
	buf_adds(text, buf_str(&b));
	buf_free(&b);
}

/* Seconds in words. Whole ones where the server counted no finer; of a margin there may be too few. */
static void add_seconds(struct buf *out, enum cell_as as, const char *value)
{
	char tmp[64];
	double s = strtod(value, NULL);
	bool is_finer = as == AS_DURATION && strchr(value, '.');
	if (fabs(s) < 1 && !is_finer)
		buf_adds(out, "0 s");
	else
		buf_adds(out, fmt_age(tmp, sizeof tmp, is_finer ? llround(s * 1000) : (int64_t)s * 1000));
}

bool cell_for_line(struct buf *out, const struct col *c, const char *value)
{
	char tmp[64];
	double v = strtod(value, NULL);
	switch (c->as) {
	case AS_USD4: buf_adds(out, fmt_price(tmp, sizeof tmp, v)); return true;
	case AS_USD2:
		buf_addf(out, "%s$%s", v < 0 ? "-" : "", fmt_usd(tmp, sizeof tmp, fabs(v), 2));
		return true;
	case AS_SECONDS:
	case AS_DURATION: add_seconds(out, c->as, value); return true;
	case AS_PERCENT: buf_addf(out, "%.1f %%", v * 100); return true;
	case AS_MS: buf_addf(out, "%.1f ms", v); return true;
	case AS_BYTES: buf_adds(out, fmt_bytes(tmp, sizeof tmp, v)); return true;
	default: return false;
	}
}

bool cell_time_for_line(struct buf *out, const struct col *c, const char *value)
{
	int64_t ms;
	struct cell_env env = { .now_ms = clock_wall_ms() };
	bool is_time = c->as == AS_TIME || c->as == AS_AGE || c->as == AS_UNTIL;
	if (!is_time || !time_from_sql(value, &ms)) return false;
	add_time(out, ms, &env);
	buf_addc(out, 'Z');
	return true;
}

void cell_text(struct buf *out, const struct col *c, enum cell_type type, const char *value,
               const struct cell_env *env)
{
	char tmp[64];
	int64_t ms;
	if (!value) {
		buf_adds(out, env->is_ascii ? "-" : "–");
		return;
	}
	switch (c->as) {
	case AS_INT: buf_adds(out, fmt_count(tmp, sizeof tmp, strtoll(value, NULL, 10))); break;
	case AS_DEC:
	case AS_USD4: buf_adds(out, fmt_usd(tmp, sizeof tmp, strtod(value, NULL), 4)); break;
	case AS_USD2: buf_adds(out, fmt_usd(tmp, sizeof tmp, strtod(value, NULL), 2)); break;
	case AS_SECONDS:
	case AS_DURATION: add_seconds(out, c->as, value); break;
	case AS_AGE:
		/* ahead of the clock: it is to come, or the clock was put back */
		if (time_from_sql(value, &ms))
			buf_addf(out, "%s%s", ms - env->now_ms >= 1000 ? "in " : "",
			         fmt_age(tmp, sizeof tmp, llabs(env->now_ms - ms)));
		else
			buf_adds(out, value);
		break;
	case AS_UNTIL:
		if (time_from_sql(value, &ms))
			buf_adds(out, fmt_clock(tmp, sizeof tmp, ms - env->now_ms));
		else
			buf_adds(out, value);
		break;
	case AS_TIME:
		if (time_from_sql(value, &ms))
			add_time(out, ms, env);
		else
			buf_adds(out, value);
		break;
	case AS_PERCENT: buf_addf(out, "%.1f", strtod(value, NULL) * 100); break;
	case AS_YESNO: buf_adds(out, strcmp(value, "0") == 0 ? "no" : "yes"); break;
	case AS_MS: buf_addf(out, "%.1f", strtod(value, NULL)); break;
	case AS_BYTES: buf_adds(out, fmt_bytes(tmp, sizeof tmp, strtod(value, NULL))); break;
	case AS_SHORT_ID: add_short_id(out, value, env->is_ascii); break;
	case AS_TEXT:
	case AS_POOL:
	case AS_JSON:
		if (type == CELL_TIME && time_from_sql(value, &ms))
			add_time(out, ms, env);
		else
			buf_adds(out, value);
		break;
	}
}

enum style style_of_state(const char *word)
{
	static const struct {
		const char *word;
		enum style style;
	} known[] = {
		{ "ok", ST_OK },
		{ "warn", ST_WARN },
		{ "crit", ST_CRIT },
		{ "dead", ST_DEAD },
		{ "unknown", ST_WARN },
		{ "off", ST_OFF },
		{ "running_primary", ST_OK },
		{ "running_replica", ST_INFO },
		{ "launching", ST_INFO },
		{ "promoting", ST_INFO },
		{ "terminating", ST_WARN },
		{ "terminated", ST_OFF },
		{ "zombie", ST_CRIT },
		{ "pending", ST_INFO },
		{ "executing", ST_ACCENT },
		{ "completed", ST_OK },
		{ "failed", ST_CRIT },
		{ "cancelled", ST_OFF },
		{ "expired", ST_WARN },
		{ "running", ST_ACCENT },
		{ "late", ST_WARN },
		{ "online", ST_TEXT },
		{ "offline", ST_DEAD },
		{ "error", ST_CRIT },
		{ "termination", ST_CRIT },
		{ "rebalance", ST_WARN },
		{ "none", ST_DIM },
		{ "critical", ST_CRIT },
		{ "warning", ST_WARN },
		{ "info", ST_TEXT },
		{ "debug", ST_DIM },
		{ "raised", ST_CRIT },
		{ "acknowledged", ST_WARN },
		{ "claimed", ST_WARN },
		{ "cleared", ST_OFF },
		{ "snoozed", ST_OFF },
		{ "EMERGENCY_EVENT", ST_CRIT },
		{ "INSTANCE_RUNNING", ST_OK },
		{ "INSTANCE_LAUNCHING", ST_INFO },
		{ "INSTANCE_TERMINATING", ST_WARN },
		{ "INSTANCE_TERMINATED", ST_OFF },
		{ "COMMAND_EXECUTED", ST_ACCENT },
		{ "HEARTBEAT", ST_DIM },
	};
	for (size_t i = 0; word && i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].word, word) == 0) return known[i].style;
	return ST_TEXT;
}
