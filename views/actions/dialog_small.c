/* dialog_small.c - a dialog's confirmation and outcome on a small screen: the same sentences, wrapped, the gravest first. */
#include "views/actions/dialog_small.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "views/actions/dialog_draw.h"
#include "views/actions/dialog_state.h"
#include "views/actions/small.h"
#include "views/actions/watch.h"
#include <stdio.h>
#include <string.h>

static void add_states(struct small *s, const struct dialog *d)
{
	struct word w[MAX_WORDS];
	bool is_sent = d->step == DIALOG_OUTCOME;
	size_t n = effect_words(d->verb->name, d->result->before_state, d->result->after_state, w);
	if (s->is_crowded) dialog_gravest_first(w, n);
	for (size_t i = 0; i < n; i++)
		if (!is_sent || dialog_is_of_sent(&w[i])) small_add(s, w[i].style, w[i].title, w[i].text);
}

static void add_guards(struct small *s, const struct dialog *d, bool with_good)
{
	size_t n_ok = 0;
	char line[600];
	for (size_t i = 0; i < d->result->n_guards; i++) {
		const struct verb_guard *q = &d->result->guards[i];
		n_ok += q->is_ok;
		if (q->is_ok) continue;
		snprintf(line, sizeof line, "%s %s", q->name, q->detail ? q->detail : "");
		small_add(s, q->is_overridden ? ST_WARN : ST_CRIT, q->is_overridden ? "OVER" : "FAIL", line);
	}
	if (with_good && n_ok && !s->is_crowded)
		small_add(s, ST_DIM, "ok", COUNTED(n_ok, "guardrail passes", "guardrails pass"));
}

static void fill_confirm(struct small *s, void *of)
{
	struct dialog *d = of;
	char line[100];
	if (d->has_error) {
		small_add(s, ST_CRIT, "", d->error.text);
		small_add(s, ST_DIM, "", "nothing was sent; any key tries the preview again, Esc leaves");
		return;
	}
	if (d->moved[0]) {
		small_add(s, ST_CRIT, "", d->moved);
		small_add(s, ST_WARN, "", "nothing was sent; this is how it is now");
	}
	bool is_ok = verb_is_ok(d->result);
	if (!is_ok || !s->is_crowded) /* the title says it, and the sentences below it */
		small_add(s, is_ok ? ST_STRONG : ST_CRIT, "", dialog_verdict(d, true, line, sizeof line));
	if (!dialog_may_issue(d)) add_guards(s, d, true); /* what has to be read before all else */
	add_states(s, d);
	if (dialog_may_issue(d)) add_guards(s, d, true);
}

static const char *prompt(const struct dialog *d, char *out, size_t n)
{
	bool may = true;
	for (size_t i = 0; i < d->result->n_guards; i++)
		may &= d->result->guards[i].is_ok || d->result->guards[i].may_override;
	if (!dialog_may_issue(d))
		return may ? "refused; o override, r again, Esc" : "cannot be overridden; r again, Esc";
	if (d->verb->risk == VERB_LOW) return "y issues it, Esc leaves";
	snprintf(out, n, "type %s, Esc leaves:", dialog_password(d));
	return out;
}

/* The line that is typed is the last; what has to be said of it stands above it. */
void dialog_small_confirm(struct dialog *d, struct grid *g, struct rect r)
{
	char line[100];
	int top = dialog_head(d, g, r, NULL), bottom = r.h - 1, x = r.x + 2, w = r.w - 4;
	if (!d->has_error) {
		bool may = dialog_may_issue(d);
		int at = x + grid_text(g, r.y + bottom, x, w, may ? ST_STRONG : ST_WARN,
		                       prompt(d, line, sizeof line));
		if (may) edit_paint(&d->edit, g, r.y + bottom, at + 1, x + w - at - 1, ST_INPUT);
		int n = grid_wrap(NULL, 0, 0, w, 4, ST_WARN, d->note);
		bottom -= n;
		grid_wrap(g, r.y + bottom, x, w, n, ST_WARN, d->note);
	}
	small_paint(g, (struct rect){ r.y + top, x, bottom - top, w }, &d->top, fill_confirm, d);
}

static void add_stage(struct small *s, const struct dialog *d)
{
	const struct watched *w = watch_find(d->popup.nav, d->result->command_id);
	struct buf b = BUF_EMPTY;
	if (w) {
		watch_text(w, &b);
		if (w->is_over && *w->outcome) buf_addf(&b, ": %s", w->outcome);
		small_add(s, watch_style(w), "", buf_str(&b));
		buf_cut(&b, 0);
	}
	buf_addf(&b, "%.8s; @ shows it among mine", d->result->command_id);
	small_add(s, ST_DIM, "command", buf_str(&b));
	buf_free(&b);
}

static void fill_outcome(struct small *s, void *of)
{
	struct dialog *d = of;
	struct buf b = BUF_EMPTY;
	if (d->has_error) {
		small_add(s, ST_CRIT, "", d->error.text);
		buf_addf(&b,
		         d->error.code == ERR_UNKNOWN
		                 ? "its request id is %s: the same id can never act twice"
		                 : "nothing was changed (request %s)",
		         d->request_id);
		small_add(s, ST_TEXT, "", buf_str(&b));
		buf_free(&b);
		return;
	}
	const struct verb_result *q = d->result;
	buf_addf(&b, "%s: %s", dialog_outcome_word(d), q->message ? q->message : "");
	small_add(s, verb_is_ok(q) ? ST_OK : ST_CRIT, "", buf_str(&b));
	buf_free(&b);
	if (q->was_checked && q->status != VERB_VOID)
		small_add(s, ST_WARN, "", "the answer was lost and found again by its request id");
	if (q->command_id) add_stage(s, d);
	add_guards(s, d, false);
	add_states(s, d);
}

void dialog_small_outcome(struct dialog *d, struct grid *g, struct rect r)
{
	int top = dialog_head(d, g, r, NULL), x = r.x + 2, w = r.w - 4;
	grid_text(g, r.y + r.h - 1, x, w, ST_DIM,
	          dialog_may_repeat(d) ? "r looks again, Esc closes" : "Esc closes");
	small_paint(g, (struct rect){ r.y + top, x, r.h - top - 1, w }, &d->top, fill_outcome, d);
}
