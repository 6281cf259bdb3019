/* marked.h - who is there of what a program started: a mark in the environment goes to all of its children, whatever
 * becomes of their parents. */
#ifndef SPOTOP_TESTS_MARKED_H
#define SPOTOP_TESTS_MARKED_H

/* A new mark, "SPOTOP_MARK=...": put it into the environment of what is started. Until the next call. */
char *marked_new(void);
/* How many living processes carry the mark, but for this one. */
int marked_count(void);
/* Fails the test when some are there after most_ms; says which. */
void marked_want_none(int most_ms);
#endif
