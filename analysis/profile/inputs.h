/* What every command that reads events has in common: how its inputs are read, and opening
 * them. */
#ifndef UST_PROFILE_INPUTS_H
#define UST_PROFILE_INPUTS_H

#include "analysis/profile/reader.h"
#include "analysis/profile/settings.h"
#include "sim/cli/cli.h"

/* Rows of --format, --columns and --max-errors; fields format, columns, errors, errors_given.
 */
#define UST_INPUT_OPTIONS(options)                                                             \
    {.name = "format",                                                                         \
     .kind = UST_OPTION_TEXT,                                                                  \
     .offset = offsetof(options, format),                                                      \
     .value = "FORMAT",                                                                        \
     .help = "ndjson, csv or access; by each input's first line where absent"},                \
        {.name = "columns",                                                                    \
         .kind = UST_OPTION_TEXT,                                                              \
         .offset = offsetof(options, columns),                                                 \
         .value = "FIELD=COLUMN,...",                                                          \
         .help = "where the fields of a CSV file stand, by name or number"},                   \
    {                                                                                          \
        .name = "max-errors", .kind = UST_OPTION_COUNT, .offset = offsetof(options, errors),   \
        .given = offsetof(options, errors_given) + 1, .value = "N", .high = UINT64_MAX,        \
        .help = "malformed lines beyond which it ends; any number where absent"                \
    }

/* A reader of `n` inputs, "-" for standard input. On failure, a message of `command` was
 * printed, and there may be a reader: close it all the same. */
enum ust_status ust_inputs_open(const char *command,
                                const struct ust_profile_settings *settings,
                                uint64_t malformed_max, int n, char **path,
                                struct ust_arena *arena, struct ust_reader **out);

/* --columns as a setting: a column may have any name, with quotes and colons in it. */
const char *ust_inputs_columns(const char *columns, struct ust_arena *arena);

#endif
