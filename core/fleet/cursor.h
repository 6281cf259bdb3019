/* cursor.h - where a reader of an auto-increment table stands: a high mark, and the ids below it that it has
 * not seen. Ids are handed out before their rows commit, so "id > high" alone loses rows; a missing id is a
 * gap until there is evidence that no transaction can fill it any more. Pure: no database in here.
 *
 * A gap is open (its row may be in flight), then closed (a locking probe met nothing), and is looked at
 * again for watch_ms, because a multi-row INSERT takes its ids before it writes its rows; then it is
 * forgotten. As text: "1203" or "1203/1188,1190-1192": the high mark and the gaps, open and watched. */
#ifndef SPOTOP_FLEET_CURSOR_H
#define SPOTOP_FLEET_CURSOR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;
struct err;

struct cursor_gap { uint64_t lo, hi; int64_t seen_ms; bool is_closed; };     /* ids lo..hi, both missing */
struct cursor { uint64_t high; struct cursor_gap *gaps; size_t n, cap; };

/* A row was read. True: it is news (above the mark, or it fills a gap); false: seen before. *is_late: it
 * fills a gap, so a higher id was delivered before it. */
bool cursor_take(struct cursor *c, uint64_t id, int64_t now_ms, bool *is_late);
/* A probe over the open gaps seen until then met no transaction: those of them are closed. */
void cursor_close(struct cursor *c, uint64_t lo, uint64_t hi);
void cursor_forget(struct cursor *c, int64_t before_ms);      /* closed gaps first seen before that */
size_t cursor_open(const struct cursor *c);                   /* how many gaps are open */
/* "[[1188,1188],[1190,1192]]", all or only the open ones; at most `max` gaps, from the `skip`th on. */
void cursor_json(const struct cursor *c, bool open_only, size_t skip, size_t max, struct buf *out);
void cursor_format(const struct cursor *c, struct buf *out);
bool cursor_parse(struct cursor *c, const char *text, int64_t now_ms, struct err *e);
void cursor_free(struct cursor *c);
#endif
