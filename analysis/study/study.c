#include "analysis/study/study.h"

#include <stdio.h>

#include "analysis/study/judge.h"
#include "models/world/command.h"
#include "models/world/run.h"

/* An `until` asks for as many as it takes; a study asks for a number. */
static uint32_t replications_of(const struct ust_study *study)
{
    const struct ust_replications_spec *spec = &study->scenario->replications;
    if (study->replications > 0)
        return study->replications;
    return (uint32_t)(spec->until_node != NULL ? spec->min : spec->max);
}

static enum ust_status run_as_written(struct ust_study *study)
{
    const struct ust_run_options how = {
        .output = study->output,
        .replications = study->replications,
        .jobs = study->jobs,
        .seed_given = study->seed_given,
        .seed = study->seed,
        .replace = study->replace,
        .leased = true,
        .quiet = study->quiet,
        .overrides = ust_command_overrides(study->spec.arena, study->sets)};
    struct ust_run_result ran = {0};
    enum ust_status status = ust_run(study->scenario, &how, &ran);
    study->store = ran.store;
    UST_TRY(status);
    return ust_judge_stored(study->store);
}

enum ust_status ust_study_begin(struct ust_study *study)
{
    study->scenario = ust_command_read(&study->spec, study->path, study->sets, NULL);
    if (study->scenario == NULL)
        return UST_INVALID;
    study->replications = replications_of(study);
    if (study->replications < 2) {
        fprintf(stderr, "understudy: one replication has no interval; -n 2 or more\n");
        return UST_INVALID;
    }
    if (study->output == NULL)
        study->output =
            ust_arena_printf(study->spec.arena, "%s%s", study->scenario->name, study->suffix);
    study->trial = (struct ust_trial){.path = study->path,
                                      .sets = study->sets,
                                      .replications = study->replications,
                                      .jobs = study->jobs,
                                      .seed = study->seed,
                                      .seed_given = study->seed_given};
    if (study->may_run != NULL)
        UST_TRY(study->may_run(study->context, study));
    ust_cli_catch_signals();
    UST_TRY(run_as_written(study));
    return ust_trial_begin(&study->trial);
}

void ust_study_end(struct ust_study *study)
{
    ust_trial_end(&study->trial);
    ust_store_close(study->store);
    ust_command_forget(&study->spec);
}

void ust_study_stopped(const struct ust_study *study, const char *command)
{
    fprintf(stderr,
            "\nstopped; what was tried is in %s\n"
            "  to go on: the same command again (understudy %s %s -o %s)\n",
            study->output, command, study->path, study->output);
}
