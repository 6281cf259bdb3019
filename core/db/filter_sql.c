/* filter_sql.c - a filter as a WHERE condition, and the SELECT around a view's query: filter, order,
 * keyset, limit. The one place outside sql/ that makes SQL text; names come from compile-time columns. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/db/filter_int.h"
#include <math.h>
#include <string.h>

enum { MAX_KEY_ARGS = 16 };

static void add_col(struct buf *out, const char *name)
{
	buf_adds(out, "v.");
	sql_quote_name(out, name);
}

static void add_has(struct buf *out, const char *col, const char *value)
{
	buf_adds(out, "INSTR(LOWER(CONVERT(");
	add_col(out, col);
	buf_adds(out, " USING utf8mb4)) COLLATE utf8mb4_bin, LOWER("); /* e is not an accented e */
	sql_quote(out, value, strlen(value));
	buf_adds(out, ")) > 0");
}

static const char *op_text(enum op op)
{
	return op == OP_LT   ? " < "
	       : op == OP_LE ? " <= "
	       : op == OP_GT ? " > "
	       : op == OP_GE ? " >= "
	                     : " = ";
}

static void add_test(struct buf *out, const struct node *n)
{
	const char *col = n->col->name;
	enum cell_type ty = n->col->type;
	char when[32];
	bool is_number = ty == CELL_INT || ty == CELL_DEC || ty == CELL_BOOL;
	if (n->op == OP_HAS)
		add_has(out, col, n->value);
	else if (n->op == OP_RE) {
		buf_adds(out, "CONVERT(");
		add_col(out, col);
		buf_adds(out, " USING utf8mb4) REGEXP CONCAT('" PATTERN_SENT "', ");
		sql_quote(out, n->re->sent, strlen(n->re->sent));
		buf_addc(out, ')');
	} else if (ty == CELL_TIME && n->op != OP_IS) {
		if (n->is_age) buf_adds(out, "TIMESTAMPDIFF(SECOND, ");
		add_col(out, col);
		if (n->is_age)
			buf_addf(out, ", NOW())%s%.0f", op_text(n->op), n->number);
		else {
			time_to_sql(n->time_ms, when);
			buf_adds(out, op_text(n->op));
			sql_quote(out, when, strlen(when));
		}
	} else if (is_number) {
		add_col(out, col);
		/* whole numbers to the last digit (ids), others as they were written */
		bool is_whole = fabs(n->number) < 9007199254740992.0 && n->number == floor(n->number);
		buf_addf(out, is_whole ? "%s%.0f" : "%s%.15g", op_text(n->op), n->number);
	} else {
		if (n->op == OP_IS) { /* an index can serve this one, the next is byte for byte */
			add_col(out, col);
			buf_adds(out, " = ");
			sql_quote_text(out, n->value, strlen(n->value));
			buf_adds(out, " AND ");
		}
		buf_adds(out, "BINARY CONVERT("); /* as text first: the bytes of a UUID are not its letters */
		add_col(out, col);
		buf_addf(out, " USING utf8mb4)%s", op_text(n->op));
		sql_quote(out, n->value, strlen(n->value));
	}
}

static void add_any(const struct filter *f, const struct node *n, struct buf *out)
{
	bool is_first = true;
	for (size_t i = 0; i < f->n_cols; i++) {
		if (!f->cols[i].in_any) continue;
		if (!is_first) buf_adds(out, " OR ");
		buf_adds(out, "COALESCE(");
		add_has(out, f->cols[i].name, n->value);
		buf_adds(out, ", FALSE)");
		is_first = false;
	}
	if (is_first) buf_adds(out, "FALSE");
}

static void add_node(const struct filter *f, const struct node *n, struct buf *out)
{
	buf_addc(out, '(');
	switch (n->kind) {
	case N_NOT:
		buf_adds(out, "NOT ");
		add_node(f, n->kids[0], out);
		break;
	case N_AND:
	case N_OR:
		for (size_t i = 0; i < n->n_kids; i++) {
			if (i) buf_adds(out, n->kind == N_AND ? " AND " : " OR ");
			add_node(f, n->kids[i], out);
		}
		break;
	case N_TEST: /* unknown (NULL) is no match, so that "not" means the same here and there */
		if (!n->col)
			add_any(f, n, out);
		else {
			buf_adds(out, "COALESCE(");
			add_test(out, n);
			buf_adds(out, ", FALSE)");
		}
		break;
	}
	buf_addc(out, ')');
}

/* A plain comparison at the top is left bare, so that an index can serve it. */
static void add_top(const struct filter *f, const struct node *n, struct buf *out)
{
	if (n->kind == N_TEST && n->col && n->op != OP_HAS) {
		buf_addc(out, '(');
		add_test(out, n);
		buf_addc(out, ')');
	} else
		add_node(f, n, out);
}

void filter_to_sql(const struct filter *f, struct buf *out)
{
	if (filter_is_empty(f)) return;
	buf_addc(out, '(');
	for (size_t i = 0; i < f->root->n_kids; i++) {
		if (i) buf_adds(out, " AND ");
		add_top(f, f->root->kids[i], out);
	}
	buf_addc(out, ')');
}

