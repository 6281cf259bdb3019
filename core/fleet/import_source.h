/* import_source.h - the bytes of a file that can be read twice: plain or gzip (zlib), xz, zstd, bzip2, lz4 and
 * zip with one file in it (libarchive). stdin is put aside in a file without a name. */
#ifndef SPOTOP_FLEET_IMPORT_SOURCE_H
#define SPOTOP_FLEET_IMPORT_SOURCE_H
#include "core/base/err.h"
#include <stdbool.h>
#include <sys/types.h>

struct source;
struct source *source_open(const char *path, struct err *e);     /* NULL: *e; close with source_close */
bool source_rewind(struct source *s, struct err *e);
ssize_t source_bytes(void *source, char *buf, size_t n, struct err *e);    /* a price_bytes */
bool source_is_cut(const struct source *s);      /* source_bytes failed because the packed data end early */
void source_close(struct source *s);
#endif
