/* registry.h - every view there is. Who starts the program (main.c, a test) hands the list in: views_are(all_views). */
#ifndef SPOTOP_VIEWS_REGISTRY_H
#define SPOTOP_VIEWS_REGISTRY_H
#include "views/model/view.h"
extern const struct view *const all_views[]; /* NULL-ended */
#endif
