/* rights.c - GRANT lines taken apart: "GRANT a, b (c) ON [PROCEDURE ]`db`.`name` TO ..." */
#include "core/db/rights.h"
#include <mysqld_error.h>
#include <string.h>

enum { NAME_MAX_BYTES = 260 };

/* One name, quoted by backticks or the bare star; *s moves behind it. */
static bool take_name(const char **s, char out[NAME_MAX_BYTES])
{
	size_t n = 0;
	const char *p = *s;
	if (*p == '*') {
		memcpy(out, "*", 2);
		*s = p + 1;
		return true;
	}
	if (*p++ != '`') return false;
	for (; *p && n + 1 < NAME_MAX_BYTES; p++) {
		if (*p == '`' && *++p != '`') {
			out[n] = 0;
			*s = p;
			return true;
		}
		out[n++] = *p;
	}
	return false;
}

/* LIKE: % any, _ one, \ takes the next as it is. */
static bool like(const char *pattern, const char *s)
{
	for (; *pattern; pattern++, s++) {
		if (*pattern == '%') {
			for (;; s++) {
				if (like(pattern + 1, s)) return true;
				if (!*s) return false;
			}
		}
		if (!*s) return false;
		if (*pattern == '_') continue;
		if (*pattern == '\\' && pattern[1]) pattern++;
		if (*pattern != *s) return false;
	}
	return !*s;
}

/* Is the privilege in "SELECT, UPDATE (a, b), SHOW VIEW" of n bytes, on more than columns? */
static bool in_list(const char *list, size_t n, const char *privilege)
{
	size_t start = 0;
	int depth = 0;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && list[i] == '(') depth++;
		if (i < n && list[i] == ')') depth--;
		if (i < n && (list[i] != ',' || depth)) continue;
		while (start < i && list[start] == ' ') start++;
		size_t len = i - start;
		if ((len == strlen(privilege) && strncmp(list + start, privilege, len) == 0) ||
		    (len == strlen("ALL PRIVILEGES") && strncmp(list + start, "ALL PRIVILEGES", len) == 0))
			return true;
		start = i + 1;
	}
	return false;
}

static bool covers(const char *scope, const char *kind, const char *database, const char *object)
{
	char db[NAME_MAX_BYTES], name[NAME_MAX_BYTES];
	size_t n = strcspn(scope, " `*");
	bool has_kind = n && scope[n] == ' '; /* PROCEDURE, FUNCTION; tables are not named so */
	bool same_kind =
	        has_kind ? strlen(kind) == n && memcmp(kind, scope, n) == 0 : strcmp(kind, "TABLE") == 0;
	if (has_kind) scope += n + 1;
	if (!take_name(&scope, db) || *scope++ != '.' || !take_name(&scope, name)) return false;
	if (strcmp(name, "*") == 0) return strcmp(db, "*") == 0 || like(db, database);
	return object && same_kind && strcmp(db, database) == 0 && strcmp(name, object) == 0;
}

bool rights_allow(const struct table *grants, const char *privilege, const char *kind, const char *database,
                  const char *object)
{
	for (size_t i = 0; i < grants->n_rows; i++) {
		const char *line = grants->cells[i * grants->n_cols].s;
		if (!line || strncmp(line, "GRANT ", 6) != 0 || line[6] == '`') continue;
		const char *on = strstr(line, " ON ");
		if (on && in_list(line + 6, (size_t)(on - line - 6), privilege) &&
		    covers(on + 4, kind, database, object))
			return true;
	}
	return false;
}

/* One entry of a list of privileges: its name, and between brackets the columns it is for. */
struct entry {
	const char *name, *columns;
	size_t n_name, n_columns; /* n_columns 0: all */
};

