/* serve_soak.c - what `make soak` adds for the endpoint (SPOTOP_SOAK=1): the stream read by Chromium's own
 * EventSource on a page of another origin, by npm's, and by curl, over restarts of endpoint and server, to the end by
 * 204; and a reader whose host has gone without a word, in a network of the test's own. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "tests/support/endpoint.h"
#include "tests/support/net.h"
#include "tests/support/server.h"
#include "tests/support/stream.h"
#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BROWSER_MS = 60000, REAPED_MS = 30000 };
static struct endpoint ep;
static void setup(void) { endpoint_setup(&ep); }
static void teardown(void) { endpoint_teardown(&ep); }

static void event(const char *json)
{
	char sql[600];
	snprintf(sql, sizeof sql,
	         "INSERT INTO spot_optimizer.sse_events (client_id, event_type, event_data, expires_at) "
	         "VALUES "
	         "('00000000-0000-4000-8000-000000000001', 'COMMAND_EXECUTED', '%s', NOW() + INTERVAL 1 "
	         "HOUR)",
	         json);
	endpoint_sql(&ep, sql);
}

/* --- readers of others' making --- */

static int
        reports; /* they tell what they saw by asking this socket for a path; the browser gets its page from it */
static unsigned reports_port;

static void listen_for_reports(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	reports = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(reports, (struct sockaddr *)&a, n), 0);
	ck_assert_int_eq(listen(reports, 20), 0);
	getsockname(reports, (struct sockaddr *)&a, &n);
	reports_port = ntohs(a.sin_port);
}

/* The page comes from another origin than the stream: another port. */
static void send_page(int to)
{
	char page[1200], answer[1600];
	snprintf(page, sizeof page,
	         "<script>const say = t => { new Image().src = '/' + encodeURIComponent(t) };\n"
	         "const es = new EventSource('http://127.0.0.1:%u/events/acme?token=secret'), got = [];\n"
	         "es.onopen = () => { if (!got.length) say('open') };\n"
	         "es.onerror = () => { if (es.readyState === 2) say('closed') };\n"
	         "es.addEventListener('COMMAND_EXECUTED', e => { got.push(JSON.parse(e.data).n); say('got ' "
	         "+ "
	         "got.join()) });\n"
	         "</script>\n",
	         ep.port);
	int n = snprintf(answer, sizeof answer,
	                 "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: %zu\r\n\r\n%s",
	                 strlen(page), page);
	ck_assert_int_eq(write(to, answer, (size_t)n), n);
}

static void want_report(const char *path)
{
	char got[2000] = "", request[2000];
	int64_t until = clock_mono_ms() + BROWSER_MS;
	while (clock_mono_ms() < until) {
		struct pollfd p = { .fd = reports, .events = POLLIN };
		if (poll(&p, 1, 500) <= 0) continue;
		int c = accept(reports, NULL, NULL);
		ssize_t n = read(c, request, sizeof request - 1);
		request[n > 0 ? n : 0] = 0;
		if (strncmp(request, "GET /page ", 10) == 0) send_page(c);
		close(c);
		if (sscanf(request, "GET /%1900s", got) == 1 && strcmp(got, path) == 0) return;
	}
	ck_abort_msg("the reader never said %s; its last word was %s", path, got);
}

