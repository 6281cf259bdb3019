/* main.c - the program's front door. */
#include "version.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "version") == 0) {
		puts("spotop " SPOTOP_VERSION);
		return 0;
	}
	fputs("usage: spotop version\n", stderr);
	return 2;
}
