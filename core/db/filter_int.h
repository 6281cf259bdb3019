/* filter_int.h - the filter's tree; only filter*.c include it. */
#ifndef SPOTOP_DB_FILTER_INT_H
#define SPOTOP_DB_FILTER_INT_H
#include "core/base/buf.h"
#include "core/db/filter.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Before each pattern, here and there: it minds no case, and no verb of PCRE2's start-of-pattern kind is one behind it. */
#define PATTERN_SENT "(?i)"

enum node_kind { N_AND, N_OR, N_NOT, N_TEST };
enum op { OP_HAS, OP_IS, OP_RE, OP_LT, OP_LE, OP_GT, OP_GE };
struct node {
	enum node_kind kind;
	struct node **kids; size_t n_kids;
	const struct filter_col *col;      /* N_TEST; NULL: any shown column */
	enum op op;
	char *value;
	double number; int64_t time_ms; bool is_age;
	struct pattern *re;                /* OP_RE */
};
/* A regular expression as the server reads it, and what became of it on the rows that are here. sent: behind PATTERN_SENT. */
struct pattern { char *sent; pcre2_code *code; pcre2_match_data *found; int gave_up; };   /* gave_up: PCRE2's error, 0: none */
struct filter { struct filter_col *cols; size_t n_cols; struct node *root; };
#endif
