/* events_back.h - what the tables keep, read back in pages. */
#ifndef SPOTOP_VIEWS_EVENTS_BACK_H
#define SPOTOP_VIEWS_EVENTS_BACK_H
#include "views/screens/events_int.h"

void back_open(struct events *e);
void back_close(struct events *e);
void back_load(struct events *e, int dir);        /* one more page, older or newer, unless one is under way */
void back_forget(struct events *e);               /* all pages and the load under way */
void back_stand(struct events *e);                /* the rings as they are become the newest page */
void back_rows(const struct events *e, struct table *t);
struct table *event_table(void);
#endif
