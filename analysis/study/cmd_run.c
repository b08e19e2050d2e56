/* understudy run: simulate, judge, tell. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "analysis/study/command.h"
#include "analysis/study/execute.h"
#include "analysis/study/part.h"
#include "analysis/study/stopping.h"
#include "analysis/study/summary.h"
#include "models/world/command.h"
#include "models/world/run.h"
#include "sim/base/limits.h"

struct options {
    const char *output, *events, *shard;
    uint64_t replications, seed, jobs, only;
    bool seed_given, json, force, quiet;
    struct ust_texts sets;
};

static const struct ust_option options_table[] = {
    UST_OPTION_OUTPUT(struct options, "FILE",
                      "database of results; the scenario's name with .db where absent"),
    UST_OPTION_REPLICATIONS(struct options,
                            "instead of the scenario's number; its `until` is then not asked"),
    UST_OPTION_SEED(struct options, "instead of the scenario's seed"),
    UST_OPTION_JOBS(struct options),
    UST_OPTION_SHARD(struct options),
    UST_OPTION_SETS(struct options, "override one value, as in --set services.web.pools.eu=12"),
    UST_OPTION_JSON(struct options, "the summary as JSON on stdout"),
    UST_OPTION_FORCE(struct options, "start anew where the file holds another run"),
    UST_OPTION_QUIET(struct options, "no progress and no summary"),
    {.name = "events",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, events),
     .value = "FILE",
     .help = "the requests of replication 1, or of the one of --only, as NDJSON that "
             "`understudy profile` reads; compressed where it ends in .gz"},
    {.name = "only",
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, only),
     .value = "K",
     .low = 1,
     .high = UST_REPLICATIONS_MAX,
     .help = "run replication K alone and store nothing: to repeat a failure"},
    {.name = NULL}};

static enum ust_status judge(const struct options *options, const struct ust_run_options *how,
                             const struct ust_run_result *ran, const char *scenario)
{
    struct ust_readiness_result readiness;
    UST_TRY(ust_readiness_judge(ran->store, &readiness));
    enum ust_status status = ust_stats_estimate(ran->store, readiness.settings.confidence);
    const struct ust_summary_facts facts = {.seconds = ran->seconds,
                                            .requests = ran->requests,
                                            .done_before = ran->done_before,
                                            .path = how->output,
                                            .scenario = scenario};
    if (status == UST_OK && !options->quiet && !options->json)
        status = ust_summary_print(ran->store, &readiness, &facts, stderr);
    if (status == UST_OK && options->json)
        status = ust_summary_json(ran->store, &readiness, &facts, stdout);
    ust_readiness_free(&readiness);
    return status;
}

static void tell_stopped(const struct ust_run_options *how, const char *scenario)
{
    fprintf(stderr,
            "\nstopped; the replications that ended are in %s\n"
            "  to go on: the same command again (understudy run %s -o %s)\n",
            how->output, scenario, how->output);
}

static void tell_events(const char *path, const struct ust_events_facts *told)
{
    char count[UST_COUNT_TEXT_MAX];
    fprintf(stderr, "  events   %s in %s", ust_count_text(told->written, count), path);
    if (told->late > 0)
        fprintf(stderr, ", %s of them out of order", ust_count_text(told->late, count));
    if (told->synthetic > 0)
        fprintf(stderr, "; %s injected ones left out", ust_count_text(told->synthetic, count));
    fputc('\n', stderr);
}

static enum ust_status tell_part(const struct options *options,
                                 const struct ust_run_options *how,
                                 const struct ust_run_result *ran, const char *name)
{
    const struct ust_part_facts part = {.name = name,
                                        .results = how->output,
                                        .shard = how->shard,
                                        .pieces = ran->pieces,
                                        .ran = ran->ran,
                                        .requests = ran->requests};
    return ust_part_tell(&part, options->json, options->quiet);
}

/* What follows when all that was asked for is there. */
static enum ust_status finish(const struct options *options, const struct ust_run_options *how,
                              const struct ust_run_result *ran, const char *path,
                              const struct ust_scenario *scenario,
                              struct ust_stopping *stopping)
{
    if (how->only > 0) {
        printf("replication %" PRIu32 ": fingerprint %016" PRIx64 ", %" PRIu64
               " requests, %" PRIu64 " events\n",
               how->only, ran->fingerprint, ran->requests, ran->events);
        return UST_OK;
    }
    bool asked = how->replications == 0 && scenario->replications.until_node != NULL;
    if (how->shard.parts == 0 || ran->pieces > 0)
        UST_TRY(ust_stopping_end(stopping, ran->store, asked));
    return how->shard.parts > 0 ? tell_part(options, how, ran, scenario->name)
                                : judge(options, how, ran, path);
}

static enum ust_status simulate(const struct options *options, struct ust_run_options *how,
                                const char *path, struct ust_scenario *scenario)
{
    struct ust_stopping stopping;
    struct ust_run_result ran;
    ust_stopping_begin(&stopping, scenario);
    how->enough = ust_stopping_enough;
    how->enough_context = &stopping;
    ust_cli_catch_signals();
    enum ust_status status = ust_run(scenario, how, &ran);
    if (status == UST_OK)
        status = finish(options, how, &ran, path, scenario, &stopping);
    if (status == UST_OK && options->events != NULL && !how->quiet)
        tell_events(options->events, &ran.told);
    if (status == UST_STOPPED)
        tell_stopped(how, path);
    ust_store_close(ran.store);
    return status;
}

int ust_run_command(const void *given, char **operand, const struct ust_executor *executor)
{
    const struct options *options = given;
    struct ust_spec spec;
    struct ust_shard shard;
    enum ust_status status = ust_shard_read(options->shard, &shard);
    if (status != UST_OK)
        return ust_exit_code(status);
    struct ust_scenario *scenario = ust_command_read(&spec, operand[0], &options->sets, NULL);
    if (scenario == NULL) {
        ust_command_forget(&spec);
        return UST_EXIT_INVALID;
    }
    struct ust_run_options how = {
        .output = options->output != NULL
                      ? options->output
                      : ust_part_name(spec.arena, scenario->name, "db", shard),
        .replications = (uint32_t)options->replications,
        .only = (uint32_t)options->only,
        .jobs = (uint32_t)options->jobs,
        .seed_given = options->seed_given,
        .seed = options->seed,
        .replace = options->force,
        .quiet = options->quiet || options->json,
        .overrides = ust_command_overrides(spec.arena, &options->sets),
        .shard = shard,
        .leased = true,
        .executor = executor,
        .sets = options->sets.at,
        .sets_n = options->sets.n,
        .events = options->events};
    status = simulate(options, &how, operand[0], scenario);
    ust_command_forget(&spec);
    return ust_exit_code(status);
}

static int run(const void *given, int operands, char **operand)
{
    (void)operands;
    return ust_run_command(given, operand, &ust_threads);
}

const struct ust_command ust_command_run = {
    .name = "run",
    .operands = "SCENARIO",
    .help = "simulate a scenario and judge the standby",
    .more =
        "Results go to a SQLite database, one commit per replication. A run that was killed\n"
        "goes on where it ended when the same command is given again. The first Ctrl-C stops\n"
        "after the replications under way and keeps them.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
