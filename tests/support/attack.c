/* attack.c - one session that tries to get past the rules, and the eyes that watch what it does. */
#include "tests/support/attack.h"
#include "core/base/mem.h"
#include <check.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DEFAULT_S = 12 };
static const char *const roles[] = { "viewer", "operator", "agent", "worker", "admin" };

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- sessions --- */
static void *open_session(const struct attack *a, const char *user, const char *password, unsigned long flags)
{
	MYSQL *my = mysql_init(NULL);
	mysql_options(my, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(my, "localhost", user, password, NULL, 0, a->rig.socket,
	                        flags | CLIENT_MULTI_RESULTS))
		ck_abort_msg("%s: %s", user, mysql_error(my));
	return my;
}

/* All results; the first cell, or the first row's of that column. */
static bool run(void *session, const char *sql, size_t len, const char *column, char **cell)
{
	MYSQL *my = session;
	if (cell) *cell = NULL;
	if (mysql_real_query(my, sql, len) != 0) return false;
	for (;;) {
		MYSQL_RES *res = mysql_store_result(my);
		if (res && cell && !*cell) {
			MYSQL_ROW row = mysql_fetch_row(res);
			const MYSQL_FIELD *f = mysql_fetch_fields(res);
			for (unsigned i = 0; row && i < mysql_num_fields(res); i++)
				if (!column || strcmp(f[i].name, column) == 0) {
					*cell = mem_dup(row[i] ? row[i] : "");
					break;
				}
		}
		if (res) mysql_free_result(res);
		if (mysql_errno(my)) return false;
		int more = mysql_next_result(my);
		if (more < 0) return true;
		if (more > 0) return false;
	}
}

static void as_root(struct attack *a, const char *sql)
{
	if (!run(a->root, sql, strlen(sql), NULL, NULL))
		ck_abort_msg("%.300s: %s", sql, mysql_error(a->root));
}

char *attack_text(struct attack *a, const char *sql, ...)
{
	struct buf b = BUF_EMPTY;
	char *cell;
	va_list ap;
	va_start(ap, sql);
	buf_vaddf(&b, sql, ap);
	va_end(ap);
	if (!run(a->root, b.s, b.len, NULL, &cell)) ck_abort_msg("%.600s: %s", b.s, mysql_error(a->root));
	buf_free(&b);
	return cell ? cell : mem_dup("");
}

long attack_number(struct attack *a, const char *sql, ...)
{
	struct buf b = BUF_EMPTY;
	va_list ap;
	va_start(ap, sql);
	buf_vaddf(&b, sql, ap);
	va_end(ap);
	char *cell = attack_text(a, "%s", b.s);
	long n = *cell ? atol(cell) : -1;
	buf_free(&b);
	free(cell);
	return n;
}

void attack_as(struct attack *a, const char *role)
{
	char user[32];
	snprintf(user, sizeof user, "t_%s", role);
	if (a->as) mysql_close(a->as);
	a->as = open_session(a, user, "x", 0);
	a->role = role;
	const char *dir = getenv("SPOTOP_ATTACK_TRACE");
	char path[200];
	snprintf(path, sizeof path, "%s/%s.sql", dir ? dir : "", role);
	if (dir && !a->trace) a->trace = fopen(path, "we");
}

struct attack_said attack_say(struct attack *a, const char *sql, const char *column, char *cell, size_t n)
{
	struct attack_said s = { 0 };
	char *got = NULL, *after = NULL;
	if (a->trace) fprintf(a->trace, "%s;\n", sql), fflush(a->trace);
	if (!run(a->as, sql, strlen(sql), column, &got)) {
		s.no = mysql_errno(a->as);
		snprintf(s.state, sizeof s.state, "%s", mysql_sqlstate(a->as));
		snprintf(s.text, sizeof s.text, "%s", mysql_error(a->as));
	}
	if (cell && n) snprintf(cell, n, "%s", got ? got : "");
	free(got);
	static const char *const left =
	        "SET STATEMENT max_statement_time = 0, sql_select_limit = DEFAULT FOR SELECT "
	        "CONCAT(@@in_transaction, ' ', RELEASE_ALL_LOCKS())";
	if (run(a->as, left, strlen(left), NULL, &after) && after)
		s.is_open = *after == '1', s.n_locks = atoi(after + 2);
	else
		snprintf(s.text, sizeof s.text, "%s: the session is gone: %s",
		         s.no ? "after an error" : "after it", mysql_error(a->as));
	free(after);
	return s;
}

/* --- the fixture --- */
static char *file_text(const char *path)
{
	struct buf b = BUF_EMPTY;
	char bytes[4096];
	FILE *f = fopen(path, "re");
	ck_assert_msg(f != NULL, "cannot read %s", path);
	for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;) buf_add(&b, bytes, n);
	fclose(f);
	return buf_detach(&b);
}

void attack_fresh(struct attack *a)
{
	as_root(a, a->fixture);
	a->is_dirty = false;
	attack_look(a);
}

void attack_start(struct attack *a)
{
	memset(a, 0, sizeof *a);
	rig_start(&a->rig);
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		rig_do(&a->rig, "CREATE USER t_%s IDENTIFIED BY 'x'", roles[i]);
		rig_do(&a->rig, "GRANT spotop_%s TO t_%s", roles[i], roles[i]);
		rig_do(&a->rig, "SET DEFAULT ROLE spotop_%s FOR t_%s", roles[i], roles[i]);
	}
}

