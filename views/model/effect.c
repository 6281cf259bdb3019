/* effect.c - what an action would change, in words. */
#include "views/model/effect.h"
#include "core/base/buf.h"
#include "core/base/fmt.h"
#include "core/base/mem.h"
#include "views/model/view.h"
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct words {
	const char *verb;
	json_t *before, *after;
	struct word *out;
	size_t n;
};

__attribute__((format(printf, 4, 5))) static void add(struct words *w, const char *title, enum style st,
                                                      const char *fmt, ...)
{
	va_list ap;
	if (w->n == MAX_WORDS) return;
	struct word *to = &w->out[w->n++];
	to->title = title;
	to->style = st;
	va_start(ap, fmt);
	vsnprintf(to->text, sizeof to->text, fmt, ap);
	va_end(ap);
}

static const char *str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s && strcmp(s, "null") != 0 ? s : NULL;
}

/* A number, also one that came as text; NAN when it is not known. */
static double num(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	const char *s = json_string_value(v);
	return json_is_number(v) ? json_number_value(v) : s && *s ? strtod(s, NULL) : NAN;
}

static bool is_set(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	return json_is_true(v) || (json_is_integer(v) && json_integer_value(v) != 0);
}

/* "m5.large.us-east-1b" as "m5.large/use1b"; no pool is "on-demand". */
static void place(struct buf *out, const char *pool)
{
	struct buf b = BUF_EMPTY;
	buf_adds(&b, pool ? pool : "on-demand");
	cell_narrow(&b, &(const struct col){ .as = AS_POOL }, 0, false);
	buf_adds(out, buf_str(&b));
	buf_free(&b);
}

/* "m5.large/use1b $0.0323/h" of what runs now. */
static const char *where_now(const struct words *w, char *out, size_t n)
{
	const char *mode = str(w->before, "mode"), *pool = str(w->before, "pool");
	bool is_ondemand = mode && strcmp(mode, "ondemand") == 0;
	double price = num(w->before, is_ondemand ? "ondemand_price" : "spot_price");
	struct buf b = BUF_EMPTY;
	if (!str(w->before, "instance_id"))
		buf_adds(&b, "nothing");
	else if (is_ondemand || pool)
		place(&b, is_ondemand ? NULL : pool);
	else
		buf_adds(&b, "an unknown pool");
	char usd[40];
	if (str(w->before, "instance_id") && !isnan(price))
		buf_addf(&b, " %s/h", fmt_price(usd, sizeof usd, price));
	snprintf(out, n, "%s", buf_str(&b));
	buf_free(&b);
	return out;
}

static const char *where_then(const struct words *w, char *out, size_t n)
{
	double price = num(w->after, "price");
	struct buf b = BUF_EMPTY;
	place(&b, str(w->after, "pool"));
	char usd[40];
	if (!isnan(price)) buf_addf(&b, " %s/h", fmt_price(usd, sizeof usd, price));
	snprintf(out, n, "%s", buf_str(&b));
	buf_free(&b);
	return out;
}

/* A change of cost: what it saves is good, what it costs is said. */
static void add_cost(struct words *w, double usd_per_hour, double usd_per_month)
{
	char hour[60] = "", usd[40];
	if (isnan(usd_per_month)) return;
	if (!isnan(usd_per_hour))
		snprintf(hour, sizeof hour, "%s/h, ", fmt_price_change(usd, sizeof usd, usd_per_hour));
	add(w, "cost", usd_per_month > 0 ? ST_WARN : ST_OK, "%s%c$%.2f/month", hour,
	    usd_per_month < 0 ? '-' : '+', fabs(usd_per_month));
}

/* "3 s", of whole seconds. */
static const char *seconds(double s, char *out, size_t n)
{
	if (s < 1)
		snprintf(out, n, "0 s");
	else
		fmt_age(out, n, (int64_t)s * 1000);
	return out;
}

/* Can the agent hear, and is it being taken away? */
static void add_agent(struct words *w)
{
	char age[24];
	double silent = num(w->before, "seconds_since_heartbeat");
	const char *status = str(w->before, "status"), *notice = str(w->before, "notice_status");
	bool is_calm = !notice || strcmp(notice, "none") == 0,
	     is_off = json_object_get(w->before, "enabled") && !is_set(w->before, "enabled");
	struct buf b = BUF_EMPTY;
	if (!status) return;
	buf_addf(&b, "%s%s", is_off ? "disabled, " : "", status);
	if (!isnan(silent))
		buf_addf(&b, ", heartbeat %s ago", seconds(silent, age, sizeof age));
	else if (json_object_get(w->before, "seconds_since_heartbeat"))
		buf_adds(&b, ", no heartbeat yet");
	buf_addf(&b, ", %s%s", is_calm ? "no notice" : notice, is_calm ? "" : " notice");
	add(w, "agent", is_calm && !is_off ? ST_TEXT : ST_WARN, "%s", buf_str(&b));
	buf_free(&b);
}

