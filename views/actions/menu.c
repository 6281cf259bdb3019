/* menu.c - the action menu, the only door to writes: what may be done to the row under the cursor, or to
 * the marked rows; what may not is shown with the reason. Choosing a verb opens its dialog (dialog.c). */
#include "views/actions/menu.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "views/actions/bulk_action.h"
#include "views/actions/dialog.h"
#include "views/actions/evacuate.h"
#include "views/actions/small.h"
#include "views/model/page.h"
#include "views/model/verbs.h"
#include "views/nav/ask.h"
#include "views/nav/layers.h"
#include "views/nav/links.h"
#include "views/nav/nav.h"
#include "views/table/sheet_data.h"
#include "views/table/sheet_rows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BULK = 1000 };
struct menu {
	struct popup popup;
	struct dialog_target target;
	const struct verb *items[24];
	size_t n, cursor;
	struct bulk_action_target *bulk; /* the marked rows; NULL: the row under the cursor alone */
	size_t n_bulk, n_hidden;
	bool has_filter; /* marks may be hidden by it; without one their rows are gone, or past the window's edge */
	bool is_filter;  /* they are all that the filter finds, not marks */
	struct ask *ask; /* the rest of a filter's rows, which the sheet does not hold */
};

static bool fits(const struct verb *v, enum target_kind kind)
{
	switch (v->target) {
	case VERB_AGENT: return kind == TARGET_AGENT;
	case VERB_INSTANCE: return kind == TARGET_INSTANCE;
	case VERB_POOL: return kind == TARGET_POOL;
	case VERB_COMMAND: return kind == TARGET_COMMAND;
	case VERB_ALERT:
	case VERB_INCIDENT: return kind == TARGET_ALERT;
	case VERB_JOB: return kind == TARGET_JOB;
	case VERB_PLAN: return kind == TARGET_PLAN;
	case VERB_PLACE: return kind == TARGET_ZONE || kind == TARGET_POOL;
	case VERB_SCOPE: return kind != TARGET_JOB && kind != TARGET_PLAN;
	default: return false;
	}
}

/* Why nothing may be issued now; NULL when it may. */
static const char *why_not(const struct nav *nav)
{
	if (nav_is_past(nav)) return "this is the past; :at now comes back";
	if (!nav_is_armed(nav)) return "read-only; :write arms it";
	if (nav_is_stale(nav)) return "no database";
	return NULL;
}

static bool is_reading(const struct menu *m) { return m->ask && ask_is_busy(m->ask); }

static bool may_take_filter(const struct menu *m)
{
	const struct sheet *s = nav_sheet(m->popup.nav);
	return s && s->filter && s->t && s->n && s->view->target_col && !m->bulk && !s->is_fed;
}

/* What the actions are on, or why there are none. */
static void head_text(const struct menu *m, const char *no, struct buf *out)
{
	if (is_reading(m))
		buf_adds(out, "reading all that the filter finds");
	else if (m->bulk && !m->n_bulk)
		buf_adds(out, m->has_filter ? "the filter hides all marked rows" : "no marked row is here");
	else if (m->bulk)
		buf_addf(out, "actions on %zu %s%s", m->n_bulk,
		         m->is_filter ? "rows, all that the filter finds" : "marked rows",
		         !m->n_hidden    ? ""
		         : m->has_filter ? "; those the filter hides are left out"
		                         : "; those that are not here are left out");
	else if (no)
		buf_adds(out, no);
	else
		buf_addf(out, "actions on %s%s", m->target.label,
		         may_take_filter(m) ? "   (* on all that the filter finds)" : "");
}

static void menu_paint(struct popup *pp, struct grid *g, struct rect r)
{
	struct menu *m = (struct menu *)pp;
	const char *no = why_not(pp->nav);
	struct buf what = BUF_EMPTY;
	head_text(m, no && r.w < 60 ? no : NULL, &what);
	int at = 0, most = small_is(r) ? 2 : 1,
	    n_head = grid_wrap(NULL, 0, 0, r.w - 4, most, ST_HEADER, buf_str(&what));
	for (; at < n_head; at++) grid_fill(g, r.y + at, r.x, r.w, ST_HEADER, ' ');
	grid_wrap(g, r.y, r.x + 2, r.w - 4, most, ST_HEADER, buf_str(&what));
	buf_free(&what);
	size_t room = r.h > n_head ? (size_t)(r.h - n_head) : 1,
	       top = m->cursor >= room ? m->cursor - room + 1 : 0;
	for (size_t i = top; i < m->n && i - top < room; i++) {
		int y = r.y + n_head + (int)(i - top);
		enum style st = no ? ST_OFF : ST_TEXT;
		grid_text(g, y, r.x + 3, 3, no ? ST_OFF : ST_KEY, m->items[i]->key);
		grid_text(g, y, r.x + 7, 23, st, m->items[i]->title);
		if (r.w >= 60) grid_text(g, y, r.x + 31, r.w - 33, ST_DIM, no ? no : m->items[i]->about);
		if (i == m->cursor) grid_cursor_row(g, y, r.x, r.w), g->cur_y = y, g->cur_x = r.x;
	}
	if (!m->n) grid_text(g, r.y + 1, r.x + 3, r.w - 4, ST_DIM, "nothing can be done to this row");
}

