/* manual.c - the manual page tells every key and every line command as the tables have them, and none that is not there. */
#include "core/base/buf.h"
#include "views/app/actions.h"
#include "views/app/run.h"
#include "views/nav/action.h"
#include "views/nav/screen.h"
#include "views/registry.h"
#include "views/table/sheet_actions.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_manual(void);
enum { MAX_LINES = 300 };

/* "keys|action|help", or ":name args|help". */
static struct list {
	char line[MAX_LINES][300];
	size_t n;
} told, declared;

static void add(struct list *l, const char *a, const char *b, const char *c)
{
	ck_assert_uint_lt(l->n, MAX_LINES);
	snprintf(l->line[l->n++], sizeof l->line[0], "%s%s%s%s%s", a, b ? "|" : "", b ? b : "", c ? "|" : "",
	         c ? c : "");
}

static bool has(const struct list *l, const char *line)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->line[i], line) == 0) return true;
	return false;
}

/* What the reader sees of a line of the page's source: "\&" is nothing, "\e" a backslash, quotes hold words together. */
static void seen(char *s)
{
	char *to = s;
	for (; *s && *s != '\n'; s++) {
		if (*s == '"') continue;
		if (*s == '\\' && s[1] == '&') {
			s++;
			continue;
		}
		if (*s == '\\' && s[1] == 'e') s++, *s = '\\';
		*to++ = *s;
	}
	*to = 0;
}

/* The words between two marks. */
static void between(const char *s, const char *from, const char *to, char *out, size_t n)
{
	const char *a = *from ? strstr(s, from) : s;
	out[0] = 0;
	if (!a) return;
	a += strlen(from);
	const char *b = *to ? strstr(a, to) : NULL;
	snprintf(out, n, "%.*s", b ? (int)(b - a) : (int)strlen(a), a);
}

static void read_page(const char *section)
{
	char line[400], keys[80], name[80], help[300];
	bool is_in = false;
	FILE *f = fopen("views/spotop.1", "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f)) {
		seen(line);
		if (strncmp(line, ".Sh ", 4) == 0) is_in = strcmp(line + 4, section) == 0;
		if (!is_in || strncmp(line, ".It Cm ", 7) != 0) continue;
		if (strstr(line, " Ta ")) {
			between(line, ".It Cm ", " Ta ", keys, sizeof keys);
			between(line, " Ta ", " Ta ", name, sizeof name);
			between(strstr(line, " Ta ") + 4, " Ta ", "", help, sizeof help);
			add(&told, keys, name, help);
			continue;
		}
		between(line, ".It Cm ", " Li ", keys, sizeof keys);
		between(line, " Li ", "", name, sizeof name);
		if (!strstr(line, " Li ")) between(line, ".It Cm ", " , ", keys, sizeof keys);
		char *more = strstr(line, " , ");
		ck_assert_ptr_nonnull(fgets(help, sizeof help, f));
		seen(help);
		add(&told, keys, name, help);
		if (more) add(&told, more + 3, "", help);
	}
	fclose(f);
	ck_assert_uint_gt(told.n, 10);
}

static void declare(const struct action *a)
{
	for (; a && a->name; a++) {
		char line[300];
		if (!a->keys || !*a->help) continue; /* another row's action has its line */
		snprintf(line, sizeof line, "%s|%s|%s", a->keys, a->name, a->help);
		if (!has(&declared, line)) add(&declared, line, NULL, NULL);
	}
}

/* Both ways; the digits have one line for all nine. */
static void compare(void)
{
	struct buf faults = BUF_EMPTY;
	for (size_t i = 0; i < declared.n; i++)
		if (!strstr(declared.line[i], "|view.") && !has(&told, declared.line[i]))
			buf_addf(&faults, "views/spotop.1 lacks: %s\n", declared.line[i]);
	for (size_t i = 0; i < told.n; i++)
		if (strncmp(told.line[i], "1 ... 9|view.1 ... view.9|", 26) != 0 &&
		    !has(&declared, told.line[i]))
			buf_addf(&faults, "views/spotop.1 tells what no table has: %s\n", told.line[i]);
	ck_assert_msg(!faults.len, "%s", buf_str(&faults));
	buf_free(&faults);
}

START_TEST(every_key_is_told_as_it_is)
{
	read_page("KEYS");
	declare(console_actions);
	declare(sheet_actions);
	for (size_t i = 0; views[i]; i++)
		if (views[i]->screen) declare(views[i]->screen->actions);
	ck_assert_uint_gt(declared.n, 60);
	compare();
}
END_TEST

START_TEST(every_line_command_is_told_as_it_is)
{
	read_page("LINE COMMANDS");
	for (const struct line_command *c = line_commands; c->name; c++) {
		char name[40];
		snprintf(name, sizeof name, ":%s", c->name);
		add(&declared, name, c->args ? c->args : "", c->about);
	}
	compare();
}
END_TEST

Suite *suite_manual(void)
{
	Suite *s = suite_create("manual");
	TCase *t = tcase_create("manual");
	tcase_add_test(t, every_key_is_told_as_it_is);
	tcase_add_test(t, every_line_command_is_told_as_it_is);
	suite_add_tcase(s, t);
	return s;
}
