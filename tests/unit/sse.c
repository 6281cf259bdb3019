/* sse.c - framing: whatever a payload holds, it stays one event. */
#include "core/serve/sse.h"
#include "core/base/buf.h"
#include <check.h>
#include <string.h>

START_TEST(an_event_is_its_fields_and_a_blank_line)
{
	struct buf b = BUF_EMPTY;
	sse_event(&b, "7/3", "INSTANCE_RUNNING", "{\"a\":1}");
	ck_assert_str_eq(buf_str(&b), "id: 7/3\nevent: INSTANCE_RUNNING\ndata: {\"a\":1}\n\n");
	buf_free(&b);
}
END_TEST

START_TEST(line_ends_cannot_forge_a_field)
{
	struct buf b = BUF_EMPTY;
	sse_event(&b, "1\nevent: forged", "T\rdata: x", "a\nid: 9\r\nevent: y\rz\n");
	ck_assert_str_eq(buf_str(&b), "id: 1event: forged\nevent: Tdata: x\ndata: a\ndata: id: 9\ndata: "
	                              "event: y\ndata: z\ndata: \n\n");
	buf_free(&b);
}
END_TEST

START_TEST(comments_and_retry)
{
	struct buf b = BUF_EMPTY;
	sse_retry(&b, 2000);
	sse_comment(&b, "still\nhere");
	ck_assert_str_eq(buf_str(&b), "retry: 2000\n\n: stillhere\n\n");
	buf_free(&b);
}
END_TEST

Suite *suite_sse(void);
Suite *suite_sse(void)
{
	Suite *s = suite_create("sse");
	TCase *t = tcase_create("framing");
	tcase_add_test(t, an_event_is_its_fields_and_a_blank_line);
	tcase_add_test(t, line_ends_cannot_forge_a_field);
	tcase_add_test(t, comments_and_retry);
	suite_add_tcase(s, t);
	return s;
}
