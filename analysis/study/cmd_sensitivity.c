/* understudy sensitivity: which parameter moves the answers most? */
#include <string.h>
#include <sys/stat.h>

#include "analysis/study/command.h"
#include "analysis/study/part.h"
#include "analysis/study/sensitivity.h"
#include "analysis/study/sweep.h"
#include "sim/base/limits.h"

struct options {
    const char *output, *method, *shard;
    uint64_t n, replications, seed, jobs, confidence;
    bool n_given, seed_given, json, force, quiet;
    struct ust_texts sets, kpis, vary;
};

static const struct ust_option options_table[] = {
    {.name = "vary",
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, vary),
     .value = "PATH=LOW..HIGH",
     .help = "a parameter and its range, as in routing.dns.ttl=10..300 s; instead of those of "
             "the scenario's `design: sensitivity`"},
    {.name = "method",
     .letter = 'm',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, method),
     .value = "METHOD",
     .choices = ust_screen_methods,
     .help = "how it is asked, as below; morris where absent"},
    {.name = "points",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, n),
     .value = "N",
     .low = 2,
     .high = UST_STUDY_UNITS_MAX,
     .given = offsetof(struct options, n_given) + 1,
     .help = "trajectories of morris (10), base points of sobol (64)"},
    UST_OPTION_KPIS(
        struct options,
        "what is to be moved; readiness, attainment, latency_p99 and cost where absent"),
    UST_OPTION_OUTPUT(struct options, "FOLDER",
                      "folder of results; the scenario's name with .sensitivity where absent"),
    UST_OPTION_REPLICATIONS(
        struct options,
        "of each unit, instead of the scenario's number; `until` is then not asked"),
    UST_OPTION_SEED(struct options, "instead of the scenario's seed, for all units alike"),
    UST_OPTION_JOBS(struct options),
    UST_OPTION_SHARD(struct options),
    UST_OPTION_SETS(struct options, "override one value of the scenario"),
    {.name = "confidence",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, confidence),
     .value = "PERCENT",
     .low = 50,
     .high = 99,
     .help = "of the intervals (default 95)"},
    UST_OPTION_JSON(struct options, "the tables as JSON on stdout"),
    UST_OPTION_FORCE(struct options, "start anew where the folder holds another study"),
    UST_OPTION_QUIET(struct options, "no progress and no tables"),
    {.name = NULL}};

/* ---- a design out of the command line ---- */

static void add_set(struct ust_arena *arena, struct ust_texts *sets, const char *text)
{
    sets->at[sets->n++] = ust_arena_text(arena, text);
}

/* A --vary is a --set of the design, so that messages show it as it was typed. */
static enum ust_status add_range(struct ust_arena *arena, struct ust_texts *sets,
                                 const char *vary)
{
    size_t length = strcspn(vary, "=");
    if (length == 0 || vary[length] == '\0' || strstr(vary + length, "..") == NULL ||
        memchr(vary, '"', length) != NULL) {
        fprintf(stderr,
                "understudy: --vary '%s' needs a path and a range, as in "
                "--vary \"routing.dns.ttl=10..300 s\"%s\n",
                vary,
                memchr(vary, '"', length) != NULL
                    ? "; a path with quotes goes into the scenario's `design: sensitivity`"
                    : "");
        return UST_INVALID;
    }
    add_set(arena, sets,
            ust_arena_printf(arena, "design.sensitivity.ranges.\"%.*s\"=%s", (int)length, vary,
                             vary + length + 1));
    return UST_OK;
}

static enum ust_status gather_sets(struct ust_arena *arena, const struct options *options,
                                   struct ust_texts *sets)
{
    enum ust_status status = UST_OK;
    size_t room = options->sets.n + options->vary.n + 3;
    *sets = (struct ust_texts){.at = ust_arena_alloc(arena, const char *, room)};
    for (size_t i = 0; i < options->sets.n; i++)
        add_set(arena, sets, options->sets.at[i]);
    if (options->vary.n > 0)
        add_set(arena, sets, "design={sensitivity: {method: morris}}");
    for (size_t i = 0; i < options->vary.n; i++)
        if (add_range(arena, sets, options->vary.at[i]) != UST_OK)
            status = UST_INVALID;
    if (options->method != NULL)
        add_set(arena, sets,
                ust_arena_printf(arena, "design.sensitivity.method=%s", options->method));
    if (options->n_given)
        add_set(arena, sets,
                ust_arena_printf(arena, "design.sensitivity.n=%llu",
                                 (unsigned long long)options->n));
    return status;
}

/* ---- running ---- */

static enum ust_status tell(const struct options *options, struct ust_index *index,
                            struct ust_arena *arena, const struct ust_asked *answer, uint32_t n)
{
    struct ust_sensitivity it = {
        .index = index,
        .arena = arena,
        .confidence = (options->confidence > 0 ? (double)options->confidence : 95.0) / 100.0};
    UST_TRY(ust_sensitivity_make(&it, answer, n));
    if (options->json)
        return ust_sensitivity_json(&it, stdout);
    if (!options->quiet)
        ust_sensitivity_print(&it, stderr);
    return UST_OK;
}

