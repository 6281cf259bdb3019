/* serve_away.c - the endpoint when it has nothing to give: no database, no place, not ready. Who asks for an event
 * stream is kept and served once there is something; who does not is told to come again. And whose names, addresses
 * and pages it answers. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/support/endpoint.h"
#include "tests/support/net.h"
#include "tests/support/server.h"
#include "tests/support/stream.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct endpoint ep;
static const char acme[] = ENDPOINT_ACME;

static const char *curl(const char *args, const char *path) { return endpoint_curl(&ep, args, path); }
static const char *status(const char *args, const char *path) { return endpoint_status(&ep, args, path); }
static void setup(void) { endpoint_setup(&ep); }
static void teardown(void) { endpoint_teardown(&ep); }

static void wait_status(const char *args, const char *path, const char *want)
{
	for (int i = 0; i < 300 && strcmp(status(args, path), want) != 0; i++) usleep(100000);
	ck_assert_str_eq(status(args, path), want);
}

static struct stream *browser(const char *last_id)
{
	char header[4000];
	snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", last_id ? last_id : "");
	struct stream *s = stream_open(ep.port, acme, last_id ? header : NULL);
	ck_assert_int_eq(s->status, 200);
	return s;
}

static void wait_comment(struct stream *s, const char *text)
{
	for (int i = 0; i < 300 && !strstr(buf_str(&s->body), text); i++) stream_read(s, 100);
	ck_assert_msg(strstr(buf_str(&s->body), text) != NULL, "no '%s' in: %s", text, buf_str(&s->body));
}

/* The server dies. A stream that is open goes on, one that comes back is kept: both have every event, each once. */
START_TEST(an_outage_keeps_the_browsers)
{
	struct err e;
	endpoint_start(&ep, NULL);
	endpoint_wait_live(&ep);
	struct stream *stayed = browser(NULL), *was = browser(NULL);
	endpoint_event(&ep, 1, 1);
	ck_assert(stream_wait(stayed, 1) && stream_wait(was, 1));
	char *id = mem_dup(was->parser.last_id);
	stream_close(was);
	endpoint_event(&ep, 1, 2); /* while it is away */
	ck_assert(stream_wait(stayed, 2));
	server_kill(ep.server);
	wait_status("", "/healthz", "503");
	const char *why = curl("-m 5", "/healthz");
	ck_assert_msg(strstr(why, "onnect") || strstr(why, "server"), "no reason: '%s'", why);
	ck_assert_ptr_nonnull(strstr(curl("-m 5 -i", acme), "Retry-After: 5\r\n"));
	ck_assert_str_eq(status("-I", acme), "503");
	ck_assert_str_eq(status("-H 'Accept: text/event-stream'", "/events/acme?token=wrong"), "401");
	ck_assert_str_eq(status("-H 'Accept: text/event-stream' -H 'Last-Event-ID: x'", acme), "400");
	struct stream *back = browser(id);
	wait_comment(back, ": no database now\n");
	ck_assert_int_eq(back->parser.retry_ms, 2000);
	ck_assert_uint_eq(back->parser.n, 0);
	ck_assert_ptr_nonnull(strstr(curl("-m 5", "/metrics"), "spotop_subscribers_waiting 1\n"));
	ck_assert_msg(server_restart(ep.server, &e), "%s", e.text);
	endpoint_event(&ep, 1, 3);
	ck_assert_msg(stream_wait(back, 2) && stream_wait(stayed, 3), "%s", buf_str(&back->body));
	for (int i = 0; i < 3; i++) {
		char want[20];
		snprintf(want, sizeof want, "{\"n\":%d}", i + 1);
		ck_assert_str_eq(stayed->parser.events[i].data, want);
		if (i) ck_assert_str_eq(back->parser.events[i - 1].data, want);
	}
	wait_status("", "/healthz", "200");
	ck_assert_ptr_nonnull(strstr(curl("-m 5", "/metrics"), "spotop_subscribers_waiting 0\n"));
	free(id);
	stream_close(stayed);
	stream_close(back);
	endpoint_stop(&ep);
}
END_TEST

