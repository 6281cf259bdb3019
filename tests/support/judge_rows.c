/* judge_rows.c - see judge_rows.h. */
#include "tests/support/judge_rows.h"
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/judge.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- differences --- */
static char *differs(const char *where, const char *who, const char *what, const char *is, const char *must)
{
	return mem_printf("%s: %s of %s is %s, not %s", where, what, who, is ? is : "NULL", must);
}

char *text_is(const char *where, const struct table *t, size_t row, const char *who, const char *col,
              const char *must)
{
	const char *is = table_get(t, row, col);
	if (must ? is && strcmp(is, must) == 0 : !is) return NULL;
	return differs(where, who, col, is, must ? must : "NULL");
}

char *number_is(const char *where, const struct table *t, size_t row, const char *who, const char *col,
                double must)
{
	char text[40];
	const char *is = table_get(t, row, col);
	if (is && fabs(strtod(is, NULL) - must) < 0.00011) return NULL;
	snprintf(text, sizeof text, "%.6f", must);
	return differs(where, who, col, is, text);
}

size_t row_of(const struct table *t, const char *col, const char *value)
{
	size_t i = 0;
	while (i < t->n_rows && (!table_get(t, i, col) || strcmp(table_get(t, i, col), value) != 0)) i++;
	return i;
}

/* A sum over n, of which some are not known: nothing of nothing is 0, nothing known of some is NULL. */
static char *sum_is(const char *where, const struct table *t, size_t row, const char *who, const char *col,
                    int n, int unknown, int64_t millionths)
{
	return n > 0 && unknown == n ? text_is(where, t, row, who, col, NULL)
	                             : number_is(where, t, row, who, col, (double)millionths / 1e6);
}

static char *money_is(const char *where, const struct table *t, size_t row, const char *who,
                      const struct truth_sum *s)
{
	OR(sum_is(where, t, row, who, "cost_usd_per_hour", s->costing, s->unpriced, s->cost));
	OR(sum_is(where, t, row, who, "saved_usd_per_hour", s->saving, s->unmeasured, s->saved));
	OR(sum_is(where, t, row, who, "zombie_usd_per_hour", s->zombie, s->unpriced_zombies, s->zombie_cost));
	return number_is(where, t, row, who, "unpriced", s->unpriced);
}

/* --- agents --- */
static char *counts_are(const char *where, const struct table *t, size_t i, const char *who,
                        const struct truth_sum *s)
{
	OR(number_is(where, t, i, who, "primary_count", s->primary));
	OR(number_is(where, t, i, who, "replica_count", s->replica));
	OR(number_is(where, t, i, who, "zombie_count", s->zombie));
	return number_is(where, t, i, who, "total_instances", s->total);
}

char *agents_are(const struct judge *j, const struct raw *f, const struct truth *t, const struct table *rows)
{
	size_t n = 0;
	for (int k = 0; k < f->n_agents; k++) {
		const struct raw_agent *a = &f->agents[k];
		const struct truth_agent *is = &t->agents[k];
		char name[RAW_ID];
		if (a->is_gone) continue;
		n++;
		raw_agent_name(k, name);
		size_t i = row_of(rows, "agent", name);
		if (i == rows->n_rows) return mem_printf("agents: no %s", name);
		OR(text_is("agents", rows, i, name, "cause", is->cause));
		OR(text_is("agents", rows, i, name, "health", truth_healths[is->health]));
		OR(number_is("agents", rows, i, name, "health_rank", is->health));
		OR(number_is("agents", rows, i, name, "impact", is->place));
		OR(counts_are("agents", rows, i, name, &is->sum));
		if (a->last_heartbeat == NEVER || a->last_heartbeat > j->at + 90)
			OR(text_is("agents", rows, i, name, "seconds_since_heartbeat", NULL));
		else
			OR(number_is("agents", rows, i, name, "seconds_since_heartbeat",
			             (double)(j->at > a->last_heartbeat ? j->at - a->last_heartbeat : 0)));
	}
	return rows->n_rows == n ? NULL : mem_printf("agents: %zu rows, not %zu", rows->n_rows, n);
}

