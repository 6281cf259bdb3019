/* serve.c - the endpoint under load: SUBSCRIBERS (1,000) clients with a subscriber each at 1,000 events/s in
 * all; then as many subscribers of one client at 20 events/s; then a fifth as many that never read, at 500
 * events/s of 2 kB; then one more than the limit; then MANY (10,000) of one client at 20 events/s, and where nginx with nchan is
 * there (libnginx-mod-nchan; NCHAN names another ngx_nchan_module.so), the same readers and events with it. Readers, writers, endpoint and server share the machine.
 * From before the INSERT is sent to the byte read. Writes build/bench-serve.json
 * and prints it; exit 1 when an event was lost or came twice. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

enum { MAX_READERS = 12000, WRITERS = 4, SECONDS = 15, MAX_TIMES = 2000000 };
struct shared {
	volatile int is_over;
	volatile long written[MAX_READERS]; /* by client */
};
struct reader {
	int fd, client, status;
	long got;
	size_t n;
	char buf[16384]; /* the line under way */
};
static struct shared *sh;
static struct server *server;
static struct reader *readers;
static int n_readers, subscribers = 1000, epoll_fd;
static unsigned port;
static pid_t serve;
static int *times_us;
static long n_times, n_bad;

static int64_t mono_us(void) { return (int64_t)(uv_hrtime() / 1000); }

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	if (serve > 0) kill(serve, SIGKILL);
	exit(70);
}

static struct db *link_to(uv_loop_t *loop)
{
	struct db_conf c;
	struct err e = { 0 };
	uv_loop_init(loop);
	server_conf(server, &c);
	if (!conf_set(&c, "database", "spot_optimizer", "bench", &e)) fail("conf", e.text);
	struct db *db = db_open(loop, &c, DB_WRITE, "bench");
	conf_free(&c);
	return db;
}

static void sql(struct db *db, const char *text)
{
	struct err e = { 0 };
	struct db_opts o = { .is_write = true, .deadline_ms = 600000 };
	if (!db_call_text(db, text, strlen(text), &o, NULL, &e)) fail(text, e.text);
}

/* --- the programs --- */