static enum reaction choose(struct menu *m, size_t i)
{
	struct nav *nav = m->popup.nav;
	const char *no = is_reading(m)           ? "the rows are still being read"
	                 : m->bulk && !m->n_bulk ? "no marked row is shown; Esc clears the filter"
	                                         : why_not(nav);
	if (no) {
		nav_say(nav, ST_WARN, "%s: %s", m->items[i]->name, no);
		return R_DRAW;
	}
	struct bulk_action_target *bulk = m->bulk; /* opening closes this menu */
	if (m->items[i]->target == VERB_PLACE) {
		if (bulk) nav_say(nav, ST_WARN, "one zone or pool at a time: unmark the rows");
		return bulk ? R_DRAW : evacuate_begin(nav, m->items[i], &m->target);
	}
	m->bulk = NULL;
	if (bulk)
		dialog_open_bulk(nav, m->items[i], &m->target, bulk, m->n_bulk);
	else
		dialog_open(nav, m->items[i], &m->target, NULL);
	return R_DRAW;
}

/* --- a bulk --- */

/* What an action on the row is said to be of: a plan is told by its id, whatever its list shows first. */
static void name_row(char *out, size_t n, const struct view *v, struct table *t, size_t row)
{
	const char *id = table_get(t, row, v->target_col),
	           *label = table_get(t, row, v->label ? v->label : v->target_col),
	           *client = table_get(t, row, "client");
	if (v->target == TARGET_PLAN)
		snprintf(out, n, "plan %.8s", id);
	else if (v->target == TARGET_COMMAND)
		snprintf(out, n, "%.8s", id);
	else if (v->target == TARGET_ZONE && client) /* a zone's name is each client's own */
		snprintf(out, n, "%s of %s", label ? label : id, client);
	else
		snprintf(out, n, "%s", label ? label : id);
}

static void take_row(struct menu *m, const struct view *v, struct table *t, size_t row)
{
	const char *id = table_get(t, row, v->target_col), *agent = table_get(t, row, "agent_id");
	if (!id) return;
	struct bulk_action_target *to = &m->bulk[m->n_bulk++];
	snprintf(to->id, sizeof to->id, "%s", id);
	name_row(to->label, sizeof to->label, v, t, row);
	snprintf(to->agent_id, sizeof to->agent_id, "%s", agent ? agent : "");
}

/* The marked rows that are shown: what a filter hides, and what is gone, is never acted on. */
static void take_marks(struct menu *m, struct sheet *s)
{
	if (s->rows.n_marks < 2 || !s->view->target_col) return;
	m->bulk = mem_alloc((s->n + 1) * sizeof *m->bulk);
	for (size_t i = 0; i < s->n; i++)
		if (rows_is_marked(&s->rows, sheet_key_at(s, i))) take_row(m, s->view, s->t, s->order[i]);
	m->n_hidden = rows_marks_hidden(&s->rows, sheet_key_at, s);
	m->has_filter = s->filter != NULL;
}

static void drop_others(struct menu *m)
{
	size_t n = 0;
	for (size_t i = 0; i < m->n; i++)
		if (m->items[i]->target != VERB_SCOPE) m->items[n++] = m->items[i];
	m->n = n;
	m->cursor = 0;
	m->is_filter = true;
}

static void got_filtered(void *owner, struct table *t, const struct err *e)
{
	struct menu *m = owner;
	struct nav *nav = m->popup.nav;
	const struct sheet *s = nav_sheet(nav);
	if (e || !s || !t->n_rows || t->n_rows > MAX_BULK) {
		nav_say(nav, ST_WARN, "%s",
		        e ? e->text
		        : t->n_rows <= MAX_BULK
		                ? "the filter finds nothing any more"
		                : "more than 1,000 rows: narrow the filter, or use spotop VERB --filter");
		table_free(t);
		return;
	}
	m->bulk = mem_alloc((t->n_rows + 1) * sizeof *m->bulk);
	for (size_t i = 0; i < t->n_rows; i++) take_row(m, s->view, t, i);
	drop_others(m);
	table_free(t);
	nav_dirty(nav);
}

/* All that the filter finds: from memory where the sheet holds it whole, else read now. */
static void take_filter(struct menu *m)
{
	struct nav *nav = m->popup.nav;
	struct sheet *s = nav_sheet(nav);
	if (!s->is_paged) {
		m->bulk = mem_alloc((s->n + 1) * sizeof *m->bulk);
		for (size_t i = 0; i < s->n; i++) take_row(m, s->view, s->t, s->order[i]);
		drop_others(m);
		return;
	}
	struct page p = { .filter = s->filter, .limit = MAX_BULK + 1 };
	struct buf sql = BUF_EMPTY;
	struct err e = { 0 };
	if (!m->ask) m->ask = ask_new(nav, m, got_filtered);
	if (page_select(&sql, s->view, &s->args, &p, &e))
		ask_text(m->ask, s->view->name, buf_str(&sql), sql.len, p.limit);
	else
		nav_say(nav, ST_WARN, "%s", e.text);
	buf_free(&sql);
}

