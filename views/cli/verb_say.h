/* verb_say.h - a verb's preview in words, for people at a terminal. */
#ifndef SPOTOP_VIEWS_VERB_SAY_H
#define SPOTOP_VIEWS_VERB_SAY_H
#include "views/cli/verb_run.h"
#include <stdio.h>
struct table;
/* At a terminal, unless -o says otherwise, and with -o table. */
bool run_is_for_people(const struct verb_run *r);
/* What it would change and its guardrails, to f; NULL states and an empty list are left out. */
void run_say(FILE *f, const char *verb, const char *before, const char *after,
             const struct verb_guard *guards, size_t n_guards);
/* The targets of a switch as a table, from the query's rows. */
void run_say_targets(const struct table *t);
#endif
