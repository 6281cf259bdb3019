/* script.c - an agent's steps, one after the other: each is one call of the agents' contract, and the
 * next one waits for its answer. */
#include "core/sim/script.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "core/sim/agent.h"
#include "core/sim/run_int.h"
#include "sql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETRIES = 4 };

int64_t sim_wait_ms(const struct sim *m, double seconds, int cap_ms)
{
	int64_t ms = (int64_t)(seconds * 1000 / m->o.speed);
	return m->o.speed > 1 && ms > cap_ms ? cap_ms : ms;
}

struct script *script_new(struct sim_agent *a)
{
	struct script *s = mem_alloc(sizeof(*s));
	s->agent = a;
	return s;
}

struct step *script_add(struct script *s, enum op op, int64_t after_ms)
{
	if (s->n == MAX_STEPS) abort();
	struct step *t = &s->steps[s->n++];
	*t = (struct step){ .op = op, .after_ms = after_ms, .seconds = -1 };
	return t;
}

static void script_free(struct script *s)
{
	wheel_unset(&s->timer);
	for (int i = 0; i < s->n; i++) free(s->steps[i].detail);
	free(s);
}

/* An answer may still be on its way to it: it is let go and freed when that comes. */
void script_drop(struct sim_agent *a)
{
	struct script *s = a->script;
	a->script = NULL;
	a->trouble = a->n_untended = 0;
	if (s == NULL) return;
	if (s->timer.at != NULL)
		script_free(s);
	else
		s->agent = NULL;
}

static void play(void *ctx);

static void next(struct script *s)
{
	struct sim_agent *a = s->agent;
	if (s->at >= s->n) {
		a->script = NULL;
		a->trouble = 0;
		if (s->ends_role) {
			free((char *)a->role);
			a->role = NULL;
		}
		script_free(s);
		if (a->wants_claim) a->sim->is_free(a);
		return;
	}
	wheel_set(&a->sim->wheel, &s->timer, s->steps[s->at].after_ms, play, s);
}

/* A command that went wrong is reported as failed; a trouble that went wrong is over. */
static void went_wrong(struct script *s, const struct err *e)
{
	struct sim_agent *a = s->agent;
	const struct step *t = &s->steps[s->at];
	bool is_last = t->op == OP_COMPLETE || t->op == OP_FAIL;
	log_line(LOG_INFO_, "agent=%s op=%d refused=%u text=\"%s\"", a->name, t->op, e->sql_errno, e->text);
	if (!s->is_command || is_last || e->sql_errno == 30002) {
		s->at = s->n;
	} else {
		for (int i = 0; i < s->n; i++) free(s->steps[i].detail);
		s->n = s->at = 0;
		struct step *f = script_add(s, OP_FAIL, 100);
		f->word = "the agent met an error";
		f->detail = mem_printf("{\"sql_errno\":%u}", e->sql_errno);
	}
	next(s);
}

static void answered(void *ctx, struct table *rows, const struct err *e)
{
	struct script *s = ctx;
	table_free(rows);
	if (s->agent == NULL || s->agent->sim->is_stopping) {
		if (s->agent != NULL) s->agent->script = NULL;
		script_free(s);
		return;
	}
	const struct step *t = &s->steps[s->at];
	bool may_retry = e && (db_lost_to_another(e) || e->code == ERR_DB_DOWN || e->code == ERR_UNKNOWN ||
	                       e->code == ERR_TIMEOUT);
	if (may_retry && s->tries++ < RETRIES) { /* every call of the contract may be said again */
		wheel_set(&s->agent->sim->wheel, &s->timer, 200 * s->tries, play, s);
		return;
	}
	if (e && t->op != OP_LIE) {
		went_wrong(s, e);
		return;
	}
	if (t->op == OP_PROMOTE) snprintf(s->agent->instance, sizeof(s->agent->instance), "%s", t->instance);
	s->tries = 0;
	s->at++;
	next(s);
}

static void hush(struct script *s, const struct step *t)
{
	struct sim_agent *a = s->agent;
	a->is_mute = t->seconds > 0;
	s->at++;
	next(s);
}

static void play(void *ctx)
{
	struct script *s = ctx;
	struct sim_agent *a = s->agent;
	const struct step *t = &s->steps[s->at];
	struct arg agent = arg_str("agent", a->id), instance = arg_str("instance", t->instance),
	           word = arg_str("word", t->word);
	struct arg command = arg_str("command", s->is_command ? s->command : NULL),
	           fence = arg_int("fence", s->fence);
	struct arg detail = arg_str("detail", t->detail);
#define ASK(query, ...)                                                 \
	do {                                                            \
		struct arg args[] = { __VA_ARGS__ };                    \
		sim_ask(a, &query, args, ARRAY_LEN(args), answered, s); \
	} while (0)
	switch (t->op) {
	case OP_LAUNCH:
		ASK(sql_sim_launching, agent, instance, arg_str("pool", t->pool ? t->pool->id : NULL),
		    arg_str("mode", t->pool ? "spot" : "ondemand"), word, command);
		break;
	case OP_RUN: ASK(sql_sim_running, instance); break;
	case OP_PROMOTE: ASK(sql_sim_promote, instance); break;
	case OP_TERMINATE: ASK(sql_sim_terminating, instance); break;
	case OP_GONE: ASK(sql_sim_terminated, instance); break;
	case OP_ZOMBIE: ASK(sql_sim_zombie, instance); break;
	case OP_NOTICE:
		ASK(sql_sim_notice, agent, word,
		    t->seconds < 0 ? arg_null("seconds") : arg_int("seconds", t->seconds));
		break;
	case OP_PROGRESS: ASK(sql_sim_progress, agent, command, fence, word, detail); break;
	case OP_LIE:
		ASK(sql_sim_progress, agent, command, arg_int("fence", s->fence - 1), word,
		    arg_null("detail"));
		break;
	case OP_COMPLETE: ASK(sql_sim_complete, agent, command, fence, detail); break;
	case OP_FAIL: ASK(sql_sim_fail, agent, command, fence, word, detail); break;
	case OP_STATUS: ASK(sql_sim_status, agent, word); break;
	case OP_SILENCE: hush(s, t); break;
	}
#undef ASK
}

void script_start(struct script *s)
{
	script_drop(s->agent);
	s->agent->script = s;
	next(s);
}
