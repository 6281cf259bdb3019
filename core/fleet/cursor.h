/* cursor.h - where a reader of an auto-increment table stands: a high mark, and the ids below it that it has
 * not seen. Ids are handed out before their rows commit, so "id > high" alone loses rows; a missing id is a
 * gap until there is evidence that no transaction can fill it any more. Pure: no database in here.
 *
 * A gap is open (its row may be in flight), then closed (a look at what is not yet committed met nothing),
 * and is read again for watch_ms, because a multi-row INSERT takes its ids before it writes its rows; then
 * it is forgotten. As text: "1203" or "1203/1188,1190-1192": the high mark and the gaps, all that are open
 * and of the closed ones the newest, at most CURSOR_TEXT_GAPS together unless more are open. When it has to fit
 * a request's header it is short, "1203/1188,+2-2", and where that is longer than CURSOR_TEXT_BYTES or more are open, the
 * oldest of them are one range: what was seen in it comes again.
 *
 * Where several servers hand out ids, each takes every step-th, and what one does not hand out is missing between all
 * others: "1203/3-1200~3" is 3, 6, 9 and so on to 1200.
 *
 * After a failover ids may be handed out a second time. "1203/1188@5f0c..." says what the row 1203 was, in 16 digits. */
#ifndef SPOTOP_FLEET_CURSOR_H
#define SPOTOP_FLEET_CURSOR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct buf;
struct err;
enum { CURSOR_TEXT_GAPS = 200, CURSOR_TEXT_BYTES = 1200 };

struct cursor_gap { uint64_t lo, hi; int64_t seen_ms; bool is_closed; };     /* ids lo..hi, both missing */
/* step: for its text alone; 0: 1. sign: what the row of the mark was (tail_sign), 0: not known. */
struct cursor { uint64_t high; struct cursor_gap *gaps; size_t n, cap; unsigned step; uint64_t sign; };

/* A row was read. True: it is news (above the mark, or it fills a gap); false: seen before. *is_late: it
 * fills a gap, so a higher id was delivered before it. */
bool cursor_take(struct cursor *c, uint64_t id, int64_t now_ms, bool *is_late);
/* Evidence that no transaction holds a row of the gaps within lo..hi: the open ones are closed, but for those
 * whose lo is in busy (sorted), where something is under way. */
void cursor_close(struct cursor *c, uint64_t lo, uint64_t hi, const uint64_t *busy, size_t n_busy);
/* The ids lo..hi are missing after all, open from now on; those above the mark or in a gap already stay as
 * they are. True: some were added. */
bool cursor_miss(struct cursor *c, uint64_t lo, uint64_t hi, int64_t now_ms);
bool cursor_misses(const struct cursor *c, uint64_t id);      /* is it above the mark, or in a gap? */
void cursor_forget(struct cursor *c, int64_t before_ms);      /* closed gaps first seen before that */
size_t cursor_open(const struct cursor *c);                   /* how many gaps are open */
/* Appends "[1188,1188],[1190,1192]" (a comma before when out does not end in '['): the open or the closed
 * gaps that begin at or above from, at most max of them. *hi is the end of the last one (from - 1: none).
 * True when the list's end was reached. */
bool cursor_slice(const struct cursor *c, bool is_closed, uint64_t from, size_t max, struct buf *out, uint64_t *hi);
/* "[[1188,1188],[1190,1192]]": all, at most max of them, the newest first to stay. */
void cursor_json(const struct cursor *c, size_t max, struct buf *out);
void cursor_format(const struct cursor *c, bool fits_header, struct buf *out);
bool cursor_parse(struct cursor *c, const char *text, int64_t now_ms, struct err *e);
/* As one who has got no further than to `high`, whose row is `sign`; one who has not is left as it is. */
void cursor_cut(struct cursor *c, uint64_t high, uint64_t sign);
void cursor_copy(struct cursor *to, const struct cursor *from);      /* to is freed first */
void cursor_free(struct cursor *c);
#endif
