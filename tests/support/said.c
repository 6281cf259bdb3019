/* said.c - a program's output, looked at. */
#include "tests/support/said.h"
#include "core/base/mem.h"
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

char *said(const struct rig *rig, int code, const char *const *argv)
{
	struct rig_run r = rig_spotop(rig, false, argv);
	ck_assert_msg(r.code == code, "%s: exit %d, not %d: %.900s%.900s", argv[0], r.code, code, r.out,
	              r.err);
	char *out = mem_dup(r.out);
	rig_run_free(&r);
	return out;
}

void holds(const char *out, const char *what)
{
	ck_assert_msg(strstr(out, what) != NULL, "no '%s' in %s", what, out);
}
void lacks(const char *out, const char *what)
{
	ck_assert_msg(strstr(out, what) == NULL, "'%s' in %s", what, out);
}

/* The values of a key in the rows of -o json, in their order: "a b c"; free(). section: of the overview, or NULL. */
char *column(const char *json, const char *section, const char *key)
{
	json_t *all = json_loads(json, 0, NULL);
	ck_assert_ptr_nonnull(all);
	char *s = mem_dup("");
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(all, "rows"), i, row)
	{
		const char *v = json_string_value(json_object_get(row, key));
		if (section && strcmp(json_string_value(json_object_get(row, "section")), section) != 0)
			continue;
		char *longer = mem_printf("%s%s%s", s, *s ? " " : "", v ? v : "null");
		free(s);
		s = longer;
	}
	json_decref(all);
	return s;
}

void column_is(const char *json, const char *section, const char *key, const char *want)
{
	char *is = column(json, section, key);
	ck_assert_msg(strcmp(is, want) == 0, "%s: %s, not %s", key, is, want);
	free(is);
}
