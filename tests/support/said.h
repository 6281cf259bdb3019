/* said.h - what a program of ours said: its output, words in it, columns of its JSON. A difference fails the test. */
#ifndef SPOTOP_TESTS_SAID_H
#define SPOTOP_TESTS_SAID_H
#include "tests/support/rig.h"

/* The output of a command that ends with this code; free(). argv as rig_spotop's. */
char *said(const struct rig *r, int code, const char *const *argv);
void holds(const char *out, const char *what);
void lacks(const char *out, const char *what);
/* The values of a key in the rows of -o json, in their order: "a b c". section: of the overview, or NULL; free(). */
char *column(const char *json, const char *section, const char *key);
void column_is(const char *json, const char *section, const char *key, const char *want);
#endif
