/* dialog_paint.c - an action's dialog on the grid: what it changes, guardrails as lines, what to type, what came. */
#include "views/actions/dialog_paint.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "views/actions/dialog_draw.h"
#include "views/actions/dialog_form.h"
#include "views/actions/dialog_small.h"
#include "views/actions/dialog_state.h"
#include "views/actions/dialog_wizard.h"
#include "views/actions/small.h"
#include "views/actions/watch.h"
#include <stdio.h>
#include <string.h>

/* --- preview, confirmation, outcome --- */

static int paint_states(struct dialog *d, struct grid *g, struct rect r, int y, int stop)
{
	struct word w[MAX_WORDS];
	bool is_sent = d->step == DIALOG_OUTCOME && verb_is_ok(d->result);
	size_t n = effect_words(d->verb->name, d->result->before_state, d->result->after_state, w);
	while (is_sent && n && !dialog_is_of_sent(&w[n - 1])) n--;
	if (y + (int)n > stop) dialog_gravest_first(w, n);
	return dialog_paint_words(g, r, y, stop, w, n);
}

static int paint_guard(const struct verb_guard *q, struct grid *g, struct rect r, int y, int stop)
{
	int at = 28;
	grid_text(g, y, r.x + 2, 6,
	          q->is_ok           ? ST_OK
	          : q->is_overridden ? ST_WARN
	                             : ST_CRIT,
	          q->is_ok           ? "ok"
	          : q->is_overridden ? "OVER"
	                             : "FAIL");
	grid_text(g, y, r.x + 8, 19, ST_TEXT, q->name);
	return y + grid_wrap(g, y, r.x + at, r.w - at - 2, q->is_ok || y + 1 >= stop ? 1 : 2,
	                     q->is_ok ? ST_DIM : ST_TEXT, q->detail ? q->detail : "");
}

/* What fails first; of what passes as much as there is room for, and the rest by number. */
static void paint_guards(struct dialog *d, struct grid *g, struct rect r, int y, int stop, bool bad_only)
{
	const struct verb_result *res = d->result;
	size_t n_ok = 0, shown = 0;
	for (size_t i = 0; res && i < res->n_guards; i++)
		if (res->guards[i].is_ok)
			n_ok++;
		else if (y < stop)
			y = paint_guard(&res->guards[i], g, r, y, stop);
	for (size_t i = 0; res && i < res->n_guards && y < stop && !bad_only; i++) {
		if (!res->guards[i].is_ok) continue;
		if (y == stop - 1 && n_ok - shown > 1) {
			grid_text(g, y, r.x + 2, 6, ST_OK, "ok");
			grid_textf(g, y, r.x + 8, r.w - 10, ST_DIM, "%s",
			           shown ? COUNTED(n_ok - shown, "more guardrail passes",
			                           "more guardrails pass")
			                 : COUNTED(n_ok, "guardrail passes", "guardrails pass"));
			return;
		}
		shown++;
		y = paint_guard(&res->guards[i], g, r, y, stop);
	}
}

/* The question and what is typed; on a narrow screen the answer stands below a long question. */
static void paint_typed(struct dialog *d, struct grid *g, struct rect r, int y, const char *prompt)
{
	bool is_below = (int)strlen(prompt) > r.w - 14;
	int x = r.x + 2, n = grid_wrap(g, y, x, r.w - 4, is_below ? 3 : 1, ST_STRONG, prompt);
	if (is_below)
		y += n;
	else
		x += (int)text_width(prompt, strlen(prompt)) + 1;
	edit_paint(&d->edit, g, y, x, r.x + r.w - x - 2, ST_INPUT);
	n = grid_wrap(g, y + 1, r.x + 2, r.w - 4, small_is(r) ? 4 : 1, ST_WARN, d->note);
	if (d->step >= DIALOG_PREVIEW) return;
	y = offer_paint(&d->offer, g, r, y + 1 + (n ? n : !small_is(r)), r.y + r.h);
	if (dialog_has_form(d)) dialog_form_paint(d, g, r, y, r.y + r.h);
}

static void paint_refused(struct dialog *d, struct grid *g, struct rect r, int y)
{
	bool may = true;
	for (size_t i = 0; i < d->result->n_guards; i++)
		if (!d->result->guards[i].is_ok && !d->result->guards[i].may_override) may = false;
	grid_text(g, y, r.x + 2, r.w - 4, ST_WARN,
	          !may       ? "cannot be overridden; r looks again, Esc leaves"
	          : r.w < 76 ? "refused; o override, r again, Esc"
	                     : "refused; o overrides (with a reason, audited), r looks again, Esc leaves");
}

