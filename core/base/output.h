/* output.h - stdout of a command: written, its reader gone, or failed. Everything goes through printf and its kin as
 * always; what a write says is kept here, where it happens, so that no later call hides the reason.
 *
 * A terminal gets no control character, no C1 and nothing that turns the direction of text, whoever wrote it and in which
 * format: it is shown as text_safe shows it (stderr as well). Pipes and files get what was written, byte for byte.
 *
 * output_begin comes first in main: a descriptor 0 to 2 that was closed is taken, so that no file, socket or
 * terminal opened later gets what is meant for it; what is written to a stdout that was closed fails. */
#ifndef SPOTOP_BASE_OUTPUT_H
#define SPOTOP_BASE_OUTPUT_H
#include <stdbool.h>
#include <stdint.h>

enum output_fate {
	OUTPUT_WRITTEN,
	OUTPUT_READER_GONE, /* a pipe's other end: `| head`; no fault */
	OUTPUT_FAILED,
};
void output_begin(void);
/* Writes what is held back; what came of everything so far, and whether anybody still reads. */
enum output_fate output_flush(void);
/* Something could not be written: there is no use in making more. Does not flush. */
bool output_is_lost(void);
uint64_t output_written(void); /* bytes that the descriptor took */
const char *output_reason(void); /* "No space left on device", once it is lost */
/* At the end: flushes, and asks what a file system says no earlier (fsync, close). stdout is closed then. */
enum output_fate output_end(void);
#endif