/* Those in trouble are found without looking at the others. */
char *trouble_is(const struct raw *f, const struct truth *t, const struct table *rows)
{
	size_t n = 0;
	for (int k = 0; k < f->n_agents; k++) {
		char name[RAW_ID];
		if (f->agents[k].is_gone || t->agents[k].health >= WELL) continue;
		n++;
		raw_agent_name(k, name);
		if (row_of(rows, "agent", name) == rows->n_rows)
			return mem_printf("agents_trouble: no %s", name);
	}
	return rows->n_rows == n ? NULL : mem_printf("agents_trouble: %zu rows, not %zu", rows->n_rows, n);
}

/* --- what holds --- */
static int64_t unix_of(const char *at)
{
	struct tm tm = { 0 };
	return strptime(at, "%Y-%m-%d %H:%M:%S", &tm) ? (int64_t)timegm(&tm) : 0;
}

/* By place, then since when (not known last), then by its key. */
static int by_order(const struct table *t, size_t a, size_t b)
{
	const char *x = table_get(t, a, "began"), *y = table_get(t, b, "began");
	int by = (int)(table_int(t, a, "place", 0) - table_int(t, b, "place", 0));
	if (by == 0) by = (x == NULL) - (y == NULL);
	if (by == 0 && x) by = strcmp(x, y);
	return by ? by : strcmp(table_get(t, a, "alert_key"), table_get(t, b, "alert_key"));
}

char *conditions_are(const struct judge *j, const struct raw *f, const struct truth *t,
                     const struct table *rows)
{
	for (size_t k = 0; k < t->n_conditions; k++) {
		const struct truth_condition *c = &t->conditions[k];
		char id[RAW_ID], name[RAW_ID];
		size_t i = row_of(rows, "alert_key", c->key);
		if (i == rows->n_rows) return mem_printf("conditions: no %s", c->key);
		OR(text_is("conditions", rows, i, c->key, "kind", c->kind));
		OR(text_is("conditions", rows, i, c->key, "severity", c->severity));
		raw_agent_id(c->agent, name), raw_instance_id(c->instance, id);
		OR(text_is("conditions", rows, i, c->key, "agent_id", c->agent == NONE ? NULL : name));
		OR(text_is("conditions", rows, i, c->key, "instance_id", c->instance == NONE ? NULL : id));
		if (c->pool != NONE) raw_pool_id(f, c->pool, id);
		OR(text_is("conditions", rows, i, c->key, "pool_id", c->pool == NONE ? NULL : id));
		OR(number_is("conditions", rows, i, c->key, "is_snoozed", c->is_snoozed));
		if (c->since != NEVER) {
			const char *at = table_get(rows, i, "since");
			if (!at || unix_of(at) != j->now + c->since)
				return mem_printf("conditions: %s is since %s, not %+lld s", c->key,
				                  at ? at : "NULL", (long long)c->since);
		}
		if (c->extent >= 0) {
			const char *extent = table_get(rows, i, "extent");
			if (!extent || fabs(strtod(extent, NULL) - c->extent) > 0.0001)
				return mem_printf("conditions: %s is of %s, not %.4f", c->key,
				                  extent ? extent : "NULL", c->extent);
		}
	}
	for (size_t i = 0; i < rows->n_rows; i++) {
		size_t k = 0;
		while (k < t->n_conditions &&
		       strcmp(t->conditions[k].key, table_get(rows, i, "alert_key")) != 0)
			k++;
		if (k == t->n_conditions)
			return mem_printf("conditions: %s holds, and should not",
			                  table_get(rows, i, "alert_key"));
		if (i > 0 && by_order(rows, i - 1, i) > 0)
			return mem_printf("conditions: %s stands after a lesser one",
			                  table_get(rows, i, "alert_key"));
	}
	return NULL;
}

