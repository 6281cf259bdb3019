/* filter.c - the filter language: parsed once, then asked of rows (here) or of the server (filter_sql.c). */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/near.h"
#include "core/base/text.h"
#include "core/db/filter_int.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- parsing --- */

static struct node *node_new(enum node_kind kind)
{
	struct node *n = mem_alloc(sizeof *n);
	n->kind = kind;
	return n;
}

static void node_free(struct node *n)
{
	if (!n) return;
	for (size_t i = 0; i < n->n_kids; i++) node_free(n->kids[i]);
	if (n->re) {
		pcre2_match_data_free(n->re->found);
		pcre2_code_free(n->re->code);
		free(n->re->sent);
		free(n->re);
	}
	free(n->kids);
	free(n->value);
	free(n);
}

static void add_kid(struct node *n, struct node *kid)
{
	n->kids = mem_grow(n->kids, sizeof(struct node *) * (n->n_kids + 1));
	n->kids[n->n_kids++] = kid;
}

/* One word up to a blank or bar; quotes keep both inside and are dropped. *bare_op is the offset of the
 * first operator that stood outside quotes, or -1. */
static bool take_word(const char **s, struct buf *out, long *bare_op, struct err *e)
{
	char quote = 0;
	*bare_op = -1;
	for (; **s && (quote || (!isspace((unsigned char)**s) && **s != '|')); (*s)++) {
		if (quote) {
			if (**s == quote)
				quote = 0;
			else
				buf_addc(out, **s);
		} else if (**s == '"')
			quote = '"';
		else {
			if (*bare_op < 0 && strchr(":=<>~", **s) && out->len) *bare_op = (long)out->len;
			buf_addc(out, **s);
		}
	}
	return !quote || err_set(e, ERR_USAGE, "a quote is not closed");
}

static const struct filter_col *find_col(const struct filter *f, const char *name, size_t n)
{
	for (size_t i = 0; i < f->n_cols; i++)
		if (strlen(f->cols[i].name) == n && strncasecmp(f->cols[i].name, name, n) == 0)
			return &f->cols[i];
	return NULL;
}

/* A column whose name holds this word or is like it: what may have been meant. */
static const struct filter_col *like_col(const struct filter *f, const char *word, size_t n)
{
	char w[64];
	snprintf(w, sizeof w, "%.*s", (int)n, word);
	for (size_t i = 0; i < f->n_cols; i++)
		if (strcasestr(f->cols[i].name, w)) return &f->cols[i];
	struct near like;
	near_begin(&like, word, n);
	for (size_t i = 0; i < f->n_cols; i++) near_offer(&like, f->cols[i].name);
	return *like.best ? find_col(f, like.best, strlen(like.best)) : NULL;
}

/* "90", "90s", "2h", "10k", "1.5M": a number in the column's own unit (seconds, bytes, ...). */
static bool parse_number(const char *s, double *v)
{
	char *end;
	*v = strtod(s, &end);
	if (end == s || !isfinite(*v)) return false;
	if (!*end) return true;
	static const struct {
		const char *unit;
		double times;
	} units[] = {
		{ "s", 1 },   { "m", 60 },  { "h", 3600 }, { "d", 86400 }, { "k", 1e3 },
		{ "K", 1e3 }, { "M", 1e6 }, { "G", 1e9 },  { "T", 1e12 },  { "%", 0.01 },
	};
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (strcmp(end, units[i].unit) == 0) {
			*v *= units[i].times;
			return true;
		}
	return false;
}

/* The letter that says which case, of the property of letters that \p{Lu}, \P{Lt}, \p{^Ll} names; NULL: it is another. */
static char *case_of(char *escape)
{
	if ((escape[1] != 'p' && escape[1] != 'P') || escape[2] != '{') return NULL;
	char *name = escape + 3 + (escape[3] == '^');
	return name[0] == 'L' && name[1] && strchr("ult", name[1]) && name[2] == '}' ? name + 1 : NULL;
}

