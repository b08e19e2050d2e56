/* Where a command's result goes: a file, or "-", the standard output.
 *
 * A file appears whole or not at all: it is written beside its place under a name of its own
 * and then renamed, so neither a full disk nor a Ctrl-C leaves half a picture or destroys the
 * one that was there. What is no ordinary file (a pipe, /dev/stdout) is written directly.
 * Failures are printed, and are UST_REFUSED. */
#ifndef UST_CLI_OUTPUT_H
#define UST_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "sim/base/status.h"

struct ust_output {
    const char *path;
    char *temporary;
    FILE *stream; /* to print to; what fails here is told by ust_output_keep */
};

/* Is `path` the standard output, by the usual sign? */
bool ust_output_is_standard(const char *path);

enum ust_status ust_output_open(const char *path, struct ust_output *output);
enum ust_status ust_output_write(struct ust_output *output, const char *data, size_t length);

/* Makes it the file at `path`; or forgets it. Both close. */
enum ust_status ust_output_keep(struct ust_output *output);
void ust_output_drop(struct ust_output *output);

/* All four in one, for what is a text already. */
enum ust_status ust_output_text(const char *path, const char *text);

/* Prints JSON and the end of its line, with numbers of so many significant digits, and sees it
 * written; `root` is let go of. NULL (it could not be made) is refused too. */
enum ust_status ust_output_json(FILE *out, json_t *root, unsigned digits);

#endif
