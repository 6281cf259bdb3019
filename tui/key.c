/* key.c - keys by name. */
#include "tui/key.h"
#include "core/base/text.h"
#include <stdio.h>
#include <string.h>

static const struct {
	int key;
	const char *name;
} names[] = {
	{ KEY_TAB_, "Tab" },
	{ KEY_ENTER_, "Enter" },
	{ KEY_ESC_, "Esc" },
	{ KEY_CTRL_BSLASH_, "C-\\" },
	{ KEY_BACKSPACE_, "Backspace" },
	{ ' ', "Space" },
	{ KEY_UP_, "Up" },
	{ KEY_DOWN_, "Down" },
	{ KEY_LEFT_, "Left" },
	{ KEY_RIGHT_, "Right" },
	{ KEY_HOME_, "Home" },
	{ KEY_END_, "End" },
	{ KEY_PGUP_, "PgUp" },
	{ KEY_PGDN_, "PgDn" },
	{ KEY_INS_, "Ins" },
	{ KEY_DEL_, "Del" },
	{ KEY_BTAB_, "S-Tab" },
	{ KEY_F1_, "F1" },
	{ KEY_F2_, "F2" },
	{ KEY_F3_, "F3" },
	{ KEY_F4_, "F4" },
	{ KEY_F5_, "F5" },
	{ KEY_F6_, "F6" },
	{ KEY_F7_, "F7" },
	{ KEY_F8_, "F8" },
	{ KEY_F9_, "F9" },
	{ KEY_F10_, "F10" },
	{ KEY_F11_, "F11" },
	{ KEY_F12_, "F12" },
	{ KEY_PASTE_, "Paste" },
	{ KEY_MOUSE_, "Mouse" },
	{ KEY_EOF_, "EOF" },
	{ KEY_RESIZE_, "Resize" },
	{ KEY_CTRL_SPACE_, "C-Space" },
	{ KEY_SUP_, "S-Up" },
	{ KEY_SDOWN_, "S-Down" },
	{ KEY_SLEFT_, "S-Left" },
	{ KEY_SRIGHT_, "S-Right" },
};
enum { N_NAMES = sizeof names / sizeof *names };

const char *key_name(int key, char *out, size_t n)
{
	for (size_t i = 0; i < N_NAMES; i++)
		if (names[i].key == key) return snprintf(out, n, "%s", names[i].name), out;
	char utf8[5] = "";
	size_t len = key > ' ' && key < KEY_BASE_ ? text_encode((uint32_t)key, utf8) : 0;
	if (key >= 1 && key <= 26)
		snprintf(out, n, "C-%c", key + 'a' - 1);
	else if (key >= 28 && key <= 31)
		snprintf(out, n, "C-%c", key + '@');
	else if (len && text_is_safe(utf8, len))
		snprintf(out, n, "%s", utf8);
	else if (len)
		snprintf(out, n, "U+%04X", (unsigned)key);
	else
		snprintf(out, n, "?");
	return out;
}

/* One printable character and nothing after it. */
static int parse_char(const char *s)
{
	size_t n = strlen(s), len;
	if (n == 0) return KEY_NONE_;
	uint32_t cp = text_decode(s, n, &len);
	return len == n && cp != TEXT_BAD && cp > ' ' && cp != 127 ? (int)cp : KEY_NONE_;
}

static int parse_ctrl(const char *s)
{
	int c = parse_char(s);
	if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
	if (c >= 'a' && c <= 'z') return KEY_CTRL(c);
	return c >= '[' && c <= '_' ? KEY_CTRL(c) : KEY_NONE_;
}

int key_parse(const char *name)
{
	for (size_t i = 0; i < N_NAMES; i++)
		if (text_eq_nocase(names[i].name, name)) return names[i].key;
	if (text_eq_nocase(name, "Escape")) return KEY_ESC_;
	if (text_eq_nocase(name, "Return")) return KEY_ENTER_;
	if (text_eq_nocase(name, "Delete")) return KEY_DEL_;
	if (text_eq_nocase(name, "Insert")) return KEY_INS_;
	if (text_eq_nocase(name, "PageUp")) return KEY_PGUP_;
	if (text_eq_nocase(name, "PageDown")) return KEY_PGDN_;
	if ((name[0] == 'C' || name[0] == 'c') && name[1] == '-') return parse_ctrl(name + 2);
	if (name[0] == '^' && name[1]) return parse_ctrl(name + 1);
	if ((name[0] == 'S' || name[0] == 's') && name[1] == '-') {
		int c = parse_char(name + 2);
		return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c >= 'A' && c <= 'Z' ? c : KEY_NONE_;
	}
	return parse_char(name);
}
