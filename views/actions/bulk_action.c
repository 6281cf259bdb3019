/* bulk_action.c - one action on several rows: state and keys; bulk_action_paint.c draws it. */
#include "views/actions/bulk_action.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/uuid.h"
#include "sql.h"
#include "views/actions/bulk_action_int.h"
#include "views/actions/bulk_action_paint.h"
#include "views/actions/engine.h"
#include "views/actions/engine_int.h"
#include "views/model/verbs.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/nav/session.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEAF_MS = 300, ALONE_MS = 200, MAX_AGE_MS = 10000, MAX_BATCH = 50 };

static void set_step(struct bulk_action *m, enum bulk_action_step step)
{
	m->step = step;
	if (m->window) {
		m->window->deaf_until_ms = clock_mono_ms() + DEAF_MS;
		m->window->top = 0;
		m->window->issue_at_ms = 0;
		edit_set(&m->window->edit, "");
	}
	nav_urgent(m->nav);
}

static void say(struct bulk_action *m, enum style st, const char *text)
{
	if (m->window)
		snprintf(m->window->note, sizeof m->window->note, "%s", text);
	else
		nav_say(m->nav, st, "%s", text);
	nav_dirty(m->nav);
}

/* --- what it would do: every target is previewed, one after the other --- */

static void preview_next(struct bulk_action *m);

/* Who it is, not what it costs: a price that moves in the minutes of a bulk is no reason to stop it. */
static char *identity(const struct verb_result *r)
{
	char *all = verb_seen(r), *text;
	json_t *j = json_loads(all, 0, NULL);
	json_object_del(j, "price");
	json_object_del(j, "target_pool");
	json_object_del(j, "pool");
	text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	free(all);
	return text;
}

static void take_preview(struct bulk_action_row *row, struct verb_result *r, const struct err *e)
{
	verb_result_free(row->preview);
	row->preview = r;
	err_clear(&row->err);
	if (e) row->err = *e;
	row->is_in = r && verb_is_ok(r);
	if (row->is_in && !row->seen && r->status != VERB_REPLAYED) row->seen = identity(r);
}

static void previewed(void *ctx, struct verb_result *r, const struct err *e)
{
	struct bulk_action *m = ctx;
	m->is_waiting = false;
	if (m->step != BULK_READING) { /* left, or the console ends */
		verb_result_free(r);
		return;
	}
	struct bulk_action_row *row = &m->rows[m->n_read++];
	take_preview(row, r, e);
	m->n_in += row->is_in;
	nav_dirty(m->nav);
	preview_next(m);
}

static void start_bulk(struct bulk_action *m);
static void ask_blast(struct bulk_action *m);

static void all_read(struct bulk_action *m)
{
	char text[200];
	m->read_at_mono_ms = clock_mono_ms();
	if (m->is_confirmed && m->n_in == m->n_in_shown) {
		start_bulk(m);
		return;
	}
	bool was_confirmed = m->is_confirmed;
	m->is_confirmed = false;
	set_step(m, BULK_CONFIRM);
	if (m->n_in < m->n) ask_blast(m);
	if (was_confirmed) {
		snprintf(text, sizeof text,
		         "it changed while you looked: %zu would be done, not %zu; confirm again", m->n_in,
		         m->n_in_shown);
		say(m, ST_WARN, text);
	}
	m->n_in_shown = m->n_in;
}

static void preview_next(struct bulk_action *m)
{
	if (m->n_read == m->n) {
		all_read(m);
		return;
	}
	struct bulk_action_row *row = &m->rows[m->n_read];
	struct verb_request q = { .verb = m->verb,
		                  .target = row->target.id,
		                  .args = row->target.args ? row->target.args : m->args,
		                  .override = m->override,
		                  .reason = m->reason };
	memcpy(q.request_id, row->request_id, sizeof q.request_id);
	m->is_waiting = true;
	verb_preview(actions_engine(m->nav), &q, previewed, m);
	memcpy(row->request_id, q.request_id, sizeof row->request_id);
}

static void read_all(struct bulk_action *m)
{
	set_step(m, BULK_READING);
	m->n_read = m->n_in = 0;
	if (!m->is_waiting) preview_next(m);
}

/* --- what it touches --- */

static void got_blast(void *owner, struct table *t, const struct err *e)
{
	struct bulk_action *m = owner;
	if (e) {
		say(m, ST_WARN, e->text);
		return;
	}
	table_free(m->blast);
	m->blast = t;
	nav_dirty(m->nav);
}