static void paint_confirm(struct dialog *d, struct grid *g, struct rect r)
{
	if (small_is(r)) {
		dialog_small_confirm(d, g, r);
		return;
	}
	char request[80], line[200];
	snprintf(request, sizeof request, "request %.8s, kept if the link is lost", d->request_id);
	dialog_head(d, g, r, request);
	int y = r.y + 1, bottom = r.y + r.h - 2, room = r.w - 4;
	if (d->has_error) {
		y += grid_wrap(g, y, r.x + 2, room, 3, ST_CRIT, d->error.text);
		grid_wrap(g, y + 1, r.x + 2, room, 2, ST_DIM,
		          "nothing was sent; any key tries the preview again, Esc leaves");
		return;
	}
	if (d->moved[0]) {
		y += grid_wrap(g, y, r.x + 2, room, 3, ST_CRIT, d->moved);
		grid_text(g, y++, r.x + 2, room, ST_WARN, "nothing was sent; this is how it is now");
	}
	int guards = !d->result->n_guards ? 0 : r.h < 20 ? 4 : 6; /* lines they get at least */
	y += grid_wrap(g, y, r.x + 2, room, 3, verb_is_ok(d->result) ? ST_STRONG : ST_CRIT,
	               dialog_verdict(d, guards > 1, line, sizeof line));
	y = paint_states(d, g, r, y, bottom - guards);
	if (guards) paint_guards(d, g, r, y + (r.h > 17), bottom - (r.h > 17), false);
	if (!dialog_may_issue(d)) {
		paint_refused(d, g, r, bottom);
		return;
	}
	if (d->verb->risk == VERB_LOW)
		snprintf(line, sizeof line, "y issues it, Esc leaves");
	else
		snprintf(line, sizeof line, "type %s to issue, Esc leaves:", dialog_password(d));
	paint_typed(d, g, r, bottom, line);
}

/* The command lives on: its stage is told here as long as one looks, and everywhere when it ends. */
static int paint_stage(struct dialog *d, struct grid *g, struct rect r, int y, const char *command_id)
{
	const struct watched *w = watch_find(d->popup.nav, command_id);
	struct buf b = BUF_EMPTY;
	if (r.h > 9)
		grid_textf(g, y++, r.x + 2, r.w - 4, ST_DIM, "command %.8s; @ shows it among mine",
		           command_id);
	if (w) {
		watch_text(w, &b);
		if (w->is_over && *w->outcome) buf_addf(&b, ": %s", w->outcome);
		y += grid_wrap(g, y, r.x + 2, r.w - 4, 2, watch_style(w), buf_str(&b));
	}
	buf_free(&b);
	return y;
}

static void paint_outcome(struct dialog *d, struct grid *g, struct rect r)
{
	if (small_is(r)) {
		dialog_small_outcome(d, g, r);
		return;
	}
	int y = r.y + 1, stop = r.y + r.h - 1, room = r.w - 4;
	char line[600];
	dialog_head(d, g, r, d->request_id);
	if (d->has_error) {
		y += grid_wrap(g, y, r.x + 2, room, 3, ST_CRIT, d->error.text);
		snprintf(line, sizeof line,
		         d->error.code == ERR_UNKNOWN
		                 ? "its request id is %s: the same id can never act twice"
		                 : "nothing was changed (request %s)",
		         d->request_id);
		grid_wrap(g, y, r.x + 2, room, 3, ST_TEXT, line);
	} else {
		const struct verb_result *q = d->result;
		snprintf(line, sizeof line, "%s: %s", dialog_outcome_word(d), q->message ? q->message : "");
		y += grid_wrap(g, y, r.x + 2, room, 3, verb_is_ok(q) ? ST_OK : ST_CRIT, line);
		if (q->was_checked && q->status != VERB_VOID)
			y += grid_wrap(g, y, r.x + 2, room, 2, ST_WARN,
			               "the answer was lost and found again by its request id");
		if (q->command_id) y = paint_stage(d, g, r, y, q->command_id);
		y = paint_states(d, g, r, y + (r.h > 14), stop - 1);
		paint_guards(d, g, r, y, stop, true);
	}
	grid_text(g, r.y + r.h - 1, r.x + 2, room, ST_DIM,
	          dialog_may_repeat(d) ? d->result && d->result->status == VERB_VOID
	                                         ? "r looks again, to send it under a new id; Esc closes"
	                                         : "r looks again, to send it under the same id; Esc closes"
	          : r.w > 60 && d->result && d->result->command_id && !d->has_error
	                  ? "Esc closes, 5 shows it among the commands; it goes on and is told when it ends"
	                  : "Esc closes");
}

