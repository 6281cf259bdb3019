/* line_words.h - words that a person could type into a command line, well meant or not. */
#ifndef SPOTOP_TESTS_LINE_WORDS_H
#define SPOTOP_TESTS_LINE_WORDS_H
#include <stddef.h>

struct words {
	const char *const *word;
	size_t n;
};
extern const struct words word_names, word_hostile, word_numbers, word_times, word_columns;
#endif
