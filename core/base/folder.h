/* folder.h - a folder, with those above it, for us alone (0700). */
#ifndef SPOTOP_BASE_FOLDER_H
#define SPOTOP_BASE_FOLDER_H
#include <stdbool.h>
struct err;

/* True when it is there afterwards. What was there before keeps its mode. */
bool folder_make(const char *path, struct err *e);
#endif
