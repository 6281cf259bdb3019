/* tty.c - raw mode and the way back. */
#include "tui/tty.h"
#include "core/base/err.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { OUTQ_MAX = 2048 };

/* All that a signal handler or the guardian needs. */
static struct {
	int fd, guard_fd;
	pid_t guard, owner;
	struct termios before, raw;
	char enter[512], leave[512];
	size_t n_enter, n_leave;
	volatile sig_atomic_t is_ours, was_stopped, is_watched;
} tty = { .fd = -1, .guard_fd = -1 };
static char signal_stack[32768];

int tty_open(struct err *e)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		err_set(e, ERR_USAGE,
		        "the console needs a terminal and standard %s is none; headless: spotop overview",
		        isatty(STDIN_FILENO) ? "output" : "input");
		return -1;
	}
	int fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		err_set(e, ERR_USAGE, "cannot open /dev/tty: %s; headless: spotop overview", strerror(errno));
	return fd;
}

bool tty_size(int fd, int *rows, int *cols)
{
	struct winsize w;
	if (ioctl(fd, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0) return false;
	*rows = w.ws_row;
	*cols = w.ws_col;
	return true;
}

/* Only calls that are allowed in a signal handler. Gives up after half a second without room. */
static void send_all(const char *s, size_t n)
{
	while (n > 0) {
		ssize_t w = write(tty.fd, s, n);
		if (w > 0) {
			s += w;
			n -= (size_t)w;
			continue;
		}
		if (w < 0 && errno == EINTR) continue;
		struct pollfd p = { .fd = tty.fd, .events = POLLOUT };
		if (w == 0 || errno != EAGAIN || poll(&p, 1, 500) <= 0) return;
	}
}

static void tell_guard(char c)
{
	ssize_t w;
	do w = write(tty.guard_fd, &c, 1);
	while (w < 0 && errno == EINTR);
}

static void leave(void)
{
	if (!tty.is_ours) return;
	tty.is_ours = 0;
	send_all(tty.leave, tty.n_leave);
	tcsetattr(tty.fd, TCSANOW, &tty.before);
	tell_guard('r');
}

static void enter(void)
{
	tcsetattr(tty.fd, TCSANOW, &tty.raw);
	tell_guard('a');
	send_all(tty.enter, tty.n_enter);
	tty.is_ours = 1;
}

/* --- the guardian --- */

static bool is_still_raw(void)
{
	struct termios now;
	return tcgetattr(tty.fd, &now) == 0 && now.c_lflag == tty.raw.c_lflag &&
	       now.c_iflag == tty.raw.c_iflag && now.c_oflag == tty.raw.c_oflag;
}

_Noreturn static void guard(int pipe_fd)
{
	setpgid(0, 0);
	prctl(PR_SET_NAME, "spotop-guard");
	/* Nothing of ours is held open: no socket, no pipe that somebody waits to see closed. */
	int tty_fd = fcntl(tty.fd, F_DUPFD, 10), from = fcntl(pipe_fd, F_DUPFD, 10);
	if (tty_fd < 0 || from < 0) _exit(1);
	tty.fd = dup2(tty_fd, 0);
	from = dup2(from, 1);
	close_range(2, ~0U, 0);
	if (chdir("/") != 0) _exit(1);
	char said = 'r', c;
	for (;;) {
		ssize_t n = read(from, &c, 1);
		if (n == 0) break;
		if (n < 0 && errno != EINTR) break;
		if (n == 1) said = c;
	}
	/* A shell that was quicker has set the terminal as it wants it: leave that alone. */
	if (said == 'a' && is_still_raw()) {
		send_all(tty.leave, tty.n_leave);
		tcsetattr(tty.fd, TCSANOW, &tty.before);
	}
	_exit(0);
}

static bool start_guard(struct err *e)
{
	int p[2];
	if (pipe2(p, O_CLOEXEC) != 0) return err_set(e, ERR_IO, "cannot make a pipe: %s", strerror(errno));
	/* Deaf from birth: who dies at once may take the terminal's foreground along, by SIGHUP. */
	sigset_t all, old;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid_t pid = fork();
	if (pid != 0) sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid < 0) {
		close(p[0]);
		close(p[1]);
		return err_set(e, ERR_IO, "cannot start the terminal's guardian: %s", strerror(errno));
	}
	if (pid == 0) {
		close(p[1]);
		guard(p[0]);
	}
	close(p[0]);
	tty.guard = pid;
	tty.guard_fd = p[1];
	return true;
}

/* --- signals --- */

