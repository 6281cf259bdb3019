/* filter_int.h - the filter's tree; only filter*.c include it. */
#ifndef SPOTOP_DB_FILTER_INT_H
#define SPOTOP_DB_FILTER_INT_H
#include "core/base/buf.h"
#include "core/db/filter.h"
#include <regex.h>

enum node_kind { N_AND, N_OR, N_NOT, N_TEST };
enum op { OP_HAS, OP_IS, OP_RE, OP_LT, OP_LE, OP_GT, OP_GE };
struct node {
	enum node_kind kind;
	struct node **kids; size_t n_kids;
	const struct filter_col *col;      /* N_TEST; NULL: any shown column */
	enum op op;
	char *value;
	double number; int64_t time_ms; bool is_age;
	regex_t re; bool has_re;
};
struct filter { struct filter_col *cols; size_t n_cols; struct node *root; };
#endif
