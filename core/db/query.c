/* query.c - arguments into statements, the only way values get into SQL; scripts into statements. */
#include "core/db/query.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "sql.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *query_about(const struct query *q, char *out, size_t n)
{
	const char *s = q->text;
	if (strncmp(s, "-- ", 3) == 0) s += 3;
	snprintf(out, n, "%.*s", (int)strcspn(s, "\n"), s);
	return out;
}

struct arg arg_null(const char *name) { return (struct arg){ .name = name, .kind = ARG_NULL }; }
struct arg arg_str(const char *name, const char *s)
{
	return s ? arg_strn(name, s, strlen(s)) : arg_null(name);
}
struct arg arg_strn(const char *name, const char *s, size_t n)
{
	return (struct arg){ .name = name, .kind = ARG_STR, .s = s, .len = n };
}
struct arg arg_int(const char *name, int64_t i)
{
	return (struct arg){ .name = name, .kind = ARG_INT, .i = i };
}
struct arg arg_dec(const char *name, const char *d)
{
	return d ? (struct arg){ .name = name, .kind = ARG_DEC, .s = d, .len = strlen(d) } : arg_null(name);
}
struct arg arg_bool(const char *name, bool b)
{
	return (struct arg){ .name = name, .kind = ARG_BOOL, .i = b };
}
struct arg arg_time(const char *name, int64_t ms)
{
	return ms == TIME_NONE ? arg_null(name) : (struct arg){ .name = name, .kind = ARG_TIME, .i = ms };
}

void sql_quote(struct buf *out, const char *s, size_t n)
{
	buf_addc(out, '\'');
	for (size_t i = 0; i < n; i++) {
		switch (s[i]) {
		case 0: buf_adds(out, "\\0"); break;
		case '\n': buf_adds(out, "\\n"); break;
		case '\r': buf_adds(out, "\\r"); break;
		case '\\': buf_adds(out, "\\\\"); break;
		case '\'': buf_adds(out, "\\'"); break;
		case '"': buf_adds(out, "\\\""); break;
		case 0x1A: buf_adds(out, "\\Z"); break;
		default: buf_addc(out, s[i]);
		}
	}
	buf_addc(out, '\'');
}

void sql_quote_text(struct buf *out, const char *s, size_t n)
{
	sql_quote(out, s, n);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80) {
			buf_adds(out, " COLLATE utf8mb4_general_ci");
			return;
		}
}

void sql_quote_name(struct buf *out, const char *name)
{
	buf_addc(out, '`');
	for (; *name; name++) {
		if (*name == '`') buf_addc(out, '`');
		buf_addc(out, *name);
	}
	buf_addc(out, '`');
}

static bool is_decimal(const char *s, size_t n)
{
	size_t i = 0, digits = 0, points = 0;
	if (n && (s[0] == '-' || s[0] == '+')) i++;
	for (; i < n; i++) {
		if (s[i] == '.')
			points++;
		else if (isdigit((unsigned char)s[i]))
			digits++;
		else
			return false;
	}
	return digits > 0 && points <= 1;
}

static bool add_value(struct buf *out, const struct query *q, const struct query_param *p,
                      const struct arg *a, struct err *e)
{
	char when[32];
	bool wants_number =
	        strcmp(p->type, "int") == 0 || strcmp(p->type, "dec") == 0 || strcmp(p->type, "bool") == 0;
	switch (a->kind) {
	case ARG_NULL: buf_adds(out, "NULL"); return true;
	case ARG_STR:
		if (wants_number) break;
		(strcmp(p->type, "str") == 0 ? sql_quote_text : sql_quote)(out, a->s, a->len);
		return true;
	case ARG_INT:
	case ARG_BOOL:
		if (strcmp(p->type, "json") == 0) break;
		buf_addf(out, "%lld", (long long)a->i);
		return true;
	case ARG_DEC:
		if (!wants_number || !is_decimal(a->s, a->len)) break;
		buf_add(out, a->s, a->len);
		return true;
	case ARG_TIME:
		if (wants_number) break;
		time_to_sql(a->i, when);
		sql_quote(out, when, strlen(when));
		return true;
	}
	return err_set(e, ERR_INTERNAL, "%s: the value of :%s is not of type %s", q->name, p->name, p->type);
}

