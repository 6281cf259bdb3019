/* text.c - UTF-8 and the gate for foreign text. */
#include "core/base/text.h"
#include "core/base/buf.h"
#include "core/base/mem.h"
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>
#include <wctype.h>

uint32_t text_decode(const char *s, size_t n, size_t *len)
{
	const unsigned char *p = (const unsigned char *)s;
	*len = 1;
	if (p[0] < 0x80) return p[0];
	size_t need = p[0] >= 0xF0 && p[0] < 0xF5 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC2 ? 2 : 0;
	if (p[0] >= 0xF5 || !need || n < need) return TEXT_BAD;
	uint32_t cp = p[0] & (0xFFu >> (need + 1));
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xC0) != 0x80) return TEXT_BAD;
		cp = cp << 6 | (p[i] & 0x3F);
	}
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (cp < least[need] || cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000)) return TEXT_BAD;
	*len = need;
	return cp;
}

size_t text_count(const char *s, bool *is_text)
{
	size_t n = 0, left = strlen(s), len;
	if (is_text) *is_text = true;
	for (; left; s += len, left -= len, n++) {
		uint32_t cp = text_decode(s, left, &len);
		if (cp == TEXT_BAD && len == 1 && is_text) *is_text = false;
	}
	return n;
}

size_t text_encode(uint32_t cp, char out[4])
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xC0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3F));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xE0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[2] = (char)(0x80 | (cp & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
	out[3] = (char)(0x80 | (cp & 0x3F));
	return 4;
}

/* wcwidth asks the locale; in the C locale everything beyond ASCII is -1 there and one cell here. */
int text_cp_width(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0)) return 0;
	if (cp < 0x300) return 1;
	int w = wcwidth((wchar_t)cp);
	if (w >= 0) return w;
	return cp >= 0x1100 && (cp <= 0x115F || (cp >= 0x2E80 && cp <= 0xA4CF) ||
	                        (cp >= 0xAC00 && cp <= 0xD7A3) || (cp >= 0xF900 && cp <= 0xFAFF) ||
	                        (cp >= 0xFF00 && cp <= 0xFF60) || cp >= 0x1F300)
	               ? 2
	               : 1;
}

size_t text_width(const char *s, size_t n)
{
	size_t w = 0, len;
	for (size_t i = 0; i < n; i += len) w += (size_t)text_cp_width(text_decode(s + i, n - i, &len));
	return w;
}

size_t text_fit(const char *s, size_t n, size_t cells, size_t *used)
{
	size_t w = 0, i = 0, len;
	for (; i < n; i += len) {
		size_t cw = (size_t)text_cp_width(text_decode(s + i, n - i, &len));
		if (w + cw > cells) break;
		w += cw;
	}
	if (used) *used = w;
	return i;
}

static bool is_combining(uint32_t cp)
{
	return (cp >= 0x300 && cp <= 0x36F) || (cp >= 0x1AB0 && cp <= 0x1AFF) ||
	       (cp >= 0x1DC0 && cp <= 0x1DFF) || (cp >= 0x20D0 && cp <= 0x20FF) ||
	       (cp >= 0xFE20 && cp <= 0xFE2F) || (cp >= 0xFE00 && cp <= 0xFE0F);
}

