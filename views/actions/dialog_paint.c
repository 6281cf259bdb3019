/* dialog_paint.c - an action's dialog on the grid: what it changes, guardrails as lines, what to type, what came. */
#include "views/actions/dialog_paint.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "views/actions/dialog_draw.h"
#include "views/actions/dialog_form.h"
#include "views/actions/dialog_state.h"
#include "views/actions/dialog_wizard.h"
#include "views/actions/watch.h"
#include <stdio.h>
#include <string.h>

/* --- preview, confirmation, outcome --- */

/* Where there is no room for all, what costs or hurts comes first: the rest is left out. */
static void gravest_first(struct word *w, size_t n)
{
	static const enum style grave[] = { ST_CRIT, ST_WARN };
	size_t at = 0;
	for (size_t k = 0; k < ARRAY_LEN(grave); k++)
		for (size_t i = at; i < n; i++) {
			if (w[i].style != grave[k]) continue;
			struct word up = w[i];
			memmove(w + at + 1, w + at, (i - at) * sizeof *w);
			w[at++] = up;
		}
}

static int paint_states(struct dialog *d, struct grid *g, struct rect r, int y, int stop)
{
	struct word w[MAX_WORDS];
	bool is_sent = d->step == DIALOG_OUTCOME && verb_is_ok(d->result);
	size_t n = effect_words(d->verb->name, d->result->before_state, d->result->after_state, w);
	/* what may yet happen to it is of interest only before it is sent */
	while (is_sent && n &&
	       (strcmp(w[n - 1].title, "expires") == 0 || strcmp(w[n - 1].title, "agent") == 0))
		n--;
	if (y + (int)n > stop) gravest_first(w, n);
	return dialog_paint_words(g, r, y, stop, w, n);
}

static int paint_guard(const struct verb_guard *q, struct grid *g, struct rect r, int y, int stop)
{
	int at = r.w < 60 ? 9 : 28, n = 1;
	grid_text(g, y, r.x + 2, 6,
	          q->is_ok           ? ST_OK
	          : q->is_overridden ? ST_WARN
	                             : ST_CRIT,
	          q->is_ok           ? "ok"
	          : q->is_overridden ? "OVER"
	                             : "FAIL");
	grid_text(g, y, r.x + 8, at == 9 ? r.w - 10 : 19, ST_TEXT, q->name);
	if (at == 28)
		n = grid_wrap(g, y, r.x + at, r.w - at - 2, q->is_ok || y + 1 >= stop ? 1 : 2,
		              q->is_ok ? ST_DIM : ST_TEXT, q->detail ? q->detail : "");
	return y + n;
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
	int x = r.x + 2 + grid_text(g, y, r.x + 2, r.w - 4, ST_STRONG, prompt) + 1;
	if (is_below) y++, x = r.x + 2;
	edit_paint(&d->edit, g, y, x, r.x + r.w - x - 2, ST_INPUT);
	if (d->note[0]) grid_text(g, y + 1, r.x + 2, r.w - 4, ST_WARN, d->note);
	if (d->step >= DIALOG_PREVIEW) return;
	y = offer_paint(&d->offer, g, r, y + 2, r.y + r.h);
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

/* What would be done, or that it would not: then by what is told here, where the guardrails are not. */
static int paint_verdict(struct dialog *d, struct grid *g, struct rect r, int y, bool has_guards)
{
	const struct verb_result *q = d->result;
	size_t n_bad = 0;
	char line[100];
	for (size_t i = 0; i < q->n_guards; i++) n_bad += !q->guards[i].is_ok && !q->guards[i].is_overridden;
	snprintf(line, sizeof line, "refused: %zu of %s %s", n_bad,
	         COUNTED(q->n_guards, "guardrail", "guardrails"), n_bad == 1 ? "fails" : "fail");
	const char *text = q->status == VERB_REFUSED && n_bad && has_guards ? line : q->message;
	return y +
	       grid_wrap(g, y, r.x + 2, r.w - 4, 3, verb_is_ok(q) ? ST_STRONG : ST_CRIT, text ? text : "");
}

static void paint_confirm(struct dialog *d, struct grid *g, struct rect r)
{
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
	int guards = r.h < 14 ? 1 : r.h < 20 ? 4 : 6; /* lines the guardrails get at least */
	if (!d->result->n_guards || (r.h < 14 && d->result->status == VERB_REFUSED))
		guards = 0; /* none, or the message names them */
	y = paint_verdict(d, g, r, y, guards > 1);
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
		y += grid_wrap(g, y, r.x + 2, r.w - 4, 2,
		               w->is_failed    ? ST_CRIT
		               : w->is_over    ? ST_OK
		               : w->is_overrun ? ST_WARN
		                               : ST_ACCENT,
		               buf_str(&b));
	}
	buf_free(&b);
	return y;
}