static void add_expiry(struct words *w)
{
	char age[24];
	double s = num(w->after, "expires_in_seconds");
	if (isnan(s)) return;
	add(w, "expires", ST_DIM, "in %s unless the agent has claimed it", seconds(s, age, sizeof age));
}

/* --- commands for an agent --- */

enum style effect_old_instance(int64_t wait_s, double usd_per_day, char *out, size_t n)
{
	if (wait_s > 0)
		snprintf(out, n, "terminated %lld s after the new one is primary", (long long)wait_s);
	else if (usd_per_day > 0)
		snprintf(out, n, "KEPT, +$%.2f/day", usd_per_day);
	else
		snprintf(out, n, "KEPT, its cost is not known");
	return wait_s > 0 ? ST_TEXT : ST_CRIT;
}

/* The old instance's fate, where the action has one. */
static void add_fate(struct words *w)
{
	const char *fate = str(w->after, "old_instance_fate"), *id = str(w->after, "old_instance");
	char line[160];
	if (!fate || !id) return;
	double wait = num(w->after, "terminate_wait_seconds"),
	       day = num(w->after, "old_instance_usd_per_day");
	enum style st = effect_old_instance(strcmp(fate, "kept") == 0 || isnan(wait) ? 0 : (int64_t)wait,
	                                    isnan(day) ? 0 : day, line, sizeof line);
	add(w, "old instance", st, "%s: %s", line, id);
}

static void of_switch(struct words *w)
{
	char now[160], then[160];
	add(w, "move", ST_TEXT, "%s -> %s", where_now(w, now, sizeof now), where_then(w, then, sizeof then));
	add_cost(w, num(w->after, "usd_per_hour_change"), num(w->after, "usd_per_month_change"));
	add_fate(w);
	add_agent(w);
	add_expiry(w);
}

static void of_launch(struct words *w)
{
	char now[160], then[160];
	const char *role = str(w->after, "role"), *id = str(w->before, "instance_id");
	add(w, "new", ST_TEXT, "a %s in %s", role ? role : "primary", where_then(w, then, sizeof then));
	add_cost(w, NAN, num(w->after, "usd_per_month_change"));
	if (id)
		add(w, "beside", ST_TEXT, "%s, the primary, in %s", id, where_now(w, now, sizeof now));
	else
		add(w, "beside", ST_TEXT, "nothing: it has no primary");
	add_agent(w);
	add_expiry(w);
}

static void of_terminate(struct words *w)
{
	char now[160];
	const char *role = str(w->before, "role"), *mode = str(w->before, "mode"),
	           *agent = str(w->before, "agent");
	double price =
	        num(w->before, mode && strcmp(mode, "ondemand") == 0 ? "ondemand_price" : "spot_price");
	add(w, "ends", ST_TEXT, "%s of %s in %s", role ? role : "an instance", agent ? agent : "no agent",
	    where_now(w, now, sizeof now));
	add_cost(w, -price, -price * HOURS_PER_MONTH);
	add_agent(w);
	add_expiry(w);
}

static void of_promote(struct words *w)
{
	char now[160];
	const char *old = str(w->after, "old_instance"), *role = str(w->before, "role");
	add(w, "now", ST_TEXT, "%s in %s", role ? role : "an instance", where_now(w, now, sizeof now));
	add(w, "then", ST_TEXT, "primary%s%s", old ? " in place of " : "; there is none now", old ? old : "");
	add_fate(w);
	add_agent(w);
	add_expiry(w);
}

static void of_self_destruct(struct words *w)
{
	char now[160];
	double n = num(w->after, "instances_terminated");
	add(w, "ends", ST_CRIT, "the agent and %s; its primary is in %s",
	    COUNTED(isnan(n) ? 0 : n, "instance", "instances"), where_now(w, now, sizeof now));
	add_agent(w);
	add_expiry(w);
}

/* --- settings, scopes, pools --- */

static void add_value(struct buf *b, const json_t *v)
{
	if (!v || json_is_null(v))
		buf_adds(b, "none");
	else if (json_is_boolean(v))
		buf_adds(b, json_is_true(v) ? "on" : "off");
	else if (json_is_string(v))
		buf_adds(b, json_string_value(v));
	else {
		char *s = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
		buf_adds(b, s);
		free(s);
	}
}

static void add_name(struct buf *b, const char *key)
{
	size_t n = strlen(key), tail = strlen("_enabled");
	if (n > tail && strcmp(key + n - tail, "_enabled") == 0) n -= tail;
	for (size_t i = 0; i < n; i++) buf_addc(b, key[i] == '_' ? ' ' : key[i]);
}

