/* main.c - the program's front door. */
#include "core/base/output.h"
#include "core/base/text.h"
#include "core/db/db.h"
#include "views/cli/commands.h"
#include "views/cli/line.h"
#include "views/registry.h"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	text_use_locale();
	signal(SIGPIPE, SIG_IGN);
	output_begin();
	views_are(all_views);
	int code = line_run(commands, argc, argv);
	if (!db_library_end()) { /* a thread still waits for a server that does not answer */
		fflush(NULL);
		_exit(code);
	}
	return code;
}
