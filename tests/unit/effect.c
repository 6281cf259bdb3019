/* effect.c - what an action would change, in words: prices and places of a switch, the money, the agent's state,
 * the settings that differ, freezes and cordons; what is unknown is left out, never a zero. */
#include "views/model/effect.h"
#include "core/base/buf.h"
#include <check.h>
#include <stdio.h>
#include <string.h>

static struct word w[MAX_WORDS];
static size_t n;

static void say(const char *verb, const char *before, const char *after)
{
	n = effect_words(verb, before, after, w);
	ck_assert_uint_le(n, MAX_WORDS);
}
static const char *of(const char *title)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(w[i].title, title) == 0) return w[i].text;
	return "";
}

static const char running[] =
        "{\"agent\":\"agent-031\",\"enabled\":true,\"status\":\"online\",\"notice_status\":\"none\","
        "\"seconds_since_heartbeat\":3,\"instance_id\":\"i-0c41\",\"role\":\"primary\",\"mode\":\"spot\","
        "\"pool\":\"m5.large.us-east-1b\",\"spot_price\":0.0323,\"ondemand_price\":0.096}";

START_TEST(a_switch_is_a_move_with_both_prices)
{
	say("switch", running,
	    "{\"mode\":\"spot\",\"pool\":\"m5.large.us-east-1c\",\"price\":0.0291,\"usd_per_hour_change\":"
	    "-0.0032,"
	    "\"usd_per_month_change\":-2.34,\"expires_in_seconds\":3600}");
	ck_assert_str_eq(of("move"), "m5.large/use1b $0.0323/h -> m5.large/use1c $0.0291/h");
	ck_assert_str_eq(of("cost"), "-$0.0032/h, -$2.34/month");
	ck_assert_str_eq(of("agent"), "online, heartbeat 3 s ago, no notice");
	ck_assert_str_eq(of("expires"), "in 60 m unless the agent has claimed it");
	say("switch", running, "{\"mode\":\"ondemand\",\"pool\":null,\"price\":0.096}");
	ck_assert_str_eq(of("move"), "m5.large/use1b $0.0323/h -> on-demand $0.0960/h");
}
END_TEST

START_TEST(what_is_unknown_is_left_out)
{
	say("switch", "{\"agent\":\"a\",\"status\":\"offline\",\"instance_id\":null,\"mode\":\"spot\"}",
	    "{\"pool\":\"m5.large.us-east-1c\",\"price\":null,\"usd_per_month_change\":null}");
	ck_assert_str_eq(of("move"), "nothing -> m5.large/use1c");
	ck_assert_str_eq(of("cost"), "");
	ck_assert_str_eq(of("agent"), "offline, no notice");
	say("switch", "{\"status\":\"online\",\"seconds_since_heartbeat\":null,\"instance_id\":\"i-1\"}",
	    "{}");
	ck_assert_str_eq(of("agent"), "online, no heartbeat yet, no notice");
	ck_assert_str_eq(of("move"), "an unknown pool -> on-demand");
	say("switch", NULL, NULL);
	ck_assert_uint_eq(n, 0);
	say("switch", "not JSON", "[1]");
	ck_assert_str_eq(of("cost"), "");
}
END_TEST

START_TEST(an_instance_that_ends_saves_what_it_costs)
{
	say("terminate", running, "{\"instance_status\":\"terminated\",\"expires_in_seconds\":900}");
	ck_assert_str_eq(of("ends"), "primary of agent-031 in m5.large/use1b $0.0323/h");
	ck_assert_str_eq(of("cost"), "-$0.0323/h, -$23.26/month");
	say("launch", running,
	    "{\"role\":\"replica\",\"pool\":\"m5.large.us-east-1c\",\"price\":0.03,\"usd_per_month_change\":"
	    "21.9}");
	ck_assert_str_eq(of("new"), "a replica in m5.large/use1c $0.0300/h");
	ck_assert_str_eq(of("cost"), "+$21.90/month");
	ck_assert_str_eq(of("beside"), "i-0c41, the primary, in m5.large/use1b $0.0323/h");
}
END_TEST