static void of_config(struct words *w)
{
	const char *key;
	json_t *v;
	struct buf b = { .max = 390 };
	json_object_foreach(w->after, key, v)
	{
		const json_t *was = json_object_get(w->before, key);
		if (strcmp(key, "version") == 0 || json_equal(was, v)) continue;
		buf_adds(&b, b.len ? ", " : "");
		add_name(&b, key);
		buf_addc(&b, ' ');
		add_value(&b, was);
		buf_adds(&b, " -> ");
		add_value(&b, v);
	}
	add(w, "changes", ST_TEXT, "%s", b.len ? buf_str(&b) : "nothing");
	buf_free(&b);
	add_agent(w);
}

static void of_cancel(struct words *w)
{
	struct buf b = BUF_EMPTY;
	const char *type = str(w->before, "command_type"), *pool = str(w->before, "target_pool_id"),
	           *id = str(w->before, "instance_id"), *agent = str(w->before, "agent"),
	           *status = str(w->before, "status");
	for (const char *p = type ? type : "command"; *p; p++)
		buf_addc(&b, *p == '_' ? ' ' : *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p);
	if (agent) buf_addf(&b, " of %s", agent);
	if (pool) {
		buf_adds(&b, " to ");
		place(&b, pool);
	} else if (id)
		buf_addf(&b, ", %s", id);
	add(w, "command", ST_TEXT, "%s", buf_str(&b));
	add(w, "now", ST_TEXT, "%s", status ? status : "unknown");
	add(w, "then", ST_TEXT, "cancelled: nobody carries it out");
	buf_free(&b);
}

/* "2026-11-23T11:52:03Z" as "2026-11-23 11:52:03Z". */
static const char *when(const json_t *o, const char *key, char *out, size_t n)
{
	const char *s = str(o, key);
	snprintf(out, n, "%s", s ? s : "it is opened again");
	if (s && strlen(s) > 10 && n > 10 && out[10] == 'T') out[10] = ' ';
	return out;
}

static void of_freeze(struct words *w)
{
	char until[64];
	const char *by = str(w->before, "by"), *why = str(w->before, "reason");
	if (str(w->before, "expires_at"))
		add(w, "now", ST_WARN, "frozen until %s by %s: %s",
		    when(w->before, "expires_at", until, sizeof until), by ? by : "?", why ? why : "");
	else
		add(w, "now", ST_TEXT, "not frozen");
	double held = num(w->after, "commands_held_back"),
	       running = num(w->after, "automatic_commands_running");
	if (str(w->after, "expires_at")) {
		why = str(w->after, "reason");
		add(w, "then", ST_TEXT, "frozen until %s: %s",
		    when(w->after, "expires_at", until, sizeof until), why ? why : "");
		add(w, "means", ST_TEXT,
		    "automatic commands that come meanwhile are cancelled; people's and emergencies pass");
		if (running > 0)
			add(w, "running", ST_WARN, "%s on",
			    COUNTED(running, "automatic command under way goes",
			            "automatic commands under way go"));
	} else {
		add(w, "then", ST_TEXT, "not frozen: automatic commands go through again");
		if (held > 0)
			add(w, "held", ST_TEXT, "%s cancelled",
			    COUNTED(held, "command held back stays", "commands held back stay"));
	}
}

static void of_cordon(struct words *w)
{
	char until[64];
	const char *why = str(w->before, "reason");
	double pending = num(w->after, "commands_pending_for_it");
	if (is_set(w->before, "cordoned"))
		add(w, "now", ST_WARN, "cordoned until %s: %s",
		    when(w->before, "cordoned_until", until, sizeof until), why ? why : "");
	else
		add(w, "now", ST_TEXT, "open");
	why = str(w->after, "reason");
	if (is_set(w->after, "cordoned"))
		add(w, "then", ST_TEXT, "closed to switches and launches until %s: %s",
		    when(w->after, "cordoned_until", until, sizeof until), why ? why : "");
	else
		add(w, "then", ST_TEXT, "open to switches and launches");
	if (pending > 0)
		add(w, "pending", ST_WARN, "%s not stopped",
		    COUNTED(pending, "command already waits for it and is",
		            "commands already wait for it and are"));
}

/* --- plans of evacuation: what a plan comes to --- */

static void add_n(struct buf *b, const json_t *o, const char *key, const char *one, const char *several)
{
	double n = num(o, key);
	if (n > 0) buf_addf(b, "%s%s", b->len ? ", " : "", COUNTED(n, one, several));
}

