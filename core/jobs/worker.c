/* worker.c - leading, running what is due, and ending cleanly. */
#include "core/jobs/worker.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/db.h"
#include "core/fleet/schema.h"
#include "core/jobs/hook.h"
#include "core/jobs/job.h"
#include "core/jobs/telling.h"
#include "sql.h"
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

enum {
	LOOK_MS = 1000,
	DOWN_MS = 2000,
	ALIVE_MS = 10000,
	PULSE_MS = 1000,
	SUMS_PULSES = 2,
	SUMS_LEAST = 5000, /* rows of counts; who looks adds up fewer himself, in some ms */
	ALIVE_HOOK_MS = 60000
};

struct worker {
	const struct worker_conf *c;
	struct lease lead;
	bool is_stopping, is_awake, any_failed;
	uv_signal_t term, in, hup;
	uv_timer_t timer, alive, pulse;
	struct db *
	        pulse_link; /* of its own: it goes on while a job's statement is under way; NULL: not leading yet */
	bool is_pulsing, is_summing;
	struct db *sums_link; /* as the pulse's; NULL: not leading yet */
	unsigned pulses;
	unsigned session; /* of the link that jobs_session was said to */
	int64_t led_since_mono_ms, evacuated_mono_ms;
	struct teller teller;
	struct hook *watchdog; /* the call of the alive hook under way */
	int64_t told_alive_ms;
};

/* To the service manager, one datagram; nobody there: nothing happens. */
static void sd_notify_(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof to.sun_path) return;
	memcpy(to.sun_path, path, strlen(path));
	if (path[0] == '@') to.sun_path[0] = 0;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) return;
	socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, n);
	close(fd);
}

static void on_signal(uv_signal_t *s, int signum)
{
	struct worker *w = s->data;
	log_line(LOG_INFO_, "signal=%d stopping after this step", signum);
	w->is_stopping = true;
	sd_notify_("STOPPING=1\nSTATUS=finishing the step");
	uv_stop(s->loop);
}

static void on_timer(uv_timer_t *t) { ((struct worker *)t->data)->is_awake = true; }

/* The hook is asked for anew at each run; who is logged in where stays as it was at the start. */
static void on_hangup(uv_signal_t *s, int signum)
{
	struct err e = { 0 };
	(void)s;
	if (settings_load(&e))
		log_line(LOG_INFO_, "signal=%d the settings are read again", signum);
	else
		log_line(LOG_WARN_, "signal=%d the settings stay as they were: %s", signum, e.text);
}

/* It says that the loop turns, and no more: leading or not, with a database or without. */
static void on_alive(uv_timer_t *t)
{
	(void)t;
	sd_notify_("WATCHDOG=1");
}

static void pulsed(void *ctx, struct table *t, const struct err *e)
{
	(void)e; /* whoever reads sees it stand still */
	((struct worker *)ctx)->is_pulsing = false;
	table_free(t);
}

static void summed(void *ctx, struct table *t, const struct err *e)
{
	(void)e; /* whoever looks adds up by himself when these are old */
	((struct worker *)ctx)->is_summing = false;
	table_free(t);
}

/* What a large fleet costs is added up once for all who look. */
static void sum_up(struct worker *w)
{
	static const struct db_opts o = { .is_write = true, .deadline_ms = 30000 };
	if (w->is_summing || w->pulses++ % SUMS_PULSES != 0) return;
	if (!w->sums_link) w->sums_link = db_open(w->c->loop, w->c->conf, DB_WRITE, "sums");
	w->is_summing = true;
	struct arg a[] = { arg_str("holder", w->lead.holder), arg_int("fence", w->lead.fence),
		           arg_int("least", SUMS_LEAST) };
	db_submit(w->sums_link, &sql_jobs_sums, a, ARRAY_LEN(a), &o, summed, w);
}

static void on_pulse(uv_timer_t *t)
{
	static const struct db_opts o = { .is_write = true, .deadline_ms = 8000 };
	struct worker *w = t->data;
	if (!w->c->conf || !lease_left_ms(&w->lead)) return;
	sum_up(w);
	if (w->is_pulsing) return;
	if (!w->pulse_link) w->pulse_link = db_open(w->c->loop, w->c->conf, DB_WRITE, "pulse");
	w->is_pulsing = true;
	struct arg a[] = { arg_str("holder", w->lead.holder), arg_int("fence", w->lead.fence),
		           arg_int("seconds", w->lead.seconds ? w->lead.seconds : LEASE_SECONDS) };
	db_submit(w->pulse_link, &sql_jobs_pulse, a, ARRAY_LEN(a), &o, pulsed, w);
}

/* Thrice in the time that the service manager gives. */
static uint64_t alive_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	unsigned long long ms = usec ? strtoull(usec, NULL, 10) / 3000 : 0;
	return ms > 0 && ms < ALIVE_MS ? ms : ALIVE_MS;
}

/* Turns the loop for a while; a signal ends it. The timer repeats: libuv 1.44 runs timers before it polls,
 * and would poll for ever behind one that was due and does not come again. */
