/* import_window.c - a window that moves over the bytes of a file, a line at a time. */
#include "core/fleet/import_window.h"
#include <errno.h>
#include <string.h>

static bool fail(struct window *w) { return w->is_failed = true, false; }

/* At most n bytes of the file to `to`. False: the end, or a failure. */
static bool take(struct window *w, char *to, size_t n, size_t *got)
{
	if (w->is_eof || w->is_failed) return false;
	ssize_t r = w->bytes(w->source, to, n, w->e);
	if (r < 0) return fail(w);
	if (r == 0) w->is_eof = true;
	*got = (size_t)r;
	return r > 0;
}

static bool convert(struct window *w)
{
	char *from = w->raw, *to = w->in + w->end;
	size_t left = w->n_raw, room = sizeof w->in - w->end;
	if (iconv(w->utf16, &from, &left, &to, &room) == (size_t)-1 && errno == EILSEQ) {
		err_set(w->e, ERR_USAGE, "the text begins as UTF-16 and goes on as something else");
		return fail(w);
	}
	memmove(w->raw, from, left);
	w->n_raw = left;
	w->end = sizeof w->in - room;
	return true;
}

/* More bytes behind those that are there. */
static bool more(struct window *w)
{
	size_t got = 0;
	if (w->at) {
		memmove(w->in, w->in + w->at, w->end - w->at);
		w->end -= w->at;
		w->at = 0;
	}
	if (!w->is_utf16) {
		if (!take(w, w->in + w->end, sizeof w->in - w->end, &got)) return false;
		w->end += got;
		return true;
	}
	if (!take(w, w->raw + w->n_raw, sizeof w->raw - w->n_raw, &got)) return false;
	w->n_raw += got;
	return convert(w);
}

static bool begins_with(const struct window *w, const char *bytes, size_t n)
{
	return w->end >= n && memcmp(w->in, bytes, n) == 0;
}

void window_start(struct window *w, price_bytes bytes, void *source, struct err *e)
{
	memset(w, 0, sizeof *w);
	w->bytes = bytes;
	w->source = source;
	w->e = e;
	w->line = 1;
}

bool window_open(struct window *w, price_bytes bytes, void *source, struct err *e)
{
	window_start(w, bytes, source, e);
	while (w->end < WINDOW_HEAD && more(w)) continue;
	if (begins_with(w, "\xEF\xBB\xBF", 3)) w->at = 3;
	if (!begins_with(w, "\xFF\xFE", 2) && !begins_with(w, "\xFE\xFF", 2)) return w->end || !w->is_failed;
	w->utf16 = iconv_open("UTF-8", "UTF-16");
	if (w->utf16 == (iconv_t)-1) return err_set(e, ERR_IO, "the C library cannot read UTF-16");
	w->is_utf16 = true;
	w->n_raw = w->end < sizeof w->raw ? w->end : sizeof w->raw;
	memcpy(w->raw, w->in, w->n_raw);
	w->end = 0;
	return convert(w);
}

const char *window_piece(struct window *w, size_t *n)
{
	if (w->at == w->end) {
		w->at = w->end = 0;
		while (w->end == 0)
			if (!more(w)) return NULL;
	}
	const char *s = w->in + w->at, *nl = memchr(s, '\n', w->end - w->at);
	*n = nl ? (size_t)(nl - s) + 1 : w->end - w->at;
	w->at += *n;
	w->line += nl != NULL;
	return s;
}

void window_close(struct window *w)
{
	if (w->is_utf16) iconv_close(w->utf16);
}
