/* input.c - the state machine between a terminal's bytes and keys. */
#include "tui/input.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

enum { MORE = -1, SWALLOWED = -2 }; /* not a key yet; nothing that we know */

void input_add(struct input *in, const char *bytes, size_t n, int64_t now_ms)
{
	if (in->at > 0 && in->at == in->in.len) {
		buf_cut(&in->in, 0);
		in->at = 0;
	}
	in->is_new_batch = in->at == in->in.len;
	buf_add(&in->in, bytes, n);
	in->last_byte_ms = now_ms;
}

void input_drop(struct input *in)
{
	buf_cut(&in->in, 0);
	in->at = 0;
	in->repeats = 0;
	in->is_pasting = false;
	buf_cut(&in->paste, 0);
}

void input_free(struct input *in)
{
	buf_free(&in->in);
	buf_free(&in->paste);
}

static int csi_tilde(int number)
{
	static const int keys[] = {
		[1] = KEY_HOME_, [2] = KEY_INS_,  [3] = KEY_DEL_,  [4] = KEY_END_,  [5] = KEY_PGUP_,
		[6] = KEY_PGDN_, [7] = KEY_HOME_, [8] = KEY_END_,  [11] = KEY_F1_,  [12] = KEY_F2_,
		[13] = KEY_F3_,  [14] = KEY_F4_,  [15] = KEY_F5_,  [17] = KEY_F6_,  [18] = KEY_F7_,
		[19] = KEY_F8_,  [20] = KEY_F9_,  [21] = KEY_F10_, [23] = KEY_F11_, [24] = KEY_F12_
	};
	int key = number > 0 && number < (int)ARRAY_LEN(keys) ? keys[number] : 0;
	return key ? key : SWALLOWED;
}

static int letter_key(char final, int modifier)
{
	switch (final) {
	case 'A': return modifier == 2 ? KEY_SUP_ : KEY_UP_;
	case 'B': return modifier == 2 ? KEY_SDOWN_ : KEY_DOWN_;
	case 'C': return modifier == 2 ? KEY_SRIGHT_ : KEY_RIGHT_;
	case 'D': return modifier == 2 ? KEY_SLEFT_ : KEY_LEFT_;
	case 'H': return KEY_HOME_;
	case 'F': return KEY_END_;
	case 'Z': return KEY_BTAB_;
	case 'P': return KEY_F1_;
	case 'Q': return KEY_F2_;
	case 'R': return KEY_F3_;
	case 'S': return KEY_F4_;
	case 'M': return KEY_ENTER_; /* the keypad's */
	default: return SWALLOWED;
	}
}

/* SGR mouse: "<button;x;y" then M (pressed) or m (released). */
static int mouse_key(struct input *in, const char *p, char final)
{
	char *end;
	long button = strtol(p + 1, &end, 10);
	long x = *end == ';' ? strtol(end + 1, &end, 10) : 0;
	long y = *end == ';' ? strtol(end + 1, &end, 10) : 0;
	if (final != 'M' || x < 1 || y < 1 || x > 10000 || y > 10000) return SWALLOWED;
	in->mouse = (struct mouse){ .y = (int)y - 1, .x = (int)x - 1, .button = (int)(button & 3) };
	if (button >= 64 && button <= 65) {
		in->repeat_key = button == 64 ? KEY_UP_ : KEY_DOWN_;
		in->repeats = 2;
		return in->repeat_key;
	}
	return button <= 2 ? KEY_MOUSE_ : SWALLOWED;
}

/* s: after "ESC [" , n bytes. *used gets the bytes of the sequence. */
static int parse_csi(struct input *in, const char *s, size_t n, size_t *used)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (c == 27 || c < ' ' || c > '~' || i > 64) return *used = i, SWALLOWED; /* broken off */
		if (c < '@') continue;
		*used = i + 1;
		char params[72], *end;
		memcpy(params, s, i);
		params[i] = '\0';
		if (params[0] == '<') return mouse_key(in, params, s[i]);
		if (i > 0 && (params[0] < '0' || params[0] > '9')) return SWALLOWED;
		long first = strtol(params, &end, 10), second = *end == ';' ? strtol(end + 1, &end, 10) : 0;
		if (*end) return SWALLOWED;
		if (s[i] == '~' && first == 200) {
			in->is_pasting = true;
			buf_cut(&in->paste, 0);
			return SWALLOWED;
		}
		return s[i] == '~' ? csi_tilde((int)first) : letter_key(s[i], (int)second);
	}
	return MORE;
}

/* A string the terminal sends (an answer nobody asked for): up to BEL or ESC \. */
static int parse_string(const char *s, size_t n, size_t *used)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == 7) return *used = i + 1, SWALLOWED;
		if (s[i] == 27 && i + 1 < n) return *used = s[i + 1] == '\\' ? i + 2 : i, SWALLOWED;
		if (i > 4096) return *used = i, SWALLOWED;
	}
	return MORE;
}

