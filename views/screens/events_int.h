/* events_int.h - the events screen's inside: what comes live (events_live.c), what is read back
 * (events_back.c), the screen itself (events.c).
 *
 * Two sources, sse_events (the stream) and system_events (the log), each followed by a tail of its own and
 * kept in a ring of the newest. Following, the sheet shows the rings and below them pages read back from the
 * tables. Standing still, the rings as they were become a page of their own, and the sheet shows a window of
 * pages that slides over the whole of what is kept: some thousand rows in memory, whatever the tables hold. */
#ifndef SPOTOP_VIEWS_EVENTS_INT_H
#define SPOTOP_VIEWS_EVENTS_INT_H
#include "core/fleet/tail.h"
#include "views/nav/screen.h"
#include "views/table/sheet_data.h"

enum { STREAM, LOG, SOURCES };
enum { EV_COLS = 12, EV_RING = 1000, EV_PAGE = 400, EV_PAGES = 8, EV_CHUNK = 25000, EV_SECONDS = 60, EV_KINDS = 9 };
enum { C_ID, C_SOURCE, C_AT, C_SEVERITY, C_TYPE, C_MESSAGE, C_AGENT_ID };

struct ev { uint64_t id; int64_t at_ms; bool is_late; char *cell[EV_COLS]; };
struct feed {
	struct events *e;
	int which;
	struct tail *tail;
	struct ev ring[EV_RING];
	size_t first, n;             /* ring[(first + i) % EV_RING], oldest first */
	uint64_t low;                /* the ring holds what came from here on */
	bool is_placed;
	struct err error;            /* why it has stopped, or the link's last word */
	bool has_stopped;
};
struct page { struct table *t; uint64_t lo[SOURCES], hi[SOURCES]; };    /* ids lo..hi of each source, newest first */
struct load {
	struct ask *ask;
	bool is_active, is_again;
	int dir, next_dir;           /* -1: older, 1: newer; next: asked for while an unwanted answer was due */
	int which;
	struct table *rows[SOURCES];
	uint64_t from[SOURCES], scanned[SOURCES];    /* the first id not yet looked at was from, is scanned */
	bool is_done[SOURCES];
	uint64_t oldest[SOURCES], newest[SOURCES];
	uint64_t looked_at;
	int64_t retry_ms;
	struct err error;
};
struct events {
	struct screen base;
	struct sheet *sheet;
	struct feed feed[SOURCES];
	bool is_following, is_unfolded, is_new;      /* is_new: the sheet is not what is known */
	bool is_asked;                               /* some of what is new was loaded for who looks, not streamed */
	uint64_t arrived, stood_at;                  /* events that came; the count when it began to stand still */
	uint64_t stood_hi[SOURCES];                  /* and the newest ids then: the window ends there */
	struct page pages[EV_PAGES + 2];
	int n_pages;
	bool has_hole;               /* the rings lost rows above the pages: they are forgotten before they are shown */
	bool at_oldest, at_newest, want_last, has_counted;
	struct load load;
	char filter_text[256];       /* what the pages were read with: the sheet's, and whether faults only */
	bool faults_only;
	struct filter *filter;
	double per_second[EV_KINDS][EV_SECONDS];     /* events by second of created_at, second % EV_SECONDS */
	int64_t second[EV_SECONDS];                  /* which second a column holds */
	int64_t late_worst_ms, skipped_ms;
	uint64_t skip_from;          /* the first id left out in this burst, of the stream */
	int64_t last_turn_ms;
};

#endif
