/* pty.c - a program under test on a pseudo-terminal. */
#include "tests/support/pty.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>
#include <vterm.h>

struct pty {
	int fd, rows, cols;
	int side; /* our own end of the program's side: keeps it open, and tells its modes */
	pid_t pid;
	bool is_done, is_frozen, is_alt, is_cursor_shown;
	int status;
	VTerm *vt;
	VTermScreen *screen;
	struct buf raw, text;
};

static int on_property(VTermProp prop, VTermValue *v, void *user)
{
	struct pty *p = user;
	if (prop == VTERM_PROP_ALTSCREEN) p->is_alt = v->boolean;
	if (prop == VTERM_PROP_CURSORVISIBLE) p->is_cursor_shown = v->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_property };

struct run {
	const char *const *argv;
};
static int run_program(void *arg)
{
	const struct run *r = arg;
	execvp(r->argv[0], (char *const *)r->argv);
	return 127;
}

static void set_env(const char *const *env)
{
	setenv("TERM", "xterm-256color", 1);
	setenv("LANG", "C.UTF-8", 1);
	unsetenv("LC_ALL");
	unsetenv("LC_CTYPE");
	unsetenv("NO_COLOR");
	unsetenv("TMUX");
	unsetenv("LINES");
	unsetenv("COLUMNS");
	for (; env && *env; env++) putenv((char *)*env);
}

struct pty *pty_fork(int rows, int cols, const char *const *env, int (*child)(void *), void *arg)
{
	struct pty *p = mem_alloc(sizeof *p);
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };
	p->rows = rows;
	p->cols = cols;
	p->is_cursor_shown = true;
	if (openpty(&p->fd, &p->side, NULL, NULL, &size) != 0) abort();
	fcntl(p->fd, F_SETFD, FD_CLOEXEC);
	fcntl(p->fd, F_SETFL, O_NONBLOCK);
	fcntl(p->side, F_SETFD, FD_CLOEXEC);
	p->pid = fork();
	if (p->pid < 0) abort();
	if (p->pid == 0) {
		close(p->fd);
		/* The test runner's own handlers are not the program's business. */
		for (int sig = 1; sig < NSIG; sig++) signal(sig, SIG_DFL);
		if (login_tty(p->side) != 0) _exit(126);
		set_env(env);
		exit(child(arg));
	}
	p->vt = vterm_new(rows, cols);
	vterm_set_utf8(p->vt, 1);
	p->screen = vterm_obtain_screen(p->vt);
	vterm_screen_set_callbacks(p->screen, &callbacks, p);
	vterm_screen_enable_altscreen(p->screen, 1);
	vterm_screen_reset(p->screen, 1);
	return p;
}

struct pty *pty_spawn(int rows, int cols, const char *const *argv, const char *const *env)
{
	struct run r = { argv };
	return pty_fork(rows, cols, env, run_program, &r);
}

pid_t pty_pid(const struct pty *p) { return p->pid; }

void pty_bytes_in(struct pty *p, const void *bytes, size_t n)
{
	const char *s = bytes;
	while (n > 0) {
		ssize_t w = write(p->fd, s, n);
		if (w > 0) {
			s += w;
			n -= (size_t)w;
		} else if (w < 0 && errno == EAGAIN)
			pty_pump(p, 10);
		else if (w < 0 && errno != EINTR)
			return;
	}
}

void pty_keys(struct pty *p, const char *bytes) { pty_bytes_in(p, bytes, strlen(bytes)); }

void pty_resize(struct pty *p, int rows, int cols)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols };
	p->rows = rows;
	p->cols = cols;
	vterm_set_size(p->vt, rows, cols);
	ioctl(p->fd, TIOCSWINSZ, &size);
}

bool pty_pump(struct pty *p, int ms)
{
	char part[8192];
	struct pollfd f = { .fd = p->fd, .events = POLLIN };
	if (p->is_frozen) {
		poll(NULL, 0, ms);
		return false;
	}
	if (poll(&f, 1, ms) <= 0) return false;
	ssize_t n = read(p->fd, part, sizeof part);
	if (n <= 0) {
		if (f.revents & POLLHUP) poll(NULL, 0, ms < 5 ? ms : 5);
		return false;
	}
	buf_add(&p->raw, part, (size_t)n);
	vterm_input_write(p->vt, part, (size_t)n);
	vterm_screen_flush_damage(p->screen);
	return true;
}

