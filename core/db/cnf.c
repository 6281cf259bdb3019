/* cnf.c - option files, read as the mariadb client reads them (its mysys/my_default.c): files in order,
 * !include and !includedir, groups with suffix, quotes, escapes, '#' comments. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 10, MAX_LINE = 1 << 20 };
struct reader {
	const char *const *groups;
	const char *suffix;
	struct conf_item *items;
	size_t n, cap;
	struct buf *notes;
};

static bool read_file(struct reader *r, const char *path, bool is_needed, int depth, struct err *e);

static bool is_wanted(const struct reader *r, const char *group)
{
	for (size_t i = 0; r->groups[i]; i++) {
		size_t n = strlen(r->groups[i]);
		if (strcasecmp(group, r->groups[i]) == 0 || strcmp(r->groups[i], "*") == 0) return true;
		if (r->suffix && strncasecmp(group, r->groups[i], n) == 0 &&
		    strcasecmp(group + n, r->suffix) == 0)
			return true;
	}
	return false;
}

static char *trim(char *s)
{
	while (isspace((unsigned char)*s)) s++;
	size_t n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1])) s[--n] = 0;
	return s;
}

/* '#' ends the value unless it stands in quotes. */
static void cut_comment(char *s)
{
	char quote = 0;
	bool is_escaped = false;
	for (; *s; s++) {
		if ((*s == '\'' || *s == '"') && !is_escaped) {
			if (!quote)
				quote = *s;
			else if (quote == *s)
				quote = 0;
		}
		if (!quote && *s == '#') {
			*s = 0;
			return;
		}
		is_escaped = quote && *s == '\\' && !is_escaped;
	}
}

static void unescape(char *s)
{
	static const char from[] = "nrtbs\"'\\", to[] = "\n\r\t\b \"'\\";
	char *o = s;
	for (; *s; s++) {
		const char *k = s[0] == '\\' && s[1] ? strchr(from, s[1]) : NULL;
		if (k)
			*o++ = to[k - from], s++;
		else
			*o++ = *s;
	}
	*o = 0;
}

static char *unquote(char *s)
{
	size_t n = strlen(s);
	if (n >= 2 && (s[0] == '\'' || s[0] == '"') && s[n - 1] == s[0]) {
		s[n - 1] = 0;
		s++;
	}
	unescape(s);
	return s;
}

static void keep(struct reader *r, const char *group, const char *name, const char *value, const char *path,
                 int at)
{
	if (r->n == r->cap)
		r->items = mem_grow(r->items, sizeof *r->items * (r->cap = r->cap ? r->cap * 2 : 32));
	r->items[r->n++] = (struct conf_item){ mem_dup(group), mem_dup(name), mem_dup(value),
		                               mem_printf("%s:%d", path, at) };
}

