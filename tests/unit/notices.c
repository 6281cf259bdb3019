/* notices.c - what an import takes for a notice of EC2. */
#include "core/base/mem.h"
#include "core/fleet/import_notices.h"
#include "core/fleet/import_source.h"
#include "tests/support/bytes.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *suite_notices(void);

struct said {
	char text[4096];
	size_t at;
};
static bool say(void *ctx, const struct notice *n)
{
	struct said *s = ctx;
	static const char *const kinds[] = { "rebalance", "termination" };
	char at[32] = "-", deadline[32] = "-";
	if (n->at_s != PRICE_NO_TIME) price_time_text(n->at_s, true, at);
	if (n->deadline_s != PRICE_NO_TIME) price_time_text(n->deadline_s, true, deadline);
	if (n->kind == NOTICE_NONE)
		s->at += (size_t)snprintf(s->text + s->at, sizeof s->text - s->at, "%lu%c %s\n", n->line,
		                          n->is_bad ? '!' : ' ', n->why);
	else
		s->at += (size_t)snprintf(s->text + s->at, sizeof s->text - s->at, "%lu %s %s %s %s\n",
		                          n->line, n->instance, kinds[n->kind], at, deadline);
	return true;
}

#define A_EVENT "i-0b662ef9931388ba0 termination 2026-11-20 04:11:09 2026-11-20 04:13:09\n"
#define A_RISK  "i-0b662ef9931388ba1 rebalance 2026-11-20 04:10:00 -\n"
static const struct {
	const char *file, *instance, *expected;
} cases[] = {
	{ "event.json", NULL, "1 " A_EVENT },
	{ "events.jsonl", NULL,
	  "1 " A_EVENT "2 " A_RISK "3  another event: EC2 Instance State-change Notification\n"
	  "4 i-0b662ef9931388ba0 termination 2026-11-20 04:11:09 2026-11-20 04:11:09\n" },
	{ "list.json", NULL, "1 " A_EVENT "1 " A_RISK },
	{ "receive-message.json", NULL, "7 " A_EVENT "13 " A_RISK },
	{ "lambda.json", NULL, "1 " A_EVENT },
	{ "imds-action.json", "i-0a", "1 i-0a termination 2026-11-20 04:13:09 2026-11-20 04:13:09\n" },
	{ "imds-action.json", NULL,
	  "1! the document does not say of which instance it is: give --instance ID\n" },
	{ "imds-rebalance.json", "i-0a", "1 i-0a rebalance 2026-11-20 04:10:00 -\n" },
	{ "no-notice.json", NULL,
	  "1! no notice in this object\nfailed: there is no interruption warning or rebalance recommendation "
	  "in it\n" },
};

START_TEST(notices_are_read_in_every_envelope)
{
	char path[128];
	struct said said = { .at = 0 };
	struct err e = { 0 };
	snprintf(path, sizeof path, "tests/cases/notices/%s", cases[_i].file);
	struct source *s = source_open(path, &e);
	ck_assert_msg(s != NULL, "%s", e.text);
	if (!notices_read(source_bytes, s, cases[_i].instance, say, &said, &e))
		snprintf(said.text + said.at, sizeof said.text - said.at, "failed: %s\n", e.text);
	ck_assert_str_eq(said.text, cases[_i].expected);
	source_close(s);
}
END_TEST

START_TEST(a_broken_line_costs_itself_alone)
{
	static const char text[] =
	        "{\"detail-type\": \"EC2 Instance Rebalance Recommendation\", \"detail\": {\"instance-id\": "
	        "\"i-0b662ef9931388ba1\"}, \"time\": \"2026-11-20T04:10:00Z\"}\n"
	        "oops\n"
	        "{\"detail-type\": \"EC2 Instance Rebalance Recommendation\", \"detail\": {\"instance-id\": "
	        "\"x\\u001b[2J\"}, \"time\": \"2026-11-20T04:10:00Z\"}\n"
	        "{\"action\": \"terminate\", \"time\": \"soon\", \"instance-id\": \"i-0a\"}\n";
	static const size_t steps[] = { 1, 7, 4096 };
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct said said = { .at = 0 };
		struct err e = { 0 };
		struct bytes b = { text, sizeof text - 1, 0, steps[i] };
		ck_assert_msg(notices_read(bytes_give, &b, NULL, say, &said, &e), "%s", e.text);
		ck_assert_str_eq(said.text,
		                 "1 " A_RISK "2! not JSON (lexical error: invalid char in json text.)\n"
		                 "3! not an instance: 'x<U+001B>[2J'\n4! not a time: 'soon'\n");
	}
}
END_TEST

Suite *suite_notices(void)
{
	Suite *s = suite_create("notices");
	TCase *t = tcase_create("read");
	tcase_add_loop_test(t, notices_are_read_in_every_envelope, 0, (int)ARRAY_LEN(cases));
	tcase_add_test(t, a_broken_line_costs_itself_alone);
	suite_add_tcase(s, t);
	return s;
}
