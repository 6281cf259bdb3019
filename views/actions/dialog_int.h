/* dialog_int.h - the dialog's inside, shared by dialog.c and dialog_*.c. */
#ifndef SPOTOP_VIEWS_DIALOG_INT_H
#define SPOTOP_VIEWS_DIALOG_INT_H
#include "core/base/err.h"
#include "core/fleet/verb.h"
#include "tui/edit.h"
#include "views/actions/offer.h"
#include "views/actions/target.h"
#include "views/nav/nav.h"
#include <jansson.h>

struct ask;

enum dialog_step {
	DIALOG_SCOPE,
	DIALOG_TARGETS,
	DIALOG_ARGS,
	DIALOG_REASON,
	DIALOG_PREVIEW,
	DIALOG_CONFIRM,
	DIALOG_SENDING,
	DIALOG_OUTCOME
};
struct pending;
struct dialog {
	struct popup popup;
	const struct verb *verb;
	struct dialog_target target;
	enum dialog_step step;
	json_t *args;
	size_t arg_at;
	struct bulk_action_target *bulk; /* the action is on these; NULL: on target alone */
	size_t n_bulk;
	struct edit edit;
	char reason[400], note[512], request_id[37];
	char moved[512]; /* what changed between preview and issue, so that nothing was sent; "" */
	bool is_overriding, has_error;
	bool is_other_way; /* wizard: the old instance's fate, or the new one's role, turned round */
	struct err error;
	struct verb_result *result; /* of the preview, then of the issue */
	struct ask *ask;
	struct table *targets;
	size_t cursor, top; /* the wizard's row; of a small screen the first line that is shown */
	int64_t next_targets_ms, deaf_until_ms;
	int64_t issue_at_ms;      /* the answer is typed; it is sent then, if no key follows; 0: not typed */
	double bound_price;       /* what the confirmation began with; 0: what is shown */
	struct pending *pending;  /* an answer is due */
	struct offer offer;       /* what Tab found */
	struct ask *settings_ask; /* the form: the values of now */
	struct table *settings;
	size_t setting_at; /* the one that was brought into the line last */
};
#endif