static void add_counts(struct words *w)
{
	struct buf b = { .max = 390 };
	double misses = num(w->after, "misses"), under = num(w->after, "under_notice");
	add_n(&b, w->after, "promote", "promoted", "promoted");
	add_n(&b, w->after, "switch", "switches", "switch");
	add_n(&b, w->after, "ondemand", "on demand", "on demand");
	add_n(&b, w->after, "none", "has nowhere to go", "have nowhere to go");
	add_n(&b, w->after, "skipped", "without primary", "without primary");
	add(w, "agents", ST_TEXT, "%.0f (%s)", num(w->after, "agents"), buf_str(&b));
	buf_cut(&b, 0);
	add_n(&b, w->after, "in_time", "in time", "in time");
	add_n(&b, w->after, "misses", "misses its deadline", "miss their deadlines");
	add_n(&b, w->after, "unknown", "not known", "not known");
	if (under > 0)
		add(w, "notice", misses > 0 ? ST_CRIT : ST_TEXT, "%.0f under notice (%s)", under,
		    buf_str(&b));
	buf_free(&b);
}

static void add_places(struct words *w)
{
	struct buf b = { .max = 390 };
	json_t *share;
	size_t i;
	json_array_foreach(json_object_get(w->after, "shares"), i, share)
	{
		const char *to = str(share, "place");
		buf_adds(&b, b.len ? ", " : "");
		if (to) place(&b, strcmp(to, "on-demand") == 0 ? NULL : to);
		buf_addf(&b, " %.0f", num(share, "agents"));
	}
	if (b.len) add(w, "to", ST_TEXT, "%s", buf_str(&b));
	buf_free(&b);
}

static void of_plan(struct words *w)
{
	double held = num(w->after, "held"), moving = num(w->after, "released");
	if (num(w->after, "agents") > 0) {
		double now = num(w->after, "usd_per_hour_before"), then = num(w->after, "usd_per_hour_after"),
		       left_out = num(w->after, "unpriced"), at_once = num(w->after, "in_flight"),
		       all = num(w->after, "misses_at_once") + num(w->after, "lost"),
		       limit = num(w->after, "limit");
		add_counts(w);
		add_places(w);
		if (!isnan(now) && !isnan(then))
			add(w, "cost", ST_TEXT, "%.4f -> %.4f $/h (%+.4f)%s", now, then, then - now,
			    left_out > 0 ? ", without those of unknown price" : "");
		add(w, "at once", ST_TEXT,
		    at_once > limit ? "%.0f; the share limit of %.0f is overridden" : "%.0f", at_once, limit);
		if (num(w->after, "misses") > all)
			add(w, "", ST_WARN, "all at once %.0f would miss: override share, with a reason",
			    all);
		return;
	}
	add(w, "then", ST_TEXT, "%s; %.0f held, %.0f under way%s", str(w->after, "state"), held, moving,
	    moving > 0 ? " go on" : "");
}

/* --- the rest: alerts, jobs --- */

static void of_other(struct words *w)
{
	const json_t *states[] = { w->before, w->after };
	static const char *const titles[] = { "now", "then" };
	for (size_t i = 0; i < 2; i++) {
		const char *key;
		json_t *v;
		struct buf b = { .max = 390 };
		json_object_foreach((json_t *)states[i], key, v)
		{
			if (json_is_null(v) || json_is_object(v) || json_is_array(v) ||
			    strcmp(key, "version") == 0 || strstr(key, "_id"))
				continue;
			buf_adds(&b, b.len ? ", " : "");
			add_name(&b, key);
			buf_addc(&b, ' ');
			add_value(&b, v);
		}
		if (b.len) add(w, titles[i], ST_TEXT, "%s", buf_str(&b));
		buf_free(&b);
	}
}

size_t effect_words(const char *verb, const char *before, const char *after, struct word *out)
{
	static const struct {
		const char *verb;
		void (*words)(struct words *w);
	} known[] = {
		{ "switch", of_switch },    { "launch", of_launch },
		{ "promote", of_promote },  { "terminate", of_terminate },
		{ "config", of_config },    { "self_destruct", of_self_destruct },
		{ "cancel", of_cancel },    { "freeze", of_freeze },
		{ "thaw", of_freeze },      { "cordon", of_cordon },
		{ "uncordon", of_cordon },  { "evacuate", of_plan },
		{ "run_plan", of_plan },    { "pause_plan", of_plan },
		{ "resume_plan", of_plan }, { "cancel_plan", of_plan },
	};
	struct words w = { .verb = verb,
		           .before = before ? json_loads(before, 0, NULL) : NULL,
		           .after = after ? json_loads(after, 0, NULL) : NULL,
		           .out = out };
	void (*words)(struct words *) = of_other;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].verb, verb) == 0) words = known[i].words;
	if (w.before || w.after) words(&w);
	json_decref(w.before);
	json_decref(w.after);
	return w.n;
}
