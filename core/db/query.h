/* query.h - a statement of sql/ as the build embeds it, and the arguments that go with it.
 * The text holds :name placeholders; bind.h puts the quoted values in. Values only ever get into
 * SQL there. */
#ifndef SPOTOP_DB_QUERY_H
#define SPOTOP_DB_QUERY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;
struct err;

struct query_param { const char *name, *type; };   /* type: str int dec bool json */
struct query {
	const char *name;                  /* "queries/agents" */
	const char *text;
	const struct query_param *params;
	size_t n_params;
};
/* The first "-- sentence" of its header comment, into out. */
const char *query_about(const struct query *q, char *out, size_t n);

enum arg_kind { ARG_NULL, ARG_STR, ARG_INT, ARG_DEC, ARG_BOOL, ARG_TIME };
struct arg {
	const char *name;
	enum arg_kind kind;
	const char *s;    /* STR (len bytes) and DEC (checked: digits, sign, point) */
	size_t len;
	int64_t i;        /* INT, BOOL, TIME (wall ms) */
};
struct arg arg_null(const char *name);
struct arg arg_str(const char *name, const char *s);     /* s NULL: ARG_NULL */
struct arg arg_strn(const char *name, const char *s, size_t n);
struct arg arg_int(const char *name, int64_t i);
struct arg arg_dec(const char *name, const char *decimal);
struct arg arg_bool(const char *name, bool b);
struct arg arg_time(const char *name, int64_t wall_ms);  /* TIME_NONE: NULL */

/* Appends the statement with every :name replaced by its quoted value (utf8mb4, backslash escapes
 * on, as the session is set). A parameter without argument is NULL; an argument without parameter is
 * an error of ours; a value of another type than declared is refused. Text within quotes and
 * comments is left alone; comments are dropped. */
bool query_bind(struct buf *out, const struct query *q, const struct arg *args, size_t n_args, struct err *e);
void sql_quote(struct buf *out, const char *s, size_t n);        /* 'it''s' with escapes */
/* The same; what is not ASCII says its collation, so that it may be compared with a column of ASCII. */
void sql_quote_text(struct buf *out, const char *s, size_t n);
void sql_quote_name(struct buf *out, const char *name);          /* `name` */

/* A script of several statements (schema, migrations) with the mariadb client's DELIMITER lines:
 * calls each() for one statement after the other, comments before it kept out. Stops on false. */
bool script_each(const char *text, bool (*each)(void *ctx, const char *stmt, size_t n, int line, struct err *e),
                 void *ctx, struct err *e);
#endif
