/* calendar.c - server, worker, agents and console under one false clock (libfaketime), in a zone with summer time: days
 * pass, the worker is paused and away, the clock goes forward and back, and every tier, partition, expiry and sum is
 * reckoned anew from what was reported. A slice of three days by itself; SPOTOP_DAYS=40 is the whole: a year's end, 29
 * February, both changes of summer time. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/support/pty.h"
#include "tests/support/reckoned.h"
#include "tests/support/rig.h"
#include <check.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

Suite *suite_calendar(void);

enum { HALF = 1800, HOUR = 3600, DAY = 86400, POOLS = 2, POINTS = 8000 };
static struct rig rig;
static char clock_file[64];
static int64_t ahead;          /* the false clock less ours, in seconds */
static int64_t points[POINTS]; /* when prices were reported, of every pool */
static int n_points;
static int64_t began;      /* when the fleet was made */
static int64_t went_ahead; /* when the clock last was put forward, to be put back */
static pid_t worker;
static struct pty *console;

static int64_t real_now(void) { return (int64_t)time(NULL); }
static int64_t now(void) { return real_now() + ahead; }

static void set_clock(int64_t at)
{
	char next[80];
	snprintf(next, sizeof next, "%s.new", clock_file);
	ahead = at - real_now();
	FILE *f = fopen(next, "we");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "%+" PRId64 "\n", ahead);
	fclose(f);
	ck_assert_int_eq(rename(next, clock_file), 0);
}

static int64_t utc(int y, int m, int d, int h)
{
	struct tm tm = { .tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d, .tm_hour = h };
	return (int64_t)timegm(&tm);
}

/* What is started from here on has the false clock, and lives in Berlin. */
static void start(void)
{
	static const char *const libs[] = { "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
		                            "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1" };
	const char *lib = access(libs[0], R_OK) == 0 ? libs[0] : libs[1];
	ck_assert_msg(access(lib, R_OK) == 0, "libfaketime is not installed: make deps");
	snprintf(clock_file, sizeof clock_file, "/tmp/spotop-clock-%d", (int)getpid());
	set_clock(utc(2027, 10, 29, 12));
	setenv("FAKETIME_TIMESTAMP_FILE", clock_file, 1);
	setenv("FAKETIME_NO_CACHE", "1", 1);
	setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
	setenv("TZ", "Europe/Berlin", 1);
	setenv("LD_PRELOAD", lib, 1);
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1); /* the library comes before the sanitizer's */
	/* who waits for a latch while the clock goes on by half an hour has not hung */
	setenv("SPOTOP_SERVER_OPTS", "--innodb-fatal-semaphore-wait-threshold=4294967295", 1);
	rig_start(&rig);
	mkdir(rig.state, 0700);
}
static void stop(void)
{
	rig_stop(&rig);
	unlink(clock_file);
	unsetenv("LD_PRELOAD"), unsetenv("SPOTOP_SERVER_OPTS");
}

/* --- the fleet --- */
static const char *const pools[POOLS] = { "r3.large.us-east-1a", "r3.large.us-east-1b" };
/* In millionths of a dollar: another one each half an hour. */
static int64_t price_of(int pool, int64_t at) { return 20000 + 5000 * pool + 1000 * (at / HALF % 7); }

static void make_fleet(void)
{
	static const char *const sql[] = {
		"DELETE FROM clients",
		"DELETE FROM spot_pools",
		"DELETE FROM alerts",
		"DELETE FROM job_schedules",
		"INSERT INTO spot_pools (id, instance_type, region, az) VALUES ('r3.large.us-east-1a', "
		"'r3.large', 'us-east-1', "
		"'us-east-1a'), ('r3.large.us-east-1b', 'r3.large', 'us-east-1', 'us-east-1b')",
		"INSERT INTO ondemand_prices (instance_type, region, price, recorded_at) VALUES ('r3.large', "
		"'us-east-1', 0.175, NOW() - "
		"INTERVAL 1 DAY)",
		"INSERT INTO clients (id, name, email, client_token) SELECT "
		"CONCAT('00000000-0000-4000-8000-00000000c00', seq), "
		"CONCAT('client-', seq), CONCAT(seq, '@example.org'), SHA2(seq, 256) FROM seq_0_to_1",
		"INSERT INTO agents (id, client_id, logical_agent_id, instance_type, region, az, "
		"current_mode, current_pool_id, status, "
		"last_heartbeat_at, metadata) SELECT CONCAT('00000000-0000-4000-8000-00000000a00', seq), "
		"CONCAT('00000000-0000-4000-8000-00000000c00', seq), CONCAT('agent-', seq), 'r3.large', "
		"'us-east-1', CONCAT('us-east-1', "
		"CHAR(97 + seq)), 'spot', CONCAT('r3.large.us-east-1', CHAR(97 + seq)), 'online', NOW(), "
		"'{\"login\":\"root\"}' FROM seq_0_to_1",
		"INSERT INTO instances (id, client_id, agent_id, instance_type, region, az, current_mode, "
		"current_pool_id, spot_price, "
		"ondemand_price, instance_status, is_primary, launch_role, launch_requested_at, "
		"launch_confirmed_at, installed_at) SELECT "
		"CONCAT('i-', logical_agent_id), client_id, id, 'r3.large', 'us-east-1', az, 'spot', "
		"current_pool_id, 0.03, 0.175, "
		"'running_primary', TRUE, 'primary', NOW(), NOW(), NOW() FROM agents",
		"SET GLOBAL event_scheduler = ON",
	};
	for (size_t i = 0; i < ARRAY_LEN(sql); i++) rig_do(&rig, "%s", sql[i]);
	began = now();
}

