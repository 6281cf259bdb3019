/* watch.c - one follower for all commands of this console that are not over. */
#include "views/actions/watch.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/fleet/following.h"
#include "core/fleet/verb.h"
#include "views/actions/bulk_action.h"
#include "views/actions/engine_int.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/nav/session.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_WATCHED = 64, EVERY_MS = 700, LEAVE_AGAIN_MS = 10000 };
struct watch {
	struct watched list[MAX_WATCHED]; /* the oldest are forgotten */
	size_t n;
	struct verb_watch *follow; /* NULL: none is open */
};

const struct watched *watch_find(const struct nav *nav, const char *command_id)
{
	for (size_t i = 0; nav_actions(nav)->watch && command_id && i < nav_actions(nav)->watch->n; i++)
		if (strcmp(nav_actions(nav)->watch->list[i].id, command_id) == 0)
			return &nav_actions(nav)->watch->list[i];
	return NULL;
}

void watch_text(const struct watched *w, struct buf *out)
{
	double passed = w->is_over ? 0 : (double)clock_age_ms(w->read_at_mono_ms) / 1000;
	buf_adds(out, w->is_over ? w->status : w->stage);
	if (w->elapsed_s < 0) return; /* lost: since when is not known */
	buf_addf(out, " %.0f s", w->elapsed_s + passed);
	if (w->p95_s >= 0)
		buf_addf(out, " (p50 %.0f, p95 %.0f)", w->p50_s, w->p95_s);
	else
		buf_addf(out, " (p50 n/a, n=0)");
	if (w->is_overrun && !w->is_over) buf_addf(out, ", slower than p95");
}

enum style watch_style(const struct watched *w)
{
	return w->is_failed ? ST_CRIT : w->is_over ? ST_OK : w->is_overrun ? ST_WARN : ST_ACCENT;
}

static size_t count_open(const struct watch *k)
{
	size_t n = 0;
	for (size_t i = 0; k && i < k->n; i++) n += !k->list[i].is_over;
	return n;
}

/* On disk is what is under way, at any moment: a console may end by a kill. */
static void keep(struct nav *nav)
{
	const struct watch *k = nav_actions(nav)->watch;
	struct following list[MAX_WATCHED];
	struct err e = { 0 };
	char server[CONF_SAID];
	size_t n = 0;
	for (size_t i = 0; i < k->n; i++) {
		if (k->list[i].is_over) continue;
		snprintf(list[n].id, sizeof list[n].id, "%s", k->list[i].id);
		snprintf(list[n].gtid, sizeof list[n].gtid, "%s", k->list[i].gtid);
		snprintf(list[n++].what, sizeof list[0].what, "%s", k->list[i].what);
	}
	conf_describe(nav_session(nav)->conf, server, sizeof server);
	if (!following_save(server, list, n, &e)) nav_say(nav, ST_WARN, "%s", e.text);
}

static bool wants_bell(const char *when)
{
	const char *set = settings_get("spotop", "bell");
	return !set || strstr(set, when);
}

/* What was expected beside what came; of a failure the reason. */
static void set_outcome(struct watched *w, const struct verb_progress *p)
{
	struct buf b = { .max = sizeof w->outcome - 1 };
	if (w->is_failed)
		buf_adds(&b, p->message ? p->message : "no reason given");
	else {
		if (p->has_expected) buf_addf(&b, "expected %+.4f $/h", p->expected_usd_per_hour);
		if (p->has_real) buf_addf(&b, "%scame %+.4f $/h", b.len ? ", " : "", p->real_usd_per_hour);
		if (p->downtime_s >= 0) buf_addf(&b, "%sdown %.0f s", b.len ? ", " : "", p->downtime_s);
	}
	snprintf(w->outcome, sizeof w->outcome, "%s", buf_str(&b));
	buf_free(&b);
}

static void tell_end(struct nav *nav, const struct watched *w)
{
	struct buf b = { .max = 280 };
	buf_addf(&b, "%s: %s", w->what, w->status);
	if (w->elapsed_s >= 0) buf_addf(&b, " after %.0f s", w->elapsed_s);
	if (*w->outcome) buf_addf(&b, "%s %s", w->is_failed ? ":" : ";", w->outcome);
	nav_say(nav, w->is_failed ? ST_CRIT : ST_OK, "%s", buf_str(&b));
	if (wants_bell("end")) nav_bell(nav, buf_str(&b));
	buf_free(&b);
	nav_wrote(nav);
}

static void tell_overrun(struct nav *nav, const struct watched *w)
{
	struct buf b = { .max = 280 };
	buf_addf(&b, "%s: ", w->what);
	watch_text(w, &b);
	nav_say(nav, ST_WARN, "%s", buf_str(&b));
	if (wants_bell("overrun")) nav_bell(nav, buf_str(&b));
	buf_free(&b);
}

