/* journal.c - a journal of intents in a folder of its own, one intent, and lines as they are. */
#include "tests/support/journal.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char journal_file[64];

void journal_make(void)
{
	char dir[] = "/tmp/spotop-intent.XXXXXX";
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(journal_file, sizeof journal_file, "%s/intents.jsonl", dir);
}

void journal_remove(void)
{
	char name[80];
	unlink(journal_file);
	snprintf(name, sizeof name, "%s.lock", journal_file);
	unlink(name);
	snprintf(name, sizeof name, "%s.old", journal_file);
	unlink(name);
	*strrchr(journal_file, '/') = 0;
	rmdir(journal_file);
}

struct intent journal_intent(const char *id)
{
	return (struct intent){ .request_id = id,
		                .verb = "switch",
		                .target = "agent-\"7\"\n",
		                .args = "{\"pool\":\"best\"}",
		                .seen = "{\"version\":41}",
		                .reason = "Überlast",
		                .server = "root@/tmp/s/spot",
		                .thread_id = 99,
		                .at_wall_ms = 1700000000123 };
}

void journal_write(const char *text)
{
	FILE *f = fopen(journal_file, "a");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

void journal_write_settled(int n)
{
	static const char id[] = "5f0c0000-0000-4000-9000-000000000000";
	struct intent a = journal_intent(id);
	struct err e = { 0 };
	char text[4096];
	ck_assert(intent_write(journal_file, &a, &e) &&
	          intent_resolve(journal_file, id, "done", "agent-7: issued", NULL, &e));
	FILE *f = fopen(journal_file, "r");
	size_t len = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[len] = 0;
	char *first = strstr(text, id), *second = strstr(first + 1, id), *from = first;
	while (from > text && from[-1] != '\n') from--;
	len = strlen(from);
	f = fopen(journal_file, "a");
	for (int i = 1; i < n; i++) {
		char digits[16];
		snprintf(digits, sizeof digits, "%012d", i);
		memcpy(first + 24, digits, 12);
		memcpy(second + 24, digits, 12);
		ck_assert_uint_eq(fwrite(from, 1, len, f), len);
	}
	ck_assert_int_eq(fclose(f), 0);
}