/* The names of what is about to be overridden: all that fails now. */
static int paint_overrides(struct dialog *d, struct grid *g, struct rect r, int y)
{
	struct buf b = { .max = 500 };
	for (size_t i = 0; d->is_overriding && d->result && i < d->result->n_guards; i++)
		if (!d->result->guards[i].is_ok)
			buf_addf(&b, "%s%s", b.len ? ", " : "overrides ", d->result->guards[i].name);
	if (b.len) y += grid_wrap(g, y, r.x + 2, r.w - 4, 3, ST_WARN, buf_str(&b));
	buf_free(&b);
	return y;
}

/* What the argument is called where it is asked for. */
static void arg_prompt(const struct dialog *d, const struct verb_arg *a, char *out, size_t n)
{
	bool is_optional = !a->is_required && !(d->verb->one_of && strcmp(d->verb->one_of, a->key) == 0);
	const char *may_skip = is_optional ? " (Enter leaves it out)" : "";
	if (a->kind == VERB_FLAG)
		snprintf(out, n, "%s? y or n:", a->option);
	else if (strcmp(a->key, "pool") == 0)
		snprintf(out, n, "to a pool by its name, best, or on-demand:");
	else if (a->kind == VERB_DURATION)
		snprintf(out, n, "for (%s)%s:", a->name && a->name[1] ? a->name : "300s", may_skip);
	else
		snprintf(out, n, "%s%s:", a->name ? a->name : a->key, may_skip);
}

static void paint_arg(struct dialog *d, struct grid *g, struct rect r, int y)
{
	const struct verb_arg *a = &d->verb->args[d->arg_at];
	const char *about = a->about ? a->about : "";
	char line[160];
	arg_prompt(d, a, line, sizeof line);
	if (!dialog_has_form(d))
		y += grid_wrap(g, y, r.x + 2, r.w - 4, r.h - 5, ST_DIM, about);
	else
		y += dialog_form_hint(d, g, r, y);
	paint_typed(d, g, r, y, line);
}

void dialog_paint(struct popup *pp, struct grid *g, struct rect r)
{
	struct dialog *d = (struct dialog *)pp;
	int y = r.y, room = r.w - 4;
	bool is_asked = d->step != DIALOG_TARGETS && d->step != DIALOG_CONFIRM && d->step != DIALOG_OUTCOME;
	if (is_asked)
		y += dialog_head(d, g, r, d->step == DIALOG_SENDING ? d->request_id : NULL) + !small_is(r);
	switch (d->step) {
	case DIALOG_TARGETS: dialog_paint_targets(d, g, r); break;
	case DIALOG_SCOPE:
		y += grid_wrap(g, y, r.x + 2, room, 3, ST_DIM,
		               "fleet, client:NAME, agent:NAME, agent:CLIENT/NAME, pool:ID, "
		               "az:NAME or region:NAME");
		paint_typed(d, g, r, y, "what:");
		break;
	case DIALOG_ARGS: paint_arg(d, g, r, y); break;
	case DIALOG_REASON:
		y = paint_overrides(d, g, r, y);
		y += grid_wrap(g, y, r.x + 2, room, 2, ST_DIM, "why: it is kept in the audit log");
		paint_typed(d, g, r, y, "reason:");
		break;
	case DIALOG_PREVIEW: grid_text(g, y, r.x + 2, room, ST_DIM, "previewing; nothing is sent"); break;
	case DIALOG_CONFIRM: paint_confirm(d, g, r); break;
	case DIALOG_SENDING:
		grid_wrap(g, y, r.x + 2, room, 3, ST_WARN,
		          d->note[0] ? d->note : "sent; waiting for the answer");
		break;
	case DIALOG_OUTCOME: paint_outcome(d, g, r); break;
	}
}
