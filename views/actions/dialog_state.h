/* dialog_state.h - where a dialog stands, and what follows from it. */
#ifndef SPOTOP_VIEWS_DIALOG_STATE_H
#define SPOTOP_VIEWS_DIALOG_STATE_H
#include "views/actions/dialog_int.h"

enum { DIALOG_DEAF_MS = 300 };
void dialog_step(struct dialog *d, enum dialog_step step); /* on to that step; keys are ignored for a blink */
/* What must be typed: the last four of the instance's id where there is one, else of the target's. */
const char *dialog_password(const struct dialog *d);
bool dialog_may_issue(const struct dialog *d);
bool dialog_may_repeat(
        const struct dialog *d); /* it did not happen: the same action may go out under its id */
bool dialog_is_launch(const struct dialog *d);
/* Seconds until the old instance ends once the new one is primary, 0: it is kept; as the wizard stands now. */
int64_t dialog_old_wait(const struct dialog *d, size_t row);
/* What stands against a target, in words; NULL: nothing. */
const char *dialog_failing(const struct dialog *d, size_t row, char *out, size_t n);
/* What its answer is called before people. */
const char *dialog_outcome_word(const struct dialog *d);
/* What would be done, or that it would not: then by what is told beside it, where the guardrails are not. */
const char *dialog_verdict(const struct dialog *d, bool has_guards, char *out, size_t n);
bool edit_is_blank(const struct edit *ed);
#endif
