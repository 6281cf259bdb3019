/* import_notices_read.c - notices out of JSON. */
#include "core/base/mem.h"
#include "core/fleet/import_notices.h"
#include "core/fleet/import_walk.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTICE_S = 120 }; /* from EC2's warning to the end of the instance */
enum { N_TYPE, N_TIME, N_INSTANCE, N_ACTION, N_NOTICE_TIME };
struct reading {
	const char *instance;
	notice_sink sink;
	void *ctx;
	bool is_any;
};

static int field(const char *key)
{
	static const struct {
		const char *name;
		int field;
	} known[] = {
		{ "detailtype", N_TYPE },       { "time", N_TIME },     { "instanceid", N_INSTANCE },
		{ "instanceaction", N_ACTION }, { "action", N_ACTION }, { "noticetime", N_NOTICE_TIME }
	};
	char plain[WALK_KEY];
	walk_plain(key, strlen(key), plain);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].name, plain) == 0) return known[i].field;
	return -1;
}

__attribute__((format(printf, 3, 4))) static bool tell(struct walk *w, struct notice *n, const char *fmt, ...)
{
	struct reading *r = w->ctx;
	if (fmt) {
		va_list ap;
		va_start(ap, fmt);
		price_say(n->why, sizeof n->why, fmt, ap);
		va_end(ap);
		n->kind = NOTICE_NONE;
	}
	return r->sink(r->ctx, n);
}

static bool fault(struct walk *w, unsigned long line, const char *why)
{
	struct notice n = { .line = line, .is_bad = true };
	return tell(w, &n, "%s", why);
}

static bool is_instance(const char *s)
{
	return s && strncmp(s, "i-", 2) == 0 && s[2] && strlen(s) < 21 &&
	       !s[2 + strspn(s + 2, "0123456789abcdef")];
}

/* The notice of an object whose kind is known. */
static bool notice(struct walk *w, struct level *l, enum notice_kind kind, bool is_deadline, const char *time)
{
	struct reading *r = w->ctx;
	struct notice n = {
		.kind = kind, .line = l->line, .at_s = PRICE_NO_TIME, .deadline_s = PRICE_NO_TIME
	};
	const char *id = walk_field(w, l, N_INSTANCE), *action = walk_field(w, l, N_ACTION);
	n.is_bad = true;
	if (!id) id = r->instance;
	if (!id) return tell(w, &n, "the document does not say of which instance it is: give --instance ID");
	if (!is_instance(id)) return tell(w, &n, "not an instance: '%.60s'", id);
	if (!time || !price_parse_time(time, &n.at_s))
		return tell(w, &n, "not a time: '%.60s'", time ? time : "");
	n.is_bad = false;
	snprintf(n.instance, sizeof n.instance, "%s", id);
	snprintf(n.action, sizeof n.action, "%.11s", action ? action : "");
	if (kind == NOTICE_REBALANCE) return tell(w, &n, NULL);
	/* The metadata's time is when it happens; an event's is when it was said. Hibernation begins at once. */
	n.deadline_s = is_deadline || strcmp(n.action, "hibernate") == 0 ? n.at_s : n.at_s + NOTICE_S;
	return tell(w, &n, NULL);
}

static bool event(struct walk *w, struct level *l)
{
	const char *type = walk_field(w, l, N_TYPE), *time = walk_field(w, l, N_TIME);
	if (strcmp(type, "EC2 Spot Instance Interruption Warning") == 0)
		return notice(w, l, NOTICE_TERMINATION, false, time);
	if (strcmp(type, "EC2 Instance Rebalance Recommendation") == 0)
		return notice(w, l, NOTICE_REBALANCE, false, time);
	struct notice n = { .line = l->line };
	return tell(w, &n, "another event: %.80s", type);
}

static bool object(struct walk *w, struct level *l)
{
	struct reading *r = w->ctx;
	bool is_event = l->at[N_TYPE], is_action = l->at[N_ACTION] && l->at[N_TIME];
	if (strcmp(l->plain, "detail") == 0 && w->depth > 1) return walk_lift(w, l), true;
	if (is_event || l->at[N_NOTICE_TIME] || is_action) {
		r->is_any = l->has_rows = true;
		if (is_event) return event(w, l);
		if (is_action) return notice(w, l, NOTICE_TERMINATION, true, walk_field(w, l, N_TIME));
		return notice(w, l, NOTICE_REBALANCE, false, walk_field(w, l, N_NOTICE_TIME));
	}
	const struct level *up = w->depth > 1 ? l - 1 : NULL;
	bool is_listed = !up || (up->is_array && w->depth == 2);
	return !is_listed || l->has_rows || fault(w, l->line, "no notice in this object");
}

/* Queues wrap an event as a text. */
static bool value(struct walk *w, struct level *l, const char *s, size_t n, bool *is_done)
{
	char plain[WALK_KEY];
	walk_plain(w->key, strlen(w->key), plain);
	if (l->is_array || !n || *s != '{' || (strcmp(plain, "body") != 0 && strcmp(plain, "message") != 0))
		return true;
	*is_done = l->has_rows = true;
	return walk_nested(w, s, n);
}

/* What receive-message prints of an empty queue. */
static bool list(struct walk *w, struct level *l)
{
	struct reading *r = w->ctx;
	if (strcmp(l->plain, "messages") == 0 || strcmp(l->plain, "records") == 0)
		r->is_any = l->has_rows = true;
	return true;
}

bool notices_read(price_bytes bytes, void *source, const char *instance, notice_sink sink, void *ctx,
                  struct err *e)
{
	static const struct walk_reader reader = { field, NULL, value, list, object, fault };
	struct reading r = { .instance = instance, .sink = sink, .ctx = ctx };
	struct window *window = mem_alloc(sizeof *window);
	window_start(window, bytes, source, e);
	struct walk *w = walk_new(window, &reader, &r, e);
	bool ok = walk_read(w);
	if (ok && !r.is_any)
		ok = err_set(e, ERR_USAGE,
		             "there is no interruption warning or rebalance recommendation in it");
	window_close(window);
	free(window);
	free(w);
	return ok;
}
