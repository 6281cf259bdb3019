/* here.h - whether an action does something on the screen that is seen: what help lists and the footer names. */
#ifndef SPOTOP_VIEWS_HERE_H
#define SPOTOP_VIEWS_HERE_H
#include <stdbool.h>
struct nav;

bool action_is_here(const struct nav *nav, const char *name);
/* Of what help puts where: this screen's and its rows', moving about, the console's. */
enum action_group { OF_SCREEN, OF_MOTION, OF_CONSOLE, ACTION_GROUPS };
enum action_group action_group(const struct nav *nav, const char *name);
#endif
