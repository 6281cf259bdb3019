/* dialog_int.h - the dialog's inside, shared by dialog.c and dialog_paint.c. */
#ifndef SPOTOP_VIEWS_DIALOG_INT_H
#define SPOTOP_VIEWS_DIALOG_INT_H
#include "views/app_int.h"
#include "views/dialog.h"
#include "views/verbs.h"
#include <jansson.h>

enum dialog_step {
	DIALOG_TARGETS,
	DIALOG_ARGS,
	DIALOG_REASON,
	DIALOG_PREVIEW,
	DIALOG_CONFIRM,
	DIALOG_SENDING,
	DIALOG_OUTCOME
};
struct box;
struct dialog {
	struct popup popup;
	const struct verb *verb;
	struct dialog_target target;
	enum dialog_step step;
	json_t *args;
	size_t arg_at;
	struct edit edit;
	char reason[400], note[512], request_id[37];
	bool is_overriding, has_error;
	struct err error;
	struct verb_result *result; /* of the preview, then of the issue */
	struct ask *ask;
	struct table *targets;
	size_t cursor;
	int64_t next_targets_ms, deaf_until_ms;
	struct box *box; /* an answer is due */
};
void dialog_paint(struct popup *pp, struct grid *g, struct rect r);
const char *dialog_password(const struct dialog *d);
bool dialog_may_issue(const struct dialog *d);
bool edit_is_blank(const struct edit *ed);
#endif
