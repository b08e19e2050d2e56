#include "analysis/profile/inputs.h"

#include <stdio.h>

#include "sim/base/text.h"

static enum ust_status complain(const char *command, const char *text)
{
    fprintf(stderr, "understudy %s: %s\n", command, text);
    return UST_INVALID;
}

enum ust_status ust_inputs_open(const char *command,
                                const struct ust_profile_settings *settings,
                                uint64_t malformed_max, int n, char **path,
                                struct ust_arena *arena, struct ust_reader **out)
{
    const char *error = "";
    struct ust_read_options options = ust_profile_read_options(settings);
    options.malformed_max = malformed_max;
    struct ust_reader *reader = *out = ust_reader_new(&options, arena, &error);
    if (reader == NULL)
        return complain(command, error);
    for (int i = 0; i < n; i++) {
        enum ust_status status = ust_reader_open(reader, path[i]);
        if (status == UST_REFUSED)
            return ust_cli_refused("%s", ust_reader_error(reader));
        if (status != UST_OK)
            return complain(command, ust_reader_error(reader));
    }
    return UST_OK;
}

const char *ust_inputs_columns(const char *columns, struct ust_arena *arena)
{
    struct ust_text set = {0};
    ust_text_add(&set, "columns='");
    for (; *columns != '\0'; columns++)
        ust_text_add_n(&set, *columns == '\'' ? "''" : columns, *columns == '\'' ? 2 : 1);
    ust_text_add(&set, "'");
    const char *kept = ust_arena_text(arena, ust_text_string(&set));
    ust_text_free(&set);
    return kept;
}