static void wait_ms(struct worker *w, uint64_t ms)
{
	w->is_awake = false;
	uv_timer_start(&w->timer, on_timer, ms, 50);
	while (!w->is_awake && !w->is_stopping) uv_run(w->c->loop, UV_RUN_ONCE);
	uv_timer_stop(&w->timer);
}

static bool is_stopping(void *ctx)
{
	struct worker *w = ctx;
	uv_run(w->c->loop, UV_RUN_NOWAIT); /* signals arrive through the loop */
	return w->is_stopping;
}

/* A new session has to be told again how to behave. */
static bool prepare(struct worker *w, struct err *e)
{
	unsigned now = db_status(w->c->db).n_connects;
	if (!schema_may_write(w->c->db, e)) return false; /* it may be upgraded under a running worker */
	if (now && now == w->session) return true;
	if (!jobs_session(w->c->db, e) || !jobs_schedule(w->c->db, e)) return false;
	w->session = db_status(w->c->db).n_connects;
	return true;
}

static bool lead(struct worker *w, struct err *e)
{
	if (lease_left_ms(&w->lead)) return lease_keep(&w->lead, false, e);
	if (w->lead.fence) {
		log_line(LOG_WARN_, "the leader's lease ran out");
		w->lead.fence = 0;
	}
	if (!lease_take(&w->lead, e)) return false;
	w->led_since_mono_ms = clock_mono_ms();
	log_line(LOG_INFO_, "leading fence=%lld holder=%s", (long long)w->lead.fence, w->lead.holder);
	sd_notify_("STATUS=leading");
	return true;
}

static struct db_opts read_opts = { .is_write = true, .deadline_ms = 8000 };

/* Between the steps of another job too: a plan of evacuation has deadlines, and that job may take minutes. */
static void evacuate_meanwhile(struct worker *w, const struct job_run *r)
{
	const struct job *j = job_find("evacuate");
	int64_t left = lease_left_ms(&r->lease);
	if (r->job == j || clock_mono_ms() - w->evacuated_mono_ms < LOOK_MS) return;
	if (left < LEASE_SECONDS * 1000 / 3) return; /* that job renews its lease first */
	struct job_run mine;
	struct err e = { 0 };
	struct table *t;
	w->evacuated_mono_ms = clock_mono_ms();
	if (!db_call(w->c->db, &sql_jobs_plans_live, NULL, 0, &read_opts, &t, &e)) return;
	bool is_live = table_int(t, 0, "n", 0) != 0;
	table_free(t);
	struct job_env env = { .db = w->c->db,
		               .leader = &w->lead,
		               .holder = w->lead.holder,
		               .stop = is_stopping,
		               .until_mono_ms = w->evacuated_mono_ms + left / 2,
		               .ctx = w };
	if (is_live) job_run(j, &env, &mine, &e);
}

static void on_progress(void *ctx, const struct job_run *r)
{
	char text[160];
	snprintf(text, sizeof text, "STATUS=%s %lld of %lld", r->job->name, (long long)r->done,
	         (long long)(r->total > r->done ? r->total : r->done));
	sd_notify_(text);
	evacuate_meanwhile(ctx, r);
}

static bool due(struct worker *w, struct table **t, struct err *e)
{
	return db_call(w->c->db, &sql_jobs_clock_back, NULL, 0, &read_opts, NULL, e) &&
	       db_call(w->c->db, &sql_jobs_triggered, NULL, 0, &read_opts, NULL, e) &&
	       db_call(w->c->db, &sql_jobs_plans_due, NULL, 0, &read_opts, NULL, e) &&
	       db_call(w->c->db, &sql_jobs_due, NULL, 0, &read_opts, t, e);
}

static void run_one(struct worker *w, const struct job *j)
{
	struct job_run r;
	struct err e = { 0 };
	struct job_env env = { .db = w->c->db,
		               .conf = w->c->conf,
		               .links = w->c->links,
		               .leader = &w->lead,
		               .holder = w->lead.holder,
		               .server = w->c->server,
		               .hook = settings_get("worker", "alert-hook"),
		               .teller = w->c->once ? NULL : &w->teller,
		               .stop = is_stopping,
		               .progress = on_progress,
		               .ctx = w };
	bool ok = job_run(j, &env, &r, &e);
	if (ok && strcmp(j->name, "consolidate") == 0)
		db_call(w->c->db, &sql_jobs_chain, NULL, 0, &read_opts, NULL, NULL);
	if (!ok && e.code != ERR_NO && e.code != ERR_CANCELLED) w->any_failed = true;
}

/* Runs what is due; returns how many jobs that were, -1 when the database cannot be asked. */
static int run_due(struct worker *w)
{
	struct table *t;
	struct err e = { 0 };
	int n = 0;
	if (!due(w, &t, &e)) {
		log_line(LOG_WARN_, "cannot read the schedule: %s", e.text);
		return -1;
	}
	for (size_t i = 0; i < t->n_rows && !w->is_stopping; i++) {
		const struct job *j = job_find(table_get(t, i, "name"));
		if (!lead(w, &e)) break;
		if (!j) continue;
		run_one(w, j);
		n++;
	}
	table_free(t);
	return n;
}

