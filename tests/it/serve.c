/* serve.c - the event stream: exact resumption, whatever is cut or killed; what was sent is noted. Who is let in:
 * serve_door.c. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/query.h"
#include "tests/support/endpoint.h"
#include "tests/support/server.h"
#include "tests/support/stream.h"
#include <check.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct endpoint ep;
static const char acme[] = ENDPOINT_ACME;

static void must_sql(const char *sql) { endpoint_sql(&ep, sql); }
static void event(int client, int n) { endpoint_event(&ep, client, n); }

static void setup_server(void) { endpoint_setup(&ep); }
static void teardown_server(void) { endpoint_teardown(&ep); }
static void start_serve(void)
{
	static const char *const most[] = { "--max-subscribers", "24", NULL };
	endpoint_start(&ep, most);
}
static void stop_serve(void) { endpoint_stop(&ep); }
static void setup(void)
{
	setup_server();
	start_serve();
}
static void teardown(void)
{
	stop_serve();
	teardown_server();
}

static const char *printed(const char *cmd) { return endpoint_printed(cmd); }
static const char *curl(const char *args, const char *path) { return endpoint_curl(&ep, args, path); }

/* Until acme may subscribe and nobody does. */
static void wait_live(void)
{
	endpoint_wait_live(&ep);
	endpoint_wait_subscribers(&ep, 0);
}

/* --- the stream, read as a browser reads it --- */

static struct stream *stream_from(const char *last_id)
{
	char header[4000];
	snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", last_id);
	struct stream *s = stream_open(ep.port, acme, last_id ? header : NULL);
	ck_assert_int_eq(s->status, 200);
	return s;
}

static void insert_json(const char *json)
{
	struct buf sql = BUF_EMPTY;
	buf_adds(&sql, "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, "
	               "expires_at) VALUES "
	               "('00000000-0000-4000-8000-000000000001', 'COMMAND_EXECUTED', ");
	sql_quote(&sql, json, strlen(json));
	buf_adds(&sql, ", NOW() + INTERVAL 1 HOUR)");
	must_sql(buf_str(&sql));
	buf_free(&sql);
}

static void roll_back_one(void)
{
	must_sql("BEGIN NOT ATOMIC START TRANSACTION; INSERT INTO spot_optimizer.sse_events (client_id, "
	         "event_type, "
	         "event_data, expires_at) VALUES ('00000000-0000-4000-8000-000000000001', 'HEARTBEAT', "
	         "'{\"n\":-1}', "
	         "NOW() + INTERVAL 1 HOUR); ROLLBACK; END");
}

/* Two subscribers of one client, none of the other: its events are delivered, once, the other's are not. */
START_TEST(delivered_is_noted_for_who_had_it)
{
	char n[32] = "";
	struct err e;
	wait_live();
	struct stream *s[2] = { stream_from(NULL), stream_from(NULL) };
	for (int i = 0; i < 20; i++) event(1, i), event(2, i);
	ck_assert(stream_wait(s[0], 20) && stream_wait(s[1], 20));
	for (int i = 0; i < 600 && strcmp(n, "20") != 0; i++) {
		ck_assert(server_sql(ep.server,
		                     "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE delivered AND "
		                     "delivered_at "
		                     "IS NOT NULL AND client_id = '00000000-0000-4000-8000-000000000001'",
		                     n, sizeof n, &e));
		usleep(50000);
	}
	ck_assert_str_eq(n, "20");
	ck_assert(server_sql(ep.server,
	                     "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE delivered AND client_id = "
	                     "'00000000-0000-4000-8000-000000000002'",
	                     n, sizeof n, &e));
	ck_assert_str_eq(n, "0");
	char cmd[600]; /* and the console's view of the queue says the same */
	snprintf(cmd, sizeof cmd,
	         "%s --defaults-file=%s/serve.cnf -D spot_optimizer backlog --columns "
	         "client,waiting,delivered "
	         "--sort client -o csv",
	         getenv("SPOTOP_BIN"), server_dir(ep.server));
	ck_assert_str_eq(printed(cmd), "client,waiting,delivered\r\nacme,0,20\r\nzeta,20,0\r\n");
	for (int i = 0; i < 2; i++) stream_close(s[i]);
}
END_TEST

