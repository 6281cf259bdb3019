/* import_fault.c - a row that is not taken: the first of them are kept with line and reason. */
#include "core/fleet/import_int.h"
#include <stdarg.h>
#include <stdio.h>

void import_fault(struct import_result *r, unsigned long line, const char *fmt, ...)
{
	va_list ap;
	if (r->n_faults == IMPORT_FAULTS_KEPT) return;
	struct import_fault *f = &r->faults[r->n_faults++];
	f->line = line;
	va_start(ap, fmt);
	vsnprintf(f->why, sizeof f->why, fmt, ap);
	va_end(ap);
}