static enum reaction menu_key(struct popup *pp, int key, const char *paste)
{
	struct menu *m = (struct menu *)pp;
	(void)paste;
	if (key == KEY_ESC_ || key == 'q' || key == KEY_CTRL('c')) return R_BACK;
	if ((key == 'j' || key == KEY_DOWN_) && m->cursor + 1 < m->n)
		m->cursor++;
	else if ((key == 'k' || key == KEY_UP_) && m->cursor)
		m->cursor--;
	else if (key == KEY_ENTER_ && m->n)
		return choose(m, m->cursor);
	else if (key == '*' && may_take_filter(m) && !is_reading(m))
		take_filter(m);
	else
		for (size_t i = 0; i < m->n; i++)
			if (m->items[i]->key[0] == key && !m->items[i]->key[1]) return choose(m, i);
	return R_DRAW;
}

static void menu_close(struct popup *pp)
{
	free(((struct menu *)pp)->bulk);
	ask_free(((struct menu *)pp)->ask);
	free(pp);
}

static const struct popup_ops menu_ops = {
	.paint = menu_paint, .key = menu_key, .close = menu_close, .height = 0, .is_dialog = true
};

/* What a freeze opened on this row would be of. */
static void scope_here(struct dialog_target *t, const struct view *v, struct table *rows, size_t row)
{
	const char *client = table_get(rows, row, "client"), *agent = table_get(rows, row, "agent"),
	           *kind = table_get(rows, row, "scope_type"), *of = table_get(rows, row, "scope");
	if (kind && of)
		snprintf(t->scope, sizeof t->scope, "%s%s%s", strcmp(kind, "all") == 0 ? "fleet" : kind,
		         strcmp(kind, "all") == 0 ? "" : ":", strcmp(kind, "all") == 0 ? "" : of);
	else if (v->target == TARGET_POOL)
		snprintf(t->scope, sizeof t->scope, "pool:%s", t->id);
	else if (v->target == TARGET_ZONE)
		snprintf(t->scope, sizeof t->scope, "az:%s", t->id);
	else if (agent)
		snprintf(t->scope, sizeof t->scope, "agent:%s%s%s", client ? client : "", client ? "/" : "",
		         agent);
	else
		snprintf(t->scope, sizeof t->scope, client ? "client:%s" : "fleet", client);
}

/* Bound to the row's identity, never to its place on the screen. */
static bool target_here(struct nav *nav, struct dialog_target *t, enum target_kind *kind)
{
	struct screen *s = nav_top(nav);
	size_t row;
	const struct view *v = s->ops->target_view ? s->ops->target_view(s) : s->view;
	struct table *rows = v && s->ops->row ? s->ops->row(s, &row) : NULL;
	const char *id = rows && v->target_col ? table_get(rows, row, v->target_col) : NULL;
	memset(t, 0, sizeof *t);
	if (!id && rows) scope_here(t, v, rows, row);
	if (!id) return false;
	snprintf(t->id, sizeof t->id, "%s", id);
	name_row(t->label, sizeof t->label, v, rows, row);
	const char *agent = table_get(rows, row, "agent_id");
	if (agent) snprintf(t->agent_id, sizeof t->agent_id, "%s", agent);
	const char *instance = table_get(rows, row, "instance_id");
	if (instance) snprintf(t->instance_id, sizeof t->instance_id, "%s", instance);
	const char *client = table_get(rows, row, "client");
	if (client) snprintf(t->client, sizeof t->client, "%s", client);
	scope_here(t, v, rows, row);
	t->read_at_mono_ms = rows->read_at_mono_ms;
	*kind = v->target;
	return true;
}

/* verb_key: chosen already, if it fits. Without a row there are still the verbs on a scope. */
void menu_open(struct nav *nav, const char *verb_key)
{
	struct menu *m = mem_alloc(sizeof *m);
	enum target_kind kind = TARGET_NONE;
	m->popup.ops = &menu_ops;
	m->popup.hint = "Esc leaves  letter or Enter previews  j k move";
	bool has_row = target_here(nav, &m->target, &kind);
	if (!has_row)
		snprintf(m->target.label, sizeof m->target.label, "%s",
		         m->target.scope[0] ? m->target.scope : "the fleet");
	if (has_row && nav_sheet(nav)) take_marks(m, nav_sheet(nav));
	for (size_t i = 0; verbs[i] && m->n < ARRAY_LEN(m->items); i++)
		if (fits(verbs[i], kind) && !(m->bulk && verbs[i]->target == VERB_SCOPE))
			m->items[m->n++] = verbs[i];
	nav_popup(nav, &m->popup);
	for (size_t i = 0; verb_key && i < m->n; i++)
		if (strcmp(m->items[i]->key, verb_key) == 0) {
			choose(m, i);
			return;
		}
	if (verb_key) nav_say(nav, ST_DIM, "that cannot be done to this row");
}