static void take(struct nav *nav, struct watched *w, const struct verb_progress *p)
{
	bool was_over = w->is_over, was_overrun = w->is_overrun;
	snprintf(w->stage, sizeof w->stage, "%s", p->stage ? p->stage : "");
	snprintf(w->status, sizeof w->status, "%s", p->status ? p->status : "");
	w->elapsed_s = p->elapsed_s;
	w->p50_s = p->p50_s;
	w->p95_s = p->p95_s;
	w->read_at_mono_ms = clock_mono_ms();
	w->is_over = p->is_over;
	w->is_failed = p->is_failed;
	w->is_overrun = p->is_overrun;
	if (w->is_over) set_outcome(w, p);
	if (w->is_over && !was_over) {
		tell_end(nav, w);
		keep(nav);
	} else if (w->is_overrun && !was_overrun && !w->is_over)
		tell_overrun(nav, w);
}

static bool on_progress(void *ctx, const struct verb_progress *p, size_t n, const struct err *e)
{
	struct nav *nav = ctx;
	struct watch *k = nav_actions(nav)->watch;
	if (e) return true; /* the link is down: it is asked again */
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < k->n; j++)
			if (p[i].command_id && strcmp(k->list[j].id, p[i].command_id) == 0)
				take(nav, &k->list[j], &p[i]);
	nav_dirty(nav);
	bool more = count_open(k) > 0;
	if (!more) k->follow = NULL;
	return more;
}

static void follow(struct nav *nav)
{
	struct watch *k = nav_actions(nav)->watch;
	struct verb_followed open[MAX_WATCHED];
	size_t n = 0;
	for (size_t i = 0; i < k->n; i++)
		if (!k->list[i].is_over) open[n++] = (struct verb_followed){ k->list[i].id, k->list[i].gtid };
	if (k->follow) verb_watch_stop(k->follow);
	k->follow = n ? verb_follow(nav_session(nav)->loop, nav_read_link(nav),
	                            nav_actions(nav)->engine ? nav_write_link(nav) : NULL, open, n, EVERY_MS,
	                            on_progress, nav)
	              : NULL;
}

static void add(struct nav *nav, const char *command_id, const char *gtid, const char *what)
{
	if (!nav_actions(nav)->watch) nav_actions(nav)->watch = mem_alloc(sizeof *nav_actions(nav)->watch);
	struct watch *k = nav_actions(nav)->watch;
	if (k->n == MAX_WATCHED) memmove(k->list, k->list + 1, sizeof k->list[0] * --k->n);
	struct watched *w = &k->list[k->n++];
	*w = (struct watched){ .p50_s = -1, .p95_s = -1, .read_at_mono_ms = clock_mono_ms() };
	snprintf(w->id, sizeof w->id, "%s", command_id);
	snprintf(w->gtid, sizeof w->gtid, "%s", gtid ? gtid : "");
	snprintf(w->what, sizeof w->what, "%s", what);
	snprintf(w->stage, sizeof w->stage, "queued");
}

void watch_add(struct nav *nav, const char *command_id, const char *gtid, const char *what)
{
	if (!command_id || watch_find(nav, command_id)) return;
	add(nav, command_id, gtid, what);
	keep(nav);
	follow(nav);
}

static void take_over(void *ctx, const struct following *f)
{
	if (!watch_find(ctx, f->id)) add(ctx, f->id, f->gtid, f->what);
	keep(ctx);
}

void watch_take_over(struct nav *nav)
{
	char server[CONF_SAID];
	size_t before = count_open(nav_actions(nav)->watch);
	conf_describe(nav_session(nav)->conf, server, sizeof server);
	following_take(server, take_over, nav);
	if (count_open(nav_actions(nav)->watch) > before) follow(nav);
}

bool watch_may_leave(struct nav *nav)
{
	struct actions *x = nav_actions(nav);
	size_t n = count_open(x->watch);
	bool is_bulk = bulk_action_is_running(nav);
	if (n == 0 && !is_bulk) return true;
	if (x->leave_asked_mono_ms && clock_age_ms(x->leave_asked_mono_ms) < LEAVE_AGAIN_MS) return true;
	x->leave_asked_mono_ms = clock_mono_ms();
	struct buf b = { .max = 280 };
	buf_adds(&b, "q again leaves; ");
	if (is_bulk) buf_adds(&b, "the bulk action stops and is resumed with :bulk; ");
	if (n) buf_addf(&b, "%zu of yours under way and going on: ", n);
	for (size_t i = 0, shown = 0; n && i < x->watch->n; i++) {
		if (x->watch->list[i].is_over) continue;
		buf_addf(&b, "%s%s, ", shown++ ? "; " : "", x->watch->list[i].what);
		watch_text(&x->watch->list[i], &b);
	}
	nav_say(nav, ST_WARN, "%s", buf_str(&b));
	buf_free(&b);
	return false;
}

void watch_close(struct nav *nav)
{
	struct watch *k = nav_actions(nav)->watch;
	if (k && k->follow) verb_watch_stop(k->follow);
	for (size_t i = 0; k && i < k->n; i++) {
		if (k->list[i].is_over) continue;
		struct buf b = BUF_EMPTY;
		watch_text(&k->list[i], &b);
		fprintf(stderr, "spotop: goes on: %s, %s (command %s); the next console tells its end\n",
		        k->list[i].what, buf_str(&b), k->list[i].id);
		buf_free(&b);
	}
	free(k);
	nav_actions(nav)->watch = NULL;
}
