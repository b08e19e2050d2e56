/* understudy limit: how much load does it carry? */
#include <math.h>
#include <stdlib.h>

#include "analysis/study/command.h"
#include "analysis/study/limit.h"
#include "analysis/study/study.h"
#include "models/world/command.h"
#include "sim/base/limits.h"

struct options {
    const char *output, *bound, *window, *persona, *tolerance, *most, *need;
    uint64_t replications, seed, jobs;
    bool seed_given, readiness, injected, json, force, quiet;
    struct ust_texts sets;
};

static const struct ust_option options_table[] = {
    UST_STUDY_OPTIONS(struct options, "the scenario's name with -limit.db where absent"),
    {.name = "persona",
     .letter = 'p',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, persona),
     .value = "NAME",
     .help = "multiply the traffic of this persona alone"},
    {.name = "injected",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, injected),
     .help = "multiply what `injections` send in place of traffic; their requests have to meet "
             "the objectives too"},
    {.name = "bound",
     .letter = 'b',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, bound),
     .value = "METRIC<=VALUE",
     .help = "what must hold, as in \"latency_p99<=800ms\" or \"cpu<=70%\"; every persona's "
             "attainment objective where absent"},
    {.name = "readiness",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, readiness),
     .help = "the verdict must hold: P(ready) and readiness reach what READY asks for"},
    {.name = "window",
     .letter = 'w',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, window),
     .value = "DURATION",
     .help = "attainment is judged in windows of this length (default: 5 min)"},
    {.name = "tolerance",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, tolerance),
     .value = "SHARE",
     .help = "how near the load that breaks must be to the one that holds (default: 1 %)"},
    {.name = "most",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, most),
     .value = "FACTOR",
     .help = "no more than so many times the load is tried (default: 64)"},
    {.name = "need",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, need),
     .value = "FACTOR",
     .help = "exit with 3 unless the interval lies above so many times the load"},
    {.name = NULL}};

/* At a fraction of the load so few users come that nothing can be told of their share. */
#define LEAST (1.0 / 64.0)

static enum ust_status decode(const struct options *options, struct ust_limit *limit,
                              double *need)
{
    struct ust_bound *bound = &limit->bound;
    struct ust_search *search = &limit->search;
    search->least = LEAST;
    search->most = 64.0;
    search->tolerance = 0.01;
    bound->window_s = 300.0;
    *need = 0.0;
    if (options->readiness && options->bound != NULL) {
        fprintf(stderr, "understudy: --bound and --readiness: one of them\n");
        return UST_INVALID;
    }
    if (options->readiness)
        bound->kind = UST_BOUND_READINESS;
    if (options->bound != NULL)
        UST_TRY(ust_bound_parse(options->bound, bound));
    if (options->window != NULL)
        UST_TRY(ust_trial_quantity("--window", options->window, UST_FIELD_DURATION,
                                   &bound->window_s));
    if (options->tolerance != NULL)
        UST_TRY(ust_trial_quantity("--tolerance", options->tolerance, UST_FIELD_RATIO,
                                   &search->tolerance));
    if (options->most != NULL)
        UST_TRY(ust_trial_quantity("--most", options->most, UST_FIELD_RATIO, &search->most));
    if (options->need != NULL)
        UST_TRY(ust_trial_quantity("--need", options->need, UST_FIELD_RATIO, need));
    if (search->tolerance < 1e-4 || search->tolerance > 1.0 || search->most < LEAST ||
        search->most > 1e6 || bound->window_s <= 0.0) {
        fprintf(stderr, "understudy: --tolerance lies between 0.01 %% and 100 %%, --most "
                        "between 1/64 and 1e6, --window above 0\n");
        return UST_INVALID;
    }
    return UST_OK;
}

static enum ust_status may_run(void *context, const struct ust_study *study)
{
    return ust_limit_check(context, study->scenario);
}

static int tell(const struct options *options, const struct ust_limit *limit, double need)
{
    enum ust_status status = UST_OK;
    if (!options->quiet && !options->json)
        status = ust_limit_print(limit, stderr);
    if (options->json)
        status = ust_limit_json(limit, stdout);
    if (status == UST_OK && (limit->search.holds[UST_SEARCH_VALUE] <= 0.0 ||
                             (need > 0.0 && limit->search.holds[UST_SEARCH_LOW] < need)))
        return UST_EXIT_CHECK_FAILED;
    return ust_exit_code(status);
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    struct ust_limit limit = {.persona = options->persona, .injections = options->injected};
    double need;
    (void)operands;
    if (decode(options, &limit, &need) != UST_OK)
        return UST_EXIT_INVALID;
    struct ust_study study = {.path = operand[0],
                              .output = options->output,
                              .suffix = "-limit.db",
                              .sets = &options->sets,
                              .replications = (uint32_t)options->replications,
                              .jobs = (uint32_t)options->jobs,
                              .seed_given = options->seed_given,
                              .seed = options->seed,
                              .replace = options->force,
                              .quiet = options->quiet || options->json,
                              .may_run = may_run,
                              .context = &limit};
    enum ust_status status = ust_study_begin(&study);
    int code = ust_exit_code(status);
    if (status == UST_OK) {
        limit.store = study.store;
        limit.scenario = study.scenario;
        limit.arena = study.spec.arena;
        limit.trial = study.trial;
        limit.bound.confidence = study.scenario->readiness.confidence;
        limit.progress = study.quiet ? NULL : stderr;
        status = ust_limit_find(&limit);
        code = status == UST_OK ? tell(options, &limit, need) : ust_exit_code(status);
    }
    if (status == UST_STOPPED)
        ust_study_stopped(&study, "limit");
    free(limit.asked);
    ust_study_end(&study);
    return code;
}

const struct ust_command ust_command_limit = {
    .name = "limit",
    .operands = "SCENARIO",
    .help = "find the largest load that keeps the objectives",
    .more =
        "Multiplies all traffic, or that of one persona, until a bound breaks: brackets, then\n"
        "bisects, with the same seeds at every load. The database holds the run as written "
        "and\n"
        "every load that was tried, so the same command goes on where it was stopped. Exits\n"
        "with 3 where no load holds, or where --need is not met.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