/* Length of a quoted string, a comment, or 0: what stands in it is not looked at. */
static size_t opaque(const char *s, bool *is_comment)
{
	*is_comment = false;
	if (*s == '\'' || *s == '"' || *s == '`') {
		size_t i = 1;
		for (; s[i] && s[i] != *s; i++)
			if (s[i] == '\\' && *s != '`' && s[i + 1]) i++;
		return s[i] ? i + 1 : i;
	}
	if (*s == '#' || (s[0] == '-' && s[1] == '-' && (!s[2] || isspace((unsigned char)s[2])))) {
		*is_comment = true;
		return strcspn(s, "\n");
	}
	if (s[0] == '/' && s[1] == '*' && s[2] != '!' && s[2] != 'M') {
		const char *end = strstr(s + 2, "*/");
		*is_comment = true;
		return end ? (size_t)(end - s) + 2 : strlen(s);
	}
	return 0;
}

static const struct query_param *param(const struct query *q, const char *name, size_t n)
{
	for (size_t i = 0; i < q->n_params; i++)
		if (strlen(q->params[i].name) == n && memcmp(q->params[i].name, name, n) == 0)
			return &q->params[i];
	return NULL;
}

static bool bind_one(struct buf *out, const struct query *q, const char **s, const struct arg *args,
                     size_t n_args, struct err *e)
{
	size_t n = 1;
	while (isalnum((unsigned char)(*s)[n]) || (*s)[n] == '_') n++;
	const struct query_param *p = param(q, *s + 1, n - 1);
	if (!p) return err_set(e, ERR_INTERNAL, "%s: :%.*s is not declared", q->name, (int)n - 1, *s + 1);
	struct arg none = arg_null(p->name);
	const struct arg *a = &none;
	for (size_t i = 0; i < n_args; i++)
		if (strcmp(args[i].name, p->name) == 0) a = &args[i];
	*s += n;
	return add_value(out, q, p, a, e);
}

bool query_bind(struct buf *out, const struct query *q, const struct arg *args, size_t n_args, struct err *e)
{
	for (size_t i = 0; i < n_args; i++)
		if (!param(q, args[i].name, strlen(args[i].name)))
			return err_set(e, ERR_INTERNAL, "%s takes no :%s", q->name, args[i].name);
	for (const char *s = q->text; *s;) {
		bool is_comment;
		size_t n = opaque(s, &is_comment);
		if (n) {
			if (!is_comment) buf_add(out, s, n);
			s += n;
		} else if (*s == ':' && (isalpha((unsigned char)s[1]) || s[1] == '_')) {
			if (!bind_one(out, q, &s, args, n_args, e)) return false;
		} else
			buf_addc(out, *s++);
	}
	while (out->len && (isspace((unsigned char)out->s[out->len - 1]) || out->s[out->len - 1] == ';'))
		buf_cut(out, out->len - 1);
	return !out->is_full || err_set(e, ERR_INTERNAL, "%s: the statement is too long", q->name);
}

/* --- scripts --- */

static const char *skip_blank(const char *s, int *line)
{
	for (;;) {
		bool is_comment;
		size_t n = 0;
		while (isspace((unsigned char)*s)) *line += *s++ == '\n';
		if (*s) n = opaque(s, &is_comment);
		if (!n || !is_comment) return s;
		for (size_t i = 0; i < n; i++) *line += s[i] == '\n';
		s += n;
	}
}

bool script_each(const char *text,
                 bool (*each)(void *ctx, const char *stmt, size_t n, int line, struct err *e), void *ctx,
                 struct err *e)
{
	char delimiter[16] = ";";
	int line = 1;
	for (const char *s = skip_blank(text, &line); *s; s = skip_blank(s, &line)) {
		if (strncasecmp(s, "DELIMITER ", 10) == 0) {
			size_t n = strcspn(s, "\n");
			snprintf(delimiter, sizeof delimiter, "%.*s", (int)(n - 10), s + 10);
			delimiter[strcspn(delimiter, " \t\r")] = 0;
			s += n;
			continue;
		}
		const char *start = s;
		int at = line;
		size_t d = strlen(delimiter);
		while (*s && strncmp(s, delimiter, d) != 0) {
			bool is_comment;
			size_t n = opaque(s, &is_comment);
			if (!n) n = 1;
			for (size_t i = 0; i < n; i++) line += s[i] == '\n';
			s += n;
		}
		size_t n = (size_t)(s - start);
		while (n && isspace((unsigned char)start[n - 1])) n--;
		if (n && !each(ctx, start, n, at, e)) return false;
		if (*s) s += d;
	}
	return true;
}
