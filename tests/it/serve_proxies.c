/* serve_proxies.c - the event stream behind nginx and HAProxy with the settings that the manual gives (spotop.1,
 * EVENT STREAMS), and read by the eventsource of npm: events come at once, the place is passed on, and while the
 * endpoint is down a browser is told to come again, not sent away. What is not installed here is left out, with a word. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/support/endpoint.h"
#include "tests/support/server.h"
#include "tests/support/stream.h"
#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

Suite *suite_serve_proxies(void);

static struct endpoint ep;
static pid_t proxy_pid;
static unsigned port;
static void setup(void) { endpoint_setup(&ep); }
static void teardown(void) { endpoint_teardown(&ep); }

static unsigned free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert(bind(fd, (struct sockaddr *)&a, n) == 0 && getsockname(fd, (struct sockaddr *)&a, &n) == 0);
	close(fd);
	return ntohs(a.sin_port);
}

/* The block of the manual that begins with that line, as it is typed: mdoc's escapes taken back. */
static char *from_manual(const char *first)
{
	struct buf text = BUF_EMPTY;
	char line[400];
	bool is_in = false;
	FILE *f = fopen("views/spotop.1", "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f)) {
		if (!is_in && strncmp(line, first, strlen(first)) != 0) continue;
		is_in = true;
		if (strncmp(line, ".Ed", 3) == 0) break;
		for (const char *p = line; *p; p++) {
			if (strncmp(p, "\\e", 2) == 0)
				buf_addc(&text, '\\'), p++;
			else if (strncmp(p, "\\-", 2) == 0)
				buf_addc(&text, '-'), p++;
			else
				buf_addc(&text, *p);
		}
	}
	fclose(f);
	ck_assert_msg(text.len > 0, "the manual has no %s", first);
	return buf_detach(&text);
}

/* Its address is the example's. */
static void put(FILE *f, const char *block)
{
	char ours[24];
	snprintf(ours, sizeof ours, "127.0.0.1:%u", ep.port);
	for (const char *at; (at = strstr(block, "127.0.0.1:8420")); block = at + 14)
		fprintf(f, "%.*s%s", (int)(at - block), block, ours);
	fputs(block, f);
}

static FILE *file(const char *name, char path[300])
{
	snprintf(path, 300, "%s/%s", server_dir(ep.server), name);
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	return f;
}

static bool is_here(const char *program)
{
	char cmd[100];
	snprintf(cmd, sizeof cmd, "command -v %s >/dev/null", program);
	if (system(cmd) == 0) return true;
	printf("serve_proxies: no %s here, so it is left out\n", program);
	return false;
}

