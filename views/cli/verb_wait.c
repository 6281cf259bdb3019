/* verb_wait.c - --wait: follows the commands of a run and prints each with its end. */
#include "views/cli/verb_wait.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/cli/verb_print.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static json_t *text_of(const char *s) { return s ? json_string(s) : json_null(); }

static const char *member(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));
	return s ? s : "";
}

struct waiting {
	struct verb_run *r;
	bool is_over, is_failed, is_broken_off;
	uv_timer_t timer;
	uv_signal_t in, term;
};

static json_t *waiting_find(const struct verb_run *r, const char *command_id)
{
	size_t i;
	json_t *j;
	json_array_foreach(r->waiting, i, j)
	{
		if (strcmp(member(j, "command_id"), command_id) == 0) return j;
	}
	return NULL;
}

static void say_stage(const json_t *j, const struct verb_progress *p)
{
	if (p->elapsed_s >= 0)
		fprintf(stderr, "spotop: %s %s (%.0f s)\n", p->target, p->stage, p->elapsed_s);
	else
		fprintf(stderr, "spotop: %s: %s\n", member(j, "target"), p->message);
}

static bool on_wait(void *ctx, const struct verb_progress *p, size_t n, const struct err *e)
{
	struct waiting *w = ctx;
	size_t n_over = 0;
	(void)e;
	for (size_t i = 0; i < n; i++) {
		json_t *j = p[i].command_id ? waiting_find(w->r, p[i].command_id) : NULL;
		n_over += p[i].is_over;
		if (!j) continue;
		if (strcmp(member(j, "stage"), p[i].stage) != 0) say_stage(j, &p[i]);
		json_object_set_new(j, "command_status", text_of(p[i].status));
		json_object_set_new(j, "stage", text_of(p[i].stage));
		json_object_set_new(j, "elapsed_seconds",
		                    p[i].elapsed_s >= 0 ? json_real(p[i].elapsed_s) : json_null());
		json_object_set_new(j, "expected_usd_per_hour",
		                    p[i].has_expected ? json_real(p[i].expected_usd_per_hour) : json_null());
		json_object_set_new(j, "real_usd_per_hour",
		                    p[i].has_real ? json_real(p[i].real_usd_per_hour) : json_null());
		json_object_set_new(j, "downtime_seconds",
		                    p[i].downtime_s >= 0 ? json_real(p[i].downtime_s) : json_null());
		if (p[i].is_over && p[i].message)
			json_object_set_new(j, "command_message", text_of(p[i].message));
		w->is_failed = w->is_failed || p[i].is_failed;
	}
	w->is_over = n_over == json_array_size(w->r->waiting);
	return !w->is_over;
}

static void on_wait_timer(uv_timer_t *t) { (void)t; /* it only wakes the loop, which looks at the clock */ }

static void on_signal(uv_signal_t *s, int signo)
{
	(void)signo;
	((struct waiting *)s->data)->is_broken_off = true;
}

static void closed(uv_handle_t *h) { ++*(int *)h->data; }

int run_wait(struct verb_run *r)
{
	size_t n = json_array_size(r->waiting), i;
	struct verb_followed *list = mem_alloc((n ? n : 1) * sizeof *list);
	struct waiting w = { .r = r, .is_over = n == 0 };
	int n_closed = 0;
	json_t *j;
	json_array_foreach(r->waiting, i, j) list[i] =
	        (struct verb_followed){ member(j, "command_id"),
		                        json_string_value(json_object_get(j, "gtid")) };
	uv_loop_t *loop = cli_loop(r->c);
	uv_timer_init(loop, &w.timer);
	uv_timer_start(&w.timer, on_wait_timer, 200, 200);
	uv_signal_init(loop, &w.in);
	uv_signal_init(loop, &w.term);
	w.in.data = w.term.data = &w;
	uv_signal_start(&w.in, on_signal, SIGINT);
	uv_signal_start(&w.term, on_signal, SIGTERM);
	struct verb_watch *watch =
	        n ? verb_follow(loop, run_read_link(r), r->write, list, n, 300, on_wait, &w) : NULL;
	int64_t until = clock_mono_ms() + r->wait_ms;
	while (!w.is_over && !w.is_broken_off && clock_mono_ms() < until) uv_run(loop, UV_RUN_ONCE);
	if (watch && !w.is_over) verb_watch_stop(watch);
	uv_handle_t *handles[] = { (uv_handle_t *)&w.timer, (uv_handle_t *)&w.in, (uv_handle_t *)&w.term };
	for (size_t k = 0; k < ARRAY_LEN(handles); k++) {
		handles[k]->data = &n_closed;
		uv_close(handles[k], closed);
	}
	while (n_closed < (int)ARRAY_LEN(handles)) uv_run(loop, UV_RUN_ONCE);
	json_array_foreach(r->waiting, i, j) run_print_object(r, j);
	free(list);
	if (!w.is_over && w.is_broken_off) {
		json_array_foreach(r->waiting, i, j)
		{
			fprintf(stderr, "spotop: no longer waited for; it goes on: %s (request %s)\n",
			        member(j, "target"), member(j, "request_id"));
		}
		return 5;
	}
	if (!w.is_over)
		fprintf(stderr, "spotop: timed out after %lld s; still running\n",
		        (long long)(r->wait_ms / 1000));
	return w.is_over && !w.is_failed ? 0 : 1;
}
