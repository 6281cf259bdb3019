/* clock.h - the only "now" of the program, so that tests can set it.
 * mono: for durations and deadlines; never jumps. wall: for showing, UTC. Times are int64_t
 * milliseconds; wall times count from 1970-01-01 UTC. TIME_NONE is "no time". */
#ifndef SPOTOP_BASE_CLOCK_H
#define SPOTOP_BASE_CLOCK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct err;

#define TIME_NONE INT64_MIN
int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);
/* SPOTOP_CLOCK=2026-11-22T12:04:31Z freezes the wall clock of a program, not the other one: its screens can then be compared
 * letter by letter. False: not a time. */
bool clock_from_env(struct err *e);
bool clock_is_frozen(void);
/* How old what was read at mono_ms is, for showing: nothing ages while the clock stands still, and
 * TIME_NONE not at all. */
int64_t clock_age_ms(int64_t mono_ms);

/* "2026-11-22T12:00:00.000Z" (24 bytes and NUL). */
void time_iso(int64_t wall_ms, char out[32]);
/* "YYYY-MM-DD HH:MM:SS[.ffffff]" as the server sends it under time_zone '+00:00'. */
bool time_from_sql(const char *s, int64_t *wall_ms);
/* "YYYY-MM-DD HH:MM:SS.mmm" for the server. */
void time_to_sql(int64_t wall_ms, char out[32]);
/* What a person types, seen from `now`: ISO 8601 with or without zone (none: UTC, or the local zone after
 * time_use_local), "02:41" and "02:41:07" (the last such time that has passed), "-8h", "-90m", "now",
 * "yesterday". A Z is UTC whatever was chosen. */
void time_use_local(bool is_local);
/* A moment taken apart, in UTC or by this machine's zone as it was at that moment. */
struct tm;
void time_parts(int64_t wall_ms, bool in_zone, struct tm *out);
bool time_parse(const char *s, int64_t now_wall_ms, int64_t *wall_ms, struct err *e);
/* "90", "90s", "5m", "2h", "7d", "1h30m": milliseconds, above 0. */
bool duration_parse(const char *s, int64_t *ms, struct err *e);
#endif
