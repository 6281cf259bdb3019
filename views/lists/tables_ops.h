/* tables_ops.h - the lists around it: alerts, freezes, replicas, decisions. */
#ifndef SPOTOP_VIEWS_TABLES_OPS_H
#define SPOTOP_VIEWS_TABLES_OPS_H
#include "views/model/view.h"
extern const struct view view_alerts, view_deadlines, view_zones, view_freezes, view_replicas, view_outages, view_decisions, view_notifications, view_backlog;
#endif
