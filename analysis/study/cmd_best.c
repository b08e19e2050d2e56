/* understudy best: which unit of a design is the best, with a stated probability. */
#include <sys/stat.h>

#include "analysis/study/best.h"
#include "analysis/study/command.h"
#include "sim/base/limits.h"

struct options {
    const char *kpi, *indifference, *output;
    uint64_t first, most, seed, jobs, confidence;
    bool first_given, most_given, seed_given, json, force, quiet;
    struct ust_texts sets;
};

/* A first stage of fewer makes the procedure spend more, not less. */
#define FIRST_STAGE 20
#define MOST        1000

static const struct ust_option options_table[] = {
    {.name = "kpi",
     .letter = 'k',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, kpi),
     .value = "METRIC[@REGION[/SERVICE]]",
     .help = "best in what: readiness (where absent), or a metric with a direction"},
    {.name = "indifference",
     .letter = 'd',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, indifference),
     .value = "VALUE",
     .help =
         "of a scenario: the smallest lead worth finding, in the metric's unit, as in 5 ms"},
    {.name = "pcs",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, confidence),
     .value = "PERCENT",
     .low = 50,
     .high = 99,
     .help = "probability of correct selection; of a folder: of all intervals together "
             "(default 95)"},
    {.name = "replications",
     .letter = 'n',
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, first),
     .value = "N",
     .low = 2,
     .high = UST_REPLICATIONS_MAX,
     .given = offsetof(struct options, first_given) + 1,
     .help = "of every unit before any may drop out (default 20)"},
    {.name = "most",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, most),
     .value = "N",
     .low = 2,
     .high = UST_REPLICATIONS_MAX,
     .given = offsetof(struct options, most_given) + 1,
     .help = "replications of a unit, whatever is decided by then (default 1000)"},
    UST_OPTION_OUTPUT(
        struct options, "FOLDER",
        "folder of results; the scenario's name with .study where absent, as of a sweep"),
    UST_OPTION_SEED(struct options, "instead of the scenario's seed, for all units alike"),
    UST_OPTION_JOBS(struct options),
    UST_OPTION_SETS(struct options,
                    "override one value before the design's own, or of the design itself"),
    UST_OPTION_JSON(struct options, "the answer as JSON on stdout"),
    UST_OPTION_FORCE(struct options, "start anew where the folder holds another study"),
    UST_OPTION_QUIET(struct options, "no progress and no table"),
    {.name = NULL}};

static enum ust_status tell(const struct options *options, const struct ust_best *best)
{
    if (options->json)
        return ust_best_json(best, stdout);
    if (!options->quiet)
        ust_best_print(best, stderr);
    return UST_OK;
}

static enum ust_status invalid(const char *text)
{
    fprintf(stderr, "understudy: %s\n", text);
    return UST_INVALID;
}

static enum ust_status read_asked(const struct options *options, struct ust_arena *arena,
                                  struct ust_asked **asked)
{
    const char *text = options->kpi == NULL ? "readiness" : options->kpi;
    UST_TRY(ust_asked_read(arena, &text, 1, asked));
    if ((*asked)->better != UST_NEITHER)
        return UST_OK;
    fprintf(stderr,
            "understudy: '%s' is neither better when it is higher nor when it is lower, "
            "so no unit is the best in it\n",
            text);
    return UST_INVALID;
}

static enum ust_status select_unit(const struct options *options, const char *path,
                                   struct ust_spec *spec, struct ust_best *best)
{
    struct ust_study study;
    best->first_stage = options->first_given ? (uint32_t)options->first : FIRST_STAGE;
    best->most = options->most_given ? (uint32_t)options->most : MOST;
    if (options->indifference == NULL)
        return invalid(
            "--indifference is needed: the smallest lead that is worth finding, as in "
            "--indifference \"5 ms\"");
    UST_TRY(ust_best_zone(best->asked, options->indifference, &best->zone));
    if (best->most < best->first_stage)
        return invalid("--most is less than the first stage, --replications");
    const struct ust_study_options ask = {.path = path,
                                          .sets = options->sets.at,
                                          .sets_n = options->sets.n,
                                          .seed_given = options->seed_given,
                                          .seed = options->seed,
                                          .replications = best->first_stage};
    enum ust_status status = ust_study_plan(spec, &ask, &study);
    ust_diag_print(spec->diag, stderr, NULL);
    UST_TRY(status);
    UST_TRY(ust_asked_check(best->asked, 1, study.base));
    if (study.n < 2)
        return invalid("the design has one unit, so there is nothing to choose");
    if (!(1.0 - best->confidence < 1.0 - 1.0 / study.n))
        return invalid("--pcs is no more than picking blindly gives");
    const struct ust_best_run run = {
        .study = &study,
        .folder = options->output != NULL
                      ? options->output
                      : ust_arena_printf(spec->arena, "%s.study", study.base->name),
        .jobs = (uint32_t)options->jobs,
        .replace = options->force,
        .quiet = options->quiet || options->json};
    ust_cli_catch_signals();
    status = ust_best_select(best, &run);
    if (status == UST_STOPPED)
        fprintf(stderr,
                "\nstopped; the replications that ended are in %s\n"
                "  to go on: the same command again\n",
                run.folder);
    return status;
}

static enum ust_status compare_units(const struct options *options, const char *folder,
                                     struct ust_best *best)
{
    if (options->indifference != NULL || options->first_given || options->most_given ||
        options->output != NULL || options->seed_given || options->sets.n > 0 ||
        options->force) {
        fprintf(
            stderr,
            "understudy: '%s' is a study that has run; only --kpi, --pcs, --json and --quiet "
            "can be asked of it\n",
            folder);
        return UST_INVALID;
    }
    UST_TRY(ust_index_open(folder, &best->index));
    return ust_best_compare(best);
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_asked *asked = NULL;
    struct stat facts;
    (void)operands;
    enum ust_status status = read_asked(options, spec.arena, &asked);
    struct ust_best best = {
        .asked = asked,
        .arena = spec.arena,
        .confidence = (options->confidence > 0 ? (double)options->confidence : 95.0) / 100.0};
    if (status == UST_OK && stat(operand[0], &facts) == 0 && S_ISDIR(facts.st_mode))
        status = compare_units(options, operand[0], &best);
    else if (status == UST_OK)
        status = select_unit(options, operand[0], &spec, &best);
    if (status == UST_OK)
        status = tell(options, &best);
    ust_index_close(best.index);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return ust_exit_code(status);
}

const struct ust_command ust_command_best = {
    .name = "best",
    .operands = "SCENARIO|FOLDER",
    .help = "tell which unit of a design is the best, with a stated probability",
    .more =
        "Of a scenario with a design: runs its units stage by stage, drops those that fall\n"
        "behind, and ends when one is left (Kim and Nelson). The pick is the best with the\n"
        "probability --pcs, where it leads by --indifference or more. The same command goes "
        "on\n"
        "where it was stopped. Of a folder that a sweep wrote: which units may be the best,\n"
        "by intervals that hold all together (multiple comparisons with the best).\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