/* --- the SELECT around a query --- */

static void add_ranks(struct buf *out, const char *ranks)
{
	for (size_t n; *ranks; ranks += n + (ranks[n] == ' ')) {
		n = strcspn(ranks, " ");
		buf_adds(out, ", ");
		sql_quote(out, ranks, n);
	}
}

static void add_sort(struct buf *out, const struct compose *c)
{
	if (!c->ranks) {
		add_col(out, c->sort);
		return;
	}
	buf_adds(out, "IF(");
	add_col(out, c->sort);
	buf_adds(out, " IS NULL, NULL, FIELD(CONVERT(");
	add_col(out, c->sort);
	buf_adds(out, " USING utf8mb4)");
	add_ranks(out, c->ranks);
	buf_adds(out, "))");
}

static void add_after_sort(struct buf *out, const struct compose *c)
{
	if (c->ranks) buf_adds(out, "FIELD(");
	sql_quote(out, c->after_sort, strlen(c->after_sort));
	if (c->ranks) {
		add_ranks(out, c->ranks);
		buf_addc(out, ')');
	}
}

static void add_key(struct buf *out, const struct compose *c, bool goes_up)
{
	add_col(out, c->key);
	buf_adds(out, goes_up ? " > " : " < ");
	sql_quote(out, c->after_key, strlen(c->after_key));
}

/* The order of an index: both columns the same way, NULL before all else going up. */
static void add_index_keyset(const struct compose *c, struct buf *out)
{
	bool goes_up = c->is_desc == c->is_backward;
	buf_addc(out, '(');
	add_col(out, c->sort);
	if (c->after_is_null)
		buf_adds(out, " IS NULL");
	else {
		buf_adds(out, " = ");
		sql_quote(out, c->after_sort, strlen(c->after_sort));
	}
	buf_adds(out, " AND ");
	add_key(out, c, goes_up);
	buf_addc(out, ')');
	if (c->after_is_null && !goes_up) return;
	buf_adds(out, " OR ");
	add_col(out, c->sort);
	if (c->after_is_null) {
		buf_adds(out, " IS NOT NULL");
		return;
	}
	buf_adds(out, goes_up ? " > " : " < ");
	sql_quote(out, c->after_sort, strlen(c->after_sort));
	if (goes_up) return;
	buf_adds(out, " OR ");
	add_col(out, c->sort);
	buf_adds(out, " IS NULL");
}

/* (sort, key) comes after the given pair in the wanted direction. NULLs stand last when going up and
 * last when going down: unknown is never first. */
static void add_keyset(const struct compose *c, struct buf *out)
{
	bool key_up = !c->is_backward, goes_up = c->is_desc == c->is_backward;
	if (!c->sort) {
		add_key(out, c, key_up);
	} else if (c->is_indexed) {
		add_index_keyset(c, out);
	} else if (c->after_is_null) {
		buf_addc(out, '(');
		add_col(out, c->sort);
		buf_adds(out, " IS NULL AND ");
		add_key(out, c, key_up);
		buf_addc(out, ')');
		if (c->is_backward) {
			buf_adds(out, " OR ");
			add_col(out, c->sort);
			buf_adds(out, " IS NOT NULL");
		}
	} else {
		add_sort(out, c);
		buf_adds(out, goes_up ? " > " : " < ");
		add_after_sort(out, c);
		buf_adds(out, " OR (");
		add_sort(out, c);
		buf_adds(out, " = ");
		add_after_sort(out, c);
		buf_adds(out, " AND ");
		add_key(out, c, key_up);
		buf_addc(out, ')');
		if (!c->is_backward) {
			buf_adds(out, " OR ");
			add_col(out, c->sort);
			buf_adds(out, " IS NULL");
		}
	}
}

static void add_order(const struct compose *c, struct buf *out)
{
	bool is_desc = c->is_desc != c->is_backward;
	if (!c->sort && !c->key) return;
	buf_adds(out, " ORDER BY ");
	if (c->sort) {
		/* descending puts NULL last by itself; ascending needs telling, and only then */
		if (!c->is_indexed && (!is_desc || c->is_backward)) {
			add_col(out, c->sort);
			buf_adds(out, c->is_backward ? " IS NULL DESC, " : " IS NULL, ");
		}
		add_sort(out, c);
		if (is_desc) buf_adds(out, " DESC");
	}
	if (!c->key) return;
	if (c->sort) buf_adds(out, ", ");
	add_col(out, c->key);
	if (c->sort && c->is_indexed ? is_desc : c->is_backward) buf_adds(out, " DESC");
}

static bool add_bound(struct buf *out, const struct query *q, const struct arg *args, size_t n_args,
                      struct err *e)
{
	struct buf inner = BUF_EMPTY;
	bool ok = query_bind(&inner, q, args, n_args, e);
	if (ok) buf_addf(out, "(%s)", buf_str(&inner));
	buf_free(&inner);
	return ok;
}

