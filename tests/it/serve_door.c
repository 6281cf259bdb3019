/* serve_door.c - the endpoint as curl sees it: who is let in, how many, how fast, over TLS; what its metrics say. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/fleet/cursor.h"
#include "tests/support/endpoint.h"
#include "tests/support/server.h"
#include "tests/support/stream.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct endpoint ep;
static const char acme[] = ENDPOINT_ACME;
enum { MOST = 24 };

static const char *curl(const char *args, const char *path) { return endpoint_curl(&ep, args, path); }
static const char *status(const char *args, const char *path) { return endpoint_status(&ep, args, path); }

static void setup_server(void) { endpoint_setup(&ep); }
static void teardown_server(void) { endpoint_teardown(&ep); }
static void stop_serve(void) { endpoint_stop(&ep); }
static void setup(void)
{
	static const char *const most[] = { "--max-subscribers", "24", NULL };
	setup_server();
	endpoint_start(&ep, most);
}
static void teardown(void)
{
	stop_serve();
	teardown_server();
}

static void wait_live(void)
{
	endpoint_wait_live(&ep);
	endpoint_wait_subscribers(&ep, 0);
}

START_TEST(only_the_clients_token_opens_its_stream)
{
	wait_live();
	ck_assert_str_eq(status("", "/events/acme"), "401");
	ck_assert_str_eq(status("-H 'Authorization: Bearer other'", "/events/acme"), "401");
	ck_assert_str_eq(status("", "/events/nobody?token=secret"), "401");
	ck_assert_str_eq(status("-m 1", "/events/acme?token=secret"), "200");
	ck_assert_str_eq(status("-X POST", "/events/acme?token=secret"), "405");
	ck_assert_str_eq(status("", "/etc/passwd"), "404");
	ck_assert_str_eq(status("-H 'Host: evil.example'", "/healthz"), "421");
	ck_assert_str_eq(status("-H 'Last-Event-ID: garbage'", "/events/acme?token=secret"), "400");
	ck_assert_str_eq(status("", "/healthz"), "200");
	ck_assert_ptr_nonnull(strstr(curl("-m 2", "/metrics"), "spotop_up 1"));
}
END_TEST

/* The longest place that an endpoint ever gave is one it takes back: 200 gaps, ids of ten digits, written out as it was once. */
START_TEST(the_longest_place_is_taken_back)
{
	char path[300], args[400];
	wait_live();
	snprintf(path, sizeof path, "%s/place", server_dir(ep.server));
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "Last-Event-ID: 9999999999");
	for (int i = 0; i < CURSOR_TEXT_GAPS; i++)
		fprintf(f, "%c%d-%d", i ? ',' : '/', 1000000000 + i * 10, 1000000003 + i * 10);
	fputc('\n', f);
	fclose(f);
	snprintf(args, sizeof args, "-H @%s", path);
	ck_assert_str_eq(status(args, "/events/acme?token=secret"), "200");
}
END_TEST

/* What load balancers and people with curl send. */
START_TEST(head_and_http_1_0_are_answered)
{
	wait_live();
	ck_assert_str_eq(status("-I", "/healthz"), "200");
	ck_assert_str_eq(status("-0", "/healthz"), "200");
	ck_assert_str_eq(status("-0 -H Host:", "/healthz"), "200");
	ck_assert_str_eq(status("-0 -H Host:", "/metrics"), "200");
	ck_assert_str_eq(status("-I", "/events/acme"), "401");
	const char *head = curl("-I -m 5", acme);
	ck_assert_msg(strstr(head, " 200 ") && strstr(head, "Content-Type: text/event-stream\r\n"), "%s",
	              head);
	long length = atol(strstr(curl("-I -m 5", "/metrics"), "Content-Length: ") + 16);
	ck_assert_int_gt(length, 100);
	endpoint_wait_subscribers(&ep, 0);
	ck_assert_ptr_nonnull(strstr(curl("-i -m 5 -X DELETE", acme), "Allow: GET, HEAD\r\n"));
}
END_TEST

