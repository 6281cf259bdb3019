/* standin.h - an HTTP server in place of the ones an alert hook calls: it keeps what it was sent and answers as told. */
#ifndef SPOTOP_TESTS_STANDIN_H
#define SPOTOP_TESTS_STANDIN_H
#include <stdbool.h>

struct standin_request {
	char path[200], type[80], authorization[200];
	char *body;
};
/* answers: HTTP statuses in turn, the last one for all that come after; 0 ends the list. A status of -1 is no answer. */
struct standin *standin_start(const int *answers);
unsigned standin_port(const struct standin *s);
/* How many requests came so far. */
int standin_count(const struct standin *s);
/* The request of number i. */
const struct standin_request *standin_get(const struct standin *s, int i);
/* While a request waits for its answer, the arguments and the environment of every process here are looked through for
 * this word; standin_saw_secret: it was there. */
void standin_look_for(struct standin *s, const char *secret);
bool standin_saw_secret(const struct standin *s);
void standin_stop(struct standin *s);
#endif
