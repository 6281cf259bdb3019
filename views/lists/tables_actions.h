/* tables_actions.h - what operators did. */
#ifndef SPOTOP_VIEWS_TABLES_ACTIONS_H
#define SPOTOP_VIEWS_TABLES_ACTIONS_H
#include "views/model/view.h"
extern const struct view view_tracker, view_landmines, view_audit;
#endif