START_TEST(over_the_limit_is_told_to_come_later)
{
	struct stream *s[MOST];
	wait_live();
	for (int i = 0; i < MOST; i++) {
		s[i] = stream_open(ep.port, acme, NULL);
		ck_assert_int_eq(s[i]->status, 200);
	}
	struct stream *more = stream_open_as(ep.port, acme, "*/*", NULL);
	ck_assert_int_eq(more->status, 503);
	ck_assert_ptr_nonnull(strstr(buf_str(&more->head), "Retry-After: 30"));
	stream_close(more);
	for (int i = 0; i < MOST; i++) stream_close(s[i]);
	endpoint_wait_subscribers(&ep, 0); /* who has hung up is noticed */
}
END_TEST

static void start_slow(void)
{
	setup_server();
	static const char *const one_a_second[] = { "--max-rate", "1", NULL };
	endpoint_start(&ep, one_a_second);
}

/* Four at once and one a second: a fleet of browsers that comes back does not fell the endpoint. */
START_TEST(too_many_new_streams_are_told_to_come_later)
{
	enum { TRIES = 30 };
	int n_in = 0, n_out = 0;
	int64_t from = clock_mono_ms();
	wait_live();
	for (int i = 0; i < TRIES; i++) {
		struct stream *s = stream_open_as(ep.port, acme, NULL, NULL);
		if (s->status == 200) n_in++;
		if (s->status == 503) {
			n_out++;
			ck_assert_ptr_nonnull(strstr(buf_str(&s->head), "Retry-After: "));
		}
		stream_close(s);
	}
	int64_t most = 4 + 1 + (clock_mono_ms() - from) / 1000;
	ck_assert_msg(n_in >= 1 && n_in <= most && n_out > 0 && n_in + n_out == TRIES, "%d in, %d out of %d",
	              n_in, n_out, TRIES);
	ck_assert_str_eq(status("", "/healthz"), "200"); /* who watches it is not counted */
}
END_TEST

START_TEST(a_port_has_one_endpoint)
{
	char cmd[600];
	snprintf(cmd, sizeof cmd, "%s --defaults-file=%s/serve.cnf serve --listen 127.0.0.1:%u 2>&1; echo $?",
	         getenv("SPOTOP_BIN"), server_dir(ep.server), ep.port);
	const char *out = endpoint_printed(cmd);
	ck_assert_msg(strstr(out, "is the port taken") && strstr(out, "\n3\n") == NULL &&
	                      strcmp(out + strlen(out) - 2, "0\n") != 0,
	              "%s", out);
}
END_TEST

static size_t name_length(const char *line) { return strcspn(line, "{ "); }

/* Each metric has HELP, then TYPE, then all its series, each once. */
static void well_formed(const char *text)
{
	enum { LINES = 1000 };
	static char *lines[LINES];
	size_t n = 0;
	char *copy = mem_dup(text), *rest = copy, metric[100] = "";
	for (char *line; (line = strsep(&rest, "\n")) && n < LINES;)
		if (*line) lines[n++] = line;
	ck_assert_uint_gt(n, 100);
	for (size_t i = 0; i < n; i++) {
		if (strncmp(lines[i], "# HELP ", 7) == 0) {
			snprintf(metric, sizeof metric, "%.*s", (int)name_length(lines[i] + 7), lines[i] + 7);
			char head[130];
			snprintf(head, sizeof head, "# HELP %s ", metric);
			for (size_t k = i + 1; k < n; k++)
				ck_assert_msg(strncmp(lines[k], head, strlen(head)) != 0, "again: %s",
				              lines[k]);
			ck_assert_msg(i + 1 < n && strncmp(lines[i + 1], "# TYPE ", 7) == 0 &&
			                      strncmp(lines[i + 1] + 7, metric, strlen(metric)) == 0,
			              "no type after %s", lines[i]);
			i++;
			continue;
		}
		ck_assert_msg(name_length(lines[i]) == strlen(metric) &&
		                      strncmp(lines[i], metric, strlen(metric)) == 0,
		              "out of its place or without help: %s", lines[i]);
		size_t series = (size_t)(strrchr(lines[i], ' ') - lines[i]);
		char *end;
		strtod(lines[i] + series + 1, &end);
		ck_assert_msg(*end == 0 && end > lines[i] + series + 1, "no number: %s", lines[i]);
		for (size_t k = i + 1; k < n; k++)
			ck_assert_msg(strncmp(lines[i], lines[k], series + 1) != 0, "twice: %s", lines[k]);
	}
	free(copy);
}

