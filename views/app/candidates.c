/* candidates.c - what was typed against what it may become: the letters in their order, the best first. */
#include "views/app/candidates.h"
#include "core/base/text.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* 4: the same, 3: begins with it, 2: contains it, 1: its letters in this order, 0: no. */
static int fuzzy(const char *name, const char *typed)
{
	size_t n = strlen(typed);
	if (strcmp(name, typed) == 0) return 4;
	if (strncmp(name, typed, n) == 0) return 3;
	if (text_contains(name, typed)) return 2;
	for (; *name && *typed; name++)
		if (tolower((unsigned char)*name) == tolower((unsigned char)*typed)) typed++;
	return *typed ? 0 : 1;
}

void candidate_offer(struct candidates *l, const char *typed, const char *before, const char *name,
                     const char *key, const char *args, const char *about)
{
	int score = fuzzy(name, typed);
	if (!score && about && strlen(typed) >= 3 && text_contains(about, typed)) score = 1;
	if (!score || l->n == l->max) return;
	size_t at = l->n;
	while (at && l->out[at - 1].score < score) at--;
	memmove(&l->out[at + 1], &l->out[at], sizeof l->out[0] * (l->n - at));
	struct candidate *c = &l->out[at];
	*c = (struct candidate){ .score = score, .args = args };
	snprintf(c->line, sizeof c->line, "%s%s", before, name);
	snprintf(c->show, sizeof c->show, "%s", name);
	snprintf(c->about, sizeof c->about, "%s", about ? about : "");
	snprintf(c->key, sizeof c->key, "%s", key ? key : "");
	l->n++;
}
