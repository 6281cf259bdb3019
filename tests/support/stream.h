/* stream.h - an EventSource of the tests' own: one HTTP/1.0 request for an event stream, parsed as the WHATWG
 * standard says, byte by byte. An event counts when its blank line has come; only then does its id. */
#ifndef SPOTOP_TESTS_STREAM_H
#define SPOTOP_TESTS_STREAM_H
#include "core/base/buf.h"
#include <stdbool.h>
#include <stddef.h>

struct stream_event {
	char *id, *type, *data; /* id: the last event id once this event was dispatched */
};
struct stream_parser {
	struct buf line, data;
	char *type, *id, *last_id; /* the event's under way; the last dispatched one's */
	bool was_cr, is_first;     /* after CR an LF is skipped; a BOM is only at the start */
	long retry_ms, comments;
	struct stream_event *events;
	size_t n;
};
void parser_init(struct stream_parser *p);
void parser_feed(struct stream_parser *p, const char *bytes, size_t n);
void parser_free(struct stream_parser *p);

struct stream {
	int fd, status;
	struct buf head, body; /* the answer's header lines; all bytes of the body */
	struct stream_parser parser;
	bool is_over; /* the server has ended it */
};
/* GET path from 127.0.0.1:port; extra: header lines, each with its CRLF, or NULL. Returns once the header has
 * come; fails the test when nothing comes. */
struct stream *stream_open(unsigned port, const char *path, const char *extra);
/* Another Accept than a browser's; NULL: none. */
struct stream *stream_open_as(unsigned port, const char *path, const char *accept, const char *extra);
/* Reads until n events have been dispatched in all, or the stream is over; false after 30 s. */
bool stream_wait(struct stream *s, size_t n);
bool stream_wait_place(struct stream *s); /* until there is a last event id, with an event or without */
bool stream_wait_over(struct stream *s);
void stream_read(struct stream *s, int ms); /* what comes within that time */
void stream_close(struct stream *s);
#endif