/* Started while there is no server: it listens, says so, keeps who asks for a stream, and gives events once it is there. */
START_TEST(it_starts_without_a_database)
{
	struct err e;
	server_kill(ep.server);
	endpoint_start(&ep, NULL);
	ck_assert_str_eq(status("", "/healthz"), "503");
	const char *why = curl("-m 5", "/healthz");
	ck_assert_msg(strstr(why, "onnect") || strstr(why, "server"), "no reason: '%s'", why);
	ck_assert_str_eq(status("", acme), "503");
	struct stream *first = browser(NULL);
	wait_comment(first, ": no database now\n");
	ck_assert_msg(server_restart(ep.server, &e), "%s", e.text);
	ck_assert(stream_wait_place(first));
	endpoint_event(&ep, 1, 1);
	ck_assert(stream_wait(first, 1));
	ck_assert_str_eq(first->parser.events[0].data, "{\"n\":1}");
	wait_status("", "/healthz", "200");
	stream_close(first);
	endpoint_stop(&ep);
}
END_TEST

/* It starts while there is no server, and what comes up holds another schema: it ends as it would have at once. */
START_TEST(what_is_no_schema_of_ours_ends_it_when_it_comes)
{
	struct err e;
	int code;
	endpoint_sql(&ep, "RENAME TABLE spot_optimizer.clients TO spot_optimizer.kept");
	endpoint_sql(&ep, "CREATE TABLE spot_optimizer.clients (id INT)");
	server_kill(ep.server);
	endpoint_start(&ep, NULL);
	ck_assert_msg(server_restart(ep.server, &e), "%s", e.text);
	ck_assert_int_eq(waitpid(ep.pid, &code, 0), ep.pid);
	ck_assert_int_eq(WEXITSTATUS(code), 3);
	endpoint_sql(&ep, "DROP TABLE spot_optimizer.clients");
	endpoint_sql(&ep, "RENAME TABLE spot_optimizer.kept TO spot_optimizer.clients");
}
END_TEST

static const char *const rewinds[] = {
	"TRUNCATE spot_optimizer.sse_events",
	"BEGIN NOT ATOMIC CREATE TABLE spot_optimizer.older LIKE spot_optimizer.sse_events; "
	"INSERT INTO spot_optimizer.older SELECT * FROM spot_optimizer.sse_events ORDER BY id LIMIT 1; "
	"RENAME TABLE spot_optimizer.sse_events TO spot_optimizer.newer, "
	"spot_optimizer.older TO spot_optimizer.sse_events; DROP TABLE spot_optimizer.newer; END",
};

/* The table is emptied, or an older copy comes in its place: ids begin anew. Streams that are open are told that what
 * they hold is no place any more, and go on; who comes with an old id is told the same. */