/* Of all of them first; once they are previewed, of those that would be done. */
static void ask_blast(struct bulk_action *m)
{
	bool is_read = m->step == BULK_CONFIRM;
	json_t *list = json_array();
	for (size_t i = 0; i < m->n; i++)
		if (m->rows[i].target.agent_id[0] && (!is_read || m->rows[i].is_in))
			json_array_append_new(list, json_string(m->rows[i].target.agent_id));
	char *text = json_dumps(list, JSON_COMPACT);
	struct arg arg = arg_str("agents", text);
	struct buf sql = BUF_EMPTY;
	struct err e = { 0 };
	ask_free(m->ask);
	m->ask = ask_new(m->nav, m, got_blast);
	if (json_array_size(list) && query_bind(&sql, &sql_queries_blast_radius, &arg, 1, &e))
		ask_text(m->ask, "blast_radius", sql.s, sql.len, 1000);
	buf_free(&sql);
	free(text);
	json_decref(list);
}

/* --- the bulk itself --- */

static void on_change(void *ctx, const struct bulk *b, size_t i)
{
	struct bulk_action *m = ctx;
	(void)b;
	(void)i;
	nav_dirty(m->nav);
}

static void on_end(void *ctx, const struct bulk *b)
{
	struct bulk_action *m = ctx;
	size_t n, ready = 0, failed = 0;
	const struct bulk_target *t = bulk_targets(b, &n);
	char text[160];
	for (size_t i = 0; i < n; i++) {
		ready += t[i].fate == BULK_READY;
		failed += t[i].fate == BULK_FAILED;
	}
	set_step(m, BULK_OVER);
	if (ready == n)
		snprintf(text, sizeof text, "%s: all %zu are ready", m->verb->name, n);
	else if (bulk_is_broken(b))
		snprintf(text, sizeof text, "%s: the link failed; %zu of %zu are ready, :bulk resumes it",
		         m->verb->name, ready, n);
	else
		snprintf(text, sizeof text, "%s stopped: %zu of %zu ready, %zu failed; :bulk shows each",
		         m->verb->name, ready, n, failed);
	nav_say(m->nav, ready == n ? ST_OK : ST_CRIT, "%s", text);
	nav_bell(m->nav, text);
	nav_wrote(m->nav);
}

static void start_bulk(struct bulk_action *m)
{
	struct intent_target *t = mem_alloc((m->n ? m->n : 1) * sizeof *t);
	const char **seen = mem_alloc((m->n ? m->n : 1) * sizeof *seen);
	struct err e = { 0 };
	size_t n = 0;
	bool is_resumed = m->resume_id[0] != 0;
	free(m->sent_rows);
	m->sent_rows = mem_alloc((m->n ? m->n : 1) * sizeof *m->sent_rows);
	for (size_t i = 0; i < m->n; i++) {
		if (!m->rows[i].is_in) continue;
		t[n] = (struct intent_target){ m->rows[i].target.id, m->rows[i].request_id,
			                       m->rows[i].target.args };
		seen[n] = m->rows[i].seen;
		m->sent_rows[n++] = i;
	}
	struct verb_request like = {
		.verb = m->verb, .args = m->args, .override = m->override, .reason = m->reason
	};
	struct bulk_options o = { .batch = m->batch,
		                  .seen = seen,
		                  .bulk_id = is_resumed ? m->resume_id : NULL };
	if (m->bulk) bulk_free(m->bulk);
	m->is_confirmed = false;
	m->bulk = bulk_start(actions_engine(m->nav), nav_session(m->nav)->loop, nav_read_link(m->nav), &like,
	                     t, n, &o, on_change, on_end, m, &e);
	free(t);
	free(seen);
	if (!m->bulk) {
		set_step(m, BULK_CONFIRM);
		say(m, ST_CRIT, e.text);
		return;
	}
	snprintf(m->resume_id, sizeof m->resume_id, "%s", bulk_id(m->bulk));
	if (m->window) m->window->note[0] = 0;
	set_step(m, BULK_RUNNING);
}

/* --- keys --- */

