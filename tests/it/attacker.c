/* attacker.c - whatever each role gives a routine that it may call, and whatever its session is set to: the routine
 * acts, or refuses with a sentence; it leaves no transaction open and no lock, audits what a verb did, dates nothing,
 * and touches nobody else's. The routines and their arguments are read from information_schema: a new one must get
 * its control values here. Seeded: SPOTOP_SEED says in which order, SPOTOP_ATTACK for how many seconds a case. */
#include "core/base/mem.h"
#include "core/db/table.h"
#include "tests/support/attack.h"
#include "tests/support/attack_values.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_attacker(void);

static struct attack at;
static const char *const roles[] = { "viewer", "operator", "agent", "worker", "admin" };

/* --- the generator --- */
/* These read, or find nothing to do in the fixture. */
static const char *const quiet = " schema_objects partitions_ahead partitions_strays triggers_renew "
                                 "job_drop_parts instance_counts_recount bulk_end ";
/* What an administrator calls by hand. */
static const char *const by_hand = "'agent_bind', 'bulk_begin', 'clock_hold', 'bulk_end'";

struct routine {
	char name[80];
	bool is_function;
	struct param {
		char name[80];
		bool is_out;
		const struct attack_control *control;
	} params[20];
	size_t n;
};
static struct routine routines[64];
static size_t n_routines;

static const struct attack_control *control_of(const char *routine, const char *param)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < attack_n_controls; i++)
			if ((attack_controls[i].routine != NULL) == (pass == 0) &&
			    (pass || strcmp(attack_controls[i].routine, routine) == 0) &&
			    strcmp(attack_controls[i].param, param) == 0)
				return &attack_controls[i];
	ck_abort_msg("routine %s: no control value for %s: give it one in tests/it/attacker.c", routine,
	             param);
}

/* What the role is granted itself: what it has of the viewer is tried as the viewer. */
static void learn(const char *role)
{
	struct table *t = strcmp(role, "admin") == 0
	                          ? rig_table(&at.rig,
	                                      "SELECT ROUTINE_NAME AS name, ROUTINE_TYPE AS kind FROM "
	                                      "information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() "
	                                      "AND ROUTINE_NAME IN (%s) ORDER BY 1",
	                                      by_hand)
	                          : rig_table(&at.rig,
	                                      "SELECT r.ROUTINE_NAME AS name, r.ROUTINE_TYPE AS kind FROM "
	                                      "information_schema.ROUTINES r JOIN mysql.procs_priv p ON p.Db "
	                                      "= r.ROUTINE_SCHEMA AND "
	                                      "p.Routine_name = r.ROUTINE_NAME WHERE r.ROUTINE_SCHEMA = "
	                                      "DATABASE() AND p.User = 'spotop_%s' ORDER BY 1",
	                                      role);
	n_routines = t->n_rows;
	ck_assert_msg(n_routines > 0 && n_routines <= ARRAY_LEN(routines), "%zu routines of %s", n_routines,
	              role);
	for (size_t i = 0; i < n_routines; i++) {
		struct routine *r = &routines[i];
		*r = (struct routine){ .is_function = strcmp(table_get(t, i, "kind"), "FUNCTION") == 0 };
		snprintf(r->name, sizeof r->name, "%s", table_get(t, i, "name"));
		struct table *p =
		        rig_table(&at.rig,
		                  "SELECT PARAMETER_NAME AS name, PARAMETER_MODE AS mode FROM "
		                  "information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = DATABASE() AND "
		                  "SPECIFIC_NAME = '%s' AND ORDINAL_POSITION > 0 ORDER BY ORDINAL_POSITION",
		                  r->name);
		r->n = p->n_rows;
		for (size_t k = 0; k < r->n; k++) {
			const char *mode = table_get(p, k, "mode");
			snprintf(r->params[k].name, sizeof r->params[k].name, "%s", table_get(p, k, "name"));
			r->params[k].is_out = mode && strcmp(mode, "OUT") == 0;
			if (!r->params[k].is_out)
				r->params[k].control = control_of(r->name, r->params[k].name);
		}
		table_free(p);
	}
	table_free(t);
}

/* The call with its control values, but for one argument (odd), which is @hostile. */
static char *call_of(const struct routine *r, long odd)
{
	struct buf b = BUF_EMPTY;
	buf_addf(&b, "%s spot_optimizer.%s(", r->is_function ? "SELECT" : "CALL", r->name);
	for (size_t i = 0; i < r->n; i++)
		buf_addf(&b, "%s%s", i ? ", " : "",
		         (long)i == odd        ? "@hostile"
		         : r->params[i].is_out ? "@out"
		                               : r->params[i].control->sql);
	buf_adds(&b, ")");
	return buf_detach(&b);
}

