/* sheet_screen.h - a sheet as a screen: what most views use; and how any screen's table is remembered. */
#ifndef SPOTOP_VIEWS_SHEET_SCREEN_H
#define SPOTOP_VIEWS_SHEET_SCREEN_H
#include "views/nav/screen.h"

extern const struct screen_kind sheet_screen_kind;
struct table_place {
	const char *filter, *sort, *key; /* NULL: none; the view's own order; the first row */
	bool is_desc;
};
/* As nav_open; its table is filtered, ordered and stands on that row. */
bool sheet_screen_open(struct nav *nav, const struct view *v, const struct view_args *args, const char *crumb,
                       const struct table_place *at);
#endif
