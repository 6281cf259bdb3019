/* term.c - the terminal layer in a real pseudo-terminal: what is sent, what is read, and that the
 * terminal comes back whatever happens to the program. */
#include "tui/term.h"
#include "core/base/err.h"
#include "tests/support/pty.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t resized;
static void on_winch(int sig) { resized = sig; }

/* Shows the last key and a hostile line; 'q' quits, 'S' crashes, '!' repaints the same picture. */
static int program(void *hostile)
{
	struct err e;
	struct term_opts o = { 0 };
	struct term *t = term_open(&o, &e);
	if (!t) {
		printf("spotop: %s\n", e.text);
		return 2;
	}
	signal(SIGWINCH, on_winch);
	struct grid g;
	char last[24] = "none", paste[64] = "";
	int rows, cols, n_keys = 0, wait;
	term_size(t, &rows, &cols);
	grid_init(&g, rows, cols);
	for (bool is_sent = false;;) {
		if (resized) {
			resized = 0;
			term_resize(t);
			term_size(t, &rows, &cols);
			grid_resize(&g, rows, cols);
			is_sent = false;
		}
		grid_clear(&g);
		grid_textf(&g, 0, 0, cols, ST_TITLE, "size %dx%d keys %d last %s", rows, cols, n_keys, last);
		grid_text(&g, 1, 0, cols, ST_CRIT, hostile ? hostile : "calm");
		grid_textf(&g, 2, 0, cols, ST_TEXT, "paste %s", paste);
		for (int y = 3; y < rows; y++)
			grid_textf(&g, y, 0, cols, (enum style)(y % ST_N), "row %d", y);
		grid_cursor_row(&g, 3, 0, cols);
		g.cur_y = 3;
		g.cur_x = 0;
		if (!is_sent) is_sent = term_push(t, &g);
		int key = term_key(t, &wait);
		if (key == KEY_NONE_) {
			struct pollfd p = { .fd = term_input_fd(t), .events = POLLIN };
			/* A signal just before poll() is seen on the next turn. */
			poll(&p, 1, !is_sent || wait < 0 || wait > 20 ? 20 : wait);
			continue;
		}
		is_sent = false;
		if (key == 'q' || key == KEY_EOF_) break;
		if (key == '!') continue;
		if (key == 'S') raise(SIGSEGV);
		if (key == 'c') term_copy(t, "hello", 5);
		if (key == KEY_PASTE_) snprintf(paste, sizeof paste, "%s", term_paste(t));
		key_name(key, last, sizeof last);
		n_keys++;
	}
	grid_free(&g);
	term_close(t);
	return 0;
}

static struct pty *p;
static void start(const char *const *env, const char *hostile)
{
	p = pty_fork(12, 60, env, program, (void *)hostile);
	ck_assert_msg(pty_wait_text(p, "row 11", 5000), "%s", pty_screen(p));
}
static void teardown(void)
{
	pty_free(p);
	p = NULL;
}

START_TEST(a_push_without_change_sends_nothing)
{
	int row, col;
	start(NULL, NULL);
	pty_settle(p, 50);
	ck_assert(pty_cursor(p, &row, &col));
	ck_assert_int_eq(row, 3);
	pty_mark(p);
	pty_keys(p, "!!!");
	pty_settle(p, 150);
	ck_assert_uint_eq(pty_bytes(p), 0);
	pty_keys(p, "j"); /* two words change: a few bytes, not a screen */
	ck_assert(pty_wait_text(p, "keys 1 last j", 2000));
	ck_assert_uint_lt(pty_bytes(p), 80);
}
END_TEST

START_TEST(keys_come_whole)
{
	start(NULL, NULL);
	pty_keys(p, "\033[A");
	ck_assert(pty_wait_text(p, "keys 1 last Up", 2000));
	pty_keys(p, "\033");
	ck_assert(pty_wait_text(p, "keys 2 last Esc", 2000)); /* taken for the key after 60 ms */
	pty_keys(p, "[B");
	ck_assert(pty_wait_text(p, "keys 3 last Down", 2000));
	pty_keys(p, "\033[200~q\nq\033[201~");
	ck_assert(pty_wait_text(p, "keys 4 last Paste", 2000));
	ck_assert(pty_wait_text(p, "paste q", 2000));
}
END_TEST

START_TEST(hostile_text_sends_no_control)
{
	start(NULL, "\033]52;c;ZXZpbA==\a\x9b"
	            "31m\xe2\x80\xae\t\r\nx");
	const struct buf *raw = pty_raw(p);
	ck_assert_ptr_null(memmem(raw->s, raw->len, "\033]", 2));
	ck_assert_ptr_null(memmem(raw->s, raw->len, "\xe2\x80\xae", 3));
	ck_assert_ptr_null(memchr(raw->s, '\a', raw->len));
	ck_assert_ptr_null(memchr(raw->s, '\t', raw->len));
	ck_assert_ptr_nonnull(strstr(pty_screen(p), "<U+001B>"));
}
END_TEST

