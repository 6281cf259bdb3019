/* session.h - what the command line hands to the console: the loop, the database, what the options chose. It
 * outlives the console; nothing below views/cli knows more of the command line than this. */
#ifndef SPOTOP_VIEWS_SESSION_H
#define SPOTOP_VIEWS_SESSION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_files;
struct db_conf;
struct err;
struct uv_loop_s;
/* The servers that a demo started and may kill. */
struct demo_servers {
	int n;
	/* the i-th of them, from 1 on; what it is goes to said */
	bool (*kill)(void *ctx, int i, char *said, size_t size, struct err *e);
	void *ctx;
};
struct session {
	struct uv_loop_s *loop;
	struct db_conf *conf;           /* which database; :env puts another one there */
	const struct conf_files *files; /* the option files it was read from */
	const char *view;               /* the first screen; NULL: the overview */
	const char *theme, *color;      /* NULL: not given */
	bool is_armed, is_local, is_slow, has_mouse;
	int64_t at_ms; /* TIME_NONE: now */
	const struct demo_servers *demo; /* NULL: they are nobody's to kill */
};
#endif
