/* hosts.h - the servers that the options name, beside each other. */
#ifndef SPOTOP_VIEWS_HOSTS_H
#define SPOTOP_VIEWS_HOSTS_H
#include "views/model/view.h"
extern const struct view view_hosts;
#endif
