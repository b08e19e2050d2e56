/* Diagnostics: all that is wrong with an input, collected, then printed together in file order.
 *
 * A message names the place, the value, what is allowed and the fix: lower case, no full stop,
 * the subject in single quotes. Printing shows the source line with a caret under the value.
 *
 *   scenarios/02.yaml:22:46: error: 'target' is 1.4, must lie between 5 % and 95 %
 *      22 |     scaler: {kind: aws_target_tracking, target: 1.4}
 *         |                                                 ^~~
 */
#ifndef UST_BASE_DIAG_H
#define UST_BASE_DIAG_H

#include <stdint.h>
#include <stdio.h>

#include "sim/base/status.h"

/* A place in an input file. `file` outlives the diag that holds it; line and column count from
 * 1, 0 means "the file as a whole". `width` is how many columns the caret underlines, at
 * least 1. */
struct ust_place {
    const char *file;
    uint32_t line, column, width;
    uint32_t order; /* of the file among those read, for printing in file order */
};

enum ust_severity { UST_ERROR, UST_WARNING };

struct ust_diag; /* opaque */

struct ust_diag *ust_diag_new(void);
void ust_diag_free(struct ust_diag *diag);

/* Adds an error and returns UST_INVALID, so that callers can `return ust_diag_error(...)`.
 * Beyond UST_DIAG_MAX messages only their number is kept. */
__attribute__((format(printf, 3, 4))) enum ust_status
ust_diag_error(struct ust_diag *diag, struct ust_place place, const char *format, ...);

__attribute__((format(printf, 3, 4))) void
ust_diag_warning(struct ust_diag *diag, struct ust_place place, const char *format, ...);

/* Adds a line below the newest message: "      = known: a, b, c". */
__attribute__((format(printf, 2, 3))) void ust_diag_note(struct ust_diag *diag,
                                                         const char *format, ...);

/* The line that messages quote. Keeps a copy of `text`. Without it the place alone is printed.
 */
void ust_diag_source(struct ust_diag *diag, const char *file, const char *text, size_t length);
/* The copy; NULL: no such file was given. */
const char *ust_diag_source_text(const struct ust_diag *diag, const char *file);

unsigned ust_diag_errors(const struct ust_diag *diag);
unsigned ust_diag_warnings(const struct ust_diag *diag);
enum ust_status ust_diag_status(const struct ust_diag *diag); /* UST_INVALID if any error */

/* Prints everything in file order, errors and warnings, then "2 errors; nothing was run" when
 * there were errors (`consequence` replaces "nothing was run"). */
void ust_diag_print(const struct ust_diag *diag, FILE *out, const char *consequence);

/* Walks the messages in print order, for --json: NULL at the end. */
struct ust_diag_message {
    enum ust_severity severity;
    struct ust_place place;
    const char *text;
    const char *notes; /* lines, or "" */
};
const struct ust_diag_message *ust_diag_at(const struct ust_diag *diag, unsigned index);

#endif