char *kinds_are(const struct truth *t, const struct table *rows)
{
	if (rows->n_rows != TRUTH_KINDS) return mem_printf("check: %zu kinds", rows->n_rows);
	for (int p = 0; p < TRUTH_KINDS; p++) {
		int n = 0, snoozed = 0;
		for (size_t k = 0; k < t->n_conditions; k++) {
			if (t->conditions[k].place != p + 1) continue;
			n += !t->conditions[k].is_snoozed, snoozed += t->conditions[k].is_snoozed;
		}
		OR(text_is("check", rows, (size_t)p, "its place", "kind", truth_kinds[p]));
		OR(text_is("check", rows, (size_t)p, truth_kinds[p], "severity", truth_severities[p]));
		OR(number_is("check", rows, (size_t)p, truth_kinds[p], "n", n));
		OR(number_is("check", rows, (size_t)p, truth_kinds[p], "snoozed", snoozed));
	}
	return NULL;
}

static int with_notice(const struct raw *f, enum raw_notice n)
{
	int sum = 0;
	for (int k = 0; k < f->n_agents; k++)
		sum += !f->agents[k].is_gone && f->agents[k].is_enabled && f->agents[k].notice == n;
	return sum;
}

char *check_is(const struct raw *f, const struct truth *t, const struct table *rows)
{
	OR(number_is("check", rows, 0, "all", "agents", t->all.enabled));
	OR(number_is("check", rows, 0, "all", "unhealthy", t->unhealthy));
	OR(number_is("check", rows, 0, "all", "zombies", t->all.zombie));
	OR(money_is("check", rows, 0, "all", &t->all));
	OR(number_is("check", rows, 0, "all", "launches_overdue", t->all.overdue_launches));
	OR(number_is("check", rows, 0, "all", "terminations_overdue", t->all.overdue_terminations));
	OR(number_is("check", rows, 0, "all", "commands_pending", t->pending));
	return number_is("check", rows, 0, "all", "termination_notices", with_notice(f, TERMINATION));
}

/* --- deadlines --- */
char *rescue_is(const struct raw *f, const struct truth *t, const struct table *rows)
{
	for (size_t i = 0; i < rows->n_rows; i++) {
		int k = 0;
		char id[RAW_ID];
		for (; k < f->n_agents; k++) {
			raw_agent_id(k, id);
			if (strcmp(id, table_get(rows, i, "agent_id")) == 0) break;
		}
		const struct truth_rescue *r = &t->agents[k].rescue;
		raw_agent_name(k, id);
		OR(number_is("rescue", rows, i, id, "left_s", (double)r->left));
		OR(text_is("rescue", rows, i, id, "verdict", truth_verdicts[r->verdict]));
		if (r->margin != UNKNOWN_MARGIN)
			OR(number_is("rescue", rows, i, id, "margin_s", (double)r->margin));
		if (r->verdict == RESCUED || r->verdict == MISSED) continue;
		char named[RAW_ID];
		raw_instance_id(r->replica, named);
		OR(text_is("rescue", rows, i, id, "replica_id", r->replica == NONE ? NULL : named));
		raw_instance_id(r->launching, named);
		OR(text_is("rescue", rows, i, id, "launching_id", r->launching == NONE ? NULL : named));
		if (r->pool != NONE) {
			raw_pool_id(f, r->pool, named);
			OR(text_is("rescue", rows, i, id, "boot_pool", named));
		}
		OR(number_is("rescue", rows, i, id, "boot_n", r->n));
	}
	return NULL;
}

/* Everybody under notice, each with its verdict, the gravest first. */
char *deadlines_are(const struct raw *f, const struct truth *t, const struct table *rows)
{
	static const int ranks[] = { [MISSED] = 1, [MAKES_IT] = 3, [RESCUED] = 4 };
	int last = 0, must = with_notice(f, TERMINATION) + with_notice(f, REBALANCE);
	if ((int)rows->n_rows != must) return mem_printf("deadlines: %zu rows, not %d", rows->n_rows, must);
	for (int place = 1; place <= must; place++) {
		char id[RAW_ID];
		snprintf(id, sizeof id, "%d", place);
		size_t i = row_of(rows, "place", id);
		if (i == rows->n_rows) return mem_printf("deadlines: nobody is at place %d", place);
		int k = 0;
		for (; k < f->n_agents; k++) {
			raw_agent_id(k, id);
			if (strcmp(id, table_get(rows, i, "agent_id")) == 0) break;
		}
		raw_agent_name(k, id);
		enum truth_verdict v = t->agents[k].rescue.verdict;
		bool is_risk = f->agents[k].notice == REBALANCE && v != RESCUED;
		OR(text_is("deadlines", rows, i, id, "verdict", is_risk ? "RISK" : truth_verdicts[v]));
		int rank = is_risk ? 5 : v < (int)ARRAY_LEN(ranks) && ranks[v] ? ranks[v] : 2;
		if (rank < last) return mem_printf("deadlines: %s is not in its place", id);
		last = rank;
	}
	return NULL;
}

