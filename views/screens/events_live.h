/* events_live.h - two tails into two rings, and rates. */
#ifndef SPOTOP_VIEWS_EVENTS_LIVE_H
#define SPOTOP_VIEWS_EVENTS_LIVE_H
#include "views/screens/events_int.h"

extern const char *const event_columns[EV_COLS];      /* names, in the order of every query of the screen */
void live_open(struct events *e);
void live_close(struct events *e);
void live_rows(const struct events *e, struct table *t);           /* appends the rings, newest first */
double live_rate(const struct events *e, int kind, double *spark, int n, double *in_all); /* events/s; spark: the minute in n columns */
void live_count(struct events *e, const struct table *t);            /* a page's rows, into the rates */
extern const char *const event_kinds[EV_KINDS];
#endif