/* The keys are told of the page too: what an index orders is then read no further than the page goes. */
static bool add_keys(struct buf *out, const struct compose *c, struct err *e)
{
	struct arg args[MAX_KEY_ARGS];
	size_t n = c->n_args;
	if (n + 4 > ARRAY_LEN(args)) return err_set(e, ERR_INTERNAL, "%s: too many arguments", c->keys->name);
	for (size_t i = 0; i < n; i++) args[i] = c->args[i];
	args[n++] = arg_int("most", (int64_t)c->limit);
	if (c->is_desc != c->is_backward) args[n++] = arg_bool("goes_down", true);
	if (c->after_key && c->after_sort) {
		args[n++] = arg_dec(c->sort, c->after_sort);
		args[n++] = arg_str("id", c->after_key);
	}
	return add_bound(out, c->keys, args, n, e);
}

static bool add_where(struct buf *out, const struct compose *c, struct err *e)
{
	const char *word = " WHERE ";
	const struct compose *before = c->unless_filled;
	if (c->filter && !filter_is_empty(c->filter)) {
		buf_adds(out, word);
		filter_to_sql(c->filter, out);
		word = " AND ";
	}
	if (c->after_key) {
		buf_addf(out, "%s(", word);
		add_keyset(c, out);
		buf_addc(out, ')');
		word = " AND ";
	}
	if (!before) return true;
	/* The server works out each part of a union, the later ones too when the first has filled the page. */
	buf_addf(out, "%s(SELECT COUNT(*) FROM (SELECT 1 FROM ", word);
	if (!add_keys(out, before, e)) return false;
	buf_adds(out, " v");
	if (!add_where(out, before, e)) return false;
	buf_addf(out, " LIMIT %zu) k) < %zu", before->limit, before->limit);
	return true;
}

/* The keys of the page first, then the rows of these keys. */
static bool add_from_keys(struct buf *out, const struct compose *c, struct err *e)
{
	buf_adds(out, " FROM (SELECT ");
	add_col(out, c->key);
	buf_adds(out, " FROM ");
	if (!add_keys(out, c, e)) return false;
	buf_adds(out, " v");
	if (!add_where(out, c, e)) return false;
	add_order(c, out);
	buf_addf(out, " LIMIT %zu) k STRAIGHT_JOIN ", c->limit);
	if (!add_bound(out, c->query, c->args, c->n_args, e)) return false;
	buf_adds(out, " v ON ");
	add_col(out, c->key);
	buf_adds(out, " = k.");
	sql_quote_name(out, c->key);
	return true;
}

static bool add_from(struct buf *out, const struct compose *c, struct err *e)
{
	if (c->keys) return add_from_keys(out, c, e);
	buf_adds(out, " FROM ");
	if (!add_bound(out, c->query, c->args, c->n_args, e)) return false;
	buf_adds(out, " v");
	return add_where(out, c, e);
}

/* --- a pattern that gives up --- */

#define GUARD                                                                                             \
	"BEGIN NOT ATOMIC DECLARE EXIT HANDLER FOR 1139 SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1139, " \
	"MESSAGE_TEXT = 'the pattern gave up on a value: write a simpler one'; "

bool compose_is_guarded(const char *text) { return strncmp(text, GUARD, sizeof GUARD - 1) == 0; }

static bool open_guard(struct buf *out, const struct compose *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].filter && filter_has_pattern(c[i].filter)) {
			buf_adds(out, GUARD);
			return true;
		}
	return false;
}

static void close_guard(struct buf *out, bool is_open)
{
	if (is_open) buf_adds(out, "; END");
}

/* --- whole questions --- */

static bool add_select(struct buf *out, const struct compose *c, struct err *e)
{
	buf_adds(out, "SELECT v.*");
	if (!add_from(out, c, e)) return false;
	add_order(c, out);
	if (c->limit) buf_addf(out, " LIMIT %zu", c->limit);
	return true;
}

bool compose_select(struct buf *out, const struct compose *c, struct err *e)
{
	return compose_union(out, c, 1, 0, e);
}

bool compose_union(struct buf *out, const struct compose *c, size_t n_parts, size_t limit, struct err *e)
{
	bool is_guarded = open_guard(out, c, n_parts);
	for (size_t i = 0; i < n_parts; i++) {
		if (n_parts > 1) buf_adds(out, i ? " UNION ALL (" : "(");
		if (!add_select(out, &c[i], e)) return false;
		if (n_parts == 1) break;
		if (!c[i].limit)
			buf_adds(out, " LIMIT 18446744073709551615"); /* without one the order is dropped */
		buf_addc(out, ')');
	}
	if (limit && n_parts > 1) buf_addf(out, " LIMIT %zu", limit);
	close_guard(out, is_guarded);
	return true;
}

bool compose_count(struct buf *out, const struct compose *c, struct err *e)
{
	struct compose all = *c;
	bool is_guarded = open_guard(out, c, 1);
	all.after_key = NULL;
	buf_adds(out, "SELECT COUNT(*) AS n");
	if (!add_from(out, &all, e)) return false;
	close_guard(out, is_guarded);
	return true;
}