START_TEST(an_emptied_or_restored_table_is_read_on)
{
	struct stream *s;
	endpoint_sql(&ep, "DELETE FROM spot_optimizer.sse_events");
	endpoint_start(&ep, NULL);
	endpoint_wait_live(&ep);
	s = browser(NULL);
	ck_assert(stream_wait_place(s));
	for (int i = 1; i <= 5; i++) endpoint_event(&ep, 1, i);
	ck_assert(stream_wait(s, 5));
	char *old = mem_dup(s->parser.last_id);
	endpoint_sql(&ep, rewinds[_i]);
	ck_assert(stream_wait(s, 6));
	ck_assert_str_eq(s->parser.events[5].type, "reset");
	/* what was kept tells where the rest begins */
	unsigned long kept = strtoul(s->parser.events[0].id, NULL, 10);
	char *told = _i ? mem_printf("{\"reason\":\"history changed\",\"lost\":{\"from\":%lu,\"to\":%lu}}",
	                             kept + 1, kept + 4)
	                : mem_dup("{\"reason\":\"history changed\"}");
	ck_assert_str_eq(s->parser.events[5].data, told);
	free(told);
	wait_status("", "/healthz", "200");
	endpoint_event(&ep, 1, 6);
	endpoint_event(&ep, 1, 7);
	ck_assert(stream_wait(s, 8));
	ck_assert_str_eq(s->parser.events[6].data, "{\"n\":6}");
	ck_assert_str_eq(s->parser.events[7].data, "{\"n\":7}");
	char *id = mem_dup(s->parser.last_id);
	stream_close(s);
	endpoint_event(&ep, 1, 8);
	s = browser(id); /* a place of the new history is one */
	ck_assert(stream_wait(s, 1));
	ck_assert_str_eq(s->parser.events[0].data, "{\"n\":8}");
	stream_close(s);
	s = browser(old);
	ck_assert(stream_wait(s, 1));
	ck_assert_str_eq(s->parser.events[0].type, "reset");
	stream_close(s);
	for (int i = 0; i < 100; i++, usleep(100000)) { /* delivered is noted of the new rows */
		char n[20] = "";
		struct err e;
		ck_assert(server_sql(ep.server,
		                     "SELECT COUNT(*) FROM spot_optimizer.sse_events WHERE NOT delivered AND "
		                     "JSON_VALUE(event_data, '$.n') >= 6",
		                     n, sizeof n, &e));
		if (strcmp(n, "0") == 0) break;
		ck_assert_int_lt(i, 99);
	}
	free(old);
	free(id);
	endpoint_stop(&ep);
}
END_TEST

/* Before the clients have been read nobody is refused: 401 would end a browser's stream for good. */
START_TEST(nobody_is_refused_before_the_clients_are_known)
{
	void *held = server_hold(ep.server, "clients WRITE");
	ck_assert_ptr_nonnull(held);
	endpoint_start(&ep, NULL);
	struct stream *right = browser(NULL), *wrong = stream_open(ep.port, "/events/acme?token=wrong", NULL);
	ck_assert_int_eq(wrong->status, 200);
	ck_assert_str_eq(status("", acme), "503");
	ck_assert_str_eq(status("", "/events/acme"), "401");
	server_let_go(held);
	ck_assert(stream_wait_over(wrong));
	ck_assert_uint_eq(wrong->parser.n, 0);
	ck_assert_str_eq(wrong->parser.last_id, "");
	ck_assert(stream_wait_place(right));
	endpoint_event(&ep, 1, 1);
	ck_assert(stream_wait(right, 1));
	stream_close(wrong);
	wrong = stream_open(ep.port, "/events/acme?token=wrong", NULL);
	ck_assert_int_eq(wrong->status, 401);
	stream_close(wrong);
	stream_close(right);
	endpoint_stop(&ep);
}
END_TEST

/* The house is full: two wait, and take the places that are given up in the order in which they came; one more than
 * may wait is told when to come again, on a stream that ends by itself. */
START_TEST(a_full_house_keeps_the_browsers)
{
	static const char *const two[] = { "--max-subscribers", "2", NULL };
	struct stream *in[2], *waits[2];
	endpoint_start(&ep, two);
	endpoint_wait_live(&ep);
	endpoint_wait_subscribers(&ep, 0);
	for (int i = 0; i < 2; i++) in[i] = browser(NULL), ck_assert(stream_wait_place(in[i]));
	for (int i = 0; i < 2; i++)
		waits[i] = browser(NULL), wait_comment(waits[i], ": too many subscribers");
	struct stream *away = browser(NULL);
	ck_assert(stream_wait_over(away));
	ck_assert_int_ge(away->parser.retry_ms, 10000);
	stream_close(away);
	ck_assert_str_eq(status("-H 'Accept: application/json'", acme), "503");
	stream_close(in[0]);
	ck_assert(stream_wait_place(waits[0]));
	endpoint_event(&ep, 1, 1);
	ck_assert(stream_wait(waits[0], 1) && stream_wait(in[1], 1));
	ck_assert_uint_eq(waits[1]->parser.n, 0);
	ck_assert_str_eq(waits[1]->parser.last_id, "");
	stream_close(in[1]);
	ck_assert(stream_wait_place(waits[1]));
	for (int i = 0; i < 2; i++) stream_close(waits[i]);
	endpoint_stop(&ep);
}
END_TEST

