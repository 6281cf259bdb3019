/* sheet_actions.h - what hands do to a sheet. */
#ifndef SPOTOP_VIEWS_SHEET_ACTIONS_H
#define SPOTOP_VIEWS_SHEET_ACTIONS_H
#include "views/nav/action.h"
#include "views/table/sheet_data.h"

extern const struct action sheet_actions[];
enum reaction sheet_action(struct sheet *s, const char *action);
bool sheet_can(const struct sheet *s, const char *action); /* has it the columns that this action goes by? */
bool sheet_mark(struct sheet *s, const char *text, struct err *e); /* all here that a filter matches */
#endif
