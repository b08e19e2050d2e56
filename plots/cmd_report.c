/* understudy report RUN.db -o report.html */
#include <string.h>

#include "plots/command.h"
#include "plots/data.h"
#include "plots/report.h"
#include "plots/study.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"

struct options {
    const char *output;
    uint64_t replication;
};

static const struct ust_option options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, output),
     .value = "FILE",
     .help = "where to write (default: the database's name, ending in .html)"},
    {.name = "replication",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, replication),
     .value = "N",
     .help = "whose events are listed (default: the first)",
     .low = 1,
     .high = UINT32_MAX},
    {.name = NULL}};

/* "a/run.db" -> "a/run.html" */
static void default_output(const char *database, struct ust_text *out)
{
    const char *dot = strrchr(database, '.');
    bool ends = dot != NULL && strchr(dot, '/') == NULL && dot != database;
    ust_text_add_n(out, database, ends ? (size_t)(dot - database) : strlen(database));
    ust_text_add(out, ".html");
}

static enum ust_status make_study(const struct options *o, const char *database,
                                  const char *path)
{
    struct ust_text page = {0};
    if (o->replication > 0) {
        fprintf(stderr, "understudy report: '--replication' says nothing to a study; its units "
                        "have reports of their own\n");
        return UST_INVALID;
    }
    enum ust_status status = ust_report_study(database, &page);
    if (status == UST_OK)
        status = ust_output_text(path, ust_text_string(&page));
    ust_text_free(&page);
    return status;
}

static enum ust_status make(const struct options *o, const char *database, const char *path)
{
    struct ust_plot_run run;
    struct ust_text page = {0};
    if (ust_plot_is_study(database))
        return make_study(o, database, path);
    UST_TRY(ust_plot_run_open(database, &run));
    enum ust_status status = ust_report_make(&run, (uint32_t)o->replication, &page);
    if (status == UST_INVALID)
        fprintf(stderr, "understudy: '%s' has no replication %u, it has %u\n", database,
                (uint32_t)o->replication, run.replications_n);
    if (status == UST_OK)
        status = ust_output_text(path, ust_text_string(&page));
    ust_text_free(&page);
    ust_plot_run_close(&run);
    return status;
}

static int run_report(const void *given, int operands, char **operand)
{
    const struct options *o = given;
    struct ust_text path = {0};
    (void)operands;
    if (o->output != NULL)
        ust_text_add(&path, o->output);
    else
        default_output(operand[0], &path);
    enum ust_status status = make(o, operand[0], ust_text_string(&path));
    if (status == UST_OK && !ust_output_is_standard(ust_text_string(&path)))
        fprintf(stderr, "report  %s\n", ust_text_string(&path));
    ust_text_free(&path);
    return ust_exit_code(status);
}

const struct ust_command ust_command_report = {
    .name = "report",
    .operands = "RUN.db|STUDY.db",
    .help =
        "write one HTML file that shows a run: verdict, course, reasons, charts, tables; or a "
        "study",
    .more =
        "The file needs no network and no other file. It follows the reader's light or dark\n"
        "setting, and prints. The same database gives the same bytes.",
    .options = options,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_report,
};
