/* jobs.c - how fast snapshots go through the tiers, and what writers feel of it, in one run:
 * ROWS snapshots (1,000,000; SCALE=full: 10,000,000) of 200 pools through consolidate and canonicalize, by a
 * worker with one connection and, everything taken back, with two; against INSERT ... SELECT of the same rows
 * into an equal table, and a writer of 100 rows a second that is timed while the server idles and while the
 * jobs run; at the end the canonical tier is exported, by spotop and by the mariadb client. Writes
 * build/bench-jobs.json; PROFILE=1 tells on stderr what each statement took with one connection. */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/db.h"
#include "core/jobs/job.h"
#include "tests/support/bench.h"
#include "tests/support/keeper.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

enum { POOLS = 200, MAX_TIMES = 100000 };
/* 1 and 2: the jobs run, with so many connections */
enum { IDLE, PAUSE = 3, END, PHASES = 3 };
struct times {
	volatile int phase;
	volatile long n[PHASES];
	int us[PHASES][MAX_TIMES];
};
struct worker_link {
	struct db_conf conf;
	uv_loop_t loop;
	struct db *db;
};

static void fail(const char *what, const struct err *e)
{
	fprintf(stderr, "%s: %s\n", what, e->text);
	exit(70);
}

static void open_link(struct worker_link *l, const struct server *s)
{
	struct err e = { 0 };
	server_conf(s, &l->conf);
	uv_loop_init(&l->loop);
	if (!conf_set(&l->conf, "database", "spot_optimizer", "bench", &e) || !conf_check(&l->conf, &e))
		fail("conf", &e);
	l->db = db_open(&l->loop, &l->conf, DB_WRITE, "bench");
}

static void sql(struct worker_link *l, const char *fmt, ...)
{
	struct buf b = BUF_EMPTY;
	struct err e = { 0 };
	struct db_opts o = { .is_write = true, .deadline_ms = 3600000 };
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (!db_call_text(l->db, b.s, b.len, &o, NULL, &e)) fail(b.s, &e);
	buf_free(&b);
}

static int64_t mono_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Reports prices of today and, one in five, late ones of the day that is consolidated. */
static void write_and_time(const struct server *s, struct times *t)
{
	struct worker_link l;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	open_link(&l, s);
	for (long i = 0; t->phase < END; i++) {
		int64_t from = mono_us();
		int phase = t->phase;
		sql(&l,
		    "INSERT INTO spot_price_snapshots (agent_id, pool_id, price, observed_at, "
		    "source_instance_role) VALUES "
		    "((SELECT MIN(id) FROM agents), 'm5.large.zone-%ld', 0.03, UTC_DATE() - INTERVAL %d "
		    "SECOND, 'replica')",
		    i * 7 % POOLS + 1, i % 5 ? -60 : 600 + (int)(i % 1000));
		int us = (int)(mono_us() - from);
		if (phase < PHASES && t->n[phase] < MAX_TIMES) t->us[phase][t->n[phase]++] = us;
		int64_t rest = 10000 - (mono_us() - from);
		if (rest > 0) usleep((useconds_t)rest);
	}
	_exit(0);
}

static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static double pct(struct times *t, int phase, double p)
{
	long n = t->n[phase];
	if (!n) return 0;
	qsort(t->us[phase], (size_t)n, sizeof(int), by_value);
	long i = (long)((double)n * p);
	return t->us[phase][i < n ? i : n - 1] / 1000.0;
}

static void fill(struct worker_link *l, long rows)
{
	sql(l, "INSERT INTO spot_pools (id, instance_type, region, az) SELECT CONCAT('m5.large.zone-', seq), "
	       "'m5.large', "
	       "'us-east-1', CONCAT('zone-', seq) FROM seq_1_to_200");
	sql(l, "INSERT INTO clients (name, email, client_token) VALUES ('bench', 'bench@example.com', "
	       "SHA2('bench', 256))");
	sql(l, "INSERT INTO agents (client_id, logical_agent_id, status) SELECT id, 'bench-1', 'online' FROM "
	       "clients");
	sql(l, "CALL partitions_ensure('spot_price_snapshots', UTC_DATE() - INTERVAL 12 DAY, UTC_DATE())");
	sql(l, "SET @agent = (SELECT MIN(id) FROM agents)");
	sql(l, "CALL bulk_begin()");
	/* A million a day; each pool's day has two holes, of 3 and of 6 hours. */
	for (long done = 0, day = 1; done < rows; done += 1000000, day++)
		sql(l,
		    "INSERT INTO spot_price_snapshots (agent_id, created_at, pool_id, price, observed_at, "
		    "source_instance_role) "
		    "SELECT @agent, NOW() - INTERVAL 1 HOUR, CONCAT('m5.large.zone-', p.seq), 0.02 + (s.seq "
		    "* 7 %% 1000) / 100000, "
		    "UTC_DATE() - INTERVAL %ld DAY + INTERVAL (s.seq - 1) * 54000 DIV 5000 + IF(s.seq > "
		    "1500, "
		    "10800, 0) + IF(s.seq > 3500, 21600, 0) SECOND, "
		    "ELT(1 + s.seq %% 3, 'primary', 'replica', 'zombie') FROM seq_1_to_200 p JOIN "
		    "seq_1_to_%ld s",
		    day, (rows - done < 1000000 ? rows - done : 1000000) / POOLS);
	sql(l, "CALL bulk_end()");
}