static enum reaction key_confirm(struct bulk_action_window *w, int key)
{
	struct bulk_action *m = w->m;
	char want[64];
	if (key == KEY_ESC_) return R_BACK;
	if (w->issue_at_ms) { /* a hand that types stops there; a paste without its brackets goes on */
		w->issue_at_ms = 0;
		snprintf(w->note, sizeof w->note, "more keys came after it: nothing was sent; type it alone");
		edit_set(&w->edit, "");
		return R_DRAW;
	}
	if ((key == '+' || key == '-') && m->n_in > 1) {
		size_t to = key == '+' ? m->batch + 1 : m->batch - 1;
		if (to >= 1 && to <= MAX_BATCH) m->batch = to;
		return R_DRAW;
	}
	if (key == KEY_DOWN_ || key == KEY_UP_) {
		if (key == KEY_DOWN_ || w->top) w->top += key == KEY_DOWN_ ? 1 : (size_t)-1;
		return R_DRAW;
	}
	if (!m->n_in || key == KEY_ENTER_) return R_DRAW; /* Enter never confirms */
	edit_key(&w->edit, key);
	bulk_action_password(m, want, sizeof want);
	const char *typed = buf_str(&w->edit.text);
	if (strcmp(typed, want) == 0)
		w->issue_at_ms = clock_mono_ms() + ALONE_MS;
	else if (strlen(typed) >= strlen(want)) {
		snprintf(w->note, sizeof w->note, "that is not '%s'; nothing was sent", want);
		edit_set(&w->edit, "");
	}
	return R_DRAW;
}

static void window_tick(struct popup *pp)
{
	struct bulk_action_window *w = (struct bulk_action_window *)pp;
	struct bulk_action *m = w->m;
	if (!m || m->step != BULK_CONFIRM || !w->issue_at_ms || clock_mono_ms() < w->issue_at_ms) return;
	w->issue_at_ms = 0;
	m->is_confirmed = true;
	if (clock_mono_ms() - m->read_at_mono_ms > MAX_AGE_MS)
		read_all(m);
	else
		start_bulk(m);
}

static enum reaction key_running(struct bulk_action_window *w, int key)
{
	struct bulk_action *m = w->m;
	switch (key) {
	case KEY_ESC_:
	case 'q': return R_BACK;
	case 'j':
	case KEY_DOWN_: w->top++; return R_DRAW;
	case 'k':
	case KEY_UP_: w->top -= w->top > 0; return R_DRAW;
	case 's':
		if (m->step == BULK_RUNNING) {
			bulk_stop(m->bulk);
			say(m, ST_WARN, "no more is sent; what was sent runs on");
		}
		return R_DRAW;
	case 'r':
		if (m->step == BULK_OVER && bulk_is_broken(m->bulk)) read_all(m);
		return R_DRAW;
	default: return R_DRAW;
	}
}

static enum reaction window_key(struct popup *pp, int key, const char *paste)
{
	struct bulk_action_window *w = (struct bulk_action_window *)pp;
	if (paste) {
		w->issue_at_ms = 0;
		snprintf(w->note, sizeof w->note, "a paste confirms nothing");
		return R_DRAW;
	}
	if (clock_mono_ms() < w->deaf_until_ms) {
		w->deaf_until_ms = clock_mono_ms() + DEAF_MS;
		return R_NONE;
	}
	switch (w->m->step) {
	case BULK_READING: return key == KEY_ESC_ || key == 'q' ? R_BACK : R_NONE;
	case BULK_CONFIRM: return key_confirm(w, key);
	default: return key_running(w, key);
	}
}

/* --- life --- */

static void bulk_action_end(struct bulk_action *m)
{
	if (m->window) m->window->m = NULL; /* closed in this loop turn, and not ended yet */
	for (size_t i = 0; i < m->n; i++) {
		verb_result_free(m->rows[i].preview);
		free(m->rows[i].seen);
		free(m->rows[i].target.args);
	}
	ask_free(m->ask);
	table_free(m->blast);
	bulk_free(m->bulk);
	free(m->rows);
	free(m->args);
	free(m->reason);
	free(m->override);
	free(m->sent_rows);
	free(m);
}

void bulk_action_free(struct nav *nav)
{
	if (nav_actions(nav)->bulk) bulk_action_end(nav_actions(nav)->bulk);
	nav_actions(nav)->bulk = NULL;
}

/* Closed before it was confirmed: :bulk comes back to it. */
static void window_close(struct popup *pp)
{
	struct bulk_action_window *w = (struct bulk_action_window *)pp;
	struct bulk_action *m = w->m;
	if (m && m->window == w) {
		m->window = NULL;
		if (m->step == BULK_RUNNING)
			nav_say(m->nav, ST_INFO, "the %s goes on; :bulk shows it", m->verb->name);
		else if (m->step == BULK_READING)
			m->step = BULK_CONFIRM;
	}
	edit_free(&w->edit);
	free(w);
}

static const struct popup_ops window_ops = { bulk_action_paint, window_key, window_tick, window_close,
	                                     .is_dialog = true };