/* Where case is not minded, \p{Lu} is a letter of any case to PCRE2 from 10.43 on, and to one before it is not; the server's
 * and ours need not be of one age. What both read alike, \p{L&}, is sent, unless the pattern minds case somewhere. */
static char *pattern_sent(const char *text)
{
	char *sent = mem_dup(text), *s = sent;
	if (strstr(text, "(?-") || strstr(text, "(?^")) return sent;
	while ((s = strchr(s, '\\')) && s[1]) {
		char *which = case_of(s), *end = s[1] == 'Q' ? strstr(s, "\\E") : NULL;
		if (which) *which = '&';
		if (s[1] == 'Q' && !end) break; /* the rest is quoted */
		s = end ? end + 2 : s + 2;
	}
	return sent;
}

/* The server's dialect (MariaDB's REGEXP is PCRE2 with UTF and UCP), the very text that filter_sql.c sends, and no
 * compiled code: that has other limits. */
static struct pattern *pattern_new(const char *text, struct err *e)
{
	int no;
	PCRE2_SIZE at, before = sizeof PATTERN_SENT - 1;
	PCRE2_UCHAR why[128];
	char *sent = pattern_sent(text), *whole = mem_printf(PATTERN_SENT "%s", sent);
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)whole, PCRE2_ZERO_TERMINATED,
	                                 PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF, &no, &at, NULL);
	free(whole);
	if (!code) {
		free(sent);
		pcre2_get_error_message(no, why, sizeof why);
		err_set(e, ERR_USAGE, "'%s' is not a regular expression: %s, at its byte %zu", text,
		        (char *)why, at > before ? (size_t)(at - before) : 0);
		return NULL;
	}
	struct pattern *p = mem_alloc(sizeof *p);
	p->sent = sent;
	p->code = code;
	p->found = pcre2_match_data_create(1, NULL);
	return p;
}

static bool pattern_matches(struct pattern *p, const char *v)
{
	int rc = pcre2_match(p->code, (PCRE2_SPTR)v, strlen(v), 0, 0, p->found, NULL);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH) p->gave_up = rc;
	return rc >= 0;
}

static bool read_value(struct filter *f, struct node *n, struct err *e)
{
	struct err ignored;
	int64_t ms;
	enum cell_type ty = n->col->type;
	if (n->op == OP_RE) {
		n->re = pattern_new(n->value, e);
		return n->re != NULL;
	}
	if (n->op == OP_HAS || n->op == OP_IS) {
		if (ty == CELL_BOOL) {
			n->number = strchr("1yYtT", n->value[0]) && n->value[0];
			if (!n->value[0] || !strchr("01yYnNtTfF", n->value[0]))
				return err_set(e, ERR_USAGE, "%s is yes or no, not '%s'", n->col->name,
				               n->value);
			n->op = OP_IS;
		} else if (n->op == OP_IS && (ty == CELL_INT || ty == CELL_DEC) &&
		           !parse_number(n->value, &n->number))
			return err_set(e, ERR_USAGE, "%s is a number, not '%s'", n->col->name, n->value);
		return true;
	}
	(void)f;
	if (ty == CELL_TIME) {
		if (duration_parse(n->value, &ms, &ignored)) {
			n->is_age = true;
			n->number = (double)(ms / 1000);
			return true;
		}
		if (!time_parse(n->value, clock_wall_ms(), &n->time_ms, e)) return false;
		return true;
	}
	if (ty != CELL_INT && ty != CELL_DEC && ty != CELL_BOOL) return true; /* text is compared as text */
	if (!parse_number(n->value, &n->number))
		return err_set(e, ERR_USAGE, "%s is a number, not '%s'", n->col->name, n->value);
	return true;
}

