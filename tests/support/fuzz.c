/* fuzz.c - makes hostile inputs and names the one that broke something. */
#include "tests/support/fuzz.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char input[FUZZ_MAX + 1];
static size_t n_input;

/* Only write(): the process is already broken. */
static void tell(int sig)
{
	static const char hex[] = "0123456789abcdef";
	char line[2 * FUZZ_MAX + 1];
	for (size_t i = 0; i < n_input; i++) {
		line[2 * i] = hex[(unsigned char)input[i] >> 4];
		line[2 * i + 1] = hex[input[i] & 15];
	}
	line[2 * n_input] = '\n';
	(void)!write(STDERR_FILENO, "input: ", 7);
	(void)!write(STDERR_FILENO, line, 2 * n_input + 1);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void add(const void *bytes, size_t n)
{
	if (n > FUZZ_MAX - n_input) n = FUZZ_MAX - n_input;
	memcpy(input + n_input, bytes, n);
	n_input += n;
}

/* Bytes that parsers trip over. */
static void add_trouble(struct rng *r)
{
	static const char *const trouble[] = { "\x1b[31m",
		                               "\x1b]52;c;AAAA\x07",
		                               "\xc2\x9b",
		                               "\xe2\x80\xae",
		                               "\xf0\x9f\x92\xa9",
		                               "\xed\xa0\x80",
		                               "\xff",
		                               "\xc0\x80",
		                               "\r",
		                               "\n",
		                               "\r\n",
		                               "\t",
		                               "'",
		                               "\"",
		                               "\\",
		                               "--",
		                               "/*",
		                               ",",
		                               ";",
		                               "=",
		                               ":",
		                               "|",
		                               "!",
		                               "(",
		                               "[",
		                               "{",
		                               "}",
		                               "]",
		                               "18446744073709551616",
		                               "-1",
		                               "1e309",
		                               "0x10",
		                               "NaN",
		                               "%n%s",
		                               "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84" };
	int i = rng_int(r, 0, (int)(sizeof trouble / sizeof *trouble));
	if (i == (int)(sizeof trouble / sizeof *trouble))
		add("", 1);
	else
		add(trouble[i], strlen(trouble[i]));
}

static void add_piece(struct rng *r, const char *s)
{
	size_t n = strlen(s), from = (size_t)rng_int(r, 0, (int)n),
	       len = (size_t)rng_int(r, 0, (int)(n - from));
	add(s + from, len);
}

static void make(struct rng *r, const char *const *samples, size_t n_samples)
{
	const char *s = samples[rng_int(r, 0, (int)n_samples - 1)];
	n_input = 0;
	if (rng_chance(r, 0.3))
		add(s, strlen(s));
	else
		for (int k = rng_int(r, 1, 4); k > 0; k--) {
			add_piece(r, samples[rng_int(r, 0, (int)n_samples - 1)]);
			if (rng_chance(r, 0.5)) add_trouble(r);
		}
	for (int k = rng_int(r, 0, 3); k > 0 && n_input; k--) {
		size_t at = (size_t)rng_int(r, 0, (int)n_input - 1);
		if (rng_chance(r, 0.5))
			input[at] = (char)rng_int(r, 0, 255);
		else
			input[at] ^= (char)(1 << rng_int(r, 0, 7));
	}
	if (rng_chance(r, 0.02)) /* long ones too */
		while (n_input && n_input < FUZZ_MAX / 2) add(input, n_input);
	input[n_input] = '\0';
}

void fuzz_run(fuzz_target target, const char *const *samples, size_t n_samples, int share)
{
	const char *seed = getenv("SPOTOP_SEED"), *n = getenv("SPOTOP_FUZZ");
	struct rng r = rng_make(seed ? strtoull(seed, NULL, 10) : 1, 77);
	long rounds = (n ? strtol(n, NULL, 10) : 20000) / share;
	signal(SIGSEGV, tell);
	signal(SIGABRT, tell);
	signal(SIGFPE, tell);
	for (long i = 0; i < rounds; i++) {
		make(&r, samples, n_samples);
		/* An exact copy on the heap: a sanitizer sees one byte too far. */
		char *s = malloc(n_input + 1);
		memcpy(s, input, n_input + 1);
		target(s, n_input, &r);
		free(s);
	}
}