START_TEST(the_old_instance_and_its_fate_are_named)
{
	say("promote", running,
	    "{\"old_instance\":\"i-old\",\"old_instance_fate\":\"terminated\",\"terminate_wait_seconds\":"
	    "300}");
	ck_assert_str_eq(of("old instance"), "terminated 300 s after the new one is primary: i-old");
	say("switch", running,
	    "{\"pool\":\"m5.large.us-east-1c\",\"old_instance\":\"i-0c41\",\"old_instance_fate\":\"kept\","
	    "\"terminate_"
	    "wait_seconds\":0,\"old_instance_usd_per_day\":0.78}");
	ck_assert_str_eq(of("old instance"), "KEPT, +$0.78/day: i-0c41");
	say("switch", running, "{\"pool\":\"m5.large.us-east-1c\",\"old_instance\":null}");
	ck_assert_str_eq(of("old instance"), "");
}
END_TEST

START_TEST(settings_show_what_differs_alone)
{
	say("config",
	    "{\"version\":4,\"auto_switch_enabled\":true,\"replica_count\":0,\"blacklist_pools\":null}",
	    "{\"version\":5,\"auto_switch_enabled\":false,\"replica_count\":0,\"blacklist_pools\":[\"a\"]}");
	ck_assert_str_eq(of("changes"), "auto switch on -> off, blacklist pools none -> [\"a\"]");
}
END_TEST

START_TEST(freezes_and_cordons_say_until_when_and_why)
{
	say("freeze", "{\"frozen\":false}",
	    "{\"scope\":\"fleet\",\"expires_at\":\"2026-11-23T12:00:00Z\",\"reason\":\"release\","
	    "\"automatic_commands_running\":2}");
	ck_assert_str_eq(of("now"), "not frozen");
	ck_assert_str_eq(of("then"), "frozen until 2026-11-23 12:00:00Z: release");
	ck_assert_str_eq(of("running"), "2 automatic commands under way go on");
	say("thaw",
	    "{\"frozen\":true,\"by\":\"ann@db\",\"reason\":\"release\",\"expires_at\":\"2026-11-23T12:00:"
	    "00Z\"}",
	    "{\"scope\":\"fleet\",\"frozen\":false,\"commands_held_back\":1}");
	ck_assert_str_eq(of("now"), "frozen until 2026-11-23 12:00:00Z by ann@db: release");
	ck_assert_str_eq(of("held"), "1 command held back stays cancelled");
	say("cordon", "{\"cordoned\":false}",
	    "{\"cordoned\":true,\"cordoned_until\":\"2026-11-23T12:00:00Z\",\"reason\":\"storm\","
	    "\"commands_pending_for_it\":1}");
	ck_assert_str_eq(of("then"), "closed to switches and launches until 2026-11-23 12:00:00Z: storm");
	ck_assert_str_eq(of("pending"), "1 command already waits for it and is not stopped");
	say("uncordon", "{\"cordoned\":true,\"cordoned_until\":null,\"reason\":\"storm\"}",
	    "{\"cordoned\":false}");
	ck_assert_str_eq(of("now"), "cordoned until it is opened again: storm");
}
END_TEST

START_TEST(any_other_action_shows_its_states)
{
	say("snooze", "{\"alert_id\":7,\"kind\":\"zombies\",\"acked_by\":null,\"version\":1}",
	    "{\"snoozed_until\":\"2026-11-23T12:00:00Z\"}");
	ck_assert_str_eq(of("now"), "kind zombies");
	ck_assert_str_eq(of("then"), "snoozed until 2026-11-23T12:00:00Z");
}
END_TEST

Suite *suite_effect(void);
Suite *suite_effect(void)
{
	Suite *s = suite_create("effect");
	TCase *t = tcase_create("effect");
	tcase_add_test(t, a_switch_is_a_move_with_both_prices);
	tcase_add_test(t, what_is_unknown_is_left_out);
	tcase_add_test(t, an_instance_that_ends_saves_what_it_costs);
	tcase_add_test(t, the_old_instance_and_its_fate_are_named);
	tcase_add_test(t, settings_show_what_differs_alone);
	tcase_add_test(t, freezes_and_cordons_say_until_when_and_why);
	tcase_add_test(t, any_other_action_shows_its_states);
	suite_add_tcase(s, t);
	return s;
}
