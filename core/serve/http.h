/* http.h - libmicrohttpd on the loop. */
#ifndef SPOTOP_SERVE_HTTP_H
#define SPOTOP_SERVE_HTTP_H
#include <stdbool.h>
struct err;
struct serve;
bool http_open(struct serve *s, struct err *e);
void http_close(struct serve *s);
void http_run(struct serve *s);
#endif
