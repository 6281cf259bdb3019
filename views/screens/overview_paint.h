/* overview_paint.h - what each panel of the overview shows of its rows. */
#ifndef SPOTOP_VIEWS_OVERVIEW_PAINT_H
#define SPOTOP_VIEWS_OVERVIEW_PAINT_H
#include "views/screens/overview_int.h"

/* For the painters. The data's own clock goes on: seconds when read, with those since (sign 1) or less them (-1). */
double overview_aged(const struct table *t, double v, int sign);
void overview_point_at(struct grid *g, struct rect r, int i); /* the cursor is on row i of the panel */
int overview_first_row(struct rect r, int cursor); /* that is seen: the cursor's is among those below */
const char *text_or_na(const char *s);

struct table *overview_data(struct overview *o, int which); /* NULL: not known yet, or of another time */
void overview_verdict(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_storm(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_deadlines(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_stale(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_flight(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_health(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_fleet(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_money(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_mine(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_jobs(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
void overview_events(struct overview *o, struct grid *g, struct rect r, struct table *t, int cursor);
#endif