/* Wherever the line is cut, what the reader has dispatched by then and what it is given after it comes back
 * with its last event id are together the whole, each once. */
START_TEST(a_cut_at_any_byte_resumes_exactly)
{
	enum { N = 8 };
	wait_live();
	struct stream *whole = stream_from(NULL);
	for (int i = 0; i < N; i++) {
		event(1, 100 + i);
		event(2, 900 + i);
		if (i % 3 == 1) roll_back_one();
	}
	ck_assert(stream_wait(whole, N));
	char *resumed[N + 1] = { NULL }; /* by how many events were dispatched before the cut */
	for (size_t cut = 0; cut <= whole->body.len; cut++) {
		struct stream_parser seen;
		parser_init(&seen);
		parser_feed(&seen, buf_str(&whole->body), cut);
		if (seen.n && !resumed[seen.n]) {
			struct stream *rest = stream_from(seen.last_id);
			ck_assert_msg(stream_wait(rest, N - seen.n), "after %s come %zu", seen.last_id,
			              rest->parser.n);
			event(1, 200); /* what comes next shows that nothing came between */
			ck_assert(stream_wait(rest, N - seen.n + 1));
			struct buf got = BUF_EMPTY;
			for (size_t i = 0; i < rest->parser.n; i++)
				buf_addf(&got, "%s ", rest->parser.events[i].data);
			resumed[seen.n] = buf_detach(&got);
			must_sql("DELETE FROM spot_optimizer.sse_events WHERE event_data = '{\"n\":200}'");
			stream_close(rest);
		}
		if (seen.n) {
			struct buf want = BUF_EMPTY;
			for (size_t i = seen.n; i < N; i++) buf_addf(&want, "{\"n\":%zu} ", 100 + i);
			buf_adds(&want, "{\"n\":200} ");
			ck_assert_msg(strcmp(resumed[seen.n], buf_str(&want)) == 0,
			              "cut at byte %zu: %s for %s", cut, resumed[seen.n], buf_str(&want));
			buf_free(&want);
		}
		parser_free(&seen);
	}
	for (int i = 1; i <= N; i++) {
		ck_assert_msg(resumed[i] != NULL, "no cut after %d events", i);
		free(resumed[i]);
	}
	stream_close(whole);
}
END_TEST

START_TEST(hostile_payloads_stay_one_event)
{
	static const char *const hostile[] = {
		"{\n\"a\"\r:\r\n1}",
		"{\"a\":\"x\\n\\ndata: forged\\nid: 9\\nevent: y\\n\\n\"}",
		"{\"a\":\"\\u0000\\u2028\\u2029\\ufeff\\r\"}",
		"{\"key\":\"\xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x9a\x80\"}",
		"\n\n[ ]\n\n",
		"{\"a\":\"retry: 1\\r\\r: comment\\u001b]52;c;ZXZpbA==\\u0007\"}",
	};
	wait_live();
	struct stream *s = stream_from(NULL);
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) insert_json(hostile[i]);
	struct buf big = BUF_EMPTY; /* a megabyte, in lines */
	buf_adds(&big, "[");
	for (int i = 0; i < 16384; i++) buf_addf(&big, "%s\n\"%060d\"", i ? "," : "", i);
	buf_adds(&big, "]");
	insert_json(buf_str(&big));
	ck_assert(stream_wait(s, ARRAY_LEN(hostile) + 1));
	ck_assert_uint_eq(s->parser.n, ARRAY_LEN(hostile) + 1);
	ck_assert_int_eq(s->parser.retry_ms, 2000);
	for (size_t i = 0; i <= ARRAY_LEN(hostile); i++) {
		const struct stream_event *ev = &s->parser.events[i];
		const char *sent = i < ARRAY_LEN(hostile) ? hostile[i] : buf_str(&big);
		json_t *want = json_loads(sent, JSON_ALLOW_NUL, NULL),
		       *got = json_loads(ev->data, JSON_ALLOW_NUL, NULL);
		ck_assert_str_eq(ev->type, "COMMAND_EXECUTED");
		ck_assert_ptr_null(strchr(ev->data, '\n'));
		ck_assert_msg(want && json_equal(want, got), "%.200s came as %.200s", sent, ev->data);
		json_decref(want);
		json_decref(got);
	}
	buf_free(&big);
	stream_close(s);
}
END_TEST

