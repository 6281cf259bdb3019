/* fmt.h - values to the text of a cell. Each writes into `out` (n bytes) and returns it.
 * Unknown is "n/a" there, never 0 and never an empty string. */
#ifndef SPOTOP_BASE_FMT_H
#define SPOTOP_BASE_FMT_H
#include <stddef.h>
#include <stdint.h>

enum {
	HOURS_PER_MONTH = 720
}; /* a month is 30 days of 24 hours, the report's; sql/parts/money.sql says it too */

char *fmt_age(char *out, size_t n, int64_t ms);             /* "0.4 s" "31 s" "4 m" "2 h" "26 h" "12 d" */
char *fmt_clock(char *out, size_t n, int64_t ms);           /* "00:31" "1:04:31", negative "-00:21" */
char *fmt_count(char *out, size_t n, int64_t v);            /* "1,012" */
/* "1 agent", "1,012 agents": how many of what is said with it everywhere */
char *fmt_counted(char *out, size_t n, int64_t v, const char *one, const char *several);
#define COUNTED(v, one, several) fmt_counted((char[80]){ 0 }, 80, (int64_t)(v), one, several)
char *fmt_usd(char *out, size_t n, double v, int decimals); /* "1,234.50" */
char *fmt_price(char *out, size_t n, double v);             /* "$0.0376", "-$0.0103" */
char *fmt_price_change(char *out, size_t n, double v);      /* "+$0.0053", "-$0.0103", "$0.0000" */
char *fmt_bytes(char *out, size_t n, double v);             /* "1.4 GB" */
char *fmt_percent(char *out, size_t n, double fraction);    /* "12.5 %" */
#endif
