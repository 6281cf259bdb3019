/* saved.h - views kept by name, in the state folder. */
#ifndef SPOTOP_VIEWS_SAVED_H
#define SPOTOP_VIEWS_SAVED_H
#include <stdbool.h>
#include <stddef.h>
struct err;
struct nav;

bool saved_name(size_t i, char *out, size_t n); /* the i-th, false past the end */
bool saved_put(struct nav *nav, const char *name, struct err *e);
bool saved_open(struct nav *nav, const char *name, struct err *e);
#endif