/* The cases of web-platform-tests' eventsource/ that are a server's to keep. */
START_TEST(the_stream_keeps_the_standard)
{
	wait_live();
	/* mime, cache-control, no door for other origins; HTTP/1.1 with any Accept */
	const char *head = curl("-i -m 1 -H 'Accept: text/event-stream' -H 'Cache-Control: no-cache' -H "
	                        "'Origin: http://evil.example'",
	                        acme);
	ck_assert_ptr_nonnull(strstr(head, "HTTP/1.1 200"));
	ck_assert_ptr_nonnull(strstr(head, "Content-Type: text/event-stream\r\n"));
	ck_assert_ptr_nonnull(strstr(head, "Cache-Control: no-store\r\n"));
	ck_assert_ptr_null(strcasestr(head, "access-control"));
	/* format: no BOM, retry in digits alone, each field on its line, ids without NUL, a final blank line */
	struct stream *s = stream_from(NULL);
	event(1, 1);
	ck_assert(stream_wait(s, 1));
	const char *body = buf_str(&s->body);
	ck_assert_int_eq(strncmp(body, "retry: 2000\n\n", 13), 0);
	ck_assert_int_eq(strncmp(body + 13, "id: ", 4), 0);
	ck_assert_int_eq(strncmp(body + s->body.len - 2, "\n\n", 2), 0);
	ck_assert_ptr_nonnull(strstr(body, "\nevent: HEARTBEAT\ndata: {\"n\":1}\n\n"));
	char *id = strdup(s->parser.events[0].id);
	stream_close(s);
	/* last-event-id: none and empty begin now; nonsense is refused, never skipped over */
	s = stream_from("");
	event(1, 2);
	ck_assert(stream_wait(s, 1));
	ck_assert_str_eq(s->parser.events[0].data, "{\"n\":2}");
	stream_close(s);
	static const char *const nonsense[] = { "-1",   "x",     "18446744073709551616",
		                                "1 2",  "1/2",   "9/3-2",
		                                "\xff", "1;DROP" };
	for (size_t i = 0; i < ARRAY_LEN(nonsense); i++) {
		char header[120];
		snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", nonsense[i]);
		s = stream_open(ep.port, acme, header);
		ck_assert_msg(s->status == 400, "'%s' gets %d", nonsense[i], s->status);
		stream_close(s);
	}
	/* a place that is yet to come: another history */
	s = stream_from("999999999999");
	ck_assert(stream_wait(s, 1));
	ck_assert_str_eq(s->parser.events[0].type, "reset");
	stream_close(s);
	/* several subscribers each get everything */
	struct stream *both[2] = { stream_from(id), stream_from(id) };
	event(1, 3);
	for (int i = 0; i < 2; i++) {
		ck_assert(stream_wait(both[i], 2));
		ck_assert_str_eq(both[i]->parser.events[0].data, "{\"n\":2}");
		ck_assert_str_eq(both[i]->parser.events[1].data, "{\"n\":3}");
		stream_close(both[i]);
	}
	free(id);
}
END_TEST

START_TEST(a_purged_place_is_told_not_skipped)
{
	wait_live();
	struct stream *s = stream_from(NULL);
	event(1, 1);
	ck_assert(stream_wait(s, 1));
	char *id = strdup(s->parser.events[0].id);
	stream_close(s);
	event(1, 2);
	event(1, 3);
	must_sql("DELETE FROM spot_optimizer.sse_events WHERE event_data IN ('{\"n\":1}', '{\"n\":2}')");
	s = stream_from(id);
	ck_assert(stream_wait(s, 2));
	ck_assert_str_eq(s->parser.events[0].type, "reset");
	ck_assert_ptr_nonnull(strstr(s->parser.events[0].data, "purged"));
	ck_assert_str_eq(s->parser.events[1].data, "{\"n\":3}");
	stream_close(s);
	free(id);
}
END_TEST

