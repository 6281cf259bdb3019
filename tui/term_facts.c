/* term_facts.c - terminfo asked on a descriptor that goes nowhere, so that nothing reaches the terminal. */
#include "tui/term_facts.h"
#include "core/base/err.h"
#include <fcntl.h>
#include <unistd.h>
#define NCURSES_NOMACROS
#include <curses.h>
#include <term.h>

bool term_facts(const char *name, struct term_facts *out, struct err *e)
{
	int found = 0, fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd < 0) return err_set(e, ERR_IO, "/dev/null cannot be opened");
	bool ok = setupterm(name, fd, &found) == OK;
	close(fd);
	if (!ok && found < 0) return err_set(e, ERR_USAGE, "there is no terminfo database here");
	if (!ok) return err_set(e, ERR_USAGE, "terminfo has no usable entry '%s'", name);
	int colors = tigetnum("colors");
	const char *cup = tigetstr("cup");
	*out = (struct term_facts){ .colors = colors > 0 ? colors : 0, .can_move = cup && cup != (char *)-1 };
	del_curterm(cur_term);
	return true;
}

const char *term_library(void) { return curses_version(); }
