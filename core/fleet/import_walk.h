/* import_walk.h - JSON as events of a streaming parser (yajl), with the fields that somebody asked for kept by
 * object: documents of gigabytes, lists, one object a line, documents one after the other, texts that are JSON.
 *
 * An object's fields are there when it ends, its children's are gone by then unless they were lifted. A line
 * that is broken is told; where the document began on it, it alone is lost, else the rest is. */
#ifndef SPOTOP_FLEET_IMPORT_WALK_H
#define SPOTOP_FLEET_IMPORT_WALK_H
#include "core/fleet/import_window.h"

enum { WALK_DEPTH = 64, WALK_TEXT = 65536, WALK_VALUE = 512, WALK_FIELDS = 32, WALK_KEY = 48 };
/* An open object or array. Its texts lie in walk.text behind `mark` and go with it. */
struct level {
	bool is_array;
	bool has_rows;                   /* the reader's; its parents get it when it ends */
	bool has_pricing;                /* the reader's */
	bool is_twice;                   /* a field of it stands there twice */
	char key[WALK_KEY];              /* as it stands; "": none */
	char plain[WALK_KEY];            /* lower-case letters and digits of it */
	size_t mark;
	unsigned short at[WALK_FIELDS];  /* in walk.text; 0: not there */
	unsigned long line;
};
struct walk;
/* What a reader is asked. Those that give bool stop the reading with false. */
struct walk_reader {
	int (*field)(const char *key);                                      /* -1: not wanted */
	bool (*key)(struct walk *w, const char *key);                       /* may be NULL */
	bool (*value)(struct walk *w, struct level *l, const char *s, size_t n, bool *is_done);    /* may be NULL */
	bool (*list)(struct walk *w, struct level *l);                      /* opened; may be NULL */
	bool (*object)(struct walk *w, struct level *l);                    /* ended; it is the last level */
	bool (*fault)(struct walk *w, unsigned long line, const char *why);
};
struct walk {
	struct window *window;
	const struct walk_reader *reader;
	void *ctx;
	struct err *e;
	struct level levels[WALK_DEPTH];
	int depth;
	char text[WALK_TEXT];
	size_t len;                      /* 1 at first: 0 is "not there" */
	char key[WALK_KEY];              /* the one whose value comes next */
	size_t since_token;              /* bytes given to the parser since it last gave something back */
	unsigned long line;
	bool is_stopped;
};
struct walk *walk_new(struct window *w, const struct walk_reader *r, void *ctx, struct err *e);    /* free() */
/* False: *e set, or the reader stopped it. */
bool walk_read(struct walk *w);
const char *walk_field(const struct walk *w, const struct level *l, int field);    /* NULL: not there */
void walk_keep(struct walk *w, struct level *l, int field, const char *s, size_t n);
/* The fields of the object that just ended become its parent's, where that has none of its own. */
void walk_lift(struct walk *w, struct level *l);
/* A text that is JSON itself, as if it stood there. */
bool walk_nested(struct walk *w, const char *s, size_t n);
void walk_plain(const char *name, size_t n, char out[WALK_KEY]);
#endif