/* --- the judge --- */
static bool has(const char *list, const char *word) { return strstr(list, word) != NULL; }

static void judge_error(const char *label, const struct routine *r, const struct attack_said *s,
                        bool is_session)
{
	bool is_ours =
	        s->no >= 30001 && s->no <= 30004 && strcmp(s->state, "45000") == 0 && strlen(s->text) > 5;
	/* A function is an expression: what its types do not hold the server refuses before it begins. */
	bool is_expression = r->is_function && (strncmp(s->state, "22", 2) == 0 || s->no == 1265 ||
	                                        s->no == 1267 || s->no == 1411 || s->no == 4078);
	/* So are bytes that are no text. */
	bool is_no_text = s->no == 1366 && has(s->text, "Incorrect string value") && has(s->text, "`p_");
	/* What a session asked the server for, and got: read-only, no waiting, no time, no memory. */
	bool is_asked = is_session &&
	                (s->no == 1792 || s->no == 1205 || s->no == 1969 || s->no == 1213 || s->no == 1038 ||
	                 (r->is_function && (s->no == 1104 || s->no == 1260 || s->no == 1931)));
	if (!is_ours && !is_expression && !is_no_text && !is_asked)
		attack_found(&at, "%s: error %u (%s): %s", label, s->no, s->state, s->text);
}

static bool is_audited(const char *status) { return has(" done refused conflict void ", status) && *status; }

/* is_its: what another client owns was named, which an operator may, or its secret. */
static void judge(const char *label, const struct routine *r, const struct attack_said *s, const char *status,
                  bool is_its, bool is_session)
{
	bool is_operator = strcmp(at.role, "operator") == 0, is_worker = strcmp(at.role, "worker") == 0,
	     is_admin = strcmp(at.role, "admin") == 0;
	long audits = at.audits;
	if (s->no) judge_error(label, r, s, is_session);
	/* A statement that is ended from outside runs no handler: the server gives its transaction up in a minute. */
	char idle[20] = "";
	if (s->is_open && s->no == 1969) {
		attack_say(&at, "SET max_statement_time = 0", NULL, NULL, 0);
		attack_say(&at, "SELECT @@idle_transaction_timeout BETWEEN 1 AND 60 AS held", "held", idle,
		           sizeof idle);
		attack_say(&at, "ROLLBACK", NULL, NULL, 0);
	}
	if (s->is_open && !r->is_function && strcmp(idle, "1") != 0)
		attack_found(&at, "%s: leaves a transaction open", label);
	if (s->n_locks && s->no != 1969) attack_found(&at, "%s: leaves %d named locks", label, s->n_locks);
	if (!s->no && *s->text) attack_found(&at, "%s: %s", label, s->text);
	char *changed = attack_changed(&at), *dates = *changed ? attack_dates(&at, changed) : NULL;
	audits = at.audits - audits;
	if (dates) attack_found(&at, "%s: a time that is none: %s", label, dates);
	/* out of time behind its COMMIT: it was done, as when the answer is lost */
	bool is_late = is_session && s->no == 1969;
	if (*changed && ((s->no && !is_late) || strcmp(at.role, "viewer") == 0))
		attack_found(&at, "%s: error %u, and changes %s", label, s->no, changed);
	if (*changed && is_operator && !has(" done void ", status))
		attack_found(&at, "%s: '%s', and changes %s", label, status, changed);
	if (has(changed, "mysql.") || has(changed, "tables nobody") ||
	    (has(changed, "parts nobody") && !is_worker))
		attack_found(&at, "%s: changes %s", label, changed);
	if (has(changed, " its") && !is_its && !is_worker && !is_admin)
		attack_found(&at, "%s: changes what is another's: %s", label, changed);
	if (is_late && audits == 1) audits = 0;
	/* A worker's routine that releases a command of a plan is a verb's frame. */
	bool is_verb = is_operator || strcmp(r->name, "job_plan_next") == 0;
	long want = is_verb && !s->no                                      ? is_audited(status)
	            : is_admin && !s->no && !strcmp(r->name, "agent_bind") ? 1
	                                                                   : 0;
	if (audits != want)
		attack_found(&at, "%s: '%s' leaves %ld rows of audit, not %ld", label, status, audits, want);
	if (audits &&
	    attack_number(&at,
	                  "SELECT COUNT(*) FROM audit_log WHERE id > %ld AND actor LIKE 't_%s@%%' AND "
	                  "ABS(TIMESTAMPDIFF(SECOND, at, NOW())) < 10 AND request_id IS NOT NULL",
	                  at.audits - audits, at.role) != audits)
		attack_found(&at, "%s: its row of audit is of another, or of another time", label);
	at.n_tried++;
	free(changed), free(dates);
}

