/* verbs.h - every verb, declared in verbs.c: the action menu, `spotop VERB`, help and audit come from it. */
#ifndef SPOTOP_VIEWS_VERBS_H
#define SPOTOP_VIEWS_VERBS_H
#include "core/fleet/verb.h"
extern const struct verb *const verbs[];     /* NULL-ended, in the menu's order */
const struct verb *verb_find(const char *name);
#endif
