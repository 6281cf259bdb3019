/* sse.c - event stream framing. */
#include "core/serve/sse.h"
#include "core/base/buf.h"
#include <string.h>

static void add_plain(struct buf *out, const char *s)
{
	for (; *s; s++)
		if (*s != '\r' && *s != '\n') buf_addc(out, *s);
}

static void add_field(struct buf *out, const char *name, const char *value)
{
	buf_adds(out, name);
	add_plain(out, value);
	buf_addc(out, '\n');
}

void sse_event(struct buf *out, const char *id, const char *type, const char *data)
{
	if (id) add_field(out, "id: ", id);
	if (type) add_field(out, "event: ", type);
	for (const char *s = data;;) {
		size_t n = strcspn(s, "\r\n");
		buf_adds(out, "data: ");
		buf_add(out, s, n);
		buf_addc(out, '\n');
		if (!s[n]) break;
		s += n + (s[n] == '\r' && s[n + 1] == '\n') + 1;
	}
	buf_addc(out, '\n');
}

void sse_place(struct buf *out, const char *id)
{
	add_field(out, "id: ", id);
	buf_addc(out, '\n');
}

void sse_comment(struct buf *out, const char *text)
{
	add_field(out, ": ", text);
	buf_addc(out, '\n');
}

void sse_retry(struct buf *out, unsigned ms) { buf_addf(out, "retry: %u\n\n", ms); }
