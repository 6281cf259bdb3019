/* completion.c - what bash, zsh and fish offer of the fleet: agents, pools, clients, alerts, zones, plans, settings; in time, and in silence
 * where there is no database. */
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "tests/support/eyes.h"
#include "tests/support/rig.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PLAN "7e57de3f-0000-4000-8000-000000000001"

Suite *suite_completion(void);
static struct rig rig;

static void start(void)
{
	rig_start(&rig);
	rig_do(&rig, "UPDATE agents SET status = 'offline' WHERE logical_agent_id = 'agent-007'");
	rig_do(&rig, "INSERT INTO alerts (id, alert_key, kind, severity, message) VALUES (421, 'dead:x', "
	             "'agent_dead', 'critical', 'it is dead')");
	rig_do(&rig, "INSERT INTO spotop_plans (id, scope_type, scope, in_flight, created_by) VALUES "
	             "('" PLAN "', 'az', 'us-east-1b', 2, 'ann')");
}
static void stop(void) { rig_stop(&rig); }

/* The line typed up to its end, at a server of that socket; what is offered, blanks between; free(). */
static char *offered(const char *socket, const char *typed)
{
	char command[1600], got[2000] = "";
	snprintf(command, sizeof command,
	         "exec bash -c 'export XDG_STATE_HOME=%s; eval \"$(%s completion bash)\"; COMP_LINE=\"%s "
	         "--no-defaults -uroot --socket=%s %s\"; "
	         "COMP_POINT=${#COMP_LINE}; read -ra COMP_WORDS <<< \"${COMP_LINE//:/ : }\"; "
	         "COMP_CWORD=$((${#COMP_WORDS[@]}-1)); "
	         "_spotop; echo \"${COMPREPLY[*]}\"' 2>&1",
	         rig.state, getenv("SPOTOP_BIN"), getenv("SPOTOP_BIN"), socket, typed);
	FILE *f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert(fgets(got, sizeof got, f) != NULL);
	ck_assert_int_eq(pclose(f), 0);
	got[strcspn(got, "\n")] = 0;
	return mem_dup(got);
}

static const struct offer {
	const char *typed, *offers;
} offers[] = {
	{ "switch agent-00",
	  "agent-001 agent-002 agent-003 agent-004 agent-005 agent-006 agent-007 agent-008 agent-009" },
	{ "why agent-03", "agent-030 agent-031 agent-032 agent-033 agent-034 agent-035 agent-036 agent-037 "
	                  "agent-038 agent-039" },
	{ "switch agent-001 --to r3.large.us-east-1",
	  "r3.large.us-east-1a r3.large.us-east-1b r3.large.us-east-1e" },
	{ "cordon r3.large.us-east-1e", "r3.large.us-east-1e" },
	{ "agents --client a", "acme" },
	{ "freeze client:a", "acme" },
	{ "freeze fl", "fleet" },
	{ "evacuate us-east-1", "us-east-1a us-east-1b us-east-1e" },
	{ "ack 4", "421" },
	{ "plan 7e", PLAN },
	{ "evacuate --run 7e", PLAN },
	{ "evacuate --cancel 7e", PLAN },
	{ "config agent-001 max_", "max_switches_per_week=" },
	{ "job run ret", "retention" },
	{ "switch nobody", "" },
};

/* The first key may come before the names are there; then the next has them. */
START_TEST(bash_offers_names)
{
	const struct offer *o = &offers[_i];
	char *got = NULL;
	for (int tries = 0; tries < 50; tries++) {
		free(got);
		got = offered(rig.socket, o->typed);
		if (*got || !*o->offers) break;
		usleep(100000);
	}
	ck_assert_msg(strcmp(got, o->offers) == 0, "%s offers '%s', not '%s'", o->typed, got, o->offers);
	free(got);
}
END_TEST

static bool has(const char *shell)
{
	char command[80];
	snprintf(command, sizeof command, "command -v %s >/dev/null", shell);
	if (system(command) == 0) return true;
	fprintf(stderr, "completion in %s is left out: it is not installed\n", shell);
	return false;
}

