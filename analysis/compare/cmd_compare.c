/* understudy compare A B: which of two runs is better, and in what. */
#include <jansson.h>
#include <string.h>

#include "analysis/compare/command.h"
#include "analysis/compare/shapes.h"
#include "analysis/compare/side.h"
#include "analysis/compare/tell.h"
#include "plots/gnuplot.h"
#include "sim/base/limits.h"
#include "sim/cli/output.h"

struct options {
    uint64_t replications, seed, jobs, alpha;
    bool seed_given, alpha_given, json, force, quiet, all, check;
    const char *markdown, *chart;
    uint64_t width;
    struct ust_texts sets, metrics;
};

static const struct ust_option options_table[] = {
    {.name = "metric",
     .letter = 'm',
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, metrics),
     .value = "METRIC",
     .help =
         "judge this one (and others so given) instead of all: a smaller family finds more"},
    {.name = "all",
     .letter = 'a',
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, all),
     .help = "every row, not only what is better or worse"},
    {.name = "alpha",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, alpha),
     .value = "PERCENT",
     .low = 1,
     .high = 50,
     .given = offsetof(struct options, alpha_given) + 1,
     .help = "how often something may be found where nothing differs, all rows together; 5"},
    {.name = "check",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, check),
     .help = "exit with 4 if anything is worse"},
    UST_OPTION_SETS(struct options, "override one value of scenario B"),
    {.name = "replications",
     .letter = 'n',
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, replications),
     .value = "N",
     .low = 2,
     .high = UST_REPLICATIONS_MAX,
     .help = "of scenarios; as many as the other side has, or as they say themselves"},
    UST_OPTION_SEED(
        struct options,
        "of scenarios; the other side's where absent, so that both meet the same users"),
    UST_OPTION_JOBS(struct options),
    UST_OPTION_JSON(struct options, "the comparison as JSON on stdout"),
    {.name = "markdown",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, markdown),
     .value = "FILE",
     .help = "and as Markdown, for a pull request"},
    {.name = "chart",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, chart),
     .value = "FILE",
     .help = "and as a chart of the differences; .svg, .png or .pdf"},
    {.name = "width",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, width),
     .value = "PIXELS",
     .low = 200,
     .high = 10000,
     .help = "of the chart (default 960)"},
    UST_OPTION_FORCE(struct options,
                     "start anew where a scenario's database holds another run"),
    UST_OPTION_QUIET(struct options, "no progress and no table"),
    {.name = NULL}};

/* A mistyped metric would judge nothing and find nothing worse. */
enum ust_status ust_compare_metrics(const char *command, const struct ust_texts *metrics)
{
    const char *known[UST_METRICS + 1];
    size_t n = 0;
    known[n++] = "readiness";
    for (int m = 0; m < UST_METRICS; m++)
        if (ust_metrics[m].better != UST_NEITHER)
            known[n++] = ust_metrics[m].name;
    for (size_t i = 0; i < metrics->n; i++) {
        bool found = false;
        for (size_t k = 0; k < n; k++)
            found = found || strcmp(known[k], metrics->at[i]) == 0;
        if (found)
            continue;
        const char *near = ust_text_nearest(metrics->at[i], known, n);
        fprintf(stderr,
                "understudy %s: '--metric' is '%s', must be 'readiness' or a metric with a "
                "direction%s%s%s\n",
                command, metrics->at[i], near != NULL ? "; did you mean '" : "",
                near != NULL ? near : "", near != NULL ? "'?" : "");
        return UST_INVALID;
    }
    return UST_OK;
}

static enum ust_status open_side(struct ust_side *side, struct ust_arena *arena,
                                 struct ust_results *results)
{
    UST_TRY(ust_side_open(side));
    return ust_results_read(side->store, arena, results);
}

/* Databases first: a scenario takes over their seed and number. */
static enum ust_status open_both(const struct options *options, char **path,
                                 struct ust_arena *arena, struct ust_side side[2],
                                 struct ust_results results[2])
{
    for (int i = 0; i < 2; i++)
        side[i] = (struct ust_side){.path = path[i],
                                    .sets = i == 1 ? &options->sets : NULL,
                                    .replications = (uint32_t)options->replications,
                                    .jobs = (uint32_t)options->jobs,
                                    .seed_given = options->seed_given,
                                    .seed = options->seed,
                                    .replace = options->force,
                                    .quiet = options->quiet || options->json};
    int first = ust_side_is_database(path[1]) ? 1 : 0, second = 1 - first;
    UST_TRY(open_side(&side[first], arena, &results[first]));
    if (!options->seed_given) {
        side[second].seed_given = true;
        side[second].seed = results[first].seed;
    }
    if (options->replications == 0)
        side[second].replications = results[first].replications;
    side[second].taken = ust_text_string(&side[first].database);
    return open_side(&side[second], arena, &results[second]);
}