/* Each zone of each client that has an enabled agent there, counted. */
char *zones_are(const struct raw *f, const struct truth *t, const struct table *rows)
{
	size_t seen = 0;
	for (int c = 0; c < f->n_clients; c++)
		for (int z = 0; z < 6; z++) {
			int all = 0, noticed = 0, missed = 0, met = 0;
			for (int k = 0; k < f->n_agents; k++) {
				const struct raw_agent *a = &f->agents[k];
				enum truth_verdict v = t->agents[k].rescue.verdict;
				if (a->is_gone || !a->is_enabled || a->client != c || a->zone == NONE ||
				    a->region * 3 + a->zone != z)
					continue;
				all++;
				if (a->notice != TERMINATION || v == RESCUED) continue;
				noticed++, missed += v == MISSED, met += v == MAKES_IT;
			}
			if (!all) continue;
			char zone[RAW_ID], key[RAW_ID + 20];
			raw_zone(z / 3, z % 3, zone);
			snprintf(key, sizeof key, "%s/client-%d", zone, c);
			size_t i = row_of(rows, "zone", key);
			if (i == rows->n_rows) return mem_printf("zones: no %s", key);
			seen++;
			OR(number_is("zones", rows, i, key, "agents", all));
			OR(number_is("zones", rows, i, key, "noticed", noticed));
			OR(number_is("zones", rows, i, key, "missed", missed));
			OR(number_is("zones", rows, i, key, "at_risk", noticed - missed - met));
		}
	return seen == rows->n_rows ? NULL : mem_printf("zones: %zu, not %zu", rows->n_rows, seen);
}

/* --- the overview --- */
static char *line_is(const struct table *rows, const char *line, const char *col, double must)
{
	size_t i = row_of(rows, "line", line);
	return i == rows->n_rows ? mem_printf("overview: no line %s", line)
	                         : number_is("overview", rows, i, line, col, must);
}