START_TEST(a_closed_client_and_a_changed_token_end_the_stream)
{
	wait_live();
	struct stream *s = stream_from(NULL);
	must_sql("UPDATE spot_optimizer.clients SET client_token = SHA2('changed', 256) WHERE name = 'acme'");
	ck_assert(stream_wait_over(s));
	stream_close(s);
	s = stream_open(ep.port, acme, NULL);
	ck_assert_int_eq(s->status, 401);
	stream_close(s);
	must_sql("UPDATE spot_optimizer.clients SET client_token = SHA2('secret', 256) WHERE name = 'acme'");
	wait_live();
	s = stream_from(NULL);
	must_sql("UPDATE spot_optimizer.clients SET is_active = FALSE WHERE name = 'acme'");
	ck_assert(stream_wait_over(s));
	stream_close(s);
	s = stream_open(ep.port, acme, NULL);
	ck_assert_int_eq(s->status, 204); /* an EventSource does not come again */
	ck_assert_uint_eq(s->body.len, 0);
	stream_close(s);
	must_sql("UPDATE spot_optimizer.clients SET is_active = TRUE WHERE name = 'acme'");
	wait_live();
}
END_TEST

/* The endpoint is killed while events go on: by its last event id a reader misses none, at most it has one again. */
START_TEST(a_killed_endpoint_loses_nothing)
{
	enum { N = 60 };
	bool seen[N] = { false };
	wait_live();
	struct stream *s = stream_from(NULL);
	char *id = NULL;
	for (int i = 0; i < N; i++) {
		event(1, i);
		if (i % 20 != 10) continue;
		ck_assert(stream_wait(s, 1));
		endpoint_kill(&ep);
		ck_assert(stream_wait_over(s));
		for (size_t k = 0; k < s->parser.n; k++) seen[atoi(s->parser.events[k].data + 5)] = true;
		free(id);
		id = strdup(s->parser.last_id);
		stream_close(s);
		for (int k = 0; k < 3 && i + 1 < N; k++) event(1, ++i); /* while nobody serves */
		start_serve();
		wait_live();
		s = stream_from(id);
	}
	event(1, N - 1);
	bool is_all = false;
	for (size_t want = 1; !is_all; want = s->parser.n + 1) {
		ck_assert_msg(stream_wait(s, want), "not all came, %zu since the last kill", s->parser.n);
		for (size_t k = 0; k < s->parser.n; k++) seen[atoi(s->parser.events[k].data + 5)] = true;
		is_all = true;
		for (int i = 0; i < N; i++) is_all = is_all && seen[i];
	}
	stream_close(s);
	free(id);
}
END_TEST

/* A transaction of its own, open until it is told to commit. */
static FILE *hold(int n)
{
	char cmd[600], rows[16] = "";
	struct err e;
	snprintf(cmd, sizeof cmd, "mariadb --no-defaults -S '%s' -u root spot_optimizer",
	         server_socket(ep.server));
	FILE *f = popen(cmd, "we");
	fprintf(f,
	        "BEGIN; INSERT INTO sse_events (client_id, event_type, event_data, expires_at) VALUES "
	        "('00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{\"n\":%d}', NOW() + INTERVAL 1 "
	        "HOUR);\n",
	        n);
	fflush(f);
	for (int i = 0; i < 150 && strcmp(rows, "1") != 0; i++) {
		usleep(200000); /* that table is not made anew while it is read more often than each 0.1 s */
		ck_assert(server_sql(ep.server,
		                     "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE "
		                     "trx_rows_modified > 0",
		                     rows, sizeof rows, &e));
	}
	ck_assert_str_eq(rows, "1");
	return f;
}

static bool has_event(const struct stream *s, int n)
{
	char want[20];
	snprintf(want, sizeof want, "{\"n\":%d}", n);
	for (size_t i = 0; i < s->parser.n; i++)
		if (strcmp(s->parser.events[i].data, want) == 0) return true;
	return false;
}

/* The row of a transaction that is open while the endpoint dies, and long after others have passed it: the
 * reader's place names it, so it comes, whoever is asked. */
