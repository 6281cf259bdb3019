/* term.c - curses, kept away from the terminal: it writes into a file in memory, and tty.h sends that
 * without blocking. Curses gets only the cells that changed since the last push. */
#include "tui/term.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/input.h"
#include "tui/style.h"
#include "tui/tty.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#define NCURSES_NOMACROS
#define key_name curses_key_name /* ours has that name; theirs is not used */
#include <curses.h>
#undef key_name
#define term curses_term /* and so has our struct */
#include <term.h>
#undef term

enum { MAX_PAIRS = 250, COPY_MAX = 74994, SEND_MS = 20 };
struct term {
	int fd;           /* the terminal, non-blocking, ours alone */
	FILE *mem, *null; /* where curses writes; where it would read */
	SCREEN *screen;
	int rows, cols; /* as the terminal says */
	bool is_utf8, must_redraw, is_cursor_shown, is_gone, is_xterm;
	int colors; /* 0, 8, 16, 256 */
	const struct theme *theme;
	struct {
		int fg, bg;
	} pairs[MAX_PAIRS];
	int n_pairs;
	struct gcell *last; /* what the screen shows, rows x cols */
	int cur_y, cur_x;
	struct buf out; /* made, not yet sent */
	struct input input;
};

const char *const *theme_names(void)
{
	static const char *const names[] = { "dark", "light", "contrast", "colorblind", "mono", NULL };
	return names;
}

/* --- opening --- */

static struct buf *collect_into; /* tputs has no user pointer */
static int collect(int c)
{
	buf_addc(collect_into, (char)c);
	return c;
}

static void add_cap(struct buf *b, const char *name)
{
	const char *s = tigetstr(name);
	if (!s || s == (char *)-1) return;
	collect_into = b;
	tputs(s, 1, collect);
}

/* newterm takes INT, TERM, TSTP and WINCH for itself; they are tty.c's and the loop's. */
static SCREEN *new_screen(const char *type, FILE *out, FILE *in)
{
	static const int taken[] = { SIGINT, SIGTERM, SIGTSTP, SIGWINCH };
	struct sigaction before[ARRAY_LEN(taken)];
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) sigaction(taken[i], NULL, &before[i]);
	SCREEN *s = newterm(type, out, in);
	for (size_t i = 0; i < ARRAY_LEN(taken); i++) sigaction(taken[i], &before[i], NULL);
	return s;
}

static bool open_screen(struct term *t, struct err *e)
{
	const char *type = getenv("TERM");
	if (!type || !*type || strcmp(type, "dumb") == 0)
		return err_set(e, ERR_USAGE,
		               "TERM is %s: this terminal cannot place text; headless: spotop overview",
		               type && *type ? type : "not set");
	const char *const tries[] = { type, "xterm-256color", "vt100" };
	for (size_t i = 0; i < ARRAY_LEN(tries) && !t->screen; i++)
		t->screen = new_screen(tries[i], t->mem, t->null);
	if (!t->screen)
		return err_set(e, ERR_USAGE, "no terminal description for TERM=%s; headless: spotop overview",
		               type);
	const char *cup = tigetstr("cup");
	if (!cup || cup == (char *)-1)
		return err_set(e, ERR_USAGE, "TERM=%s cannot place text; headless: spotop overview", type);
	t->is_xterm = strncmp(type, "linux", 5) != 0 && strncmp(type, "vt", 2) != 0;
	return true;
}

static void choose_colors(struct term *t, enum color_mode mode)
{
	const char *no = getenv("NO_COLOR");
	if (mode == COLOR_NEVER || (mode == COLOR_AUTO && no && *no) || !has_colors()) return;
	start_color();
	use_default_colors();
	int most = COLORS >= 256 ? 256 : COLORS >= 16 ? 16 : COLORS >= 8 ? 8 : 0;
	int asked = mode == COLOR_8 ? 8 : mode == COLOR_16 ? 16 : 256;
	t->colors = most < asked ? most : asked;
}

static bool take_tty(struct term *t, bool mouse, struct err *e)
{
	struct buf enter = BUF_EMPTY, leave = BUF_EMPTY;
	add_cap(&enter, "smcup");
	if (t->is_xterm) buf_adds(&enter, "\033[?2004h");
	if (t->is_xterm && mouse) buf_adds(&enter, "\033[?1000h\033[?1006h");
	if (t->is_xterm) buf_adds(&leave, "\033\\"); /* ends what a cut sequence may have begun */
	if (t->is_xterm && mouse) buf_adds(&leave, "\033[?1006l\033[?1000l");
	if (t->is_xterm) buf_adds(&leave, "\033[?2004l");
	add_cap(&leave, "sgr0");
	add_cap(&leave, "op");
	add_cap(&leave, "cnorm");
	add_cap(&leave, "rmcup");
	if (!tigetstr("rmcup")) buf_adds(&leave, "\r\n");
	bool ok = tty_take(t->fd, &enter, &leave, e);
	buf_free(&enter);
	buf_free(&leave);
	return ok;
}

