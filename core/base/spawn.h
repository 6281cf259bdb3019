/* spawn.h - starting a program: the one place that forks to exec. */
#ifndef SPOTOP_BASE_SPAWN_H
#define SPOTOP_BASE_SPAWN_H
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
struct err;

/* Zero is: nothing to read, our stderr for all it says, a process group of its own, and it may outlive us. */
struct spawn {
	const char *const *argv;  /* NULL-ended; argv[0] is an absolute path */
	int in;                   /* its stdin; 0: /dev/null (never ours) */
	int out;                  /* its stdout; 0: where stderr goes */
	const char *log;          /* a file that its stderr is appended to; NULL: our stderr */
	bool has_session;         /* a session of its own: out of reach of the terminal's signals */
	int death_signal;         /* what it gets when the thread that started it ends; 0: nothing */
};
/* Its pid once the program runs, -1 and *e when it does not. It has signals as a fresh process has them, and no file
 * of ours but those named. Wait for it: it is a child. */
pid_t spawn(const struct spawn *s, struct err *e);
/* Where a program of that name is: PATH, then the folders of the system's. */
bool spawn_find(const char *name, char *out, size_t n);
/* Runs a program (argv[0] is its name) to its end: the first line it prints, what it complains of is dropped. False, and
 * "": there is no such program, or it failed. */
bool spawn_line(const char *const *argv, char *out, size_t n);
#endif