/* All come back at once, four at once and two a second are let in: none is turned away, each has its events. */
START_TEST(a_rush_is_let_in_one_by_one)
{
	enum { RUSH = 9 };
	static const char *const slow[] = { "--max-rate", "2", NULL };
	struct stream *s[RUSH];
	endpoint_start(&ep, slow);
	endpoint_wait_live(&ep);
	for (int i = 0; i < RUSH; i++) s[i] = browser(NULL);
	for (int i = 0; i < RUSH; i++) ck_assert(stream_wait_place(s[i]));
	endpoint_event(&ep, 1, 7);
	for (int i = 0; i < RUSH; i++) {
		ck_assert(stream_wait(s[i], 1));
		stream_close(s[i]);
	}
	endpoint_stop(&ep);
}
END_TEST

/* The database answers, and its events cannot be read: health says so and why, and recovers. */
START_TEST(health_tells_what_cannot_be_read)
{
	endpoint_start(&ep, NULL);
	endpoint_wait_live(&ep);
	ck_assert_str_eq(curl("-m 5", "/healthz"), "ok\n");
	endpoint_sql(&ep, "RENAME TABLE spot_optimizer.sse_events TO spot_optimizer.away");
	wait_status("", "/healthz", "503");
	ck_assert_ptr_nonnull(strstr(curl("-m 5", "/healthz"), "sse_events"));
	endpoint_sql(&ep, "RENAME TABLE spot_optimizer.away TO spot_optimizer.sse_events");
	wait_status("", "/healthz", "200");
	endpoint_stop(&ep);
}
END_TEST

/* --- names and pages --- */

static bool allows(const char *origin, const char *args)
{
	char with[200], want[120];
	snprintf(with, sizeof with, "-m 5 -D - -o /dev/null -H 'Origin: %s' %s", origin, args);
	snprintf(want, sizeof want, "\r\nAccess-Control-Allow-Origin: %s\r\n", origin);
	return strstr(curl(with, acme), want) != NULL;
}