/* Moves what curses wrote from memory to the bytes to send. */
static void collect_output(struct term *t)
{
	fflush(t->mem);
	off_t n = lseek(fileno(t->mem), 0, SEEK_CUR);
	char part[4096];
	for (off_t at = 0; at < n;) {
		size_t want = n - at < (off_t)sizeof part ? (size_t)(n - at) : sizeof part;
		ssize_t got = pread(fileno(t->mem), part, want, at);
		if (got <= 0) break;
		buf_add(&t->out, part, (size_t)got);
		at += got;
	}
	lseek(fileno(t->mem), 0, SEEK_SET);
}

struct term *term_open(const struct term_opts *o, struct err *e)
{
	const struct theme *theme = theme_find(o->theme ? o->theme : "dark");
	if (!theme)
		return err_set(e, ERR_USAGE,
		               "no theme is called '%s': dark, light, contrast, colorblind, mono", o->theme),
		       NULL;
	text_use_locale();
	struct term *t = mem_alloc(sizeof *t);
	t->theme = theme;
	t->must_redraw = true;
	t->is_utf8 = text_has_utf8_locale();
	int mem_fd = -1;
	if ((t->fd = tty_open(e)) < 0) goto fail;
	if ((mem_fd = memfd_create("screen", MFD_CLOEXEC)) < 0 || !(t->mem = fdopen(mem_fd, "w+")) ||
	    !(t->null = fopen("/dev/null", "re"))) {
		err_set(e, ERR_IO, "cannot make the screen's memory: %s", strerror(errno));
		goto fail;
	}
	if (!open_screen(t, e)) goto fail;
	typeahead(-1);
	nonl();
	idcok(stdscr, FALSE); /* libvterm 0.1.4 loses a delete-character, and it saves nothing */
	choose_colors(t, o->color);
	term_resize(t);
	collect_output(t);
	buf_cut(&t->out, 0); /* curses' own idea of entering; tty_take does it */
	if (!take_tty(t, o->mouse, e)) goto fail;
	curs_set(0);
	return t;
fail:
	if (!t->mem && mem_fd >= 0) close(mem_fd);
	term_close(t);
	return NULL;
}

void term_close(struct term *t)
{
	if (!t) return;
	tty_give_back();
	if (t->screen) {
		/* Curses' own farewell goes to memory and is forgotten. */
		endwin();
		delscreen(t->screen);
	}
	if (t->mem) fclose(t->mem);
	if (t->null) fclose(t->null);
	if (t->fd >= 0) close(t->fd);
	free(t->last);
	buf_free(&t->out);
	input_free(&t->input);
	free(t);
}

int term_input_fd(const struct term *t) { return t->fd; }
bool term_is_utf8(const struct term *t) { return t->is_utf8; }

void term_size(const struct term *t, int *rows, int *cols)
{
	*rows = t->rows < 5 ? 5 : t->rows;
	*cols = t->cols < 20 ? 20 : t->cols;
}

void term_resize(struct term *t)
{
	int rows = 24, cols = 80;
	tty_size(t->fd, &rows, &cols);
	if (rows > 1000) rows = 1000;
	if (cols > 1000) cols = 1000;
	t->must_redraw = true;
	if (rows == t->rows && cols == t->cols && t->last) return;
	t->rows = rows;
	t->cols = cols;
	resizeterm(rows, cols);
	t->last = mem_grow(t->last, (size_t)rows * (size_t)cols * sizeof *t->last);
}

void term_redraw(struct term *t) { t->must_redraw = true; }

bool term_set_theme(struct term *t, const char *name)
{
	const struct theme *theme = theme_find(name);
	if (!theme) return false;
	t->theme = theme;
	t->n_pairs = 0;
	t->must_redraw = true;
	return true;
}

/* --- painting --- */

static attr_t curses_attr(unsigned at)
{
	return (at & AT_BOLD ? A_BOLD : 0) | (at & AT_DIM ? A_DIM : 0) |
	       (at & AT_UNDERLINE ? A_UNDERLINE : 0) | (at & AT_REVERSE ? A_REVERSE : 0) |
	       (at & AT_ITALIC ? A_ITALIC : 0);
}

