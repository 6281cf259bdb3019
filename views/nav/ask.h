/* ask.h - one question at a time, answered into its owner as long as that lives. An owner that goes away while
 * its question is under way lets it go (ask_free), so no answer ever meets freed memory. */
#ifndef SPOTOP_VIEWS_ASK_H
#define SPOTOP_VIEWS_ASK_H
#include "views/nav/nav.h"

struct ask;
struct err;
struct query;
/* rows is the owner's now; a cancelled question answers ERR_CANCELLED */
typedef void (*ask_cb)(void *owner, struct table *rows, const struct err *e);
struct ask *ask_new(struct nav *nav, void *owner, ask_cb got);
void ask_free(struct ask *k); /* the answer, if any is due, is dropped */
bool ask_is_busy(const struct ask *k);
int64_t ask_since(const struct ask *k); /* mono ms when the question was sent; 0 when idle */
/* May its next questions take a minute, which the operator can stop? Of the past they may anyhow. */
void ask_be_patient(struct ask *k, bool is_patient);
/* False when busy: it will not be asked again by itself. */
bool ask_query(struct ask *k, const struct query *q, const struct view_args *args);
bool ask_text(struct ask *k, const char *name, const char *text, size_t len, size_t max_rows);
void ask_cancel(struct ask *k);
void ask_hurry(struct ask *k); /* the answer to come will do for what is asked now */
#endif