static void start_serve(void)
{
	int fd[2];
	char cnf[512], arg[600], most[20];
	snprintf(cnf, sizeof cnf, "%s/serve.cnf", server_dir(server));
	FILE *f = fopen(cnf, "w");
	fprintf(f, "[client]\nsocket=%s\nuser=root\n", server_socket(server));
	fclose(f);
	snprintf(arg, sizeof arg, "--defaults-file=%s", cnf);
	snprintf(most, sizeof most, "%d", subscribers);
	if (pipe(fd) != 0) fail("pipe", strerror(errno));
	if ((serve = fork()) == 0) {
		dup2(fd[1], 1);
		close(fd[0]);
		execl(getenv("SPOTOP_BIN"), "spotop", arg, "serve", "--listen", "127.0.0.1:0",
		      "--max-subscribers", most, "--max-rate", "20000", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	f = fdopen(fd[0], "r");
	if (fscanf(f, "listening 127.0.0.1:%u", &port) != 1) fail("serve", "does not listen");
	sleep(2); /* its clients are read */
}

/* rate events/s in all, of clients 0..n_clients-1 in turn. */
static void write_events(int who, int rate, int n_clients, int padding)
{
	uv_loop_t loop;
	struct db *db = link_to(&loop);
	char text[4096], pad[2049] = "";
	memset(pad, 'x', (size_t)padding);
	int64_t due = mono_us();
	for (int client = who; !sh->is_over; client += WRITERS) {
		int c = client % n_clients;
		snprintf(text, sizeof text,
		         "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) VALUES "
		         "('00000000-0000-4000-8000-%012d', 'INSTANCE_RUNNING', "
		         "'{\"us\":%lld,\"pad\":\"%s\"}', NOW() + INTERVAL 1 HOUR)",
		         c, (long long)mono_us(), pad);
		sql(db, text);
		__atomic_add_fetch(&sh->written[c], 1, __ATOMIC_SEQ_CST);
		due += (int64_t)WRITERS * 1000000 / rate;
		int64_t rest = due - mono_us();
		if (rest > 0) usleep((useconds_t)rest);
	}
	_exit(0);
}

/* --- nginx with nchan, one process as the endpoint is --- */

static const char *nchan_module(void)
{
	const char *module = getenv("NCHAN");
	return module ? module : "/usr/lib/nginx/modules/ngx_nchan_module.so";
}

static unsigned free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		fail("port", strerror(errno));
	close(fd);
	return ntohs(a.sin_port);
}

static void start_nchan(void)
{
	char conf[512];
	const char *dir = server_dir(server);
	snprintf(conf, sizeof conf, "%s/nginx.conf", dir);
	port = free_port();
	FILE *f = fopen(conf, "w");
	fprintf(f,
	        "load_module %s; daemon off; master_process off; pid %s/nginx.pid; error_log %s/nginx.log; "
	        "worker_rlimit_nofile 20000; events { worker_connections 15000; } http { access_log off;",
	        nchan_module(), dir, dir);
	static const char *const temp[] = { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" };
	for (int i = 0; i < 5; i++) fprintf(f, " %s_temp_path %s/%s;", temp[i], dir, temp[i]);
	fprintf(f,
	        " nchan_shared_memory_size 256M; server { listen 127.0.0.1:%u backlog=4096; location = /pub "
	        "{ "
	        "nchan_publisher; nchan_channel_id c; keepalive_requests 1000000; } location /events/ { "
	        "nchan_subscriber eventsource; "
	        "nchan_channel_id c; nchan_subscriber_first_message newest; } } }\n",
	        port);
	fclose(f);
	if ((serve = fork()) == 0) {
		execlp("nginx", "nginx", "-p", dir, "-c", conf, (char *)NULL);
		_exit(127);
	}
	sleep(2);
}

/* What write_events inserts, given to nchan. */
static void post_events(int who, int rate)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		                 .sin_port = htons((uint16_t)port),
		                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[400], body[80];
	if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0) fail("nchan", strerror(errno));
	usleep((useconds_t)who * 1000);
	for (int64_t due = mono_us(); !sh->is_over;) {
		int n = snprintf(body, sizeof body, "{\"us\":%lld,\"pad\":\"\"}", (long long)mono_us());
		n = snprintf(text, sizeof text,
		             "POST /pub HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", n,
		             body);
		if (write(fd, text, (size_t)n) != n || read(fd, text, sizeof text) <= 0 ||
		    strncmp(text, "HTTP/1.1 20", 11) != 0)
			fail("nchan", "does not take an event");
		__atomic_add_fetch(&sh->written[0], 1, __ATOMIC_SEQ_CST);
		due += (int64_t)WRITERS * 1000000 / rate;
		int64_t rest = due - mono_us();
		if (rest > 0) usleep((useconds_t)rest);
	}
	_exit(0);
}

/* --- readers --- */

static struct reader *subscribe(int client, bool reads)
{
	struct reader *r = &readers[n_readers++];
	struct sockaddr_in a = { .sin_family = AF_INET,
		                 .sin_port = htons((uint16_t)port),
		                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char request[300];
	int small = 4096;
	*r = (struct reader){ .client = client };
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!reads) setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	if (connect(r->fd, (struct sockaddr *)&a, sizeof a) != 0) fail("connect", strerror(errno));
	/* 1.0: the stream comes without chunks */
	int n = snprintf(request, sizeof request,
	                 "GET /events/cli%d HTTP/1.0\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
	                 "Authorization: Bearer tok%d\r\n\r\n",
	                 client, client);
	if (write(r->fd, request, (size_t)n) != n) fail("request", strerror(errno));
	fcntl(r->fd, F_SETFL, O_NONBLOCK);
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = r };
	if (reads) epoll_ctl(epoll_fd, EPOLL_CTL_ADD, r->fd, &ev);
	return r;
}

static void take_line(struct reader *r, const char *line)
{
	if (strncmp(line, "HTTP/1.", 7) == 0) r->status = atoi(line + 9);
	if (strncmp(line, "data: {\"us\":", 12) != 0) return;
	r->got++;
	if (n_times < MAX_TIMES) times_us[n_times++] = (int)(mono_us() - strtoll(line + 12, NULL, 10));
}

