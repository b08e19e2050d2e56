/* understudy export RUN.db: results for other programs. */
#include <string.h>

#include "analysis/export/command.h"
#include "analysis/export/export.h"
#include "sim/cli/output.h"

struct options {
    const char *format, *table, *output;
};

static const char *const formats[] = {"csv", "jsonl", "openmetrics", NULL};

static const struct ust_option options_table[] = {
    {.name = "format",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, format),
     .value = "FORMAT",
     .choices = formats,
     .help = "csv (default), jsonl or openmetrics"},
    {.name = "table",
     .letter = 't',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, table),
     .value = "TABLE",
     .choices = ust_export_tables,
     .help =
         "of csv and jsonl: kpi (default), series, histogram, timeline, estimate, readiness; "
         "openmetrics is the series"},
    UST_OPTION_OUTPUT(struct options, "FILE", "instead of stdout"),
    {.name = NULL}};

static int find(const char *const *words, const char *word)
{
    int i = 0;
    while (word != NULL && words[i] != NULL && strcmp(words[i], word) != 0)
        i++;
    return word == NULL ? 0 : i;
}

static enum ust_status write_to(const struct options *options, struct ust_store *store,
                                FILE *out)
{
    const char *format = formats[find(formats, options->format)];
    int table = find(ust_export_tables, options->table);
    if (strcmp(format, "openmetrics") == 0)
        return ust_export_openmetrics(store, out);
    return strcmp(format, "csv") == 0 ? ust_export_csv(store, table, out)
                                      : ust_export_jsonl(store, table, out);
}

static enum ust_status export(const struct options *options, struct ust_store *store) {
    struct ust_output output;
    UST_TRY(ust_output_open(options->output != NULL ? options->output : "-", &output));
    enum ust_status status = write_to(options, store, output.stream);
    if (status == UST_OK) return ust_output_keep(&output);
    ust_output_drop(&output);
    return status;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    if (options->table != NULL && options->format != NULL &&
        strcmp(options->format, "openmetrics") == 0 && strcmp(options->table, "series") != 0) {
        fprintf(stderr, "understudy export: openmetrics is of the series; --table is for csv "
                        "and jsonl\n");
        return UST_EXIT_INVALID;
    }
    struct ust_store *store;
    enum ust_status status = ust_store_open(operand[0], false, &store);
    if (status == UST_OK) {
        status = export(options, store);
        ust_store_close(store);
    }
    return ust_exit_code(status);
}

const struct ust_command ust_command_export = {
    .name = "export",
    .operands = "RUN.db",
    .help = "results as CSV, JSON lines or OpenMetrics",
    .more =
        "Every row names its run, seed and scenario. OpenMetrics samples stand at simulated\n"
        "time, the end of their interval; promtool tsdb create-blocks-from openmetrics FILE\n"
        "makes them readable by Prometheus and Grafana.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
