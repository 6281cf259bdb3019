/* eyes.h - what is done with a console and seen on it, in the words of the tests. `p` is the console under test:
 * a test opens it (fleet_console, pty_spawn) and end_console closes it. */
#ifndef SPOTOP_TESTS_EYES_H
#define SPOTOP_TESTS_EYES_H
#include "tests/support/pty.h"

enum { WAIT_MS = 30000 };
extern struct pty *p;
void want(const char *text);      /* it comes, or the test fails and shows the screen */
void want_gone(const char *text); /* it goes, or the same */
void type(const char *keys, const char *until);
void escape(void); /* Esc alone: what follows at once would be an Alt key */
void end_console(void);
#endif
