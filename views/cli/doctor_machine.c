/* doctor_machine.c - a line of `spotop doctor`, and those about this machine: terminal, locale, clipboard, state folder. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/spawn.h"
#include "core/base/text.h"
#include "core/db/conf.h"
#include "core/db/table.h"
#include "tui/term.h"
#include "views/cli/doctor_int.h"
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const words[] = { "ok", "warn", "fail" };

void tell(struct doctor *d, enum result r, const char *name, const char *fmt, ...)
{
	struct buf b = BUF_EMPTY;
	va_list ap;
	va_start(ap, fmt);
	buf_vaddf(&b, fmt, ap);
	va_end(ap);
	const char *cells[] = { words[r], name, buf_str(&b) };
	struct cell *row = table_add_row(d->t);
	for (size_t i = 0; i < ARRAY_LEN(cells); i++)
		row[i] = (struct cell){ arena_str(&d->t->arena, cells[i]), strlen(cells[i]) };
	buf_free(&b);
	d->n_failed += r == FAIL;
}

static void check_term(struct doctor *d)
{
	const char *name = getenv("TERM");
	struct term_facts f;
	struct err e;
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		tell(d, WARN, "terminal",
		     "there is none here (/dev/tty: %s); commands work, the console needs one",
		     strerror(errno));
		return;
	}
	const char *no_color = getenv("NO_COLOR");
	close(fd);
	if (!name || !*name)
		tell(d, FAIL, "terminal",
		     "TERM is not set; the console needs it: export TERM=xterm-256color");
	else if (!term_facts(name, &f, &e))
		tell(d, FAIL, "terminal", "TERM=%s: %s; ncurses-term holds more terminals", name, e.text);
	else if (!f.can_move)
		tell(d, FAIL, "terminal", "TERM=%s cannot place the cursor, which the console needs", name);
	else if (no_color && *no_color)
		tell(d, OK, "terminal", "TERM=%s, %d colours, none used: NO_COLOR is set", name, f.colors);
	else if (f.colors < 8)
		tell(d, WARN, "terminal", "TERM=%s has no colours; states are told by words and attributes",
		     name);
	else
		tell(d, OK, "terminal", "TERM=%s, %d colours", name, f.colors);
}

static void check_locale(struct doctor *d)
{
	if (text_has_utf8_locale())
		tell(d, OK, "locale", "%s", nl_langinfo(CODESET));
	else
		tell(d, WARN, "locale",
		     "%s, so charts and lines are drawn in ASCII; export LC_ALL=C.UTF-8 for the others",
		     nl_langinfo(CODESET));
}

static void check_clipboard(struct doctor *d)
{
	char clip[64], pass[64];
	if (getenv("STY"))
		tell(d, WARN, "clipboard", "GNU screen does not pass OSC 52 on: copies stay inside it");
	if (!getenv("TMUX")) {
		if (!getenv("STY"))
			tell(d, OK, "clipboard",
			     "copies are sent as OSC 52; whether the terminal takes them it does not say");
		return;
	}
	static const char *const ask_clip[] = { "tmux", "show-options", "-sv", "set-clipboard", NULL },
	                         *const ask_pass[] = { "tmux", "show-options", "-Av", "allow-passthrough",
		                                       NULL };
	spawn_line(ask_clip, clip, sizeof clip);
	spawn_line(ask_pass, pass, sizeof pass);
	if (strcmp(clip, "on") == 0 || strcmp(pass, "on") == 0 || strcmp(pass, "all") == 0)
		tell(d, OK, "clipboard", "tmux passes OSC 52 on (set-clipboard %s, allow-passthrough %s)",
		     *clip ? clip : "unknown", *pass ? pass : "unknown");
	else
		tell(d, WARN, "clipboard",
		     "tmux keeps OSC 52 (set-clipboard %s, allow-passthrough %s): tmux set -s set-clipboard "
		     "on",
		     *clip ? clip : "unknown", *pass ? pass : "unknown");
}

static void check_state(struct doctor *d)
{
	char path[PATH_MAX];
	struct err e;
	if (!state_path(path, sizeof path, "", true, &e)) {
		tell(d, FAIL, "state", "%s; actions need their journal there", e.text);
		return;
	}
	int fd = open(path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR) && access(path, W_OK | X_OK) == 0)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		tell(d, FAIL, "state", "%s cannot be written (%s); actions need their journal there", path,
		     strerror(errno));
	else
		tell(d, OK, "state", "%s can be written", path);
	if (fd >= 0) close(fd);
}

void doctor_machine(struct doctor *d)
{
	check_term(d);
	check_locale(d);
	check_clipboard(d);
	check_state(d);
}
