/* terminal.c - whatever is written in the database, a terminal gets nothing to obey: every view in every format, every
 * other command that prints rows, and what is said of errors. A pipe gets CSV byte for byte, JSON that means the same. */
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/db/table.h"
#include "tests/support/pty.h"
#include "tests/support/rig.h"
#include "views/model/view.h"
#include "views/registry.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_terminal(void);
static struct rig rig;

/* ESC [31m, BEL, CR, NEL and CSI of C1, two that turn the direction, one that is not seen. */
#define HOSTILE                                                                                       \
	"CONVERT(CONCAT('x', CHAR(27), '[31m', CHAR(7), 'a', CHAR(13), 'b', X'C285', X'C29B', '2J', " \
	"X'E280AE', 'c', "                                                                            \
	"X'E281A6', X'E2808B') USING utf8mb4)"

/* Every text of every table, where no rule forbids it. */
static void poison(void)
{
	struct table *t = rig_table(
	        &rig,
	        "SELECT c.TABLE_NAME AS t, c.COLUMN_NAME AS c, CHARACTER_MAXIMUM_LENGTH AS n, "
	        "CHARACTER_SET_NAME AS s, c.COLUMN_TYPE = 'longtext' AND c.COLLATION_NAME = 'utf8mb4_bin' AS "
	        "is_json "
	        "FROM information_schema.COLUMNS c JOIN information_schema.TABLES x USING (TABLE_SCHEMA, "
	        "TABLE_NAME) WHERE c.TABLE_SCHEMA = DATABASE() AND x.TABLE_TYPE = 'BASE TABLE' "
	        "AND c.TABLE_NAME NOT IN ('audit_log', 'schema_migrations', 'spotop_bulk', 'job_schedules') "
	        "AND DATA_TYPE IN ('varchar', 'text', 'longtext') AND c.GENERATION_EXPRESSION IS NULL "
	        "AND c.COLUMN_NAME NOT IN ('client_token', 'open_key')");
	int n = 0;
	for (size_t i = 0; i < t->n_rows; i++) {
		const char *table = table_get(t, i, "t"), *col = table_get(t, i, "c"),
		           *max = table_get(t, i, "n");
		bool is_json = strcmp(table_get(t, i, "is_json"), "1") == 0,
		     is_ascii = strcmp(table_get(t, i, "s"), "ascii") == 0;
		unsigned no = is_json ? rig_try(&rig,
		                                "UPDATE `%s` SET `%s` = JSON_SET(COALESCE(`%s`, '{}'), "
		                                "'$.x', " HOSTILE ")",
		                                table, col, col)
		                      : rig_try(&rig,
		                                "UPDATE `%s` SET `%s` = LEFT(CONCAT(%s, LEFT(COALESCE(`%s`, "
		                                "''), 12)), %s)",
		                                table, col,
		                                is_ascii ? "CONCAT('x', CHAR(27), '[7m', CHAR(13))" : HOSTILE,
		                                col, max);
		n += no == 0;
	}
	table_free(t);
	ck_assert_int_gt(n, 60);
}

static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "INSERT INTO alerts (alert_key, kind, severity, message, agent_id) SELECT 'x', "
	             "'agent_silent', 'critical', 'silent', MIN(id) FROM agents");
	rig_do(&rig, "INSERT INTO notifications (client_id, message) SELECT id, 'm' FROM clients");
	rig_do(&rig, "INSERT INTO automation_freezes (scope_type, reason, created_by, expires_at) VALUES "
	             "('all', 'x', 'x', NOW() + INTERVAL 1 HOUR)");
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type) SELECT client_id, id, "
	             "'APPLY_CONFIG' FROM agents WHERE logical_agent_id = 'agent-003'");
	rig_do(&rig,
	       "INSERT INTO system_events (event_type, severity, message) VALUES ('x', 'critical', 'm')");
	rig_do(&rig, "INSERT INTO sse_events (client_id, expires_at, event_type, event_data) SELECT id, "
	             "NOW() + INTERVAL 1 DAY, 'EMERGENCY_EVENT', '{}' FROM clients");
	rig_do(&rig, "INSERT INTO switches (client_id, agent_id, new_instance_id, new_mode, event_trigger, "
	             "trigger_type, success, error_message) SELECT client_id, id, 'i-9', 'spot', 'manual', "
	             "'user', FALSE, 'e' FROM agents WHERE logical_agent_id = 'agent-003'");
	rig_do(&rig, "CALL verb_note(UUID(), (SELECT MAX(id) FROM alerts), JSON_OBJECT('text', " HOSTILE
	             "), NULL, FALSE, NULL, " HOSTILE ", " HOSTILE ", " HOSTILE ")");
	rig_do(&rig, "INSERT INTO job_schedules (name, last_error) VALUES ('consolidate', " HOSTILE ")");
	rig_do(&rig, "INSERT INTO consolidation_jobs (job_type, status, error_message, details) VALUES "
	             "('consolidate', 'failed', 'e', '{\"job\":\"consolidate\"}')");
	poison();
}
static void stop(void) { rig_stop(&rig); }