void attack_begin(struct attack *a)
{
	a->root = open_session(a, "root", NULL, CLIENT_MULTI_STATEMENTS);
	as_root(a, "USE spot_optimizer");
	a->fixture = file_text("tests/it/sql/attacker.sql");
	a->look_sql = file_text("tests/it/sql/attacker_look.sql");
	const char *seed = getenv("SPOTOP_SEED");
	a->seed = seed ? strtoull(seed, NULL, 10) : 1;
	a->began = now_s();
	attack_fresh(a);
}

void attack_over(struct attack *a)
{
	if (a->as) mysql_close(a->as);
	mysql_close(a->root);
	buf_free(&a->look), buf_free(&a->found);
	free(a->fixture), free(a->look_sql);
}

void attack_stop(struct attack *a) { rig_stop(&a->rig); }

bool attack_goes_on(const struct attack *a)
{
	const char *s = getenv("SPOTOP_ATTACK");
	return now_s() - a->began < (s ? atof(s) : DEFAULT_S);
}

/* --- looking --- */
void attack_look(struct attack *a)
{
	MYSQL *my = a->root;
	buf_cut(&a->look, 0);
	if (mysql_real_query(my, a->look_sql, strlen(a->look_sql)) != 0)
		ck_abort_msg("looking: %s", mysql_error(my));
	for (int more = 0; more == 0; more = mysql_next_result(my)) {
		MYSQL_RES *res = mysql_store_result(my);
		MYSQL_ROW row = res ? mysql_fetch_row(res) : NULL;
		if (row) buf_adds(&a->look, row[0]), a->audits = atol(row[1]);
		if (res) mysql_free_result(res);
	}
	ck_assert_msg(mysql_errno(my) == 0 && strstr(buf_str(&a->look), "mysql.proc "), "looking: %s%s",
	              mysql_error(my), buf_str(&a->look));
}

/* "table owner" of a line that the other text does not hold. */
static void add_missing(struct buf *out, const char *lines, const char *other)
{
	while (*lines) {
		size_t n = strcspn(lines, "\n");
		const char *second = memchr(lines, ' ', n),
		           *third = second ? memchr(second + 1, ' ', n - (size_t)(second + 1 - lines)) : NULL;
		char *line = mem_printf("%.*s", (int)n, lines), *at = strstr(other, line);
		bool is_there = at && (at[n] == '\n' || at[n] == 0);
		free(line);
		if (!is_there && third) {
			char *what = mem_printf("%.*s", (int)(third - lines), lines);
			if (!strstr(buf_str(out), what)) buf_addf(out, "%s\n", what);
			free(what);
		}
		lines += n + (lines[n] == '\n');
	}
}

char *attack_changed(struct attack *a)
{
	struct buf out = BUF_EMPTY, before = a->look;
	a->look = (struct buf)BUF_EMPTY;
	attack_look(a);
	add_missing(&out, before.s, a->look.s);
	add_missing(&out, a->look.s, before.s);
	buf_free(&before);
	if (out.len) a->is_dirty = true;
	return out.s ? buf_detach(&out) : mem_dup("");
}

char *attack_dates(struct attack *a, const char *changed)
{
	struct buf out = BUF_EMPTY;
	for (const char *l = changed; *l; l += strcspn(l, "\n") + 1) {
		char table[80];
		snprintf(table, sizeof table, "%.*s", (int)strcspn(l, " "), l);
		char *sql = attack_text(a,
		                        "SELECT GROUP_CONCAT(CONCAT('SELECT ''%s.', COLUMN_NAME, ''' AS c, "
		                        "MAX(`', COLUMN_NAME, '`) AS hi, MIN(`', COLUMN_NAME, '`) AS lo FROM "
		                        "`%s`') SEPARATOR ' UNION ALL ') "
		                        "FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND "
		                        "TABLE_NAME = '%s' AND DATA_TYPE IN ('timestamp', 'datetime') "
		                        "AND COLUMN_NAME NOT RLIKE "
		                        "'^(expires_at|lease_until|cordoned_until|snoozed_until|notice_"
		                        "deadline|next_run_at|observed_at|window_.*|recorded_at|silent_at)$'",
		                        table, table, table);
		if (*sql) {
			char *bad = attack_text(a,
			                        "SELECT GROUP_CONCAT(CONCAT(c, ' ', lo, ' to ', hi) "
			                        "SEPARATOR ', ') FROM (%s) d WHERE hi > NOW() + INTERVAL 5 "
			                        "SECOND OR lo < NOW() - INTERVAL 7 DAY",
			                        sql);
			if (*bad) buf_adds(&out, bad);
			free(bad);
		}
		free(sql);
	}
	return out.len ? buf_detach(&out) : NULL;
}

/* --- what was found --- */
void attack_found(struct attack *a, const char *what, ...)
{
	va_list ap;
	va_start(ap, what);
	if (a->n_found++ < 300) {
		buf_vaddf(&a->found, what, ap);
		buf_addc(&a->found, '\n');
	}
	va_end(ap);
}

void attack_end(struct attack *a)
{
	printf("%d tried, %d left out, %d found\n", a->n_tried, a->n_skipped, a->n_found);
	if (!a->n_found) return;
	fprintf(stderr, "%s", a->found.s);
	ck_abort_msg("%d found, with SPOTOP_SEED=%llu (SPOTOP_ATTACK=600 for all of it); the first: %.*s",
	             a->n_found, a->seed, (int)strcspn(a->found.s, "\n"), a->found.s);
}