static int color_of(const struct term *t, const struct look *l, bool is_bg)
{
	if (t->colors == 256) return is_bg ? l->bg256 : l->fg256;
	if (t->colors == 16) return is_bg ? l->bg16 : l->fg16;
	return is_bg ? l->bg8 : l->fg8;
}

static int pair_of(struct term *t, int fg, int bg)
{
	if (fg < 0 && bg < 0) return 0;
	for (int i = 0; i < t->n_pairs; i++)
		if (t->pairs[i].fg == fg && t->pairs[i].bg == bg) return i + 1;
	if (t->n_pairs >= MAX_PAIRS || t->n_pairs + 1 >= COLOR_PAIRS) return 0;
	t->pairs[t->n_pairs].fg = fg;
	t->pairs[t->n_pairs].bg = bg;
	init_extended_pair(++t->n_pairs, fg, bg);
	return t->n_pairs;
}

/* The look of a cell: its style, under the mark, under the cursor bar. */
static attr_t look_of(struct term *t, const struct gcell *c, int *pair)
{
	const struct look *l = &t->theme->looks[c->style < ST_N ? c->style : ST_TEXT];
	const struct look *bar = &t->theme->looks[ST_CURSOR], *mark = &t->theme->looks[ST_MARK];
	*pair = 0;
	if (t->colors == 0) {
		unsigned at = l->mono_attr | (c->is_mark ? mark->mono_attr : 0);
		/* What is reversed by itself stays so under the bar, and is told by underlining. */
		if (c->is_cursor) at |= at & AT_REVERSE ? AT_UNDERLINE : bar->mono_attr;
		return curses_attr(c->is_cursor ? at & ~(unsigned)AT_DIM : at);
	}
	int fg = color_of(t, l, false), bg = color_of(t, l, true);
	unsigned at = l->attr | (c->is_mark ? mark->attr : 0);
	if (c->is_cursor) {
		int bar_fg = color_of(t, bar, false), bar_bg = color_of(t, bar, true);
		at |= bar->attr;
		if (bar_bg < 0) {
			at |= AT_REVERSE; /* few colours: the row in reverse, each cell in its own colour */
			if (fg == 8) fg = -1;
		} else {
			/* Only colours that say something stay; the rest takes the bar's, which is
			 * legible on it. A style with a ground of its own gives that up. */
			bool says = c->style >= ST_OK && c->style <= ST_INFO && bg < 0;
			fg = says ? fg : bar_fg;
			bg = bar_bg;
		}
	}
	*pair = pair_of(t, fg, bg);
	return curses_attr(at);
}

static bool is_same(const struct gcell *a, const struct gcell *b)
{
	return a->cp == b->cp && a->comb[0] == b->comb[0] && a->comb[1] == b->comb[1] &&
	       a->style == b->style && a->is_cursor == b->is_cursor && a->is_mark == b->is_mark &&
	       a->is_cont == b->is_cont;
}

static void draw_cell(struct term *t, int y, int x, const struct gcell *c)
{
	wchar_t text[4] = { (wchar_t)c->cp, (wchar_t)c->comb[0], (wchar_t)c->comb[1], 0 };
	if (text[0] < ' ' || text[0] == 127 || (text[0] > 127 && !t->is_utf8)) text[0] = '?', text[1] = 0;
	int pair;
	attr_t at = look_of(t, c, &pair);
	cchar_t cc;
	setcchar(&cc, text, at, (short)pair, NULL);
	mvadd_wch(y, x, &cc);
}

/* Cells that differ from what is shown; true when there was one. */
static bool draw_changes(struct term *t, const struct grid *g)
{
	static const struct gcell blank = { .cp = ' ', .style = ST_TEXT };
	bool changed = false;
	for (int y = 0; y < t->rows; y++)
		for (int x = 0; x < t->cols; x++) {
			const struct gcell *c = y < g->rows && x < g->cols
			                                ? &g->cells[(size_t)y * (size_t)g->cols + (size_t)x]
			                                : &blank;
			struct gcell *shown = &t->last[(size_t)y * (size_t)t->cols + (size_t)x];
			if (!t->must_redraw && is_same(c, shown)) continue;
			*shown = *c;
			changed = true;
			if (!c->is_cont) draw_cell(t, y, x, c);
		}
	return changed;
}

