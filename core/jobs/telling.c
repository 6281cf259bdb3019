/* telling.c - the queue before the hook. */
#include "core/jobs/telling.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/db/table.h"
#include "core/jobs/hook.h"
#include "core/jobs/job.h"
#include "sql.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 2000, FIRST_S = 15, LAST_S = 900, CALL_MS = 3000, FAILING_MS = 200, RUN_MS = 10000 };

/* As the job's state has it. JSON strings, since that is what job_state_set writes. */
struct telling {
	json_t *list;          /* the alerts, the first to be told first */
	int64_t failures;      /* in a row */
	int64_t next_s;        /* Unix time of the next try */
	int64_t since_s, lost; /* of the first of those failures; alerts that found no room */
	char error[300];
	bool is_changed;
};

static int64_t number(const json_t *state, const char *key)
{
	const char *s = json_string_value(json_object_get(state, key));
	return s ? strtoll(s, NULL, 10) : 0;
}

static bool read_state(struct job_run *r, struct telling *t, bool is_step, struct err *e)
{
	struct table *rows;
	struct arg a = arg_str("job", r->job->name);
	*t = (struct telling){ 0 };
	if (is_step ? !job_exec(r, &sql_jobs_state_get, &a, 1, &rows, e)
	            : !job_read(r, &sql_jobs_state_get, &a, 1, &rows, e))
		return false;
	const char *text = table_get(rows, 0, "state");
	json_t *state = text ? json_loads(text, 0, NULL) : NULL;
	const char *list = json_string_value(json_object_get(state, "hook"));
	const char *error = json_string_value(json_object_get(state, "hook_error"));
	t->list = list && *list ? json_loads(list, 0, NULL) : NULL;
	if (!json_is_array(t->list)) json_decref(t->list), t->list = json_array();
	t->failures = number(state, "hook_failures");
	t->next_s = number(state, "hook_next");
	t->since_s = number(state, "hook_since");
	t->lost = number(state, "hook_lost");
	snprintf(t->error, sizeof t->error, "%s", error ? error : "");
	json_decref(state);
	table_free(rows);
	return true;
}

static bool set_number(struct job_run *r, const char *key, int64_t n, struct err *e)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRId64, n);
	return job_state_set(r, key, text, e);
}

static bool write_state(struct job_run *r, void *ctx, struct err *e)
{
	struct telling *t = ctx;
	char *list = json_array_size(t->list) ? json_dumps(t->list, JSON_COMPACT) : NULL;
	bool ok = job_state_set(r, "hook", list ? list : "", e) &&
	          set_number(r, "hook_n", (int64_t)json_array_size(t->list), e) &&
	          set_number(r, "hook_failures", t->failures, e) &&
	          set_number(r, "hook_next", t->next_s, e) && set_number(r, "hook_since", t->since_s, e) &&
	          set_number(r, "hook_lost", t->lost, e) && job_state_set(r, "hook_error", t->error, e);
	free(list);
	return ok;
}

bool telling_add(struct job_run *r, const json_t *more, struct err *e)
{
	struct telling t;
	size_t i;
	json_t *j;
	if (!r->env->hook || !json_array_size(more)) return true;
	if (!read_state(r, &t, true, e)) return false;
	json_array_foreach((json_t *)more, i, j)
	{
		if (json_array_size(t.list) < MOST)
			json_array_append(t.list, j);
		else
			t.lost++;
	}
	bool ok = write_state(r, &t, e);
	json_decref(t.list);
	return ok;
}

static void note_failure(struct telling *t, const struct err *why)
{
	int64_t now = clock_wall_ms() / 1000, wait = FIRST_S;
	for (int64_t i = 0; i < t->failures && wait < LAST_S; i++) wait *= 2;
	if (!t->failures++) t->since_s = now;
	t->next_s = now + (wait < LAST_S ? wait : LAST_S);
	snprintf(t->error, sizeof t->error, "%.299s", why->text);
	t->is_changed = true;
	log_line(LOG_WARN_, "hook error=%s failures=%" PRId64 " untold=%zu again_in_s=%" PRId64, why->text,
	         t->failures, json_array_size(t->list), t->next_s - now);
}

/* The first of the list has been told. One that another worker told meanwhile stays told. */
static void note_told(struct telling *t, const char *json)
{
	json_t *told = json_loads(json, 0, NULL);
	if (json_equal(told, json_array_get(t->list, 0))) json_array_remove(t->list, 0);
	json_decref(told);
	t->failures = t->next_s = t->since_s = t->lost = 0;
	t->error[0] = 0;
	t->is_changed = true;
}

/* False: no more in this run. */
static bool call(struct job_run *r, struct telling *t, struct teller *x)
{
	struct err why = { 0 };
	if (!x->call) {
		char *text = json_dumps(json_array_get(t->list, 0), JSON_COMPACT | JSON_PRESERVE_ORDER);
		x->call = hook_start(r->env->hook, text, 0, &why);
		free(text);
	}
	int ms = !r->env->teller ? HOOK_SECONDS * 1000 + 1000 : t->failures ? FAILING_MS : CALL_MS;
	enum hook_state s = x->call ? hook_wait(x->call, ms, &why) : HOOK_FAILED;
	if (s == HOOK_RUNS) return false;
	if (s == HOOK_OK)
		note_told(t, hook_json(x->call));
	else
		note_failure(t, &why);
	hook_free(x->call);
	x->call = NULL;
	return s == HOOK_OK;
}

bool telling_run(struct job_run *r, struct err *e)
{
	struct telling t;
	struct teller mine = { 0 }, *x = r->env->teller ? r->env->teller : &mine;
	if (!r->env->hook) return true;
	if (!read_state(r, &t, false, e)) return false;
	int64_t until = clock_mono_ms() + RUN_MS, now_s = clock_wall_ms() / 1000;
	bool is_due = t.next_s <= now_s || t.next_s > now_s + LAST_S; /* a clock that was set back */
	while ((x->call || (is_due && json_array_size(t.list))) && call(r, &t, x) &&
	       clock_mono_ms() < until && job_goes_on(r, NULL)) {
	}
	bool ok = !t.is_changed || job_step(r, write_state, &t, e);
	json_decref(t.list);
	telling_end(&mine);
	return ok;
}

void telling_end(struct teller *t)
{
	hook_free(t->call);
	t->call = NULL;
}