/* A pass came to its end: somebody elsewhere hears of it each minute, and calls out when he does not. */
static void tell_alive(struct worker *w)
{
	const char *command = settings_get("worker", "alive-hook");
	struct err e = { 0 };
	char json[300], at[32];
	int64_t now = clock_mono_ms();
	if (w->watchdog) {
		enum hook_state s = hook_wait(w->watchdog, 0, &e);
		if (s == HOOK_RUNS) return;
		if (s == HOOK_FAILED) log_line(LOG_WARN_, "alive-hook: %s", e.text);
		hook_free(w->watchdog);
		w->watchdog = NULL;
	}
	if (!command || w->c->once || (w->told_alive_ms && now - w->told_alive_ms < ALIVE_HOOK_MS)) return;
	w->told_alive_ms = now;
	time_iso(clock_wall_ms(), at);
	snprintf(json, sizeof json, "{\"worker\":\"%s\",\"fence\":%lld,\"at\":\"%s\"}\n", w->lead.holder,
	         (long long)w->lead.fence, at);
	w->watchdog = hook_start(command, json, 0, &e);
	if (!w->watchdog) log_line(LOG_WARN_, "alive-hook: %s", e.text);
}

/* One turn; how long to wait before the next, or -1 to end. */
static int64_t turn(struct worker *w, struct err *e)
{
	struct err mine = { 0 };
	if (!prepare(w, &mine)) {
		log_line(LOG_WARN_, "the database cannot be used: %s", mine.text);
		if (w->c->once || mine.code == ERR_SCHEMA || mine.sql_errno == 1146 ||
		    mine.sql_errno == 1142) {
			if (e) *e = mine;
			return -1;
		}
		return DOWN_MS;
	}
	if (!lead(w, &mine)) {
		if (!w->c->once) return LOOK_MS;
		/* Somebody else leads and runs what is due: nothing is left to do here, and nothing failed. */
		if (mine.code == ERR_NO)
			log_line(LOG_INFO_, "nothing to do here: %s", mine.text);
		else if (e)
			*e = mine;
		return -1;
	}
	int n = run_due(w);
	if (n >= 0) tell_alive(w);
	if (w->c->once && n <= 0) return -1;
	return n < 0 ? DOWN_MS : n > 0 ? 0 : LOOK_MS;
}

static void start(struct worker *w)
{
	uv_timer_init(w->c->loop, &w->timer);
	uv_signal_init(w->c->loop, &w->term);
	uv_signal_init(w->c->loop, &w->in);
	uv_signal_init(w->c->loop, &w->hup);
	uv_timer_init(w->c->loop, &w->alive);
	uv_timer_init(w->c->loop, &w->pulse);
	w->timer.data = w->pulse.data = w->term.data = w->in.data = w;
	uv_signal_start(&w->term, on_signal, SIGTERM);
	uv_signal_start(&w->in, on_signal, SIGINT);
	uv_signal_start(&w->hup, on_hangup, SIGHUP);
	uv_timer_start(&w->alive, on_alive, 0, alive_ms());
	if (!w->c->once) uv_timer_start(&w->pulse, on_pulse, PULSE_MS, PULSE_MS);
	sd_notify_("READY=1\nSTATUS=looking on");
}

static void finish(struct worker *w)
{
	hook_free(w->watchdog);
	telling_end(&w->teller); /* what it was being told is told again by the next worker */
	lease_release(&w->lead);
	uv_close((uv_handle_t *)&w->timer, NULL);
	uv_close((uv_handle_t *)&w->term, NULL);
	uv_close((uv_handle_t *)&w->in, NULL);
	uv_close((uv_handle_t *)&w->hup, NULL);
	uv_close((uv_handle_t *)&w->alive, NULL);
	uv_close((uv_handle_t *)&w->pulse, NULL);
	if (w->pulse_link) db_close_wait(w->pulse_link);
	if (w->sums_link) db_close_wait(w->sums_link);
	for (int i = 0; i < 3; i++) uv_run(w->c->loop, UV_RUN_NOWAIT);
	sd_notify_("STOPPING=1");
}

bool worker_run(const struct worker_conf *c, struct err *e)
{
	struct worker w = { .c = c, .lead = { .db = c->db, .name = "leader", .seconds = c->lease_seconds } };
	struct err mine = { 0 };
	lease_holder_name(w.lead.holder);
	start(&w);
	while (!w.is_stopping) {
		int64_t wait = turn(&w, &mine);
		if (wait < 0) break;
		wait_ms(&w, (uint64_t)wait);
	}
	finish(&w);
	if (mine.code) {
		if (e) *e = mine;
		return false;
	}
	return !(c->once && w.any_failed) || err_set(e, ERR_NO, "a job failed: spotop job list says which");
}