static struct node *parse_atom(struct filter *f, const char **s, struct err *e)
{
	struct buf w = BUF_EMPTY;
	long at;
	bool is_not = **s == '!';
	if (is_not) (*s)++;
	if (!take_word(s, &w, &at, e)) {
		buf_free(&w);
		return NULL;
	}
	if (!w.len) {
		buf_free(&w);
		err_set(e, ERR_USAGE, is_not ? "'!' stands before nothing" : "a bar stands beside nothing");
		return NULL;
	}
	struct node *n = node_new(N_TEST);
	const struct filter_col *col = at > 0 ? find_col(f, w.s, (size_t)at) : NULL;
	if (col) {
		const char *op = w.s + at;
		size_t len = 1;
		n->col = col;
		n->op = *op == ':'   ? OP_HAS
		        : *op == '=' ? OP_IS
		        : *op == '~' ? OP_RE
		        : *op == '<' ? OP_LT
		                     : OP_GT;
		if ((*op == '<' || *op == '>') && op[1] == '=') n->op = *op == '<' ? OP_LE : OP_GE, len = 2;
		n->value = mem_dup(op + len);
	} else if (at > 0 && strchr("=<>~", w.s[at])) {
		col = like_col(f, w.s, (size_t)at);
		err_set(e, ERR_USAGE, "no column '%.*s' here%s%s%s", (int)at, w.s, col ? "; is " : "",
		        col ? col->name : "", col ? " meant?" : "");
		buf_free(&w);
		node_free(n);
		return NULL;
	} else {
		n->op = OP_HAS; /* "a:b" without such a column is just text: times and ids hold colons */
		n->value = mem_dup(w.s);
	}
	buf_free(&w);
	if (n->col && !read_value(f, n, e)) {
		node_free(n);
		return NULL;
	}
	if (!is_not) return n;
	struct node *no = node_new(N_NOT);
	add_kid(no, n);
	return no;
}

static struct node *parse_either(struct filter *f, const char **s, struct err *e)
{
	struct node *n = parse_atom(f, s, e);
	if (!n || **s != '|') return n;
	struct node *either = node_new(N_OR);
	add_kid(either, n);
	while (**s == '|') {
		(*s)++;
		n = parse_atom(f, s, e);
		if (!n) {
			node_free(either);
			return NULL;
		}
		add_kid(either, n);
	}
	return either;
}

struct filter *filter_parse(const char *text, const struct filter_col *cols, size_t n_cols, struct err *e)
{
	struct filter *f = mem_alloc(sizeof *f);
	f->cols = mem_alloc(sizeof *f->cols * (n_cols + 1));
	if (n_cols) memcpy(f->cols, cols, sizeof *cols * n_cols);
	f->n_cols = n_cols;
	f->root = node_new(N_AND);
	for (const char *s = text;;) {
		while (isspace((unsigned char)*s)) s++;
		if (!*s) return f;
		struct node *n = parse_either(f, &s, e);
		if (!n) {
			filter_free(f);
			return NULL;
		}
		add_kid(f->root, n);
	}
}

void filter_free(struct filter *f)
{
	if (!f) return;
	node_free(f->root);
	free(f->cols);
	free(f);
}

bool filter_is_empty(const struct filter *f) { return f->root->n_kids == 0; }

/* --- rows that are here --- */

static bool compare(enum op op, double d)
{
	switch (op) {
	case OP_LT: return d < 0;
	case OP_LE: return d <= 0;
	case OP_GT: return d > 0;
	case OP_GE: return d >= 0;
	default: return d == 0;
	}
}

static bool test_time(const struct node *n, const struct table *t, const char *v)
{
	int64_t ms;
	if (!time_from_sql(v, &ms)) return false;
	if (n->is_age) return compare(n->op, (double)((t->read_at_wall_ms - ms) / 1000) - n->number);
	return compare(n->op, (double)(ms - n->time_ms));
}