static void heartbeat(void)
{
	for (int k = 0; k < POOLS; k++)
		rig_do(&rig, "CALL agent_heartbeat('00000000-0000-4000-8000-00000000a00%d', 'online', NULL)",
		       k);
}

/* Both agents report what their pool costs at this half of an hour. */
static void report(int64_t at)
{
	char iso[32];
	time_iso(at * 1000, iso);
	for (int p = 0; p < POOLS; p++)
		rig_do(&rig,
		       "CALL agent_report_prices('00000000-0000-4000-8000-00000000a00%d', 'i-agent-%d', "
		       "'primary', "
		       "'[{\"pool\":\"%s\",\"price\":0.%06" PRId64 ",\"at\":\"%.19sZ\"}]')",
		       p, p, pools[p], price_of(p, at), iso);
	ck_assert_int_lt(n_points, POINTS);
	int k = n_points;
	while (k > 0 && points[k - 1] > at) k--;
	if (k > 0 && points[k - 1] == at) return; /* it was, when the clock was ahead */
	memmove(&points[k + 1], &points[k], (size_t)(n_points - k) * sizeof *points);
	points[k] = at, n_points++;
}

/* --- the worker and the console --- */
static int worker_out, worker_err;
static void worker_starts(void)
{
	static const char *const argv[] = { "worker", NULL };
	worker = rig_spawn(&rig, false, argv, &worker_out, &worker_err);
}

static void drop_said(void) /* what it writes must not fill the pipe */
{
	char bytes[4096];
	struct pollfd fds[2] = { { .fd = worker_out, .events = POLLIN },
		                 { .fd = worker_err, .events = POLLIN } };
	while (poll(fds, 2, 0) > 0)
		for (int i = 0; i < 2; i++)
			if (fds[i].revents && read(fds[i].fd, bytes, sizeof bytes) <= 0) return;
}

static void worker_ends(void)
{
	int status;
	kill(worker, SIGTERM);
	ck_assert_int_eq(waitpid(worker, &status, 0), worker);
	ck_assert_msg(status == 0, "the worker ended with %x", (unsigned)status);
	close(worker_out), close(worker_err);
	worker = 0;
}

/* Until it leads and nothing is due any more: a job that was done is due in its time again. */
static void worker_rests(void)
{
	for (int i = 0; i < 1200; i++) {
		long busy = rig_number(&rig, "SELECT (SELECT COUNT(*) FROM job_schedules WHERE kind = 'job' "
		                             "AND is_enabled AND every_seconds > "
		                             "60 AND (next_run_at <= NOW() OR last_status = 'running' OR "
		                             "next_run_at > NOW() + INTERVAL every_seconds SECOND)) + (NOT "
		                             "EXISTS (SELECT 1 FROM job_schedules WHERE name = 'leader' AND "
		                             "lease_until > NOW(3))) + "
		                             "(NOT EXISTS (SELECT 1 FROM job_schedules WHERE name = 'alerts' "
		                             "AND last_ok_at > NOW() - INTERVAL 60 SECOND))");
		drop_said();
		if (busy == 0) return;
		usleep(50000);
	}
	char *late = rig_text(&rig, "SELECT GROUP_CONCAT(name, ' ', last_status, ' ', COALESCE(next_run_at, "
	                            "'-')) FROM job_schedules");
	ck_abort_msg("the worker does not come to rest: %s", late);
}

