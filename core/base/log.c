/* log.c - lines for the owner: a file or stderr. Several threads may write; log_open and log_close are main's. */
#include "core/base/log.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 400 };
/* The log is the one mutable global of core: every module may write a line, none may depend on it. */
static struct {
	FILE *f;
	enum log_level least;
} lg = { .least = LOG_WARN_ };

void log_open(const char *path, enum log_level least)
{
	log_close();
	lg.f = path ? fopen(path, "ae") : NULL;
	lg.least = least;
	if (lg.f) setvbuf(lg.f, NULL, _IOLBF, 0);
}

void log_close(void)
{
	if (lg.f) fclose(lg.f);
	lg.f = NULL;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	char text[LINE], when[32];
	if (level < lg.least) return;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	struct buf b = { .max = LINE - 1 };
	time_iso(clock_wall_ms(), when);
	buf_addf(&b, "%s %s ", when, names[level]);
	text_safe(&b, text, strlen(text));
	fprintf(lg.f ? lg.f : stderr, "%s\n", buf_str(&b));
	buf_free(&b);
}
