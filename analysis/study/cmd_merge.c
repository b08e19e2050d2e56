/* understudy merge: shards become the run, or the study, that they are parts of. */
#include <inttypes.h>
#include <jansson.h>
#include <sys/stat.h>

#include "analysis/study/command.h"
#include "analysis/study/merge.h"
#include "analysis/study/outcome.h"
#include "analysis/study/summary.h"
#include "sim/cli/output.h"

struct options {
    bool partial, json, force, quiet;
    struct ust_texts kpis;
};

static const struct ust_option options_table[] = {
    {.name = "partial",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, partial),
     .help = "put together what is there; `run` or `sweep` goes on with the result"},
    UST_OPTION_KPIS(struct options,
                    "of a sweep: show this metric of each unit, as `understudy sweep` does"),
    UST_OPTION_JSON(struct options, "the summary or the table as JSON on stdout"),
    UST_OPTION_FORCE(struct options, "replace a run or a study that is there already"),
    UST_OPTION_QUIET(struct options, "no summary"),
    {.name = NULL}};

static enum ust_status tell_run(const struct options *options, const char *path,
                                const struct ust_merge_result *merged)
{
    struct ust_store *store;
    struct ust_readiness_result readiness;
    UST_TRY(ust_store_open(path, false, &store));
    enum ust_status status = ust_readiness_compute(store, NULL, &readiness);
    if (status == UST_OK) {
        const struct ust_summary_facts facts = {
            .requests = merged->requests, .done_before = merged->replications, .path = path};
        status = options->json ? ust_summary_json(store, &readiness, &facts, stdout)
                               : ust_summary_print(store, &readiness, &facts, stderr);
        ust_readiness_free(&readiness);
    }
    ust_store_close(store);
    return status;
}

static enum ust_status tell_study(const struct options *options, const char *path,
                                  const struct ust_merge_result *merged,
                                  struct ust_arena *arena)
{
    struct ust_kpi *kpi;
    uint32_t kpis_n;
    struct ust_index *index;
    const struct ust_outcome_facts facts = {.requests = merged->requests,
                                            .done_before = merged->replications};
    UST_TRY(ust_kpi_read(arena, &options->kpis, &kpi, &kpis_n));
    UST_TRY(ust_index_open(path, &index));
    enum ust_status status = UST_OK;
    if (options->json)
        status = ust_outcome_json(index, kpi, kpis_n, &facts, stdout);
    else
        ust_outcome_print(index, kpi, kpis_n, &facts, stderr);
    ust_index_close(index);
    return status;
}

static enum ust_status tell_partial(const struct options *options, const char *path,
                                    bool folder, const struct ust_merge_result *merged)
{
    if (options->json) {
        json_t *root = json_pack("{s:s,s:i,s:i}", "results", path, "replications",
                                 (int)merged->replications, "missing", (int)merged->missing);
        return ust_output_json(stdout, root, 17);
    }
    fprintf(stderr,
            "%s: %u replications are there, %u are missing\n"
            "  to run those: understudy %s SCENARIO -o %s\n",
            path, merged->replications, merged->missing, folder ? "sweep" : "run", path);
    return UST_OK;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    struct ust_merge_result merged;
    struct ust_arena *arena = ust_arena_new();
    const struct ust_merge_options how = {
        .output = operand[0], .partial = options->partial, .replace = options->force};
    struct stat facts;
    struct ust_kpi *kpi;
    uint32_t kpis_n;
    ust_cli_catch_signals();
    enum ust_status status = ust_kpi_read(arena, &options->kpis, &kpi, &kpis_n);
    if (status == UST_OK)
        status = ust_merge(&how, (const char *const *)operand + 1, (uint32_t)(operands - 1),
                           &merged);
    if (status == UST_STOPPED)
        fprintf(stderr, "understudy: stopped; nothing was put together\n");
    bool folder = status == UST_OK && stat(operand[0], &facts) == 0 && S_ISDIR(facts.st_mode);
    if (status == UST_OK && !options->quiet)
        status = merged.missing > 0 ? tell_partial(options, operand[0], folder, &merged)
                 : folder           ? tell_study(options, operand[0], &merged, arena)
                                    : tell_run(options, operand[0], &merged);
    ust_arena_free(arena);
    return ust_exit_code(status);
}

const struct ust_command ust_command_merge = {
    .name = "merge",
    .operands = "OUT SHARD...",
    .help = "put shards of a run or of a sweep together",
    .more =
        "SHARDs are what `run --shard I/N` or `sweep --shard I/N` wrote, all of them, in any\n"
        "order. OUT holds the same as a run of one process, with the same digest.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 2,
    .operands_max = -1,
    .run = run,
};
