/* intent_int.h - what writing and reading the journal share. */
#ifndef SPOTOP_FLEET_INTENT_INT_H
#define SPOTOP_FLEET_INTENT_INT_H
#include "core/base/err.h"
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* path NULL: the usual place, its folder is made. */
bool journal_path(const char *path, char out[PATH_MAX], struct err *e);
/* The lock is on a file of its own, since compacting replaces the journal itself; closing the descriptor
 * gives it back. -1: *e is set. */
int journal_lock(const char *path, struct err *e);
bool journal_write_all(int fd, const char *s, size_t n);
void journal_sync_folder(const char *path); /* the folder that path lies in */
/* A process is told from a later one with the same number by when it started (field 22 of its stat,
 * counted after the name, which may hold anything). 0: there is none. */
long long journal_process_start(long pid);
#endif
