/* pty.h - a program on a terminal of fixed size, with a terminal emulator (libvterm) that reads it.
 * Tests wait for what is on the screen, never for time: every wait ends at what is waited for or at a
 * deadline, which fails the test by returning false. */
#ifndef SPOTOP_TESTS_PTY_H
#define SPOTOP_TESTS_PTY_H
#include "core/base/buf.h"
#include <stdbool.h>
#include <sys/types.h>

struct pty;
/* Starts argv on a new pty as its controlling terminal. env: "NAME=value" strings put over ours,
 * NULL-ended, may be NULL; TERM is xterm-256color and LANG C.UTF-8 unless given. */
struct pty *pty_spawn(int rows, int cols, const char *const *argv, const char *const *env);
/* The same with a function of ours in the child; what it returns is the exit code. */
struct pty *pty_fork(int rows, int cols, const char *const *env, int (*child)(void *), void *arg);
pid_t pty_pid(const struct pty *p);
void pty_keys(struct pty *p, const char *bytes); /* "\033[A" is Up */
void pty_bytes_in(struct pty *p, const void *bytes, size_t n);
void pty_resize(struct pty *p, int rows, int cols); /* the program gets SIGWINCH */
/* Reads what the program writes for at most ms; true when something came. */
bool pty_pump(struct pty *p, int ms);
bool pty_wait_text(struct pty *p, const char *text, int deadline_ms); /* until it is on the screen */
bool pty_wait_gone(struct pty *p, const char *text, int deadline_ms); /* until it is not */
bool pty_wait_raw(struct pty *p, const char *bytes,
                  int deadline_ms);                              /* until it was written since pty_mark */
bool pty_wait_exit(struct pty *p, int *status, int deadline_ms); /* waitpid's status */
/* Reads until nothing has come for quiet_ms. */
void pty_settle(struct pty *p, int quiet_ms);
const char *pty_screen(struct pty *p); /* as text, one line a row, trailing blanks cut; until the next call */
bool pty_cursor(const struct pty *p, int *row, int *col); /* false: hidden */
bool pty_is_alt(const struct pty *p);                     /* is the alternate screen shown? */
bool pty_is_canonical(const struct pty *p); /* are the terminal's modes those of a shell (ICANON, ECHO)? */
void pty_mark(struct pty *p);               /* count and keep bytes from here */
size_t pty_bytes(const struct pty *p);      /* written by the program since pty_mark */
const struct buf *pty_raw(const struct pty *p); /* those bytes */
void pty_freeze(struct pty *p, bool on);        /* a terminal that does not read: pumping takes nothing */
void pty_free(struct pty *p);                   /* kills the program if it lives */
#endif
