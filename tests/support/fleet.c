/* fleet.c - the fixed fleet of the screens' tests. */
#include "tests/support/fleet.h"
#include "core/base/err.h"
#include "tests/support/pty.h"
#include "tests/support/server.h"
#include "tests/support/server_schema.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void fleet_sql(const struct fleet *f, const char *login, const char *path)
{
	char cmd[400];
	snprintf(cmd, sizeof cmd, "mariadb --no-defaults -S '%s' -u %s spot_optimizer < %s >/dev/null",
	         server_socket(f->server), login, path);
	ck_assert_int_eq(system(cmd), 0);
}

void fleet_start(struct fleet *f)
{
	struct err e = { 0 };
	char cmd[400];
	/* 2026-11-22 12:04:31 UTC, as in fleet.sql and below */
	struct server_opts o = {
		.extra = "--init-connect=SET timestamp = 1795349071; CALL spot_optimizer.clock_hold()",
		.extra2 = "--event-scheduler=DISABLED"
	}; /* nothing happens by itself */
	f->server = server_start_whole(&o, &e);
	ck_assert_msg(f->server != NULL, "%s", e.text);
	fleet_sql(f, "root", "tests/e2e/fleet.sql");
	snprintf(f->home, sizeof f->home, "%s/home", server_dir(f->server));
	snprintf(f->conf, sizeof f->conf, "%s/console.cnf", server_dir(f->server));
	ck_assert_int_eq(mkdir(f->home, 0700), 0);
	FILE *out = fopen(f->conf, "w");
	ck_assert_ptr_nonnull(out);
	fprintf(out,
	        "[client]\nsocket=%s\nuser=pictures\n[spotop]\nenv-name=prod\nenv-color=red\n"
	        "[spotop_spare]\nenv-name=spare\nenv-color=green\n",
	        server_socket(f->server));
	ck_assert_int_eq(fclose(out), 0);
	snprintf(cmd, sizeof cmd, "mkdir '%s/spotop' && : > '%s/spotop/greeted'", f->home, f->home);
	ck_assert_int_eq(system(cmd), 0); /* nobody is here for the first time */
}

void fleet_stop(struct fleet *f)
{
	server_stop(f->server);
	f->server = NULL;
}

struct pty *fleet_console(const struct fleet *f, int rows, int cols, bool is_frozen, const char *const *args,
                          const char *const *env)
{
	static char defaults[160], home[120], state[120], config[120],
	        clock[] = "SPOTOP_CLOCK=2026-11-22T12:04:31Z", utc[] = "TZ=UTC";
	const char *argv[16] = { getenv("SPOTOP_BIN"), defaults }, *envp[16];
	int n = 2, m = 0;
	snprintf(defaults, sizeof defaults, "--defaults-file=%s", f->conf);
	snprintf(home, sizeof home, "HOME=%s", f->home);
	snprintf(state, sizeof state, "XDG_STATE_HOME=%s", f->home);
	snprintf(config, sizeof config, "XDG_CONFIG_HOME=%s", f->home);
	for (; args && *args && n < 15; args++) argv[n++] = *args;
	argv[n] = NULL;
	envp[m++] = home;
	envp[m++] = state;
	envp[m++] = config;
	envp[m++] = utc;
	if (is_frozen) envp[m++] = clock;
	for (; env && *env && m < 15; env++) envp[m++] = *env;
	envp[m] = NULL;
	return pty_spawn(rows, cols, argv, envp);
}
