/* bulk_action_int.h - shared by bulk_action.c and bulk_action_paint.c. */
#ifndef SPOTOP_VIEWS_BULK_ACTION_INT_H
#define SPOTOP_VIEWS_BULK_ACTION_INT_H
#include "core/fleet/bulk.h"
#include "core/fleet/verb.h"
#include "tui/edit.h"
#include "views/actions/target.h"
#include "views/nav/nav.h"

struct ask;

enum bulk_action_step { BULK_READING, BULK_CONFIRM, BULK_RUNNING, BULK_OVER };
struct bulk_action_row {
	struct bulk_action_target target;
	char request_id[37];
	struct verb_result *preview; /* NULL: not yet, or err */
	char *seen;                  /* what the operator was shown first; the procedure compares it */
	struct err err;
	bool is_in; /* it would be done, or was done before */
};
struct bulk_action {
	struct nav *nav;
	const struct verb *verb;
	enum bulk_action_step step;
	struct bulk_action_row *rows;
	size_t n, n_read, n_in;
	char *args, *reason, *override;
	size_t batch;
	char resume_id[37]; /* "": a new one */
	struct ask *ask;
	struct table *blast;
	int64_t read_at_mono_ms;
	struct bulk *bulk;
	size_t *sent_rows; /* index of a bulk's target -> row */
	bool is_waiting;   /* a preview is under way */
	bool is_confirmed; /* typed; what was shown was too old and is read once more */
	size_t n_in_shown;
	struct bulk_action_window *window;
};
struct bulk_action_window {
	struct popup popup;
	struct bulk_action *m;
	struct edit edit;
	char note[300];
	size_t top;
	int64_t deaf_until_ms;
	int64_t issue_at_ms; /* the answer is typed; it is sent then, if no key follows; 0: not typed */
};
#endif
