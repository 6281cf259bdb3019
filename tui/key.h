/* key.h - keys as numbers and as names ("a", "C-r", "Enter", "F5", "S-Tab", "PgDn", "Space").
 * A printable character is its code point; the others are below. */
#ifndef SPOTOP_TUI_KEY_H
#define SPOTOP_TUI_KEY_H
#include <stdbool.h>
#include <stddef.h>

enum {
	KEY_NONE_ = 0,
	KEY_CTRL_A_ = 1,           /* C-a .. C-z are 1 .. 26 but for the three below */
	KEY_TAB_ = 9, KEY_ENTER_ = 13, KEY_ESC_ = 27, KEY_CTRL_BSLASH_ = 28, KEY_BACKSPACE_ = 127,
	KEY_BASE_ = 0x200000,
	KEY_UP_, KEY_DOWN_, KEY_LEFT_, KEY_RIGHT_, KEY_HOME_, KEY_END_, KEY_PGUP_, KEY_PGDN_, KEY_INS_, KEY_DEL_,
	KEY_BTAB_, KEY_F1_, KEY_F2_, KEY_F3_, KEY_F4_, KEY_F5_, KEY_F6_, KEY_F7_, KEY_F8_, KEY_F9_, KEY_F10_,
	KEY_F11_, KEY_F12_, KEY_PASTE_, KEY_MOUSE_, KEY_EOF_, KEY_RESIZE_, KEY_CTRL_SPACE_, KEY_SUP_, KEY_SDOWN_,
	KEY_SLEFT_, KEY_SRIGHT_
};
#define KEY_CTRL(c) ((c) & 0x1f)
const char *key_name(int key, char *out, size_t n);
int key_parse(const char *name);                 /* KEY_NONE_ when it is not a key name */
#endif