static void show(struct bulk_action *m)
{
	struct bulk_action_window *w = mem_alloc(sizeof *w);
	w->popup.ops = &window_ops;
	w->m = m;
	w->deaf_until_ms = clock_mono_ms() + DEAF_MS;
	nav_popup(m->nav, &w->popup);
	m->window = w;
}

static struct bulk_action *bulk_action_new(struct nav *nav, const struct verb *v, size_t n, const char *args,
                                           const char *reason)
{
	struct bulk_action *m = mem_alloc(sizeof *m);
	*m = (struct bulk_action){ .nav = nav, .verb = v, .n = n, .batch = 3 };
	m->rows = mem_alloc((n ? n : 1) * sizeof *m->rows);
	m->args = mem_dup(args ? args : "{}");
	m->reason = mem_dup(reason);
	nav_actions(nav)->bulk = m;
	return m;
}

/* Room for another one? What was shown last and is not under way is forgotten. */
static bool make_room(struct nav *nav)
{
	if (nav_actions(nav)->bulk &&
	    (nav_actions(nav)->bulk->step == BULK_RUNNING || nav_actions(nav)->bulk->is_waiting)) {
		nav_say(nav, ST_WARN, "another bulk is under way (:bulk shows it); one at a time");
		return false;
	}
	bulk_action_free(nav);
	return true;
}

void bulk_action_open(struct nav *nav, const struct verb *v, struct bulk_action_target *list, size_t n,
                      const char *args, const char *reason, const char *note)
{
	if (!make_room(nav)) {
		for (size_t i = 0; i < n; i++) free(list[i].args);
		free(list);
		return;
	}
	struct bulk_action *m = bulk_action_new(nav, v, n, args, reason);
	for (size_t i = 0; i < n; i++) {
		m->rows[i].target = list[i];
		uuid_make(m->rows[i].request_id);
	}
	free(list);
	show(m);
	if (note) say(m, ST_WARN, note);
	ask_blast(m);
	read_all(m);
}

/* --- one that was broken off, by a lost link or an ended console --- */

static void take_up(struct nav *nav, const struct intent_plan *p, const struct verb *v)
{
	struct bulk_action *m = bulk_action_new(nav, v, p->n, p->args, p->reason);
	m->override = mem_dup(p->override);
	if (p->batch) m->batch = p->batch;
	snprintf(m->resume_id, sizeof m->resume_id, "%s", p->bulk_id);
	for (size_t i = 0; i < p->n; i++) {
		struct bulk_action_target *t = &m->rows[i].target;
		snprintf(t->id, sizeof t->id, "%s", p->targets[i].target);
		snprintf(t->label, sizeof t->label, "%s", p->targets[i].target);
		t->args = mem_dup(p->targets[i].args);
		if (v->target == VERB_AGENT) snprintf(t->agent_id, sizeof t->agent_id, "%.39s", t->id);
		snprintf(m->rows[i].request_id, sizeof m->rows[i].request_id, "%s", p->targets[i].request_id);
	}
	show(m);
	ask_blast(m);
	read_all(m);
}

void bulk_action_show(struct nav *nav)
{
	struct intent_list list;
	struct err e = { 0 };
	struct bulk_action *m = nav_actions(nav)->bulk;
	if (m) {
		if (!m->window || nav_window(nav) != &m->window->popup) show(m);
		return;
	}
	if (!nav_is_armed(nav)) {
		nav_say(nav, ST_WARN, "read-only; :write arms it");
		return;
	}
	if (!verb_pending_intents(actions_engine(nav), &list, &e)) {
		nav_say(nav, ST_WARN, "%s", e.text);
		return;
	}
	const struct verb *v = list.n_plans ? verb_find(list.plans[0].verb) : NULL;
	if (v)
		take_up(nav, &list.plans[0], v);
	else
		nav_say(nav, ST_DIM,
		        "no bulk action is running or was interrupted; mark rows (Space, *) and act (a)");
	intent_list_free(&list);
}

bool bulk_action_is_running(const struct nav *nav)
{
	return nav_actions(nav)->bulk && nav_actions(nav)->bulk->step == BULK_RUNNING;
}

void bulk_action_abandon(struct nav *nav)
{
	struct bulk_action *m = nav_actions(nav)->bulk;
	if (!m) return;
	if (m->step == BULK_RUNNING) {
		fprintf(stderr,
		        "spotop: a bulk action was interrupted; resume it with: spotop %s --resume %s\n",
		        m->verb->name, bulk_id(m->bulk));
		bulk_abandon(m->bulk);
	}
	m->step = BULK_OVER;
}
