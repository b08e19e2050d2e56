/* understudy basin: which triggers keep it down? */
#include <string.h>

#include "analysis/study/basin.h"
#include "analysis/study/command.h"
#include "analysis/study/study.h"
#include "models/world/command.h"
#include "sim/base/limits.h"

struct options {
    const char *output, *trigger, *duration, *load;
    uint64_t replications, seed, jobs;
    bool seed_given, json, force, quiet;
    struct ust_texts sets, with;
};

static const struct ust_option options_table[] = {
    UST_STUDY_OPTIONS(struct options, "the scenario's name with -basin.db where absent"),
    {.name = "trigger",
     .letter = 't',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, trigger),
     .value = "PATH=VALUES",
     .help = "how large it is: A..B/N or A,B,C, as in faults.0.factor=1.5..6/4"},
    {.name = "duration",
     .letter = 'd',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, duration),
     .value = "PATH=VALUES",
     .help = "how long it lasts, as in \"faults.0.duration=30 s..120 s/4\""},
    {.name = "load",
     .letter = 'l',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, load),
     .value = "VALUES",
     .help = "so many times the traffic, as in 0.8..1.2/3 (default: 1)"},
    {.name = "with",
     .letter = 'w',
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, with),
     .value = "NAME:PATH=VALUE",
     .help = "the same map with a mitigation; those of one name go together"},
    {.name = NULL}};

static enum ust_status decode(const struct options *options, struct ust_basin *basin)
{
    if (options->trigger == NULL) {
        fprintf(stderr, "understudy: --trigger is needed, as in "
                        "--trigger faults.0.factor=1.5..6/4\n");
        return UST_INVALID;
    }
    UST_TRY(
        ust_basin_axis_parse(basin->arena, "--trigger", options->trigger, false, &basin->size));
    basin->duration = (struct ust_basin_axis){.value = {"as written"}, .n = 1};
    if (options->duration != NULL)
        UST_TRY(ust_basin_axis_parse(basin->arena, "--duration", options->duration, false,
                                     &basin->duration));
    UST_TRY(ust_basin_axis_parse(basin->arena, "--load",
                                 options->load != NULL ? options->load : "1", true,
                                 &basin->load));
    return ust_basin_mitigations(basin, &options->with);
}

static enum ust_status may_run(void *context, const struct ust_study *study)
{
    const struct ust_basin *basin = context;
    if (study->scenario->faults.n == 0) {
        fprintf(stderr, "understudy: '%s' has no faults, so there is no trigger\n",
                study->path);
        return UST_INVALID;
    }
    return ust_basin_check(basin, &study->trial);
}

static enum ust_status map(const struct options *options, struct ust_basin *basin,
                           const struct ust_study *study)
{
    basin->store = study->store;
    basin->scenario = study->scenario;
    basin->trial = study->trial;
    UST_TRY(ust_basin_map(basin, study->quiet));
    if (!study->quiet)
        UST_TRY(ust_basin_print(basin, stderr));
    return options->json ? ust_basin_json(basin, stdout) : UST_OK;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    struct ust_basin basin = {.arena = ust_arena_new()};
    (void)operands;
    enum ust_status status = decode(options, &basin);
    if (status == UST_OK) {
        struct ust_study study = {.path = operand[0],
                                  .output = options->output,
                                  .suffix = "-basin.db",
                                  .sets = &options->sets,
                                  .replications = (uint32_t)options->replications,
                                  .jobs = (uint32_t)options->jobs,
                                  .seed_given = options->seed_given,
                                  .seed = options->seed,
                                  .replace = options->force,
                                  .quiet = options->quiet || options->json,
                                  .may_run = may_run,
                                  .context = &basin};
        status = ust_study_begin(&study);
        if (status == UST_OK)
            status = map(options, &basin, &study);
        if (status == UST_STOPPED)
            ust_study_stopped(&study, "basin");
        ust_study_end(&study);
    }
    ust_arena_free(basin.arena);
    return ust_exit_code(status);
}

const struct ust_command ust_command_basin = {
    .name = "basin",
    .operands = "SCENARIO",
    .help = "map which triggers, how long and at which load, keep a system down",
    .more =
        "Runs the scenario with every size and duration of the trigger at every load, as\n"
        "written and with each mitigation, and counts the replications that do not recover\n"
        "by themselves once the trigger has gone. The run has to go on for as long as\n"
        "`readiness: hold` after the longest trigger. The same command goes on where it was\n"
        "stopped.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
