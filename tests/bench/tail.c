/* tail.c - the tail beside a naive poll of `id > cursor`, on the same events at the same time: each a process
 * with a link of its own, polling alike. Writers: four that commit at once, four that hold their transaction
 * 50 ms, two that roll back every other one. First paced (RATE events/s, 1,000), then as fast as they can.
 * From the commit, noted by the writer, to the callback, noted by the reader. The table says what was lost.
 * Writes build/bench-tail.json and prints it. */
#include "core/fleet/tail.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

enum { MAX_IDS = 4000000, WRITERS = 10, POLL_MS = 50, PHASES = 2, READERS = 2 };
struct shared {
	volatile int phase;                  /* 0, 1: paced, unpaced; 2: writers end; 3: readers end */
	volatile uint64_t first[PHASES + 1]; /* the first id of each phase */
	volatile double cpu_s[READERS][PHASES];
	volatile uint64_t got[READERS];
	int64_t committed_us[MAX_IDS], seen_us[READERS][MAX_IDS];
};
static struct shared *sh;
static struct server *server;

static int64_t mono_us(void) { return (int64_t)(uv_hrtime() / 1000); }

/* --- writers --- */

static void insert(struct link *l, uint64_t ids[4], int n)
{
	static const char one[] =
	        "INSERT INTO sse_events (client_id, event_type, event_data, expires_at) VALUES "
	        "('00000000-0000-4000-8000-000000000001', 'INSTANCE_RUNNING', "
	        "'{\"instance_id\":\"i-07be110123456789a\",\"status\":\"running_primary\"}', NOW() + "
	        "INTERVAL 1 HOUR)";
	for (int i = 0; i < n; i++) {
		struct table *t = bench_rows(l, "%s", one);
		ids[i] = t->insert_id;
		table_free(t);
	}
}

static void write_events(int who, int rate)
{
	struct link l;
	bench_open(&l, server, "spot_optimizer", DB_WRITE);
	bool holds = who >= 4 && who < 8, rolls = who >= 8;
	for (int64_t due = mono_us(), n = 0; sh->phase < 2; n++) {
		uint64_t ids[4];
		int k = holds ? 4 : 1;
		bench_sql(&l, "BEGIN");
		insert(&l, ids, k);
		if (holds) usleep(50000);
		bool keeps = !rolls || n % 2;
		bench_sql(&l, "%s", keeps ? "COMMIT" : "ROLLBACK");
		for (int i = 0; keeps && i < k; i++)
			if (ids[i] < MAX_IDS) sh->committed_us[ids[i]] = mono_us();
		due += (int64_t)k * 1000000 * WRITERS / rate;
		int64_t rest = due - mono_us();
		if (sh->phase == 0 && rest > 0) usleep((useconds_t)rest);
		if (sh->phase == 1) due = mono_us();
	}
	_exit(0);
}

/* --- readers --- */

static void note(int who, uint64_t id)
{
	if (id >= MAX_IDS) return;
	if (!sh->seen_us[who][id]) sh->got[who]++;
	sh->seen_us[who][id] = mono_us();
}