static void run_proxy(const char *const *argv)
{
	proxy_pid = fork();
	if (proxy_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	char cmd[200];
	snprintf(cmd, sizeof cmd, "curl -s -o /dev/null -m 2 http://127.0.0.1:%u/", port);
	for (int i = 0; i < 200 && system(cmd) != 0; i++) {
		ck_assert_int_eq(waitpid(proxy_pid, NULL, WNOHANG), 0);
		poll(NULL, 0, 50);
	}
}

static void start_nginx(void)
{
	char path[300], dir[300];
	char *block = from_manual("location /events/ {");
	snprintf(dir, sizeof dir, "%s", server_dir(ep.server));
	FILE *f = file("nginx.conf", path);
	fprintf(f,
	        "daemon off; master_process off; pid %s/nginx.pid; error_log %s/nginx.log;\n"
	        "events { worker_connections 200; }\n"
	        "http { access_log off; client_body_temp_path %s/b; proxy_temp_path %s/p; fastcgi_temp_path "
	        "%s/f; "
	        "uwsgi_temp_path %s/u; scgi_temp_path %s/s;\nserver { listen 127.0.0.1:%u;\n",
	        dir, dir, dir, dir, dir, dir, dir, port);
	put(f, block);
	fputs("} }\n", f);
	fclose(f);
	free(block);
	const char *argv[] = { "nginx", "-c", path, "-e", "/dev/null", NULL };
	run_proxy(argv);
}

static void start_haproxy(void)
{
	char path[300], again[300];
	char *block = from_manual("backend events"), *raw = from_manual("HTTP/1.0 200 OK");
	FILE *f = file("again.http", again);
	fputs(raw, f);
	fclose(f);
	f = file("haproxy.cfg", path);
	fprintf(f,
	        "defaults\n\tmode http\n\ttimeout connect 2s\n\ttimeout client 1h\n\ttimeout server "
	        "1h\nfrontend f\n\tbind "
	        "127.0.0.1:%u\n\tdefault_backend events\n",
	        port);
	for (char *at; (at = strstr(block, "/etc/haproxy/again.http"));) {
		*at = 0;
		put(f, block);
		fputs(again, f);
		memmove(block, at + 23, strlen(at + 23) + 1);
	}
	put(f, block);
	fclose(f);
	free(block);
	free(raw);
	const char *argv[] = { "haproxy", "-db", "-q", "-f", path, NULL };
	run_proxy(argv);
}

static const struct {
	const char *program;
	void (*start)(void);
} proxies[] = { { "nginx", start_nginx }, { "haproxy", start_haproxy } };

static struct stream *browser(const char *id)
{
	char header[4000];
	snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", id ? id : "");
	return stream_open(port, ENDPOINT_ACME, id ? header : NULL);
}

static struct stream *until_there(const char *id)
{
	for (int i = 0; i < 200; i++) {
		struct stream *s = browser(id);
		ck_assert_int_eq(s->status, 200); /* anything else would end it for good */
		if (stream_wait_place(s)) return s;
		stream_close(s);
		poll(NULL, 0, 100);
	}
	ck_abort_msg("the stream never came back");
}

START_TEST(a_proxy_passes_the_stream_on)
{
	if (!is_here(proxies[_i].program)) return;
	endpoint_start(&ep, NULL);
	endpoint_wait_live(&ep);
	port = free_port();
	proxies[_i].start();
	struct stream *s = until_there(NULL);
	int64_t since = clock_mono_ms();
	for (int i = 1; i <= 3; i++) { /* each at once: nothing waits for a buffer to fill */
		endpoint_event(&ep, 1, i);
		ck_assert(stream_wait(s, (size_t)i));
	}
	ck_assert_msg(clock_mono_ms() - since < 10000, "three events took %lld ms",
	              (long long)(clock_mono_ms() - since));
	char *id = mem_dup(s->parser.last_id);
	stream_close(s);
	endpoint_event(&ep, 1, 4);
	s = until_there(id);
	ck_assert(stream_wait(s, 1));
	ck_assert_str_eq(s->parser.events[0].data, "{\"n\":4}");
	free(id);
	id = mem_dup(s->parser.last_id);
	endpoint_kill(&ep);
	ck_assert(stream_wait_over(s));
	stream_close(s);
	s = browser(id); /* nobody is behind the proxy: come again */
	ck_assert_int_eq(s->status, 200);
	ck_assert(stream_wait_over(s));
	ck_assert_int_eq(s->parser.retry_ms, 5000);
	ck_assert_ptr_nonnull(strcasestr(buf_str(&s->head), "content-type: text/event-stream"));
	stream_close(s);
	endpoint_event(&ep, 1, 5);
	endpoint_start(&ep, NULL);
	s = until_there(id);
	ck_assert(stream_wait(s, 1));
	ck_assert_str_eq(s->parser.events[0].data, "{\"n\":5}");
	stream_close(s);
	free(id);
	kill(proxy_pid, SIGKILL);
	waitpid(proxy_pid, NULL, 0);
	endpoint_stop(&ep);
}
END_TEST

Suite *suite_serve_proxies(void)
{
	Suite *s = suite_create("serve_proxies");
	TCase *t = tcase_create("proxies");
	tcase_set_timeout(t, 120);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_proxy_passes_the_stream_on, 0, (int)ARRAY_LEN(proxies));
	suite_add_tcase(s, t);
	return s;
}
