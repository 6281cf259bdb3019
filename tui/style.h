/* style.h - the meaning of a style in a theme: colour numbers and attributes. Data only.
 * -1 is the terminal's own colour. Attributes carry what colour cannot say (mono, NO_COLOR). */
#ifndef SPOTOP_TUI_STYLE_H
#define SPOTOP_TUI_STYLE_H
#include "tui/grid.h"
enum { AT_BOLD = 1, AT_DIM = 2, AT_UNDERLINE = 4, AT_REVERSE = 8, AT_ITALIC = 16 };
struct look { short fg256, fg16, fg8, bg256, bg16, bg8; unsigned attr, mono_attr; };
struct theme { const char *name; struct look looks[ST_N]; };
extern const struct theme themes[];
extern const size_t n_themes;
const struct theme *theme_find(const char *name);
#endif