static void expect_restored(void)
{
	ck_assert_msg(!pty_is_alt(p), "still on the alternate screen");
	ck_assert_msg(pty_is_canonical(p), "still in raw mode");
}

START_TEST(the_terminal_comes_back)
{
	static const int signals[] = { 0, SIGSEGV, SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGKILL };
	int sig = signals[_i], status;
	start(NULL, NULL);
	ck_assert(pty_is_alt(p));
	ck_assert(!pty_is_canonical(p));
	pty_mark(p);
	if (sig)
		kill(pty_pid(p), sig);
	else
		pty_keys(p, "q");
	ck_assert(pty_wait_exit(p, &status, 5000));
	if (sig)
		ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : 0, sig);
	else
		ck_assert_int_eq(status, 0);
	ck_assert(pty_wait_raw(p, "\033[?1049l", 5000)); /* after SIGKILL the guardian's */
	for (int i = 0; i < 500 && !pty_is_canonical(p); i++) pty_pump(p, 10);
	expect_restored();
	ck_assert(pty_wait_raw(p, "\033[?2004l", 1000));
}
END_TEST

START_TEST(a_resize_storm_ends_in_the_right_picture)
{
	start(NULL, NULL);
	for (int i = 0; i < 200; i++) pty_resize(p, 1 + i * 7 % 60, 1 + i * 31 % 200);
	pty_resize(p, 30, 100);
	ck_assert_msg(pty_wait_text(p, "size 30x100", 5000), "%s", pty_screen(p));
	ck_assert_msg(pty_wait_text(p, "row 29", 5000), "%s", pty_screen(p));
}
END_TEST

START_TEST(a_frozen_terminal_gets_one_repaint)
{
	start(NULL, NULL);
	pty_settle(p, 50);
	pty_freeze(p, true);
	pty_mark(p);
	for (int i = 0; i < 1500; i++) { /* each would be a frame */
		pty_bytes_in(p, "j", 1);
		poll(NULL, 0, 1);
	}
	pty_freeze(p, false);
	ck_assert(pty_wait_text(p, "keys 1500 last j", 5000));
	ck_assert_uint_lt(pty_bytes(p), 40000); /* what the kernel had taken, and a frame */
}
END_TEST

START_TEST(poor_terminals)
{
	static const char *const dumb[] = { "TERM=dumb", NULL }, *const odd[] = { "TERM=nonesuch", NULL };
	static const char *const plain[] = { "NO_COLOR=1", NULL }, *const c[] = { "LC_ALL=C", NULL };
	static const char *const vt[] = { "TERM=vt100", NULL }, *const console[] = { "TERM=linux", NULL };
	int status;
	p = pty_fork(12, 60, dumb, program, NULL);
	ck_assert(pty_wait_exit(p, &status, 5000));
	ck_assert_int_eq(WEXITSTATUS(status), 2);
	ck_assert_ptr_nonnull(strstr(pty_screen(p), "spotop overview"));
	pty_free(p);
	start(odd, NULL);
	pty_free(p);
	start(vt, NULL);
	pty_free(p);
	start(console, NULL);
	pty_free(p);
	start(plain, NULL);
	ck_assert_ptr_null(memmem(pty_raw(p)->s, pty_raw(p)->len, "\033[31m", 5));
	ck_assert_ptr_null(memmem(pty_raw(p)->s, pty_raw(p)->len, "38;5", 4));
	pty_free(p);
	start(c, "日本");
	for (size_t i = 0; i < pty_raw(p)->len; i++) ck_assert_int_ge(pty_raw(p)->s[i], 0);
}
END_TEST

START_TEST(a_copy_goes_to_the_clipboard)
{
	start(NULL, NULL);
	pty_mark(p);
	pty_keys(p, "c");
	ck_assert(pty_wait_raw(p, "\033]52;c;aGVsbG8=\a", 2000));
}
END_TEST

Suite *suite_term(void);
Suite *suite_term(void)
{
	Suite *s = suite_create("term");
	TCase *t = tcase_create("pty");
	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, a_push_without_change_sends_nothing);
	tcase_add_test(t, keys_come_whole);
	tcase_add_test(t, hostile_text_sends_no_control);
	tcase_add_loop_test(t, the_terminal_comes_back, 0, 7);
	tcase_add_test(t, a_resize_storm_ends_in_the_right_picture);
	tcase_add_test(t, a_frozen_terminal_gets_one_repaint);
	tcase_add_test(t, poor_terminals);
	tcase_add_test(t, a_copy_goes_to_the_clipboard);
	suite_add_tcase(s, t);
	return s;
}