/* The next entry of the n bytes at list, from *at on. */
static bool next_entry(const char *list, size_t n, size_t *at, struct entry *out)
{
	size_t i = *at, from;
	while (i < n && (list[i] == ' ' || list[i] == ',')) i++;
	if (i >= n) return false;
	for (from = i; i < n && list[i] != ',' && list[i] != '('; i++) {
	}
	*out = (struct entry){ .name = list + from, .n_name = i - from };
	while (out->n_name && out->name[out->n_name - 1] == ' ') out->n_name--;
	if (out->n_name > 1 && *out->name == '`') out->name++, out->n_name -= 2;
	if (i < n && list[i] == '(') {
		out->columns = list + i + 1;
		while (i < n && list[i] != ')') i++;
		out->n_columns = (size_t)(list + i - out->columns);
		i += i < n;
	}
	*at = i;
	return true;
}

static bool has_column(const struct entry *have, const struct entry *column)
{
	struct entry c;
	for (size_t at = 0; next_entry(have->columns, have->n_columns, &at, &c);)
		if (c.n_name == column->n_name && memcmp(c.name, column->name, c.n_name) == 0) return true;
	return false;
}

static bool gives(const struct entry *have, const struct entry *want)
{
	struct entry c;
	if (have->n_name != want->n_name || memcmp(have->name, want->name, want->n_name) != 0) return false;
	if (!have->n_columns) return true;
	if (!want->n_columns) return false;
	for (size_t at = 0; next_entry(want->columns, want->n_columns, &at, &c);)
		if (!has_column(have, &c)) return false;
	return true;
}

/* What stands behind ON, up to TO; *n its length. NULL: a line about a role. */
static const char *object_of(const char *line, size_t *n)
{
	const char *on = line[6] == '`' ? NULL : strstr(line, " ON "), *to = on ? strstr(on, " TO `") : NULL;
	if (!to) return NULL;
	*n = (size_t)(to - on - 4);
	return on + 4;
}

static bool holds_entry(const struct table *grants, const char *object, size_t n_object,
                        const struct entry *want)
{
	for (size_t i = 0; i < grants->n_rows; i++) {
		const char *line = grants->cells[i * grants->n_cols].s, *on;
		size_t n = 0;
		struct entry have;
		if (!line || strncmp(line, "GRANT ", 6) != 0 || !(on = object_of(line, &n))) continue;
		if (n != n_object || memcmp(on, object, n) != 0) continue;
		for (size_t at = 0; next_entry(line + 6, (size_t)(on - line - 10), &at, &have);)
			if (gives(&have, want)) return true;
	}
	return false;
}

bool rights_hold(const struct table *grants, const char *statement)
{
	char role[NAME_MAX_BYTES];
	const char *s = statement + 6, *object;
	size_t n = 0;
	struct entry want;
	if (strncmp(statement, "GRANT ", 6) != 0) return false;
	object = object_of(statement, &n);
	if (!object) return take_name(&s, role) && rights_role(grants, role);
	for (size_t at = 0; next_entry(statement + 6, (size_t)(object - statement - 10), &at, &want);)
		if (!holds_entry(grants, object, n, &want)) return false;
	return true;
}

bool rights_role(const struct table *grants, const char *role)
{
	char name[NAME_MAX_BYTES];
	for (size_t i = 0; i < grants->n_rows; i++) {
		const char *line = grants->cells[i * grants->n_cols].s, *s;
		if (!line || strncmp(line, "GRANT `", 7) != 0) continue;
		s = line + 6;
		if (take_name(&s, name) && strncmp(s, " TO ", 4) == 0 && strcmp(name, role) == 0) return true;
	}
	return false;
}

bool rights_lacking(const struct err *e)
{
	switch (e->sql_errno) {
	case ER_DBACCESS_DENIED_ERROR:
	case ER_TABLEACCESS_DENIED_ERROR:
	case ER_COLUMNACCESS_DENIED_ERROR:
	case ER_SPECIFIC_ACCESS_DENIED_ERROR:
	case ER_PROCACCESS_DENIED_ERROR: return true;
	default: return false;
	}
}
