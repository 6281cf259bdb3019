/* bulk_action_paint.h - a bulk on the grid. */
#ifndef SPOTOP_VIEWS_BULK_ACTION_PAINT_H
#define SPOTOP_VIEWS_BULK_ACTION_PAINT_H
#include "views/actions/bulk_action_int.h"

void bulk_action_paint(struct popup *pp, struct grid *g, struct rect r);
const char *bulk_action_password(const struct bulk_action *m, char *out, size_t n); /* "switch 12" */
#endif
