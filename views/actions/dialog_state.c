/* dialog_state.c - where a dialog stands: its step, what may be done in it, what its answer has to be. */
#include "views/actions/dialog_state.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "sql.h"
#include "views/nav/nav.h"
#include <stdio.h>
#include <string.h>

void dialog_step(struct dialog *d, enum dialog_step step)
{
	d->step = step;
	d->issue_at_ms = 0;
	d->deaf_until_ms = step == DIALOG_OUTCOME
	                           ? 0
	                           : clock_mono_ms() + DIALOG_DEAF_MS; /* leaving an outcome harms nothing */
	bool is_typed = step == DIALOG_SCOPE || step == DIALOG_ARGS || step == DIALOG_REASON;
	d->popup.hint = is_typed                 ? "Esc leaves  Enter goes on  Tab completes"
	                : step == DIALOG_TARGETS ? "Esc leaves  Enter previews it (sends nothing)  j k choose"
	                                         : NULL;
	nav_drop_keys(d->popup.nav);
	edit_set(&d->edit, "");
	offer_drop(&d->offer);
	d->note[0] = 0;
	d->top = 0;
	nav_urgent(d->popup.nav);
}

const char *dialog_password(const struct dialog *d)
{
	static const char yes[] = "y";
	if (d->verb->risk == VERB_LOW) return yes;
	const char *id = d->target.instance_id[0] ? d->target.instance_id : d->target.id;
	size_t n = strlen(id);
	return n > 4 ? id + n - 4 : id;
}

bool dialog_may_issue(const struct dialog *d)
{
	if (!d->result || d->has_error || !verb_is_ok(d->result)) return false;
	for (size_t i = 0; i < d->result->n_guards; i++)
		if (!d->result->guards[i].is_ok && !d->result->guards[i].is_overridden) return false;
	return true;
}

bool dialog_may_repeat(const struct dialog *d)
{
	return d->step == DIALOG_OUTCOME && (d->has_error || d->result->status == VERB_VOID);
}

bool dialog_is_launch(const struct dialog *d) { return d->verb->call == &sql_verbs_launch; }

int64_t dialog_old_wait(const struct dialog *d, size_t row)
{
	int64_t wait = d->targets ? table_int(d->targets, row, "old_instance_wait_s", 0) : 0,
	        set = d->targets ? table_int(d->targets, row, "agent_wait_s", 300) : 300;
	if (!d->is_other_way) return wait;
	return wait > 0 ? 0 : set > 0 ? set : 300;
}

/* What only a switch heeds does not concern a launch. */
const char *dialog_failing(const struct dialog *d, size_t row, char *out, size_t n)
{
	static const char *const of_switch[] = { "target_is_current", "switches_per_week", "min_pool_hours",
		                                 "duplicate_pending", "opposite_pending" };
	char all[300];
	const char *text = table_get(d->targets, row, "guardrails_failing");
	snprintf(all, sizeof all, "%s", text ? text : "");
	out[0] = 0;
	for (char *save = NULL, *w = strtok_r(all, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		bool is_skipped = false;
		for (size_t i = 0; i < ARRAY_LEN(of_switch) && dialog_is_launch(d); i++)
			is_skipped |= strcmp(of_switch[i], w) == 0;
		if (!is_skipped) snprintf(out + strlen(out), n - strlen(out), "%s%s", *out ? " " : "", w);
	}
	return *out ? out : NULL;
}

const char *dialog_outcome_word(const struct dialog *d)
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

const char *dialog_verdict(const struct dialog *d, bool has_guards, char *out, size_t n)
{
	const struct verb_result *q = d->result;
	size_t n_bad = 0;
	for (size_t i = 0; i < q->n_guards; i++) n_bad += !q->guards[i].is_ok && !q->guards[i].is_overridden;
	if (q->status != VERB_REFUSED || !n_bad || !has_guards) return q->message ? q->message : "";
	snprintf(out, n, "refused: %zu of %s %s", n_bad, COUNTED(q->n_guards, "guardrail", "guardrails"),
	         n_bad == 1 ? "fails" : "fail");
	return out;
}

bool edit_is_blank(const struct edit *ed)
{
	const char *s = buf_str(&ed->text);
	return s[strspn(s, " \t")] == 0;
}
