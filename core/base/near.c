/* near.c - distance between two words: letters typed wrong, left out, doubled or swapped. */
#include "core/base/near.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MAX = 63 };

static char plain(char c) { return c == '_' ? '-' : (char)tolower((unsigned char)c); }

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Edits from a to b, neighbours swapped counting as one. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), row[3][MAX + 1];
	for (size_t j = 0; j <= m; j++) row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			now[j] = least(least(last[j], now[j - 1]) + 1,
			               last[j - 1] + (plain(a[i - 1]) != plain(b[j - 1])));
			if (i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
			    plain(a[i - 2]) == plain(b[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[n % 3][m];
}

void near_begin(struct near *k, const char *word, size_t n)
{
	*k = (struct near){ .distance = MAX };
	snprintf(k->word, sizeof k->word, "%.*s", (int)least(n, MAX), word);
}

/* A short word may be wrong in one letter, a long one in three. */
static size_t allowed(size_t n) { return n <= 4 ? 1 : n <= 6 ? 2 : 3; }

void near_offer(struct near *k, const char *candidate)
{
	size_t n = strlen(k->word);
	if (!n || strlen(candidate) > MAX) return;
	size_t d = distance(k->word, candidate);
	if (d > allowed(n) || d >= n) return;
	if (d >= k->distance) return;
	k->distance = d;
	snprintf(k->best, sizeof k->best, "%s", candidate);
}

void near_begin_words(struct near *k, const char *word, const char *list)
{
	char one[64];
	near_begin(k, word, strlen(word));
	for (size_t n; *list; list += n + (list[n] == ' ')) {
		n = strcspn(list, " ");
		snprintf(one, sizeof one, "%.*s", (int)n, list);
		near_offer(k, one);
	}
}

const char *near_hint(const struct near *k, char *out, size_t n)
{
	*out = 0;
	if (*k->best) snprintf(out, n, "; did you mean %s?", k->best);
	return out;
}