static bool test_cell(const struct node *n, const struct table *t, const char *v)
{
	if (!v) return false;
	enum cell_type ty = n->col->type;
	bool is_number = ty == CELL_INT || ty == CELL_DEC || ty == CELL_BOOL;
	switch (n->op) {
	case OP_HAS: return text_contains(v, n->value);
	case OP_RE: return pattern_matches(n->re, v);
	case OP_IS:
		if (is_number) return strtod(v, NULL) == n->number;
		return strcmp(v, n->value) == 0;
	default:
		if (ty == CELL_TIME) return test_time(n, t, v);
		if (is_number) return compare(n->op, strtod(v, NULL) - n->number);
		return compare(n->op, (double)strcmp(v, n->value));
	}
}

static bool test_any(const struct filter *f, const struct node *n, const struct table *t, size_t row)
{
	for (size_t i = 0; i < f->n_cols; i++) {
		const char *v = f->cols[i].in_any ? table_get(t, row, f->cols[i].name) : NULL;
		if (v && text_contains(v, n->value)) return true;
	}
	return false;
}

static bool match(const struct filter *f, const struct node *n, const struct table *t, size_t row)
{
	switch (n->kind) {
	case N_NOT: return !match(f, n->kids[0], t, row);
	case N_OR:
		for (size_t i = 0; i < n->n_kids; i++)
			if (match(f, n->kids[i], t, row)) return true;
		return false;
	case N_AND:
		for (size_t i = 0; i < n->n_kids; i++)
			if (!match(f, n->kids[i], t, row)) return false;
		return true;
	case N_TEST:
		return n->col ? test_cell(n, t, table_get(t, row, n->col->name)) : test_any(f, n, t, row);
	}
	return false;
}

bool filter_match(const struct filter *f, const struct table *t, size_t row)
{
	return match(f, f->root, t, row);
}

static const struct node *pattern_in(const struct node *n, bool that_gave_up)
{
	if (n->re && (!that_gave_up || n->re->gave_up)) return n;
	for (size_t i = 0; i < n->n_kids; i++) {
		const struct node *found = pattern_in(n->kids[i], that_gave_up);
		if (found) return found;
	}
	return NULL;
}

bool filter_has_pattern(const struct filter *f) { return pattern_in(f->root, false) != NULL; }

bool filter_gave_up(const struct filter *f, struct err *e)
{
	PCRE2_UCHAR why[128];
	const struct node *n = pattern_in(f->root, true);
	if (!n) return false;
	pcre2_get_error_message(n->re->gave_up, why, sizeof why);
	err_set(e, ERR_USAGE, "the pattern '%s' gave up on a value (%s): write a simpler one", n->value,
	        (char *)why);
	return true;
}

/* --- parts of a list --- */

/* Do all tests under n look at this column alone? */
static bool is_about(const struct node *n, const char *col)
{
	if (n->kind == N_TEST) return n->col && strcmp(n->col->name, col) == 0;
	for (size_t i = 0; i < n->n_kids; i++)
		if (!is_about(n->kids[i], col)) return false;
	return n->n_kids > 0;
}

bool filter_allows(const struct filter *f, const char *col, const char *word)
{
	struct table *t = table_new(1);
	t->names[0] = arena_str(&t->arena, col);
	t->types[0] = CELL_TEXT;
	*table_add_row(t) = (struct cell){ arena_str(&t->arena, word), strlen(word) };
	bool ok = true;
	for (size_t i = 0; i < f->root->n_kids && ok; i++)
		if (is_about(f->root->kids[i], col)) ok = match(f, f->root->kids[i], t, 0);
	table_free(t);
	return ok;
}

static const struct node *word_in(const struct node *n, size_t *skip)
{
	if (n->kind == N_NOT) return NULL;
	if (n->kind == N_TEST && n->col && (n->op == OP_HAS || n->op == OP_IS)) {
		if (*skip == 0) return n;
		--*skip;
	}
	for (size_t i = 0; i < n->n_kids; i++) {
		const struct node *found = word_in(n->kids[i], skip);
		if (found) return found;
	}
	return NULL;
}

bool filter_word(const struct filter *f, size_t i, const char **col, const char **word)
{
	const struct node *n = word_in(f->root, &i);
	if (!n) return false;
	*col = n->col->name;
	*word = n->value;
	return true;
}