/* What is wrong with what a terminal got, or NULL. */
static const char *harm(const struct buf *raw, char *what, size_t n)
{
	for (size_t i = 0, len; i < raw->len; i += len) {
		uint32_t cp = text_decode(raw->s + i, raw->len - i, &len);
		bool is_line_end =
		        cp == '\n' || cp == '\t' ||
		        (cp == '\r' && (i + 1 == raw->len || raw->s[i + 1] == '\n' || raw->s[i + 1] == '\r'));
		if (is_line_end || (!text_is_harmful(cp) && !(cp == TEXT_BAD && len == 1))) continue;
		size_t from = i > 60 ? i - 60 : 0;
		snprintf(what, n, "U+%04X behind '%.*s'", (unsigned)cp, (int)(i - from), raw->s + from);
		return what;
	}
	return NULL;
}

/* Runs it on a terminal; what it wrote. words: parted by spaces. */
static struct buf on_terminal(const char *words, bool is_endless)
{
	char copy[300], state[200], config[200], what[200];
	const char *argv[40] = { getenv("SPOTOP_BIN"), "--no-defaults", "-S", rig.socket, "-u", "root" };
	int n = 6, status;
	struct buf got = BUF_EMPTY;
	snprintf(copy, sizeof copy, "%s", words);
	for (char *save = NULL, *w = strtok_r(copy, " ", &save); w && n < 39; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	snprintf(state, sizeof state, "XDG_STATE_HOME=%s", rig.state);
	snprintf(config, sizeof config, "XDG_CONFIG_HOME=%s", rig.state);
	const char *env[] = { state, config, NULL };
	struct pty *p = pty_spawn(50, 200, argv, env);
	pty_mark(p);
	if (is_endless) {
		ck_assert_msg(pty_wait_raw(p, "EMERGENCY_EVENT", 10000), "%s: nothing came: %.600s", words,
		              buf_str(pty_raw(p)));
		pty_keys(p, "\003");
	}
	ck_assert_msg(pty_wait_exit(p, &status, 20000), "%s does not end", words);
	const struct buf *raw = pty_raw(p);
	buf_add(&got, raw->s, raw->len);
	pty_free(p);
	ck_assert_msg(!harm(&got, what, sizeof what), "%s: %s", words, what);
	return got;
}

static const char *const formats[] = { "table", "json", "jsonl", "csv", "csv --csv-safe", "md" };

START_TEST(no_view_steers_a_terminal)
{
	int n = 0;
	for (size_t i = 0; all_views[i]; i++) {
		char words[120];
		snprintf(words, sizeof words, "%s -o %s", all_views[i]->name, formats[_i]);
		struct buf got = on_terminal(words, false);
		n += strstr(buf_str(&got), strncmp(formats[_i], "json", 4) == 0 ? "\\u202e" : "<U+202E>") !=
		     NULL;
		buf_free(&got);
	}
	ck_assert_msg(n >= 5, "%s: only %d views showed what is in the rows", formats[_i], n);
}
END_TEST

static const char *const others[] = {
	"report --since 8h",
	"report --since 8h -o json",
	"timeline --since 8h -o md",
	"why agent-001",
	"why agent-003 -o json",
	"job list",
	"job history --limit 5",
	"db status",
	"db verify",
	"db verify -o json",
	"doctor",
	"info",
	"check",
	"audit verify",
	"note 1 text --dry-run",
	"note 1 text --dry-run -o json",
	"snooze 1 --for 1h --dry-run -o table",
	"freeze fleet --for 1h --reason r --dry-run",
	"cordon r3.large.us-east-1b --for 1h --reason r --dry-run -o table",
	"switch agent-005 --to r3.large.us-east-1e --dry-run -o table",
	"config agent-005 replica_count=2 --dry-run",
	"agents --filter agent~\x1b[31m\xC2\x9B",
	"why a\x1b[2J\xE2\x80\xAE"
	"b",
	"nothing\x1b]0;x\x07of\xC2\x85the\xE2\x80\xAEkind",
	"tail --client \x1b[7m",
	"agents --sort \xE2\x80\xAEx",
	"--at \x1b[31m agents",
};

START_TEST(no_other_command_steers_a_terminal)
{
	struct buf got = on_terminal(others[_i], false);
	ck_assert_msg(got.len > 0, "%s says nothing", others[_i]);
	buf_free(&got);
}
END_TEST

static const char *const tails[] = { "tail --from start -o table", "tail --from start -o jsonl",
	                             "tail --from start -o csv", "tail --from start -o csv --csv-safe" };

START_TEST(no_event_steers_a_terminal)
{
	struct buf got = on_terminal(tails[_i], true);
	ck_assert_msg(strstr(buf_str(&got), _i == 1 ? "\\u202e" : "<U+202E>") != NULL, "%s: %.600s",
	              tails[_i], buf_str(&got));
	buf_free(&got);
}
END_TEST

/* --- for programs --- */
static struct rig_run spotop(const char *a, const char *b, const char *c, const char *d, const char *e,
                             const char *f)
{
	const char *argv[] = { a, b, c, d, e, f, NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == 0, "%s: %d %s", a, r.code, r.err);
	return r;
}

START_TEST(a_program_gets_what_is_there)
{
	char *want = rig_text(&rig, "SELECT message FROM alerts");
	struct rig_run csv = spotop("alerts", "-o", "csv", "--columns", "message", NULL),
	               json = spotop("alerts", "-o", "json", "--columns", "message", NULL);
	char *quoted = mem_printf("message\r\n\"%s\"\r\n", want);
	ck_assert_str_eq(csv.out, quoted); /* a carriage return is in it */
	json_t *j = json_loads(json.out, 0, NULL);
	ck_assert_msg(j != NULL, "%s", json.out);
	ck_assert_str_eq(json_string_value(
	                         json_object_get(json_array_get(json_object_get(j, "rows"), 0), "message")),
	                 want);
	for (const char *p = json.out; *p; p++)
		ck_assert_msg((unsigned char)*p < 0x80 && ((unsigned char)*p >= ' ' || *p == '\n'),
		              "byte %02x in JSON", (unsigned char)*p);
	json_decref(j);
	free(want), free(quoted);
	rig_run_free(&csv), rig_run_free(&json);
}
END_TEST

START_TEST(a_spreadsheet_gets_no_formula)
{
	static const char *const cells[] = { "=1+1", "+1", "-1", "@x", " =1", "plain", "=a\"b" },
	                         *const want[] = { "'=1+1", "'+1",   "'-1",         "'@x",
		                                   "' =1",  "plain", "\"'=a\"\"b\"" };
	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		rig_do(&rig, "UPDATE alerts SET message = '%s'", cells[i]);
		struct rig_run r = spotop("alerts", "-o", "csv", "--csv-safe", "--columns", "message");
		char *line = mem_printf("message\r\n%s\r\n", want[i]);
		ck_assert_str_eq(r.out, line);
		free(line);
		rig_run_free(&r);
	}
	const char *argv[] = { "alerts", "--csv-safe", NULL };
	struct rig_run r = rig_spotop(&rig, false, argv);
	ck_assert_int_eq(r.code, 2);
	ck_assert_msg(strstr(r.err, "-o csv") != NULL, "%s", r.err);
	rig_run_free(&r);
}
END_TEST

Suite *suite_terminal(void)
{
	Suite *s = suite_create("terminal");
	TCase *t = tcase_create("terminal");
	tcase_set_timeout(t, 180);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, no_view_steers_a_terminal, 0, (int)ARRAY_LEN(formats));
	tcase_add_loop_test(t, no_other_command_steers_a_terminal, 0, (int)ARRAY_LEN(others));
	tcase_add_loop_test(t, no_event_steers_a_terminal, 0, (int)ARRAY_LEN(tails));
	tcase_add_test(t, a_program_gets_what_is_there);
	tcase_add_test(t, a_spreadsheet_gets_no_formula);
	suite_add_tcase(s, t);
	return s;
}
