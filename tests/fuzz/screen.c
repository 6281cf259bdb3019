/* screen.c - whatever the database or a terminal sends, nothing but text reaches a screen, and no escape
 * sequence becomes a key that does something. */
#include "core/base/buf.h"
#include "core/base/text.h"
#include "tests/support/fuzz.h"
#include "tui/grid.h"
#include "tui/input.h"
#include "tui/key.h"
#include <check.h>
#include <string.h>

Suite *suite_screen(void);

static const char *const samples[] = {
	"agent-031",
	"m5.large.us-east-1b",
	"h\xc3\xa9llo w\xc3\xb6rld",
	"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
	"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
	"\x1b[2J\x1b[H forged",
	"a\xcc\x81\xcc\x82\xcc\x83",
	"\xe2\x80\xae"
	"evil\xe2\x80\xac",
};

static void is_harmless(const char *s, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		uint32_t cp = text_decode(s + i, n - i, &len);
		ck_assert_uint_ge(len, 1);
		ck_assert_msg(cp >= 0x20 && !(cp >= 0x7f && cp < 0xa0), "U+%04X", (unsigned)cp);
		ck_assert_msg(!(cp >= 0x202a && cp <= 0x202e) && !(cp >= 0x2066 && cp <= 0x2069), "U+%04X",
		              (unsigned)cp);
		ck_assert_msg(cp < 0x110000 && !(cp >= 0xd800 && cp < 0xe000), "U+%04X", (unsigned)cp);
	}
}

static void cleaned(const char *s, size_t n, struct rng *r)
{
	struct buf once = BUF_EMPTY, twice = BUF_EMPTY;
	text_safe(&once, s, n);
	is_harmless(buf_str(&once), once.len);
	ck_assert(text_is_safe(buf_str(&once), once.len));
	text_safe(&twice, buf_str(&once), once.len);
	ck_assert_str_eq(buf_str(&twice), buf_str(&once));
	size_t used, cells = (size_t)rng_int(r, 0, 40),
	             fit = text_fit(buf_str(&once), once.len, cells, &used);
	ck_assert_uint_le(used, cells);
	ck_assert_uint_le(fit, once.len);
	ck_assert_uint_eq(text_width(buf_str(&once), fit), used);
	buf_free(&once);
	buf_free(&twice);
}

static void painted(const char *s, size_t n, struct rng *r)
{
	static struct grid g;
	(void)n;
	if (!g.cells) grid_init(&g, 6, 30);
	if (rng_chance(r, 0.01)) grid_resize(&g, rng_int(r, 1, 8), rng_int(r, 1, 40));
	g.is_ascii = rng_chance(r, 0.2);
	if (rng_chance(r, 0.1)) grid_clear(&g);
	int cells = rng_int(r, -2, 50),
	    used = grid_text(&g, rng_int(r, -2, 9), rng_int(r, -9, 50), cells, ST_TEXT, s);
	ck_assert_int_ge(used, 0);
	ck_assert_int_le(used, cells > 0 ? cells : 0);
	grid_right(&g, rng_int(r, -2, 9), rng_int(r, -9, 50), cells, ST_WARN, s);
	struct buf out = BUF_EMPTY;
	grid_dump(&g, &out);
	int lines = 0;
	for (char *line = out.s, *end; line && (end = strchr(line, '\n')); line = end + 1, lines++) {
		is_harmless(line, (size_t)(end - line));
		ck_assert_uint_le(text_width(line, (size_t)(end - line)), (size_t)g.cols);
	}
	ck_assert_int_eq(lines, g.rows);
	buf_free(&out);
}

/* Keys come out of any bytes in the end, and a paste stays within its bound. */
static void typed(const char *s, size_t n, struct rng *r)
{
	struct input in = { 0 };
	int64_t now = 1000;
	int wait;
	size_t keys = 0;
	for (size_t at = 0; at < n;) {
		size_t len = (size_t)rng_int(r, 1, 9);
		if (len > n - at) len = n - at;
		input_add(&in, s + at, len, now);
		for (int k; (k = input_next(&in, now, &wait)) != KEY_NONE_; keys++) {
			char name[32];
			ck_assert_ptr_nonnull(key_name(k, name, sizeof name));
			is_harmless(name, strlen(name));
			ck_assert_uint_le(keys, 3 * n); /* a wheel click is three rows */
		}
		at += len;
		now += rng_int(r, 0, 100);
	}
	now += 10 * INPUT_SEQ_MS;
	while (input_next(&in, now, &wait) != KEY_NONE_) continue;
	ck_assert_uint_le(in.paste.len, INPUT_PASTE_MAX);
	input_free(&in);
}

/* A control sequence of any parameters, cut anywhere, is at most one key and never a letter. */
static void sequence(const char *s, size_t n, struct rng *r)
{
	static const char finals[] = "@ABCDEFGHIJKLNPQSTUVWXYZ^`abcdefghijklmnopqrstuvwxyz{|}";
	struct input in = { 0 };
	char seq[40] = "\x1b[";
	size_t len = 2;
	(void)s, (void)n;
	for (int k = rng_int(r, 0, 12); k > 0; k--) seq[len++] = "0123456789;:?>"[rng_int(r, 0, 13)];
	seq[len++] = finals[rng_int(r, 0, (int)sizeof finals - 2)];
	size_t cut = (size_t)rng_int(r, 1, (int)len - 1);
	int wait, k;
	input_add(&in, seq, cut, 1000);
	ck_assert_int_eq(input_next(&in, 1000, &wait), KEY_NONE_);
	input_add(&in, seq + cut, len - cut, 1010);
	while ((k = input_next(&in, 1010, &wait)) != KEY_NONE_)
		ck_assert_msg(k >= KEY_BASE_ || k == KEY_TAB_ || k == KEY_ESC_ || k < 32 || k == 127,
		              "%d of %s", k, seq + 1);
	input_free(&in);
}

static const char *const typing[] = {
	"jjkk/abc\r",      "\x1b[A\x1b[B\x1b[5~",        "\x1b[200~rm -rf\n y\n\x1b[201~",
	"\x1bOP\x1b[1;5C", "\x1b[<64;10;5M\x1b[<0;3;3m", "\xc3\xa9\xe6\x97\xa5",
	"\x1b[M !!",       "\x1b]11;rgb:0/0/0\x07"
};

START_TEST(cleaned_text_is_harmless) { fuzz_run(cleaned, samples, sizeof samples / sizeof *samples, 1); }
END_TEST
START_TEST(a_grid_holds_only_text) { fuzz_run(painted, samples, sizeof samples / sizeof *samples, 1); }
END_TEST
START_TEST(any_bytes_become_keys) { fuzz_run(typed, typing, sizeof typing / sizeof *typing, 1); }
END_TEST
START_TEST(a_sequence_is_never_letters) { fuzz_run(sequence, typing, 1, 1); }
END_TEST

Suite *suite_screen(void)
{
	Suite *s = suite_create("screen");
	TCase *t = tcase_create("screen");
	tcase_set_timeout(t, 3600);
	tcase_add_test(t, cleaned_text_is_harmless);
	tcase_add_test(t, a_grid_holds_only_text);
	tcase_add_test(t, any_bytes_become_keys);
	tcase_add_test(t, a_sequence_is_never_letters);
	suite_add_tcase(s, t);
	return s;
}
