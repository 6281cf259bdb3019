/* tail_int.h - what the files of the tail share. */
#ifndef SPOTOP_FLEET_TAIL_INT_H
#define SPOTOP_FLEET_TAIL_INT_H
#include "core/base/err.h"
#include "core/fleet/cursor.h"
#include "core/fleet/tail.h"
#include <uv.h>

enum { TOLD = 8192 }; /* how far back it is looked for what a failover kept */
enum step { AT_BOUNDS, AT_SAME, AT_NEW, AT_GAPS, AT_PROBE, AT_HISTORY, AT_KEPT };
struct told {
	uint64_t id, hash;
};
struct tail {
	uv_timer_t timer;
	struct db *db;
	struct tail_opts o;
	const struct tail_source *source;
	char *from;
	struct cursor c;
	enum step step;
	bool is_placed, is_waiting, is_closed, is_timer_closed, is_full, has_stopped, is_live;
	bool is_dirty;                    /* the probe's transaction does read what is not committed */
	uint64_t open_from, watched_from; /* where the next slice of gaps begins */
	uint64_t probe_lo, probe_hi;      /* the span of open gaps that this turn has read */
	bool must_probe;
	int64_t next_probe_ms, next_round_ms;
	int64_t round_ms;                 /* when this round over the closed gaps began */
	unsigned batch;
	int64_t next_history_ms;
	uint64_t asked_mark, anchor; /* a mark whose row was looked at */
	char sign[40];               /* and what it was */
	struct told *told;           /* the latest, in the order of telling, round and round; only for on_lost */
	size_t n_told;               /* in all */
	uint64_t last_id, last_hash; /* the newest row that was told, and what it was; 0: none */
	unsigned session;            /* that has it too: what is read goes over no other */
	unsigned asked_session;
	bool is_taking_up; /* a session is new: is its server's history the same? */
	bool has_last;     /* what was told last is there */
	bool was_beyond;   /* it is not there, and ids have gone on: looked at twice, it was purged */
	uint64_t next_id;  /* to be handed out there */
	uint64_t turn_ns;
	double turn_ms;
	unsigned pause_ms; /* before the next turn */
	uint64_t events, late, skipped;
	uint64_t events_before; /* this turn */
};

/* tail_history.c: false with a sentence where it is another history */
void tail_note_told(struct tail *t, uint64_t id, uint64_t hash);
/* Another history was met: which of what was told is it to be asked for? "[[lo,hi],...]"; false: for nothing. */
bool tail_kept_gaps(struct tail *t, struct buf *json);
/* Its rows are here. True: it stands behind the last that was kept, and from..to are lost. */
bool tail_set_back(struct tail *t, const struct table *rows, uint64_t *from, uint64_t *to);
bool tail_check_same(struct tail *t, const struct table *rows, struct err *e);
bool tail_check_history(struct tail *t, const struct table *rows, struct err *e);
unsigned tail_take_up(struct tail *t);             /* both were asked of a new session: the pause before the next turn */
#endif
