/* tables.h - the lists of the fleet. */
#ifndef SPOTOP_VIEWS_TABLES_H
#define SPOTOP_VIEWS_TABLES_H
#include "views/model/view.h"
extern const struct view view_agents, view_instances, view_commands, view_switches, view_pools, view_clients;
#endif
