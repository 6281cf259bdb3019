/* uuid.h - random identifiers (RFC 4122 version 4) from getrandom(2), and their check. */
#ifndef SPOTOP_BASE_UUID_H
#define SPOTOP_BASE_UUID_H
#include <stdbool.h>
void uuid_make(char out[37]);
bool uuid_is_valid(const char *s);      /* 8-4-4-4-12 hex digits */
#endif