char *overview_is(const struct raw *f, const struct truth *t, const struct table *rows)
{
	int by[3] = { 0 }, snoozed = 0;
	for (size_t k = 0; k < t->n_conditions; k++) {
		const struct truth_condition *c = &t->conditions[k];
		snoozed += c->is_snoozed;
		by[*c->severity == 'c' ? 0 : *c->severity == 'e' ? 1 : 2] += !c->is_snoozed;
	}
	const char *word = by[0]                     ? "CRITICAL"
	                   : by[1]                   ? "ERROR"
	                   : by[2]                   ? "WARNING"
	                   : t->unhealthy || snoozed ? "LOOK"
	                                             : "OK";
	OR(text_is("overview", rows, row_of(rows, "line", "verdict/word"), "verdict", "state", word));
	OR(line_is(rows, "verdict/critical", "value", by[0]));
	OR(line_is(rows, "verdict/errors", "value", by[1]));
	OR(line_is(rows, "verdict/warnings", "value", by[2]));
	OR(line_is(rows, "verdict/snoozed", "value", snoozed));
	OR(line_is(rows, "verdict/unhealthy", "value", t->unhealthy));
	for (int h = 0; h < 6; h++) {
		char line[40];
		snprintf(line, sizeof line, "health/%s", truth_healths[h]);
		if (t->health_n[h] || h == WELL) OR(line_is(rows, line, "value", t->health_n[h]));
	}
	OR(line_is(rows, "fleet/instances", "value", t->all.total));
	OR(line_is(rows, "fleet/primary", "value", t->all.primary));
	OR(line_is(rows, "fleet/replica", "value", t->all.replica));
	OR(line_is(rows, "fleet/zombie", "value", t->all.zombie));
	OR(line_is(rows, "fleet/launching", "value", t->all.launching));
	OR(line_is(rows, "fleet/terminating", "value", t->all.terminating));
	OR(line_is(rows, "fleet/promoting", "value", t->all.promoting));
	OR(sum_is("overview", rows, row_of(rows, "line", "money/cost_usd_per_hour"), "all", "value",
	          t->all.costing, t->all.unpriced, t->all.cost));
	OR(sum_is("overview", rows, row_of(rows, "line", "money/saved_usd_per_month"), "all", "value",
	          t->all.saving, t->all.unmeasured, 720 * t->all.saved));
	OR(sum_is("overview", rows, row_of(rows, "line", "money/zombie_usd_per_hour"), "all", "value",
	          t->all.zombie, t->all.unpriced_zombies, t->all.zombie_cost));
	for (int k = 0; k < f->n_agents; k++) {
		char name[RAW_ID], line[60];
		const struct truth_agent *a = &t->agents[k];
		if (f->agents[k].is_gone) continue;
		raw_agent_name(k, name);
		snprintf(line, sizeof line, "unhealthy/%s", name);
		size_t i = row_of(rows, "line", line);
		if ((i < rows->n_rows) != (a->health <= NO_HEALTH))
			return mem_printf("overview: %s is %sunhealthy", name,
			                  i < rows->n_rows ? "" : "not ");
		if (i < rows->n_rows) OR(text_is("overview", rows, i, name, "detail", a->cause));
		if (f->agents[k].notice != TERMINATION || !f->agents[k].is_enabled) continue;
		snprintf(line, sizeof line, "deadline/%s", name);
		i = row_of(rows, "line", line);
		if (i == rows->n_rows) return mem_printf("overview: no %s", line);
		const char *says = table_get(rows, i, "detail");
		if (!strstr(says, truth_verdicts[a->rescue.verdict]))
			return differs("overview", name, "deadline", says, truth_verdicts[a->rescue.verdict]);
	}
	return NULL;
}

/* --- metrics, clients, header --- */
static char *metric_is(const struct table *rows, const char *metric, const char *label, double must)
{
	for (size_t i = 0; i < rows->n_rows; i++) {
		const char *l = table_get(rows, i, "label");
		if (strcmp(table_get(rows, i, "metric"), metric) != 0 ||
		    (label ? !l || strcmp(l, label) != 0 : l != NULL))
			continue;
		const char *v = table_get(rows, i, "value");
		return v || must != 0 ? number_is("metrics", rows, i, label ? label : metric, "value", must)
		                      : NULL;
	}
	return must == 0 ? NULL : mem_printf("metrics: no %s %s", metric, label ? label : "");
}

char *metrics_are(const struct truth *t, const struct table *rows)
{
	char label[80];
	for (int h = DEAD; h <= WARN; h++) {
		snprintf(label, sizeof label, "health=\"%s\"", truth_healths[h]);
		OR(metric_is(rows, "spotop_agents", label, t->health_n[h]));
	}
	OR(metric_is(rows, "spotop_agents_enabled", NULL, t->all.enabled));
	OR(metric_is(rows, "spotop_instances", NULL, t->all.total));
	OR(metric_is(rows, "spotop_zombies", NULL, t->all.zombie));
	OR(metric_is(rows, "spotop_instances_unpriced", NULL, t->all.unpriced));
	if (t->all.costing > t->all.unpriced)
		OR(metric_is(rows, "spotop_cost_usd_per_hour", NULL, (double)t->all.cost / 1e6));
	if (t->all.saving > t->all.unmeasured)
		OR(metric_is(rows, "spotop_saved_usd_per_hour", NULL, (double)t->all.saved / 1e6));
	OR(metric_is(rows, "spotop_commands_pending", NULL, t->pending));
	OR(metric_is(rows, "spotop_commands_executing", NULL, t->executing));
	for (int p = 0; p < TRUTH_KINDS; p++) {
		int n = 0, snoozed = 0;
		for (size_t k = 0; k < t->n_conditions; k++) {
			if (t->conditions[k].place != p + 1) continue;
			n += !t->conditions[k].is_snoozed, snoozed += t->conditions[k].is_snoozed;
		}
		snprintf(label, sizeof label, "kind=\"%s\",severity=\"%s\"", truth_kinds[p],
		         truth_severities[p]);
		OR(metric_is(rows, "spotop_conditions", label, n));
		OR(metric_is(rows, "spotop_conditions_snoozed", label, snoozed));
	}
	return NULL;
}

