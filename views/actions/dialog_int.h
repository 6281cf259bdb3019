/* dialog_int.h - the dialog's inside, shared by dialog.c, dialog_args.c, dialog_paint.c, dialog_wizard.c. */
#ifndef SPOTOP_VIEWS_DIALOG_INT_H
#define SPOTOP_VIEWS_DIALOG_INT_H
#include "views/nav/app_int.h"
#include "views/actions/dialog.h"
#include "views/actions/dialog_words.h"
#include "views/actions/many.h"
#include "views/model/verbs.h"
#include <jansson.h>

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
struct box;
struct dialog {
	struct popup popup;
	const struct verb *verb;
	struct dialog_target target;
	enum dialog_step step;
	json_t *args;
	size_t arg_at;
	struct many_target *many; /* the act is on these; NULL: on target alone */
	size_t n_many;
	struct edit edit;
	char reason[400], note[512], request_id[37];
	char moved[512]; /* what changed between preview and issue, so that nothing was sent; "" */
	bool is_overriding, has_error;
	bool is_other_way; /* wizard: the old box's fate, or the new one's role, turned round */
	struct err error;
	struct verb_result *result; /* of the preview, then of the issue */
	struct ask *ask;
	struct table *targets;
	size_t cursor;
	int64_t next_targets_ms, deaf_until_ms;
	int64_t issue_at_ms; /* the answer is typed; it is sent then, if no key follows; 0: not typed */
	struct box *box;     /* an answer is due */
};
void dialog_paint(struct popup *pp, struct grid *g, struct rect r);
void dialog_paint_targets(struct dialog *d, struct grid *g, struct rect r); /* the wizard */
void dialog_head(struct dialog *d, struct grid *g, struct rect r, const char *right);
/* Text over at most `lines` lines, broken at blanks; the number of lines it took. */
int dialog_wrap(struct grid *g, int y, int x, int cells, int lines, enum style st, const char *text);
/* Titles and sentences from y on, each wrapped as far as the lines before `stop` allow; the line after. */
int dialog_paint_words(struct grid *g, struct rect r, int y, int stop, const struct word *w, size_t n);
const char *dialog_password(const struct dialog *d);
bool dialog_may_issue(const struct dialog *d);
bool dialog_may_repeat(const struct dialog *d); /* it did not happen: the same act may go out under its id */
void dialog_step(struct dialog *d, enum dialog_step step);
void dialog_preview(struct dialog *d);
void dialog_next_arg(struct dialog *d);
void dialog_take_scope(struct dialog *d);
void dialog_take_arg(struct dialog *d);
bool dialog_is_launch(const struct dialog *d);
int64_t dialog_old_wait(const struct dialog *d, size_t row);
const char *dialog_failing(const struct dialog *d, size_t row, char *out, size_t n); /* NULL: nothing */
bool edit_is_blank(const struct edit *ed);
#endif
