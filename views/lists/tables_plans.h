/* tables_plans.h - the declarations of tables_plans.c. */
#ifndef SPOTOP_LISTS_TABLES_PLANS_H
#define SPOTOP_LISTS_TABLES_PLANS_H
#include "views/model/view.h"
extern const struct view view_plans, view_plan;
#endif