static void console_shows_the_time(void)
{
	char text[16];
	time_t at = (time_t)now();
	struct tm tm;
	gmtime_r(&at, &tm);
	strftime(text, sizeof text, "%H:%M:", &tm);
	ck_assert_msg(pty_wait_text(console, text, 20000), "no %s in\n%s", text, pty_screen(console));
}

static void console_starts(void)
{
	const char *bin = getenv("SPOTOP_BIN");
	const char *argv[] = {
		bin ? bin : "./spotop", "--no-defaults", "-S", rig.socket, "-u", "root", NULL
	};
	char *state = mem_printf("XDG_STATE_HOME=%s", rig.state),
	     *config = mem_printf("XDG_CONFIG_HOME=%s", rig.state);
	const char *env[] = { state, config, NULL };
	console = pty_spawn(30, 110, argv, env);
	free(state), free(config);
	console_shows_the_time();
}

static void run(int code, const char *what, const char *const *argv)
{
	struct rig_run r = rig_spotop(&rig, false, argv);
	/* a plugin whose server is too busy to answer says so, and is called again */
	for (int i = 0; i < 20 && r.code == 3 && strstr(r.out, "no answer from"); i++)
		rig_run_free(&r), r = rig_spotop(&rig, false, argv);
	ck_assert_msg(r.code == code, "%+" PRId64 " days, %s: exit %d: %s%s", (now() - began) / DAY, what,
	              r.code, r.out, r.err);
	rig_run_free(&r);
}

/* --- what must be so --- */
/* Until when the prices are surely consolidated: the last whole run of the job began then. */
static int64_t consolidated(void)
{
	int64_t until =
	        rig_number(&rig, "SELECT UNIX_TIMESTAMP(last_ok_at) - 3600 FROM job_schedules WHERE name = "
	                         "'consolidate'");
	/* a run while the clock was ahead had not seen what was reported after it was back */
	return until > went_ahead - HOUR && until <= went_ahead + 2 * HOUR ? went_ahead - HOUR : until;
}

static void all_is_true(void)
{
	static const char *const verify[] = { "db", "verify", NULL }, *const check[] = { "check", NULL },
	                         *const overview[] = { "overview", "-o", "json", NULL },
	                         *const handover[] = { "report", "--since", "24h", NULL };
	int64_t until = consolidated();
	heartbeat();
	struct reckoned c = { .rig = &rig,
		              .pools = pools,
		              .n_pools = POOLS,
		              .points = points,
		              .n_points = n_points,
		              .began = began,
		              .now = now,
		              .price_of = price_of };
	reckoned_tiers(&c, until), reckoned_partitions(&c), reckoned_sums(&c, until);
	run(0, "db verify", verify), run(0, "check", check), run(0, "overview", overview),
	        run(0, "report", handover);
	console_shows_the_time();
}

/* --- time --- */
/* A half of an hour: the agents speak, and each few hours the worker has done all that is due. */
static void pass(int64_t until, bool is_led, bool is_heard)
{
	for (int64_t at = (now() / HALF + 1) * HALF; at <= until; at += HALF) {
		set_clock(at);
		heartbeat();
		if (is_heard) report(at);
		if (is_led && at % (6 * HOUR) == 0) worker_rests();
		pty_pump(console, 0);
	}
}

/* A cordon, a freeze and a command of two hours that nobody claims: there before their end, over after it. */
static void ends(bool is_led)
{
	static const char *const cordon[] = { "cordon",   "r3.large.us-east-1a",
		                              "--for",    "2h",
		                              "--reason", "storm",
		                              "--yes",    NULL },
	                         *const freeze[] = { "freeze",   "all",   "--for", "2h",
		                                     "--reason", "storm", "--yes", NULL };
	int64_t from = now();
	run(0, "cordon", cordon), run(0, "freeze", freeze);
	rig_do(&rig, "INSERT INTO commands (client_id, agent_id, command_type, target_mode, created_by, "
	             "expires_at) SELECT client_id, id, 'switch', "
	             "'ondemand', 'ann', FROM_UNIXTIME(UNIX_TIMESTAMP() + 7200) FROM agents WHERE "
	             "logical_agent_id = 'agent-1'");
	for (int late = 0; late < 2; late++) {
		set_clock(from + 7200 + (late ? 30 : -300));
		heartbeat();
		struct rig_run r = rig_spotop(&rig, false,
		                              (const char *const[]){ "pools", "--filter", "is_cordoned=1",
		                                                     "-o", "csv", NULL });
		ck_assert_msg((strstr(r.out, pools[0]) != NULL) == !late, "%s cordon: %s",
		              late ? "after the" : "in the", r.out);
		rig_run_free(&r);
		r = rig_spotop(&rig, false,
		               (const char *const[]){ "commands", "--sort", "created_at,desc", "--limit", "1",
		                                      "--columns", "status", "-o", "csv", NULL });
		ck_assert_msg(strstr(r.out, late ? "expired" : "pending") != NULL, "the command: %s", r.out);
		rig_run_free(&r);
		ck_assert_int_eq(rig_number(&rig, "SELECT COUNT(*) FROM automation_freezes WHERE thawed_at "
		                                  "IS NULL AND expires_at > NOW()"),
		                 !late);
	}
	if (is_led) worker_rests();
}

