/* tty.h - the terminal as a device: raw mode, bytes out that never block, and the way back to a sane
 * terminal whatever happens to the process. No curses.
 *
 * There is one terminal a process. What the signal handlers need is static here and is written before
 * they are installed. The guardian is a child with two open files (the terminal, a pipe from us): when
 * the pipe ends before we said that the terminal is given back, it gives it back. It is in a process
 * group of its own, so that Ctrl-C and Ctrl-Z do not reach it, and it ends when we do. */
#ifndef SPOTOP_TUI_TTY_H
#define SPOTOP_TUI_TTY_H
#include "core/base/buf.h"
#include <stdbool.h>
struct err;

/* Opens /dev/tty; says ERR_USAGE when input or output is no terminal. -1 on failure. */
int tty_open(struct err *e);
/* Raw mode, handlers, guardian. `enter` is sent again after a stop, `leave` gives the terminal back. */
bool tty_take(int fd, const struct buf *enter, const struct buf *leave, struct err *e);
void tty_give_back(void);   /* safe at any time, twice too */
bool tty_was_stopped(void); /* true once after each stop and continue: all must be repainted */
void tty_stop(void);        /* as Ctrl-Z in a shell; nothing happens where no shell would wake us */
/* Sends from the front of `out`, waiting at most wait_ms for room. True when all is sent. */
bool tty_send(int fd, struct buf *out, int wait_ms);
bool tty_takes_more(int fd); /* what was sent before has been read */
bool tty_size(int fd, int *rows, int *cols);
#endif
