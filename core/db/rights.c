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