/* What the answer is called before people. */
static const char *outcome_word(const struct dialog *d)
{
	switch (d->result->status) {
	case VERB_DONE: return d->verb->makes_command ? "issued" : "done";
	case VERB_REPLAYED: return d->verb->makes_command ? "was issued before" : "was done before";
	case VERB_VOID: return "it never arrived, nothing happened";
	case VERB_REFUSED: return "refused";
	case VERB_CONFLICT: return "nothing was sent";
	case VERB_DRY_RUN: return "only a dry run";
	}
	return "";
}

static void paint_outcome(struct dialog *d, struct grid *g, struct rect r)
{
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
		snprintf(line, sizeof line, "%s: %s", outcome_word(d), q->message ? q->message : "");
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

void dialog_paint(struct popup *pp, struct grid *g, struct rect r)
{
	struct dialog *d = (struct dialog *)pp;
	char prompt[160];
	const struct verb_arg *a;
	bool is_optional;
	int y;
	switch (d->step) {
	case DIALOG_TARGETS: dialog_paint_targets(d, g, r); break;
	case DIALOG_SCOPE:
		dialog_head(d, g, r, NULL);
		y = r.y + 2 +
		    grid_wrap(g, r.y + 2, r.x + 2, r.w - 4, 3, ST_DIM,
		              "fleet, client:NAME, agent:NAME, agent:CLIENT/NAME, pool:ID, "
		              "az:NAME or region:NAME");
		paint_typed(d, g, r, y, "what:");
		break;
	case DIALOG_ARGS:
		dialog_head(d, g, r, NULL);
		a = &d->verb->args[d->arg_at];
		is_optional = !a->is_required && !(d->verb->one_of && strcmp(d->verb->one_of, a->key) == 0);
		y = r.y + 2;
		y += grid_wrap(g, y, r.x + 2, r.w - 4, dialog_has_form(d) ? 1 : r.h - 5, ST_DIM,
		               dialog_has_form(d) ? "Up and Down bring a setting here, Tab completes"
		               : a->about         ? a->about
		                                  : "");
		if (a->kind == VERB_FLAG)
			snprintf(prompt, sizeof prompt, "%s? y or n:", a->option);
		else if (strcmp(a->key, "pool") == 0)
			snprintf(prompt, sizeof prompt, "to a pool by its name, best, or on-demand:");
		else if (a->kind == VERB_DURATION)
			snprintf(prompt, sizeof prompt,
			         "for (%s)%s:", a->name && a->name[1] ? a->name : "300s",
			         is_optional ? " (Enter leaves it out)" : "");
		else
			snprintf(prompt, sizeof prompt, "%s%s:", a->name ? a->name : a->key,
			         is_optional ? " (Enter leaves it out)" : "");
		paint_typed(d, g, r, y, prompt);
		break;
	case DIALOG_REASON:
		dialog_head(d, g, r, NULL);
		y = paint_overrides(d, g, r, r.y + 2);
		grid_text(g, y, r.x + 2, r.w - 4, ST_DIM, "why: it is kept in the audit log");
		paint_typed(d, g, r, y + 1, "reason:");
		break;
	case DIALOG_PREVIEW:
		dialog_head(d, g, r, NULL),
		        grid_text(g, r.y + 2, r.x + 2, r.w - 4, ST_DIM, "previewing; nothing is sent");
		break;
	case DIALOG_CONFIRM: paint_confirm(d, g, r); break;
	case DIALOG_SENDING:
		dialog_head(d, g, r, d->request_id),
		        grid_text(g, r.y + 2, r.x + 2, r.w - 4, ST_WARN,
		                  d->note[0] ? d->note : "sent; waiting for the answer");
		break;
	case DIALOG_OUTCOME: paint_outcome(d, g, r); break;
	}
}