/* Controls, format characters, separators, private use, tags: what moves, hides or reorders text. */
bool text_is_harmful(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0xAD || cp == 0x61C || cp == 0x180E ||
	       (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202E) ||
	       (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF || (cp >= 0xFFF0 && cp <= 0xFFFB) ||
	       (cp >= 0xE000 && cp <= 0xF8FF) || cp == 0x115F || cp == 0x1160 || cp == 0x3164 ||
	       cp == 0xFFA0 || (cp >= 0xE0000 && cp <= 0xE0FFF) || cp >= 0xF0000 || (cp & 0xFFFE) == 0xFFFE;
}

void text_safe(struct buf *out, const char *s, size_t n)
{
	size_t marks = 0, len, start = out->len;
	char enc[4];
	for (size_t i = 0; i < n; i += len) {
		uint32_t cp = text_decode(s + i, n - i, &len);
		if (is_combining(cp)) {
			if (++marks > 2 || out->len == start) continue; /* nothing stands before it */
		} else
			marks = 0;
		if (text_is_harmful(cp))
			buf_addf(out, "<U+%04X>", (unsigned)cp);
		else
			buf_add(out, enc, text_encode(cp, enc));
	}
}

bool text_is_safe(const char *s, size_t n)
{
	size_t marks = 0, len;
	for (size_t i = 0; i < n; i += len) {
		uint32_t cp = text_decode(s + i, n - i, &len);
		if (text_is_harmful(cp) || (cp == TEXT_BAD && len == 1)) return false;
		if (is_combining(cp)) {
			if (++marks > 2 || i == 0) return false;
		} else
			marks = 0;
	}
	return true;
}

/* Some locales' own case table has no i for I, so that LIMIT is not limit; C.UTF-8 has the letters and the
 * case of everybody else. A locale that is not installed here (ssh hands its name on) still says UTF-8. */
void text_use_locale(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *name = NULL;
	for (size_t i = 0; i < ARRAY_LEN(names) && (!name || !*name); i++) name = getenv(names[i]);
	bool is_utf8 = setlocale(LC_CTYPE, "")
	                       ? text_has_utf8_locale()
	                       : name && (strcasestr(name, "utf-8") || strcasestr(name, "utf8"));
	if (is_utf8)
		setlocale(LC_CTYPE, "C.UTF-8");
	else if (tolower('I') != 'i' || toupper('i') != 'I')
		setlocale(LC_CTYPE, "C");
}

bool text_has_utf8_locale(void) { return strcmp(nl_langinfo(CODESET), "UTF-8") == 0; }
bool text_contains(const char *hay, const char *needle) { return strcasestr(hay, needle) != NULL; }
bool text_eq_nocase(const char *a, const char *b) { return strcasecmp(a, b) == 0; }

static void json_escape(struct buf *out, uint32_t cp)
{
	if (cp >= 0x10000) /* two halves, as UTF-16 has them */
		buf_addf(out, "\\u%04x\\u%04x", 0xD800u + (unsigned)((cp - 0x10000) >> 10),
		         0xDC00u + (unsigned)(cp & 0x3FF));
	else
		buf_addf(out, "\\u%04x", (unsigned)cp);
}

void text_json(struct buf *out, const char *s, size_t n)
{
	size_t len, from = 0;
	buf_addc(out, '"');
	for (size_t i = 0; i < n; i += len) {
		uint32_t cp = text_decode(s + i, n - i, &len);
		bool is_bad = cp == TEXT_BAD && len == 1;
		if (cp != '"' && cp != '\\' && !is_bad && !text_is_harmful(cp)) continue;
		buf_add(out, s + from, i - from);
		from = i + len;
		if (cp == '"' || cp == '\\')
			buf_addf(out, "\\%c", (int)cp);
		else if (cp == '\n' || cp == '\t')
			buf_adds(out, cp == '\n' ? "\\n" : "\\t");
		else if (is_bad)
			buf_adds(out, "\xEF\xBF\xBD");
		else
			json_escape(out, cp);
	}
	buf_add(out, s + from, n - from);
	buf_addc(out, '"');
}

void text_json_line(struct buf *out, const char *s, size_t n)
{
	bool in_string = false;
	size_t from = 0, len;
	for (size_t i = 0; i < n; i += len) {
		uint32_t cp = text_decode(s + i, n - i, &len);
		if (in_string && cp == '\\' && i + 1 < n && s[i + 1] > ' ' && s[i + 1] < 0x7F)
			len = 2;
		else if (cp == '"')
			in_string = !in_string;
		else if (text_is_harmful(cp) || (cp == TEXT_BAD && len == 1)) {
			buf_add(out, s + from, i - from);
			if (in_string) json_escape(out, cp);
			from = i + len;
		}
	}
	buf_add(out, s + from, n - from);
}
