/* manifest.c - the list that `db verify` holds tables and views against is what the scripts of sql/schema make; `make manifest` writes it. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_manifest(void);
static struct rig rig;
static void start(void) { rig_start(&rig); }
static void stop(void) { rig_stop(&rig); }

static void add_quoted(struct buf *b, const char *s)
{
	buf_addc(b, '\'');
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\') buf_addc(b, *s);
		buf_addc(b, *s);
	}
	buf_addc(b, '\'');
}

static char *structure_now(void)
{
	struct table *t = rig_table(&rig, "CALL schema_objects()");
	struct buf b = BUF_EMPTY;
	size_t n = 0;
	buf_adds(&b,
	         "-- The tables and views as the scripts of sql/schema make them. Made by `make manifest`; a "
	         "test fails when it is not current.\nWITH want (kind, name, definition) AS (VALUES\n");
	for (size_t i = 0; i < t->n_rows; i++) {
		static const char *const kinds[] = { "table",       "column", "index",
			                             "foreign key", "check",  "view columns" };
		const char *kind = table_get(t, i, "kind");
		bool is_kept = false;
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) is_kept |= strcmp(kinds[k], kind) == 0;
		if (!is_kept) continue;
		buf_adds(&b, n++ ? ",\n\t(" : "\t(");
		add_quoted(&b, kind), buf_adds(&b, ", ");
		add_quoted(&b, table_get(t, i, "name")), buf_adds(&b, ", ");
		add_quoted(&b, table_get(t, i, "definition")), buf_addc(&b, ')');
	}
	buf_adds(&b, ")\nSELECT kind, name, definition FROM want\n");
	table_free(t);
	return buf_detach(&b);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* The server lists objects in no order that it promises: lines are sorted, head and foot stay. */
static char *sorted(char *text)
{
	char *lines[3000];
	size_t n = 0;
	struct buf b = BUF_EMPTY;
	for (char *s = strtok(text, "\n"); s && n < ARRAY_LEN(lines); s = strtok(NULL, "\n")) {
		size_t len = strlen(s);
		if (*s == '\t' && s[len - 1] == ',') s[len - 1] = 0;
		if (*s == '\t' && len > 2 && strcmp(s + len - 2, "))") == 0) s[len - 1] = 0;
		lines[n++] = s;
	}
	qsort(lines + 2, n - 3, sizeof *lines, by_text);
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%s\n", lines[i], i < 2 || i == n - 1 ? "" : i == n - 2 ? ")" : ",");
	free(text);
	return buf_detach(&b);
}

START_TEST(the_list_of_tables_is_current)
{
	static const char path[] = "sql/queries/verify_structure.sql";
	static const char *const init[] = { "-D", "spot_optimizer", "db", "init", NULL };
	struct rig_run run = rig_spotop(&rig, false, init);
	ck_assert_msg(run.code == 0, "db init: %d: %s%s", run.code, run.out, run.err);
	rig_run_free(&run);
	char *now = sorted(structure_now());
	const char *write = getenv("SPOTOP_MANIFEST");
	if (write) {
		FILE *f = fopen(write, "w");
		ck_assert_ptr_nonnull(f);
		fputs(now, f);
		ck_assert_int_eq(fclose(f), 0);
	}
	struct buf kept = BUF_EMPTY;
	char bytes[8192];
	FILE *f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;) buf_add(&kept, bytes, n);
	fclose(f);
	const char *a = now, *b = buf_str(&kept);
	while (*a && *a == *b) a++, b++;
	while (a > now && a[-1] != '\n') a--, b--;
	ck_assert_msg(!*a && !*b,
	              "%s is not what the scripts make: make manifest\nis    %.200s\nmade  %.200s", path, b,
	              a);
	free(now);
	buf_free(&kept);
}
END_TEST

Suite *suite_manifest(void)
{
	Suite *s = suite_create("manifest");
	TCase *t = tcase_create("manifest");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_test(t, the_list_of_tables_is_current);
	suite_add_tcase(s, t);
	return s;
}
