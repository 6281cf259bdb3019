/* fleet.h - a private server with the small fixed fleet of tests/e2e/fleet.sql, and the console before it
 * in a pty. The server's clock stands still for the console's login (init_connect), the console's own by
 * SPOTOP_CLOCK when asked for: two runs then show the same letters. Start it in an unchecked fixture. */
#ifndef SPOTOP_TESTS_FLEET_H
#define SPOTOP_TESTS_FLEET_H
#include <stdbool.h>
struct pty;
struct server;

struct fleet {
	struct server *server;
	char home[96];  /* HOME, XDG_STATE_HOME and XDG_CONFIG_HOME of the console */
	char conf[120]; /* for --defaults-file */
};
void fleet_start(struct fleet *f); /* fails the test when it cannot */
void fleet_sql(const struct fleet *f, const char *login,
               const char *path); /* runs that file; fails the test */
void fleet_stop(struct fleet *f);
/* spotop with args (NULL-ended, may be NULL) and env over ours, on a terminal of that size. */
struct pty *fleet_console(const struct fleet *f, int rows, int cols, bool is_frozen, const char *const *args,
                          const char *const *env);
#endif
