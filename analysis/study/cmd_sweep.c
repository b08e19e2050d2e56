/* understudy sweep: run a scenario's design. */
#include "analysis/study/execute.h"

#include <time.h>

#include "analysis/study/command.h"
#include "analysis/study/outcome.h"
#include "analysis/study/part.h"
#include "sim/base/limits.h"

struct options {
    const char *output, *shard;
    uint64_t replications, seed, jobs;
    bool seed_given, json, force, quiet;
    struct ust_texts sets, kpis;
};

static const struct ust_option options_table[] = {
    UST_OPTION_OUTPUT(struct options, "FOLDER",
                      "folder of results; the scenario's name with .study where absent"),
    UST_OPTION_REPLICATIONS(
        struct options,
        "of each unit, instead of the scenario's number; `until` is then not asked"),
    UST_OPTION_SEED(struct options, "instead of the scenario's seed, for all units alike"),
    UST_OPTION_JOBS(struct options),
    UST_OPTION_SHARD(struct options),
    UST_OPTION_SETS(struct options,
                    "override one value before the design's own, or of the design itself"),
    UST_OPTION_KPIS(
        struct options,
        "show this metric of each unit; attainment, latency_p99 and cost where absent"),
    UST_OPTION_JSON(struct options, "the table as JSON on stdout"),
    UST_OPTION_FORCE(struct options, "start anew where the folder holds another study"),
    UST_OPTION_QUIET(struct options, "no progress and no table"),
    {.name = NULL}};

static double wall_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static enum ust_status tell_part(const struct options *options, const struct ust_study *study,
                                 const struct ust_sweep_options *how,
                                 const struct ust_outcome_facts *facts, uint32_t pieces)
{
    const struct ust_part_facts part = {.name = study->base->name,
                                        .results = how->folder,
                                        .shard = how->shard,
                                        .pieces = pieces,
                                        .ran = facts->replications,
                                        .requests = facts->requests};
    return ust_part_tell(&part, options->json, options->quiet);
}

static enum ust_status sweep(struct ust_spec *spec, const struct options *options,
                             const char *scenario, struct ust_sweep_options *how,
                             const struct ust_executor *executor)
{
    struct ust_kpi *kpi;
    uint32_t kpis_n;
    struct ust_study study;
    const struct ust_study_options ask = {.path = scenario,
                                          .sets = options->sets.at,
                                          .sets_n = options->sets.n,
                                          .seed_given = options->seed_given,
                                          .seed = options->seed,
                                          .replications = (uint32_t)options->replications};
    UST_TRY(ust_kpi_read(spec->arena, &options->kpis, &kpi, &kpis_n));
    enum ust_status status = ust_study_plan(spec, &ask, &study);
    ust_diag_print(spec->diag, stderr, NULL);
    UST_TRY(status);
    if (how->folder == NULL)
        how->folder = ust_part_name(spec->arena, study.base->name, "study", how->shard);
    ust_cli_catch_signals();
    struct ust_index *index = NULL;
    struct ust_batch_result result;
    double begin = wall_seconds();
    status = ust_sweep(&study, how, executor, &index, &result);
    const struct ust_outcome_facts facts = {.seconds = wall_seconds() - begin,
                                            .requests = result.requests,
                                            .replications = result.replications,
                                            .done_before = result.done_before};
    if (status == UST_OK && how->shard.parts > 0)
        status = tell_part(options, &study, how, &facts, result.pieces);
    else if (status == UST_OK && options->json)
        status = ust_outcome_json(index, kpi, kpis_n, &facts, stdout);
    else if (status == UST_OK && !options->quiet)
        ust_outcome_print(index, kpi, kpis_n, &facts, stderr);
    if (status == UST_STOPPED)
        fprintf(stderr,
                "\nstopped; the replications that ended are in %s\n"
                "  to go on: the same command again\n",
                how->folder);
    ust_index_close(index);
    return status;
}

int ust_sweep_command(const void *given, char **operand, const struct ust_executor *executor)
{
    const struct options *options = given;
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_sweep_options how = {.folder = options->output,
                                    .jobs = (uint32_t)options->jobs,
                                    .replace = options->force,
                                    .quiet = options->quiet || options->json};
    enum ust_status status = ust_shard_read(options->shard, &how.shard);
    if (status == UST_OK)
        status = sweep(&spec, options, operand[0], &how, executor);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return ust_exit_code(status);
}

static int run(const void *given, int operands, char **operand)
{
    (void)operands;
    return ust_sweep_command(given, operand, &ust_threads);
}

const struct ust_command ust_command_sweep = {
    .name = "sweep",
    .operands = "SCENARIO",
    .help = "run every unit of a scenario's design and judge each",
    .more =
        "Results go to a folder: study.db, and a database per unit, as `understudy run` "
        "writes\n"
        "it. All units meet the same users. A sweep that was killed goes on where it ended\n"
        "when the same command is given again.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
