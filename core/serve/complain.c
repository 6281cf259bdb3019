/* complain.c - what is wrong, into the log: when it is new, and once a minute while it lasts. */
#include "core/serve/complain.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/serve/serve_int.h"
#include <stdio.h>
#include <string.h>

void serve_complain(struct serve *s, const char *what, const char *why)
{
	char line[sizeof s->complaint];
	int64_t now = clock_mono_ms();
	snprintf(line, sizeof line, "%s%s", what, why);
	if (strcmp(line, s->complaint) == 0 && now < s->complained_ms + COMPLAIN_MS) return;
	snprintf(s->complaint, sizeof s->complaint, "%s", line);
	s->complained_ms = now;
	log_line(LOG_WARN_, "serve: %s", line);
}