static pid_t start_reader(const char *const *argv)
{
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
		if (nowhere >= 0) dup2(nowhere, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid;
}

/* With the page's origin let in. */
static void start_endpoint(void)
{
	char origin[60];
	snprintf(origin, sizeof origin, "http://127.0.0.1:%u", reports_port);
	const char *const allowed[] = { "--allow-origin", origin, NULL };
	endpoint_start(&ep, allowed);
}

/* A reader goes through it all: the endpoint dies, the database dies, both at once; and 204 is the end. */
static void read_through_it_all(const char *const *argv)
{
	struct err e;
	pid_t reader = start_reader(argv);
	want_report("open");
	event("{\"n\":1}");
	event("{\\r\\n\"n\"\\n:2,\"x\":\"\\\\n\\\\ndata: forged\"}");
	want_report("got%201%2C2");
	endpoint_kill(&ep);
	event("{\"n\":3}");
	event("{\"n\":4}");
	start_endpoint(); /* it comes back by itself, with its last event id */
	want_report("got%201%2C2%2C3%2C4");
	server_kill(ep.server);
	poll(NULL, 0, 3000);
	ck_assert_msg(server_restart(ep.server, &e), "%s", e.text);
	event("{\"n\":5}");
	want_report("got%201%2C2%2C3%2C4%2C5");
	/* it comes back while there is no database: it is kept, and not sent away */
	endpoint_kill(&ep);
	start_endpoint();
	endpoint_wait_live(&ep);
	server_kill(ep.server);
	poll(NULL, 0, 6000);
	ck_assert_msg(server_restart(ep.server, &e), "%s", e.text);
	event("{\"n\":6}");
	want_report("got%201%2C2%2C3%2C4%2C5%2C6");
	endpoint_sql(&ep, "UPDATE spot_optimizer.clients SET is_active = FALSE");
	want_report("closed"); /* 204: not again */
	endpoint_sql(&ep, "UPDATE spot_optimizer.clients SET is_active = TRUE");
	kill(-reader, SIGKILL);
	waitpid(reader, NULL, 0);
}

START_TEST(chromium_reads_the_stream_from_a_page_elsewhere)
{
	char profile[320], url[80];
	listen_for_reports();
	start_endpoint();
	endpoint_wait_live(&ep);
	snprintf(profile, sizeof profile, "--user-data-dir=%s/browser", server_dir(ep.server));
	snprintf(url, sizeof url, "http://127.0.0.1:%u/page", reports_port);
	const char *argv[] = { "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", profile, url,
		               NULL };
	read_through_it_all(argv);
	endpoint_stop(&ep);
	/* A page whose origin was not let in reads nothing. */
	const char *const other[] = { "--allow-origin", "http://127.0.0.1:1", NULL };
	endpoint_start(&ep, other);
	pid_t reader = start_reader(argv);
	want_report("closed");
	kill(-reader, SIGKILL);
	waitpid(reader, NULL, 0);
	endpoint_stop(&ep);
	close(reports);
}
END_TEST

/* The package of that name, installed by `make soak-browser` where npm reaches it. */
START_TEST(nodes_eventsource_reads_the_stream)
{
	char module[300], script[1600];
	snprintf(module, sizeof module, "%s/../npm/node_modules/eventsource", getenv("SPOTOP_BUILD"));
	if (access(module, F_OK) != 0) {
		printf("serve_soak: npm's eventsource is not installed, so it is left out\n");
		return;
	}
	listen_for_reports();
	start_endpoint();
	endpoint_wait_live(&ep);
	snprintf(script, sizeof script,
	         "const ES = require('%s'), http = require('http');\n"
	         "const say = t => http.get('http://127.0.0.1:%u/' + encodeURIComponent(t)).on('error', () "
	         "=> {});\n"
	         "const es = new ES('http://127.0.0.1:%u/events/acme?token=secret'), got = [];\n"
	         "es.onopen = () => { if (!got.length) say('open') };\n"
	         "es.onerror = () => setTimeout(() => { if (es.readyState === 2) say('closed') });\n"
	         "es.addEventListener('COMMAND_EXECUTED', e => { got.push(JSON.parse(e.data).n); say('got ' "
	         "+ "
	         "got.join()) });\n"
	         "setInterval(() => {}, 1000);\n",
	         module, reports_port, ep.port);
	const char *argv[] = { "node", "-e", script, NULL };
	read_through_it_all(argv);
	endpoint_stop(&ep);
	close(reports);
}
END_TEST

/* A script of four lines: it comes again with the last id that it has got, as long as it has not got all. */
START_TEST(curl_reads_the_stream)
{
	char script[3000], got[400];
	struct err e;
	start_endpoint();
	endpoint_wait_live(&ep);
	snprintf(got, sizeof got, "%s/got", server_dir(ep.server));
	snprintf(script, sizeof script,
	         "touch %s; while ! grep -q '\"n\":4' %s; do "
	         "curl -sN -m 20 -H \"Last-Event-ID: $(sed -n 's/^id: //p' %s | tail -n 1)\" "
	         "'http://127.0.0.1:%u" ENDPOINT_ACME "' >>%s; sleep 0.2; done",
	         got, got, got, ep.port, got);
	const char *argv[] = { "sh", "-c", script, NULL };
	pid_t reader = start_reader(argv);
	char wanted[500];
	snprintf(wanted, sizeof wanted,
	         "for i in $(seq 300); do grep -q '^id: ' %s && break; sleep 0.1; done; echo", got);
	endpoint_printed(wanted); /* it has a place */
	event("{\"n\":1}");
	endpoint_kill(&ep);
	event("{\"n\":2}");
	start_endpoint();
	server_kill(ep.server);
	poll(NULL, 0, 2000);
	ck_assert_msg(server_restart(ep.server, &e), "%s", e.text);
	event("{\"n\":3}");
	event("{\"n\":4}");
	ck_assert_int_eq(waitpid(reader, NULL, 0), reader);
	snprintf(wanted, sizeof wanted, "sed -n 's/^data: {\"n\":\\(.*\\)}.*/\\1/p' %s | tr -d '\\n'", got);
	ck_assert_str_eq(endpoint_printed(wanted), "1234");
	endpoint_stop(&ep);
}
END_TEST

/* --- a dead reader --- */

static int sockets_of(pid_t pid)
{
	char cmd[120];
	int n = -1;
	snprintf(cmd, sizeof cmd, "ls -l /proc/%d/fd | grep -c socket:", pid);
	FILE *p = popen(cmd, "r");
	if (fscanf(p, "%d", &n) != 1) n = -1;
	pclose(p);
	return n;
}

/* The network goes while the stream is open: no FIN, no RST, and nothing is acknowledged any more. */
START_TEST(a_dead_reader_is_let_go_within_half_a_minute)
{
	ck_assert_msg(net_own(), "this host allows no network of the test's own");
	endpoint_start(&ep, NULL);
	endpoint_wait_live(&ep);
	int before;
	usleep(1500000); /* wait_live's own stream is gone */
	before = sockets_of(ep.pid);
	struct stream *s = stream_open(ep.port, ENDPOINT_ACME, NULL);
	ck_assert_int_eq(sockets_of(ep.pid), before + 1);
	int64_t from = clock_mono_ms();
	net_up(false);
	while (sockets_of(ep.pid) > before && clock_mono_ms() - from < 2 * REAPED_MS) usleep(200000);
	int64_t took = clock_mono_ms() - from;
	printf("serve: a dead reader was let go after %.1f s\n", (double)took / 1000);
	ck_assert_msg(took <= REAPED_MS, "still there after %lld ms", (long long)took);
	stream_close(s);
	endpoint_stop(&ep);
}
END_TEST

Suite *suite_serve_soak(void);
Suite *suite_serve_soak(void)
{
	Suite *s = suite_create("serve_soak");
	TCase *t = tcase_create("long");
	tcase_set_timeout(t, 300);
	suite_add_tcase(s, t);
	if (!getenv("SPOTOP_SOAK")) return s;
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, a_dead_reader_is_let_go_within_half_a_minute);
	tcase_add_test(t, chromium_reads_the_stream_from_a_page_elsewhere);
	tcase_add_test(t, nodes_eventsource_reads_the_stream);
	tcase_add_test(t, curl_reads_the_stream);
	return s;
}
