/* many_int.h - shared by many.c and many_paint.c. */
#ifndef SPOTOP_VIEWS_MANY_INT_H
#define SPOTOP_VIEWS_MANY_INT_H
#include "core/fleet/bulk.h"
#include "core/fleet/verb.h"
#include "tui/edit.h"
#include "views/actions/target.h"
#include "views/nav/nav.h"

struct ask;

enum many_step { MANY_READING, MANY_CONFIRM, MANY_RUNNING, MANY_OVER };
struct many_row {
	struct many_target target;
	char request_id[37];
	struct verb_result *preview; /* NULL: not yet, or err */
	char *seen;                  /* what the operator was shown first; the procedure compares it */
	struct err err;
	bool is_in; /* it would be done, or was done before */
};
struct many {
	struct nav *nav;
	const struct verb *verb;
	enum many_step step;
	struct many_row *rows;
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
	struct many_window *window;
};
struct many_window {
	struct popup popup;
	struct many *m;
	struct edit edit;
	char note[300];
	size_t top;
	int64_t deaf_until_ms;
	int64_t issue_at_ms; /* the answer is typed; it is sent then, if no key follows; 0: not typed */
};
#endif
