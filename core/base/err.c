/* err.c - one error, one sentence. */
#include "core/base/err.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* At most n bytes of s, no character cut in two. */
static size_t whole(const char *s, size_t n)
{
	size_t at = n, len;
	while (at && n - at < 3 && ((unsigned char)s[at - 1] & 0xC0) == 0x80)
		at--; /* a character's later bytes */
	if (!at || (unsigned char)s[at - 1] < 0xC0) return n;
	return text_decode(s + at - 1, n - at + 1, &len) != TEXT_BAD ? n : at - 1;
}

/* What a sentence quotes (input, file names, the server's words) may hold anything; it is for a terminal. */
static void clean(struct err *e)
{
	size_t n = strlen(e->text);
	if (n == sizeof e->text - 1) e->text[n = whole(e->text, n)] = '\0';
	if (text_is_safe(e->text, n)) return;
	struct buf b = BUF_EMPTY;
	text_safe(&b, e->text, n);
	n = b.len < sizeof e->text ? b.len : whole(b.s, sizeof e->text - 1);
	memcpy(e->text, b.s, n);
	e->text[n] = '\0';
	buf_free(&b);
}

bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	if (!e) return false;
	va_list ap;
	va_start(ap, fmt);
	*e = (struct err){ .code = code };
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	clean(e);
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
	clean(e);
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
	case ERR_OUTPUT: return 74;
	case ERR_SQL:
	case ERR_INTERNAL: return 70;
	}
	return 70;
}