static void on_fatal(int sig)
{
	if (getpid() == tty.owner) leave();
	signal(sig, SIG_DFL);
	raise(sig);
}

static bool has_shell(void) { return getsid(0) != getpgrp(); }

static void on_stop(int sig)
{
	(void)sig;
	int saved = errno;
	if (tty.is_ours && getpid() == tty.owner && has_shell()) {
		leave();
		kill(getpid(), SIGSTOP); /* here we stand until SIGCONT */
		enter();
		tty.was_stopped = 1;
		raise(SIGWINCH); /* the size may have changed, and whoever watches it repaints */
	}
	errno = saved;
}

static void watch(int sig, void (*handler)(int), int flags)
{
	struct sigaction old, now = { .sa_handler = handler, .sa_flags = flags };
	sigemptyset(&now.sa_mask);
	if (sigaction(sig, NULL, &old) == 0 && !(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_DFL)
		sigaction(sig, &now, NULL);
}

static void install_handlers(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS,  SIGABRT, SIGFPE,  SIGILL,   SIGSYS,
		                     SIGQUIT, SIGTERM, SIGINT,  SIGHUP,  SIGXCPU,  SIGXFSZ,
		                     SIGUSR1, SIGUSR2, SIGALRM, SIGTRAP, SIGVTALRM };
	stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof signal_stack };
	stack_t old;
	if (sigaltstack(NULL, &old) == 0 && (old.ss_flags & SS_DISABLE)) sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
		watch(fatal[i], on_fatal, SA_ONSTACK | SA_NODEFER);
	watch(SIGTSTP, on_stop, SA_RESTART);
}

static void at_exit(void)
{
	if (getpid() == tty.owner) tty_give_back();
}

/* --- taking and giving back --- */

static bool keep(char *out, size_t cap, size_t *n, const struct buf *b)
{
	*n = b->len;
	if (b->len > cap) return false;
	memcpy(out, buf_str(b), b->len);
	return true;
}

bool tty_take(int fd, const struct buf *enter_bytes, const struct buf *leave_bytes, struct err *e)
{
	if (!keep(tty.enter, sizeof tty.enter, &tty.n_enter, enter_bytes) ||
	    !keep(tty.leave, sizeof tty.leave, &tty.n_leave, leave_bytes))
		return err_set(e, ERR_INTERNAL, "the terminal's control strings are too long");
	if (tcgetattr(fd, &tty.before) != 0)
		return err_set(e, ERR_IO, "cannot read the terminal's settings: %s", strerror(errno));
	tty.raw = tty.before;
	cfmakeraw(&tty.raw);
	tty.raw.c_cc[VMIN] = 1;
	tty.raw.c_cc[VTIME] = 0;
	tty.fd = fd;
	tty.owner = getpid();
	if (!start_guard(e)) return false;
	install_handlers();
	if (!tty.is_watched) tty.is_watched = atexit(at_exit) == 0;
	enter();
	return true;
}

void tty_give_back(void)
{
	if (tty.fd < 0 || tty.guard_fd < 0) return;
	leave();
	close(tty.guard_fd);
	tty.guard_fd = -1;
	while (waitpid(tty.guard, NULL, 0) < 0 && errno == EINTR) continue;
	tty.fd = -1;
}

bool tty_was_stopped(void)
{
	bool was = tty.was_stopped;
	tty.was_stopped = 0;
	return was;
}

void tty_stop(void)
{
	/* The whole job, as the terminal would do it: a wrapper that waits for us must stop as well. */
	if (has_shell()) kill(0, SIGTSTP);
}

bool tty_takes_more(int fd)
{
	int waiting = 0;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	if (ioctl(fd, TIOCOUTQ, &waiting) == 0 && waiting > OUTQ_MAX) return false;
	return poll(&p, 1, 0) > 0;
}

bool tty_send(int fd, struct buf *out, int wait_ms)
{
	size_t at = 0;
	while (at < out->len) {
		ssize_t w = write(fd, out->s + at, out->len - at);
		if (w > 0) {
			at += (size_t)w;
			continue;
		}
		if (w < 0 && errno == EINTR) continue;
		if (w < 0 && errno != EAGAIN) { /* hung up: reading says so; nothing more to send */
			at = out->len;
			break;
		}
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		if (wait_ms <= 0 || poll(&p, 1, wait_ms) <= 0) break;
		wait_ms -= 5;
	}
	if (at == 0) return out->len == 0;
	memmove(out->s, out->s + at, out->len - at);
	buf_cut(out, out->len - at);
	return out->len == 0;
}
