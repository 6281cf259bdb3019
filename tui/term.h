/* term.h - the only file that knows curses: a terminal opened, drawn on, read from, given back.
 *
 * The terminal is /dev/tty opened anew (making it non-blocking must not touch stdout). Curses writes
 * into memory, and what it wrote goes out without ever blocking: while a terminal does not take it
 * nothing more is drawn, so a frozen ssh costs nothing and gets one repaint. The terminal is restored
 * on quit, on every fatal signal (a handler that only writes a fixed string and tcsetattr), when stopped
 * by SIGTSTP, and by a tiny guardian process on SIGKILL. Nothing is
 * asked of the terminal at start, so no reply can leak. */
#ifndef SPOTOP_TUI_TERM_H
#define SPOTOP_TUI_TERM_H
#include "tui/grid.h"
#include "tui/key.h"
#include <stdbool.h>
struct err;
struct term;

enum color_mode { COLOR_AUTO, COLOR_NEVER, COLOR_8, COLOR_16, COLOR_256 };
struct term_opts {
	enum color_mode color;       /* AUTO: terminfo, NO_COLOR honoured */
	const char *theme;           /* a name of theme_names(); NULL: "dark" */
	bool mouse;
};
struct term *term_open(const struct term_opts *o, struct err *e);    /* ERR_USAGE when there is no usable terminal */
void term_close(struct term *t);                                     /* restores; safe twice and with NULL */
int  term_input_fd(const struct term *t);                            /* poll it for reading */
void term_size(const struct term *t, int *rows, int *cols);          /* clamped to at least 5x20 */
void term_resize(struct term *t);                                    /* after SIGWINCH (never in a handler) */
bool term_is_utf8(const struct term *t);
/* Sends the difference between g and what is on the screen. False: the terminal takes nothing now;
 * try again later (the caller keeps its dirty flag). */
bool term_push(struct term *t, const struct grid *g);
void term_redraw(struct term *t);                                    /* next push repaints all (C-l) */
/* Next key; KEY_NONE_ when there is no more now. A lone ESC is reported after 60 ms: *wait_ms (may be
 * NULL) gets how long to wait until asking again, -1 when nothing is pending. Bracketed paste comes as one
 * KEY_PASTE_ whose text is term_paste() until the next call. KEY_EOF_: the terminal is gone. */
int  term_key(struct term *t, int *wait_ms);
const char *term_paste(const struct term *t);
/* Of the last KEY_MOUSE_ (a press; the wheel comes as Up and Down). button: 0 left, 1 middle, 2 right. */
struct mouse { int y, x, button; };
struct mouse term_mouse(const struct term *t);
void term_flush_input(struct term *t);
void term_bell(struct term *t);
void term_suspend(struct term *t);          /* Ctrl-Z: restores, stops, comes back redrawn */
void term_copy(struct term *t, const char *s, size_t n);    /* OSC 52 to the clipboard, wrapped for tmux; capped at 74,994 bytes */
void term_notify(struct term *t, const char *text);         /* OSC 9 / 777, text cleaned */
bool term_set_theme(struct term *t, const char *name);
const char *const *theme_names(void);       /* dark light contrast colorblind mono, NULL */

/* What terminfo says of a terminal by its name, without opening one. */
struct term_facts {
	int colors;          /* 0: none */
	bool can_move;       /* the cursor can be placed: the console needs that */
};
bool term_facts(const char *name, struct term_facts *out, struct err *e);    /* ERR_USAGE: no such terminal */
const char *term_library(void);             /* "ncurses 6.4.20221231" */
#endif
