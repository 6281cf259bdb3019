/* many_paint.h - a bulk on the grid. */
#ifndef SPOTOP_VIEWS_MANY_PAINT_H
#define SPOTOP_VIEWS_MANY_PAINT_H
#include "views/actions/many_int.h"

void many_paint(struct popup *pp, struct grid *g, struct rect r);
const char *many_password(const struct many *m, char *out, size_t n); /* "switch 12" */
#endif
