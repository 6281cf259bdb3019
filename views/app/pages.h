/* pages.h - windows that are lines to read: help, a row in full, a row as JSON. */
#ifndef SPOTOP_VIEWS_PAGES_H
#define SPOTOP_VIEWS_PAGES_H
#include <stdbool.h>
struct keymap;
struct nav;

void help_open(struct nav *nav, const struct keymap *keymap);
void describe_open(struct nav *nav, bool is_raw);
#endif
