/* understudy plot RUN.db --kind KIND -o x.svg|png|pdf */
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#include "plots/command.h"
#include "plots/gnuplot.h"
#include "plots/plot.h"
#include "plots/study.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"

static const struct ust_plot_kind *const kinds[] = {
#define UST_PLOT_KIND(id) &ust_plot_##id,
#include "plots/kinds.def"
#undef UST_PLOT_KIND
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct options {
    const char *kind, *output, *persona, *region, *kpi;
    uint64_t width, height;
};

static const struct ust_option options[] = {
    {.name = "kind",
     .letter = 'k',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, kind),
     .value = "KIND",
     .help = "which chart (default: of a study what it found, else timeline)"},
    UST_OPTION_OUTPUT(struct options, "FILE",
                      "where to write; .svg, .png or .pdf (default: RUN-KIND.svg)"),
    {.name = "persona",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, persona),
     .value = "NAME",
     .help = "only this persona (timeline, latency, latency-cdf)"},
    {.name = "region",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, region),
     .value = "NAME",
     .help = "only this region (capacity, latency-cdf, utilisation)"},
    {.name = "kpi",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, kpi),
     .value = "METRIC",
     .help = "only this one of what a study was asked about (tornado, morris, best)"},
    {.name = "width",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, width),
     .value = "PIXELS",
     .help = "width (default 960)",
     .low = 200,
     .high = 10000},
    {.name = "height",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, height),
     .value = "PIXELS",
     .help = "height (default 540; taller where panels are stacked)",
     .low = 150,
     .high = 10000},
    {.name = NULL}};

/* "understudy plot: unknown persona 'x'; did you mean 'y'? (known: ...)" */
static enum ust_status unknown(const char *what, const char *word, const char *const *known,
                               size_t n)
{
    const char *near = ust_text_nearest(word, known, n);
    fprintf(stderr, "understudy plot: unknown %s '%s'", what, word);
    if (near != NULL)
        fprintf(stderr, "; did you mean '%s'?", near);
    fprintf(stderr, " (known:");
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", known[i]);
    fprintf(stderr, ")\n");
    return UST_INVALID;
}

static bool has_rows(const struct ust_plot_run *run, const char *table)
{
    char sql[80];
    sqlite3_stmt *row = NULL;
    snprintf(sql, sizeof sql, "SELECT 1 FROM %s LIMIT 1", table);
    bool any = sqlite3_prepare_v2(run->db, sql, -1, &row, NULL) == SQLITE_OK &&
               sqlite3_step(row) == SQLITE_ROW;
    sqlite3_finalize(row);
    return any;
}

static enum ust_status find_kind(const struct options *o, const struct ust_plot_run *run,
                                 const struct ust_plot_kind **kind)
{
    const char *names[KINDS];
    *kind = kinds[0];
    if (o->kind == NULL) {
        for (size_t i = 0; i < KINDS; i++)
            if (kinds[i]->table != NULL && has_rows(run, kinds[i]->table))
                *kind = kinds[i];
        return UST_OK;
    }
    for (size_t i = 0; i < KINDS; i++) {
        names[i] = kinds[i]->name;
        *kind = kinds[i];
        if (ust_text_equal(names[i], o->kind))
            return UST_OK;
    }
    if (ust_plot_study_kind(o->kind) != NULL) {
        fprintf(stderr,
                "understudy plot: kind '%s' is drawn of a study: give it the study.db of a "
                "folder\n",
                o->kind);
        return UST_INVALID;
    }
    return unknown("kind", o->kind, names, KINDS);
}

static enum ust_status find_study_kind(const struct options *o, const char *database,
                                       const struct ust_plot_study_kind **kind)
{
    const char *names[16];
    size_t n = 0;
    if (o->kind == NULL) {
        struct ust_plot_study study;
        UST_TRY(ust_plot_study_open(database, &study));
        bool chosen = study.method == NULL && study.selections_n > 0;
        *kind = chosen ? &ust_plot_best : ust_plot_study_kinds[0];
        ust_plot_study_close(&study);
        return UST_OK;
    }
    *kind = ust_plot_study_kind(o->kind);
    if (*kind != NULL)
        return UST_OK;
    while (ust_plot_study_kinds[n] != NULL) {
        names[n] = ust_plot_study_kinds[n]->name;
        n++;
    }
    return unknown("kind of a study", o->kind, names, n);
}

static enum ust_status check_filters(const struct options *o, const struct ust_plot_kind *kind)
{
    const char *useless = o->persona != NULL && !kind->by_persona ? "persona"
                          : o->region != NULL && !kind->by_region ? "region"
                                                                  : NULL;
    if (useless == NULL)
        return UST_OK;
    fprintf(stderr,
            "understudy plot: '--%s' says nothing to kind '%s'; kinds that take it:", useless,
            kind->name);
    const char *comma = "";
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(useless, "persona") == 0 ? kinds[i]->by_persona : kinds[i]->by_region) {
            fprintf(stderr, "%s %s", comma, kinds[i]->name);
            comma = ",";
        }
    fprintf(stderr, "\n");
    return UST_INVALID;
}

static enum ust_status find_scopes(const struct options *o, struct ust_plot_request *request)
{
    const struct ust_plot_run *run = request->run;
    const char **names =
        ust_arena_alloc(run->arena, const char *, run->personas_n + run->regions_n + 1);
    if (o->persona != NULL && (request->persona = ust_plot_persona_id(run, o->persona)) == 0) {
        for (uint32_t i = 0; i < run->personas_n; i++)
            names[i] = run->personas[i].name;
        return unknown("persona", o->persona, names, run->personas_n);
    }
    if (o->region != NULL && (request->region = ust_plot_region_id(run, o->region)) == 0) {
        for (uint32_t i = 0; i < run->regions_n; i++)
            names[i] = run->regions[i].name;
        return unknown("region", o->region, names, run->regions_n);
    }
    return UST_OK;
}

