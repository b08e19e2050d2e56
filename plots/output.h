/* A result file appears whole or not at all: it is written beside its place under a name of its
 * own and then renamed, so neither a full disk nor a Ctrl-C leaves half a picture or destroys
 * the one that was there. Failures are printed; "-" is not special. */
#ifndef UST_PLOTS_OUTPUT_H
#define UST_PLOTS_OUTPUT_H

#include <stddef.h>

#include "sim/base/status.h"

struct ust_output {
    const char *path;
    char *temporary;
    int fd;
};

/* A place that is no ordinary file (a pipe, /dev/stdout) is written directly. */
enum ust_status ust_output_open(const char *path, struct ust_output *output);
enum ust_status ust_output_write(struct ust_output *output, const char *data, size_t length);

/* Makes it the file at `path`; or forgets it. Both close. */
enum ust_status ust_output_keep(struct ust_output *output);
void ust_output_drop(struct ust_output *output);

#endif