static bool place_cursor(struct term *t, const struct grid *g)
{
	bool show = g->cur_y >= 0 && g->cur_y < t->rows && g->cur_x >= 0;
	int x = g->cur_x < t->cols ? g->cur_x : t->cols - 1;
	bool changed = show != t->is_cursor_shown || (show && (g->cur_y != t->cur_y || x != t->cur_x));
	if (show != t->is_cursor_shown || t->must_redraw) curs_set(show);
	t->is_cursor_shown = show;
	if (show) t->cur_y = g->cur_y, t->cur_x = x;
	move(t->cur_y < t->rows ? t->cur_y : 0, t->cur_x < t->cols ? t->cur_x : 0);
	return changed;
}

bool term_push(struct term *t, const struct grid *g)
{
	if (t->is_gone) return true;
	if (tty_was_stopped()) {
		buf_cut(&t->out, 0);
		t->must_redraw = true;
	}
	if (!tty_send(t->fd, &t->out, 0) || !tty_takes_more(t->fd)) return false;
	if (t->must_redraw) {
		erase();
		clearok(curscr, TRUE);
	}
	bool drawn = draw_changes(t, g), moved = place_cursor(t, g);
	if (!drawn && !moved && !t->must_redraw) return true;
	t->must_redraw = false;
	refresh();
	collect_output(t);
	return tty_send(t->fd, &t->out, SEND_MS);
}

/* --- keys --- */

static void read_input(struct term *t)
{
	char part[4096];
	for (int i = 0; i < 16; i++) {
		ssize_t n = read(t->fd, part, sizeof part);
		if (n > 0)
			input_add(&t->input, part, (size_t)n, clock_mono_ms());
		else if (n < 0 && errno == EINTR)
			continue;
		else {
			if (n == 0 || errno != EAGAIN) t->is_gone = true;
			return;
		}
		if (n < (ssize_t)sizeof part) return;
	}
}

int term_key(struct term *t, int *wait_ms)
{
	int unused, *wait = wait_ms ? wait_ms : &unused;
	int key = input_next(&t->input, clock_mono_ms(), wait);
	if (key != KEY_NONE_) return key;
	if (!t->is_gone) read_input(t);
	key = input_next(&t->input, clock_mono_ms(), wait);
	return key == KEY_NONE_ && t->is_gone ? KEY_EOF_ : key;
}

const char *term_paste(const struct term *t) { return buf_str(&t->input.paste); }
struct mouse term_mouse(const struct term *t) { return t->input.mouse; }

void term_flush_input(struct term *t)
{
	read_input(t);
	input_drop(&t->input);
}

/* --- the rest --- */

void term_suspend(struct term *t)
{
	tty_stop();
	t->must_redraw = true;
}

void term_bell(struct term *t)
{
	buf_addc(&t->out, '\a');
	tty_send(t->fd, &t->out, 0);
}

/* An OSC for the terminal itself; inside tmux also wrapped, so that it passes through. */
static void send_osc(struct term *t, const char *body, size_t n)
{
	if (!t->is_xterm || t->out.len > COPY_MAX) return;
	buf_adds(&t->out, "\033]");
	buf_add(&t->out, body, n);
	buf_addc(&t->out, '\a');
	if (getenv("TMUX")) {
		buf_adds(&t->out, "\033Ptmux;\033\033]");
		buf_add(&t->out, body, n);
		buf_adds(&t->out, "\a\033\\");
	}
	tty_send(t->fd, &t->out, 0);
}

static void add_base64(struct buf *b, const unsigned char *s, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)s[i] << 16 | (i + 1 < n ? (unsigned)s[i + 1] << 8 : 0) |
		             (i + 2 < n ? (unsigned)s[i + 2] : 0);
		buf_addc(b, digits[v >> 18 & 63]);
		buf_addc(b, digits[v >> 12 & 63]);
		buf_addc(b, i + 1 < n ? digits[v >> 6 & 63] : '=');
		buf_addc(b, i + 2 < n ? digits[v & 63] : '=');
	}
}

void term_copy(struct term *t, const char *s, size_t n)
{
	struct buf b = BUF_EMPTY;
	buf_adds(&b, "52;c;");
	add_base64(&b, (const unsigned char *)s, n < COPY_MAX ? n : COPY_MAX);
	send_osc(t, buf_str(&b), b.len);
	buf_free(&b);
}

void term_notify(struct term *t, const char *text)
{
	const char *type = getenv("TERM");
	struct buf b = BUF_EMPTY;
	buf_adds(&b, type && strncmp(type, "rxvt", 4) == 0 ? "777;notify;spotop;" : "9;");
	text_safe(&b, text, strlen(text));
	send_osc(t, buf_str(&b), b.len);
	buf_free(&b);
}

/* --- what terminfo says of a terminal that is not opened --- */

/* Asked on a descriptor that goes nowhere, so that nothing reaches the terminal. */
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