char *clients_are(const struct raw *f, const struct truth *t, const struct table *rows)
{
	for (int c = 0; c < f->n_clients; c++) {
		char name[RAW_ID];
		const struct truth_sum *s = &t->clients[c];
		if (f->clients[c].is_gone) continue;
		snprintf(name, sizeof name, "client-%d", c);
		size_t i = row_of(rows, "client", name);
		if (i == rows->n_rows) return mem_printf("clients: no %s", name);
		if (s->agents + s->total == 0) continue;
		OR(number_is("clients", rows, i, name, "agents", s->agents));
		OR(number_is("clients", rows, i, name, "total_instances", s->total));
		OR(number_is("clients", rows, i, name, "running", s->running));
		OR(number_is("clients", rows, i, name, "zombies", s->zombie));
		OR(money_is("clients", rows, i, name, s));
	}
	return NULL;
}

char *sums_are(const struct judge *j, const struct raw *f, const struct truth *t, const struct table *rows)
{
	for (int c = -1; c < f->n_clients; c++) {
		char name[RAW_ID] = "all";
		const struct truth_sum *s = c < 0 ? &t->all : &t->clients[c];
		if ((c >= 0 && f->clients[c].is_gone) || s->total == 0) continue;
		if (c >= 0) snprintf(name, sizeof name, "client-%d", c);
		size_t i = row_of(rows, "who", name);
		if (i == rows->n_rows) return mem_printf("sums: none of %s", name);
		OR(money_is("sums", rows, i, name, s));
		OR(number_is("sums", rows, i, name, "unmeasured", s->unmeasured));
		OR(s->is_dated ? number_is("sums", rows, i, name, "priced", (double)(j->now + s->priced_at))
		               : text_is("sums", rows, i, name, "priced", NULL));
	}
	return NULL;
}

char *header_is(const struct raw *f, const struct truth *t, const struct table *rows)
{
	OR(number_is("header", rows, 0, "all", "agents", t->all.enabled));
	OR(number_is("header", rows, 0, "all", "instances", t->all.total));
	OR(number_is("header", rows, 0, "all", "freezes", t->freezes));
	return number_is("header", rows, 0, "all", "termination_notices", with_notice(f, TERMINATION));
}

char *outages_are(const struct raw *f, const struct truth *t, const struct table *rows)
{
	size_t go_on = 0, n = 0;
	for (size_t i = 0; i < rows->n_rows; i++) go_on += table_get(rows, i, "ended_at") == NULL;
	for (int k = 0; k < f->n_agents; k++) {
		bool has_any = false, is_told = false;
		char name[RAW_ID];
		for (int i = 0; i < f->n_instances; i++)
			has_any |= !f->instances[i].is_gone && f->instances[i].agent == k;
		if (f->agents[k].is_gone || !f->agents[k].is_enabled || !has_any ||
		    t->agents[k].sum.primary > 0)
			continue;
		n++;
		raw_agent_name(k, name);
		for (size_t i = 0; i < rows->n_rows; i++)
			is_told |= !table_get(rows, i, "ended_at") &&
			           strcmp(table_get(rows, i, "agent"), name) == 0;
		if (!is_told) return mem_printf("outages: none of %s goes on", name);
	}
	return go_on == n ? NULL : mem_printf("outages: %zu go on, not %zu", go_on, n);
}

char *and_free(char *found, struct table *t)
{
	table_free(t);
	return found;
}
