/* err.c - one error, one sentence. */
#include "core/base/err.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (!e) return false;
	va_list ap;
	va_start(ap, fmt);
	*e = (struct err){ .code = code };
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return false;
}

void err_clear(struct err *e)
{
	if (e) *e = (struct err){ 0 };
}

bool err_prefix(struct err *e, const char *fmt, ...)
{
	if (!e) return false;
	char old[sizeof e->text];
	memcpy(old, e->text, sizeof old);
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof e->text)
		snprintf(e->text + n, sizeof e->text - (size_t)n, ": %.500s", old);
	return false;
}

int err_exit_code(enum err_code code)
{
	switch (code) {
	case ERR_NONE: return 0;
	case ERR_NO:
	case ERR_CANCELLED: return 1;
	case ERR_USAGE:
	case ERR_IO: return 2;
	case ERR_DB_DOWN:
	case ERR_SCHEMA:
	case ERR_TIMEOUT: return 3;
	case ERR_REFUSED: return 4;
	case ERR_UNKNOWN: return 5;
	case ERR_CONFLICT: return 6;
	case ERR_SQL:
	case ERR_INTERNAL: return 70;
	}
	return 70;
}
