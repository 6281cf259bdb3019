/* import_format.h - what a text is, told from its first bytes. */
#ifndef SPOTOP_FLEET_IMPORT_FORMAT_H
#define SPOTOP_FLEET_IMPORT_FORMAT_H
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum format { FORMAT_JSON, FORMAT_TABLE };
/* False: *e names the format that is not read and the command that makes it readable. */
bool format_tell(const char *head, size_t n, enum format *is, struct err *e);
#endif