/* Prometheus' own opinion, where it is installed (Debian's package prometheus). */
static void promtool_likes_it(void)
{
	char cmd[300];
	if (system("command -v promtool >/dev/null") != 0) {
		printf("serve_door: no promtool here, so its check of /metrics is left out\n");
		return;
	}
	snprintf(cmd, sizeof cmd,
	         "curl -s -m 5 http://127.0.0.1:%u/metrics | promtool check metrics 2>&1; echo \"rc=$?\"",
	         ep.port);
	const char *out = endpoint_printed(cmd);
	ck_assert_msg(strcmp(out, "rc=0\n") == 0, "%s", out);
}

START_TEST(metrics_tell_fleet_queue_and_tail)
{
	static const char *const names[] = {
		"# TYPE spotop_up gauge",
		"spotop_agents_enabled 1",
		"spotop_commands_pending 1",
		"spotop_job_seconds_since_ok{job=\"consolidate\"}",
		"spotop_tail_lag_seconds ",
		"spotop_tail_open_gaps 0",
		"spotop_tail_oldest_gap_seconds 0",
		"spotop_events_expired{client=\"acme\"} 3",
		"spotop_alerts_open 0",
		"spotop_conditions{kind=\"no_primary\",severity=\"critical\"} 1",
		"spotop_conditions{kind=\"two_primaries\",severity=\"critical\"} 0",
		"spotop_conditions_snoozed{kind=\"no_primary\",severity=\"critical\"} 0",
		"spotop_agents{health=\"crit\"} 1",
		"spotop_agents{health=\"ok\"} 0",
		"spotop_agents{health=\"dead\"} 0",
		"spotop_agents{health=\"unknown\"} 0",
		"spotop_agents{health=\"warn\"} 0",
		"spotop_agents{health=\"off\"} 0",
		"spotop_instances 0",
		"spotop_instances_in_state{state=\"zombie\"} 0",
		"spotop_instances_in_state{state=\"launching\"} 0",
		"spotop_subscribers_waiting 0",
	};
	endpoint_sql(&ep,
	             "INSERT INTO spot_optimizer.clients (name, email, client_token) VALUES " /* hostile */
	             "('acme', 'a@twin.example', SHA2('3', 256)), "
	             "('a\"b\\\\c\\nd', 'b@twin.example', SHA2('4', 256))");
	endpoint_sql(&ep, "INSERT INTO spot_optimizer.agents (id, client_id, logical_agent_id, status, "
	                  "last_heartbeat_at) VALUES ('00000000-0000-4000-8000-0000000000a1', "
	                  "'00000000-0000-4000-8000-000000000001', 'agent-1', 'online', NOW())");
	endpoint_sql(&ep, "INSERT INTO spot_optimizer.commands (client_id, agent_id, command_type) VALUES "
	                  "('00000000-0000-4000-8000-000000000001', "
	                  "'00000000-0000-4000-8000-0000000000a1', 'switch')");
	endpoint_sql(
	        &ep,
	        "INSERT INTO spot_optimizer.job_schedules (name, kind, about, every_seconds, next_run_at, "
	        "last_ok_at, last_status) VALUES "
	        "('consolidate', 'job', 'x', 43200, NOW() + INTERVAL 1 HOUR, NOW(), 'ok') ON DUPLICATE KEY "
	        "UPDATE last_ok_at = NOW()");
	endpoint_sql(&ep,
	             "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	             "SELECT "
	             "'00000000-0000-4000-8000-000000000001', 'HEARTBEAT', '{}', NOW() - INTERVAL 1 MINUTE "
	             "FROM "
	             "spot_optimizer.seq_1_to_3");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		int tries = 0;
		const char *out;
		while (!strstr(out = curl("-m 5", "/metrics"), names[i]) && tries++ < 300) usleep(100000);
		ck_assert_msg(strstr(out, names[i]) != NULL, "no %s in\n%s", names[i], out);
	}
	well_formed(curl("-m 5", "/metrics"));
	promtool_likes_it();
	endpoint_sql(&ep, "DELETE FROM spot_optimizer.sse_events WHERE expires_at < NOW()");
	endpoint_sql(&ep, "DELETE FROM spot_optimizer.clients WHERE email LIKE '%twin.example'");
}
END_TEST

