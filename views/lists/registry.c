/* registry.c - one line a view; the order is that of the digits, the palette and --help. */
#include "views/lists/registry.h"
#include <stddef.h>

// clang-format off
const struct view *const views[] = {
	&view_overview,
	&view_agents,
	&view_instances,
	&view_events,
	&view_commands,
	&view_switches,
	&view_prices,
	&view_pools,
	&view_clients,
	&view_jobs,
	&view_tiers,
	&view_runs,
	&view_timeline,
	&view_why,
	&view_alerts,
	&view_freezes,
	&view_replicas,
	&view_decisions,
	&view_notifications,
	&view_backlog,
	&view_database,
	&view_statements,
	&view_indexes,
	&view_partitions,
	&view_dbevents,
	&view_chart,
	&view_agent,
	&view_tracker,
	&view_landmines,
	&view_audit,
	NULL,
};
// clang-format on
