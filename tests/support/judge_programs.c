/* judge_programs.c - see judge.h: the programs before the truth, as those who call them see it. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/endpoint.h"
#include "tests/support/judge.h"
#include "tests/support/judge_rows.h"
#include "tests/support/rig.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The rows of -o json as a table; key: of which array. */
static struct table *rows_of(const char *text, const char *key)
{
	json_error_t e;
	json_t *all = json_loads(text, 0, &e), *row, *cell;
	ck_assert_msg(all != NULL, "%s in %.500s", e.text, text);
	json_t *rows = json_object_get(all, key);
	json_t *shape = json_array_get(rows, 0);
	struct table *t = table_new(json_object_size(shape));
	const char *name;
	size_t c = 0, i;
	json_object_foreach(shape, name, cell) t->names[c++] = arena_dup(&t->arena, name, strlen(name));
	json_array_foreach(rows, i, row)
	{
		struct cell *to = table_add_row(t);
		for (c = 0; c < t->n_cols; c++) {
			cell = json_object_get(row, t->names[c]);
			if (!cell || json_is_null(cell)) continue;
			char *s = json_is_boolean(cell)  ? mem_dup(json_is_true(cell) ? "1" : "0")
			          : json_is_string(cell) ? mem_dup(json_string_value(cell))
			                                 : json_dumps(cell, JSON_ENCODE_ANY);
			to[c] = (struct cell){ arena_dup(&t->arena, s, strlen(s)), strlen(s) };
			free(s);
		}
	}
	json_decref(all);
	return t;
}

/* Was it so at one of the seconds in which the program ran? */
struct asked {
	struct judge *j;
	const struct raw *f;
	const struct truth *t; /* when the alerts were opened */
	int64_t from, to;
	struct rig_run run;
};
static void ask(struct asked *a, const char *const *argv)
{
	a->from = rig_number(a->j->rig, "SELECT UNIX_TIMESTAMP()") - a->j->now;
	a->run = rig_spotop(a->j->rig, false, argv);
	a->to = rig_number(a->j->rig, "SELECT UNIX_TIMESTAMP()") - a->j->now;
}

static char *at_one_of(struct asked *a, char *(*is)(struct asked *a, const struct truth *t))
{
	static struct truth t;
	char *found = NULL;
	for (int64_t at = a->from; at <= a->to && (at == a->from || found); at++) {
		free(found);
		a->j->at = at;
		truth_of(a->f, at, a->t, &t);
		found = is(a, &t);
	}
	rig_run_free(&a->run);
	return found;
}

static char *overview(struct asked *a, const struct truth *t)
{
	struct table *rows = rows_of(a->run.out, "rows");
	return and_free(overview_is(a->f, t, rows), rows);
}
static char *agents(struct asked *a, const struct truth *t)
{
	struct table *rows = rows_of(a->run.out, "rows");
	return and_free(agents_are(a->j, a->f, t, rows), rows);
}
static char *clients(struct asked *a, const struct truth *t)
{
	struct table *rows = rows_of(a->run.out, "rows");
	return and_free(clients_are(a->f, t, rows), rows);
}

/* The plugin: its code, its words of the gravest, its figures. */
static char *figure(const char *out, const char *name, int must)
{
	char key[60];
	snprintf(key, sizeof key, " %s=", name);
	const char *at = strstr(out, key);
	if (at && atoi(at + strlen(key)) == must) return NULL;
	return mem_printf("check: %s is not %d in %s", name, must, out);
}

static char *check(struct asked *a, const struct truth *t)
{
	const char *out = a->run.out;
	int by[3] = { 0 }, kinds[TRUTH_KINDS + 1] = { 0 };
	const struct truth_condition *first = NULL;
	for (size_t k = 0; k < t->n_conditions; k++) {
		const struct truth_condition *c = &t->conditions[k];
		if (c->is_snoozed) continue;
		if (!first) first = c;
		by[*c->severity == 'c' ? 0 : *c->severity == 'e' ? 1 : 2]++, kinds[c->place]++;
	}
	int code = by[0] + by[1] ? 2 : by[2] ? 1 : 0;
	if (a->run.code != code) return mem_printf("check: exit %d, not %d: %s", a->run.code, code, out);
	OR(figure(out, "critical", by[0]));
	OR(figure(out, "errors", by[1]));
	OR(figure(out, "warnings", by[2]));
	OR(figure(out, "unhealthy", t->unhealthy));
	OR(figure(out, "agents", t->all.enabled));
	for (int p = 0; p < TRUTH_KINDS; p++) {
		char name[40];
		snprintf(name, sizeof name, "alert_%s", truth_kinds[p]);
		OR(figure(out, name, kinds[p + 1]));
	}
	if (t->unhealthy && strstr(out, "nothing wrong"))
		return mem_printf("check: nothing wrong beside the unhealthy: %s", out);
	for (size_t k = 0; first && k < t->n_conditions; k++) { /* one of its kind is the first named */
		const struct truth_condition *c = &t->conditions[k];
		char name[RAW_ID];
		if (c->place != first->place || c->is_snoozed) continue;
		if (c->instance != NONE && strstr(c->kind, "overdue"))
			raw_instance_id(c->instance, name);
		else if (c->agent != NONE)
			raw_agent_name(c->agent, name);
		else
			return NULL;
		const char *colon = strchr(out, ':'), *at = strstr(out, name);
		if (at && colon && at < colon) return NULL;
	}
	return first ? mem_printf("check: does not name the gravest (%s): %s", first->key, out) : NULL;
}

