/* intent_index.h - what stands in the journal for each id, found by the first words of every line; no line is parsed
 * that this program wrote. For intent_read.c alone. */
#ifndef SPOTOP_FLEET_INTENT_INDEX_H
#define SPOTOP_FLEET_INTENT_INDEX_H
#include "core/base/err.h"
#include "core/base/mem.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEEP_BYTES (2 << 20) /* of what is settled, when the journal is compacted */

struct piece {
	const char *s;
	size_t n;
};
enum kind { LINE_ACTION, LINE_PLAN, LINE_OUTCOME };
/* What stands for an id: its last action or plan, and the outcome after that, if any. */
struct entry {
	struct piece id, line, outcome, settled_at, gtid;
	uint64_t hash;
	enum kind kind;  /* of line, which may be empty: an outcome of nothing */
	size_t n_bytes;  /* of all its lines */
	bool is_dropped; /* by compacting */
};
struct index {
	const char *text;
	size_t n_text;
	struct entry *entries; /* in the order in which the ids came */
	size_t n;
	struct {
		struct piece line;
		size_t entry;
	} * lines; /* those that could be read */
	size_t n_lines;
	struct slot {
		uint64_t hash;
		size_t entry; /* NONE: free */
	} * table; /* open addressing; the hash stands here so that a look costs one place in memory */
	size_t n_table;
	struct arena arena; /* the texts of lines that were not ours */
	size_t n_broken, n_parsed;
	size_t n_passed; /* actions that were passed over: settled at once, and so long ago that they are not kept */
};

/* all: every id; else those that are open, and what is in the latest KEEP_BYTES. index_free in both cases. */
bool index_make(struct index *x, const char *path, bool all, struct err *e);
void index_free(struct index *x);
/* Whether a parsed line is what its state says. */
bool line_is_action(const json_t *j);
bool line_is_plan(const json_t *j);
#endif
