/* database.h - the server beneath. */
#ifndef SPOTOP_VIEWS_DATABASE_H
#define SPOTOP_VIEWS_DATABASE_H
#include "views/model/view.h"
extern const struct view view_database, view_statements, view_indexes, view_partitions, view_dbevents;
#endif
