/* agent.h - one agent. */
#ifndef SPOTOP_VIEWS_AGENT_H
#define SPOTOP_VIEWS_AGENT_H
#include "views/model/view.h"
extern const struct view view_agent;
#endif
