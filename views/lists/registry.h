/* registry.h - every view, declared where it is defined, listed in registry.c. */
#ifndef SPOTOP_VIEWS_REGISTRY_H
#define SPOTOP_VIEWS_REGISTRY_H
#include "views/model/view.h"
struct cli;
struct err;
extern const struct view view_overview, view_agents, view_agent, view_instances, view_commands, view_switches,
        view_pools, view_events, view_prices, view_chart, view_clients, view_why, view_timeline, view_jobs, view_tiers, view_runs, view_alerts, view_freezes,
        view_replicas, view_decisions, view_notifications, view_backlog, view_statements, view_indexes, view_partitions, view_dbevents, view_database, view_tracker, view_landmines, view_audit;
extern const struct screen_ops events_screen;
#endif