/* Where the time goes, by statement, and how much of it the server computes; told on stderr with PROFILE=1. */
struct spent {
	const char *name;
	int64_t us;
	double cpu;
	long n;
};
static struct spent spent[64];
static struct spent *in_hand;
static int64_t in_hand_since;
static double cpu_since;
static clockid_t server_clock;

static double server_cpu_s(void)
{
	struct timespec t = { 0 };
	clock_gettime(server_clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_statement(void *ctx, const char *name)
{
	int64_t now = mono_us();
	double cpu = server_cpu_s();
	(void)ctx;
	if (in_hand) {
		in_hand->us += now - in_hand_since;
		in_hand->cpu += cpu - cpu_since;
	}
	in_hand = NULL;
	for (size_t i = 0; name && !in_hand && i < ARRAY_LEN(spent); i++)
		if (!spent[i].name || strcmp(spent[i].name, name) == 0) in_hand = &spent[i];
	if (!in_hand) return;
	in_hand->name = name;
	in_hand->n++;
	in_hand_since = now;
	cpu_since = cpu;
}

static void tell_spent(void)
{
	for (size_t i = 0; getenv("PROFILE") && i < ARRAY_LEN(spent) && spent[i].name; i++)
		fprintf(stderr, "%-28s %6ld %9.2f s %9.2f s CPU\n", spent[i].name, spent[i].n,
		        (double)spent[i].us / 1e6, spent[i].cpu);
}

static double run_job(struct worker_link *l, const char *name, int links)
{
	struct job_run r;
	struct err e = { 0 };
	char holder[160];
	lease_holder_name(holder);
	struct job_env env = {
		.db = l->db, .conf = &l->conf, .links = links, .holder = holder, .server = "bench"
	};
	if (links == 1) env.statement = on_statement;
	int64_t from = mono_us();
	if (!job_run(job_find(name), &env, &r, &e)) fail(name, &e);
	on_statement(NULL, NULL);
	return (double)(mono_us() - from) / 1e6;
}

/* Seconds of a command, the best of five; all it prints goes to nothing. */
static double best_of_five(const char *command)
{
	double best = 1e9;
	for (int i = 0; i < 5; i++) {
		int64_t from = mono_us();
		if (system(command) != 0) {
			fprintf(stderr, "failed: %s\n", command);
			exit(70);
		}
		double took = (double)(mono_us() - from) / 1e6;
		if (took < best) best = took;
	}
	return best;
}

/* Every canonical price that can be trusted, by spotop and by the mariadb client. */
static void exports(const struct server *s, double took[2])
{
	const char *bin = getenv("SPOTOP_BIN"), *sock = server_socket(s);
	char *ours = mem_printf("%s --no-defaults -S %s -u root prices --tier canonical --from -700h "
	                        "--min-confidence 0.90 -o csv > /dev/null",
	                        bin ? bin : "./spotop", sock);
	char *theirs = mem_printf(
	        "mariadb --no-defaults -S %s -u root spot_optimizer --quick -B -e 'SELECT observed_at, "
	        "pool_id, price, is_interpolated, confidence_score, volatility_index FROM "
	        "pricing_canonical WHERE observed_at >= NOW() - INTERVAL 700 HOUR AND observed_at < "
	        "NOW() + INTERVAL 1 MINUTE AND confidence_score >= 0.90 ORDER BY pool_id, observed_at' > "
	        "/dev/null",
	        sock);
	took[0] = best_of_five(ours);
	took[1] = best_of_five(theirs);
	free(ours);
	free(theirs);
}

/* As it was before the jobs ran. */
static void take_back(struct worker_link *l, long rows)
{
	sql(l, "SET SESSION max_statement_time = 0, SESSION idle_transaction_timeout = 0");
	for (long day = 0; day <= rows / 1000000 + 1; day++)
		sql(l,
		    "UPDATE spot_price_snapshots SET is_duplicate = FALSE WHERE is_duplicate AND observed_at "
		    ">= "
		    "UTC_DATE() - INTERVAL %ld DAY AND observed_at < UTC_DATE() - INTERVAL %ld DAY",
		    day, day - 1);
	sql(l, "TRUNCATE TABLE pricing_consolidated");
	sql(l, "TRUNCATE TABLE pricing_canonical");
	sql(l, "TRUNCATE TABLE consolidation_jobs");
	sql(l, "UPDATE job_schedules SET state = NULL");
}

/* Neither run finds pages that the other left half empty. */
static void pack(struct worker_link *l)
{
	sql(l, "SET SESSION max_statement_time = 0, SESSION idle_transaction_timeout = 0");
	sql(l, "ALTER TABLE spot_price_snapshots FORCE");
}

/* Until the server has cleaned up behind what was done before. */
static void settle(struct worker_link *l)
{
	sql(l,
	    "BEGIN NOT ATOMIC DECLARE i INT DEFAULT 0; WHILE i < 600 AND (SELECT VARIABLE_VALUE > 500 FROM "
	    "information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'INNODB_HISTORY_LIST_LENGTH') DO "
	    "DO SLEEP(0.5); SET i = i + 1; END WHILE; END");
}

/* cpu: of the server, for both and for the writer beside them; a busy machine stretches it less than the time. */
struct took {
	double consolidate, canonicalize, cpu;
};

static struct took tiers(struct worker_link *l, struct times *t, int links)
{
	struct took k;
	struct err e = { 0 };
	pack(l);
	settle(l);
	if (!jobs_session(l->db, &e)) fail("session", &e);
	t->phase = links;
	double cpu = server_cpu_s();
	k.consolidate = run_job(l, "consolidate", links);
	k.canonicalize = run_job(l, "canonicalize", links);
	k.cpu = server_cpu_s() - cpu;
	t->phase = PAUSE;
	return k;
}

static json_t *told(struct took k, long rows, struct took plain, struct times *t, int links)
{
	double s = k.consolidate + k.canonicalize;
	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:I}", "consolidate_s", k.consolidate,
	                 "canonicalize_s", k.canonicalize, "cpu_s", k.cpu, "rows_per_s", (double)rows / s,
	                 "ratio_to_plain", s / plain.consolidate, "cpu_ratio_to_plain", k.cpu / plain.cpu,
	                 "writer_p99_ms", pct(t, links, 0.99), "writer_max_ms", pct(t, links, 1), "writer_n",
	                 (json_int_t)t->n[links]);
}

