/* suite_main.c - runs every suite of one tests/ folder: `run [NAME...]` runs the named ones only.
 * Check forks each test, so a crash is one failed test. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUITE(name) Suite *suite_##name(void);
#include "list.h"
#undef SUITE

static const struct {
	const char *name;
	Suite *(*make)(void);
} suites[] = {
#define SUITE(name) { #name, suite_##name },
#include "list.h"
#undef SUITE
};

static int wanted(const char *name, int argc, char **argv)
{
	if (argc < 2) return 1;
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0) return 1;
	return 0;
}

int main(int argc, char **argv)
{
	SRunner *sr = srunner_create(NULL);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (wanted(suites[i].name, argc, argv)) srunner_add_suite(sr, suites[i].make());
	srunner_run_all(sr, CK_ENV);
	int failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