/* Ahead for two hours, and back: nothing waits for what was ahead. */
static void there_and_back(void)
{
	int64_t at = now();
	went_ahead = at;
	set_clock(at + 2 * HOUR);
	heartbeat(), report((at + 2 * HOUR) / HALF * HALF), worker_rests();
	set_clock(at + 60);
	heartbeat(), worker_rests();
	int64_t next = (now() / HALF + 1) * HALF;
	set_clock(next);
	heartbeat(), report(next);
	for (int p = 0; p < POOLS; p++)
		ck_assert_int_eq(llround(1e6 *
		                         strtod(rig_text(&rig,
		                                         "SELECT last_price FROM spot_pools WHERE id = '%s'",
		                                         pools[p]),
		                                NULL)),
		                 price_of(p, next));
}

static const struct leg {
	int y, m, d;    /* it begins at noon */
	int days, away; /* away: the worker is not there for so many days from the second on */
	bool is_paused; /* it is stopped where it stands, and goes on */
	const char *what;
} legs[] = {
	/* under 60 days apart: what is longer ago is not reckoned again */
	{ 2027, 10, 29, 10, 0, false, "summer time ends, and a month" },
	{ 2027, 12, 30, 3, 0, false, "a year's end" },
	{ 2028, 2, 26, 9, 3, true, "29 February; the worker is paused for 3 days" },
	{ 2028, 3, 18, 18, 10, false, "summer time begins; the worker is away for 10 days" },
};

START_TEST(days_pass)
{
	const char *s = getenv("SPOTOP_DAYS");
	int days = s && *s ? atoi(s) : 3;
	make_fleet();
	worker_starts(), console_starts();
	for (size_t l = 0; l < ARRAY_LEN(legs) && days > 0; l++) {
		const struct leg *leg = &legs[l];
		int64_t from = utc(leg->y, leg->m, leg->d, 12);
		set_clock(from);
		heartbeat(), report(from), worker_rests();
		for (int d = 0; d < leg->days && days > 0; d++, days--) {
			bool is_away = leg->away && d >= 2 && d < 2 + leg->away;
			if (leg->away && d == 2 && leg->is_paused) kill(worker, SIGSTOP);
			if (leg->away && d == 2 && !leg->is_paused) worker_ends();
			pass(from + d * DAY + 8 * HOUR, !is_away, true);
			pass(from + d * DAY + 13 * HOUR, !is_away,
			     d % 3 != 1); /* a night in which nobody reports */
			if (d == 0 || is_away) ends(!is_away);
			pass(from + d * DAY + 18 * HOUR, !is_away, true);
			if (d == 1) there_and_back();
			pass(from + (d + 1) * DAY, !is_away, true);
			if (leg->away && d == 1 + leg->away && leg->is_paused) kill(worker, SIGCONT);
			if (leg->away && d == 1 + leg->away && !leg->is_paused) worker_starts();
			if (is_away && d < 1 + leg->away) continue;
			heartbeat(), worker_rests();
			/* what was consolidated just now is in the next hour's sums; and after days of absence the job
			 * that drops what is taken in may have come before it: its next turn is an hour after that */
			pass(from + (d + 1) * DAY + (is_away ? 2 : 1) * HOUR, true, true);
			worker_rests(), all_is_true();
			if (getenv("SPOTOP_DAYS"))
				printf("%s: day %d of %d is true\n", leg->what, d + 1, leg->days),
				        fflush(stdout);
		}
	}
	worker_ends();
	pty_keys(console, "q");
	pty_free(console);
}
END_TEST

Suite *suite_calendar(void)
{
	Suite *s = suite_create("calendar");
	TCase *t = tcase_create("calendar");
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_set_timeout(t, 7200);
	tcase_add_test(t, days_pass);
	suite_add_tcase(s, t);
	return s;
}