START_TEST(fish_offers_names)
{
	char command[900], got[4000] = "";
	if (!has("fish")) return;
	snprintf(command, sizeof command,
	         "HOME=%s XDG_STATE_HOME=%s XDG_CONFIG_HOME=%s exec fish -c '%s completion fish | source; "
	         "complete -C \"%s --no-defaults -uroot --socket=%s why agent-03\"' 2>&1",
	         rig.state, rig.state, rig.state, getenv("SPOTOP_BIN"), getenv("SPOTOP_BIN"), rig.socket);
	for (int tries = 0; tries < 50 && !strstr(got, "agent-039"); tries++) {
		FILE *f = popen(command, "re");
		ck_assert_ptr_nonnull(f);
		got[fread(got, 1, sizeof got - 1, f)] = 0;
		pclose(f);
	}
	ck_assert_msg(strstr(got, "agent-030\t") && strstr(got, "agent-039\t"), "%s", got);
}
END_TEST

START_TEST(zsh_offers_names)
{
	char command[400], home[300];
	if (!has("zsh")) return;
	snprintf(command, sizeof command, "mkdir -p %s && %s completion zsh > %s/_spotop", rig.state,
	         getenv("SPOTOP_BIN"), rig.state);
	ck_assert_int_eq(system(command), 0);
	snprintf(home, sizeof home, "XDG_STATE_HOME=%s", rig.state);
	const char *argv[] = { "zsh", "-f", NULL }, *env[] = { home, NULL };
	p = pty_spawn(24, 100, argv, env);
	snprintf(command, sizeof command,
	         "fpath=(%s $fpath); autoload -U compinit && compinit -D -u && PS1='ready> '\r", rig.state);
	pty_keys(p, command);
	want("\nready>");
	snprintf(command, sizeof command, "%s --no-defaults -uroot --socket=%s why agent-03",
	         getenv("SPOTOP_BIN"), rig.socket);
	pty_keys(p, command);
	for (int tries = 0; tries < 50 && !strstr(pty_screen(p), "agent-039"); tries++) {
		pty_keys(p, "\t");
		pty_wait_text(p, "agent-039", 500);
	}
	want("agent-030");
	want("agent-039");
	end_console();
}
END_TEST

START_TEST(without_a_database_it_is_silent)
{
	char *got = offered("/nonexistent/socket", "switch a");
	ck_assert_str_eq(got, "");
	free(got);
}
END_TEST

/* The server accepts and says nothing: whoever types is not held. The program itself is timed, against its own start. */
START_TEST(a_server_that_is_mute_holds_nobody)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char option[200];
	snprintf(a.sun_path, sizeof a.sun_path, "%.100s/mute", rig.state);
	snprintf(option, sizeof option, "--socket=%s", a.sun_path);
	ck_assert(bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 8) == 0);
	const char *const asked[] = { "completion", "words",  "--", "--no-defaults",
		                      option,       "switch", "a",  NULL },
	                  *const bare[] = { "version", NULL };
	int64_t best = INT64_MAX, start_up = INT64_MAX;
	for (int i = 0; i < 5; i++) {
		int64_t t0 = clock_mono_ms();
		struct rig_run r = rig_spotop(&rig, false, asked);
		int64_t t1 = clock_mono_ms();
		ck_assert_msg(r.code == 0 && !*r.out && !*r.err, "%d: %s%s", r.code, r.out, r.err);
		rig_run_free(&r);
		r = rig_spotop(&rig, false, bare);
		rig_run_free(&r);
		int64_t t2 = clock_mono_ms();
		if (t1 - t0 < best) best = t1 - t0;
		if (t2 - t1 < start_up) start_up = t2 - t1;
	}
	close(fd);
	ck_assert_msg(best < 100 + start_up, "%lld ms, of which it starts in %lld", (long long)best,
	              (long long)start_up);
}
END_TEST

Suite *suite_completion(void)
{
	Suite *s = suite_create("completion");
	TCase *t = tcase_create("completion");
	tcase_set_timeout(t, 60);
	tcase_add_unchecked_fixture(t, start, stop);
	tcase_add_loop_test(t, bash_offers_names, 0, (int)(sizeof offers / sizeof *offers));
	tcase_add_test(t, fish_offers_names);
	tcase_add_test(t, zsh_offers_names);
	tcase_add_test(t, without_a_database_it_is_silent);
	tcase_add_test(t, a_server_that_is_mute_holds_nobody);
	suite_add_tcase(s, t);
	return s;
}
