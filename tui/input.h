/* input.h - bytes from a terminal to keys, without a terminal.
 * No escape sequence ever becomes letters: one that is cut in two is waited for, one that is not known
 * is swallowed, and one whose tail comes late (after its ESC was taken for the key) is still known. */
#ifndef SPOTOP_TUI_INPUT_H
#define SPOTOP_TUI_INPUT_H
#include "core/base/buf.h"
#include "tui/term.h"
#include <stdint.h>

enum { INPUT_ESC_MS = 60, INPUT_SEQ_MS = 1000, INPUT_PASTE_MAX = 65536 };
struct input {
	struct buf in;    /* what was read and not yet understood */
	size_t at;        /* its start */
	struct buf paste; /* the paste being taken in, or the last one */
	bool is_pasting;
	int repeat_key, repeats; /* a wheel click is three rows */
	struct mouse mouse;
	int64_t last_byte_ms; /* when the last bytes came */
	int64_t lone_esc_ms;  /* when an ESC was taken for the key; 0: long ago */
	bool is_new_batch;    /* nothing of what came last has been looked at */
};
void input_add(struct input *in, const char *bytes, size_t n, int64_t now_ms);
/* The next key, KEY_NONE_ when there is none now; *wait_ms: ask again then, -1: nothing is pending. */
int input_next(struct input *in, int64_t now_ms, int *wait_ms);
void input_drop(struct input *in); /* forget all that is pending */
void input_free(struct input *in);
#endif