static void add_item(struct reader *r, const char *group, char *line, const char *path, int at)
{
	char *eq = strchr(line, '=');
	cut_comment(line);
	if (eq && (size_t)(eq - line) >= strlen(line)) eq = NULL;
	char *value = NULL;
	if (eq) {
		*eq = 0;
		value = unquote(trim(eq + 1));
	}
	char *name = trim(line);
	if (*name) keep(r, group, name, value, path, at);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool include_dir(struct reader *r, const char *dir, int depth, struct err *e)
{
	char **names = NULL;
	size_t n = 0;
	bool ok = true;
	DIR *d = opendir(dir);
	if (!d) return err_set(e, ERR_USAGE, "cannot read the folder %s: %s", dir, strerror(errno));
	for (struct dirent *f; (f = readdir(d));) {
		size_t len = strlen(f->d_name);
		if (len < 5 || strcmp(f->d_name + len - 4, ".cnf") != 0) continue;
		names = mem_grow(names, sizeof *names * (n + 1));
		names[n++] = mem_printf("%s/%s", dir, f->d_name);
	}
	closedir(d);
	if (n) qsort(names, n, sizeof *names, by_name);
	for (size_t i = 0; i < n; i++) {
		ok = ok && read_file(r, names[i], false, depth, e);
		free(names[i]);
	}
	free(names);
	return ok;
}

/* What cannot be read is gone past, as the client does; only a folder has to be there. */
static bool include(struct reader *r, const char *file, const char *path, int at, int depth, struct err *e)
{
	char why[200] = "";
	struct stat st;
	if (depth >= MAX_DEPTH)
		snprintf(why, sizeof why, "left out: includes go deeper than %d files", MAX_DEPTH);
	else if (access(file, R_OK) != 0)
		snprintf(why, sizeof why, "left out: %s", strerror(errno));
	else if (stat(file, &st) == 0 && S_ISDIR(st.st_mode))
		snprintf(why, sizeof why, "left out: %s", strerror(EISDIR));
	if (!*why) return read_file(r, file, false, depth + 1, e);
	char *name = mem_printf("!include %s", file);
	keep(r, CONF_NOT_READ, name, why, path, at);
	free(name);
	return true;
}

static bool directive(struct reader *r, char *line, const char *path, int at, int depth, struct err *e)
{
	if (strncmp(line, "!includedir", 11) == 0 && isspace((unsigned char)line[11]))
		return depth >= MAX_DEPTH || include_dir(r, trim(line + 11), depth + 1, e);
	if (strncmp(line, "!include", 8) == 0 && isspace((unsigned char)line[8]))
		return include(r, trim(line + 8), path, at, depth, e);
	keep(r, CONF_NOT_READ, line, "left out: neither !include nor !includedir", path, at);
	return true;
}

static bool read_line(struct reader *r, char *line, size_t n, char *group, size_t group_size,
                      const char *path, int at, int depth, struct err *e)
{
	if (strlen(line) != n)
		return err_set(e, ERR_USAGE, "%s:%d: a NUL byte; this is no option file", path, at);
	if (n >= MAX_LINE) return err_set(e, ERR_USAGE, "%s:%d: the line is too long", path, at);
	line = trim(line);
	if (!*line || *line == '#' || *line == ';') return true;
	if (*line == '!') return directive(r, line, path, at, depth, e);
	if (*line == '[') {
		char *end = strchr(line, ']');
		if (!end) return err_set(e, ERR_USAGE, "%s:%d: the group's name has no closing ]", path, at);
		while (end > line + 1 && isspace((unsigned char)end[-1])) end--;
		*end = 0; /* blanks after the name go, blanks before it are part of it: the client's rule */
		snprintf(group, group_size, "%s", line + 1);
		return true;
	}
	if (!*group)
		return err_set(e, ERR_USAGE, "%s:%d: an option stands before the first [group]", path, at);
	if (is_wanted(r, group)) add_item(r, group, line, path, at);
	return true;
}

static bool read_file(struct reader *r, const char *path, bool is_needed, int depth, struct err *e)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		if (!is_needed) return true;
		return err_set(e, ERR_USAGE, "cannot read %s: %s", path, strerror(errno));
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH)) {
		buf_addf(r->notes, "spotop: %s can be written by everyone and is ignored\n", path);
		return true;
	}
	FILE *f = fopen(path, "re");
	if (!f || S_ISDIR(st.st_mode)) {
		if (f) fclose(f);
		return !is_needed ||
		       err_set(e, ERR_USAGE, "cannot read %s: %s", path, strerror(f ? EISDIR : errno));
	}
	char *line = NULL, group[256] = "";
	size_t cap = 0;
	bool ok = true;
	int at = 0;
	for (ssize_t n; ok && (n = getline(&line, &cap, f)) >= 0;) {
		at++;
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r')) line[--n] = 0;
		ok = read_line(r, line, (size_t)n, group, sizeof group, path, at, depth, e);
	}
	free(line);
	fclose(f);
	return ok;
}

bool conf_read_items(const struct conf_files *files, const char *const *groups, struct conf_item **items,
                     size_t *n, struct buf *notes, struct err *e)
{
	struct conf_files none = { 0 };
	const struct conf_files *cf = files ? files : &none;
	const char *suffix = cf->group_suffix                 ? cf->group_suffix
	                     : getenv("MARIADB_GROUP_SUFFIX") ? getenv("MARIADB_GROUP_SUFFIX")
	                                                      : getenv("MYSQL_GROUP_SUFFIX");
	struct buf ignored = BUF_EMPTY;
	struct reader r = { .groups = groups, .suffix = suffix, .notes = notes ? notes : &ignored };
	bool ok = true;
	*items = NULL;
	*n = 0;
	if (cf->no_defaults)
		ok = true;
	else if (cf->defaults_file)
		ok = read_file(&r, cf->defaults_file, true, 0, e);
	else {
		const char *home = getenv("HOME"),
		           *base = getenv("MARIADB_HOME") ? getenv("MARIADB_HOME") : getenv("MYSQL_HOME");
		char path[4096];
		ok = read_file(&r, "/etc/my.cnf", false, 0, e) &&
		     read_file(&r, "/etc/mysql/my.cnf", false, 0, e);
		if (ok && base)
			snprintf(path, sizeof path, "%s/my.cnf", base), ok = read_file(&r, path, false, 0, e);
		if (ok && cf->defaults_extra_file) ok = read_file(&r, cf->defaults_extra_file, true, 0, e);
		if (ok && home)
			snprintf(path, sizeof path, "%s/.my.cnf", home),
			        ok = read_file(&r, path, false, 0, e);
	}
	buf_free(&ignored);
	if (!ok) {
		conf_items_free(r.items, r.n);
		return false;
	}
	*items = r.items;
	*n = r.n;
	return true;
}

void conf_items_free(struct conf_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(items[i].group);
		free(items[i].name);
		if (items[i].value) explicit_bzero(items[i].value, strlen(items[i].value));
		free(items[i].value);
		free(items[i].origin);
	}
	free(items);
}