START_TEST(several_names_and_pages_elsewhere)
{
	static const char *const named[] = { "--host-name",    "events.example",        "--host-name",
		                             "10.7.7.7",       "--allow-origin",        "https://a.example",
		                             "--allow-origin", "http://localhost:3000", NULL };
	static const char *const ours[] = { "events.example", "EVENTS.example:8420", "10.7.7.7",
		                            "localhost:1",    "127.0.0.1",           "[::1]:9" },
	                         *const others[] = { "evil.example", "events.example.evil", "10.7.7.8",
		                                     "[::2]",        "xlocalhost",          "" };
	char header[80];
	endpoint_start(&ep, named);
	endpoint_wait_live(&ep);
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		snprintf(header, sizeof header, "-H 'Host: %s'", ours[i]);
		ck_assert_msg(strcmp(status(header, "/healthz"), "200") == 0, "%s", ours[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		snprintf(header, sizeof header, "-H 'Host%s %s'", *others[i] ? ":" : ";", others[i]);
		ck_assert_msg(strcmp(status(header, "/healthz"), "421") == 0, "'%s'", others[i]);
	}
	ck_assert(allows("https://a.example", "-I") && allows("http://localhost:3000", "-I"));
	ck_assert(allows("https://a.example", "-H 'Authorization: Bearer x' -X OPTIONS"));
	ck_assert(!allows("https://b.example", "-I") && !allows("https://a.example.evil", "-I") &&
	          !allows("http://a.example", "-I") && !allows("null", "-I"));
	ck_assert_str_eq(status("-X OPTIONS -H 'Origin: https://b.example'", acme), "405");
	const char *pre = curl("-i -m 5 -X OPTIONS -H 'Origin: https://a.example' -H "
	                       "'Access-Control-Request-Method: GET' -H 'Access-Control-Request-Headers: "
	                       "authorization'",
	                       acme);
	ck_assert_msg(strstr(pre, " 204 ") && strstr(pre, "Allow-Headers: Authorization, Last-Event-ID") &&
	                      strstr(pre, "Vary: Origin"),
	              "%s", pre);
	endpoint_stop(&ep);
}
END_TEST

static const struct {
	const char *option, *value;
} bad[] = {
	{ "--host-name", "" },
	{ "--host-name", "events.example:8420" },
	{ "--host-name", "http://events.example" },
	{ "--host-name", "*.example" },
	{ "--allow-origin", "" },
	{ "--allow-origin", "a.example" },
	{ "--allow-origin", "https://a.example/" },
	{ "--allow-origin", "https://A.example" },
	{ "--allow-origin", "https://a.example:443" },
	{ "--allow-origin", "http://a.example:80" },
	{ "--allow-origin", "https://*.example" },
};

START_TEST(a_name_that_can_never_match_is_a_usage_error)
{
	char cmd[400];
	snprintf(cmd, sizeof cmd, "%s --no-defaults serve --listen 127.0.0.1:0 '%s=%s' 2>&1; echo \"rc=$?\"",
	         getenv("SPOTOP_BIN"), bad[_i].option, bad[_i].value);
	const char *out = endpoint_printed(cmd);
	ck_assert_msg(strstr(out, bad[_i].option) && strstr(out, "rc=2\n"), "%s", out);
}
END_TEST

/* On all addresses of a network of the test's own: the one that was dialled is a name of ours. */
START_TEST(the_address_that_was_dialled_is_ours)
{
	if (!net_own()) {
		printf("serve_away: this host allows no network of the test's own, so no listening on all\n");
		return;
	}
	ep.listen = "0.0.0.0";
	static const char *const public[] = { "--public", NULL };
	endpoint_start(&ep, public);
	endpoint_wait_live(&ep);
	char url[80];
	snprintf(url, sizeof url, "curl -s -m 2 -o /dev/null -w '%%{http_code}' http://127.9.9.9:%u/healthz",
	         ep.port);
	ck_assert_str_eq(endpoint_printed(url), "200");
	ck_assert_str_eq(status("-H 'Host: 127.9.9.9'", "/healthz"), "421"); /* dialled 127.0.0.1 */
	endpoint_stop(&ep);
}
END_TEST

Suite *suite_serve_away(void);
Suite *suite_serve_away(void)
{
	Suite *s = suite_create("serve_away");
	TCase *t = tcase_create("away");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, an_outage_keeps_the_browsers);
	tcase_add_test(t, it_starts_without_a_database);
	tcase_add_test(t, what_is_no_schema_of_ours_ends_it_when_it_comes);
	tcase_add_loop_test(t, an_emptied_or_restored_table_is_read_on, 0, (int)ARRAY_LEN(rewinds));
	tcase_add_test(t, nobody_is_refused_before_the_clients_are_known);
	tcase_add_test(t, a_full_house_keeps_the_browsers);
	tcase_add_test(t, a_rush_is_let_in_one_by_one);
	tcase_add_test(t, health_tells_what_cannot_be_read);
	tcase_add_test(t, several_names_and_pages_elsewhere);
	tcase_add_test(t, the_address_that_was_dialled_is_ours);
	tcase_add_loop_test(t, a_name_that_can_never_match_is_a_usage_error, 0, (int)ARRAY_LEN(bad));
	suite_add_tcase(s, t);
	return s;
}