static char cert[300];

static void start_tls(void)
{
	char cmd[900], key[300];
	const char *const tls[] = { "--tls-cert", cert, "--tls-key", key, NULL };
	snprintf(cert, sizeof cert, "%s/cert.pem", server_dir(ep.server));
	snprintf(key, sizeof key, "%s/key.pem", server_dir(ep.server));
	snprintf(cmd, sizeof cmd,
	         "openssl req -x509 -newkey rsa:2048 -nodes -keyout '%s' -out '%s' -days 2 -subj "
	         "/CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null",
	         key, cert);
	ck_assert_int_eq(system(cmd), 0);
	endpoint_start(&ep, tls);
}

START_TEST(it_speaks_tls_and_nothing_else)
{
	char cmd[900], line[200] = "";
	bool has_data = false;
	snprintf(cmd, sizeof cmd,
	         "curl -sN -m 60 --retry 20 --retry-delay 1 --retry-all-errors -f --cacert '%s' "
	         "'https://localhost:%u%s'",
	         cert, ep.port, acme);
	FILE *p = popen(cmd, "r");
	while (!has_data && fgets(line, sizeof line, p)) {
		if (strncmp(line, "retry:", 6) == 0) endpoint_event(&ep, 1, 77); /* it is open */
		has_data = strcmp(line, "data: {\"n\":77}\n") == 0;
	}
	ck_assert_msg(has_data, "nothing came over TLS; the last line was %s", line);
	ck_assert_str_eq(curl("-m 5", "/healthz"), ""); /* plain HTTP gets no answer */
	endpoint_event(&ep, 1, 78);                     /* curl ends when it writes into the closed pipe */
	pclose(p);
}
END_TEST

Suite *suite_serve_door(void);
Suite *suite_serve_door(void)
{
	Suite *s = suite_create("serve_door");
	TCase *t = tcase_create("door");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, only_the_clients_token_opens_its_stream);
	tcase_add_test(t, the_longest_place_is_taken_back);
	tcase_add_test(t, head_and_http_1_0_are_answered);
	tcase_add_test(t, over_the_limit_is_told_to_come_later);
	tcase_add_test(t, a_port_has_one_endpoint);
	tcase_add_test(t, metrics_tell_fleet_queue_and_tail);
	suite_add_tcase(s, t);
	TCase *c = tcase_create("tls");
	tcase_set_timeout(c, 120);
	tcase_add_unchecked_fixture(c, setup_server, teardown_server);
	tcase_add_checked_fixture(c, start_tls, stop_serve);
	tcase_add_test(c, it_speaks_tls_and_nothing_else);
	suite_add_tcase(s, c);
	TCase *m = tcase_create("slow");
	tcase_set_timeout(m, 120);
	tcase_add_unchecked_fixture(m, start_slow, teardown);
	tcase_add_test(m, too_many_new_streams_are_told_to_come_later);
	suite_add_tcase(s, m);
	return s;
}
