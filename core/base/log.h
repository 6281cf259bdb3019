/* log.h - what the program did, for its owner: key=value lines to stderr (headless and daemons) or
 * to $XDG_STATE_HOME/spotop/log (console). Never a password, never a whole statement's values.
 * Any thread may write a line, which comes out whole. */
#ifndef SPOTOP_BASE_LOG_H
#define SPOTOP_BASE_LOG_H
enum log_level { LOG_DEBUG_, LOG_INFO_, LOG_WARN_, LOG_ERROR_ };
void log_open(const char *path, enum log_level least);   /* path NULL: stderr */
void log_close(void);
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#endif