const char *pty_screen(struct pty *p)
{
	buf_cut(&p->text, 0);
	for (int y = 0; y < p->rows; y++) {
		size_t end = p->text.len; /* after the last character that is no blank */
		for (int x = 0; x < p->cols; x++) {
			VTermScreenCell cell;
			VTermPos at = { .row = y, .col = x };
			if (!vterm_screen_get_cell(p->screen, at, &cell)) continue;
			if (cell.chars[0] == (uint32_t)-1) continue; /* right half of a wide one */
			if (!cell.chars[0]) buf_addc(&p->text, ' ');
			for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) {
				char utf8[4];
				buf_add(&p->text, utf8, text_encode(cell.chars[i], utf8));
			}
			if (cell.chars[0] && cell.chars[0] != ' ') end = p->text.len;
		}
		buf_cut(&p->text, end);
		buf_addc(&p->text, '\n');
	}
	return buf_str(&p->text);
}

enum wait_for { ON_SCREEN, OFF_SCREEN, RAW };

static bool is_there(struct pty *p, enum wait_for what, const char *text)
{
	if (what == RAW) return p->raw.len && memmem(p->raw.s, p->raw.len, text, strlen(text));
	return (strstr(pty_screen(p), text) != NULL) == (what == ON_SCREEN);
}

static bool wait_for(struct pty *p, enum wait_for what, const char *text, int deadline_ms)
{
	for (int64_t until = clock_mono_ms() + deadline_ms; !is_there(p, what, text);) {
		int64_t left = until - clock_mono_ms();
		if (left <= 0) return false;
		pty_pump(p, left < 50 ? (int)left : 50);
	}
	return true;
}

bool pty_wait_text(struct pty *p, const char *text, int ms) { return wait_for(p, ON_SCREEN, text, ms); }
bool pty_wait_gone(struct pty *p, const char *text, int ms) { return wait_for(p, OFF_SCREEN, text, ms); }
bool pty_wait_raw(struct pty *p, const char *bytes, int ms) { return wait_for(p, RAW, bytes, ms); }

bool pty_wait_exit(struct pty *p, int *status, int deadline_ms)
{
	for (int64_t until = clock_mono_ms() + deadline_ms; !p->is_done;) {
		if (waitpid(p->pid, &p->status, WNOHANG) == p->pid)
			p->is_done = true;
		else if (clock_mono_ms() >= until)
			return false;
		else
			pty_pump(p, 5);
	}
	while (pty_pump(p, 0)) continue;
	if (status) *status = p->status;
	return true;
}

void pty_settle(struct pty *p, int quiet_ms)
{
	while (pty_pump(p, quiet_ms)) continue;
}

bool pty_cursor(const struct pty *p, int *row, int *col)
{
	VTermPos at;
	vterm_state_get_cursorpos(vterm_obtain_state(p->vt), &at);
	*row = at.row;
	*col = at.col;
	return p->is_cursor_shown;
}

bool pty_is_alt(const struct pty *p) { return p->is_alt; }

bool pty_is_canonical(const struct pty *p)
{
	struct termios t;
	return tcgetattr(p->side, &t) == 0 && (t.c_lflag & ICANON) && (t.c_lflag & ECHO);
}

void pty_mark(struct pty *p) { buf_cut(&p->raw, 0); }
size_t pty_bytes(const struct pty *p) { return p->raw.len; }
const struct buf *pty_raw(const struct pty *p) { return &p->raw; }
void pty_freeze(struct pty *p, bool on) { p->is_frozen = on; }

void pty_free(struct pty *p)
{
	if (!p) return;
	if (!p->is_done) {
		kill(p->pid, SIGKILL);
		kill(p->pid, SIGCONT);
		waitpid(p->pid, NULL, 0);
	}
	close(p->fd);
	close(p->side);
	vterm_free(p->vt);
	buf_free(&p->raw);
	buf_free(&p->text);
	free(p);
}
