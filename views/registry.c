/* registry.c - one line a view; the order is that of the digits, the palette and --help. */
#include "views/registry.h"
#include "views/lists/tables.h"
#include "views/lists/tables_actions.h"
#include "views/lists/tables_ops.h"
#include "views/lists/tables_plans.h"
#include "views/screens/agent.h"
#include "views/screens/database.h"
#include "views/screens/events.h"
#include "views/screens/hosts.h"
#include "views/screens/jobs.h"
#include "views/screens/overview.h"
#include "views/screens/prices.h"
#include "views/screens/timeline.h"
#include "views/screens/why.h"
#include <stddef.h>

// clang-format off
const struct view *const all_views[] = {
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
	&view_deadlines,
	&view_zones,
	&view_alerts,
	&view_freezes,
	&view_plans,
	&view_plan,
	&view_replicas,
	&view_outages,
	&view_decisions,
	&view_notifications,
	&view_backlog,
	&view_hosts,
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