static void read_some(struct reader *r)
{
	ssize_t n = read(r->fd, r->buf + r->n, sizeof r->buf - 1 - r->n);
	if (n <= 0) {
		if (n < 0 && errno == EAGAIN) return;
		n_bad++; /* the endpoint has hung up */
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, r->fd, NULL);
		return;
	}
	r->n += (size_t)n;
	r->buf[r->n] = 0;
	char *line = r->buf, *end;
	while ((end = strchr(line, '\n'))) {
		*end = 0;
		take_line(r, line);
		line = end + 1;
	}
	r->n -= (size_t)(line - r->buf);
	memmove(r->buf, line, r->n);
}

static void read_for(int64_t us)
{
	struct epoll_event ev[256];
	for (int64_t until = mono_us() + us; mono_us() < until;) {
		int n = epoll_wait(epoll_fd, ev, 256, 20);
		for (int i = 0; i < n; i++) read_some(ev[i].data.ptr);
	}
}

/* --- figures --- */

static long rss_kb(pid_t pid)
{
	char path[64];
	long pages = 0;
	snprintf(path, sizeof path, "/proc/%d/statm", pid);
	FILE *f = fopen(path, "r");
	if (!f || fscanf(f, "%*d %ld", &pages) != 1) fail("statm", "the endpoint is gone");
	fclose(f);
	return pages * 4;
}

static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static double pct(double p) { return n_times ? times_us[(long)((double)(n_times - 1) * p)] / 1000.0 : 0; }

static void hang_up(void)
{
	for (int i = 0; i < n_readers; i++) close(readers[i].fd);
	n_readers = 0;
	sleep(2);
}

/* One load: readers of n_clients clients while rate events/s are written; what each got against what was. */
static json_t *load(int n_clients, int rate, int padding, bool reads, bool is_nchan)
{
	pid_t pid[WRITERS];
	long lost = 0, twice = 0, expected = 0, peak = 0;
	long at_start = rss_kb(serve);
	int n = reads ? subscribers : subscribers / 5;
	for (int i = 0; i < n; i++) subscribe(i % n_clients, reads);
	read_for(2000000);
	long joined = rss_kb(serve);
	memset((void *)sh, 0, sizeof *sh);
	n_times = 0;
	double cpu = bench_cpu_s(serve), db_cpu = bench_cpu_s(server_pid(server));
	for (int i = 0; i < WRITERS; i++)
		if ((pid[i] = fork()) == 0) {
			if (is_nchan) post_events(i, rate);
			write_events(i, rate, n_clients, padding);
		}
	for (int s = 0; s < SECONDS; s++) {
		read_for(1000000);
		if (rss_kb(serve) > peak) peak = rss_kb(serve);
	}
	cpu = (bench_cpu_s(serve) - cpu) / SECONDS * 100;
	db_cpu = (bench_cpu_s(server_pid(server)) - db_cpu) / SECONDS * 100;
	sh->is_over = 1;
	for (int i = 0; i < WRITERS; i++) waitpid(pid[i], NULL, 0);
	read_for(3000000);
	for (int i = 0; reads && i < n; i++) {
		long want = sh->written[readers[i].client];
		expected += want;
		lost += readers[i].got < want ? want - readers[i].got : 0;
		twice += readers[i].got > want ? readers[i].got - want : 0;
	}
	qsort(times_us, (size_t)n_times, sizeof *times_us, by_value);
	n_bad += lost + twice;
	return json_pack("{s:i, s:i, s:i, s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:f}",
	                 "subscribers", n, "clients", n_clients, "events_per_s", rate, "deliveries",
	                 (json_int_t)expected, "lost", (json_int_t)lost, "twice", (json_int_t)twice, "p50_ms",
	                 pct(0.5), "p99_ms", pct(0.99), "max_ms", pct(1), "endpoint_cpu_percent", cpu,
	                 "database_cpu_percent", db_cpu, "rss_joined_kb", (json_int_t)joined, "rss_peak_kb",
	                 (json_int_t)peak, "kb_per_subscriber", (double)(joined - at_start) / n);
}