static struct took plain_copy(struct worker_link *l)
{
	struct took k = { 0 };
	sql(l, "CREATE TABLE plain LIKE spot_price_snapshots");
	settle(l);
	int64_t from = mono_us();
	double cpu = server_cpu_s();
	sql(l, "INSERT INTO plain SELECT * FROM spot_price_snapshots");
	k.consolidate = (double)(mono_us() - from) / 1e6;
	k.cpu = server_cpu_s() - cpu;
	sql(l, "DROP TABLE plain");
	return k;
}

int main(void)
{
	keeper_begin();
	const char *scale = getenv("SCALE"), *env_rows = getenv("ROWS");
	long rows = env_rows ? atol(env_rows) : scale && strcmp(scale, "full") == 0 ? 10000000 : 1000000;
	struct server_opts so = { .extra = "--innodb-buffer-pool-size=4G",
		                  .extra2 = "--innodb-log-file-size=1G" };
	struct times *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct err e = { 0 };
	struct worker_link l;
	struct server *s = server_start(&so, &e);
	if (!s || !server_load_schema(s, &e)) fail("server", &e);
	open_link(&l, s);
	clock_getcpuclockid(server_pid(s), &server_clock);
	fill(&l, rows);
	if (!jobs_schedule(l.db, &e)) fail("schedule", &e);
	struct took plain = plain_copy(&l);
	settle(&l);
	pid_t writer = fork();
	if (writer == 0) write_and_time(s, t);
	usleep(4000000);
	t->phase = PAUSE;
	struct took one = tiers(&l, t, 1);
	tell_spent();
	take_back(&l, rows);
	struct took two = tiers(&l, t, 2);
	t->phase = END;
	waitpid(writer, NULL, 0);
	double took[2];
	exports(s, took);
	double both = two.consolidate + two.canonicalize;
	bench_goal("consolidate and canonicalize, two links, beside INSERT ... SELECT",
	           both / plain.consolidate, "times", true, 2);
	bench_save("jobs",
	           json_pack("{s:I, s:f, s:f, s:f, s:f, s:o, s:o, s:f, s:f, s:f}", "rows", (json_int_t)rows,
	                     "plain_insert_select_s", plain.consolidate, "plain_cpu_s", plain.cpu,
	                     "writer_idle_p99_ms", pct(t, IDLE, 0.99), "writer_idle_max_ms", pct(t, IDLE, 1),
	                     "one", told(one, rows, plain, t, 1), "two", told(two, rows, plain, t, 2),
	                     "export_s", took[0], "mariadb_s", took[1], "export_ratio", took[0] / took[1]));
	db_close_wait(l.db);
	conf_free(&l.conf);
	server_stop(s);
	return 0;
}