static enum ust_status tell(const struct options *options, const struct ust_compare *compare,
                            const struct ust_shapes *shapes, struct ust_arena *arena)
{
    enum ust_status status = UST_OK;
    struct ust_text text = {0};
    if (options->json) {
        json_t *root = ust_compare_json(compare);
        json_object_set_new(root, "shapes", ust_shapes_json(shapes));
        status = ust_output_json(stdout, root, 12);
    } else if (!options->quiet) {
        ust_text_printf(&text, "A  %s (%s)\nB  %s (%s)\n\n", compare->a->path, compare->a->name,
                        compare->b->path, compare->b->name);
        size_t head = text.length;
        ust_compare_table(compare, options->all, ust_cli_width(stderr, 132), arena, &text);
        ust_text_add(&text, text.length > head ? "\n" : "");
        head = text.length;
        ust_shapes_print(shapes, &text);
        ust_text_add(&text, text.length > head ? "\n" : "");
        ust_compare_summary(compare, &text);
        fputs(ust_text_string(&text), stderr);
    }
    if (status == UST_OK && options->markdown != NULL) {
        ust_text_clear(&text);
        ust_text_printf(&text, "### understudy compare: %s → %s\n\n", compare->a->name,
                        compare->b->name);
        ust_compare_markdown(compare, arena, &text);
        status = ust_output_text(options->markdown, ust_text_string(&text));
    }
    ust_text_free(&text);
    if (status == UST_OK && options->chart != NULL)
        status = ust_compare_chart(compare, options->all,
                                   options->width > 0 ? (unsigned)options->width : 960, arena,
                                   options->chart);
    return status;
}

/* What is wrong with the command line is told before anything runs. */
static enum ust_status check_options(const struct options *options)
{
    enum ust_picture picture;
    enum ust_status status = ust_compare_metrics("compare", &options->metrics);
    if (options->chart != NULL &&
        ust_gnuplot_picture("compare", options->chart, &picture) != UST_OK)
        status = UST_INVALID;
    return status;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    if (check_options(options) != UST_OK)
        return UST_EXIT_INVALID;
    struct ust_arena *arena = ust_arena_new();
    struct ust_side side[2] = {{0}, {0}};
    struct ust_results results[2];
    ust_cli_catch_signals();
    enum ust_status status = open_both(options, operand, arena, side, results);
    bool worse = false;
    if (status == UST_OK) {
        struct ust_compare compare = {
            .a = &results[0],
            .b = &results[1],
            .alpha = options->alpha_given ? (double)options->alpha / 100.0 : 0.05,
            .power = 0.8,
            .metrics = options->metrics.at,
            .metrics_n = options->metrics.n};
        ust_compare_make(&compare, arena);
        worse = compare.count[UST_CHANGE_WORSE] > 0;
        struct ust_shapes shapes;
        status = ust_shapes_make(side[0].store, side[1].store, compare.paired, compare.alpha,
                                 arena, &shapes);
        if (status == UST_OK)
            status = tell(options, &compare, &shapes, arena);
    }
    ust_side_close(&side[0]);
    ust_side_close(&side[1]);
    ust_arena_free(arena);
    if (status == UST_OK && worse && options->check)
        return UST_EXIT_WORSE;
    return ust_exit_code(status);
}

const struct ust_command ust_command_compare = {
    .name = "compare",
    .operands = "A B",
    .help = "two runs or scenarios: what is better, worse, undecided",
    .more = "A and B are databases, or scenarios, which are run first (into NAME.db). "
            "Replications\n"
            "of the same seed and number met the same users and are compared pair by pair; "
            "runs of\n"
            "other seeds by Welch's t. All metrics with a direction are one family (Holm).\n"
            "One scenario with and without a change: compare S.yaml S.yaml --set PATH=VALUE.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 2,
    .operands_max = 2,
    .run = run,
};