static enum ust_status check_design(const struct ust_study *study, const char *path)
{
    if (study->base->units.range != NULL)
        return UST_OK;
    fprintf(stderr,
            "understudy: %s: the design asks for no sensitivity; give ranges with --vary "
            "PATH=LOW..HIGH, or write `design: {sensitivity: {ranges: {PATH: LOW..HIGH}}}`\n",
            path);
    return UST_INVALID;
}

/* `asked`: what was found wrong with the answers, which is told together with the rest. */
static enum ust_status plan(const struct options *options, const char *path,
                            struct ust_spec *spec, const struct ust_asked *answer, uint32_t n,
                            enum ust_status asked, struct ust_study *study)
{
    struct ust_texts sets;
    UST_TRY(gather_sets(spec->arena, options, &sets));
    const struct ust_study_options ask = {.path = path,
                                          .sets = sets.at,
                                          .sets_n = sets.n,
                                          .seed_given = options->seed_given,
                                          .seed = options->seed,
                                          .replications = (uint32_t)options->replications};
    enum ust_status status = ust_study_plan(spec, &ask, study);
    ust_diag_print(spec->diag, stderr, NULL);
    UST_TRY(status);
    UST_TRY(asked);
    UST_TRY(ust_asked_check(answer, n, study->base));
    return check_design(study, path);
}

static enum ust_status simulate(const struct options *options, const struct ust_study *study,
                                struct ust_spec *spec, const struct ust_asked *answer,
                                uint32_t n)
{
    struct ust_sweep_options how = {.folder = options->output,
                                    .jobs = (uint32_t)options->jobs,
                                    .replace = options->force,
                                    .quiet = options->quiet || options->json};
    UST_TRY(ust_shard_read(options->shard, &how.shard));
    if (how.folder == NULL)
        how.folder = ust_part_name(spec->arena, study->base->name, "sensitivity", how.shard);
    ust_cli_catch_signals();
    struct ust_index *index = NULL;
    struct ust_batch_result result;
    enum ust_status status = ust_sweep(study, &how, &ust_threads, &index, &result);
    if (status == UST_OK)
        status = ust_sensitivity_plan(index, &study->base->units);
    const struct ust_part_facts part = {.name = study->base->name,
                                        .results = how.folder,
                                        .shard = how.shard,
                                        .pieces = result.pieces,
                                        .ran = result.replications,
                                        .requests = result.requests};
    if (status == UST_OK && how.shard.parts > 0)
        status = ust_part_tell(&part, options->json, options->quiet);
    else if (status == UST_OK)
        status = tell(options, index, spec->arena, answer, n);
    if (status == UST_STOPPED)
        fprintf(stderr,
                "\nstopped; the replications that ended are in %s\n"
                "  to go on: the same command again\n",
                how.folder);
    ust_index_close(index);
    return status;
}

/* A folder that was swept for it before: only told, of whatever metric. */
static enum ust_status ask_again(const struct options *options, const char *folder,
                                 struct ust_spec *spec, const struct ust_asked *answer,
                                 uint32_t n)
{
    if (options->vary.n + options->sets.n > 0 || options->method != NULL || options->n_given ||
        options->replications > 0 || options->seed_given || options->output != NULL) {
        fprintf(
            stderr,
            "understudy: '%s' is a study that has run; only --kpi, --confidence, --json and "
            "--quiet can be asked of it\n",
            folder);
        return UST_INVALID;
    }
    struct ust_index *index = NULL;
    UST_TRY(ust_index_open(folder, &index));
    enum ust_status status = tell(options, index, spec->arena, answer, n);
    ust_index_close(index);
    return status;
}

static int run(const void *given, int operands, char **operand)
{
    static const char *const defaults[] = {"readiness", "attainment", "latency_p99", "cost"};
    const struct options *options = given;
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_asked *answer = NULL;
    struct stat facts;
    (void)operands;
    bool asked = options->kpis.n > 0;
    uint32_t n = asked ? (uint32_t)options->kpis.n : sizeof defaults / sizeof defaults[0];
    enum ust_status status = ust_asked_read(
        spec.arena, asked ? (const char *const *)options->kpis.at : defaults, n, &answer);
    if (stat(operand[0], &facts) == 0 && S_ISDIR(facts.st_mode)) {
        if (status == UST_OK)
            status = ask_again(options, operand[0], &spec, answer, n);
    } else {
        struct ust_study study;
        status = plan(options, operand[0], &spec, answer, n, status, &study);
        if (status == UST_OK)
            status = simulate(options, &study, &spec, answer, n);
    }
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return ust_exit_code(status);
}

const struct ust_command ust_command_sensitivity = {
    .name = "sensitivity",
    .operands = "SCENARIO|FOLDER",
    .help = "tell which parameters move readiness and other metrics most",
    .more =
        "Runs the points that the method asks for, as a sweep of units that all meet the same\n"
        "users, and tells what each range does to each answer, with intervals. The same\n"
        "command goes on where it was stopped. A folder that it wrote can be asked again, and\n"
        "so can one that `understudy merge` made of its shards.\n"
        "  morris   elementary effects: sorts many ranges by few runs\n"
        "  sobol    shares of the variance, alone and together: takes many runs\n"
        "  effects  mean change between the ends of the ranges: takes the fewest\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