/* Acts, and is judged; what it changed is put back. */
static void control(const struct routine *r, const char *label, bool must_work, bool is_session)
{
	char status[40], *sql = call_of(r, -1);
	bool is_verb = strncmp(r->name, "verb_", 5) == 0 && !r->is_function;
	char *before = mem_dup(buf_str(&at.look));
	struct attack_said s = attack_say(&at, sql, "status", status, sizeof status);
	judge(label, r, &s, status, false, is_session);
	bool acts = !r->is_function && !strstr(quiet, r->name), did = strcmp(before, buf_str(&at.look)) != 0;
	if (must_work && s.no) attack_found(&at, "%s: the control call fails: %u %s", label, s.no, s.text);
	if (must_work && !s.no && acts && !did && strcmp(r->name, "verb_void") != 0)
		attack_found(&at, "%s: the control call changes nothing (%s)", label, status);
	if (must_work && !s.no && is_verb && strcmp(status, "done") != 0 && strcmp(status, "void") != 0)
		attack_found(&at, "%s: the control call is '%s'", label, status);
	free(before), free(sql);
	if (at.is_dirty) attack_fresh(&at);
}

static void attack(const struct routine *r, size_t i, const char *path, const struct attack_value *v)
{
	char status[40];
	const char *given = r->params[i].control->sql;
	char *set = path ? mem_printf("SET @hostile = JSON_SET(%s, '%s', %s)", given, path, v->sql)
	                 : mem_printf("SET @hostile = %s", v->sql);
	struct attack_said s = attack_say(&at, set, NULL, NULL, 0);
	if (s.no) { /* no value at all: the server refused to make it */
		at.n_skipped++;
		free(set);
		return;
	}
	char *sql = call_of(r, (long)i),
	     *label = mem_printf("%s: %s(%s%s%s = %s)", at.role, r->name, r->params[i].name, path ? " " : "",
	                         path ? path : "", v->sql);
	s = attack_say(&at, sql, "status", status, sizeof status);
	judge(label, r, &s, status,
	      v->is_its && (has(r->params[i].name, "target") || has(r->params[i].name, "args") ||
	                    has(r->params[i].name, "token")),
	      false);
	free(set), free(sql), free(label);
	if (at.is_dirty) attack_fresh(&at);
}

/* --- the cases --- */
static void start(void) { attack_start(&at); }
static void stop(void) { attack_stop(&at); }
static void begin(void) { attack_begin(&at); }
static void over(void) { attack_over(&at); }

static void db_is_whole(void)
{
	const char *argv[] = { "db", "verify", NULL };
	struct rig_run v = rig_spotop(&at.rig, false, argv);
	if (v.code != 0) attack_found(&at, "db verify: exit %d: %s%s", v.code, v.out, v.err);
	rig_run_free(&v);
}

START_TEST(a_routine_acts_on_what_is_right)
{
	learn(roles[_i]);
	attack_as(&at, roles[_i]);
	for (size_t i = 0; i < n_routines; i++) {
		char *label = mem_printf("%s: %s", roles[_i], routines[i].name);
		control(&routines[i], label, true, false);
		free(label);
	}
	attack_end(&at);
}
END_TEST

struct
try {
	const struct routine *r;
	size_t param;
	char path[60];
	const struct attack_value *v;
};

static void shuffle(void *all, size_t n, size_t size, uint64_t stream)
{
	struct rng rng = rng_make(at.seed, stream);
	char *a = all, t[256];
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)rng_int(&rng, 0, (int)i - 1);
		memcpy(t, a + (i - 1) * size, size);
		memcpy(a + (i - 1) * size, a + k * size, size);
		memcpy(a + k * size, t, size);
	}
}

static struct try *tries(size_t *n)
{
	struct try *all = NULL;
	*n = 0;
	for (size_t i = 0; i < n_routines; i++)
		for (size_t k = 0; k < routines[i].n; k++) {
			const struct param *p = &routines[i].params[k];
			const char *path = NULL;
			if (p->is_out) continue;
			do {
				all = mem_grow(all, (*n + attack_n_values) * sizeof *all);
				for (size_t v = 0; v < attack_n_values; v++) {
					struct try *t = &all[(*n)++];
					*t = (struct try){ .r = &routines[i],
						           .param = k,
						           .v = &attack_values[v] };
					if (path)
						snprintf(t->path, sizeof t->path, "%.*s",
						         (int)strcspn(path, " "), path);
				}
				path = !path                      ? p->control->paths
				       : path[strcspn(path, " ")] ? path + strcspn(path, " ") + 1
				                                  : NULL;
			} while (path);
		}
	return all;
}