static double cpu_now(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static void note_cpu(int who)
{
	static int phase;
	static double at_start;
	if (sh->phase == phase || phase >= PHASES) return;
	sh->cpu_s[who][phase] = cpu_now() - at_start;
	at_start = cpu_now();
	phase++;
}

static void on_event(void *ctx, const struct tail_event *ev) { note(*(int *)ctx, ev->id); }
static void on_error(void *ctx, const struct err *e, bool has_stopped)
{
	(void)ctx;
	if (has_stopped) bench_fail("tail", e);
}
static void on_turn(void *ctx) { note_cpu(*(int *)ctx); }

static void read_by_tail(void)
{
	struct link l;
	static int who = 0;
	struct err e;
	bench_open(&l, server, "spot_optimizer", DB_READ);
	struct tail *t;
	struct tail_opts o = { .from = "now",
		               .poll_ms = POLL_MS,
		               .on_event = on_event,
		               .on_turn = on_turn,
		               .on_error = on_error,
		               .ctx = &who };
	if (!tail_open(&l.loop, l.db, &o, &t, &e)) bench_fail("tail", &e);
	while (sh->phase < 3) uv_run(&l.loop, UV_RUN_ONCE);
	_exit(0);
}

/* As most pollers are written: read what is above the highest id seen, sleep, again. */
static void read_naively(void)
{
	struct link l;
	bench_open(&l, server, "spot_optimizer", DB_READ);
	uint64_t high = 0;
	struct table *t = bench_rows(&l, "SELECT COALESCE(MAX(id), 0) AS id FROM sse_events");
	high = (uint64_t)table_int(t, 0, "id", 0);
	table_free(t);
	while (sh->phase < 3) {
		t = bench_rows(&l,
		               "SELECT id, client_id, event_type, event_data, created_at FROM sse_events "
		               "WHERE id "
		               "> %llu ORDER BY id LIMIT 2000",
		               (unsigned long long)high);
		for (size_t i = 0; i < t->n_rows; i++) note(1, high = (uint64_t)table_int(t, i, "id", 0));
		bool is_full = t->n_rows == 2000;
		table_free(t);
		note_cpu(1);
		if (!is_full) usleep(POLL_MS * 1000);
	}
	_exit(0);
}

/* --- figures --- */

static json_t *figures(struct link *l, int who, int phase, double seconds)
{
	size_t lost = 0, n = 0;
	struct table *t =
	        bench_rows(l, "SELECT id FROM sse_events WHERE id >= %llu AND id < %llu",
	                   (unsigned long long)sh->first[phase], (unsigned long long)sh->first[phase + 1]);
	double *ms = mem_alloc(sizeof *ms * (t->n_rows + 1));
	for (size_t i = 0; i < t->n_rows; i++) {
		uint64_t id = strtoull(t->cells[i * t->n_cols].s, NULL, 10);
		if (id >= MAX_IDS || !sh->seen_us[who][id]) {
			lost++;
			continue;
		}
		int64_t d = sh->seen_us[who][id] - sh->committed_us[id];
		ms[n++] = d < 0 ? 0 : (double)d / 1000; /* seen before the writer had its answer */
	}
	json_t *j = json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "events", (json_int_t)t->n_rows, "lost",
	                      (json_int_t)lost, "events_per_s", (double)t->n_rows / seconds, "cpu_percent",
	                      sh->cpu_s[who][phase] / seconds * 100, "p50_ms", bench_pct(ms, n, 0.5),
	                      "p99_ms", bench_pct(ms, n, 0.99), "max_ms", bench_pct(ms, n, 1));
	free(ms);
	table_free(t);
	return j;
}

static uint64_t next_id(struct link *l)
{
	struct table *t = bench_rows(l, "SELECT AUTO_INCREMENT AS id FROM information_schema.tables WHERE "
	                                "table_schema = 'spot_optimizer' AND table_name = 'sse_events'");
	uint64_t id = (uint64_t)table_int(t, 0, "id", 1);
	table_free(t);
	return id;
}

int main(void)
{
	keeper_begin();
	const char *r = getenv("RATE");
	int rate = r ? atoi(r) : 1000, paced_s = 10, fast_s = 8;
	struct err e = { 0 };
	struct link l;
	pid_t pid[WRITERS + READERS];
	sh = mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1,
	          0);
	server = server_start(NULL, &e);
	if (!server || !server_load_schema(server, &e)) bench_fail("server", &e);
	bench_open(&l, server, "spot_optimizer", DB_WRITE);
	bench_sql(&l, "INSERT INTO clients (id, name, email, client_token) VALUES "
	              "('00000000-0000-4000-8000-000000000001', 'bench', 'b@bench.example', SHA2('x', 256))");
	for (int i = 0; i < READERS; i++)
		if ((pid[i] = fork()) == 0) i ? read_naively() : read_by_tail();
	sleep(1);
	sh->first[0] = next_id(&l);
	for (int i = 0; i < WRITERS; i++)
		if ((pid[READERS + i] = fork()) == 0) write_events(i, rate);
	sleep((unsigned)paced_s);
	sh->first[1] = next_id(&l);
	sh->phase = 1;
	sleep((unsigned)fast_s);
	sh->phase = 2;
	for (int i = 0; i < WRITERS; i++) waitpid(pid[READERS + i], NULL, 0);
	sh->first[2] = next_id(&l);
	sleep(2); /* more than either's poll: what is not there by now is lost */
	sh->phase = 3;
	for (int i = 0; i < READERS; i++) waitpid(pid[i], NULL, 0);
	json_t *j = json_pack("{s:i, s:{s:o, s:o}, s:{s:o, s:o}}", "poll_ms", POLL_MS, "paced", "tail",
	                      figures(&l, 0, 0, paced_s), "naive", figures(&l, 1, 0, paced_s), "unpaced",
	                      "tail", figures(&l, 0, 1, fast_s), "naive", figures(&l, 1, 1, fast_s));
	json_dumpf(j, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	puts("");
	bench_save("tail", j);
	bench_close(&l);
	server_stop(server);
	return 0;
}
