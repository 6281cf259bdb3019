/* password.c - a line read from the terminal without its echo. Whatever ends it, the echo is as it was before
 * anybody else has the terminal. */
#include "views/cli/password.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int caught[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGALRM };
static volatile sig_atomic_t came;

static void on_signal(int signo) { came = signo; }

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0) return; /* the terminal is gone, which the next read tells */
}

/* 1: a line; 0: the end; -1: a signal or an error. Signals come in while it waits, and only then: one that came
 * before a read would leave it waiting. */
static int read_line(int fd, char *line, size_t size, const sigset_t *waiting)
{
	struct pollfd at = { .fd = fd, .events = POLLIN };
	size_t n = 0;
	char c;
	for (;;) {
		int is_ready = ppoll(&at, 1, NULL, waiting);
		if (is_ready < 0 && errno == EINTR && !came) continue;
		ssize_t r = is_ready < 0 || came ? -1 : read(fd, &c, 1);
		if (r < 0) return -1;
		if (r == 0 && n == 0) return 0;
		if (r == 0 || c == '\n' || c == '\r') break;
		if (n + 1 < size) line[n++] = c;
	}
	line[n] = 0;
	return 1;
}

/* One try; the signal that broke it off is in `came`. */
static int ask_once(int fd, const char *prompt, char *line, size_t size)
{
	struct sigaction catch = { .sa_handler = on_signal }, before[ARRAY_LEN(caught)]; /* no SA_RESTART */
	struct termios old, quiet;
	sigset_t blocked, mask;
	came = 0;
	sigemptyset(&blocked);
	for (size_t i = 0; i < ARRAY_LEN(caught); i++) sigaddset(&blocked, caught[i]);
	sigprocmask(SIG_BLOCK, &blocked, &mask);
	for (size_t i = 0; i < ARRAY_LEN(caught); i++) sigaction(caught[i], &catch, &before[i]);
	bool is_term = tcgetattr(fd, &old) == 0;
	quiet = old;
	quiet.c_lflag = (quiet.c_lflag & ~(tcflag_t)ECHO) | ECHONL;
	if (is_term) tcsetattr(fd, TCSAFLUSH, &quiet);
	say(fd, prompt);
	int got = read_line(fd, line, size, &mask);
	if (is_term) tcsetattr(fd, TCSAFLUSH, &old);
	if (got < 1) say(fd, "\n");
	for (size_t i = 0; i < ARRAY_LEN(caught); i++) sigaction(caught[i], &before[i], NULL);
	sigprocmask(SIG_SETMASK, &mask, NULL); /* what is still pending has its own way */
	return got;
}

bool password_ask(const char *prompt, char *line, size_t size, struct err *e)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC), got;
	if (fd < 0)
		return err_set(e, ERR_USAGE, "-p asks for the password, and there is no terminal to ask on");
	do {
		got = ask_once(fd, prompt, line, size);
		if (came) raise(came); /* ends us, as it would have; after a stop it is asked again */
	} while (got < 0 && came);
	close(fd);
	return got > 0 || err_set(e, ERR_USAGE, "no password was typed");
}