/* s starts with ESC; n > 1. */
static int parse_escape(struct input *in, const char *s, size_t n, size_t *used)
{
	size_t more = 0;
	int key;
	switch (s[1]) {
	case '[':
		/* the Linux console's F1..F5 are ESC [ [ A */
		if (n >= 3 && s[2] == '[') {
			if (n < 4) return MORE;
			return *used = 4, s[3] >= 'A' && s[3] <= 'E' ? KEY_F1_ + (s[3] - 'A') : SWALLOWED;
		}
		key = parse_csi(in, s + 2, n - 2, &more);
		break;
	case 'O':
		key = n < 3 ? MORE : letter_key(s[2], 0);
		more = 1;
		break;
	case ']':
	case 'P':
	case '_':
	case '^':
	case 'X': key = parse_string(s + 2, n - 2, &more); break;
	default: return *used = 1, KEY_ESC_; /* Esc, then another key in the same breath */
	}
	*used = 2 + more;
	return key;
}

/* "[A" in one piece soon after an ESC that was taken for the key: the tail of an arrow key cut in two
 * by a slow link. Nobody types that within one read. */
static int parse_late_tail(struct input *in, const char *s, size_t n, size_t *used)
{
	char whole[32] = "\033";
	if (n < 2 || (s[0] != '[' && s[0] != 'O') || n > sizeof whole - 2) return KEY_NONE_;
	memcpy(whole + 1, s, n);
	int key = parse_escape(in, whole, n + 1, used);
	if (key < 0 || *used != n + 1) return KEY_NONE_;
	*used = n;
	return key;
}

/* Takes pasted bytes up to the end mark; true when the paste is whole. */
static bool take_paste(struct input *in)
{
	static const char end[] = "\033[201~";
	const size_t n_end = sizeof end - 1;
	while (in->at < in->in.len) {
		const char *s = in->in.s + in->at;
		size_t left = in->in.len - in->at;
		if (*s == 27 && memcmp(s, end, left < n_end ? left : n_end) == 0) {
			if (left < n_end) return false;
			in->at += n_end;
			in->is_pasting = false;
			return true;
		}
		if (*s && in->paste.len < INPUT_PASTE_MAX) buf_addc(&in->paste, *s == '\r' ? '\n' : *s);
		in->at++;
	}
	return false;
}

static int plain_key(const char *s, size_t n, size_t *used, bool is_late)
{
	unsigned char c = (unsigned char)*s;
	*used = 1;
	if (c == 0) return KEY_CTRL_SPACE_;
	if (c < 0x80) return c;
	size_t whole = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2, len;
	if (n < whole && c >= 0xc2 && c <= 0xf4 && !is_late) return MORE;
	uint32_t cp = text_decode(s, n, &len);
	*used = len;
	return cp == TEXT_BAD || (cp >= 0x80 && cp < 0xa0) ? SWALLOWED : (int)cp;
}

int input_next(struct input *in, int64_t now_ms, int *wait_ms)
{
	*wait_ms = -1;
	if (in->repeats > 0) return in->repeats--, in->repeat_key;
	while (in->at < in->in.len) {
		const char *s = in->in.s + in->at;
		size_t n = in->in.len - in->at, used = 0;
		int64_t age = now_ms - in->last_byte_ms;
		bool is_late = age >= INPUT_ESC_MS;
		int key;
		if (in->is_pasting) {
			if (take_paste(in)) return KEY_PASTE_;
			if (age < INPUT_SEQ_MS) return *wait_ms = (int)(INPUT_SEQ_MS - age), KEY_NONE_;
			in->is_pasting = false; /* the end mark was lost */
			return KEY_PASTE_;
		}
		bool is_new = in->is_new_batch;
		in->is_new_batch = false;
		if (*s == 27 && n == 1) {
			if (!is_late) return *wait_ms = (int)(INPUT_ESC_MS - age), KEY_NONE_;
			in->at++;
			in->lone_esc_ms = now_ms;
			return KEY_ESC_;
		}
		if (is_new && in->lone_esc_ms && now_ms - in->lone_esc_ms < INPUT_SEQ_MS &&
		    (key = parse_late_tail(in, s, n, &used)) != KEY_NONE_) {
			in->at += used;
			in->lone_esc_ms = 0;
			return key;
		}
		key = *s == 27 ? parse_escape(in, s, n, &used) : plain_key(s, n, &used, is_late);
		if (key == MORE) {
			int limit = *s == 27 ? INPUT_SEQ_MS : INPUT_ESC_MS;
			if (age < limit) return *wait_ms = (int)(limit - age), KEY_NONE_;
			in->at = in->in.len; /* it never came whole: nothing of it acts */
			continue;
		}
		in->at += used;
		if (key > 0) return key;
	}
	if (in->is_pasting) {
		int64_t age = now_ms - in->last_byte_ms;
		if (age >= INPUT_SEQ_MS) return in->is_pasting = false, KEY_PASTE_;
		*wait_ms = (int)(INPUT_SEQ_MS - age);
	}
	return KEY_NONE_;
}