static char *alerts(struct asked *a, const struct truth *t)
{
	struct table *rows = rows_of(a->run.out, "rows");
	char *found = NULL;
	int place = 0;
	(void)t; /* the alerts are those of the worker's look; a snooze may have ended since */
	if (rows->n_rows != a->t->n_conditions)
		found = mem_printf("alerts: %zu rows, not %zu", rows->n_rows, a->t->n_conditions);
	for (size_t i = 0; i < rows->n_rows && !found; i++) {
		const char *kind = table_get(rows, i, "kind"), *agent = table_get(rows, i, "agent");
		int p = 0;
		while (p < TRUTH_KINDS && strcmp(truth_kinds[p], kind) != 0) p++;
		bool is_snoozed = strcmp(table_get(rows, i, "state"), "snoozed") == 0, is_known = false;
		if (!is_snoozed && p < place)
			found = mem_printf("alerts: %s stands after a lesser one", kind);
		if (!is_snoozed) place = p;
		for (size_t k = 0; k < a->t->n_conditions; k++) {
			char name[RAW_ID] = "";
			const struct truth_condition *c = &a->t->conditions[k];
			if (c->agent != NONE) raw_agent_name(c->agent, name);
			is_known |= strcmp(c->kind, kind) == 0 &&
			            (c->is_snoozed && c->until > a->j->at) == is_snoozed &&
			            strcmp(name, agent ? agent : "") == 0;
		}
		if (!is_known && !found)
			found = mem_printf("alerts: %s of %s is open", kind, agent ? agent : "no agent");
	}
	return and_free(found, rows);
}

static char *report(struct asked *a, const struct truth *t)
{
	struct table *rows = rows_of(a->run.out, "unhealthy"), *open = rows_of(a->run.out, "alerts_open");
	char *found = NULL;
	if ((int)rows->n_rows != t->unhealthy)
		found = mem_printf("report: %zu unhealthy, not %d", rows->n_rows, t->unhealthy);
	for (int k = 0; k < a->f->n_agents && !found && rows->n_rows; k++) {
		char name[RAW_ID];
		raw_agent_name(k, name);
		size_t i = row_of(rows, "agent", name);
		if (i < rows->n_rows) found = text_is("report", rows, i, name, "cause", t->agents[k].cause);
	}
	if (!found && open->n_rows != a->t->n_conditions)
		found = mem_printf("report: %zu alerts, not %zu", open->n_rows, a->t->n_conditions);
	table_free(open);
	return and_free(found, rows);
}

char *judge_programs(struct judge *j, const struct raw *f, const struct truth *t)
{
	struct asked a = { .j = j, .f = f, .t = t };
	static const struct {
		const char *argv[6];
		char *(*is)(struct asked *a, const struct truth *t);
	} programs[] = {
		{ { "overview", "-o", "json", NULL }, overview },
		{ { "agents", "-o", "json", NULL }, agents },
		{ { "clients", "-o", "json", NULL }, clients },
		{ { "check", NULL }, check },
		{ { "alerts", "-o", "json", NULL }, alerts },
		{ { "report", "--since", "1h", "-o", "json", NULL }, report },
	};
	for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
		ask(&a, programs[i].argv);
		OR(at_one_of(&a, programs[i].is));
	}
	return NULL;
}

/* --- /metrics --- */
/* name{label} value, a line each */
static struct table *metrics_of(const char *text)
{
	static const char *const names[] = { "metric", "label", "value" };
	struct table *t = table_new(3);
	for (int c = 0; c < 3; c++) t->names[c] = names[c];
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t name = strcspn(line, "{ \n"),
		       label = line[name] == '{' ? strcspn(line + name, "}") : 0;
		const char *value = line + name + label + (label ? 2 : 1);
		if (*line == '#' || *line == '\n') continue;
		struct cell *row = table_add_row(t);
		row[0] = (struct cell){ arena_dup(&t->arena, line, name), name };
		if (label)
			row[1] = (struct cell){ arena_dup(&t->arena, line + name + 1, label - 1), label - 1 };
		size_t n = strcspn(value, "\n");
		row[2] = (struct cell){ arena_dup(&t->arena, value, n), n };
	}
	return t;
}

char *judge_endpoint(struct judge *j, const struct raw *f, const struct truth *t, unsigned port)
{
	static struct truth now;
	char cmd[100], *found = NULL;
	snprintf(cmd, sizeof cmd, "curl -s http://127.0.0.1:%u/metrics", port);
	for (int i = 0; i < 200 && (i == 0 || found); i++) { /* it looks each few seconds */
		free(found);
		struct table *rows = metrics_of(endpoint_printed(cmd));
		truth_of(f, rig_number(j->rig, "SELECT UNIX_TIMESTAMP()") - j->now, t, &now);
		found = and_free(metrics_are(&now, rows), rows);
		if (found) usleep(150000);
	}
	return found;
}
