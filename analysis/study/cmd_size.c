/* understudy size: how much standby does it take? */
#include <math.h>
#include <stdlib.h>

#include "analysis/study/command.h"
#include "analysis/study/size.h"
#include "analysis/study/study.h"
#include "models/world/command.h"
#include "sim/base/limits.h"

struct options {
    const char *output, *pool, *confidence;
    uint64_t replications, seed, jobs, spare;
    bool seed_given, json, force, quiet, spare_given;
    struct ust_texts sets, vary;
};

static const struct ust_option options_table[] = {
    {.name = "vary",
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, vary),
     .value = "PATH=LO..HI",
     .help = "what to size, by its path as for --set; may be repeated. Of a pool, as in "
             "services.web.pools.west=2..40, instances and `min` go together; other counts are "
             "set alone. LO..HI/N: N values, evenly"},
    {.name = "pool",
     .letter = 'p',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, pool),
     .value = "NAME",
     .help = "the pools of this region, this service, or SERVICE/REGION; those of the regions "
             "that are judged where neither is given"},
    {.name = "confidence",
     .letter = 'c',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, confidence),
     .value = "SHARE",
     .help = "of the answer, instead of the scenario's readiness.confidence"},
    {.name = "spare",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, spare),
     .value = "K",
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .given = offsetof(struct options, spare_given) + 1,
     .help = "instances to spare in N+k, which stands beside the answer (default: 1)"},
    UST_STUDY_OPTIONS(struct options, "the scenario's name with -size.db where absent"),
    {.name = NULL}};

/* ---- before anything is run ---- */

/* Confidence is part of the scenario: so it is stored, and every judgement follows it. */
static enum ust_status add_confidence(struct ust_arena *arena, const struct options *options,
                                      struct ust_texts *sets)
{
    double share;
    sets->n = options->sets.n;
    sets->at = ust_arena_alloc(arena, const char *, sets->n + 1);
    for (size_t i = 0; i < sets->n; i++)
        sets->at[i] = options->sets.at[i];
    if (options->confidence == NULL)
        return UST_OK;
    UST_TRY(ust_trial_quantity("--confidence", options->confidence, UST_FIELD_RATIO, &share));
    if (share < 0.5 || share > 0.9999) {
        fprintf(stderr, "understudy: --confidence: '%s' must lie between 50 %% and 99.99 %%\n",
                options->confidence);
        return UST_INVALID;
    }
    sets->at[sets->n++] = ust_arena_printf(arena, "readiness.confidence=%.17g", share);
    return UST_OK;
}

/* Twice as many as all have to be ready: room for a few that are not. */
static enum ust_status choose_replications(const struct ust_scenario *scenario,
                                           const struct options *options, uint32_t *out)
{
    const struct ust_readiness_spec *readiness = &scenario->readiness;
    uint32_t proof = ust_size_least_proof(readiness->ready_p, readiness->confidence);
    if (proof == 0) {
        fprintf(stderr,
                "understudy: no number of replications proves P(ready) %g %%; "
                "--set readiness.ready_p=\"95 %%\"\n",
                100.0 * readiness->ready_p);
        return UST_INVALID;
    }
    *out = (uint32_t)options->replications;
    if (*out == 0)
        *out = 2 * proof < UST_REPLICATIONS_MAX ? 2 * proof : UST_REPLICATIONS_MAX;
    if (*out < proof) {
        fprintf(stderr,
                "understudy: --replications: '%u' cannot prove P(ready) %g %% at %g %% "
                "confidence; at least %u, all of them ready\n",
                *out, 100.0 * readiness->ready_p, 100.0 * readiness->confidence, proof);
        return UST_INVALID;
    }
    return UST_OK;
}

static enum ust_status prepare(struct ust_spec *spec, const char *path,
                               const struct options *options, const struct ust_texts *sets,
                               struct ust_size *size)
{
    struct ust_spec other = {.arena = spec->arena, .diag = ust_diag_new()};
    enum ust_status status = UST_INVALID;
    size->scenario = ust_scenario_read(spec, path, sets->at, sets->n);
    if (size->scenario == NULL) {
        ust_diag_print(spec->diag, stderr, NULL);
    } else {
        status = choose_replications(size->scenario, options, &size->trial.replications);
        if (ust_vary_read(&other, size->scenario, sets, &options->vary, options->pool,
                          &size->varied) != UST_OK) {
            ust_diag_print(other.diag, stderr, NULL);
            status = UST_INVALID;
        }
    }
    ust_diag_free(other.diag);
    return status;
}

/* ---- and then ---- */

static int tell(const struct options *options, const struct ust_size *size)
{
    enum ust_status status = UST_OK;
    if (!options->quiet && !options->json)
        status = ust_size_print(size, stderr);
    if (options->json)
        status = ust_size_json(size, stdout);
    bool found = size->outcome == UST_SIZE_FOUND || size->outcome == UST_SIZE_LEAST;
    return status == UST_OK && !found ? UST_EXIT_CHECK_FAILED : ust_exit_code(status);
}

static int run_study(const struct options *options, const char *path,
                     const struct ust_texts *sets, struct ust_size *size)
{
    struct ust_study study = {.path = path,
                              .output = options->output,
                              .suffix = "-size.db",
                              .sets = sets,
                              .replications = size->scenario->replications.max < 2 ? 2 : 0,
                              .jobs = (uint32_t)options->jobs,
                              .seed_given = options->seed_given,
                              .seed = options->seed,
                              .replace = options->force,
                              .quiet = options->quiet || options->json};
    uint32_t most = size->trial.replications;
    enum ust_status status = ust_study_begin(&study);
    int code = ust_exit_code(status);
    if (status == UST_OK) {
        size->store = study.store;
        size->trial = study.trial;
        size->trial.replications = most;
        size->seed = options->seed_given ? options->seed : (uint64_t)size->scenario->seed;
        size->progress = study.quiet ? NULL : stderr;
        status = ust_size_find(size);
        code = status == UST_OK ? tell(options, size) : ust_exit_code(status);
    }
    if (status == UST_STOPPED)
        ust_study_stopped(&study, "size");
    ust_study_end(&study);
    return code;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_texts sets;
    struct ust_size size = {.arena = ust_arena_new(),
                            .spare = options->spare_given ? (uint32_t)options->spare : 1};
    int code = UST_EXIT_INVALID;
    if (add_confidence(size.arena, options, &sets) == UST_OK &&
        prepare(&spec, operand[0], options, &sets, &size) == UST_OK)
        code = run_study(options, operand[0], &sets, &size);
    ust_command_forget(&spec);
    ust_arena_free(size.arena);
    return code;
}

const struct ust_command ust_command_size = {
    .name = "size",
    .operands = "SCENARIO",
    .help = "find the smallest standby that is READY",
    .more =
        "Brackets and bisects what is varied, the standby's pools where nothing is said, with\n"
        "the same users for every candidate, until it knows the least that is READY; then "
        "holds\n"
        "that, and one fewer, against users that no candidate has met. Beside it stand what\n"
        "Erlang C and N+k say. --replications is the most that a candidate gets, twice as many "
        "as\n"
        "prove READY where it is not given. The same command goes on where it was stopped. "
        "Exits with 3\n"
        "where not even the most is READY, or where the answer could not be confirmed.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
