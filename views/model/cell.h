/* cell.h - a column of a view, and how a value of it is shown to eyes; programs always get the value itself. */
#ifndef SPOTOP_VIEWS_CELL_H
#define SPOTOP_VIEWS_CELL_H
#include "core/db/table.h"
#include "tui/grid.h"
#include <stdbool.h>
#include <stdint.h>

enum cell_as {
	AS_TEXT,
	AS_INT,
	AS_USD4,     /* 0.0228, money per hour */
	AS_USD2,     /* 1,234.50 */
	AS_DEC,      /* 0.0228, a number without a unit */
	AS_SECONDS,  /* a number of seconds, as an age: "31 s" */
	AS_DURATION, /* a number of seconds that stands: "41 s", "12 h" */
	AS_AGE,      /* a time, as its age when shown: "4 m" */
	AS_UNTIL,    /* a time to come: "00:31", passed: "-00:12" */
	AS_TIME,     /* a time: "12:04:30", with its date when it is not today */
	AS_PERCENT,  /* 0.125: "12.5" */
	AS_YESNO,
	AS_MS,
	AS_BYTES,
	AS_SHORT_ID, /* "i-07be…11", a UUID's first eight */
	AS_POOL,     /* "r3.large.us-east-1e"; where that has no room "r3.large/use1e" */
	AS_JSON
};
struct col {
	const char *name;   /* the query's alias */
	const char *header; /* with its unit: "$/h" */
	enum cell_as as;
	int min, want, flex, rank; /* layout.h; want 0: min */
	enum style (*style)(const char *value);
	bool is_indexed;   /* an index has its order: fast on any fleet; NULL is least */
	const char *ranks; /* words with a rank, in its order, blanks between: sorted so; others come first */
	const char
	        *sort_by; /* words with a rank: the column that has it, which sorting by this one goes by */
	bool is_message;  /* sentences: those of the selected row stand in full under a list that cuts them */
	bool is_hidden;   /* only with C-w (wide), in describe and for programs */
	const char *about; /* for help: what it means, its source */
};

struct cell_env {
	int64_t now_ms;
	bool is_local; /* times by this machine's zone; else UTC */
	bool is_ascii;
};
struct buf;
void cell_text(struct buf *out, const struct col *c, enum cell_type type, const char *value,
               const struct cell_env *env);
/* For a table on a terminal's line, where no header has the unit: "$0.0376", "4 m", "1.4 GB". False: the value as it is. */
bool cell_for_line(struct buf *out, const struct col *c, const char *value);
/* The same for a time, where room is short: "11:27:00Z", of another day "11-29 11:27Z". */
bool cell_time_for_line(struct buf *out, const struct col *c, const char *value);
/* The text made to fit into `width` cells where its kind has a shorter form; otherwise as it is. */
void cell_narrow(struct buf *text, const struct col *c, size_t width, bool is_ascii);
bool cell_is_right(const struct col *c);     /* numbers stand on the right */
enum style style_of_state(const char *word); /* ok warn crit dead, running, failed, pending, ... */
#endif
