/* understudy report WHAT -o report.html: of a run, of personas, of a classification. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "plots/command.h"
#include "plots/data.h"
#include "plots/pages/page.h"
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
     .help = "where to write (default: the name of what is shown, ending in .html)"},
    {.name = "replication",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, replication),
     .value = "N",
     .help = "whose events are listed (default: the first)",
     .low = 1,
     .high = UINT32_MAX},
    {.name = NULL}};

/* "a/run.db" -> "a/run.html", "shop/" -> "shop.html" */
static void default_output(const char *operand, struct ust_text *out)
{
    size_t length = strlen(operand);
    while (length > 1 && operand[length - 1] == '/')
        length--;
    ust_text_add_n(out, operand, length);
    const char *name = ust_text_string(out), *dot = strrchr(name, '.');
    bool ends = dot != NULL && strchr(dot, '/') == NULL && dot != name && dot[1] != '\0';
    size_t keep = ends ? (size_t)(dot - name) : length;
    ust_text_clear(out);
    ust_text_add_n(out, operand, keep);
    ust_text_add(out, ".html");
}

/* ---- what it is ---- */

enum subject { RUN, STUDY, PERSONAS, CLASSIFIED };

/* A folder or a file of JSON holds personas; a database says by its id what it is. What cannot
 * be read is left to whoever reads runs, and complains. */
static enum subject subject_of(const char *path)
{
    static const char sqlite[] = "SQLite format 3";
    static const unsigned char classified[] = {0x55, 0x53, 0x54, 0x43};
    unsigned char head[100] = {0};
    struct stat facts;
    if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode))
        return PERSONAS;
    FILE *file = fopen(path, "rb");
    size_t n = file != NULL ? fread(head, 1, sizeof head, file) : 0, first = 0;
    if (file != NULL)
        fclose(file);
    while (first < n && strchr(" \t\r\n", head[first]) != NULL && head[first] != '\0')
        first++;
    if (first < n && head[first] == '{')
        return PERSONAS;
    if (n == sizeof head && memcmp(head, sqlite, sizeof sqlite) == 0 &&
        memcmp(head + 68, classified, sizeof classified) == 0)
        return CLASSIFIED;
    return ust_plot_is_study(path) ? STUDY : RUN;
}

static enum ust_status make_run(const struct options *o, const char *path,
                                struct ust_text *page)
{
    struct ust_plot_run run;
    UST_TRY(ust_plot_run_open(path, &run));
    enum ust_status status = ust_report_make(&run, (uint32_t)o->replication, page);
    if (status == UST_INVALID)
        fprintf(stderr, "understudy: '%s' has no replication %u, it has %u\n", path,
                (uint32_t)o->replication, run.replications_n);
    ust_plot_run_close(&run);
    return status;
}

static bool is_there(const char *folder, const char *name)
{
    struct ust_text path = {0};
    struct stat facts;
    ust_text_printf(&path, "%s/%s", folder, name);
    bool there = stat(ust_text_string(&path), &facts) == 0;
    ust_text_free(&path);
    return there;
}

/* A library that no recording is behind. */
static bool is_library(const char *path)
{
    return (is_there(path, "users") || is_there(path, "resources")) &&
           !is_there(path, UST_PROFILE_MODEL_FILE);
}

static enum ust_status make_personas(const char *path, struct ust_text *page)
{
    if (is_library(path))
        return ust_page_library(path, page);
    struct ust_arena *arena = ust_arena_new();
    struct ust_model_source source;
    enum ust_status status = ust_model_source_open("report", path, arena, &source);
    if (status == UST_OK)
        status = ust_page_personas(&source, page);
    ust_arena_free(arena);
    return status;
}

static enum ust_status make_page(enum subject subject, const struct options *o,
                                 const char *operand, struct ust_text *page)
{
    switch (subject) {
    case STUDY:
        return ust_report_study(operand, page);
    case PERSONAS:
        return make_personas(operand, page);
    case CLASSIFIED:
        return ust_page_classified(operand, page);
    default:
        return make_run(o, operand, page);
    }
}

static enum ust_status make(const struct options *o, const char *operand, const char *path)
{
    struct ust_text page = {0};
    enum subject subject = subject_of(operand);
    if (subject != RUN && o->replication > 0) {
        fprintf(stderr, "understudy report: '--replication' is of runs, and '%s' is none%s\n",
                operand, subject == STUDY ? "; its units have reports of their own" : "");
        return UST_INVALID;
    }
    enum ust_status status = make_page(subject, o, operand, &page);
    if (status == UST_OK)
        status = ust_output_text(path, ust_text_string(&page));
    ust_text_free(&page);
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
    .operands = "RUN.db|STUDY.db|PERSONAS|CLASSIFIED.db",
    .help =
        "write one HTML file that shows a run, a study, a set of personas, or a classification",
    .more =
        "Of a run: verdict, course, reasons, charts, tables. Of a folder or model that "
        "`profile`\n"
        "wrote: each persona, how they differ, why so many. Of any other library: what its\n"
        "personas say. Of a database that `classify` wrote: the mix over time, distances, "
        "strangers and why they are some.\n"
        "The file needs no network and no other file. It follows the reader's light or dark\n"
        "setting, and prints. The same database gives the same bytes.",
    .options = options,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_report,
};
