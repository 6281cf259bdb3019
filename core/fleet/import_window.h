/* import_window.h - a window that moves over the bytes of a file, a line at a time; UTF-16 becomes UTF-8. */
#ifndef SPOTOP_FLEET_IMPORT_WINDOW_H
#define SPOTOP_FLEET_IMPORT_WINDOW_H
#include "core/fleet/import_read.h"
#include <iconv.h>

enum { WINDOW_HEAD = 4096, WINDOW_SIZE = 65536 };
struct window {
	price_bytes bytes;
	void *source;
	struct err *e;
	bool is_eof, is_failed, is_utf16;
	iconv_t utf16;
	char raw[WINDOW_SIZE / 2];     /* of UTF-16: what is not converted yet; a pair of bytes becomes three at most */
	size_t n_raw;
	char in[WINDOW_SIZE];
	size_t at, end;
	unsigned long line;            /* of the byte at `at`, from 1 */
};
/* Reads nothing yet: what is followed has no head to wait for. */
void window_start(struct window *w, price_bytes bytes, void *source, struct err *e);
/* Reads the head (WINDOW_HEAD bytes, or all there is) and goes over a byte order mark. False: *e. */
bool window_open(struct window *w, price_bytes bytes, void *source, struct err *e);
/* Bytes to the end of the line, its '\n' with it, or as far as the window goes. NULL: the end, or is_failed.
 * They stay until the next call. */
const char *window_piece(struct window *w, size_t *n);
void window_close(struct window *w);
#endif
