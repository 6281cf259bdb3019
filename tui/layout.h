/* layout.h - column widths: each has a least width, a wish and a rank; when the room is short the
 * columns of the highest rank number go first, then flexible ones shrink; rank 0 never goes. Flexible ones
 * share what is left over, when the first has its wish, then the texts, then the others; one whose wish is less than 30 takes at most twice its wish, one that wishes for
 * more is a text: columns of rank 3 and more go for it until it has two thirds of its wish. */
#ifndef SPOTOP_TUI_LAYOUT_H
#define SPOTOP_TUI_LAYOUT_H
struct layout_col { int min, want, flex, rank; int x, width; /* out; width 0: not shown */ };
/* gap cells between columns; skip: how many scrollable columns are scrolled away (the first stays). */
void layout_columns(struct layout_col *cols, int n, int total, int gap, int skip);
/* All columns, none narrower than its least width: the first, and from the one after those that are scrolled away as many as
 * fit. The last one that is shown. */
int layout_scrolled(struct layout_col *cols, int n, int total, int gap, int skip);
#endif