START_TEST(no_argument_gets_past_the_rules)
{
	size_t n;
	learn(roles[_i]);
	attack_as(&at, roles[_i]);
	struct try *all = tries(&n);
	shuffle(all, n, sizeof *all, 1);
	const char *only = getenv("SPOTOP_ATTACK_ROUTINE");
	for (size_t i = 0; i < n && attack_goes_on(&at); i++)
		if (!only || strcmp(only, all[i].r->name) == 0)
			attack(all[i].r, all[i].param, *all[i].path ? all[i].path : NULL, all[i].v);
	free(all);
	db_is_whole();
	attack_end(&at);
}
END_TEST

START_TEST(no_session_gets_past_the_rules)
{
	size_t n = 0;
	struct one {
		const struct routine *r;
		const char *setting;
	} * all;
	learn(roles[_i]);
	all = mem_alloc(n_routines * attack_n_settings * sizeof *all);
	for (size_t i = 0; i < n_routines; i++)
		for (size_t k = 0; k < attack_n_settings; k++)
			all[n++] = (struct one){ &routines[i], attack_settings[k] };
	shuffle(all, n, sizeof *all, 2);
	for (size_t i = 0; i < n && attack_goes_on(&at); i++) {
		attack_as(&at, roles[_i]);
		char *set = mem_printf("SET %s", all[i].setting),
		     *label = mem_printf("%s: %s with %s", at.role, all[i].r->name, all[i].setting);
		if (attack_say(&at, set, NULL, NULL, 0).no)
			at.n_skipped++; /* this server knows no such variable */
		else
			control(all[i].r, label, false, true);
		free(set), free(label);
	}
	free(all);
	db_is_whole();
	attack_end(&at);
}
END_TEST

/* An agent's procedure works inside the caller's transaction, and neither ends it nor leaves a part of itself behind. */
START_TEST(what_an_agent_does_inside_its_transaction_it_can_undo)
{
	size_t n;
	learn(roles[_i]);
	struct try *all = tries(&n);
	shuffle(all, n, sizeof *all, 3);
	for (size_t i = 0; i < n + n_routines && attack_goes_on(&at); i++) {
		const struct try *t = i < n_routines ? NULL : &all[i - n_routines];
		const struct routine *r = t ? t->r : &routines[i];
		attack_as(&at, roles[_i]);
		char *set = t ? mem_printf("SET @hostile = %s", t->v->sql) : mem_dup("DO 0"),
		     *sql = call_of(r, t ? (long)t->param : -1);
		struct attack_said s = attack_say(&at, set, NULL, NULL, 0);
		if (!s.no) attack_say(&at, "START TRANSACTION", NULL, NULL, 0);
		if (!s.no) s = attack_say(&at, sql, NULL, NULL, 0);
		if (!t && s.no) attack_found(&at, "%s inside a transaction: %u %s", r->name, s.no, s.text);
		if (!s.no && !s.is_open)
			attack_found(&at, "%s (%s) ends its caller's transaction", r->name, set);
		attack_say(&at, "ROLLBACK", NULL, NULL, 0);
		char *changed = attack_changed(&at);
		if (*changed)
			attack_found(&at, "%s (%s) inside a transaction that was undone changes %s", r->name,
			             set, changed);
		at.n_tried++;
		free(changed), free(set), free(sql);
	}
	free(all);
	attack_end(&at);
}
END_TEST

Suite *suite_attacker(void)
{
	Suite *s = suite_create("attacker");
	for (int i = 0; i < (int)ARRAY_LEN(roles);
	     i++) { /* each role has a server, and so a case, of its own */
		TCase *t = tcase_create(roles[i]);
		tcase_set_timeout(t, 1200);
		tcase_add_unchecked_fixture(t, start, stop);
		tcase_add_checked_fixture(t, begin, over);
		tcase_add_loop_test(t, a_routine_acts_on_what_is_right, i, i + 1);
		tcase_add_loop_test(t, no_argument_gets_past_the_rules, i, i + 1);
		tcase_add_loop_test(t, no_session_gets_past_the_rules, i, i + 1);
		if (strcmp(roles[i], "agent") == 0)
			tcase_add_loop_test(t, what_an_agent_does_inside_its_transaction_it_can_undo, i,
			                    i + 1);
		suite_add_tcase(s, t);
	}
	return s;
}
