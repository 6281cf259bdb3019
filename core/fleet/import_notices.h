/* import_notices.h - interruption warnings and rebalance recommendations of EC2, from a file or a pipe, through
 * the agents' own procedure.
 *
 * What is read: EventBridge's events ("EC2 Spot Instance Interruption Warning", "EC2 Instance Rebalance
 * Recommendation"), bare or in the envelopes of SQS, SNS and Lambda (Messages[].Body, Records[].body, Message);
 * and the instance metadata's documents (spot/instance-action, events/recommendations/rebalance), which do not say
 * of which instance: the caller does, or an "instance-id" put in beside. One or many, in a list, one a line.
 *
 * A notice belongs to an instance: it is recorded for the agent whose primary that instance is. What is of another
 * instance, of none we know, over already or less than what is known is told and not recorded. */
#ifndef SPOTOP_FLEET_IMPORT_NOTICES_H
#define SPOTOP_FLEET_IMPORT_NOTICES_H
#include "core/fleet/import_read.h"
struct db;

struct notice {
	enum notice_kind { NOTICE_REBALANCE, NOTICE_TERMINATION, NOTICE_NONE } kind;    /* NONE: another event, or a fault */
	char instance[21];
	char action[12];             /* terminate, stop, hibernate */
	int64_t at_s, deadline_s;    /* PRICE_NO_TIME: of a rebalance, or unknown */
	unsigned long line;
	bool is_bad;
	char why[160];               /* of NONE: safe text */
};
/* False stops the reading. */
typedef bool (*notice_sink)(void *ctx, const struct notice *n);
/* Given as soon as each is whole, so that a pipe can be followed. instance: of documents that name none, or NULL.
 * False: *e set (no notice in it, the bytes failed), or the sink stopped it. */
bool notices_read(price_bytes bytes, void *source, const char *instance, notice_sink sink, void *ctx, struct err *e);

struct notice_told {
	const struct notice *notice;
	enum { NOTICE_RECORDED, NOTICE_REPEATED, NOTICE_UNKNOWN, NOTICE_LEFT_OUT, NOTICE_REFUSED, NOTICE_BAD } outcome;
	char agent[129];             /* its name; "" when there is none */
	char why[256];               /* what was not recorded and why */
};
struct notices_opts {
	const char *path;            /* "-": stdin */
	const char *instance;
	bool is_followed;            /* stdin, for ever; a lost database is waited for */
	void (*told)(void *ctx, const struct notice_told *t);
	void (*waiting)(void *ctx, const struct err *why);    /* followed: the database is away; once for each notice */
	void *ctx;
};
struct notices_result { uint64_t recorded, repeated, unknown, left_out, refused, bad; };
bool import_notices(struct db *w, const struct notices_opts *o, struct notices_result *r, struct err *e);
#endif
