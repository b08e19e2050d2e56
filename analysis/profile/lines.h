/* The lines of a file, compressed with gzip or not, or of standard input.
 *
 * Promise: one buffer of at most UST_LINE_MAX + 1 bytes, whatever comes. A line ends with LF or
 * CR LF, the last one also without; a byte order mark before the first is not part of it.
 *
 * JSON may be written otherwise: an array of objects, as batches of CloudEvents are, or objects
 * over several lines each. Such a file is handed out object by object instead.
 */
#ifndef UST_PROFILE_LINES_H
#define UST_PROFILE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

/* Events are a few hundred bytes; what is longer is no line of events. */
#define UST_LINE_MAX (1u << 20)

struct ust_lines; /* opaque */

enum ust_line {
    UST_LINE_OK,
    UST_LINE_LONG, /* longer than UST_LINE_MAX: passed over */
    UST_LINE_END,
    UST_LINE_BROKEN, /* it cannot be read on; see ust_lines_error */
};

/* path "-": standard input. NULL with errno set when it cannot be opened. */
struct ust_lines *ust_lines_open(const char *path);
void ust_lines_close(struct ust_lines *lines); /* NULL is fine */

/* The text may be written to, ends with NUL, and is good until the next call. */
enum ust_line ust_lines_next(struct ust_lines *lines, char **text, size_t *length);
/* The same for rows of CSV, in which quotes may hold line's ends: such a row is handed out
 * whole, with the number of its first line. A quote that does not end within UST_ROW_LINES
 * lines is a mistake, and its line is handed out alone. */
#define UST_ROW_LINES 64
enum ust_line ust_lines_next_row(struct ust_lines *lines, char separator, char **text,
                                 size_t *length);
uint64_t ust_lines_number(const struct ust_lines *lines); /* of the last line, from 1 */

/* Before the first line: does the file begin with '[', or with '{' alone on its line? */
bool ust_lines_are_objects(struct ust_lines *lines);
/* The next object of such a file, in place of ust_lines_next; ust_lines_number is the line on
 * which it begins. What stands between objects and is no comma or bracket is handed out too, up
 * to the next comma or line's end: whoever parses it says that it is none. UST_LINE_LONG: an
 * object that does not end within UST_LINE_MAX; it goes on behind that line. */
enum ust_line ust_lines_next_object(struct ust_lines *lines, char **text, size_t *length);
const char *ust_lines_error(const struct ust_lines *lines);

#endif
