/* stream.c - the event stream's parser, to the letter of the standard, and its request. */
#include "tests/support/stream.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include <arpa/inet.h>
#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAIT_MS = 30000 };

/* --- the parser --- */

void parser_init(struct stream_parser *p)
{
	memset(p, 0, sizeof *p);
	p->is_first = true;
	p->retry_ms = -1;
	p->last_id = mem_dup("");
	p->id = mem_dup("");
}

static void dispatch(struct stream_parser *p)
{
	free(p->last_id);
	p->last_id = mem_dup(p->id);
	if (p->data.len) {
		p->events = mem_grow(p->events, sizeof *p->events * (p->n + 1));
		buf_cut(&p->data, p->data.len - 1); /* the last line's end */
		p->events[p->n++] = (struct stream_event){ .id = mem_dup(p->last_id),
			                                   .type = mem_dup(p->type ? p->type : "message"),
			                                   .data = mem_dup(buf_str(&p->data)) };
	}
	buf_cut(&p->data, 0);
	free(p->type);
	p->type = NULL;
}

static void field(struct stream_parser *p, const char *name, const char *value, size_t n)
{
	if (strcmp(name, "event") == 0) {
		free(p->type);
		p->type = mem_dup(value);
	} else if (strcmp(name, "data") == 0) {
		buf_add(&p->data, value, n);
		buf_addc(&p->data, '\n');
	} else if (strcmp(name, "id") == 0 && !memchr(value, 0, n)) {
		free(p->id);
		p->id = mem_dup(value);
	} else if (strcmp(name, "retry") == 0 && n && strspn(value, "0123456789") == n)
		p->retry_ms = atol(value);
}

static void take_line(struct stream_parser *p)
{
	char *line = p->line.s;
	size_t n = p->line.len;
	if (!n) {
		dispatch(p);
		return;
	}
	if (line[0] == ':') {
		p->comments++;
		return;
	}
	char *colon = memchr(line, ':', n);
	if (!colon) {
		field(p, line, "", 0);
		return;
	}
	*colon = 0;
	char *value = colon + 1;
	if (*value == ' ') value++;
	field(p, line, value, n - (size_t)(value - line));
}

void parser_feed(struct stream_parser *p, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool is_lf_of_crlf = p->was_cr && bytes[i] == '\n';
		p->was_cr = bytes[i] == '\r';
		if (is_lf_of_crlf) continue;
		if (bytes[i] != '\n' && bytes[i] != '\r') {
			buf_addc(&p->line, bytes[i]);
			if (p->is_first && p->line.len == 3 && memcmp(p->line.s, "\xef\xbb\xbf", 3) == 0)
				buf_cut(&p->line, 0);
			if (p->line.len >= 3) p->is_first = false;
			continue;
		}
		p->is_first = false;
		take_line(p);
		buf_cut(&p->line, 0);
	}
}

void parser_free(struct stream_parser *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->events[i].id);
		free(p->events[i].type);
		free(p->events[i].data);
	}
	free(p->events);
	free(p->type);
	free(p->id);
	free(p->last_id);
	buf_free(&p->line);
	buf_free(&p->data);
}

/* --- the request --- */

static bool read_some(struct stream *s, int ms)
{
	char bytes[65536];
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	if (poll(&p, 1, ms) <= 0) return false;
	ssize_t n = read(s->fd, bytes, sizeof bytes);
	if (n <= 0) {
		s->is_over = true;
		return true;
	}
	if (s->status) {
		buf_add(&s->body, bytes, (size_t)n);
		parser_feed(&s->parser, bytes, (size_t)n);
		return true;
	}
	buf_add(&s->head, bytes, (size_t)n);
	const char *end = strstr(buf_str(&s->head), "\r\n\r\n");
	if (!end) return true;
	size_t at = (size_t)(end - s->head.s) + 4;
	s->status = atoi(s->head.s + 9);
	buf_add(&s->body, s->head.s + at, s->head.len - at);
	parser_feed(&s->parser, s->head.s + at, s->head.len - at);
	buf_cut(&s->head, at);
	return true;
}

struct stream *stream_open(unsigned port, const char *path, const char *extra)
{
	return stream_open_as(port, path, "text/event-stream", extra);
}

struct stream *stream_open_as(unsigned port, const char *path, const char *accept, const char *extra)
{
	struct stream *s = mem_alloc(sizeof *s);
	struct buf request = BUF_EMPTY;
	struct sockaddr_in a = { .sin_family = AF_INET,
		                 .sin_port = htons((uint16_t)port),
		                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	parser_init(&s->parser);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_msg(connect(s->fd, (struct sockaddr *)&a, sizeof a) == 0, "connect: %s", strerror(errno));
	buf_addf(&request, "GET %s HTTP/1.0\r\nHost: localhost\r\n", path);
	if (accept) buf_addf(&request, "Accept: %s\r\n", accept);
	buf_addf(&request, "%s\r\n", extra ? extra : "");
	ck_assert_int_eq(send(s->fd, request.s, request.len, MSG_NOSIGNAL), request.len);
	buf_free(&request);
	int64_t until = clock_mono_ms() + WAIT_MS;
	while (!s->status && !s->is_over && clock_mono_ms() < until) read_some(s, 100);
	ck_assert_msg(s->status, "no answer to %s: %s", path, buf_str(&s->head));
	return s;
}

bool stream_wait(struct stream *s, size_t n)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	while (s->parser.n < n && !s->is_over && clock_mono_ms() < until) read_some(s, 100);
	return s->parser.n >= n;
}

bool stream_wait_place(struct stream *s)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	while (!*s->parser.last_id && !s->is_over && clock_mono_ms() < until) read_some(s, 100);
	return *s->parser.last_id;
}

bool stream_wait_over(struct stream *s)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	while (!s->is_over && clock_mono_ms() < until) read_some(s, 100);
	return s->is_over;
}

void stream_close(struct stream *s)
{
	close(s->fd);
	parser_free(&s->parser);
	buf_free(&s->head);
	buf_free(&s->body);
	free(s);
}

void stream_read(struct stream *s, int ms) { read_some(s, ms); }