START_TEST(a_row_in_flight_over_a_restart_is_not_lost)
{
	wait_live();
	struct stream *s = stream_from(NULL);
	FILE *open = hold(46);
	event(1, 47);
	ck_assert(stream_wait(s, 1));
	char *first = strdup(s->parser.last_id), *second;
	stream_close(s);
	endpoint_kill(&ep);
	must_sql("INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	         "SELECT '00000000-0000-4000-8000-000000000002', 'HEARTBEAT', '{}', NOW() + INTERVAL 1 HOUR "
	         "FROM spot_optimizer.seq_1_to_30000");
	start_serve();
	wait_live();
	s = stream_from(first);
	event(1, 48);
	ck_assert(stream_wait(s, 1));
	ck_assert(has_event(s, 48) && !has_event(s, 46));
	second = strdup(s->parser.last_id);
	fputs("COMMIT;\n", open);
	pclose(open);
	ck_assert_msg(stream_wait(s, 2) && has_event(s, 46), "what was in flight never came");
	stream_close(s);
	s = stream_from(second);
	ck_assert_msg(stream_wait(s, 1) && has_event(s, 46), "not after %s either", second);
	stream_close(s);
	free(first);
	free(second);
}
END_TEST

/* Before the first event there is a place too: who is cut there comes back to it. */
START_TEST(a_cut_before_the_first_event_loses_nothing)
{
	wait_live();
	struct stream *s = stream_from(NULL);
	ck_assert(stream_wait_place(s));
	char *id = strdup(s->parser.last_id);
	stream_close(s);
	event(1, 5);
	s = stream_from(id);
	ck_assert_msg(stream_wait(s, 1) && has_event(s, 5), "nothing after '%s'", id);
	stream_close(s);
	free(id);
}
END_TEST

/* The report's event deletes in one statement what has expired, our job in batches: at once, with a writer. */
START_TEST(both_cleanups_may_run_at_once)
{
	struct err e;
	char left[32], arg[600];
	must_sql("INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	         "SELECT "
	         "'00000000-0000-4000-8000-000000000002', 'HEARTBEAT', '{}', NOW() - INTERVAL 1 SECOND FROM "
	         "spot_optimizer.seq_1_to_40000");
	snprintf(arg, sizeof arg, "--defaults-file=%s/serve.cnf", server_dir(ep.server));
	pid_t theirs = fork();
	if (theirs == 0) {
		bool ok = server_sql(ep.server,
		                     "DELETE FROM spot_optimizer.sse_events WHERE expires_at < NOW()", NULL,
		                     0, &e);
		_exit(ok ? 0 : 1);
	}
	pid_t ours = fork();
	if (ours == 0) {
		execl(getenv("SPOTOP_BIN"), "spotop", arg, "job", "run", "sse-cleanup", (char *)NULL);
		_exit(127);
	}
	for (int i = 0; i < 100; i++) event(1, 5000 + i); /* no writer waits or fails */
	int status[2];
	waitpid(theirs, &status[0], 0);
	waitpid(ours, &status[1], 0);
	ck_assert_int_eq(status[0], 0);
	ck_assert_int_eq(status[1], 0);
	ck_assert(server_sql(ep.server,
	                     "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE expires_at < NOW()", left,
	                     sizeof left, &e));
	ck_assert_str_eq(left, "0");
	ck_assert(server_sql(ep.server,
	                     "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE "
	                     "CAST(JSON_VALUE(event_data, '$.n') AS INT) >= 5000",
	                     left, sizeof left, &e));
	ck_assert_str_eq(left, "100");
}
END_TEST

Suite *suite_serve(void);
Suite *suite_serve(void)
{
	Suite *s = suite_create("serve");
	TCase *t = tcase_create("endpoint");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, delivered_is_noted_for_who_had_it);
	tcase_add_test(t, a_cut_before_the_first_event_loses_nothing);
	tcase_add_test(t, a_cut_at_any_byte_resumes_exactly);
	tcase_add_test(t, hostile_payloads_stay_one_event);
	tcase_add_test(t, the_stream_keeps_the_standard);
	tcase_add_test(t, a_purged_place_is_told_not_skipped);
	tcase_add_test(t, a_closed_client_and_a_changed_token_end_the_stream);
	tcase_add_test(t, both_cleanups_may_run_at_once);
	suite_add_tcase(s, t);
	TCase *k = tcase_create("killed"); /* in a test the endpoint is another's child: it has its own */
	tcase_set_timeout(k, 120);
	tcase_add_unchecked_fixture(k, setup_server, teardown_server);
	tcase_add_checked_fixture(k, start_serve, stop_serve);
	tcase_add_test(k, a_killed_endpoint_loses_nothing);
	tcase_add_test(k, a_row_in_flight_over_a_restart_is_not_lost);
	suite_add_tcase(s, k);
	return s;
}
