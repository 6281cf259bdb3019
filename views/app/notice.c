/* notice.c - a bell for what the operator chose, and one line for whoever is here for the first time. */
#include "views/app/notice.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "core/db/conf.h"
#include "core/db/table.h"
#include "views/app/app.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Is the word in the setting, as a word? */
static bool is_chosen(const char *word)
{
	const char *set = settings_get("spotop", "bell");
	size_t n = strlen(word);
	for (const char *p = set; p && (p = strstr(p, word)); p += n)
		if ((p == set || strchr(", ", p[-1])) && (!p[n] || strchr(", ", p[n]))) return true;
	return false;
}

static void call(struct app *a, enum style st, const char *text)
{
	nav_say(a->nav, st, "%s", text);
	nav_bell(a->nav, text);
}

void notice_ask(const struct app *a, struct view_args *args)
{
	static const char *const severities[] = { "info", "warning", "error", "critical" };
	char seen[24], chosen[64] = "";
	for (size_t i = 0; i < ARRAY_LEN(severities); i++)
		if (is_chosen(severities[i]))
			snprintf(chosen + strlen(chosen), sizeof chosen - strlen(chosen), "%s%s",
			         *chosen ? "," : "", severities[i]);
	snprintf(seen, sizeof seen, "%lld", (long long)a->noticed_alert);
	view_args_set(args, "seen", seen);
	view_args_set(args, "chosen", chosen);
}

void notice_head(struct app *a, const struct table *t)
{
	int64_t alert = table_int(t, 0, "alert_id", 0), notices = table_int(t, 0, "termination_notices", 0),
	        notice_at = 0;
	const char *severity = table_get(t, 0, "alert_severity"), *message = table_get(t, 0, "alert_message");
	char text[280];
	const char *at = table_get(t, 0, "notice_at");
	if (!at || !time_from_sql(at, &notice_at)) notice_at = 0; /* there is none */
	/* one may have come as another went: the count alone does not tell */
	bool is_more = notices > a->noticed_notices || (notices && notice_at > a->noticed_notice_at);
	bool is_first = !a->has_noticed;
	a->has_noticed = true;
	if (alert > a->noticed_alert) a->noticed_alert = alert;
	if (notices && notice_at > a->noticed_notice_at) a->noticed_notice_at = notice_at;
	a->noticed_notices = notices;
	if (is_first) return;
	if (is_more && is_chosen("termination")) {
		snprintf(text, sizeof text, "Spot interruption notice: %s",
		         COUNTED(notices, "agent", "agents"));
		call(a, ST_CRIT, text);
	}
	if (severity && message) {
		snprintf(text, sizeof text, "%s: %s", severity, message);
		call(a, strcmp(severity, "warning") == 0 || strcmp(severity, "info") == 0 ? ST_WARN : ST_CRIT,
		     text);
	}
}

void notice_first_run(struct app *a)
{
	char path[4096], help[24], go[24], back[24];
	if (!state_path(path, sizeof path, "greeted", true, NULL) || access(path, F_OK) == 0) return;
	FILE *f = fopen(path, "we");
	if (!f) return;
	fclose(f);
	keymap_key_of(a->keymap, "*", "help", help, sizeof help);
	keymap_key_of(a->keymap, "*", "palette", go, sizeof go);
	keymap_key_of(a->keymap, "*", "back", back, sizeof back);
	nav_say(a->nav, ST_INFO,
	        "%s lists the keys of a screen, %s goes anywhere, %s goes back; this hint comes once", help,
	        go, back);
	nav_say_until_key(a->nav);
}