/* One more than may come: 503, and when to come again. */
static json_t *over_the_limit(void)
{
	char answer[600] = "";
	for (int i = 0; i < subscribers; i++) subscribe(i, true);
	read_for(1500000);
	struct reader *last = subscribe(0, false);
	usleep(500000);
	ssize_t n = read(last->fd, answer, sizeof answer - 1);
	bool is_told = n > 12 && strncmp(answer + 9, "503", 3) == 0 && strcasestr(answer, "Retry-After:");
	n_bad += !is_told;
	return json_pack("{s:b}", "told_503_and_when", is_told);
}

static double figure(const json_t *all, const char *load_of, const char *name)
{
	return json_number_value(json_object_get(json_object_get(all, load_of), name));
}

static void goals(const json_t *all)
{
	bench_goal("endpoint: memory a subscriber", figure(all, "many_of_one_20_per_s", "kb_per_subscriber"),
	           "kB", true, 8);
	bench_goal("many subscribers of one client at 20 events/s: p99",
	           figure(all, "many_of_one_20_per_s", "p99_ms"), "ms", true, 250);
	bench_goal("commit to reader at 1,000 events/s: p99", figure(all, "one_each_1000_per_s", "p99_ms"),
	           "ms", true, 30);
	bench_goal("the same: CPU of the endpoint",
	           figure(all, "one_each_1000_per_s", "endpoint_cpu_percent"), "%", true, 3);
}

/* An endpoint of its own: each allows no more than it is asked for. */
static json_t *many_of_one(void)
{
	const char *many = getenv("MANY");
	kill(serve, SIGTERM);
	waitpid(serve, NULL, 0);
	subscribers = many ? atoi(many) : 10000;
	if (subscribers < 5 || subscribers > MAX_READERS - 10) fail("MANY", "5 to 11990");
	start_serve();
	json_t *told = load(1, 20, 0, true, false);
	hang_up();
	return told;
}

static void beside_nchan(json_t *all)
{
	if (access(nchan_module(), R_OK) != 0) {
		puts("no nchan to stand beside: apt-get install libnginx-mod-nchan");
		return;
	}
	kill(serve, SIGTERM);
	waitpid(serve, NULL, 0);
	start_nchan();
	json_object_set_new(all, "nchan_many_of_one_20_per_s", load(1, 20, 0, true, true));
	hang_up();
}

int main(void)
{
	keeper_begin();
	struct err e = { 0 };
	uv_loop_t loop;
	struct rlimit files = { 20000, 20000 };
	char text[400];
	if (getenv("SUBSCRIBERS")) subscribers = atoi(getenv("SUBSCRIBERS"));
	if (subscribers < 5 || subscribers > MAX_READERS - 10) fail("SUBSCRIBERS", "5 to 11990");
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	readers = mem_alloc(sizeof *readers * MAX_READERS);
	times_us = mem_alloc(sizeof *times_us * MAX_TIMES);
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	server = server_start(NULL, &e);
	if (!server || !server_load_schema(server, &e)) fail("server", e.text);
	struct db *db = link_to(&loop);
	snprintf(text, sizeof text,
	         "INSERT INTO clients (id, name, email, client_token) SELECT "
	         "CONCAT('00000000-0000-4000-8000-', LPAD(seq, 12, '0')), "
	         "CONCAT('cli', seq), CONCAT('c', seq, '@bench.example'), SHA2(CONCAT('tok', seq), 256) FROM "
	         "seq_0_to_%d",
	         subscribers);
	sql(db, text);
	start_serve();
	json_t *all = json_object();
	json_object_set_new(all, "one_each_1000_per_s", load(subscribers, 1000, 0, true, false));
	hang_up();
	json_object_set_new(all, "all_of_one_20_per_s", load(1, 20, 0, true, false));
	hang_up();
	json_object_set_new(all, "none_reads_500_per_s_2kB", load(1, 500, 2000, false, false));
	hang_up();
	json_object_set_new(all, "over_the_limit", over_the_limit());
	hang_up();
	json_object_set_new(all, "many_of_one_20_per_s", many_of_one());
	beside_nchan(all);
	goals(all);
	json_dumpf(all, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	puts("");
	bench_save("serve", all);
	kill(serve, SIGTERM);
	waitpid(serve, NULL, 0);
	db_close_wait(db);
	server_stop(server);
	return n_bad ? 1 : 0;
}
