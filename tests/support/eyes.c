/* eyes.c - see eyes.h. */
#include "tests/support/eyes.h"
#include <check.h>

struct pty *p;

void want(const char *text)
{
	ck_assert_msg(pty_wait_text(p, text, WAIT_MS), "no '%s' in\n%s", text, pty_screen(p));
}

void want_gone(const char *text)
{
	ck_assert_msg(pty_wait_gone(p, text, WAIT_MS), "still '%s' in\n%s", text, pty_screen(p));
}

void type(const char *keys, const char *until)
{
	pty_keys(p, keys);
	want(until);
}

void escape(void)
{
	pty_keys(p, "\033");
	pty_settle(p, 150);
}

void end_console(void)
{
	pty_free(p);
	p = 0;
}
