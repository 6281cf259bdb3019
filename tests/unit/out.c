/* out.c - what a result looks like to eyes: whole, aligned, safe. */
#include "core/db/out.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct table *three_columns(void)
{
	struct table *t = table_new(3);
	t->names[0] = "what", t->names[1] = "n", t->names[2] = "why";
	t->types[0] = t->types[2] = CELL_TEXT, t->types[1] = CELL_INT;
	return t;
}

static void add(struct table *t, const char *what, const char *n, const char *why)
{
	const char *texts[] = { what, n, why };
	struct cell *c = table_add_row(t);
	for (size_t i = 0; i < 3; i++)
		if (texts[i]) c[i] = (struct cell){ arena_str(&t->arena, texts[i]), strlen(texts[i]) };
}

static char *shown(const struct table *t, enum out_format fmt)
{
	char *s;
	size_t n;
	FILE *f = open_memstream(&s, &n);
	struct out *o = out_begin(f, fmt, "spotop.test/1", NULL, 0);
	out_rows(o, t);
	ck_assert(out_end(o));
	fclose(f);
	return s;
}

START_TEST(a_table_is_aligned_and_unknown_is_told)
{
	struct table *t = three_columns();
	add(t, "one", "7", "short");
	add(t, "three", "1234", NULL);
	char *s = shown(t, OUT_TABLE);
	ck_assert_str_eq(s, "what      n  why\n"
	                    "one       7  short\n"
	                    "three  1234  n/a\n");
	free(s);
	table_free(t);
}
END_TEST

/* The end of a sentence may be what matters: MAKES IT, or MISSES BY. */
START_TEST(a_table_cuts_nothing)
{
	char lengthy[301], again[5001];
	memset(lengthy, 'x', 300);
	memset(again, 'y', 5000);
	lengthy[300] = again[5000] = 0;
	memcpy(lengthy + 297, "END", 3);
	memcpy(again + 4997, "END", 3);
	struct table *t = three_columns();
	add(t, lengthy, "1", again);
	add(t, "short", "2", "z");
	char *s = shown(t, OUT_TABLE);
	char *end = strchr(strchr(s, '\n') + 1, '\n');
	ck_assert(strstr(s, "xEND  1  yyy") != NULL);
	ck_assert(end && strncmp(end - 4, "yEND", 4) == 0);
	ck_assert_msg(strlen(end) < 200, "the short row is as wide as the long one");
	free(s);
	table_free(t);
}
END_TEST

START_TEST(a_cell_cannot_forge_a_line)
{
	struct table *t = three_columns();
	add(t, "a\nroot  1  fine", "1", "\033[2J");
	for (enum out_format f = OUT_TABLE; f <= OUT_MD; f++) {
		char *s = shown(t, f);
		if (f == OUT_CSV) /* data for a program, byte for byte, quoted as RFC 4180 has it */
			ck_assert(strstr(s, "\"a\nroot") && strchr(s, '\033'));
		else
			ck_assert(!strstr(s, "\nroot") && !strchr(s, '\033'));
		free(s);
	}
	table_free(t);
}
END_TEST

Suite *suite_out(void);
Suite *suite_out(void)
{
	Suite *s = suite_create("out");
	TCase *t = tcase_create("table");
	tcase_add_test(t, a_table_is_aligned_and_unknown_is_told);
	tcase_add_test(t, a_table_cuts_nothing);
	tcase_add_test(t, a_cell_cannot_forge_a_line);
	suite_add_tcase(s, t);
	return s;
}
