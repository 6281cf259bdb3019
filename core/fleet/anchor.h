/* anchor.h - the audit chain's head, kept where the database cannot reach: a file of signed lines.
 *
 * A line is JSON: when, of which server, the newest row's id and hash, the signature of the line before it, and its own
 * (HMAC-SHA256 over the rest). The key lies in a file of its own, which the worker makes and only its user may read; kept
 * elsewhere ([worker] anchor-key) it is out of reach of whoever rewrites the database and the anchors together. A line that
 * was changed, put in or taken out shows; lines taken off the end do not. */
#ifndef SPOTOP_FLEET_ANCHOR_H
#define SPOTOP_FLEET_ANCHOR_H
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
struct err;

struct anchors {
	char path[PATH_MAX], key_path[PATH_MAX];
	unsigned char key[256];
	size_t key_len; /* 0: there is none */
	bool is_named;  /* asked for by name, to be read: it has to be there */
};
/* place: a file, or a folder that holds audit-anchors.jsonl and its key; NULL: the state folder. key: NULL: the setting, else
 * audit-anchors.key beside them. make_key: where there is none, one is made. */
bool anchors_open(struct anchors *a, const char *place, const char *key, bool make_key, struct err *e);
/* One more line, on disk when it returns. The same id as the server's last one: nothing is written. */
bool anchors_add(const struct anchors *a, const char *server, int64_t id, const char *hash, struct err *e);

struct anchor {
	int64_t id;
	const char *hash, *at;
	bool is_signed;
};
/* each() for every anchor of this server whose line is as it was written, oldest first; fault() for what is wrong with the
 * file. Signed lines without a key to check them are an error. */
bool anchors_each(const struct anchors *a, const char *server,
                  bool (*each)(void *ctx, const struct anchor *one),
                  void (*fault)(void *ctx, const char *text), void *ctx, struct err *e);
#endif