/* Stacked panels need height of their own. */
static unsigned default_height(const struct ust_plot_kind *kind,
                               const struct ust_plot_request *request)
{
    uint32_t n = 1;
    if (kind->height != NULL)
        return kind->height(request);
    if (kind == &ust_plot_latency && request->persona == 0)
        n = request->run->personas_n;
    if (kind == &ust_plot_utilisation && request->region == 0)
        n = request->run->regions_n;
    if (kind == &ust_plot_size)
        return 640;
    uint32_t rows = n > 6 ? 3 : n > 3 ? (n + 1) / 2 : n;
    return rows <= 1 ? 540 : rows * 360;
}

static enum ust_status draw(const struct options *o, const struct ust_plot_kind *kind,
                            enum ust_picture picture, const char *path,
                            struct ust_plot_request *request)
{
    struct ust_text script = {0};
    UST_TRY(find_scopes(o, request));
    unsigned width = o->width > 0 ? (unsigned)o->width : 960;
    unsigned height = o->height > 0 ? (unsigned)o->height : default_height(kind, request);
    request->width = width;
    ust_gnuplot_terminal(&script, picture, width, height);
    enum ust_status status = kind->script(request, &script);
    if (status == UST_OK)
        status = ust_gnuplot_file(&script, path);
    ust_text_free(&script);
    return status;
}

/* Where none is named: the database's own name, and the kind's. */
static void name_output(const struct options *o, const char *database, const char *kind,
                        struct ust_text *path)
{
    if (o->output != NULL) {
        ust_text_add(path, o->output);
        return;
    }
    size_t length = strlen(database);
    if (length > 3 && ust_text_equal(database + length - 3, ".db"))
        length -= 3;
    ust_text_add_n(path, database, length);
    ust_text_printf(path, "-%s.svg", kind);
}

static enum ust_status plot_study(const struct options *o, const char *database,
                                  struct ust_text *path)
{
    const struct ust_plot_study_kind *kind = NULL;
    UST_TRY(find_study_kind(o, database, &kind));
    if (o->persona != NULL || o->region != NULL) {
        fprintf(stderr, "understudy plot: '--%s' says nothing to a study\n",
                o->persona != NULL ? "persona" : "region");
        return UST_INVALID;
    }
    name_output(o, database, kind->name, path);
    return ust_plot_study_draw(database, kind, o->kpi, (unsigned)o->width, (unsigned)o->height,
                               path->data);
}

static enum ust_status plot_run(const struct options *o, const struct ust_plot_run *run,
                                const char *database, struct ust_text *path)
{
    const struct ust_plot_kind *kind;
    enum ust_picture picture;
    UST_TRY(find_kind(o, run, &kind));
    name_output(o, database, kind->name, path);
    UST_TRY(ust_gnuplot_picture("plot", path->data, &picture));
    UST_TRY(check_filters(o, kind));
    if (o->kpi != NULL) {
        fprintf(stderr, "understudy plot: '--kpi' says nothing to kind '%s'\n", kind->name);
        return UST_INVALID;
    }
    struct ust_plot_request request = {.run = run};
    return draw(o, kind, picture, path->data, &request);
}

/* What the file is comes first: no word about kinds where there is nothing to draw from. */
static enum ust_status plot(const struct options *o, const char *database,
                            struct ust_text *path)
{
    struct ust_plot_run run;
    if (ust_plot_is_study(database))
        return plot_study(o, database, path);
    UST_TRY(ust_plot_run_open(database, &run));
    enum ust_status status = plot_run(o, &run, database, path);
    ust_plot_run_close(&run);
    return status;
}

static int run_plot(const void *given, int operands, char **operand)
{
    struct ust_text path = {0};
    (void)operands;
    enum ust_status status = plot(given, operand[0], &path);
    if (status == UST_OK)
        fprintf(stderr, "chart   %s\n", path.data);
    ust_text_free(&path);
    return ust_exit_code(status);
}

const struct ust_command ust_command_plot = {
    .name = "plot",
    .operands = "RUN.db|STUDY.db",
    .help = "draw one chart of a run or a study with gnuplot, as SVG, PNG or PDF",
    .more = "Kinds:\n"
            "  timeline     requests offered, answered and answered well, by the minute\n"
            "  waterfall    fault, detected, moved, capacity caught up, objectives met\n"
            "  capacity     vCPU that the work asks for, against what can be used of those in "
            "service\n"
            "  latency      p50, p95 and p99 over time, a panel for each persona\n"
            "  latency-cdf  distribution of the latency of answers, by persona\n"
            "  utilisation  CPU, slots, memory, network and storage, a panel for each region\n"
            "  welch        moving average of the series from the start: is it warm?\n"
            "  basin        which triggers keep the system down, of `understudy basin`\n"
            "  size         how ready each standby is that `understudy size` tried, and its "
            "cost\n"
            "and of the study.db that `understudy sensitivity` or a sweep wrote:\n"
            "  tornado      what each parameter does to each answer, the largest on top\n"
            "  morris       mu* against sigma: what matters, and what acts together\n"
            "  best         what `understudy best FOLDER` found: units beside the best of the "
            "others\n"
            "Lines are medians over replications, bands hold nine of ten of them. The same\n"
            "database gives the same bytes as SVG and PNG.",
    .options = options,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run_plot,
};
