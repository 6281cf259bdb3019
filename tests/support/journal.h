/* journal.h - a journal of intents in a folder of its own, one intent, and lines as they are: what the tests of the journal stand on. */
#ifndef SPOTOP_TESTS_JOURNAL_H
#define SPOTOP_TESTS_JOURNAL_H
#include "core/fleet/intent.h"

extern char journal_file[64];
void journal_make(void);
void journal_remove(void);
struct intent journal_intent(const char *id);
void journal_write(const char *text); /* at its end */
void journal_write_settled(int n);      /* n actions as the program writes them, all done, now */
#endif
