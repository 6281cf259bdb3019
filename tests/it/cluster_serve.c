/* cluster_serve.c - the event stream over a failover to a replica server that had not got everything: what was told and is
 * lost is named by its range, what was kept or comes is told once, and who comes back with an id of before or after goes on
 * exactly there, though the same ids are handed out again. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/support/cluster.h"
#include "tests/support/endpoint.h"
#include "tests/support/server.h"
#include "tests/support/stream.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *suite_cluster_serve(void);

enum { KEPT = 2, LOST = 10, NEW = 101 };
static struct cluster cluster;
static struct endpoint ep;

static void begin(void)
{
	cluster_start(&cluster);
	ep = (struct endpoint){ .server = cluster.primary };
	endpoint_sql(&ep, "INSERT INTO spot_optimizer.clients (id, name, email, client_token) VALUES "
	                  "('00000000-0000-4000-8000-000000000001', 'acme', 'a@acme.example', SHA2('secret', "
	                  "256))");
	cluster_catch_up(&cluster);
}
static void end(void) { cluster_stop(&cluster); }

static struct stream *reader(const char *last_id)
{
	char header[4000];
	snprintf(header, sizeof header, "Last-Event-ID: %s\r\n", last_id);
	struct stream *s = stream_open(ep.port, ENDPOINT_ACME, *last_id ? header : NULL);
	ck_assert_int_eq(s->status, 200);
	return s;
}

/* free() */
static char *leave(struct stream *s)
{
	char *id = mem_dup(s->parser.last_id);
	stream_close(s);
	return id;
}

static void events(int from, int n)
{
	for (int i = 0; i < n; i++) endpoint_event(&ep, 1, from + i);
}

/* From its i-th on it has got those events, in their order. */
static void has(struct stream *s, size_t i, int from, int n)
{
	char data[40];
	ck_assert_msg(stream_wait(s, i + (size_t)n), "%zu of %zu: %s", s->parser.n, i + (size_t)n,
	              buf_str(&s->body));
	for (int k = 0; k < n; k++) {
		snprintf(data, sizeof data, "{\"n\":%d}", from + k);
		ck_assert_str_eq(s->parser.events[i + (size_t)k].data, data);
	}
}

static void is_told_the_range(struct stream *s, size_t i, unsigned long kept)
{
	char wanted[120];
	snprintf(wanted, sizeof wanted, "{\"reason\":\"history changed\",\"lost\":{\"from\":%lu,\"to\":%lu}}",
	         kept + 1, kept + LOST);
	ck_assert_msg(stream_wait(s, i + 1), "%s", buf_str(&s->body));
	ck_assert_str_eq(s->parser.events[i].type, "reset");
	ck_assert_str_eq(s->parser.events[i].data, wanted);
}

/* Fewer events than were lost when the endpoint gets there, and more. */
START_TEST(what_a_failover_lost_is_told_and_the_rest_comes_once)
{
	const int n_new = _i ? LOST * 2 : 4;
	char hosts[300];
	const char *const more[] = { hosts, NULL };
	snprintf(hosts, sizeof hosts, "--host=%s,%s", server_socket(cluster.primary),
	         server_socket(cluster.replica));
	endpoint_start(&ep, more);
	endpoint_wait_live(&ep);
	struct stream *stays = reader(""), *was_before = reader(""), *was_among = reader("");
	ck_assert(stream_wait_place(stays) && stream_wait_place(was_before) && stream_wait_place(was_among));
	events(1, KEPT);
	has(was_before, 0, 1, KEPT);
	char *before = leave(was_before);
	cluster_catch_up(&cluster);
	cluster_do(cluster.replica, "STOP SLAVE IO_THREAD");
	unsigned long kept = strtoul(before, NULL, 10);
	events(1 + KEPT, LOST / 2);
	has(was_among, KEPT, 1 + KEPT, LOST / 2);
	char *among = leave(was_among);
	events(1 + KEPT + LOST / 2, LOST / 2);
	has(stays, 0, 1, KEPT + LOST);

	server_kill(cluster.primary);
	cluster_promote(cluster.replica);
	ep.server = cluster.replica;
	events(NEW, n_new);
	is_told_the_range(stays, KEPT + LOST, kept);
	has(stays, KEPT + LOST + 1, NEW, n_new);
	ck_assert_uint_eq(strtoul(stays->parser.events[KEPT + LOST + 1].id, NULL, 10), kept + 1);

	struct stream *b = reader(before), *a = reader(among),
	              *c = reader(stays->parser.events[KEPT + LOST + 2].id);
	has(b, 0, NEW, n_new);
	is_told_the_range(a, 0, kept);
	has(a, 1, NEW, n_new);
	has(c, 0, NEW + 2, n_new - 2);
	events(NEW + n_new, 1);
	has(b, (size_t)n_new, NEW + n_new, 1);
	has(a, (size_t)n_new + 1, NEW + n_new, 1);
	has(c, (size_t)n_new - 2, NEW + n_new, 1);
	has(stays, (size_t)(KEPT + LOST + 1 + n_new), NEW + n_new, 1);
	stream_read(stays, 500);
	stream_read(a, 100);
	ck_assert_uint_eq(stays->parser.n, KEPT + LOST + 2 + (size_t)n_new);
	ck_assert_uint_eq(a->parser.n, (size_t)n_new + 2);
	stream_close(a), stream_close(b), stream_close(c), stream_close(stays);
	free(before), free(among);
	endpoint_stop(&ep);
}
END_TEST

Suite *suite_cluster_serve(void)
{
	Suite *s = suite_create("cluster_serve");
	TCase *t = tcase_create("failover");
	tcase_add_checked_fixture(t, begin, end); /* a failover leaves the two apart for good */
	tcase_set_timeout(t, 180);
	tcase_add_loop_test(t, what_a_failover_lost_is_told_and_the_rest_comes_once, 0, 2);
	suite_add_tcase(s, t);
	return s;
}
