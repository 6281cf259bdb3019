/* text.h - UTF-8, display width, and the one gate through which foreign text reaches a screen.
 *
 * Text from the database is hostile: it may hold ESC, C1 controls, bidi overrides, zero-width
 * characters, broken UTF-8, a thousand combining marks. text_safe() makes it visible and harmless:
 * controls become <U+001B>, format and bidi characters likewise, broken bytes become U+FFFD,
 * more than two combining marks on one character are dropped. Nothing it returns moves a cursor. */
#ifndef SPOTOP_BASE_TEXT_H
#define SPOTOP_BASE_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;

#define TEXT_BAD 0xFFFDu
/* One character from s (n bytes left, n > 0). *len gets its bytes, at least 1. Broken: TEXT_BAD, 1. */
uint32_t text_decode(const char *s, size_t n, size_t *len);
/* Characters in s; *is_text (may be NULL): no byte of it is broken UTF-8. */
size_t text_count(const char *s, bool *is_text);
size_t text_encode(uint32_t cp, char out[4]);          /* bytes written */
int text_cp_width(uint32_t cp);                        /* 0, 1 or 2; never negative */
size_t text_width(const char *s, size_t n);            /* cells */
/* Bytes of s that fit in `cells`; *used (may be NULL) gets the cells they take. */
size_t text_fit(const char *s, size_t n, size_t cells, size_t *used);
void text_safe(struct buf *out, const char *s, size_t n);
bool text_is_harmful(uint32_t cp);                     /* text_safe shows its number instead */
/* A JSON string with its quotes; what text_safe would not let through is escaped, so nothing of it is lost. */
void text_json(struct buf *out, const char *s, size_t n);
/* JSON on one line: line ends between its tokens are left out; within strings as text_json. */
void text_json_line(struct buf *out, const char *s, size_t n);
bool text_is_safe(const char *s, size_t n);            /* true when text_safe would change nothing */
/* Takes from the environment how letters are encoded, and nothing else: numbers, months and the case of an i are
 * the same everywhere. At start; again is harmless. */
void text_use_locale(void);
bool text_has_utf8_locale(void);                       /* after that */
/* Case-insensitive (ASCII) substring. */
bool text_contains(const char *hay, const char *needle);
bool text_eq_nocase(const char *a, const char *b);
#endif
